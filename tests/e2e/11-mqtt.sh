#!/usr/bin/env bash
# An application talks through the cloud to a real MQTT broker with an authority of its own.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

egress_world_start
port=$(free_port)
mosquitto_passwd -b -c "$T/passwords" sample 's3cret'
cat >"$T/mosquitto.conf" <<END
listener $port 127.0.0.1
cafile $T/pki/other.pem
certfile $T/pki/foreign.pem
keyfile $T/pki/foreign.key
allow_anonymous false
password_file $T/passwords
END
chmod a+r "$T"/pki/* "$T/passwords"
chmod a+x "$T" "$T/pki"
/usr/sbin/mosquitto -c "$T/mosquitto.conf" >"$T/mosquitto.log" 2>&1 &
WORLD_PIDS+=($!)
broker=(-h localhost -p "$port" --cafile "$T/pki/other.pem" -u sample -P 's3cret')
wait_until 10 "the broker" mosquitto_pub "${broker[@]}" -t ready -m yes

mosquitto_sub "${broker[@]}" -v -t 'microvisor/#' >"$T/heard" &
WORLD_PIDS+=($!)
elf=$(app_build "$MV_BUILD/sdk/examples/mqtt" -DBROKER_HOST=localhost -DBROKER_PORT="$port" \
    -DBROKER_USER=sample -DBROKER_PASSWORD=s3cret -DCA_DER="$T/pki/other.der")
"$MV_BIN/microvisor" deploy "$elf" --device dev --wait
sid=$(device_field dev sid)
heard() { grep -qx -- "$1" "$T/heard"; }
wait_log dev 30 'app_logging.*connected: state 0, code 0'
wait_log dev 10 'app_logging.*subscribed: state 0, code 1'
wait_until 10 "the device's hello at the broker" heard "microvisor/hello $sid"
wait_log dev 10 'app_logging.*published 100: state 0'

mosquitto_pub "${broker[@]}" -q 1 -t microvisor/question -m 'how are you?'
wait_log dev 10 'app_logging.*message on microvisor/question, QoS 1: how are you\?'
wait_until 10 "the device's answer" heard 'microvisor/answer you said: how are you?'

# More than its receive buffer holds: lost, and told so.
head -c 5000 /dev/zero | tr '\0' z | mosquitto_pub "${broker[@]}" -q 1 -t microvisor/question -s
wait_log dev 10 'app_logging.*a message of 5000 bytes on microvisor/question did not fit'

# The calls one by one, in both versions of the protocol.
elf=$(app_build "$ROOT/tests/board/mqtt_calls" -DBROKER_PORT="$port" -DCA_DER="$T/pki/other.der")
"$MV_BIN/microvisor" deploy "$elf" --device dev --wait
# The application that was stopped for it did not say good-bye to the broker: its will is done.
wait_until 30 "the will" heard "microvisor/will $sid"
wait_log dev 60 'app_logging.*totals: '
device_log dev | grep -E 'FAIL|totals'
device_logged dev 'totals: [1-9][0-9]+ passed, 0 failed' || fail "mqtt_calls"
