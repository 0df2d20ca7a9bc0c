/* Reads what an ELF executable puts into a range of load addresses. */
#ifndef TOOLS_MVIMAGE_ELF_H
#define TOOLS_MVIMAGE_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file in memory. */
struct blob {
    uint8_t *data;
    size_t size;
};

/* Reads a whole file of at most 64 MiB; prints why on failure. Free `data` afterwards. */
bool blob_read(struct blob *blob, const char *path);
/* Writes a file by way of a temporary one beside it; `mode` as for open(2). */
bool blob_write(const void *data, size_t size, const char *path, unsigned mode);

/* Copies the loadable bytes of a 32-bit Arm executable whose physical addresses lie inside
 * [base, base+size) to out, which the caller has filled with the value of a gap. *used becomes the
 * offset behind the last byte copied. False (and a message) if the file is no such executable, or
 * a segment crosses the range's end. */
bool elf_load(const struct blob *elf, uint32_t base, uint32_t size, uint8_t *out, uint32_t *used);

#endif
