# Functions shared by the scripts behind ./run. Sourced; the caller has `set -euo pipefail`.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$ROOT/build
JOBS=$(nproc)

die() {
    echo "run: $*" >&2
    exit 1
}

die_usage() {
    echo "run: $*" >&2
    echo "run: './run help' lists the commands" >&2
    exit 2
}

# Says what happens now. Quiet steps matter most to a person who waits.
say() {
    printf '==> %s\n' "$*" >&2
}

# step TEXT COMMAND…: runs a command, its output in build/log; prints the output only on failure.
step() {
    local text=$1 log status
    shift
    mkdir -p "$BUILD/log"
    log=$BUILD/log/$(printf '%s' "$text" | tr -c 'A-Za-z0-9' '-').log
    say "$text"
    # In the background, because errexit does not hold inside a command that is tested.
    "$@" >"$log" 2>&1 &
    local pid=$! seconds=0
    while [ -t 2 ] && kill -0 "$pid" 2>/dev/null; do
        sleep 1
        seconds=$((seconds + 1))
        printf '\r    %ds' "$seconds" >&2
    done
    [ ! -t 2 ] || printf '\r             \r' >&2
    status=0
    wait "$pid" || status=$?
    if [ "$status" -ne 0 ]; then
        tail -n 60 "$log" >&2
        die "'$text' failed (exit $status); the whole output is in $log"
    fi
}

packages_missing() {
    local name
    while read -r name; do
        case "$name" in '' | '#'*) continue ;; esac
        dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || echo "$name"
    done <"$ROOT/scripts/packages.txt"
}

packages_install() {
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -q
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -q -y --no-install-recommends "$@"
}

# Installs what scripts/packages.txt names and is not there yet.
ensure_packages() {
    local missing
    mapfile -t missing < <(packages_missing)
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || die "these packages are missing and there is no apt-get: ${missing[*]}"
    step "install ${#missing[@]} Debian packages" packages_install "${missing[@]}"
}

ensure_sources() {
    step "fetch third-party sources (Debian source packages, pinned)" "$ROOT/scripts/fetch_sources.sh"
}

configure_host() { # FOLDER OPTIONS…
    local folder=$1
    shift
    cmake -S "$ROOT" -B "$folder" -G Ninja "$@"
}

build_host() {
    configure_host "$BUILD/host" -DCMAKE_BUILD_TYPE=Release
    cmake --build "$BUILD/host" -j "$JOBS" --target microvisor microvisord mvsim mvsim-an505 mvimage \
        board_attacks board_apps
    mkdir -p "$BUILD/bin"
    local program
    for program in microvisor microvisord mvsim; do
        ln -sf "../host/bin/$program" "$BUILD/bin/$program"
    done
}

build_asan() {
    configure_host "$BUILD/asan" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DMV_SANITIZE=ON
    cmake --build "$BUILD/asan" -j "$JOBS"
}

build_firmware() {
    cmake -S "$ROOT/firmware" -B "$BUILD/firmware" -G Ninja \
        -DCMAKE_TOOLCHAIN_FILE="$ROOT/firmware/toolchain.cmake" \
        -DMVIMAGE="$BUILD/host/bin/mvimage" -DMV_KEYS="$BUILD/keys" \
        -DMV_THIRD_PARTY="$BUILD/third_party"
    cmake --build "$BUILD/firmware" -j "$JOBS"
}

# Prints flash and RAM by room; the build fails if a ceiling is broken.
kernel_sizes() {
    /usr/bin/python3 "$ROOT/scripts/kernel_sizes.py" --brief --ceilings "$ROOT/firmware/ceilings.csv" \
        "$BUILD/firmware"
}

build_sdk() {
    "$ROOT/scripts/build_sdk.sh" "$BUILD/sdk"
}

# Everything a user runs. The order matters: mvimage signs the firmware.
build_all() {
    ensure_packages
    ensure_sources
    step "build the cloud, the command line and the simulator" build_host
    step "build the firmware (preboot, bootrom, kernel)" build_firmware
    kernel_sizes
    step "build the SDK and the sample application" build_sdk
}
