#!/usr/bin/env bash
# A device sleeps in Standby between its visits: woken by its own clock, then by the kernel's check-in.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

sleeper() { # SECONDS: the sample, sleeping so long
    cmake -S "$MV_BUILD/sdk/examples/low_power" -B "$T/sleeper$1" -DSLEEP_SECONDS="$1" >"$T/cmake.log" 2>&1
    cmake --build "$T/sleeper$1" >>"$T/cmake.log" 2>&1
    echo "$T/sleeper$1/low_power.elf"
}
awake() { device_logged dev "awake, reason $1, clock set\$"; } # it went on through the sleep

world_start
"$MV_BIN/microvisor" deploy "$(sleeper 2)" --device dev --wait
wait_log dev 60 'awake, reason 9,'                # APPLICATIONUPDATE
wait_until 120 "a wake by the device's clock" awake 15 # DEEPSLEEPAPPLICATIONRTC

# Asleep it cannot hear of an update: it finds it when it is awake. Then only the check-in wakes it.
"$MV_BIN/microvisor" deploy "$(sleeper 0)" --device dev --minimum-check-in-time 3 --wait
wait_until 120 "a wake for the check-in" awake 12 # DEEPSLEEPCHECKIN
device_log dev >"$T/log"
! grep -q refused "$T/log" || fail "deep sleep was refused"
