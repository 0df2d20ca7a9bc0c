#!/usr/bin/env bash
# The link breaks while a layer is fetched: the device resumes where it was and installs.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

world_start
wait_log dev 60 'Connection established'
arm-none-eabi-objcopy -O binary "$(sample_elf)" "$T/big.bin"
# 300 KB that do not compress, the same every time.
openssl enc -aes-128-ctr -K 00112233445566778899aabbccddeeff -iv 0 -in /dev/zero 2>/dev/null |
    head -c 300000 >>"$T/big.bin" || true
app=$("$MV_BIN/microvisor" deploy "$T/big.bin" --device dev --json |
    /usr/bin/python3 -c 'import json,sys; print(json.load(sys.stdin)["app_sid"])')
for _ in 1 2 3; do
    sleep 1.2
    kill -USR1 "$BOARD_PID" # link down
    sleep 1
    kill -USR2 "$BOARD_PID" # link up
done
is_running() { [ "$(device_field dev app.reported_sid)" = "$app" ]; }
wait_until 120 "the application to be installed in spite of the cuts" is_running
# It was resumed, not fetched anew: the server sent less than twice the layer.
sent=$(grep -oE 'fetch.*sent[=: ]+[0-9]+' "$T/cloud/microvisord.log" | grep -oE '[0-9]+$' |
    awk '{ sum += $1 } END { print sum + 0 }')
[ "$sent" -gt 300000 ] && [ "$sent" -lt 600000 ] ||
    fail "the server sent $sent bytes for a layer of $(stat -c %s "$T/big.bin")"
