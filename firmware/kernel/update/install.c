/* Installation and measurement: see install.h. */
#include "kernel/update/install.h"

#include <string.h>

#include "mbedtls/sha256.h"

#include "drivers/flash.h"
#include "kernel/storage/staging.h"
#include "kernel/update/buffer.h"
#include "layout.h"

#define PAGES       (FLASH_BANK_SIZE / FLASH_PAGE_SIZE)
#define HALVES      (FLASH_PAGE_SIZE / STAGING_SECTOR_SIZE)
#define SRAM4_BASE  0x28000000u
#define SRAM4_SIZE  0x4000u
#define ERASED_WORD UINT32_MAX

/* Fills update_buffer with the sector of the image at `offset`: the layer's bytes, 0xFF elsewhere.
 */
static bool image_sector(uint32_t slot, const struct manifest_app *app, uint32_t offset)
{
    memset(update_buffer, 0xFF, STAGING_SECTOR_SIZE);
    for (uint32_t i = 0; i < app->layer_count; i++) {
        const struct manifest_layer *layer = &app->layers[i];
        uint32_t size;
        if (offset < layer->start || offset - layer->start >= layer->size) {
            continue;
        }
        if (!staging_layer_size(slot, i, &size) || size > layer->size) {
            return false;
        }
        uint32_t at = offset - layer->start;
        uint32_t there = at >= size ? 0 : size - at;
        uint32_t step = there < STAGING_SECTOR_SIZE ? there : STAGING_SECTOR_SIZE;
        if (step > 0 && !staging_read(slot, offset, update_buffer, step)) {
            return false;
        }
    }
    return true;
}

static bool layer_matches(uint32_t slot, const struct manifest_app *app,
                          const struct manifest_layer *layer)
{
    uint8_t hash[32];
    mbedtls_sha256_context context;
    mbedtls_sha256_init(&context);
    bool good = mbedtls_sha256_starts_ret(&context, 0) == 0;
    for (uint32_t at = 0; good && at < layer->size; at += STAGING_SECTOR_SIZE) {
        good = image_sector(slot, app, layer->start + at) &&
               mbedtls_sha256_update_ret(&context, update_buffer, STAGING_SECTOR_SIZE) == 0;
    }
    good = good && mbedtls_sha256_finish_ret(&context, hash) == 0;
    mbedtls_sha256_free(&context);
    return good && memcmp(hash, layer->measurement_hash, sizeof hash) == 0;
}

static bool in_app_ram(uint32_t address)
{
    return (address > LAYOUT_APP_RAM_BASE &&
            address <= LAYOUT_APP_RAM_BASE + LAYOUT_APP_RAM_SIZE) ||
           (address > SRAM4_BASE && address <= SRAM4_BASE + SRAM4_SIZE);
}

/* Initial stack pointer and reset handler, as the processor will load them. */
static bool vectors_good(const uint8_t *image)
{
    uint32_t vectors[2];
    memcpy(vectors, image, sizeof vectors);
    return in_app_ram(vectors[0]) && vectors[0] % 4 == 0 && vectors[1] % 2 == 1 &&
           vectors[1] > LAYOUT_APP_FLASH_BASE &&
           vectors[1] - LAYOUT_APP_FLASH_BASE < LAYOUT_APP_FLASH_SIZE;
}

enum update_error install_check(uint32_t slot, const struct manifest_app *app)
{
    for (uint32_t i = 0; i < app->layer_count; i++) {
        if (!layer_matches(slot, app, &app->layers[i])) {
            return UPDATE_BAD_MEASUREMENT;
        }
    }
    if (!image_sector(slot, app, 0)) {
        return UPDATE_STAGING_FAILED;
    }
    return vectors_good(update_buffer) ? UPDATE_OK : UPDATE_BAD_VECTORS;
}

static bool page_equal(uint32_t slot, const struct manifest_app *app, uint32_t page, bool *equal)
{
    *equal = true;
    for (uint32_t half = 0; half < HALVES && *equal; half++) {
        uint32_t offset = page * FLASH_PAGE_SIZE + half * STAGING_SECTOR_SIZE;
        if (!image_sector(slot, app, offset)) {
            return false;
        }
        *equal = memcmp(update_buffer, flash_map(FLASH_APP, offset), STAGING_SECTOR_SIZE) == 0;
    }
    return true;
}

/* Erased according to what it reads. A page that a power cut left half erased can read so and yet
 * hold weak bits, hence pages are always erased before they are programmed. */
static enum flash_result page_write(uint32_t slot, const struct manifest_app *app, uint32_t page,
                                    bool *staged)
{
    enum flash_result result = flash_erase(FLASH_APP, page);
    for (uint32_t half = 0; half < HALVES && result == FLASH_OK; half++) {
        uint32_t offset = page * FLASH_PAGE_SIZE + half * STAGING_SECTOR_SIZE;
        *staged = image_sector(slot, app, offset);
        if (!*staged) {
            return FLASH_FAILED;
        }
        result = flash_program(FLASH_APP, offset, update_buffer, STAGING_SECTOR_SIZE);
    }
    return result;
}

enum update_error install_write(uint32_t slot, const struct manifest_app *app, bool *locked)
{
    *locked = false;
    for (uint32_t page = 0; page < PAGES; page++) {
        bool equal, staged = true;
        if (!page_equal(slot, app, page, &equal)) {
            return UPDATE_STAGING_FAILED;
        }
        if (equal) {
            continue;
        }
        enum flash_result result = page_write(slot, app, page, &staged);
        if (result != FLASH_OK) {
            *locked = result == FLASH_LOCKED;
            return staged ? UPDATE_INSTALL_FAILED : UPDATE_STAGING_FAILED;
        }
    }
    return UPDATE_OK;
}

static bool flash_hash(uint32_t offset, uint32_t size, uint8_t hash[32])
{
    return mbedtls_sha256_ret(flash_map(FLASH_APP, offset), size, hash, 0) == 0;
}

bool install_measure(const struct manifest_app *app)
{
    for (uint32_t i = 0; i < app->layer_count; i++) {
        const struct manifest_layer *layer = &app->layers[i];
        uint8_t hash[32];
        if (!flash_hash(layer->start, layer->size, hash) ||
            memcmp(hash, layer->measurement_hash, sizeof hash) != 0) {
            return false;
        }
    }
    return vectors_good(flash_map(FLASH_APP, 0));
}

/* Where the erased rest of the flash begins. By words: this runs over 1 MiB at every start. */
static uint32_t used_size(void)
{
    const uint32_t *words = (const uint32_t *)(const void *)flash_map(FLASH_APP, 0);
    uint32_t count = FLASH_BANK_SIZE / sizeof *words;
    while (count >= 4 && (words[count - 1] & words[count - 2] & words[count - 3] &
                          words[count - 4]) == ERASED_WORD) {
        count -= 4;
    }
    while (count > 0 && words[count - 1] == ERASED_WORD) {
        count--;
    }
    return count * (uint32_t)sizeof *words;
}

bool install_extent(struct install_extent *extent)
{
    extent->used_size = used_size();
    return flash_hash(0, extent->used_size, extent->used_hash);
}

bool install_unchanged(const struct install_extent *extent)
{
    uint8_t hash[32];
    return extent->used_size <= FLASH_BANK_SIZE && used_size() == extent->used_size &&
           flash_hash(0, extent->used_size, hash) &&
           memcmp(hash, extent->used_hash, sizeof hash) == 0;
}
