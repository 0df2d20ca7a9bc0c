#!/usr/bin/env bash
# Power off and on at any time, an update included, returns to a running application.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

world_start
"$MV_BIN/microvisor" deploy "$(sample_elf)" --device dev --wait

# Cut at growing times after the boot; each time the application must come back by itself, also
# without any network.
for delay in 0.2 0.5 0.9 1.4; do
    world_end "$BOARD_PID" KILL
    board_start "$T/dev"
    sleep "$delay"
done
world_end "$BOARD_PID" KILL

# A second application (same code, other content) is assigned while the board is off; the power then
# fails again and again during download and installation.
arm-none-eabi-objcopy -O binary "$(sample_elf)" "$T/second.bin"
head -c 20000 /dev/zero | tr '\0' 'x' >>"$T/second.bin"
app=$("$MV_BIN/microvisor" deploy "$T/second.bin" --device dev --json |
    /usr/bin/python3 -c 'import json,sys; print(json.load(sys.stdin)["app_sid"])')
for delay in 1.5 2.0 2.4 2.8 3.2; do
    board_start "$T/dev"
    sleep "$delay"
    world_end "$BOARD_PID" KILL
done
: >"$T/dev/usart2.log"
board_start "$T/dev"
is_running() { [ "$(device_field dev app.reported_sid)" = "$app" ]; }
wait_until 60 "the second application to be reported" is_running

# With the cloud away the application still starts.
world_end "$CLOUD_PID"
world_end "$BOARD_PID" KILL
: >"$T/dev/usart2.log"
board_start "$T/dev"
wait_until 30 "the application's own console output" test -s "$T/dev/usart2.log"
