# For the end-to-end tests. Sourced with `set -euo pipefail`; a test fails at its first failing check
# and prints what the world's logs say. Each test has its own folder and ports.
MV_BIN=${MV_BIN:?the programs under test}
MV_BUILD=${MV_BUILD:?the build folder}
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$ROOT/scripts/world.sh"

T=$(mktemp -d "${TMPDIR:-/tmp}/mv-e2e-XXXXXX")
finish() {
    local status=$?
    if [ "$status" -ne 0 ]; then
        echo "--- FAILED; logs of this world:" >&2
        tail -n 30 "$T"/cloud/microvisord.log "$T"/*/board.log >&2 2>/dev/null || true
    fi
    world_stop
    rm -rf "$T"
    exit "$status"
}
trap finish EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# check_fails STATUS PATTERN COMMAND…: the command exits with STATUS and says PATTERN on stderr.
check_fails() {
    local expected=$1 pattern=$2 status=0
    shift 2
    "$@" >"$T/out" 2>"$T/err" || status=$?
    [ "$status" -eq "$expected" ] || {
        cat "$T/out" "$T/err" >&2
        fail "'$*' exited with $status, not $expected"
    }
    grep -Eiq -- "$pattern" "$T/err" || {
        cat "$T/err" >&2
        fail "'$*' did not say '$pattern'"
    }
}

# A cloud, a provisioned device called "dev", a running board.
world_start() {
    cloud_start "$T/cloud"
    device_provision "$T/dev" dev >/dev/null
    board_start "$T/dev"
}

# app_build FOLDER [-DNAME=VALUE…]: builds an application for this test; prints its ELF.
app_build() {
    local folder=$1 name
    name=$(basename "$1")
    shift
    {
        cmake -S "$folder" -B "$T/build-$name" -G Ninja "$@"
        cmake --build "$T/build-$name"
    } >"$T/build-$name.log" 2>&1 || {
        cat "$T/build-$name.log" >&2
        fail "$name does not build"
    }
    echo "$T/build-$name/$name.elf"
}

# The same world as world_start, but applications may have the cloud reach servers on this machine.
# Their certificates are issued by $T/pki/ca.pem; see egress_pki.sh for the others.
egress_world_start() {
    mkdir -p "$T/pki"
    sh "$ROOT/tests/unit/cloud/egress_pki.sh" "$T/pki"
    EGRESS_OPTIONS=(--egress-allow-private --egress-ca "$T/pki/ca.pem")
    cloud_start "$T/cloud" "${EGRESS_OPTIONS[@]}"
    device_provision "$T/dev" dev >/dev/null
    board_start "$T/dev"
}

free_port() {
    /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
