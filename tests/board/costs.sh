#!/bin/bash
# costs.sh [--write]: counts what every system call costs on a simulated board and compares it with
# docs/call-costs.md, which --write makes anew.
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/build.sh"

board_make costs
out=$build/costs.txt
rm -f "$out"
echo 'within 120s expect uart2 "done"' >"$build/costs.scn"
"$mvsim" run --state "$build/costs.state" --scenario "$build/costs.scn" --uart usart2="$out" \
    --exit-on-lockup --until 130000 --call-costs "$build/call-costs.json" 2>"$build/costs.console" ||
    { tail -n 20 "$build/costs.console" "$out"; exit 1; }
grep -a -E 'FAIL|totals' "$out"
board_judge "$out"
/usr/bin/python3 "$here/costs/card.py" "$@" "$build/call-costs.json" "$root/abi/slots.def" \
    "$root/docs/call-costs.md"
