#!/usr/bin/env bash
# compare.sh MVSIM_AN505 ROUNDS SEED…: random two-world programs on ours and on stock QEMU; every digest must agree.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
guest=$here/../../simcpu/guest
mvsim=$1
rounds=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cpu=(-mcpu=cortex-m33 -mthumb -mfloat-abi=soft -mcmse -O2 -Wall -fno-jump-tables -fno-tree-loop-distribute-patterns)
total=0
for seed in "$@"; do
    python3 "$here/generate.py" "$seed" >"$work/code.S"
    arm-none-eabi-gcc "${cpu[@]}" -DROUNDS="$rounds"u -DSEED="$((seed * 2654435761 % 4294967296 | 1))u" \
        "$here"/{driver,handlers_s,handlers_ns}.c "$work/code.S" "$guest/start.c" -nostartfiles -T "$guest/world.ld" -o "$work/world.elf"
    "$mvsim" --stats --cycles 20000000000 "$work/world.elf" >"$work/ours" 2>"$work/stats" || true
    timeout 300 qemu-system-arm -M mps2-an505 -display none -monitor none -serial null \
        -semihosting-config enable=on,target=native -kernel "$work/world.elf" >"$work/theirs" 2>&1 </dev/null || true
    if ! cmp -s "$work/ours" "$work/theirs" || ! grep -q "round $(printf '%08x' "$rounds")" "$work/ours"; then
        echo "seed $seed: not the same (ours <, QEMU >)"
        diff "$work/ours" "$work/theirs" | head -n 20
        tail -n 3 "$work/stats"
        [ -z "${MV_KEEP:-}" ] || cp "$work"/world.elf "$work"/code.S "$MV_KEEP"
        exit 1
    fi
    total=$((total + $(sed -n 's/.*"instructions": \([0-9]*\).*/\1/p' "$work/stats")))
    echo "seed $seed: $(tail -n 3 "$work/ours" | tr '\n' ' ')"
done
echo "$total instructions, all digests equal"
