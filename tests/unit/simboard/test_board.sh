#!/bin/bash
# The whole board with tiny programs in place of the boot code: what a user sees of it.
# Usage: test_board.sh MVSIM FACTORY FIRMWARE_FOLDER
set -u
mvsim=$1 factory=$2 firmware=$3
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# board PROGRAM: a fresh state folder in $work/PROGRAM.
board() {
    "$mvsim" provision --force --state "$work/$1" --kernel "$work/kernel.img" \
        --boot "$firmware/$1.bin" --identity "$work/identity.bin" || fail "provision $1"
}

"$factory" "$work/kernel.img" "$work/identity.bin" || exit 1

# Prints and sleeps; the same seed gives the same run, the time limit is exact.
board hello
start=$(date +%s%N)
output=$("$mvsim" run --state "$work/hello" --uart usart2=- --until 10050 --quiet)
took_ms=$((($(date +%s%N) - start) / 1000000))
[ "$(echo "$output" | head -1)" = hello ] || fail "hello said: $output"
[ "$(echo "$output" | grep -c tick)" = 100 ] || fail "ticks: $(echo "$output" | grep -c tick)"
[ "$took_ms" -lt 3000 ] || fail "ten idle seconds took $took_ms ms"
for run in 1 2; do
    "$mvsim" run --state "$work/hello" --until 300 --seed 7 --trace "$work/trace$run" --quiet
done
cmp -s "$work/trace1" "$work/trace2" || fail "two runs with one seed differ"
[ -s "$work/trace1" ] || fail "no trace"
"$mvsim" run --state "$work/hello" --until 250 --leds 2>"$work/leds"
[ "$(grep -c '^\[led\] user o' "$work/leds")" = 2 ] || fail "LED: $(cat "$work/leds")"

# Real time: neither early nor busy.
start=$(date +%s%N)
cpu=$( { TIMEFORMAT=%U+%S; time "$mvsim" run --state "$work/hello" --realtime --until 2000; } 2>&1 |
    tail -1 | sed 's/^/scale=3;/' | /usr/bin/python3 -c 'print(int(eval(input().split(";")[1])*1000))')
took_ms=$((($(date +%s%N) - start) / 1000000))
[ "$took_ms" -ge 1990 ] || fail "two seconds took only $took_ms ms"
[ "$cpu" -lt 500 ] || fail "an idle board used $cpu ms of processor time in 2 s"

# SIGTERM ends a run with exit code 0, SIGUSR1 takes the network away.
"$mvsim" run --state "$work/hello" --network 2>"$work/log" &
pid=$!
sleep 0.5
kill -USR1 $pid
sleep 0.2
kill -TERM $pid
wait $pid || fail "exit code after SIGTERM"
grep -q '\[modem\] link down' "$work/log" || fail "no link down: $(cat "$work/log")"

# Link script.
printf '100 down\n200 up\n' >"$work/script"
"$mvsim" run --state "$work/hello" --link-script "$work/script" --until 300 2>"$work/log"
[ "$(grep -c 'link' "$work/log")" = 2 ] || fail "link script: $(cat "$work/log")"

# Lock-down and lock-up are told.
board lockdown
"$mvsim" run --state "$work/lockdown" --until 3000 2>"$work/log" || fail "lockdown's exit code"
[ "$(grep -c '^\[boot\] locked down: kernel image does not verify$' "$work/log")" = 1 ] ||
    fail "lockdown: $(cat "$work/log")"
board lockup
"$mvsim" run --state "$work/lockup" --exit-on-lockup 2>"$work/log"
[ $? = 1 ] || fail "lockup's exit code"
grep -q 'lockup' "$work/log" || fail "lockup: $(cat "$work/log")"

# A software reset starts the board again.
board reset
count=$("$mvsim" run --state "$work/reset" --uart usart2=- --until 50 --quiet | grep -c again)
[ "$count" -gt 3 ] || fail "resets: $count"

# The chips around: modem and SPI NOR.
board modem
output=$("$mvsim" run --state "$work/modem" --uart usart2=- --until 300 --quiet | tr -d '\r\n')
[ "$output" = 'ATE0OKSIM-LTE-1OK' ] || fail "modem: $output"
board nor
output=$("$mvsim" run --state "$work/nor" --uart usart2=- --until 20 --quiet)
[ "$output" = ef4017 ] || fail "nor: $output"

# A real GDB.
if command -v gdb-multiarch >/dev/null; then
    "$mvsim" run --state "$work/hello" --gdb 0 --gdb-wait 2>"$work/log" &
    pid=$!
    for _ in $(seq 50); do
        port=$(sed -n 's/.*listening on 127.0.0.1:\([0-9]*\).*/\1/p' "$work/log")
        [ -n "$port" ] && break
        sleep 0.1
    done
    cat >"$work/script.gdb" <<EOG
set pagination off
set confirm off
target remote 127.0.0.1:$port
info registers pc sp xpsr msp
break marker
continue
print ticks
continue
print ticks
delete
stepi
set var ticks = 1000
print ticks
x/2xw 0x0C100000
print \$msp_s
monitor state
monitor reset
info registers pc
tbreak reset
continue
backtrace
info all-registers control_s
detach
EOG
    timeout 60 gdb-multiarch -q -nx -batch -x "$work/script.gdb" "$firmware/hello.elf" \
        >"$work/gdb" 2>&1 || fail "gdb's exit code"
    for text in '^reset ()' 'Breakpoint 1, marker' '= 1$' '= 2$' '= 1000$' '0x30088000' 'secure, privileged' \
        'reset (' 'Inferior 1 .* detached'; do
        grep -Eq -- "${text//(/\\(}" "$work/gdb" || fail "gdb: no \"$text\" in: $(cat "$work/gdb")"
    done
    sleep 0.2
    kill -INT $pid
    wait $pid || fail "exit code after SIGINT"
fi

[ "$failures" = 0 ] && echo "all passed"
exit "$((failures > 0))"
