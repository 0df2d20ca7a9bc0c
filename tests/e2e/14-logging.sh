#!/usr/bin/env bash
# The cloud's hold on an application's log: the device sends nothing while it lasts, and the lines of
# that time are not sent later. The application runs on.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

world_start
"$MV_BIN/microvisor" deploy "$(sample_elf)" --device dev --wait
wait_log dev 30 'app_logging.* tick 1,'
ticks() { device_log dev | grep -oE 'tick [0-9]+' | awk '{print $2}'; }
serial_ticks() { grep -aoE 'tick [0-9]+' "$T/dev/usart2.log" | awk '{print $2}' | tail -n 1; }
runs_on() { [ "$(serial_ticks)" -gt "$1" ]; }

"$MV_BIN/microvisor" devices update dev --logging-enabled false
wait_until 10 "the hold to arrive" runs_on $(($(serial_ticks) + 1))
held=$(serial_ticks)
wait_until 20 "the application to run on" runs_on $((held + 3))
[ "$(ticks | tail -n 1)" -le "$held" ] || fail "lines came in spite of the hold"

"$MV_BIN/microvisor" devices update dev --logging-enabled true
resumed() { [ "$(ticks | tail -n 1)" -gt "$held" ]; }
wait_until 20 "lines after the hold" resumed
first=$(ticks | awk -v held="$held" '$1 > held { print; exit }')
[ "$first" -ge $((held + 3)) ] || fail "line $first of the time of the hold was sent after it"
