/* The factory step: puts boot code, kernel and identity into flash as a programmer on the
 * production line would, and sets the option bytes that make bank 2 secure.
 *
 * Signatures are not checked here: that is the boot ROM's business at every start.
 */
#include "mvsim/mvsim.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board/nvm.h"
#include "firmware/layout.h"
#include "formats/identity.h"
#include "formats/image.h"

#define FLASH_SECURE_BASE 0x0C000000u
#define QUAD_WORD         16u
#define FILE_MAX          (IMAGE_HEADER_SIZE + IMAGE_BODY_SIZE_MAX + IMAGE_VENEERS_SIZE)
#define BOOT_SIZE_MAX     (LAYOUT_UPGRADER_BASE + LAYOUT_UPGRADER_SIZE - LAYOUT_PREBOOT_BASE)

struct file {
    uint8_t *data;
    size_t size;
};

struct arguments {
    const char *state, *kernel, *boot, *identity;
    bool force;
};

static bool read_file(const char *path, size_t size_max, struct file *file)
{
    FILE *stream = fopen(path, "rbe");

    if (stream == NULL) {
        mvsim_fail(0, "%s: %s", path, strerror(errno));
        return false;
    }
    file->data = malloc(size_max + 1);
    file->size = file->data != NULL ? fread(file->data, 1, size_max + 1, stream) : 0;
    fclose(stream);
    if (file->size == 0 || file->size > size_max) {
        mvsim_fail(0, "%s: %s", path, file->size == 0 ? "empty or unreadable" : "too large");
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

/* Programs `size` bytes at an address of the secure alias, whole quad-words; blank ones are left
 * unprogrammed, so that they can still be written. */
static void program(const struct nvm *nvm, uint32_t address, const uint8_t *data, size_t size)
{
    uint32_t offset = address - FLASH_SECURE_BASE;

    memcpy(nvm->map[NVM_FLASH] + offset, data, size);
    for (size_t at = 0; at < size; at += QUAD_WORD) {
        size_t word = (offset + at) / QUAD_WORD;

        if (!is_blank(nvm->map[NVM_FLASH] + word * QUAD_WORD))
            nvm->map[NVM_PROGRAMMED][word / 8] |= (uint8_t)(1u << (word % 8));
    }
}

static bool program_kernel(const struct nvm *nvm, const char *path, const struct file *file)
{
    static const char *const reasons[] = {"", "not a kernel image", "bad header", "bad size",
                                          "bad version text"};
    struct image_header header;
    const uint8_t *body;
    const uint8_t *veneers;
    enum image_error result = image_file_decode(file->data, file->size, &header, &body, &veneers);

    if (result != IMAGE_OK) {
        mvsim_fail(0, "%s: %s", path, reasons[result]);
        return false;
    }
    program(nvm, LAYOUT_KERNEL_BASE, file->data, IMAGE_HEADER_SIZE + header.body_size);
    program(nvm, LAYOUT_VENEERS_BASE, veneers, IMAGE_VENEERS_SIZE);
    return true;
}

static bool check_identity(const char *path, const struct file *file)
{
    static const char *const reasons[] = {"", "not an identity record", "unknown version",
                                          "damaged (wrong checksum)", "bad field"};
    struct identity identity;
    enum identity_error result = identity_decode(file->data, file->size, &identity);

    if (result == IDENTITY_OK)
        return true;
    mvsim_fail(0, "%s: %s", path, reasons[result]);
    return false;
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

static int usage_error(void)
{
    return mvsim_fail(EXIT_USAGE, "provision needs --state DIR --kernel FILE --boot FILE "
                                  "--identity FILE");
}

static bool parse(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {
        {"state", required_argument, NULL, 's'}, {"kernel", required_argument, NULL, 'k'},
        {"boot", required_argument, NULL, 'b'},  {"identity", required_argument, NULL, 'i'},
        {"force", no_argument, NULL, 'f'},       {NULL, 0, NULL, 0}};
    int option;

    memset(arguments, 0, sizeof *arguments);
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 's':
            arguments->state = optarg;
            break;
        case 'k':
            arguments->kernel = optarg;
            break;
        case 'b':
            arguments->boot = optarg;
            break;
        case 'i':
            arguments->identity = optarg;
            break;
        case 'f':
            arguments->force = true;
            break;
        default:
            return false;
        }
    }
    return optind == argc && arguments->state != NULL && arguments->kernel != NULL &&
           arguments->boot != NULL && arguments->identity != NULL;
}

static bool write_board(const struct arguments *arguments, const struct file *kernel,
                        const struct file *boot, const struct file *identity)
{
    char error[256];
    struct nvm nvm;
    bool good;

    if (!nvm_open(&nvm, arguments->state, arguments->force ? NVM_RESET : NVM_CREATE, error,
                  sizeof error)) {
        mvsim_fail(0, "%s", error);
        return false;
    }
    set_options((struct soc_options *)nvm.map[NVM_OPTIONS]);
    program(&nvm, LAYOUT_PREBOOT_BASE, boot->data, boot->size);
    program(&nvm, LAYOUT_IDENTITY_BASE, identity->data, IDENTITY_SIZE);
    good = program_kernel(&nvm, arguments->kernel, kernel);
    nvm_close(&nvm);
    return good;
}

/* Everything is checked before the state folder is touched. */
static bool check_kernel(const char *path, const struct file *file)
{
    struct nvm scratch;
    char error[128];
    bool good = nvm_open(&scratch, NULL, NVM_OPEN, error, sizeof error) &&
                program_kernel(&scratch, path, file);

    nvm_close(&scratch);
    return good;
}

int mvsim_provision(int argc, char **argv)
{
    struct arguments arguments;
    struct file kernel = {0};
    struct file boot = {0};
    struct file identity = {0};
    bool good;

    if (!parse(argc, argv, &arguments))
        return usage_error();
    good = read_file(arguments.kernel, FILE_MAX, &kernel) &&
           read_file(arguments.boot, BOOT_SIZE_MAX, &boot) &&
           read_file(arguments.identity, LAYOUT_IDENTITY_SIZE, &identity) &&
           check_identity(arguments.identity, &identity) &&
           check_kernel(arguments.kernel, &kernel) &&
           write_board(&arguments, &kernel, &boot, &identity);
    free(kernel.data);
    free(boot.data);
    free(identity.data);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
