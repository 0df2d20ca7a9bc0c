// Reads an application's flash image out of an Arm ELF file; a pure function over its bytes. The
// image is that of objcopy by way of Intel hex with --gap-fill=0xff, as the original bundler makes
// it.
#ifndef FORMATS_HOST_ELF_H
#define FORMATS_HOST_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_FLASH_START 0x08000000u
#define ELF_IMAGE_MAX   0x100000u // of flash; an image must be smaller

enum elf_result {
    ELF_OK = 0,
    ELF_NOT_ELF,     // no ELF magic
    ELF_NOT_ARM,     // not a 32-bit little-endian Arm file
    ELF_NOT_PROGRAM, // an object file or library, not a linked program
    ELF_CUT_SHORT,   // a table, segment or section lies behind the end of the file
    ELF_OUTSIDE,     // a segment or section is not loaded into application flash
    ELF_TOO_LARGE,   // 1 MiB or more
    ELF_EMPTY,       // nothing to load
};

// Whether bytes begin like an ELF file.
bool elf_magic(const uint8_t *bytes, size_t size);

// Writes the flash image from ELF_FLASH_START on, gaps filled with 0xff, into `image`
// (ELF_IMAGE_MAX bytes) and its length into *image_size. On ELF_OUTSIDE, *address is that of the
// part.
enum elf_result elf_image(const uint8_t *bytes, size_t size, uint8_t *image, size_t *image_size,
                          uint32_t *address);

// Whether this is a linked 32-bit Arm program.
bool elf_is_arm_program(const uint8_t *bytes, size_t size);

// One sentence for people, without a final full stop.
const char *elf_result_text(enum elf_result result);

#endif
