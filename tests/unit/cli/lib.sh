# For the command line's tests. Sourced with `set -euo pipefail`; needs MV and MV_ROOT.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
MV=${MV:?the program microvisor}
MV_ROOT=${MV_ROOT:?the project folder}
T=$(mktemp -d "${TMPDIR:-/tmp}/mv-cli-XXXXXX")
export HOME=$T/home XDG_CONFIG_HOME=
mkdir "$HOME"
unset MICROVISOR_URL MICROVISOR_ACCOUNT_SID MICROVISOR_AUTH_TOKEN MICROVISOR_PROFILE MV_DEVICE_SID \
    TWILIO_ACCOUNT_SID TWILIO_AUTH_TOKEN
SERVER_PID=
finish() {
    [ -z "$SERVER_PID" ] || kill "$SERVER_PID" 2>/dev/null || true
    rm -rf "$T"
}
trap finish EXIT

fail() {
    echo "FAILED: $*" >&2
    cat "$T/out" "$T/err" >&2 2>/dev/null || true
    exit 1
}

# check STATUS PATTERN COMMAND…: exit status, and what standard error says ('' for nothing).
check() {
    local expected=$1 pattern=$2 status=0
    shift 2
    "$@" >"$T/out" 2>"$T/err" </dev/null || status=$?
    [ "$status" -eq "$expected" ] || fail "'$*' exited with $status, not $expected"
    if [ -n "$pattern" ]; then
        grep -Eiq -- "$pattern" "$T/err" || fail "'$*' did not say '$pattern'"
    else
        [ ! -s "$T/err" ] || fail "'$*' said something on standard error"
    fi
}
