// See image.h.
#include "cli/image.h"

#include <stdlib.h>
#include <string.h>

#include "formats/host/elf.h"
#include "cli/file.h"
#include "cli/key.h"
#include "cli/output.h"

enum { ELF_SIZE_MAX = 128 * 1024 * 1024, PEM_SIZE_MAX = 64 * 1024 };

#define RAM_START 0x20000000u
#define RAM_END   0x20080000u

static int read_debug_key(const struct cli *cli, struct image_options *options)
{
    const char *path = cli_value(cli, "debug-auth-pubkey");
    struct file_bytes pem;
    if (path == NULL) {
        return CLI_OK;
    }
    int status = file_read(cli, path, PEM_SIZE_MAX, &pem);
    if (status != CLI_OK) {
        return status;
    }
    bool ok = key_point_of_pem((const char *)pem.bytes, pem.size, options->point);
    file_free(&pem);
    if (!ok) {
        return out_fail(cli, CLI_FAILED, "bad_key", "make a pair with 'microvisor debug keypair'",
                        "'%s' does not hold a P-256 public key in PEM form", path);
    }
    options->bundle.debug_auth_pubkey = options->point;
    return CLI_OK;
}

int image_options(const struct cli *cli, struct image_options *options)
{
    memset(options, 0, sizeof *options);
    unsigned long grace, check_in, kernel, politeness, restart_min, restart_max;
    if (!cli_number(cli, "connection-grace-time", 0, UINT32_MAX, 0, &grace) ||
        !cli_number(cli, "minimum-check-in-time", 0, UINT32_MAX, 0, &check_in) ||
        !cli_number(cli, "maximum-politeness-time", 0, UINT32_MAX, 0, &politeness) ||
        !cli_number(cli, "minimum-restart-interval", 0, UINT32_MAX, 0, &restart_min) ||
        !cli_number(cli, "maximum-restart-interval", 0, UINT32_MAX, 0, &restart_max) ||
        !cli_number(cli, "minimum-kernel-version", 0, UINT32_MAX, 0, &kernel)) {
        return CLI_USAGE;
    }
    options->bundle.connection_grace_time_sec = (uint32_t)grace;
    options->bundle.minimum_check_in_time_sec = (uint32_t)check_in;
    options->bundle.minimum_kernel_version = (uint32_t)kernel;
    options->bundle.maximum_politeness_time_sec = (uint32_t)politeness;
    options->bundle.minimum_restart_ms = (uint32_t)restart_min;
    options->bundle.maximum_restart_ms = (uint32_t)restart_max;
    return read_debug_key(cli, options);
}

static uint32_t word_at(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

// An image without a usable vector table can be bundled, but no device will start it.
static void check_vectors(const struct cli *cli, const char *path, const uint8_t *image,
                          size_t size)
{
    uint32_t stack = size >= 8 ? word_at(image) : 0;
    uint32_t reset = size >= 8 ? word_at(image + 4) : 0;
    bool stack_good = stack > RAM_START && stack <= RAM_END && stack % 4 == 0;
    bool reset_good = reset % 2 == 1 && reset >= ELF_FLASH_START && reset - ELF_FLASH_START < size;
    if (!stack_good || !reset_good) {
        out_warn(cli,
                 "'%s' does not begin with the vector table of an application (stack 0x%08x, reset "
                 "0x%08x); a device will not be able to start it",
                 path, (unsigned)stack, (unsigned)reset);
    }
}

static int fail_bundle(const struct cli *cli, const char *path, struct bundle *bundle,
                       enum bundle_result result)
{
    const char *hint = result == BUNDLE_IMAGE_TOO_LARGE
                           ? "an application may use flash from 0x08000000 up to 1 MiB"
                           : "make a new bundle with 'microvisor apps bundle'";
    int status = out_fail(cli, CLI_FAILED, "bad_bundle", hint, "cannot bundle '%s': %s", path,
                          bundle_result_text(bundle, result));
    bundle_free(bundle);
    return status;
}

static int bundle_image(const struct cli *cli, const char *path, const uint8_t *image, size_t size,
                        const struct image_options *options, struct bundle *bundle)
{
    enum bundle_result result = bundle_make(image, size, &options->bundle, bundle);
    if (result != BUNDLE_OK) {
        return fail_bundle(cli, path, bundle, result);
    }
    check_vectors(cli, path, image, size);
    return CLI_OK;
}

static int bundle_elf(const struct cli *cli, const char *path, const struct file_bytes *file,
                      const struct image_options *options, struct bundle *bundle)
{
    uint8_t *image = malloc(ELF_IMAGE_MAX);
    if (image == NULL) {
        return out_fail(cli, CLI_FAILED, "memory", NULL, "there is not enough memory");
    }
    size_t size;
    uint32_t address;
    enum elf_result result = elf_image(file->bytes, file->size, image, &size, &address);
    int status;
    if (result == ELF_OUTSIDE) {
        status = out_fail(cli, CLI_FAILED, "bad_elf", "link it with STM32U585xx_FLASH_mv.ld",
                          "cannot bundle '%s': %s, but lies at 0x%08x", path,
                          elf_result_text(result), (unsigned)address);
    } else if (result != ELF_OK) {
        status = out_fail(cli, CLI_FAILED, "bad_elf",
                          "build it with arm-none-eabi-gcc and STM32U585xx_FLASH_mv.ld",
                          "cannot bundle '%s': %s", path, elf_result_text(result));
    } else {
        status = bundle_image(cli, path, image, size, options, bundle);
    }
    free(image);
    return status;
}

static bool ends_with(const char *path, const char *end)
{
    size_t length = strlen(path), end_length = strlen(end);
    return length >= end_length && strcmp(path + length - end_length, end) == 0;
}

// What a file holds is decided by its first bytes; its name only says what was meant.
static int bundle_file(const struct cli *cli, const char *path, const struct file_bytes *file,
                       const struct image_options *options, struct bundle *bundle)
{
    if (elf_magic(file->bytes, file->size) || ends_with(path, ".elf")) {
        return bundle_elf(cli, path, file, options, bundle);
    }
    if (ends_with(path, ".zip") || (file->size >= 4 && memcmp(file->bytes, "PK\3\4", 4) == 0)) {
        enum bundle_result result = bundle_read(file->bytes, file->size, bundle);
        return result == BUNDLE_OK ? CLI_OK : fail_bundle(cli, path, bundle, result);
    }
    return bundle_image(cli, path, file->bytes, file->size, options, bundle);
}

int image_load(const struct cli *cli, const char *path, const struct image_options *options,
               struct bundle *bundle)
{
    struct file_bytes file;
    memset(bundle, 0, sizeof *bundle);
    int status = file_read(cli, path, ELF_SIZE_MAX, &file);
    if (status == CLI_OK) {
        status = bundle_file(cli, path, &file, options, bundle);
        file_free(&file);
    }
    return status;
}
