#!/usr/bin/env bash
# Many simulated boards in one process: how many, memory of each, snapshots a second, first UART byte.
# run.sh [--json]; MV_BENCH_BOARDS names the program (default build/host/bin), MV_BUILD the build folder,
# MV_APP_BOARDS how many boards with kernel and application (100; each takes a tenth of a second to start).
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${MV_BUILD:-$ROOT/build}
PROGRAM=${MV_BENCH_BOARDS:-$ROOT/build/host/bin/bench_boards}
APP=$ROOT/build/sdk-examples/first_light/first_light.elf
arguments=("$(dirname "$PROGRAM")/../tests/unit/simworld/guest.bin")
if [ -f "$BUILD/firmware/kernel.img" ] && [ -f "$APP" ]; then
    arguments+=("$BUILD/firmware" "$APP" "${MV_APP_BOARDS:-100}")
fi
if [ "${1:-}" = --json ]; then
    "$PROGRAM" "${arguments[@]}"
else
    "$PROGRAM" "${arguments[@]}" | /usr/bin/python3 "$ROOT/bench/table.py"
fi
