#!/usr/bin/env bash
# Instructions from reset to the first instruction of a verified application (software crypto).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../world.sh"

bench_world
world_end "$BOARD_PID"
"$MVSIM" run --state "$T/dev" --stop-at-app 2>/dev/null | /usr/bin/python3 -c '
import json, sys
record = json.loads(sys.stdin.readline())
print(json.dumps({"name": "reset to first application instruction", "value": record["instructions"],
                  "unit": "instructions", "layer": "board"}))'
