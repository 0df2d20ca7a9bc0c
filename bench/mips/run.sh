#!/bin/bash
# run.sh [--json]: instructions per second of the simulated processor and of stock QEMU, without and with
# -icount (what makes QEMU's time repeatable, as ours always is), on the same two programs in the same run.
# Best of three, in turns. MVSIM_AN505 names the simulator (default build/host/bin).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
simulator=${MVSIM_AN505:-$root/build/host/bin/mvsim-an505}
guest=$root/tests/unit/simcpu/guest
rounds=3
json=0
[ "${1:-}" = --json ] && json=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() { # SOURCE NAME
    arm-none-eabi-gcc -mcpu=cortex-m33 -mthumb -mfloat-abi=soft -O2 -nostartfiles --specs=nosys.specs -I "$guest" \
        -T "$guest/an505.ld" "$guest/start.c" "$1" -o "$work/$2.elf" 2>"$work/build" || { cat "$work/build" >&2; exit 1; }
}

wall() { # the seconds that a command takes
    local start end
    start=$(date +%s%N)
    "$@" >"$work/out" 2>&1 </dev/null
    end=$(date +%s%N)
    awk -v n=$((end - start)) 'BEGIN { printf "%.6f", n / 1e9 }'
}

least() { # the smaller of two numbers
    awk -v a="$1" -v b="$2" 'BEGIN { print (a < b ? a : b) }'
}

qemu=(qemu-system-arm -M mps2-an505 -nographic -monitor none -serial null -semihosting)
icount=(-icount "shift=3,sleep=off")
echo 'int main(void) { return 0; }' >"$work/empty.c"
build "$work/empty.c" empty

record() { # NAME INSTRUCTIONS OUR_SECONDS PEER PEER_SECONDS
    awk -v name="$1" -v n="$2" -v a="$3" -v peer="$4" -v b="$5" -v json=$json 'BEGIN {
        value = n / a / 1e6; other = n / b / 1e6
        if (json)
            printf "{\"name\":\"%s\",\"value\":%.1f,\"unit\":\"MIPS\",\"layer\":\"host\"," \
                   "\"peer\":\"%s\",\"peer_value\":%.1f,\"ratio\":%.3f}\n", name, value, peer, other, value / other
        else
            printf "%-18s %8.1f MIPS   %s %8.1f MIPS   ratio %.2f\n", name, value, peer, other, value / other
    }'
}

for name in sha256 mix; do
    build "$root/bench/mips/$name.c" "$name"
    ours=1e9 plain=1e9 counted=1e9 start_plain=1e9 start_counted=1e9
    for ((i = 0; i < rounds; i++)); do
        stats=$("$simulator" --stats "$work/$name.elf" 2>&1 >/dev/null)
        instructions=$(sed 's/.*"instructions": \([0-9]*\).*/\1/' <<<"$stats")
        ours=$(least "$ours" "$(sed 's/.*"seconds": \([0-9.]*\).*/\1/' <<<"$stats")")
        # QEMU's start-up is not charged to it: a run of an empty program is subtracted.
        start_plain=$(least "$start_plain" "$(wall "${qemu[@]}" -kernel "$work/empty.elf")")
        plain=$(least "$plain" "$(wall "${qemu[@]}" -kernel "$work/$name.elf")")
        start_counted=$(least "$start_counted" "$(wall "${qemu[@]}" "${icount[@]}" -kernel "$work/empty.elf")")
        counted=$(least "$counted" "$(wall "${qemu[@]}" "${icount[@]}" -kernel "$work/$name.elf")")
    done
    record "simulator_$name" "$instructions" "$ours" "QEMU an505" \
        "$(awk -v a="$plain" -v b="$start_plain" 'BEGIN { print a - b }')"
    record "simulator_$name" "$instructions" "$ours" "QEMU an505 -icount" \
        "$(awk -v a="$counted" -v b="$start_counted" 'BEGIN { print a - b }')"
done
