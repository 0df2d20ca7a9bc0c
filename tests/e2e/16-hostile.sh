#!/usr/bin/env bash
# A device whose application does its worst stays online and takes a better one. Each attack is
# deployed like any application; see tests/board/hostile.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
apps=$ROOT/build/host/tests/board

world_start
sid=$(device_field dev sid)
wait_log dev 60 "\[connection *\] Connection established for device $sid"

count() { device_log dev | grep -Ec -- "$1" || true; }
more_than() { [ "$(count "$2")" -gt "$1" ]; } # COUNT PATTERN

# The board loses its power; it must find its way back under the attack.
again() {
    local before
    before=$(count 'Connection established')
    world_end "$BOARD_PID" KILL
    board_start "$T/dev"
    wait_until 90 "a connection under the attack" more_than "$before" 'Connection established'
}

# attack NAME PATTERN [COMMAND]: deploys it, waits for a line of the log that matches, does
# COMMAND, then heals the device.
attack() {
    local name=$1 pattern=$2 then=${3:-:} before good
    before=$(count "$pattern")
    "$MV_BIN/microvisor" deploy "$apps/self_$name.elf" --device dev
    wait_until 90 "'$pattern' after the attack $name" more_than "$before" "$pattern"
    "$then"
    good=$(count 'app_logging.* tick 1,')
    "$MV_BIN/microvisor" deploy "$(sample_elf)" --device dev --wait
    [ "$(device_field dev app.update_status)" = up-to-date ] || fail "$name: the device is not up to date"
    wait_until 60 "the good application after the attack $name" more_than "$good" 'app_logging.* tick 1,'
}

attack primask 'attacks now'
attack systick 'attacks now' again
attack log_flood 'attacks now'
attack dma 'crash.*IllegalAccess TOUCHED=SRAM3 PC=0x'
attack watchdog 'crash.*Watchdog'
