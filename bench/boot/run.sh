#!/usr/bin/env bash
# Instructions from reset to the first instruction of a verified application (software crypto), and of
# the bootrom's hash for each byte of the kernel.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../world.sh"

bench_world
world_end "$BOARD_PID"
"$MVSIM" run --state "$T/dev" --stop-at-app 2>/dev/null | /usr/bin/python3 -c '
import json, sys
record = json.loads(sys.stdin.readline())
print(json.dumps({"name": "reset to first application instruction", "value": record["instructions"],
                  "unit": "instructions", "layer": "board"}))'

# The hash: all instructions between its first and its last block of 64 bytes.
mkfifo "$T/trace"
"$MVSIM" run --state "$T/dev" --stop-at-app --trace "$T/trace" >/dev/null 2>&1 &
trace_pid=$!
block=$(arm-none-eabi-nm "$MV_BUILD/firmware/bootrom/bootrom.elf" | awk '$3 == "br_sha2small_round" {print $1}')
/usr/bin/python3 - "$T/trace" "$block" <<'EOF'
import json, sys
start = " " + sys.argv[2] + " "
first = last = blocks = 0
with open(sys.argv[1]) as trace:
    for number, line in enumerate(trace):
        if start in line:
            first = first or number
            last = number
            blocks += 1
print(json.dumps({"name": "bootrom hash", "value": (last - first) / (64 * (blocks - 1)),
                  "unit": "instr./byte", "layer": "board"}))
EOF
wait "$trace_pid"
