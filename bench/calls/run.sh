#!/usr/bin/env bash
# Secure-side instructions, stack and held-off stretches of every system call (docs/call-costs.md).
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

MV_BIN=$MV_BUILD/host/bin bash "$ROOT/tests/board/costs.sh" >&2
/usr/bin/python3 - "$MV_BUILD/board/call-costs.json" "$ROOT/abi/slots.def" <<'EOF'
import json, re, sys
names = {}
for line in open(sys.argv[2]):
    match = re.match(r"MV_SLOT\((0x[0-9a-f]+), (\w+),", line)
    if match:
        names[int(match.group(1), 0) // 8] = match.group(2)
costs = json.load(open(sys.argv[1]))


def show(name, value, unit="instructions"):
    print(json.dumps({"name": name, "value": value, "unit": unit, "layer": "board"}))


for entry in costs["calls"]:
    name = names.get(entry["slot"])
    if name is None:
        continue
    for way, key in (("veneer", ""), ("fault", "fault_")):
        if entry[key + "max"]:
            show(f"{name}, {way}, best", entry[key + "min"])
            show(f"{name}, {way}, worst", entry[key + "max"])
    show(f"{name}, stack", entry["stack"], "bytes")
    show(f"{name}, held off", entry["held_off"])
show("longest stretch with interrupts held off", costs["longest_held_off"])
EOF
