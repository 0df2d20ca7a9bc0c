/* Target manifest: see target.h. The fetch ring holds the whole manifest from its start, so it is
 * checked and handed over in place.
 */
#include "kernel/net/target.h"

#include <string.h>

#include "formats/logrec.h"
#include "kernel/log/log.h"
#include "kernel/net/fetch_share.h"
#include "kernel/time/time.h"
#include "kernel/update/update.h"

#include "mbedtls/sha256.h"

#define RETRY_US 30000000u

static struct {
    enum { TARGET_NONE, TARGET_WANTED, TARGET_FETCHING } state;
    uint8_t hash[TUNNEL_HASH_BYTES];
    uint32_t size_bytes;
    uint64_t begin_us; /* not before */
} target;

void target_want(const uint8_t hash[32], uint32_t size_bytes)
{
    if (target.state == TARGET_FETCHING)
        fetch_release();
    memcpy(target.hash, hash, sizeof target.hash);
    target.size_bytes = size_bytes;
    target.begin_us = 0;
    target.state = TARGET_WANTED;
}

void target_lost(void)
{
    if (target.state == TARGET_FETCHING)
        fetch_release();
    target.state = TARGET_NONE;
}

static void failed(const char *why)
{
    log_system(LOGREC_KERNEL, why);
    target.state = TARGET_WANTED;
    target.begin_us = time_us() + RETRY_US;
}

static bool hash_matches(const uint8_t *manifest, uint32_t size_bytes)
{
    uint8_t hash[TUNNEL_HASH_BYTES];
    return mbedtls_sha256_ret(manifest, size_bytes, hash, 0) == 0 &&
           memcmp(hash, target.hash, sizeof hash) == 0;
}

static void finish(const struct fetch_stream *fetch)
{
    bool whole = fetch->reason == TUNNEL_CLOSE_DONE && fetch->received == target.size_bytes;
    fetch_release();
    if (!whole) {
        failed("manifest of the target application cannot be fetched");
    } else if (!hash_matches(fetch->ring, target.size_bytes)) {
        failed("manifest of the target application does not have its hash");
    } else {
        target.state = TARGET_NONE;
        update_target(fetch->ring, target.size_bytes);
    }
}

void target_poll(void)
{
    const struct fetch_stream *fetch = fetch_shared();
    if (target.state == TARGET_WANTED && time_us() >= target.begin_us) {
        fetch_claim(target.hash);
        target.state = TARGET_FETCHING;
    } else if (target.state == TARGET_FETCHING && fetch->state == FETCH_OVER) {
        finish(fetch);
    }
}
