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
    E_SHOFF = 32,
    E_PHENTSIZE = 42,
    E_PHNUM = 44,
    E_SHENTSIZE = 46,
    E_SHNUM = 48,
    HEADER_SIZE = 52,
    TYPE_EXEC = 2,
    MACHINE_ARM = 40,
    P_TYPE = 0,
    P_OFFSET = 4,
    P_PADDR = 12,
    P_FILESZ = 16,
    PROGRAM_HEADER_SIZE = 32,
    TYPE_LOAD = 1,
    SEGMENTS_MAX = 256, // a linked program has a handful
    SH_TYPE = 4,
    SH_FLAGS = 8,
    SH_ADDR = 12,
    SH_OFFSET = 16,
    SH_SIZE = 20,
    SECTION_HEADER_SIZE = 40,
    SECTION_NULL = 0,
    SECTION_NOBITS = 8,
    FLAG_ALLOC = 2,
};

// A checked table of the file.
struct table {
    const uint8_t *first;
    uint32_t count;
};

// Where the image grows.
struct output {
    uint8_t *image;
    size_t *size;
    uint32_t *address; // of the part that is copied
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

// Copies `length` bytes of the file from `offset` to flash address `start`.
static enum elf_result copy_part(const uint8_t *bytes, size_t size, uint32_t offset,
                                 uint32_t length, uint32_t start, const struct output *to)
{
    *to->address = start;
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
    memcpy(to->image + at, bytes + offset, length);
    *to->size = at + length > *to->size ? at + length : *to->size;
    return ELF_OK;
}

static enum elf_result copy_segments(const uint8_t *bytes, size_t size,
                                     const struct table *segments, const struct output *to)
{
    enum elf_result result = ELF_OK;
    for (uint32_t i = 0; i < segments->count && result == ELF_OK; i++) {
        const uint8_t *segment = segments->first + i * PROGRAM_HEADER_SIZE;
        uint32_t length = get32(segment + P_FILESZ);
        if (get32(segment + P_TYPE) == TYPE_LOAD && length > 0) {
            result = copy_part(bytes, size, get32(segment + P_OFFSET), length,
                               get32(segment + P_PADDR), to);
        }
    }
    return result;
}

static bool is_loaded(const uint8_t *section)
{
    uint32_t type = get32(section + SH_TYPE);
    return (get32(section + SH_FLAGS) & FLAG_ALLOC) != 0 && type != SECTION_NULL &&
           type != SECTION_NOBITS && get32(section + SH_SIZE) > 0;
}

// Where a section is loaded: its place in the segment that carries it, else where it runs.
static uint32_t load_address(const struct table *segments, const uint8_t *section)
{
    uint32_t offset = get32(section + SH_OFFSET), length = get32(section + SH_SIZE);
    for (uint32_t i = 0; i < segments->count; i++) {
        const uint8_t *segment = segments->first + i * PROGRAM_HEADER_SIZE;
        uint32_t first = get32(segment + P_OFFSET), in_file = get32(segment + P_FILESZ);
        if (get32(segment + P_TYPE) == TYPE_LOAD && offset >= first && length <= in_file &&
            offset - first <= in_file - length) {
            return get32(segment + P_PADDR) + (offset - first);
        }
    }
    return get32(section + SH_ADDR);
}

static enum elf_result copy_sections(const uint8_t *bytes, size_t size,
                                     const struct table *segments, const struct table *sections,
                                     const struct output *to)
{
    enum elf_result result = ELF_OK;
    for (uint32_t i = 0; i < sections->count && result == ELF_OK; i++) {
        const uint8_t *section = sections->first + (size_t)i * SECTION_HEADER_SIZE;
        if (is_loaded(section)) {
            result = copy_part(bytes, size, get32(section + SH_OFFSET), get32(section + SH_SIZE),
                               load_address(segments, section), to);
        }
    }
    return result;
}

static enum elf_result find_table(const uint8_t *bytes, size_t size, uint32_t offset,
                                  uint32_t count, uint32_t entry_size, struct table *table)
{
    if (offset > size || (size_t)count * entry_size > size - offset) {
        return ELF_CUT_SHORT;
    }
    *table = (struct table){.first = bytes + offset, .count = count};
    return ELF_OK;
}

static bool any_loaded(const struct table *sections)
{
    for (uint32_t i = 0; i < sections->count; i++) {
        if (is_loaded(sections->first + (size_t)i * SECTION_HEADER_SIZE)) {
            return true;
        }
    }
    return false;
}

// A linker fills the gaps between the sections of a segment with zeros; only the sections tell what
// belongs to the program and what is a gap. They are missing in files that were stripped of them.
enum elf_result elf_image(const uint8_t *bytes, size_t size, uint8_t *image, size_t *image_size,
                          uint32_t *address)
{
    struct table segments, sections = {.count = 0};
    const struct output to = {.image = image, .size = image_size, .address = address};
    *image_size = 0;
    *address = 0;
    enum elf_result result = check_header(bytes, size);
    if (result != ELF_OK) {
        return result;
    }
    result = find_table(bytes, size, get32(bytes + E_PHOFF), get16(bytes + E_PHNUM),
                        PROGRAM_HEADER_SIZE, &segments);
    if (result == ELF_OK && get16(bytes + E_SHENTSIZE) == SECTION_HEADER_SIZE) {
        result = find_table(bytes, size, get32(bytes + E_SHOFF), get16(bytes + E_SHNUM),
                            SECTION_HEADER_SIZE, &sections);
    }
    if (result != ELF_OK || segments.count > SEGMENTS_MAX) {
        return result != ELF_OK ? result : ELF_NOT_PROGRAM;
    }
    memset(image, 0xff, ELF_IMAGE_MAX);
    result = any_loaded(&sections) ? copy_sections(bytes, size, &segments, &sections, &to)
                                   : copy_segments(bytes, size, &segments, &to);
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
