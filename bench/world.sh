# A provisioned board with the sample application, for the benchmarks. Sourced after `set -euo pipefail`.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$ROOT/scripts/world.sh"
T=$(mktemp -d "${TMPDIR:-/tmp}/mv-bench-XXXXXX")
trap 'world_stop; rm -rf "$T"' EXIT

bench_world() {
    cloud_start "$T/cloud"
    device_provision "$T/dev" bench >/dev/null
    board_start "$T/dev"
    "$MV_BIN/microvisor" deploy "$(sample_elf)" --device bench --wait >/dev/null 2>&1
}
