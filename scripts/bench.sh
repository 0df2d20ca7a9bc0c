#!/usr/bin/env bash
# ./run bench [--json] [NAME…]: measures; every figure says at which layer it was taken. `board` figures
# are exact instruction counts of the simulated board, `host` figures are this machine's.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

json=
names=()
for argument in "$@"; do
    case "$argument" in
    --json) json=1 ;;
    -*) die_usage "bench does not know '$argument'" ;;
    *) names+=("$argument") ;;
    esac
done
[ ${#names[@]} -gt 0 ] || names=(mips boards boot calls sizes deploy startup rest logs gateway egress)
for name in "${names[@]}"; do
    [ -x "$ROOT/bench/$name/run.sh" ] ||
        die_usage "there is no benchmark '$name'; there are: $(cd "$ROOT/bench" && ls -d */ | tr -d '/' | tr '\n' ' ')"
done

build_all
export MV_BIN=$BUILD/bin MV_BUILD=$BUILD
step "build the benchmark programs" \
    cmake --build "$BUILD/host" -j "$JOBS" --target bench_boards bench_egress bench_load kernel_identity
for name in "${names[@]}"; do
    say "measure: $name"
    "$ROOT/bench/$name/run.sh" --json || die "the benchmark '$name' failed"
done | if [ -n "$json" ]; then
    cat
else
    /usr/bin/python3 "$ROOT/bench/table.py"
fi
