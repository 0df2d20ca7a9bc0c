#!/bin/bash
# mvsim's command line: exit codes and messages for wrong usage, wrong files and locked state.
# Usage: test_cli.sh MVSIM FACTORY FIRMWARE_FOLDER
set -u
mvsim=$1 factory=$2 firmware=$3
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
failures=0

# expect CODE TEXT COMMAND...: exit code, and text that standard output or error must contain.
expect() {
    local code=$1 text=$2 output status
    shift 2
    output=$("$@" 2>&1 </dev/null)
    status=$?
    if [ "$status" != "$code" ] || [[ "$output" != *"$text"* ]]; then
        echo "FAILED: $* -> exit $status (wanted $code), output:"
        echo "$output" | head -5
        echo "  wanted text: $text"
        failures=$((failures + 1))
    fi
}

"$factory" "$work/kernel.img" "$work/identity.bin" || exit 1
files=(--kernel "$work/kernel.img" --boot "$firmware/hello.bin" --identity "$work/identity.bin")

expect 2 "Usage" "$mvsim"
expect 0 "Usage" "$mvsim" --help
expect 0 "Usage" "$mvsim" run --help
expect 0 "mvsim " "$mvsim" --version
expect 2 "unknown command" "$mvsim" fly
expect 2 "" "$mvsim" run --nonsense
expect 2 "--state" "$mvsim" run
expect 2 "not a number" "$mvsim" run --state "$work/a" --until soon
expect 2 "not a number" "$mvsim" run --state "$work/a" --gdb 70000
expect 2 "--gdb" "$mvsim" run --state "$work/a" --gdb-wait
expect 2 "provision needs" "$mvsim" provision --state "$work/a"
expect 2 "" "$mvsim" info

expect 1 "no board here" "$mvsim" run --state "$work/missing"
expect 1 "no board here" "$mvsim" info --state "$work/missing"

# Nothing is written when an input is bad.
head -c 100 "$work/kernel.img" >"$work/short.img"
expect 1 "short.img" "$mvsim" provision --state "$work/a" --kernel "$work/short.img" \
    --boot "$firmware/hello.bin" --identity "$work/identity.bin"
echo rubbish >"$work/rubbish"
head -c 20000 /dev/zero >"$work/zeros"
expect 1 "not a kernel image" "$mvsim" provision --state "$work/a" --kernel "$work/zeros" \
    --boot "$firmware/hello.bin" --identity "$work/identity.bin"
expect 1 "not an identity record" "$mvsim" provision --state "$work/a" --kernel "$work/kernel.img" \
    --boot "$firmware/hello.bin" --identity "$work/rubbish"
expect 1 "No such file" "$mvsim" provision --state "$work/a" --kernel "$work/none" \
    --boot "$firmware/hello.bin" --identity "$work/identity.bin"
head -c 70000 /dev/zero >"$work/large"
expect 1 "too large" "$mvsim" provision --state "$work/a" --kernel "$work/kernel.img" \
    --boot "$work/large" --identity "$work/identity.bin"
[ -e "$work/a" ] && { echo "FAILED: state was touched"; failures=$((failures + 1)); }

expect 0 "" "$mvsim" provision --state "$work/a" "${files[@]}"
expect 1 "already holds a board" "$mvsim" provision --state "$work/a" "${files[@]}"
expect 0 "" "$mvsim" provision --state "$work/a" "${files[@]}" --force
expect 0 "UV00000000000000000000000000000001" "$mvsim" info --state "$work/a"
expect 0 '"tzen":1' "$mvsim" info --state "$work/a" --json
expect 0 '"boot_address":"0x0c100000"' "$mvsim" info --state "$work/a" --json
expect 0 '"kernel":"0.0.1-filler"' "$mvsim" info --state "$work/a" --json
"$mvsim" info --state "$work/a" --json | /usr/bin/python3 -m json.tool >/dev/null ||
    { echo "FAILED: info is not JSON"; failures=$((failures + 1)); }
sizes=$(stat -c %s "$work/a/flash.bin" "$work/a/flash-programmed.bin" "$work/a/nor.bin" | tr '\n' ' ')
[ "$sizes" = "2097152 16384 8388608 " ] ||
    { echo "FAILED: sizes $sizes"; failures=$((failures + 1)); }

expect 2 "line 1" "$mvsim" run --state "$work/a" --link-script "$work/rubbish" --until 1
expect 1 "expected usart1" "$mvsim" run --state "$work/a" --uart nothing=- --until 1

# Held by another process.
exec 8>"$work/a/lock"
flock 8
expect 1 "in use by another process" "$mvsim" run --state "$work/a" --until 1
expect 1 "in use by another process" "$mvsim" provision --state "$work/a" "${files[@]}" --force
expect 0 '"tzen":1' "$mvsim" info --state "$work/a" --json
exec 8>&-

truncate -s 100 "$work/a/nor.bin"
expect 1 "wrong size" "$mvsim" run --state "$work/a" --until 1

[ "$failures" = 0 ] && echo "all passed"
exit "$((failures > 0))"
