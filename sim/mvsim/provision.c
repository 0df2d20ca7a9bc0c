/* The factory step: puts boot code, kernel and identity into flash as a programmer on the
 * production line would, and sets the option bytes that make bank 2 secure.
 *
 * Signatures are not checked here: that is the boot ROM's business at every start.
 */
#include "mvsim/mvsim.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mvsim/factory.h"

struct arguments {
    const char *state, *kernel, *boot, *identity;
    bool force;
};

static bool check_identity(const char *path, const struct factory_bytes *file)
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

static bool write_board(const struct arguments *arguments, const struct factory_bytes *kernel,
                        const struct factory_bytes *boot, const struct factory_bytes *identity)
{
    char error[256];
    struct nvm nvm;
    bool good;

    if (!nvm_open(&nvm, arguments->state, arguments->force ? NVM_RESET : NVM_CREATE, error,
                  sizeof error)) {
        mvsim_fail(0, "%s", error);
        return false;
    }
    good = factory_write(&nvm, kernel, boot, identity->data, error, sizeof error);
    nvm_close(&nvm);
    return good;
}

/* Everything is checked before the state folder is touched. */
static bool check_kernel(const char *path, const struct factory_bytes *file)
{
    struct image_header header;
    const uint8_t *body;
    const uint8_t *veneers;

    if (image_file_decode(file->data, file->size, &header, &body, &veneers) == IMAGE_OK)
        return true;
    mvsim_fail(0, "%s: not a kernel image", path);
    return false;
}

static bool read_file(const char *path, size_t size_max, struct factory_bytes *file)
{
    char error[512];

    if (factory_read(path, size_max, file, error, sizeof error))
        return true;
    mvsim_fail(0, "%s", error);
    return false;
}

int mvsim_provision(int argc, char **argv)
{
    struct arguments arguments;
    struct factory_bytes kernel = {0};
    struct factory_bytes boot = {0};
    struct factory_bytes identity = {0};
    bool good;

    if (!parse(argc, argv, &arguments))
        return usage_error();
    good = read_file(arguments.kernel, FACTORY_KERNEL_MAX, &kernel) &&
           read_file(arguments.boot, FACTORY_BOOT_MAX, &boot) &&
           read_file(arguments.identity, LAYOUT_IDENTITY_SIZE, &identity) &&
           check_identity(arguments.identity, &identity) &&
           check_kernel(arguments.kernel, &kernel) &&
           write_board(&arguments, &kernel, &boot, &identity);
    free(kernel.data);
    free(boot.data);
    free(identity.data);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
