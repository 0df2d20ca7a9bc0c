#!/bin/bash
# Runs the application `power` on a simulated board that cannot connect, and moves its pin.
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/build.sh"

board_make power
# A damaged factory record: no identity, no network.
printf '\0\0\0\0' | dd of="$build/power.state/flash.bin" bs=1 seek=$((0x1D0000)) conv=notrunc status=none
# In place of a manifest (bringup/update.c): 200 and 700 ms after crashes, check-in after 40 s without
# contact, no grace time.
printf '\xC8\0\0\0\xBC\x02\0\0\x28\0\0\0\0\0\0\0' |
    dd of="$build/power.state/flash.bin" bs=1 seek=$((0xFFFF0)) conv=notrunc status=none
stack=$(arm-none-eabi-nm "$build/firmware/kernel.elf" | awk '$3 == "work_stack_pointer" {print $1}')
cat >"$build/power.scn" <<SCENARIO
at 25s pin PC13 high
at 26s pin PC13 low
at 70s pin PC13 high
at 71s pin PC13 low
at 160s flip $(printf 0x%x $((16#$stack + 3))) bit 3
within 200s expect uart2 "done"
SCENARIO
out=$build/power.txt
rm -f "$out"
status=0
"$mvsim" run --state "$build/power.state" --scenario "$build/power.scn" --uart usart2="$out" \
    --exit-on-lockup --until 250000 2>"$build/power.console" || status=$?
grep -a -E 'FAIL|totals|^stage' "$out" || true
[ "$status" -eq 0 ] || { tail -n 20 "$build/power.console"; exit 1; }
board_judge "$out"
[ "$(grep -a -c '^stage' "$out")" = 12 ]
