#!/usr/bin/env bash
# 100 million instructions of generated two-world programs, on mvsim-an505 and on stock QEMU.
# two_worlds.sh [SEED…]; programs under test: MV_BIN (default build/host/bin).
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
bin=${MV_BIN:-$root/build/host/bin}
[ $# -gt 0 ] || set -- 11 12 13 14 15 16 17 18 19 20
exec "$root/tests/unit/simproof/world/compare.sh" "$bin/mvsim-an505" 16000 "$@"
