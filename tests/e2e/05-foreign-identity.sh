#!/usr/bin/env bash
# A device whose certificate comes from another CA is refused, and a device does not talk to a
# server of another CA.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Another cloud makes the device.
cloud_start "$T/other"
device_provision "$T/dev" stranger >/dev/null
other_port=$(json gateway_port "$T/other/run.json")
world_end "$CLOUD_PID"

# Our cloud answers at the port that the device knows.
"$MV_BIN/microvisord" --state "$T/cloud" --api 127.0.0.1:0 --gateway "127.0.0.1:$other_port" \
    >>"$T/cloud.log" 2>&1 </dev/null &
WORLD_PIDS+=($!)
wait_until 30 "the second cloud" test -f "$T/cloud/run.json"
client_environment "$T/cloud"

board_start "$T/dev"
refused() { grep -Eiq 'tls|certificate|handshake' "$T/cloud.log" && grep -Eiq 'refus|reject|fail|unknown' "$T/cloud.log"; }
wait_until 60 "the refusal in the cloud's log" refused
"$MV_BIN/microvisor" devices list --json | grep -q stranger && fail "the stranger became a device"
exit 0
