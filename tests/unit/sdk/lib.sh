# For the SDK's tests. Sourced with `set -euo pipefail`; needs MV_ROOT.
MV_ROOT=${MV_ROOT:?the project folder}
SDK=$MV_ROOT/sdk/stm32u5
T=$(mktemp -d "${TMPDIR:-/tmp}/mv-sdk-XXXXXX")
trap 'rm -rf "$T"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# symbol FILE NAME: value of a symbol, as readelf prints it.
symbol() {
    arm-none-eabi-readelf -sW "$1" | awk -v name="$2" '$8 == name { print $2; exit }'
}

# check_symbol FILE NAME VALUE
check_symbol() {
    [ "$(symbol "$1" "$2")" = "$3" ] || fail "$2 is $(symbol "$1" "$2") in $1, not $3"
}
