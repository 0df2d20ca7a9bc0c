# Builds the test kernel and one test application, and makes a board of them. Sourced by the run
# scripts; needs the host programs in MV_BIN (mvimage, kernel_identity), the simulator in MVSIM (else
# there too) and the Arm compiler.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$(readlink -f "$here/../..")
build=${MV_BUILD:-$root/build}/board
bin=${MV_BIN:-$root/build/host/bin}
mvsim=${MVSIM:-$bin/mvsim}
mkdir -p "$build"

# board_make NAME: application tests/board/NAME on a new board in $build/NAME.state.
board_make() {
    local name=$1 identity=${MV_IDENTITY:-$build/identity.bin} state=$build/$1.state
    ( flock 9
    cmake -S "$root/firmware" -B "$build/firmware" -G Ninja -DMV_TEST_KERNEL=ON \
        -DCMAKE_TOOLCHAIN_FILE="$root/firmware/toolchain.cmake" \
        -DMVIMAGE="$bin/mvimage" -DMV_KEYS="$build/keys" >"$build/cmake.log"
    cmake --build "$build/firmware" >>"$build/cmake.log"
    cmake -S "$here/$name" -B "$build/$name" -G Ninja >>"$build/cmake.log"
    cmake --build "$build/$name" >>"$build/cmake.log"
    [ -e "$identity" ] || "$bin/kernel_identity" "$identity"
    ) 9>"$build/lock"
    rm -rf "$state"
    "$mvsim" provision --state "$state" --kernel "$build/firmware/kernel.img" \
        --boot "$build/firmware/boot.img" --identity "$identity"
    dd if="$build/$name/$name.bin" of="$state/flash.bin" conv=notrunc status=none
}

# board_judge FILE: what the application printed: no failure, and it came to its end.
board_judge() {
    if grep -a -q FAIL "$1"; then return 1; fi # '!' would not end a script
    grep -a -q 'totals' "$1"
    grep -a -q '^done' "$1"
}
