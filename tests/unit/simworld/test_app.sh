#!/bin/bash
# An application in somebody's CI: `mvsim run --app` with scenarios. Skipped where the firmware has not
# been built. Usage: test_app.sh MVSIM FIRMWARE_FOLDER APP_ELF
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
        --vcd "$work/pins.vcd" >"$work/out" 2>"$work/err"
    code=$?
    if [ "$code" != "$1" ] || ! grep -qF -- "$2" "$work/out" "$work/err"; then
        echo "FAILED: exit code $code, wanted $1 and \"$2\""
        cat "$work/scenario" "$work/out" "$work/err"
        failures=$((failures + 1))
    fi
}

judge 0 'line 3 met' <<'EOS'
within 2s expect uart2 "First light on device UV"
within 2s expect log "First light"
expect pin PA5 toggles 3 within 5s
EOS
judge 0 'power cut' <<'EOS'
cut power at 1500ms
link down at 1s
from 1.5s within 4s expect log "First light on device"
expect no log "crash"
end at 3s
EOS
grep -q '^#3000000000000' "$work/pins.vcd" || { echo "FAILED: no end time in the dump"; failures=1; }
grep -q 'PA5 \$end' "$work/pins.vcd" || { echo "FAILED: no pins in the dump"; failures=1; }
# Faults at exact places: the first flash operation torn, an instruction of the boot code skipped.
judge 0 'line 1 done' <<'EOS'
at flash operation 1 cut power
from 20ms within 3s expect log "First light"
end at 3s
EOS
judge 1 'locked down: kernel image does not verify' <<'EOS'
at instruction 2000000 skip 7
within 500ms expect log "First light"
end at 500ms
EOS
judge 1 'line 2 NOT MET at 100.000 ms' <<'EOS'
at 1ms flip r0 bit 31
at instruction 100000000000 skip 1
end at 100ms
EOS
# The bench: VDD sags below the brown-out level and comes back; a wrong frame is only told.
judge 0 'the receiver was off' <<'EOS'
within 1s expect log "First light"
at 500ms temperature chip 85
at 600ms uart5 receives 41 parity
at 1500ms supply vdd 1.2V
from 1.6s within 1.9s expect no uart2 "tick"
at 2s supply vdd 3.3V
from 2s within 4s expect log "First light on device"
end at 4s
EOS
judge 1 'line 2 NOT MET' <<'EOS'
at 500ms supply vdd 1.2V
within 3s expect uart2 "tick 2"
end at 3s
EOS
judge 2 'line 1: expected vdd' <<'EOS'
at 500ms supply core 1.2V
EOS
judge 1 'line 1 NOT MET' <<'EOS'
within 1s expect log "this is never said"
EOS
judge 2 'line 2: expected a time' <<'EOS'
end at 1s
at noon expect uart2 "x"
EOS
judge 2 'line 1: no deadline' <<'EOS'
expect uart2 "x"
EOS

"$mvsim" run --app "$app" --firmware "$firmware" --until 20 --quiet \
    --link-quality loss=5,delay=40,jitter=20,reorder=2 || { echo "FAILED: link quality"; failures=1; }
"$mvsim" run --app "$app" --link-quality loss=101 2>/dev/null
[ $? = 2 ] || { echo "FAILED: wrong link quality"; failures=1; }

# One seed, one board: the same run to the last instruction.
for run in 1 2; do
    "$mvsim" run --app "$app" --firmware "$firmware" --seed 9 --until 1200 --quiet \
        >"$work/run$run" || failures=1
done
cmp "$work/run1" "$work/run2" && [ -s "$work/run1" ] || failures=$((failures + 1))
grep -q UV00000000000000000000000000000009 "$work/run1" || failures=$((failures + 1))

# Nothing, or something that is no application.
echo nonsense >"$work/bad.bin"
"$mvsim" run --app "$work/none.elf" --firmware "$firmware" --until 10 2>/dev/null
[ $? = 1 ] || { echo "FAILED: a missing file"; failures=1; }
"$mvsim" run --app "$app" --firmware "$work" --until 10 2>/dev/null
[ $? = 1 ] || { echo "FAILED: no firmware"; failures=1; }
"$mvsim" run --app "$app" --state "$work" 2>/dev/null
[ $? = 2 ] || { echo "FAILED: both --app and --state"; failures=1; }

[ "$failures" = 0 ] && echo "all passed"
exit "$((failures > 0))"
