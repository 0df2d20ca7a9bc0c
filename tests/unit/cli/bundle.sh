#!/usr/bin/env bash
# Bundles have the bytes that the original bundler's rules give, made here by other tools (bundler.py).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$T"
same() { /usr/bin/python3 "$HERE/bundler.py" "$@" 2>err || fail "not as the rules give: $*"; }

# Programs of several shapes: gaps, initial data behind the code, zeroed data, odd sizes, a layer to the brim.
cat >script.ld <<'LD'
MEMORY { ROM (rx) : ORIGIN = 0x08000000, LENGTH = 1M  RAM (rw) : ORIGIN = 0x20000000, LENGTH = 512K }
ENTRY(reset)
SECTIONS {
  .vectors : { KEEP(*(.vectors)) } >ROM
  .text 0x08000400 : { *(.text*) *(.rodata*) } >ROM
  .data : { *(.data*) } >RAM AT>ROM
  .bss (NOLOAD) : { *(.bss*) } >RAM
  .far FAR : { KEEP(*(.far)) } >ROM
  /DISCARD/ : { *(.ARM*) *(.comment) }
}
LD
cat >app.c <<'C'
extern int main(void);
void reset(void) { main(); }
__attribute__((section(".vectors"), used)) static void *const vectors[] = {(void *)0x20080000, reset};
__attribute__((section(".far"), used)) static const char far[] = FAR_TEXT;
int with_value[] = {1, 2, 3}, zeroed[100];
int main(void) { return with_value[1] + zeroed[2]; }
C
program() { # NAME FAR_ADDRESS FAR_TEXT
    sed "s/FAR :/$2 :/" script.ld >"$1.ld"
    arm-none-eabi-gcc -mcpu=cortex-m33 -mthumb -Os -nostdlib -ffreestanding -DFAR_TEXT="\"$3\"" app.c \
        -T "$1.ld" -o "$1.elf" 2>err || fail "the test's program does not build"
}
program small 0x08001000 'a'
program gaps 0x08080003 'odd address, far away'
program brim 0x080ffffd 'x'
for name in small gaps brim; do
    check 0 '' "$MV" apps bundle "$name.elf" "$name.zip"
    same "$name.elf" "$name.zip"
    arm-none-eabi-objcopy -O binary --gap-fill=0xff "$name.elf" "$name.bin"
    check 0 '' "$MV" apps bundle "$name.bin" "$name-bin.zip"
    cmp "$name.zip" "$name-bin.zip" || fail "$name: the ELF and the binary give different bundles"
done
program full 0x080ffffe 'x'
check 1 '1 MiB' "$MV" apps bundle full.elf full.zip

# Every option, at the edges of its numbers.
check 0 '' "$MV" debug keypair --debug-auth-privkey priv.pem --debug-auth-pubkey pub.pem
point=$(openssl pkey -pubin -in pub.pem -outform DER | tail -c 65 | od -An -tx1 | tr -d ' \n')
for numbers in '0 0 0' '1 0 0' '0 127 128' '4294967295 300 2147483648' '60 4294967295 4294967295'; do
    read -r grace check_in kernel <<<"$numbers"
    options=(--connection-grace-time "$grace" --minimum-check-in-time "$check_in" --minimum-kernel-version "$kernel")
    check 0 '' "$MV" apps bundle gaps.elf out.zip "${options[@]}"
    same gaps.elf out.zip $numbers
    check 0 '' "$MV" apps bundle gaps.elf out.zip "${options[@]}" -k pub.pem
    same gaps.elf out.zip $numbers "$point"
done
