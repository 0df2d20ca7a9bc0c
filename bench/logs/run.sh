#!/usr/bin/env bash
# Log lines a second from devices through the gateway into the store, alone and with 100 live readers, each
# of which follows a device of its own. Lines of 64 bytes; the store flushes to the disk as always.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../cloud.sh"

devices=500 readers=100
bench_cloud
bench_devices $devices

# lines READERS: "STORED_PER_S DELIVERED_PER_S"; what is stored is counted in the store afterwards.
lines() {
    local words=() sid before after
    while read -r sid _; do
        [ ${#words[@]} -lt $((3 * $1)) ] || break
        words+=("$API_PORT" "/ext/v1/devices/$sid/logs/stream" "$AUTHORIZATION")
    done <"$T/fleet/certificates"
    before=$(stored)
    "$LOAD" logs "$T/fleet" "$GATEWAY_PORT" $devices "$BENCH_SECONDS" "${words[@]}" >"$T/logs"
    after=$(stored)
    echo "$(awk "BEGIN { print ($after - $before) / $BENCH_SECONDS }") $(figure delivered_per_s <"$T/logs")"
}
stored() {
    /usr/bin/python3 -c '
import sqlite3, sys
print(sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).execute("select max(id) from log").fetchone()[0] or 0)' \
        "$T/cloud/microvisor.db"
}
read -r alone _ < <(lines 0)
sleep 7 # the limits of the devices (200 lines a second each, 1,000 at once) fill up again
read -r beside delivered < <(lines $readers)
record "log lines, gateway to store" "$alone" lines/s
record "log lines, gateway to store, with $readers readers" "$beside" lines/s
record "log lines to $readers live readers" "$delivered" lines/s
