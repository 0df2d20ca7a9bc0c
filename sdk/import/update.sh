#!/bin/sh
# Brings the two files of sdk/stm32u5 that come from abi/ up to date: the header, a plain copy, and
# the import library. `update.sh DIR` does it in DIR instead; a test compares the two. Files that
# would not change are left alone.
set -eu
sdk=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$sdk/stm32u5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

cp "$sdk/../abi/mv_syscalls.h" "$work/mv_syscalls.h"
arm-none-eabi-gcc -mcpu=cortex-m33 -mthumb -mfloat-abi=soft -I "$sdk/.." -c \
    -o "$work/mv_syscalls.o" "$sdk/import/mv_syscalls.S"
arm-none-eabi-strip --strip-debug --remove-section=.text --remove-section=.data \
    --remove-section=.bss "$work/mv_syscalls.o"
# e_flags: EABI version 5, soft-float. The assembler leaves the float flag out of relocatable files.
printf '\000\002\000\005' | dd of="$work/mv_syscalls.o" bs=1 seek=36 conv=notrunc status=none

for file in mv_syscalls.h mv_syscalls.o; do
    cmp -s "$work/$file" "$out/$file" || cp "$work/$file" "$out/$file"
done
