#!/usr/bin/env bash
# Floating point against Berkeley TestFloat: every function that the FPU has, all rounding modes, bit for bit.
#
#   testfloat.sh [LEVEL]      level 1 (default) or 2 (thousands of times more vectors)
#
# The generator is built from Debian's source package of qemu (24 MB), which carries it; the package is fetched with the
# private apt configuration of scripts/fetch_sources.sh into build/third_party. The program that reads the vectors is
# simproof_testfloat in MV_BIN (default build/asan/bin).
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
level=${1:-1}
third_party=$root/build/third_party
bin=${MV_BIN:-$root/build/asan/bin}
source=$third_party/qemu-testfloat
generator=$source/berkeley-testfloat-3/build/Linux-x86_64-GCC/testfloat_gen

fetch() {
    [ -f "$third_party/apt/apt.conf" ] || { echo "run scripts/fetch_sources.sh first" >&2 && exit 1; }
    mkdir -p "$third_party/download" "$source"
    (cd "$third_party/download" &&
        APT_CONFIG=$third_party/apt/apt.conf apt-get -q source --download-only qemu >/dev/null)
    tar -xJf "$third_party"/download/qemu_*.orig.tar.xz -C "$source" --strip-components=3 \
        --wildcards '*/tests/fp/berkeley-softfloat-3' '*/tests/fp/berkeley-testfloat-3'
}

# ARM-VFPv2: NaNs are handed on as Arm does it, without default NaN mode.
build() {
    make -s -C "$source/berkeley-softfloat-3/build/Linux-x86_64-GCC" SPECIALIZE_TYPE=ARM-VFPv2 >/dev/null 2>&1
    make -s -C "$source/berkeley-testfloat-3/build/Linux-x86_64-GCC" SPECIALIZE_TYPE=ARM-VFPv2 testfloat_gen \
        SOFTFLOAT_DIR="$source/berkeley-softfloat-3" >/dev/null 2>&1
}
[ -d "$source/berkeley-testfloat-3" ] || fetch
[ -x "$generator" ] || build

failed=0
run() { # FUNCTION ROUNDING [OPTION…]
    local function=$1 rounding=$2
    shift 2
    "$generator" -level "$level" -tininessbefore "-r$rounding" "$@" "$function" 2>/dev/null |
        "$bin/simproof_testfloat" "$function" "$rounding" || failed=$((failed + 1))
}
for rounding in near_even minMag min max; do
    for function in f32_add f32_sub f32_mul f32_div f32_sqrt f32_mulAdd i32_to_f32 ui32_to_f32 f32_to_f16; do
        run "$function" "$rounding"
    done
done
for rounding in near_even minMag min max near_maxMag; do
    for function in f32_to_i32 f32_to_ui32 f32_roundToInt; do
        run "$function" "$rounding" -exact
    done
done
for function in f32_eq f32_eq_signaling f32_lt f32_lt_quiet f32_le f32_le_quiet f16_to_f32; do
    run "$function" near_even
done
echo "$failed of the runs above failed"
[ "$failed" -eq 0 ]
