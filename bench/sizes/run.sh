#!/usr/bin/env bash
# Flash and RAM of the secure world by room, from the linker's map.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
/usr/bin/python3 "$ROOT/scripts/kernel_sizes.py" --json "$MV_BUILD/firmware"
