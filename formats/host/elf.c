// See elf.h. Offsets are those of the ELF32 structures; every read is checked against the size.
#include "formats/host/elf.h"

#include <string.h>

enum {
    EI_CLASS = 4,
    EI_DATA = 5,
    CLASS_32 = 1,
    DATA_LITTLE = 1,
    E_TYPE = 16,
    E_MACHINE = 18,
    E_PHOFF = 28,
    E_PHENTSIZE = 42,
    E_PHNUM = 44,
    HEADER_SIZE = 52,
    TYPE_EXEC = 2,
    MACHINE_ARM = 40,
    P_TYPE = 0,
    P_OFFSET = 4,
    P_PADDR = 12,
    P_FILESZ = 16,
    PROGRAM_HEADER_SIZE = 32,
    TYPE_LOAD = 1,
};

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t get32(const uint8_t *at)
{
    return get16(at) | (uint32_t)get16(at + 2) << 16;
}

bool elf_magic(const uint8_t *bytes, size_t size)
{
    return size >= 4 && memcmp(bytes, "\177ELF", 4) == 0;
}

static enum elf_result check_header(const uint8_t *bytes, size_t size)
{
    if (!elf_magic(bytes, size)) {
        return ELF_NOT_ELF;
    }
    if (size < HEADER_SIZE) {
        return ELF_CUT_SHORT;
    }
    if (bytes[EI_CLASS] != CLASS_32 || bytes[EI_DATA] != DATA_LITTLE ||
        get16(bytes + E_MACHINE) != MACHINE_ARM) {
        return ELF_NOT_ARM;
    }
    if (get16(bytes + E_TYPE) != TYPE_EXEC || get16(bytes + E_PHENTSIZE) != PROGRAM_HEADER_SIZE) {
        return ELF_NOT_PROGRAM;
    }
    return ELF_OK;
}

bool elf_is_arm_program(const uint8_t *bytes, size_t size)
{
    return check_header(bytes, size) == ELF_OK;
}

static enum elf_result copy_segment(const uint8_t *bytes, size_t size, const uint8_t *header,
                                    uint8_t *image, size_t *image_size, uint32_t *address)
{
    uint32_t offset = get32(header + P_OFFSET);
    uint32_t length = get32(header + P_FILESZ);
    uint32_t start = get32(header + P_PADDR);
    if (get32(header + P_TYPE) != TYPE_LOAD || length == 0) {
        return ELF_OK;
    }
    *address = start;
    if (offset > size || length > size - offset) {
        return ELF_CUT_SHORT;
    }
    if (start < ELF_FLASH_START || start - ELF_FLASH_START >= ELF_IMAGE_MAX) {
        return ELF_OUTSIDE;
    }
    uint32_t at = start - ELF_FLASH_START;
    if (length > ELF_IMAGE_MAX - 1 - at) {
        return ELF_TOO_LARGE;
    }
    memcpy(image + at, bytes + offset, length);
    *image_size = at + length > *image_size ? at + length : *image_size;
    return ELF_OK;
}

enum elf_result elf_image(const uint8_t *bytes, size_t size, uint8_t *image, size_t *image_size,
                          uint32_t *address)
{
    *image_size = 0;
    *address = 0;
    enum elf_result result = check_header(bytes, size);
    if (result != ELF_OK) {
        return result;
    }
    uint32_t table = get32(bytes + E_PHOFF);
    uint32_t count = get16(bytes + E_PHNUM);
    if (table > size || (size_t)count * PROGRAM_HEADER_SIZE > size - table) {
        return ELF_CUT_SHORT;
    }
    memset(image, 0xff, ELF_IMAGE_MAX);
    for (uint32_t i = 0; i < count && result == ELF_OK; i++) {
        result = copy_segment(bytes, size, bytes + table + i * PROGRAM_HEADER_SIZE, image,
                              image_size, address);
    }
    return result == ELF_OK && *image_size == 0 ? ELF_EMPTY : result;
}

const char *elf_result_text(enum elf_result result)
{
    switch (result) {
    case ELF_OK:
        return "it is an application";
    case ELF_NOT_ELF:
        return "it is not an ELF file";
    case ELF_NOT_ARM:
        return "it is not built for a 32-bit Arm processor";
    case ELF_NOT_PROGRAM:
        return "it is an object file or a library, not a linked program";
    case ELF_CUT_SHORT:
        return "it is cut short";
    case ELF_OUTSIDE:
        return "a part of it does not belong in application flash (0x08000000 to 0x080fffff)";
    case ELF_TOO_LARGE:
        return "its image is 1 MiB (1048576 bytes) or more";
    case ELF_EMPTY:
        return "it has nothing to load into flash";
    }
    return "unknown error";
}
