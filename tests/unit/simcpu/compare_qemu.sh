#!/bin/bash
# compare_qemu.sh MVSIM_AN505 SOURCE_DIR: builds the guest programs and runs each on our processor
# and on stock QEMU's AN505; what they print and their exit codes must be the same.
set -u
simulator=$1
here=$2/tests/unit/simcpu/guest
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-mcpu=cortex-m33 -mthumb -mfloat-abi=soft -O2 -mcmse -nostartfiles --specs=nosys.specs -I $here"
failures=0

compare() { # name, linker script, sources...
    local name=$1 script=$2
    shift 2
    if ! arm-none-eabi-gcc $flags -T "$here/$script" "$here/start.c" "$@" -lm -o "$work/$name.elf" \
        2> "$work/$name.build"; then
        cat "$work/$name.build"
        failures=$((failures + 1))
        return
    fi
    timeout 120 qemu-system-arm -M mps2-an505 -nographic -monitor none -serial null \
        -kernel "$work/$name.elf" -semihosting 2> "$work/$name.qemu" < /dev/null
    local theirs=$?
    timeout 120 "$simulator" "$work/$name.elf" > "$work/$name.ours" < /dev/null
    local ours=$?
    if [ $ours -eq $theirs ] && diff "$work/$name.qemu" "$work/$name.ours"; then
        echo "ok   $name ($(wc -l < "$work/$name.ours") lines)"
    else
        echo "FAIL $name: exit code $ours, QEMU $theirs"
        failures=$((failures + 1))
    fi
}

compare integer an505.ld "$here/integer.c"
compare dsp an505.ld "$here/dsp.c"
compare float an505.ld "$here/float.c"
compare world world.ld "$here/world.c"
compare sha256 an505.ld "$2/bench/mips/sha256.c"
compare mix an505.ld "$2/bench/mips/mix.c"
exit $((failures != 0))
