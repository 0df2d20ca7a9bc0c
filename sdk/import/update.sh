#!/bin/sh
# Brings the two files of sdk/stm32u5 that come from abi/ up to date: the header, a plain copy, and
# the import library. `update.sh DIR` writes them to DIR instead; a test compares the two.
set -eu
sdk=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$sdk/stm32u5}
mkdir -p "$out"
cp "$sdk/../abi/mv_syscalls.h" "$out/mv_syscalls.h"
arm-none-eabi-gcc -mcpu=cortex-m33 -mthumb -mfloat-abi=soft -I "$sdk/.." -c \
    -o "$out/mv_syscalls.o" "$sdk/import/mv_syscalls.S"
arm-none-eabi-strip --strip-debug --remove-section=.text --remove-section=.data \
    --remove-section=.bss "$out/mv_syscalls.o"
# e_flags: EABI version 5, soft-float. The assembler leaves the float flag out of relocatable files.
printf '\000\002\000\005' | dd of="$out/mv_syscalls.o" bs=1 seek=36 conv=notrunc status=none
