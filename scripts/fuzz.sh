#!/usr/bin/env bash
# ./run fuzz [SECONDS]: every libFuzzer target in fuzz/ for SECONDS each, from the kept corpus.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=${1:-60}
[[ $seconds =~ ^[0-9]+$ ]] || die_usage "fuzz takes a number of seconds, not '$seconds'"
ensure_packages

build_fuzz() {
    configure_host "$BUILD/fuzz" -DCMAKE_C_COMPILER=clang -DMV_FUZZ=ON -DMV_SANITIZE=ON \
        -DCMAKE_BUILD_TYPE=RelWithDebInfo
    cmake --build "$BUILD/fuzz" -j "$JOBS" --target fuzz_all
}
step "build the fuzz targets" build_fuzz

failed=0
passed=0
for target in "$BUILD"/fuzz/bin/fuzz_*; do
    name=$(basename "$target")
    corpus=$BUILD/corpus/$name
    mkdir -p "$corpus" "$BUILD/crashes"
    kept=()
    [ -d "$ROOT/fuzz/corpus/$name" ] && kept=("$ROOT/fuzz/corpus/$name")
    say "$name for $seconds s"
    if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 \
        -artifact_prefix="$BUILD/crashes/$name-" "$corpus" "${kept[@]}" \
        >"$BUILD/log/$name.log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        tail -n 30 "$BUILD/log/$name.log" >&2
        echo "run: $name failed; the input is in build/crashes" >&2
    fi
done
# The processor's own fuzzing: generated two-world programs against stock QEMU.
build_all
say "100 million instructions of generated two-world programs beside QEMU"
if "$ROOT/tests/nightly/two_worlds.sh" >"$BUILD/log/two_worlds.log" 2>&1; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    tail -n 30 "$BUILD/log/two_worlds.log" >&2
fi
# Ten million system calls with random arguments on the simulated board.
say "10 million random system calls"
if "$BUILD/host/bin/board_attacks" random "$BUILD/firmware" "$BUILD/host/tests/board/hostile.elf" \
    10000000 >"$BUILD/log/random_calls.log" 2>&1; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    tail -n 30 "$BUILD/log/random_calls.log" >&2
fi
say "200 times kill -9 of the server under load, on SQLite and on PostgreSQL"
if "$ROOT/tests/nightly/kill.sh" >"$BUILD/log/kill.log" 2>&1; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    tail -n 30 "$BUILD/log/kill.log" >&2
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
