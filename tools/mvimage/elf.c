/* Files, and the loadable segments of a 32-bit little-endian Arm ELF executable. Every offset from
 * the file is checked before it is used. */
#include "elf.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_SIZE_MAX (64u << 20)

bool blob_read(struct blob *blob, const char *path)
{
    blob->data = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        return false;
    }
    long size = ftell(file);
    if (size < 0 || size > (long)FILE_SIZE_MAX) {
        fprintf(stderr, "mvimage: %s: too big\n", path);
        fclose(file);
        return false;
    }
    rewind(file);
    blob->size = (size_t)size;
    blob->data = malloc(blob->size + 1);
    bool good = blob->data != NULL && fread(blob->data, 1, blob->size, file) == blob->size;
    fclose(file);
    if (!good) {
        fprintf(stderr, "mvimage: %s: cannot read\n", path);
        free(blob->data);
        blob->data = NULL;
    }
    return good;
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, data, size);
        if (written <= 0) {
            return false;
        }
        data += written;
        size -= (size_t)written;
    }
    return true;
}

bool blob_write(const void *data, size_t size, const char *path, unsigned mode)
{
    char temporary[4096];
    int length = snprintf(temporary, sizeof temporary, "%s.part", path);
    if (length < 0 || (size_t)length >= sizeof temporary) {
        fprintf(stderr, "mvimage: %s: name too long\n", path);
        return false;
    }
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    bool good = fd >= 0 && write_all(fd, data, size);
    if (fd >= 0 && close(fd) != 0) {
        good = false;
    }
    if (!good || rename(temporary, path) != 0) {
        perror(path);
        unlink(temporary);
        return false;
    }
    return true;
}

static bool header_good(const struct blob *elf, Elf32_Ehdr *header)
{
    if (elf->size < sizeof *header) {
        return false;
    }
    memcpy(header, elf->data, sizeof *header);
    return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] == ELFCLASS32 && header->e_ident[EI_DATA] == ELFDATA2LSB &&
           header->e_machine == EM_ARM && header->e_type == ET_EXEC &&
           header->e_phentsize == sizeof(Elf32_Phdr) && header->e_phoff <= elf->size &&
           header->e_phnum <= (elf->size - header->e_phoff) / sizeof(Elf32_Phdr);
}

/* Copies the part of a segment that lies in the range. A linker may have put the file's own headers
 * in front of a segment, so it may begin before the range; ending behind it is an error. */
static bool segment_load(const struct blob *elf, const Elf32_Phdr *segment, uint32_t base,
                         uint32_t size, uint8_t *out, uint32_t *used)
{
    uint64_t first = segment->p_paddr, end = first + segment->p_filesz;
    if (end <= base || first >= (uint64_t)base + size) {
        return true;
    }
    uint32_t skip = first < base ? (uint32_t)(base - first) : 0;
    uint32_t offset = (uint32_t)(first + skip - base), count = segment->p_filesz - skip;
    if (count > size - offset || segment->p_offset > elf->size ||
        segment->p_filesz > elf->size - segment->p_offset) {
        return false;
    }
    memcpy(out + offset, elf->data + segment->p_offset + skip, count);
    *used = offset + count > *used ? offset + count : *used;
    return true;
}

bool elf_load(const struct blob *elf, uint32_t base, uint32_t size, uint8_t *out, uint32_t *used)
{
    Elf32_Ehdr header;
    if (!header_good(elf, &header)) {
        fprintf(stderr, "mvimage: not a 32-bit Arm executable\n");
        return false;
    }
    *used = 0;
    for (unsigned i = 0; i < header.e_phnum; i++) {
        Elf32_Phdr segment;
        memcpy(&segment, elf->data + header.e_phoff + i * sizeof segment, sizeof segment);
        if (segment.p_type == PT_LOAD && !segment_load(elf, &segment, base, size, out, used)) {
            fprintf(stderr, "mvimage: segment at 0x%08x is out of bounds\n", segment.p_paddr);
            return false;
        }
    }
    return true;
}
