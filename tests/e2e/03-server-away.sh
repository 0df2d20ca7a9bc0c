#!/usr/bin/env bash
# The server goes away: the application runs on, its log lines wait, the device comes back by itself.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

world_start
"$MV_BIN/microvisor" deploy "$(sample_elf)" --device dev --wait
wait_log dev 30 app_logging
last_count() { device_log dev | grep -c app_logging; }
before=$(last_count)
size=$(stat -c %s "$T/dev/usart2.log")

world_end "$CLOUD_PID" KILL
grows() { [ "$(stat -c %s "$T/dev/usart2.log")" -gt $((size + 20)) ]; }
wait_until 30 "the application to run on without the server" grows

cloud_start "$T/cloud"
more() { [ "$(last_count)" -gt $((before + 2)) ]; }
wait_until 90 "the device to come back and deliver its lines" more
# Every number of the sample's counter is there once: nothing lost, nothing twice.
device_log dev | grep -oE 'tick [0-9]+' | awk '{print $2}' >"$T/ticks"
awk 'NR > 1 && $1 != last + 1 { print "gap between", last, "and", $1; bad = 1 } { last = $1 } END { exit bad }' \
    "$T/ticks" || fail "log lines are missing or doubled"
