#!/usr/bin/env bash
# Seconds from `deploy` to the first log line of the new application, cloud and board running.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../world.sh"

cloud_start "$T/cloud"
device_provision "$T/dev" bench >/dev/null
board_start "$T/dev"
wait_log bench 60 'Connection established'
start=$(date +%s.%N)
"$MV_BIN/microvisor" deploy "$(sample_elf)" --device bench >/dev/null 2>&1
"$MV_BIN/microvisor" logs bench --lines 1 --type app_logging --timeout 60 >/dev/null
end=$(date +%s.%N)
/usr/bin/python3 -c '
import json, sys
print(json.dumps({"name": "deploy to first log line", "value": round(float(sys.argv[2]) - float(sys.argv[1]), 2),
                  "unit": "s", "layer": "host"}))' "$start" "$end"
