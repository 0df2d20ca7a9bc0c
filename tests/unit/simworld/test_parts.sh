#!/bin/bash
# I2C parts and buses in a scenario file: an application finds what the scenario places, reads what
# it makes the parts feel, and shows it. Skipped where the firmware has not been built.
# Usage: test_parts.sh MVSIM FIRMWARE_FOLDER APP_ELF
set -u
mvsim=$1 firmware=$2 app=$3
[ -f "$firmware/kernel.img" ] && [ -f "$app" ] || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# judge CODE TEXT: runs the scenario on standard input; its exit code, and something it must say.
judge() {
    local code
    cat >"$work/scenario"
    "$mvsim" run --app "$app" --firmware "$firmware" --scenario "$work/scenario" \
        >"$work/out" 2>"$work/err"
    code=$?
    if [ "$code" != "$1" ] || ! grep -qF -- "$2" "$work/out" "$work/err"; then
        echo "FAILED: exit code $code, wanted $1 and \"$2\""
        cat "$work/scenario" "$work/out" "$work/err"
        failures=$((failures + 1))
    fi
}

judge 0 'line 23 met' <<'EOS'
place mcp9808 on i2c1 at 0x18
place lis3dh on i2c1 at 0x19
place ht16k33 on i2c1 at 0x70 as display
at 0s spi1 answers 00 EF 40 18

within 3s expect uart2 "identification ef4018"
within 3s expect spi1 write 9F 00 00 00
within 3s expect spi1 read EF 40 18
within 3s expect i2c1 write 0x70 21
within 3s expect i2c1 read 0x19
within 3s expect uart2 "temperature 400 acceleration 0 0 1000 keys 0000"
within 3s expect display shows 5B 00 6D
at 3s mcp9808 temperature 31.5
at 3s lis3dh acceleration -0.5 0.25 1
at 3s display key 0 9 down
from 3.3s within 4s expect uart2 "temperature 504 acceleration -500 250 1000 keys 0002"
from 3s within 4s expect display shows 4F 00 06
at 4s expect display shows row 2 06
at 4s expect no display shows row 0 5B
at 4s cut power
from 4.1s within 7s expect uart2 "keys 0002"
from 4.1s within 7s expect i2c1 write 0x70 00 4F 00 06
expect no i2c1 write 0x71
end at 7s
EOS
judge 1 'line 3 NOT MET' <<'EOS'
place ht16k33 on i2c1 at 0x70
place mcp9808 on i2c1 at 0x18
within 2s expect ht16k33 shows 12 34
end at 2s
EOS
judge 2 'line 2: two parts on one bus have the same address' <<'EOS'
place mcp9808 on i2c1 at 0x18
place lis3dh on i2c1 at 0x18
EOS

[ "$failures" = 0 ] && echo "all passed"
exit "$((failures > 0))"
