#!/usr/bin/env bash
# ./run lint: format, room rules, static analysis. Changes nothing.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ensure_packages
cd "$ROOT"
status=0
fail() {
    echo "lint: $*" >&2
    status=1
}

mapfile -t sources < <(git ls-files -co --exclude-standard '*.c' '*.h')
mapfile -t scripts < <(git ls-files -co --exclude-standard '*.sh'; echo run; echo .ci/run)

say "format (clang-format)"
clang-format --dry-run -Werror "${sources[@]}" || fail "run clang-format -i on the files above"

say "room rules"
/usr/bin/python3 scripts/check_rooms.py "${sources[@]}" || fail "a room includes what it may not"

say "shell syntax"
for script in "${scripts[@]}"; do
    bash -n "$script" || fail "$script does not parse"
done

say "nothing that is not in the project"
if git grep -nIE '\.\./shared|/work/(main|shared)' -- . ':!scripts/lint.sh' ':!fuzz/corpus'; then
    fail "the lines above name places outside the project"
fi

configure_for_lint() {
    # With clang, so that clang-tidy understands every option.
    configure_host "$BUILD/lint" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug
    # Generated headers must exist before the analysers read the sources.
    cmake --build "$BUILD/lint" -j "$JOBS" --target lint_prerequisites
}
step "generate headers" configure_for_lint

say "cppcheck"
mapfile -t host_sources < <(/usr/bin/python3 scripts/compiled_sources.py "$BUILD/lint/compile_commands.json")
cppcheck --quiet --project="$BUILD/lint/compile_commands.json" -j "$JOBS" --error-exitcode=1 \
    --enable=warning,portability --inline-suppr --suppressions-list=scripts/cppcheck.supp \
    --cppcheck-build-dir="$(mkdir -p "$BUILD/lint/cppcheck" && echo "$BUILD/lint/cppcheck")" \
    -i"$BUILD" || fail "cppcheck found something"

say "clang-tidy (${#host_sources[@]} files)"
printf '%s\0' "${host_sources[@]}" | xargs -0 -P "$JOBS" -n 8 \
    clang-tidy --quiet -p "$BUILD/lint" 2>/dev/null || fail "clang-tidy found something"

[ "$status" -eq 0 ] && say "lint: clean"
exit "$status"
