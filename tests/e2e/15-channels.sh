#!/usr/bin/env bash
# Applications' channels, from the board through the cloud to real servers: the samples for HTTP, MQTT
# and configuration, each deployed over the air, against an HTTPS server and a mosquitto broker.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
SUPPORT=$ROOT/tests/unit/cloud

# start_server OUT COMMAND…: a server of the test's own; OUT gets what it prints.
start_server() {
    local out=$1
    shift
    "$@" >"$out" 2>&1 </dev/null &
    WORLD_PIDS+=("$!")
}

start_https() {
    start_server "$T/https.port" /usr/bin/python3 -B "$SUPPORT/https_server.py" "$T/server.pem" "$T/server.key"
    wait_until 10 "the HTTPS server" test -s "$T/https.port"
    HTTPS_PORT=$(cat "$T/https.port")
}

start_broker() {
    BROKER_PORT=$(/usr/bin/python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
    mosquitto_passwd -b -c "$T/passwords" user password
    cat >"$T/mosquitto.conf" <<EOF
user root
persistence false
log_dest none
listener $BROKER_PORT 127.0.0.1
allow_anonymous false
password_file $T/passwords
certfile $T/server.pem
keyfile $T/server.key
EOF
    start_server "$T/mosquitto.log" /usr/sbin/mosquitto -c "$T/mosquitto.conf"
    wait_until 10 "the broker" client mosquitto_pub -t ready -m ready
}

# client PROGRAM ARGUMENTS…: one of mosquitto's own clients.
client() {
    local program=$1
    shift
    timeout 30 "$program" -h localhost -p "$BROKER_PORT" -u user -P password --cafile "$T/ca.pem" "$@"
}

# deploy_sample NAME [DEFINITION…]: builds a sample for this test's servers and deploys it.
deploy_sample() {
    local name=$1
    shift
    cmake -Wno-dev -S "$MV_BUILD/sdk/examples/$name" -B "$T/build-$name" -G Ninja "$@" >"$T/build.log"
    cmake --build "$T/build-$name" >>"$T/build.log"
    "$MV_BIN/microvisor" deploy "$T/build-$name/$name.elf" --device dev --wait
}

"$SUPPORT/egress_pki.sh" "$T"
start_https
start_broker
cloud_start "$T/cloud" --egress-allow-private --egress-ca "$T/ca.pem"
device_provision "$T/dev" dev >/dev/null
board_start "$T/dev"

# HTTP: the page is there, with its header; a server that nobody trusts is a failed request.
deploy_sample http -DURL="https://localhost:$HTTPS_PORT/echo/board"
wait_log dev 60 'app_logging.*result 0, status 200, [0-9]+ headers, [0-9]+ bytes'
wait_log dev 10 'app_logging.*first header: Server: BaseHTTP'
wait_log dev 10 'app_logging.*body: .*"method": "GET", "path": "/echo/board".*Accept: text/plain'
deploy_sample http -DURL="https://localhost:$HTTPS_PORT/body/10000"
wait_log dev 60 'app_logging.*result 6, status 0, 0 headers, 0 bytes' # does not fit the buffer

# Configuration: this device's setting and its account's secret, which the log does not show.
echo 'good morning' | "$MV_BIN/microvisor" configs set greeting --device dev
echo 'hidden-value' | "$MV_BIN/microvisor" secrets set token
deploy_sample config
wait_log dev 60 'app_logging.*greeting: good morning \(12 bytes\)'
wait_log dev 10 'app_logging.*token: a secret \(12 bytes\)'

# MQTT: the device says hello, is asked and answers; when it is gone, the broker publishes its will.
client mosquitto_sub -t 'microvisor/#' -q 1 -v >"$T/heard" &
WORLD_PIDS+=("$!")
deploy_sample mqtt -DBROKER_HOST=localhost -DBROKER_PORT="$BROKER_PORT" -DCA_DER="$T/ca.der"
wait_log dev 60 'app_logging.*connected: state 0, code 0'
wait_log dev 10 'app_logging.*subscribed: state 0, code 1'
wait_log dev 10 'app_logging.*published 100: state 0'
heard() { grep -Eq -- "$1" "$T/heard"; }
client mosquitto_pub -t microvisor/question -q 1 -m 'how are you?'
wait_log dev 20 'app_logging.*message on microvisor/question, QoS 1: how are you\?'
sid=$(device_field dev sid)
world_end "$BOARD_PID" KILL
client mosquitto_pub -t microvisor/hello -q 1 -m 'asked again' # the subscriber is still there
wait_until 20 "the hello" heard "^microvisor/hello $sid"
wait_until 20 "the answer" heard '^microvisor/answer you said: how are you\?'
wait_until 150 "the will" heard "^microvisor/will $sid"

! grep -q 'hidden-value' "$T/cloud/microvisord.log" || fail "a secret is in the log"
