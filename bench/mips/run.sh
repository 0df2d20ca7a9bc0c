#!/bin/bash
# run.sh [--json]: instructions per second of the simulated processor and of stock QEMU on the same
# two programs, in the same run. MVSIM_AN505 names the simulator (default build/host/bin).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
simulator=${MVSIM_AN505:-$root/build/host/bin/mvsim-an505}
guest=$root/tests/unit/simcpu/guest
json=0
[ "${1:-}" = --json ] && json=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

wall() { # prints the seconds that a command takes
    local start end
    start=$(date +%s%N)
    "$@" > "$work/out" 2>&1 < /dev/null
    end=$(date +%s%N)
    echo $((end - start)) | awk '{ printf "%.6f", $1 / 1e9 }'
}

for name in sha256 mix; do
    arm-none-eabi-gcc -mcpu=cortex-m33 -mthumb -mfloat-abi=soft -O2 -nostartfiles \
        --specs=nosys.specs -I "$guest" -T "$guest/an505.ld" "$guest/start.c" \
        "$root/bench/mips/$name.c" -o "$work/$name.elf" 2> "$work/build" || { cat "$work/build"; exit 1; }
    stats=$("$simulator" --stats "$work/$name.elf" 2>&1 > /dev/null)
    instructions=$(echo "$stats" | sed 's/.*"instructions": \([0-9]*\).*/\1/')
    ours=$(echo "$stats" | sed 's/.*"seconds": \([0-9.]*\).*/\1/')
    # QEMU's start-up is not charged to it: a run of an empty program is subtracted.
    if [ ! -f "$work/empty.elf" ]; then
        echo 'int main(void) { return 0; }' > "$work/empty.c"
        arm-none-eabi-gcc -mcpu=cortex-m33 -mthumb -mfloat-abi=soft -O2 -nostartfiles \
            --specs=nosys.specs -I "$guest" -T "$guest/an505.ld" "$guest/start.c" "$work/empty.c" \
            -o "$work/empty.elf" 2> /dev/null
        qemu="qemu-system-arm -M mps2-an505 -nographic -monitor none -serial null -semihosting"
        empty=$(wall $qemu -kernel "$work/empty.elf")
    fi
    theirs=$(wall $qemu -kernel "$work/$name.elf")
    awk -v name="simulator_$name" -v n="$instructions" -v a="$ours" -v b="$theirs" -v e="$empty" \
        -v json=$json 'BEGIN {
            q = b - e; if (q <= 0) q = b
            value = n / a / 1e6; peer = n / q / 1e6
            if (json)
                printf "{\"name\":\"%s\",\"value\":%.1f,\"unit\":\"MIPS\",\"layer\":\"host\"," \
                       "\"peer\":\"qemu-system-arm an505\",\"peer_value\":%.1f,\"ratio\":%.3f}\n",
                       name, value, peer, value / peer
            else
                printf "%-18s %8.1f MIPS   QEMU %8.1f MIPS   ratio %.2f\n", name, value, peer,
                       value / peer
        }'
done
