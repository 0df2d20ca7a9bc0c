/* Answers that are kept: see cache.h. */
#include "cloud/api/cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/base/clock.h"

/* Everything that the answer depends on but the store and the clock. False: not to be kept. */
static bool make_key(const struct request *request, char key[CACHE_KEY_MAX])
{
    int length =
        snprintf(key, CACHE_KEY_MAX, "%lld %lld %s %s", (long long)request->access.account_id,
                 (long long)request->access.key_id, request->base_url, request->path);
    return length < CACHE_KEY_MAX && request->query.count == 0;
}

/* FNV-1a. Who finds collisions only takes slots from others of its account's size. */
static size_t slot_of(const char *key)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *key != '\0'; key++)
        hash = (hash ^ (unsigned char)*key) * 0x100000001b3u;
    return (size_t)(hash % CACHE_SLOTS);
}

static void empty(struct cache_slot *slot)
{
    if (!slot->key)
        return;
    free(slot->key);
    MHD_destroy_response(slot->response);
    *slot = (struct cache_slot){.key = NULL};
}

bool cache_put(struct cache *cache, const struct request *request, struct MHD_Response *response)
{
    char key[CACHE_KEY_MAX];
    if (!make_key(request, key))
        return false;
    struct cache_slot *slot = &cache->slots[slot_of(key)];
    empty(slot);
    slot->key = strdup(key);
    if (!slot->key)
        return false;
    slot->response = response;
    slot->changes = request->read_changes;
    slot->second = request->read_s;
    return true;
}

struct MHD_Response *cache_get(const struct cache *cache, const struct request *request,
                               uint64_t changes)
{
    char key[CACHE_KEY_MAX];
    if (!make_key(request, key))
        return NULL;
    const struct cache_slot *slot = &cache->slots[slot_of(key)];
    bool usable = slot->key && slot->changes == changes && slot->second == clock_unix_s() &&
                  strcmp(slot->key, key) == 0;
    return usable ? slot->response : NULL;
}

void cache_free(struct cache *cache)
{
    for (size_t i = 0; i < CACHE_SLOTS; i++)
        empty(&cache->slots[i]);
}
