#!/usr/bin/env bash
# Full traces of generated two-world programs on mvsim-an505 and on stock QEMU.
# traces.sh [--all] [SEED…]; MV_LIMIT: instructions of each (100000); program under test: MV_BIN (default build/host/bin).
# --all: also frames that cannot be stacked, refused exception returns, no floating point. What registers then hold
# is UNKNOWN for a while, and some programs let it spread: a person must look at each difference.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
bin=${MV_BIN:-$root/build/host/bin}
world=$root/tests/unit/simproof/world
guest=$root/tests/unit/simcpu/guest
features=()
options=()
if [ "${1:-}" = --all ]; then
    features=(-DFEATURES=0xffu)
    options=(--entry-errors)
    shift
fi
[ $# -gt 0 ] || set -- $(seq 31 50)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for seed in "$@"; do
    python3 "$world/generate.py" "${options[@]}" "$seed" >"$work/code.S"
    arm-none-eabi-gcc -mcpu=cortex-m33 -mthumb -mfloat-abi=soft -mcmse -O2 -Wall -fno-jump-tables \
        -fno-tree-loop-distribute-patterns "${features[@]}" -DROUNDS=200u -DSEED="$((seed * 2654435761 % 4294967296 | 1))u" \
        "$world"/{driver,handlers_s,handlers_ns}.c "$work/code.S" "$guest/start.c" -nostartfiles -T "$guest/world.ld" \
        -o "$work/world.elf"
    if python3 "$root/tests/nightly/trace_compare.py" --limit "${MV_LIMIT:-100000}" "$bin/mvsim-an505" "$work/world.elf" \
        >"$work/out"; then
        echo "seed $seed: $(tail -n 1 "$work/out")"
    else
        echo "seed $seed: not the same"
        cat "$work/out"
        failed=$((failed + 1))
    fi
done
echo "$# programs, $failed differ"
[ "$failed" -eq 0 ]
