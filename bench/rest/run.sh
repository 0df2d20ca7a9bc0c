#!/usr/bin/env bash
# Requests a second and 99th percentile for a device's record, beside nginx that serves the same bytes with
# the same headers from a file, in the same run, with the same load. Rounds alternate; the best of three counts.
# Requests for each second of the server's processor time say the same on a busy machine.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../cloud.sh"

bench_cloud
device_provision "$T/dev" bench >/dev/null
path=/v1/Devices/bench
mkdir -p "$T/www/v1/Devices" "$T/nginx"
curl -sS -D "$T/headers" -H "Authorization: Basic $AUTHORIZATION" "$MICROVISOR_URL$path" -o "$T/www$path"
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
{
    [ "$(id -u)" -ne 0 ] || echo "user root;" # its workers read a folder of ours
    echo "daemon off; worker_processes auto; pid $T/nginx/pid; error_log $T/nginx/error.log;"
    echo 'events { worker_connections 1024; }'
    echo "http { access_log off; sendfile on; tcp_nopush on; open_file_cache max=100; keepalive_requests 1000000;"
    for folder in client_body proxy fastcgi uwsgi scgi; do
        echo "${folder}_temp_path $T/nginx/$folder;"
    done
    echo "server { listen 127.0.0.1:$port; root $T/www; default_type application/json;"
    sed -n 's/\r$//; s/^\(Access-Control-[A-Za-z-]*\): \(.*\)$/add_header \1 "\2";/p' "$T/headers"
    echo '} }'
} >"$T/nginx.conf"
nginx -c "$T/nginx.conf" -p "$T/nginx" 2>"$T/nginx.log" &
WORLD_PIDS+=($!)
nginx=$!
wait_until 10 "nginx to serve" curl -sSf "http://127.0.0.1:$port$path" -o "$T/other"
cmp "$T/other" "$T/www$path"

best_ours=0 best_theirs=0 ours_cpu=0 theirs_cpu=0
measure() { # URL PID… → "REQUESTS_PER_S P99_MS REQUESTS_PER_S_OF_CPU"
    local url=$1 before used
    shift
    before=$(ticks "$@")
    wrk -t1 -c64 -d"${BENCH_SECONDS}s" --latency -H "Authorization: Basic $AUTHORIZATION" "$url$path" >"$T/wrk"
    used=$(($(ticks "$@") - before))
    ! grep -q 'Non-2xx\|Socket errors' "$T/wrk" || { cat "$T/wrk" >&2; return 1; }
    awk -v used="$used" '/requests in/ { requests = $1 }
        /Requests\/sec/ { rate = $2 }
        $1 == "99%" { p99 = $2 ~ /us$/ ? $2 / 1000 : $2 ~ /ms$/ ? $2 + 0 : $2 * 1000 }
        END { print rate, p99, requests * 100 / used }' "$T/wrk"
}
more() { # A B: whether A > B
    awk "BEGIN { exit !($1 > $2) }"
}
for _ in 1 2 3; do
    read -r rate p99 cpu < <(measure "$MICROVISOR_URL" "$CLOUD_PID")
    if more "$rate" "$best_ours"; then best_ours=$rate ours_p99=$p99; fi
    if more "$cpu" "$ours_cpu"; then ours_cpu=$cpu; fi
    mapfile -t workers < <(pgrep -P "$nginx")
    read -r rate p99 cpu < <(measure "http://127.0.0.1:$port" "${workers[@]}")
    if more "$rate" "$best_theirs"; then best_theirs=$rate theirs_p99=$p99; fi
    if more "$cpu" "$theirs_cpu"; then theirs_cpu=$cpu; fi
done
record "device record over HTTP, 64 connections" "$best_ours" requests/s nginx "$best_theirs"
record "device record over HTTP, 64 connections" "$ours_cpu" "1/s of CPU" nginx "$theirs_cpu"
record "device record over HTTP, 99th percentile" "$ours_p99" ms nginx "$theirs_p99"
