#!/bin/bash
# Runs kernel_calls on a simulated board.
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/build.sh"

board_make kernel_calls
out=$build/usart2.txt
rm -f "$out"
"$mvsim" run --state "$build/kernel_calls.state" --uart usart2="$out" --until 900000 \
    --exit-on-lockup 2>"$build/console.txt"
grep -a -E 'FAIL|totals|^stage|tasks:|ticks took|^fast interrupt' "$out"
board_judge "$out"
