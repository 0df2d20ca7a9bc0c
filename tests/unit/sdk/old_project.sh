#!/usr/bin/env bash
# A project laid out like those written years ago builds unchanged on the SDK folder.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cp -r "$MV_ROOT/tests/unit/sdk/old_project" "$T/project"
cp -r "$MV_ROOT/sdk" "$T/project/microvisor-sdk"
for round in first again; do # configuring twice must not add the linker script twice
    cmake -S "$T/project" -B "$T/project/build" >"$T/log" 2>&1 &&
        cmake --build "$T/project/build" >>"$T/log" 2>&1 || {
        cat "$T/log" >&2
        fail "the old project does not build ($round time)"
    }
done
elf=$T/project/build/App/old_app.elf
check_symbol "$elf" g_pfnVectors 08000000
check_symbol "$elf" mvSetupNotifications 0c1fe081
[ -f "$T/project/build/App/old_app.bin" ] || fail "there is no .bin beside the .elf"

sed -i 's/stm32u5/stm32h7/' "$T/project/CMakeLists.txt"
if cmake -S "$T/project" -B "$T/project/other" >"$T/log" 2>&1; then
    fail "an unknown MV_ARCH was accepted"
fi
grep -q 'MV_ARCH is "stm32h7"' "$T/log" || fail "the error does not name MV_ARCH"
