#!/usr/bin/env bash
# The cloud's egress: HTTPS requests and MQTT messages of devices, and what a connection takes.
# run.sh [--json]; MV_BENCH_EGRESS names the program (default build/host/bin).
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PROGRAM=${MV_BENCH_EGRESS:-$ROOT/build/host/bin/bench_egress}
measure() { "$PROGRAM" 2>&1 | grep -a '^{'; }
if [ "${1:-}" = --json ]; then
    measure
else
    measure | /usr/bin/python3 "$ROOT/bench/table.py"
fi
