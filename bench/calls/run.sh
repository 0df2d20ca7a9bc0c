#!/usr/bin/env bash
# Secure-side instructions of system calls that the sample application makes.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../world.sh"

bench_world
world_end "$BOARD_PID"
"$MV_BIN/mvsim" run --state "$T/dev" --until 20000 --call-costs "$T/costs.json" >/dev/null 2>&1
/usr/bin/python3 - "$T/costs.json" "$ROOT/abi/slots.def" <<'EOF'
import json, re, sys
names = {}
for line in open(sys.argv[2]):
    match = re.match(r"\s*MV_SLOT\w*\(\s*(0x[0-9A-Fa-f]+|\d+)\s*,\s*(\w+)", line)
    if match:
        names[int(match.group(1), 0)] = match.group(2)
costs = json.load(open(sys.argv[1]))
for entry in costs["calls"] if isinstance(costs, dict) else costs:
    slot = entry["slot"]
    name = names.get(slot) or names.get(slot * 8) or f"slot {slot}"
    for which in ("min", "max"):
        print(json.dumps({"name": f"{name}, secure side, {which}", "value": entry[which],
                          "unit": "instructions", "layer": "board"}))
EOF
