/* Layer download: see download.h.
 *
 *   state   | event                          | what happens                           | next
 *   --------+--------------------------------+----------------------------------------+--------
 *   NEXT    | layer noted as done            | go to the next one; none left: DONE    | NEXT
 *   NEXT    | connected                      | fetch from the last staged sector on   | READ
 *   READ    | sector full                    | write it to the slot                   | READ
 *   READ    | more bytes than the region has | fail                                   | –
 *   READ    | closed: all delivered          | write the rest, check the layer's hash | NEXT
 *   READ    | closed: refused                | fail                                   | –
 *   READ    | closed: connection, try later  | keep what is staged, pause             | NEXT
 *   any     | hash differs, first time       | empty the journal, begin again         | NEXT
 *
 * A layer is hashed from what the slot reads back, not from what arrived. On resuming the last
 * sector is fetched again, since it may have been the shorter end of the layer.
 */
#include "kernel/update/download.h"

#include <string.h>

#include "mbedtls/sha256.h"

#include "formats/tunnel.h"
#include "kernel/net/fetch.h"
#include "kernel/storage/staging.h"
#include "kernel/time/time.h"
#include "kernel/update/buffer.h"

#define RETRY_US     2000000u
#define RESTARTS_MAX 1u
#define READS_A_POLL 4u /* then others get their turn */

enum state { STATE_IDLE, STATE_NEXT, STATE_READ };

static struct {
    enum state state;
    uint32_t slot;
    const struct manifest_app *app;
    uint32_t layer;
    uint32_t offset; /* in the layer: start of the sector being filled */
    uint32_t fill;   /* bytes of it that are there */
    uint32_t restarts;
    uint64_t retry_us; /* not before */
    enum update_error error;
} download;

static const struct manifest_layer *layer(void)
{
    return &download.app->layers[download.layer];
}

static enum download_status fail(enum update_error error)
{
    download_stop();
    download.error = error;
    return DOWNLOAD_FAILED;
}

enum update_error download_error(void)
{
    return download.error;
}

void download_begin(uint32_t slot, const struct manifest_app *app)
{
    download_stop();
    memset(&download, 0, sizeof download);
    download.slot = slot;
    download.app = app;
    download.state = STATE_NEXT;
}

void download_stop(void)
{
    if (download.state == STATE_READ) {
        fetch_end();
    }
    download.state = STATE_IDLE;
}

static enum download_status next_layer(bool connected)
{
    uint32_t size;
    while (staging_layer_size(download.slot, download.layer, &size)) {
        download.layer++;
        if (download.layer == download.app->layer_count) {
            download.state = STATE_IDLE;
            return DOWNLOAD_DONE;
        }
    }
    if (!connected || time_us() < download.retry_us) {
        return DOWNLOAD_RUNNING;
    }
    uint32_t staged = staging_progress(download.slot, layer()->start, layer()->size);
    download.offset = staged == 0 ? 0 : staged - STAGING_SECTOR_SIZE;
    download.fill = 0;
    if (fetch_begin(layer()->fetch_hash, download.offset, 0)) {
        download.state = STATE_READ;
    }
    return DOWNLOAD_RUNNING;
}

static bool sector_write(void)
{
    bool good = staging_write(download.slot, layer()->start + download.offset, update_buffer,
                              download.fill);
    download.offset += download.fill;
    download.fill = 0;
    return good;
}

/* Hash of the layer's first `size` bytes as they stand in the slot. */
static bool staged_hash(uint32_t size, uint8_t hash[32])
{
    mbedtls_sha256_context context;
    mbedtls_sha256_init(&context);
    bool good = mbedtls_sha256_starts_ret(&context, 0) == 0;
    for (uint32_t at = 0; good && at < size; at += STAGING_SECTOR_SIZE) {
        uint32_t step = size - at < STAGING_SECTOR_SIZE ? size - at : STAGING_SECTOR_SIZE;
        good = staging_read(download.slot, layer()->start + at, update_buffer, step) &&
               mbedtls_sha256_update_ret(&context, update_buffer, step) == 0;
    }
    good = good && mbedtls_sha256_finish_ret(&context, hash) == 0;
    mbedtls_sha256_free(&context);
    return good;
}

/* Begins the whole slot again: the journal cannot take back single sectors. */
static enum download_status restart(void)
{
    struct staging_slot slot = staging_read_slot(download.slot);
    if (download.restarts >= RESTARTS_MAX) {
        (void)staging_discard(download.slot);
        return fail(UPDATE_BAD_LAYER_HASH);
    }
    if (slot.state == STAGING_EMPTY || slot.manifest_size > UPDATE_BUFFER_SIZE ||
        !staging_read_manifest(download.slot, update_buffer, slot.manifest_size) ||
        !staging_begin(download.slot, update_buffer, slot.manifest_size, slot.manifest_hash)) {
        return fail(UPDATE_STAGING_FAILED);
    }
    download.restarts++;
    download.layer = 0;
    download.state = STATE_NEXT;
    return DOWNLOAD_RUNNING;
}

static enum download_status layer_complete(void)
{
    uint8_t hash[32];
    fetch_end();
    if (download.fill > 0 && !sector_write()) {
        return fail(UPDATE_STAGING_FAILED);
    }
    if (!staged_hash(download.offset, hash)) {
        return fail(UPDATE_STAGING_FAILED);
    }
    if (memcmp(hash, layer()->fetch_hash, sizeof hash) != 0) {
        return restart();
    }
    if (!staging_layer_done(download.slot, download.layer, download.offset)) {
        return fail(UPDATE_STAGING_FAILED);
    }
    download.state = STATE_NEXT;
    return DOWNLOAD_RUNNING;
}

static enum download_status closed(void)
{
    switch (fetch_reason()) {
    case TUNNEL_CLOSE_DONE:
        return layer_complete();
    case TUNNEL_CLOSE_NOT_FOUND:
    case TUNNEL_CLOSE_FORBIDDEN:
    case TUNNEL_CLOSE_UNSUPPORTED:
        return fail(UPDATE_LAYER_UNAVAILABLE);
    case TUNNEL_CLOSE_RANGE: /* what is staged is longer than what the cloud has */
        fetch_end();
        return restart();
    default:
        fetch_end();
        download.retry_us = time_us() + RETRY_US;
        download.state = STATE_NEXT;
        return DOWNLOAD_RUNNING;
    }
}

static enum download_status read_layer(void)
{
    for (uint32_t i = 0; i < READS_A_POLL; i++) {
        uint32_t room = STAGING_SECTOR_SIZE - download.fill;
        int32_t got = fetch_read(update_buffer + download.fill, room);
        if (got < 0) {
            return closed();
        }
        if (got == 0) {
            return DOWNLOAD_RUNNING;
        }
        download.fill += (uint32_t)got;
        if (download.offset + download.fill > layer()->size) {
            return fail(UPDATE_LAYER_TOO_LARGE);
        }
        if (download.fill == STAGING_SECTOR_SIZE && !sector_write()) {
            return fail(UPDATE_STAGING_FAILED);
        }
    }
    return DOWNLOAD_RUNNING;
}

enum download_status download_poll(bool connected)
{
    switch (download.state) {
    case STATE_NEXT:
        return next_layer(connected);
    case STATE_READ:
        return read_layer();
    default:
        return fail(UPDATE_STAGING_FAILED);
    }
}
