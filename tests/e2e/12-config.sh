#!/usr/bin/env bash
# An application reads a config of its device and a secret of its account.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

world_start
elf=$MV_BUILD/sdk-examples/config/config.elf
"$MV_BIN/microvisor" configs set greeting 'good morning' --device dev
"$MV_BIN/microvisor" deploy "$elf" --device dev --wait
wait_log dev 30 'app_logging.*greeting: good morning \(12 bytes\)'
wait_log dev 5 'app_logging.*token: not there \(1\)'

# Changed values are read at the next start; the secret's value is in no log.
printf 's3cret-of-16-byt' | "$MV_BIN/microvisor" secrets set token
"$MV_BIN/microvisor" configs set greeting 'good evening' --device dev
world_end "$BOARD_PID" KILL
board_start "$T/dev"
wait_log dev 60 'app_logging.*greeting: good evening'
wait_log dev 5 'app_logging.*token: a secret \(16 bytes\)'
if grep -rq s3cret-of "$T/cloud/microvisord.log" "$T/dev/board.log"; then
    fail "the secret is in a log"
fi
