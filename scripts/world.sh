# Starts and stops the parts of a whole world on loopback: cloud, provisioned device, board. Used by
# the demo, the end-to-end tests and the benchmarks. Sourced; needs MV_BIN (programs under use) and
# MV_BUILD (the build folder with firmware and SDK); the caller calls world_stop when it leaves.

MVSIM=${MVSIM:-$MV_BIN/mvsim}

WORLD_PIDS=()

# json FIELD FILE: one top-level field of a JSON file.
json() {
    /usr/bin/python3 -c 'import json,sys; print(json.load(open(sys.argv[2]))[sys.argv[1]])' "$1" "$2"
}

# wait_until SECONDS WHAT COMMAND…: polls a command until it succeeds.
wait_until() {
    local seconds=$1 what=$2 end
    shift 2
    end=$((SECONDS + seconds))
    until "$@" >/dev/null 2>&1; do
        if [ $SECONDS -ge $end ]; then
            echo "waited $seconds s in vain for: $what" >&2
            return 1
        fi
        sleep 0.1
    done
}

world_forget() { # PID
    local pid kept=()
    for pid in "${WORLD_PIDS[@]}"; do
        [ "$pid" = "$1" ] || kept+=("$pid")
    done
    WORLD_PIDS=("${kept[@]}")
}

# world_end PID [SIGNAL]: ends one process of this world and waits for it.
world_end() {
    kill "-${2:-TERM}" "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
    world_forget "$1"
}

world_stop() {
    local pid
    for pid in "${WORLD_PIDS[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    for pid in "${WORLD_PIDS[@]}"; do
        wait "$pid" 2>/dev/null || true
    done
    WORLD_PIDS=()
}

# cloud_start DIR [OPTIONS…]: starts microvisord and waits until it serves. A restart keeps the ports,
# so that devices find it again. Sets CLOUD_PID, CLOUD_DIR and the client's environment.
cloud_start() {
    local dir=$1 api=127.0.0.1:0 gateway=127.0.0.1:0
    shift
    mkdir -p "$dir"
    CLOUD_DIR=$dir
    if [ -f "$dir/ports" ]; then
        read -r api gateway <"$dir/ports"
    fi
    rm -f "$dir/run.json"
    "$MV_BIN/microvisord" --state "$dir" --api "$api" --gateway "$gateway" "$@" \
        >>"$dir/microvisord.log" 2>&1 </dev/null &
    CLOUD_PID=$!
    WORLD_PIDS+=("$CLOUD_PID")
    wait_until 30 "microvisord to be ready" test -f "$dir/run.json" || {
        tail -n 20 "$dir/microvisord.log" >&2
        return 1
    }
    api=$(json api_url "$dir/run.json")
    echo "${api#http://} 127.0.0.1:$(json gateway_port "$dir/run.json")" >"$dir/ports"
    client_environment "$dir"
}

# client_environment DIR: how the command line finds this cloud.
client_environment() {
    MICROVISOR_URL=$(json api_url "$1/run.json")
    MICROVISOR_ACCOUNT_SID=$(json account_sid "$1/account.json")
    MICROVISOR_AUTH_TOKEN=$(json auth_token "$1/account.json")
    export MICROVISOR_URL MICROVISOR_ACCOUNT_SID MICROVISOR_AUTH_TOKEN
}

# device_provision DIR NAME: makes a device: identity from the cloud, factory step on a new board.
device_provision() {
    local dir=$1 name=$2
    mkdir -p "$dir"
    "$MV_BIN/microvisor" devices provision --identity-out "$dir/identity.bin" --unique-name "$name" \
        --gateway-host 10.0.2.2 --gateway-port "$(json gateway_port "$CLOUD_DIR/run.json")"
    "$MVSIM" provision --state "$dir" --kernel "$MV_BUILD/firmware/kernel.img" \
        --boot "$MV_BUILD/firmware/boot.img" --identity "$dir/identity.bin"
}

# board_start DIR [OPTIONS…]: boots the simulated board with a network. Sets BOARD_PID.
board_start() {
    local dir=$1
    shift
    "$MVSIM" run --state "$dir" --network --uart "usart2=$dir/usart2.log" "$@" \
        >>"$dir/board.log" 2>&1 </dev/null &
    BOARD_PID=$!
    WORLD_PIDS+=("$BOARD_PID")
}

# wait_log NAME SECONDS PATTERN: waits for a line of the device's log in the cloud.
wait_log() {
    local name=$1 seconds=$2 pattern=$3
    wait_until "$seconds" "a log line of $name that matches '$pattern'" device_logged "$name" "$pattern"
}

device_logged() { # NAME PATTERN
    device_log "$1" | grep -E -- "$2" >/dev/null # reads to the end: -q would break the pipe
}

# device_log NAME: what the cloud kept of a device's log, oldest first, as text.
device_log() {
    "$MV_BIN/microvisor" logs "$1" --history 1000
}

# device_field NAME FIELD.PATH: one field of the device's record.
device_field() {
    "$MV_BIN/microvisor" devices show "$1" --json | /usr/bin/python3 -c '
import json, sys
value = json.load(sys.stdin)
for name in sys.argv[1].split("."):
    value = value[name]
print(value)' "$2"
}

sample_elf() {
    echo "$MV_BUILD/sdk-examples/first_light/first_light.elf"
}
