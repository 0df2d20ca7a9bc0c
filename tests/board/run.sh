#!/bin/bash
# Runs kernel_calls on a simulated board. Needs the host programs in MV_BIN (mvsim, mvimage,
# kernel_identity) and the Arm compiler; builds into MV_BUILD/board.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=$(readlink -f "$here/../..")
build=${MV_BUILD:-$root/build}/board
bin=${MV_BIN:-$root/build/host/bin}
mkdir -p "$build"

cmake -S "$root/firmware" -B "$build/firmware" -G Ninja -DMV_TEST_KERNEL=ON \
    -DCMAKE_TOOLCHAIN_FILE="$root/firmware/toolchain.cmake" \
    -DMVIMAGE="$bin/mvimage" -DMV_KEYS="$build/keys" >"$build/cmake.log"
cmake --build "$build/firmware" >>"$build/cmake.log"
cmake -S "$here/kernel_calls" -B "$build/kernel_calls" -G Ninja >>"$build/cmake.log"
cmake --build "$build/kernel_calls" >>"$build/cmake.log"

identity=${MV_IDENTITY:-$build/identity.bin}
[ -e "$identity" ] || "$bin/kernel_identity" "$identity"
rm -rf "$build/state" "$build/usart2.txt"
"$bin/mvsim" provision --state "$build/state" --kernel "$build/firmware/kernel.img" \
    --boot "$build/firmware/boot.img" --identity "$identity"
dd if="$build/kernel_calls/kernel_calls.bin" of="$build/state/flash.bin" conv=notrunc status=none
"$bin/mvsim" run --state "$build/state" --uart usart2="$build/usart2.txt" --until 900000 \
    --exit-on-lockup --call-costs "$build/costs.json" 2>"$build/console.txt"
grep -a -E 'FAIL|totals|^stage|tasks:|ticks took|^fast interrupt' "$build/usart2.txt"
if grep -a -q FAIL "$build/usart2.txt"; then exit 1; fi # '!' would not end the script
grep -a -q 'totals' "$build/usart2.txt"
grep -a -q '^done' "$build/usart2.txt"
