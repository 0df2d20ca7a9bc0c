#!/usr/bin/env bash
# The samples that need nothing but a board and the cloud, each deployed over the air.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

deploy_sample() { # NAME
    "$MV_BIN/microvisor" deploy "$MV_BUILD/sdk-examples/$1/$1.elf" --device dev --wait
}

world_start
deploy_sample network
wait_log dev 30 'app_logging.*mvRequestNetwork: 0'
wait_log dev 30 'app_logging.*network: connected, reasons 0x[0-9a-f]*[13579bdf], 1 handle'

deploy_sample wifi
wait_log dev 30 'app_logging.*stored before: "", no password'
wait_log dev 5 'app_logging.*stored now: "gallery", with password'

deploy_sample fast_interrupt
wait_log dev 30 'app_logging.*fast interrupt: 0'
wait_log dev 30 'app_logging.*[1-9]0000 ticks, the latest [0-9]+ cycles late'

deploy_sample external_flash
wait_log dev 30 'app_logging.*started 0 times before, status 0'
world_end "$BOARD_PID" KILL
board_start "$T/dev"
wait_log dev 60 'app_logging.*started 1 times before, status 0'
