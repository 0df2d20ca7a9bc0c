#!/usr/bin/env bash
# Updates that must not be installed: signed by another key, or a layer that is not what its hash
# says. The running application stays, the reason is reported.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

world_start
"$MV_BIN/microvisor" deploy "$(sample_elf)" --device dev --wait
good=$(device_field dev app.reported_sid)

arm-none-eabi-objcopy -O binary "$(sample_elf)" "$T/plain.bin"
variant() { # NAME: the sample with other trailing bytes
    cp "$T/plain.bin" "$T/$1.bin"
    printf '%s' "$1" >>"$T/$1.bin"
    echo "$T/$1.bin"
}
status_is_error() { [ "$(device_field dev app.update_status)" = error ]; }

# 1. The stored layer is damaged behind the server's back.
"$MV_BIN/microvisor" apps bundle "$(variant damaged)" "$T/damaged.zip"
app=$("$MV_BIN/microvisor" apps create "$T/damaged.zip" --json |
    /usr/bin/python3 -c 'import json,sys; d=json.load(sys.stdin); print((d[0] if isinstance(d, list) else d)["sid"])')
hash=$(sha256sum "$T/damaged.bin" | cut -d' ' -f1)
blob=$(find "$T/cloud" -name "*$hash*" -type f | head -n 1)
[ -n "$blob" ] || fail "the server does not keep the layer under its hash"
chmod u+w "$blob"
printf 'X' | dd of="$blob" bs=1 seek=300 conv=notrunc status=none
"$MV_BIN/microvisor" devices update dev --target-app "$app"
wait_until 60 "an update error for the damaged layer" status_is_error
[ "$(device_field dev app.update_error_code)" -ne 0 ] || fail "no error code was reported"

# 2. A server with another signing key (the device accepts only the key it was made with).
world_end "$CLOUD_PID"
find "$T/cloud" -name '*manifest*sign*.pem' -delete
cloud_start "$T/cloud"
"$MV_BIN/microvisor" deploy "$(variant otherkey)" --device dev || true
wait_until 60 "an update error for the foreign signature" status_is_error

# The good application still runs and is still reported.
[ "$(device_field dev app.reported_sid)" = "$good" ] || fail "the running application changed"
before=$(stat -c %s "$T/dev/usart2.log")
grows() { [ "$(stat -c %s "$T/dev/usart2.log")" -gt "$before" ]; }
wait_until 20 "the good application to run on" grows
