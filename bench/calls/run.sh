#!/usr/bin/env bash
# Secure-side instructions of system calls, from the first after SG to the last before BXNS, on the
# shortest and the longest path that the measuring application in app/ takes.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../world.sh"

cmake -S "$ROOT/bench/calls/app" -B "$MV_BUILD/bench-calls" -G Ninja -DMV_SDK="$MV_BUILD/sdk" >/dev/null
cmake --build "$MV_BUILD/bench-calls" >/dev/null
cloud_start "$T/cloud"
device_provision "$T/dev" bench >/dev/null
board_start "$T/dev"
"$MV_BIN/microvisor" deploy "$MV_BUILD/bench-calls/call_costs.elf" --device bench --wait >/dev/null 2>&1
world_end "$BOARD_PID"
"$MVSIM" run --state "$T/dev" --until 5000 --call-costs "$T/costs.json" >/dev/null 2>&1
/usr/bin/python3 - "$T/costs.json" "$ROOT/abi/slots.def" <<'EOF'
import json, re, sys
names = {}
for line in open(sys.argv[2]):
    match = re.match(r"MV_SLOT\((0x[0-9a-f]+), (\w+),", line)
    if match:
        names[int(match.group(1), 0) // 8] = match.group(2)
costs = json.load(open(sys.argv[1]))
for entry in costs["calls"]:
    name = names.get(entry["slot"], f"slot {entry['slot']}")
    if entry["fault"]:
        name += " (from a task: as a fault)"
    for which in ("min", "max"):
        print(json.dumps({"name": f"{name}, secure side, {which}", "value": entry[which],
                          "unit": "instructions", "layer": "board"}))
if "longest_held_off" in costs:
    print(json.dumps({"name": "longest stretch with interrupts held off", "unit": "instructions",
                      "value": costs["longest_held_off"], "layer": "board"}))
EOF
