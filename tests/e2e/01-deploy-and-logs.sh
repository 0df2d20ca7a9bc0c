#!/usr/bin/env bash
# An application goes from an ELF to running on the board, and its log comes back.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

world_start
sid=$(device_field dev sid)
wait_log dev 60 "\[connection *\] Connection established for device $sid"

"$MV_BIN/microvisor" deploy "$(sample_elf)" --device dev --wait
wait_log dev 30 'app_logging.*'"$sid"   # the sample logs its device id first
[ "$(device_field dev app.update_status)" = up-to-date ] || fail "the device is not up to date"
[ "$(device_field dev app.reported_sid)" = "$(device_field dev app.target_sid)" ] ||
    fail "the device reports another application than its target"

# The three states of an installation, in order, and before the application's first line.
device_log dev >"$T/log"
grep -nE 'INSTALLING_APP|STARTING_NEW_APP|COMPLETE|app_logging' "$T/log" | head -n 4 >"$T/order"
[ "$(grep -oE 'INSTALLING_APP|STARTING_NEW_APP|COMPLETE|app_logging' "$T/order" | tr '\n' ' ')" = \
    'INSTALLING_APP STARTING_NEW_APP COMPLETE app_logging ' ] || {
    cat "$T/log" >&2
    fail "the installation was not reported in order"
}
# The text form of a line: ISO 8601 with microseconds, type, message.
grep -Eq '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z \[app_logging *\] ' "$T/log" ||
    fail "a log line does not have the documented form"
# The live stream ends after the number of lines asked for.
[ "$("$MV_BIN/microvisor" logs dev --lines 2 --type app_logging --timeout 30 --json | wc -l)" = 2 ] ||
    fail "the live stream did not bring two lines"

# After a restart of the board the same lines come again: nothing of the new start is taken for old.
first_lines() { device_log dev | grep -c 'app_logging.* tick 1,'; }
before=$(first_lines)
world_end "$BOARD_PID" KILL
board_start "$T/dev"
again() { [ "$(first_lines)" -gt "$before" ]; }
wait_until 60 "the first lines after a restart" again
