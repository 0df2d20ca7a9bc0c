# A cloud on loopback with many devices, for the benchmarks of the cloud. Sourced after `set -euo pipefail`.
# All loads stay on loopback.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$ROOT/scripts/world.sh"
T=$(mktemp -d "${TMPDIR:-/tmp}/mv-bench-XXXXXX")
trap 'world_stop; rm -rf "$T"' EXIT
BENCH_SECONDS=${BENCH_SECONDS:-4}
LOAD=$MV_BUILD/host/bin/bench_load
ulimit -n "$(ulimit -H -n)"

# bench_cloud [OPTIONS…]: starts the cloud. Sets API_PORT, GATEWAY_PORT, AUTHORIZATION.
bench_cloud() {
    cloud_start "$T/cloud" "$@"
    API_PORT=${MICROVISOR_URL##*:}
    GATEWAY_PORT=$(json gateway_port "$T/cloud/run.json")
    AUTHORIZATION=$(printf '%s:%s' "$MICROVISOR_ACCOUNT_SID" "$MICROVISOR_AUTH_TOKEN" | base64 -w 0)
}

# bench_devices COUNT: provisions devices that share one key; the load program reads them from $T/fleet.
bench_devices() {
    mkdir -p "$T/fleet"
    openssl ecparam -name prime256v1 -genkey -noout -out "$T/fleet/key.pem"
    openssl req -new -key "$T/fleet/key.pem" -subj /CN=device -out "$T/fleet/request.pem"
    /usr/bin/python3 "$ROOT/bench/provision.py" "$T/fleet" "$1" "$API_PORT" "$AUTHORIZATION"
}

# figure NAME <FILE: one figure of the load program's output.
figure() {
    awk -v name="$1" '$1 == name { print $2 }'
}

# private_kb PID: memory that only this process uses, in kB.
private_kb() {
    awk '/^Private_(Clean|Dirty):/ { sum += $2 } END { print sum }' "/proc/$1/smaps_rollup"
}

# ticks PID…: processor time of the processes so far, in hundredths of a second.
ticks() {
    local pid
    for pid in "$@"; do cat "/proc/$pid/stat"; done | awk '{ sum += $14 + $15 } END { print sum }'
}

# record NAME VALUE UNIT [PEER PEER_VALUE]: one line for the table.
record() {
    /usr/bin/python3 -c '
import json, sys
name, value, unit, *peer = sys.argv[1:]
line = {"name": name, "value": float(value), "unit": unit, "layer": "host"}
if peer:
    line |= {"peer": peer[0], "peer_value": float(peer[1]), "ratio": float(value) / float(peer[1])}
print(json.dumps(line), flush=True)' "$@"
}
