#!/usr/bin/env bash
# ./run test [NAME…]: unit tests (sanitized) and end-to-end tests on the simulated board.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

build_all
step "build everything again with AddressSanitizer and UndefinedBehaviorSanitizer" build_asan
filter=()
if [ $# -gt 0 ]; then
    filter=(-R "$(IFS='|'; echo "$*")")
fi
say "run the tests"
cd "$BUILD/asan"
ctest --output-on-failure --no-tests=error -j "$JOBS" "${filter[@]}"
