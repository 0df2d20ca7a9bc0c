#!/usr/bin/env bash
# Applications make HTTP requests through the cloud, to a real HTTPS server.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

egress_world_start
/usr/bin/python3 "$ROOT/tests/unit/cloud/https_server.py" "$T/pki/server.pem" "$T/pki/server.key" \
    >"$T/https_port" &
WORLD_PIDS+=($!)
wait_until 10 "the HTTPS server" test -s "$T/https_port"
base=https://localhost:$(cat "$T/https_port")

# The sample.
elf=$(app_build "$MV_BUILD/sdk/examples/http" -DURL="$base/echo/hello")
"$MV_BIN/microvisor" deploy "$elf" --device dev --wait
wait_log dev 30 'app_logging.*result 0, status 200, [0-9]+ headers'
wait_log dev 5 'app_logging.*first header: '
wait_log dev 5 'app_logging.*body: .*"method": "GET", "path": "/echo/hello"'

# Everything that a channel can do, and what it must not.
elf=$(app_build "$ROOT/tests/board/channel_calls" -DBASE="$base")
"$MV_BIN/microvisor" deploy "$elf" --device dev --wait
wait_log dev 90 'app_logging.*totals: '
device_log dev | grep -E 'FAIL|totals|a raw line'
wait_log dev 10 "app_logging.* a raw line\$"
device_logged dev 'totals: [1-9][0-9]+ passed, 0 failed' || fail "channel_calls"

# The cloud goes away in the middle of a request: the application is told that its channel is over.
elf=$(app_build "$MV_BUILD/sdk/examples/http" -DURL="$base/hang")
"$MV_BIN/microvisor" deploy "$elf" --device dev --wait
wait_log dev 30 'app_logging.*GET .*/hang: 0'
world_end "$CLOUD_PID" KILL
cloud_start "$T/cloud" "${EGRESS_OPTIONS[@]}"
wait_log dev 90 'app_logging.*the channel was closed, reason 4' # the connection was terminated
