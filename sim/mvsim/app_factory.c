/* Places an application as a factory would: see app_factory.h. */
#include "mvsim/app_factory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "formats/host/elf.h"
#include "formats/manifest.h"
#include "kernel/storage/records.h"
#include "kernel/storage/staging.h"
#include "kernel/update/app_record.h"
#include "mvsim/factory_flash.h"
#include "mvsim/signer.h"

#define ELF_FILE_MAX (16u << 20)
#define APP_SLOT     0u
#define ERASED_WORD  4u /* the kernel looks for the end of an image by words */

static const uint8_t no_certificate[4] = {0x30, 0x02, 0x05, 0x00}; /* SEQUENCE { NULL } */

bool app_factory_load(const char *path, struct factory_bytes *image, char *error, size_t error_size)
{
    struct factory_bytes file;
    enum elf_result result;
    uint32_t address = 0;

    image->data = NULL;
    if (!factory_read(path, ELF_FILE_MAX, &file, error, error_size))
        return false;
    if (!elf_magic(file.data, file.size)) {
        *image = file;
        if (file.size < LAYOUT_APP_FLASH_SIZE)
            return true;
        snprintf(error, error_size, "%s: larger than application flash", path);
        return false;
    }
    image->data = malloc(ELF_IMAGE_MAX);
    result = image->data == NULL
                 ? ELF_TOO_LARGE
                 : elf_image(file.data, file.size, image->data, &image->size, &address);
    free(file.data);
    if (result == ELF_OK)
        return true;
    snprintf(error, error_size, "%s: %s", path, elf_result_text(result));
    return false;
}

bool app_factory_identity(uint64_t seed, uint8_t record[IDENTITY_SIZE])
{
    struct identity identity = {.server_host = "10.0.2.2",
                                .server_name = "no-cloud.invalid",
                                .server_port = 443,
                                .signer_count = 1,
                                .device_certificate = no_certificate,
                                .device_certificate_size = sizeof no_certificate,
                                .ca_certificate = no_certificate,
                                .ca_certificate_size = sizeof no_certificate};
    uint8_t signer[SIGNER_KEY_SIZE];

    snprintf(identity.device_id, sizeof identity.device_id, "UV%032llx", (unsigned long long)seed);
    signer_key(seed, "device", identity.private_key);
    signer_key(seed, "manifest signer", signer);
    return signer_public(signer, identity.signers[0]) &&
           identity_encode(&identity, record) == IDENTITY_OK;
}

/* --- the manifest --- */

static void sha256_padded(const struct factory_bytes *image, uint8_t hash[MANIFEST_HASH_SIZE])
{
    uint8_t *flash = malloc(MANIFEST_APP_FLASH_SIZE);

    if (flash == NULL)
        abort();
    memset(flash, 0xFF, MANIFEST_APP_FLASH_SIZE);
    memcpy(flash, image->data, image->size);
    SHA256(flash, MANIFEST_APP_FLASH_SIZE, hash);
    free(flash);
}

static bool sign_body(uint64_t seed, struct manifest_envelope *envelope,
                      uint8_t signature[MANIFEST_SIGNATURE_SIZE])
{
    uint8_t message[MANIFEST_SIGN_PREFIX_SIZE + MANIFEST_BODY_SIZE_MAX];
    uint8_t input[MANIFEST_KEY_ID_INPUT_SIZE];
    uint8_t point[MANIFEST_POINT_SIZE];
    uint8_t hash[MANIFEST_HASH_SIZE];
    uint8_t key[SIGNER_KEY_SIZE];
    size_t size;

    signer_key(seed, "manifest signer", key);
    if (!signer_public(key, point) ||
        manifest_signed_message(envelope->body, envelope->body_size, message, sizeof message,
                                &size) != MANIFEST_OK)
        return false;
    manifest_key_id_input(point, input);
    SHA256(input, sizeof input, hash);
    envelope->signer_id = manifest_key_id(hash);
    envelope->signature = signature;
    SHA256(message, size, hash);
    return signer_sign(key, hash, signature);
}

static bool make_manifest(uint64_t seed, const struct factory_bytes *image,
                          uint8_t manifest[MANIFEST_SIZE_MAX], size_t *size)
{
    uint8_t fetch_hash[MANIFEST_HASH_SIZE];
    uint8_t measurement_hash[MANIFEST_HASH_SIZE];
    uint8_t signature[MANIFEST_SIGNATURE_SIZE];
    uint8_t body[MANIFEST_BODY_SIZE_MAX];
    struct manifest_envelope envelope = {.body = body};
    struct manifest_app app;

    SHA256(image->data, image->size, fetch_hash);
    sha256_padded(image, measurement_hash);
    manifest_app_init(&app, fetch_hash, measurement_hash);
    return manifest_encode_app(&app, body, sizeof body, &envelope.body_size) == MANIFEST_OK &&
           sign_body(seed, &envelope, signature) &&
           manifest_encode_envelope(&envelope, manifest, MANIFEST_SIZE_MAX, size) == MANIFEST_OK;
}

/* --- bank 1, staging slot, record --- */

static bool stage(const struct factory_bytes *image, const uint8_t *manifest, size_t manifest_size,
                  const uint8_t manifest_hash[MANIFEST_HASH_SIZE])
{
    bool good = staging_begin(APP_SLOT, manifest, (uint32_t)manifest_size, manifest_hash);

    for (uint32_t at = 0; good && at < image->size; at += STAGING_SECTOR_SIZE) {
        size_t left = image->size - at;

        good = staging_write(APP_SLOT, at, image->data + at,
                             left < STAGING_SECTOR_SIZE ? (uint32_t)left : STAGING_SECTOR_SIZE);
    }
    return good && staging_layer_done(APP_SLOT, 0, (uint32_t)image->size) &&
           staging_finish(APP_SLOT);
}

static uint32_t used_size(const uint8_t *flash)
{
    static const uint8_t erased[ERASED_WORD] = {0xFF, 0xFF, 0xFF, 0xFF};
    uint32_t size = LAYOUT_APP_FLASH_SIZE;

    while (size > 0 && memcmp(flash + size - ERASED_WORD, erased, ERASED_WORD) == 0)
        size -= ERASED_WORD;
    return size;
}

bool app_factory_install(const struct nvm *nvm, uint64_t seed, const struct factory_bytes *image,
                         char *error, size_t error_size)
{
    struct app_record record = {
        .state = APP_INSTALLED, .slot = APP_SLOT, .previous_slot = APP_RECORD_NO_SLOT};
    uint8_t manifest[MANIFEST_SIZE_MAX];
    size_t manifest_size;
    bool good;

    factory_flash_use(nvm);
    factory_program(nvm, 0, image->data, image->size);
    record.extent.used_size = used_size(nvm->map[NVM_FLASH]);
    SHA256(nvm->map[NVM_FLASH], record.extent.used_size, record.extent.used_hash);
    good = make_manifest(seed, image, manifest, &manifest_size);
    if (good) {
        SHA256(manifest, manifest_size, record.manifest_hash);
        good = stage(image, manifest, manifest_size, record.manifest_hash) && records_init() &&
               records_set(RECORD_APP, &record, sizeof record);
    }
    factory_flash_use(NULL);
    if (!good)
        snprintf(error, error_size, "the application could not be placed");
    return good;
}

/* --- everything together --- */

static bool fill(const struct nvm *nvm, const char *firmware_dir, const char *app_path,
                 uint64_t seed, char *error, size_t error_size)
{
    struct factory_bytes kernel = {0}, boot = {0}, image = {0};
    uint8_t identity[IDENTITY_SIZE];
    char path[2][4096];
    bool good;

    snprintf(path[0], sizeof path[0], "%s/kernel.img", firmware_dir);
    snprintf(path[1], sizeof path[1], "%s/boot.img", firmware_dir);
    good = factory_read(path[0], FACTORY_KERNEL_MAX, &kernel, error, error_size) &&
           factory_read(path[1], FACTORY_BOOT_MAX, &boot, error, error_size) &&
           app_factory_load(app_path, &image, error, error_size);
    if (good && !app_factory_identity(seed, identity)) {
        snprintf(error, error_size, "no identity");
        good = false;
    }
    good = good && factory_write(nvm, &kernel, &boot, identity, error, error_size) &&
           app_factory_install(nvm, seed, &image, error, error_size);
    free(kernel.data);
    free(boot.data);
    free(image.data);
    return good;
}

struct nvm_template *app_factory_make(const char *firmware_dir, const char *app_path, uint64_t seed,
                                      char *error, size_t error_size)
{
    struct nvm_template *template = NULL;
    struct nvm nvm;

    if (!nvm_open(&nvm, NULL, NVM_OPEN, error, error_size))
        return NULL;
    if (fill(&nvm, firmware_dir, app_path, seed, error, error_size)) {
        template = nvm_template_new(&nvm);
        if (template == NULL)
            snprintf(error, error_size, "out of memory");
    }
    nvm_close(&nvm);
    return template;
}
