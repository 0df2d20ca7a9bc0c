/*
 * Answers that are kept while the store does not change: who asks for the same record again and
 * again (dashboards, scripts that wait) costs neither the store thread nor the making of JSON. An
 * answer is used only for the same access, URL and base, in the same second of the clock (records
 * tell of times that pass), and only while store_queue_changes() is what it was when it was made;
 * so a client that was told of a change never reads what was before it. Loop thread only.
 */
#ifndef CLOUD_API_CACHE_H
#define CLOUD_API_CACHE_H

#include <stdint.h>

#include <microhttpd.h>

#include "cloud/api/request.h"

#define CACHE_SLOTS   512  /* a key has one slot; a newer key takes it */
#define CACHE_KEY_MAX 1024 /* longer ones are not kept */

struct cache_slot {
    char *key; /* NULL: empty */
    struct MHD_Response *response;
    uint64_t changes;
    int64_t second;
};

struct cache {
    struct cache_slot slots[CACHE_SLOTS];
};

/*
 * Keeps the answer of a request whose read_changes and read_s say when it was made. True: the cache
 * owns the response now, and destroys it when another takes its place.
 */
bool cache_put(struct cache *cache, const struct request *request, struct MHD_Response *response);

/* The answer to queue for this request, or NULL. The cache goes on owning it. */
struct MHD_Response *cache_get(const struct cache *cache, const struct request *request,
                               uint64_t changes);

void cache_free(struct cache *cache);

#endif
