#!/usr/bin/env bash
# An update waits for an application that asked for politeness, and for no other.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

world_start
polite=$MV_BUILD/sdk-examples/polite_update/polite_update.elf
"$MV_BIN/microvisor" deploy "$polite" --device dev --wait --maximum-politeness-time 3600
wait_log dev 30 'app_logging.*polite update, wake reason 9' # APPLICATIONUPDATE

# It comes down at once, waits until the job is done, and is installed when the application lets it.
wait_log dev 30 'app_logging.*job begins'
"$MV_BIN/microvisor" deploy "$(sample_elf)" --device dev --wait
[ "$(device_field dev app.update_status)" = up-to-date ] || fail "the device is not up to date"
wait_log dev 30 'app_logging.* tick 1,'
device_log dev >"$T/log"
order=$(sed -n '/WAITING_FOR_APP/,$p' "$T/log" |
    grep -oE 'WAITING_FOR_APP|job done|letting the update in|INSTALLING_APP|COMPLETE|tick 0' | tr '\n' ',')
[[ $order == WAITING_FOR_APP,*'job done,letting the update in,INSTALLING_APP,COMPLETE,tick 0'* ]] || {
    cat "$T/log" >&2
    fail "the update did not wait for the application: $order"
}

# The sample that runs now is not polite: the next one is installed as soon as it is there.
"$MV_BIN/microvisor" deploy "$polite" --device dev --wait
device_log dev >"$T/log"
[ "$(grep -c WAITING_FOR_APP "$T/log")" = 1 ] || fail "an update waited for an impolite application"
