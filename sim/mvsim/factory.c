/* Puts boot code, kernel and identity where a programmer on the production line would, and sets the
 * option bytes that make bank 2 secure.
 */
#include "mvsim/factory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/layout.h"
#include "formats/image.h"

#define FLASH_SECURE_BASE 0x0C000000u
#define QUAD_WORD         16u

bool factory_read(const char *path, size_t size_max, struct factory_bytes *file, char *error,
                  size_t error_size)
{
    FILE *stream = fopen(path, "rbe");

    file->data = NULL;
    if (stream == NULL) {
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
        return false;
    }
    file->data = malloc(size_max + 1);
    file->size = file->data != NULL ? fread(file->data, 1, size_max + 1, stream) : 0;
    fclose(stream);
    if (file->size == 0 || file->size > size_max) {
        snprintf(error, error_size, "%s: %s", path,
                 file->size == 0 ? "empty or unreadable" : "too large");
        return false;
    }
    return true;
}

static bool is_blank(const uint8_t *quad_word)
{
    for (unsigned i = 0; i < QUAD_WORD; i++) {
        if (quad_word[i] != 0xFF)
            return false;
    }
    return true;
}

void factory_program(const struct nvm *nvm, uint32_t offset, const uint8_t *data, size_t size)
{
    memcpy(nvm->map[NVM_FLASH] + offset, data, size);
    for (size_t at = 0; at < size; at += QUAD_WORD) {
        size_t word = (offset + at) / QUAD_WORD;

        if (!is_blank(nvm->map[NVM_FLASH] + word * QUAD_WORD))
            nvm->map[NVM_PROGRAMMED][word / 8] |= (uint8_t)(1u << (word % 8));
    }
}

static void program_secure(const struct nvm *nvm, uint32_t address, const uint8_t *data,
                           size_t size)
{
    factory_program(nvm, address - FLASH_SECURE_BASE, data, size);
}

static bool program_kernel(const struct nvm *nvm, const struct factory_bytes *file, char *error,
                           size_t error_size)
{
    static const char *const reasons[] = {"", "not a kernel image", "bad header", "bad size",
                                          "bad version text"};
    struct image_header header;
    const uint8_t *body;
    const uint8_t *veneers;
    enum image_error result = image_file_decode(file->data, file->size, &header, &body, &veneers);

    if (result != IMAGE_OK) {
        snprintf(error, error_size, "%s", reasons[result]);
        return false;
    }
    program_secure(nvm, LAYOUT_KERNEL_BASE, file->data, IMAGE_HEADER_SIZE + header.body_size);
    program_secure(nvm, LAYOUT_VENEERS_BASE, veneers, IMAGE_VENEERS_SIZE);
    return true;
}

/* TZEN, bank 2 secure with its first pages hidden once booted, boot only from bank 2. */
static void set_options(struct soc_options *options)
{
    uint32_t no_pages = 0xFF80FF80u; /* reserved bits read 1 */

    soc_options_default(options);
    options->optr |= 1u << 31;                  /* TZEN */
    options->secwm1r1 = no_pages | 0x7Fu;       /* PSTRT 127 > PEND 0 */
    options->secwm2r1 = no_pages | 0x7Fu << 16; /* pages 0..127 */
    options->secwm2r2 = 0x7F807F80u | 1u << 31 | LAYOUT_HDP_LAST_PAGE << 16; /* HDP2EN, PEND */
    options->secbootadd0r = LAYOUT_BANK2_BASE | 0x7Cu | 1u;                  /* BOOT_LOCK */
}

void factory_write_boot(const struct nvm *nvm, const struct factory_bytes *boot)
{
    set_options((struct soc_options *)nvm->map[NVM_OPTIONS]);
    program_secure(nvm, LAYOUT_PREBOOT_BASE, boot->data, boot->size);
}

bool factory_write(const struct nvm *nvm, const struct factory_bytes *kernel,
                   const struct factory_bytes *boot, const uint8_t identity[IDENTITY_SIZE],
                   char *error, size_t error_size)
{
    factory_write_boot(nvm, boot);
    program_secure(nvm, LAYOUT_IDENTITY_BASE, identity, IDENTITY_SIZE);
    return program_kernel(nvm, kernel, error, error_size);
}
