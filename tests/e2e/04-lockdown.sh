#!/usr/bin/env bash
# A kernel image with one flipped bit does not start: the board locks down and says so.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cloud_start "$T/cloud"
device_provision "$T/dev" dev >/dev/null

# flip OFFSET: inverts one bit of the board's flash.
flip() {
    /usr/bin/python3 - "$T/dev/flash.bin" "$1" <<'EOF'
import sys
with open(sys.argv[1], "r+b") as flash:
    flash.seek(int(sys.argv[2], 0))
    byte = flash.read(1)[0]
    flash.seek(int(sys.argv[2], 0))
    flash.write(bytes([byte ^ 0x10]))
EOF
}

# Kernel code, header, veneer page: offsets in flash of 0x0C110000 + …
for place in 0x114321 0x110010 0x1fe00c; do
    cp "$T/dev/flash.bin" "$T/flash.good"
    flip "$place"
    "$MVSIM" run --state "$T/dev" --until 5000 >"$T/out" 2>&1 || true
    grep -q '\[boot\] locked down: ' "$T/out" || {
        cat "$T/out" >&2
        fail "the board did not lock down with a flipped bit at $place"
    }
    cp "$T/flash.good" "$T/dev/flash.bin"
done

# The same board with the bit restored starts again.
board_start "$T/dev"
wait_log dev 60 'Connection established'
grep -q 'locked down' "$T/dev/board.log" && fail "the board locked down with a good kernel"
exit 0
