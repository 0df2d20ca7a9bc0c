#!/usr/bin/env bash
# The drop-in folder: header and import library are those of abi/, every call lies at its address,
# the header compiles as C and C++, and objects of either float convention link.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

"$MV_ROOT/sdk/import/update.sh" "$T/fresh"
for file in mv_syscalls.h mv_syscalls.o; do
    cmp "$T/fresh/$file" "$SDK/$file" || fail "sdk/stm32u5/$file is stale: run sdk/import/update.sh"
done
cmp "$MV_ROOT/abi/mv_syscalls.h" "$SDK/mv_syscalls.h"

# The import library against the published table, which it was not made from.
arm-none-eabi-readelf -h "$SDK/mv_syscalls.o" >"$T/header"
grep -q 'REL (Relocatable' "$T/header" || fail "the import library is not relocatable"
grep -q 'Version5 EABI, soft-float ABI' "$T/header" || fail "the import library is not soft-float"
arm-none-eabi-readelf -sW "$SDK/mv_syscalls.o" |
    awk '$4 == "FUNC" && $5 == "GLOBAL" && $7 == "ABS" && $3 == 8 { print $2, $8 }' | sort >"$T/have"
/usr/bin/python3 - "$MV_ROOT/abi/tables/system-calls.csv" >"$T/want" <<'PYTHON'
import csv, sys
for row in csv.DictReader(open(sys.argv[1])):
    print("%08x %s" % (int(row["entry_address"], 16) | 1, row["function"]))
PYTHON
diff "$T/want" "$T/have" || fail "the import library does not hold exactly the published calls"
[ "$(wc -l <"$T/have")" = 72 ] || fail "there are not 72 calls"

# The header in both languages. (-Wpedantic is out of reach: ISO C has no 32-bit enumerators.)
cat >"$T/use.c" <<'C'
#include "mv_syscalls.h"
int use(void);
int use(void)
{
    uint64_t now;
    return mvGetMicroseconds(&now) == MV_STATUS_OKAY && mvNoOp() == MV_STATUS_OKAY;
}
C
cp "$T/use.c" "$T/use.cpp"
cpu=(-mcpu=cortex-m33 -mthumb)
strict=(-Wall -Wextra -Werror -I "$SDK")
arm-none-eabi-gcc "${cpu[@]}" -mfloat-abi=soft -std=c99 "${strict[@]}" -c "$T/use.c" -o "$T/c.o"
arm-none-eabi-g++ "${cpu[@]}" -mfloat-abi=soft -std=c++11 "${strict[@]}" -c "$T/use.cpp" -o "$T/cpp.o"

# A program in which C++ calls C through the library; soft and softfp objects may be mixed.
cat >"$T/main.c" <<'C'
extern int use_it(void);
void Reset_Handler(void);
void Reset_Handler(void) { (void)use_it(); }
const void *vectors[2] __attribute__((section(".isr_vector"))) = {(void *)0x20080000, Reset_Handler};
C
cat >"$T/other.cpp" <<'C'
#include "mv_syscalls.h"
extern "C" int use_it(void);
static int runs_before_main = mvNoOp();
int use_it(void) { uint32_t hz; return mvGetSysClk(&hz) + runs_before_main; }
C
for float in soft softfp; do
    arm-none-eabi-g++ "${cpu[@]}" -fno-exceptions -mfloat-abi=$float -mfpu=fpv5-sp-d16 \
        "${strict[@]}" -c \
        "$T/other.cpp" -o "$T/other.o"
    arm-none-eabi-gcc "${cpu[@]}" -mfloat-abi=$float -mfpu=fpv5-sp-d16 -c "$T/main.c" -o "$T/main.o"
    arm-none-eabi-gcc "${cpu[@]}" -mfloat-abi=$float -mfpu=fpv5-sp-d16 -nostartfiles \
        -Wl,--fatal-warnings -T "$SDK/STM32U585xx_FLASH_mv.ld" \
        "$T/main.o" "$T/other.o" "$SDK/mv_syscalls.o" -o "$T/$float.elf"
    check_symbol "$T/$float.elf" mvNoOp 0c1fe0d9
    check_symbol "$T/$float.elf" _estack 20080000
done

# The sample: where things lie, and that its calls reach the table through long jumps.
cmake -S "$MV_ROOT/sdk/examples/first_light" -B "$T/sample" >"$T/log" 2>&1 &&
    cmake --build "$T/sample" >>"$T/log" 2>&1 || { cat "$T/log" >&2; fail "the sample does not build"; }
elf=$T/sample/first_light.elf
check_symbol "$elf" vectors 08000000
check_symbol "$elf" _sdata 20000000
check_symbol "$elf" _estack 20080000
for name in _sidata _edata _sbss _ebss end __init_array_start __exidx_start; do
    [ -n "$(symbol "$elf" $name)" ] || fail "the linker script does not define $name"
done
arm-none-eabi-readelf -h "$elf" | grep -q 'soft-float ABI' || fail "the sample is not soft-float"
arm-none-eabi-objdump -d "$elf" | grep -A2 '__mvServerLog_veneer>:' | grep -q 0c1fe129 ||
    fail "the sample does not reach mvServerLog"
[ "$(od -An -tx4 -N4 "$T/sample/first_light.bin" | tr -d ' ')" = 20080000 ] ||
    fail "the image does not begin with the initial stack pointer"

# More data than memory is refused at link time: heap and stack keep their room.
echo 'char big[512 * 1024 - 0x4000 + 64]; int use_it(void); int use_it(void) { return big[1]; }' >"$T/big.c"
arm-none-eabi-gcc "${cpu[@]}" -mfloat-abi=soft -c "$T/big.c" -o "$T/big.o"
arm-none-eabi-gcc "${cpu[@]}" -mfloat-abi=soft -c "$T/main.c" -o "$T/main.o"
if arm-none-eabi-gcc "${cpu[@]}" -nostartfiles -T "$SDK/STM32U585xx_FLASH_mv.ld" "$T/main.o" \
    "$T/big.o" -o "$T/big.elf" 2>"$T/err"; then
    fail "a program without room for heap and stack was linked"
fi
grep -q 'overflowed' "$T/err" || fail "the linker did not say why"
