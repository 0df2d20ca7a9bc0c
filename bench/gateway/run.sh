#!/usr/bin/env bash
# The gateway: memory of a connected TLS device beside mosquitto with as many, full handshakes beside what
# the processor can do of their signatures and agreements, and the way from a new target to the device.
# BENCH_DEVICES (10000) says how many devices are connected.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../cloud.sh"

count=${BENCH_DEVICES:-10000}
bench_cloud
bench_devices "$count"

# handshakes PID PORT: full handshakes for each second of processor time of the server; best of three.
# Processor time, because openssl speed counts it too, and because it says the same on a busy machine.
handshakes() {
    local best=0 rate before used
    for _ in 1 2 3; do
        before=$(ticks "$1")
        rate=$("$LOAD" handshakes "$T/fleet" "$2" 32 "$BENCH_SECONDS" | figure handshakes_per_s)
        used=$(($(ticks "$1") - before))
        rate=$(awk "BEGIN { print $rate * $BENCH_SECONDS * 100 / $used }")
        if awk "BEGIN { exit !($rate > $best) }"; then best=$rate; fi
    done
    echo "$best"
}

# hold PID PORT [mqtt]: connects all; kilobytes of private memory that a device costs the process.
hold() {
    local before after
    mkfifo "$T/input"
    before=$(private_kb "$1")
    "$LOAD" hold "$T/fleet" "$2" "$count" ${3:+"$3"} <"$T/input" >"$T/hold" &
    local load=$!
    exec 9>"$T/input"
    wait_until 300 "$count devices to be connected" grep -q ready "$T/hold"
    sleep 2
    after=$(private_kb "$1")
    exec 9>&-
    wait "$load"
    rm "$T/input"
    awk "BEGIN { print ($after - $before) / $count }"
}
ours=$(hold "$CLOUD_PID" "$GATEWAY_PORT")
seconds=$(figure seconds <"$T/hold")

port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cp "$T"/cloud/{ca.cert.pem,gateway.cert.pem,gateway.key.pem} "$T/"
cat >"$T/mosquitto.conf" <<CONF
listener $port 127.0.0.1
cafile $T/ca.cert.pem
certfile $T/gateway.cert.pem
keyfile $T/gateway.key.pem
require_certificate true
allow_anonymous true
persistence false
log_type error
user root
CONF
mosquitto -c "$T/mosquitto.conf" >"$T/mosquitto.log" 2>&1 &
mosquitto=$!
WORLD_PIDS+=("$mosquitto")
wait_until 10 "mosquitto to listen" bash -c ": </dev/tcp/127.0.0.1/$port"
theirs=$(hold "$mosquitto" "$port" mqtt)
broker_rate=$(handshakes "$mosquitto" "$port")
record "memory per connected TLS device, $count devices" "$ours" kB mosquitto "$theirs"
record "$count devices connect and are welcomed" "$(awk "BEGIN { print $count / $seconds }")" devices/s
world_end "$mosquitto"

# One handshake costs the server one signature, two verifications (the device's certificate and its
# signature) and one ephemeral key with its agreement. The roof is one processor doing nothing else, with
# OpenSSL's own speed; generating the ephemeral key counts as half a signature.
roof() {
    openssl speed -mr -seconds 1 ecdsap256 ecdhp256 2>/dev/null | awk -F: '
        /^\+F4/ { sign = $4; verify = $5 } # each a second
        /^\+F5/ { agree = $4 }
        END { print 1 / (1.5 / sign + 2 / verify + 1 / agree) }'
}
rate=$(handshakes "$CLOUD_PID" "$GATEWAY_PORT")
record "mutual TLS handshakes, P-256, full" "$rate" "1/s of CPU" "openssl speed" "$(roof)"
record "mutual TLS handshakes, P-256, full" "$rate" "1/s of CPU" mosquitto "$broker_rate"

head -c 4000 /dev/zero >"$T/app.bin"
app() { "$MV_BIN/microvisor" apps create "$T/app.bin" --json 2>/dev/null | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["sid"])'; }
first=$(app)
echo x >>"$T/app.bin"
"$LOAD" notify "$T/fleet" "$GATEWAY_PORT" "$API_PORT" "$AUTHORIZATION" "$first" "$(app)" 200 >"$T/notify"
record "new target to the device's notification, median" "$(figure median_ms <"$T/notify")" ms
record "new target to the device's notification, 99th percentile" "$(figure p99_ms <"$T/notify")" ms
