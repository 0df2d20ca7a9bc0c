/* API keys in memory: see keyring.h. */
#include "cloud/keys/keyring.h"

#include <stdlib.h>
#include <string.h>

#include "cloud/base/memory.h"
#include "cloud/keys/credential.h"

#define LOAD_BATCH 500

bool keyring_open(struct keyring *keyring, struct store *store)
{
    struct store_page page = {.limit = LOAD_BATCH};
    struct store_found found = {.more_after = true};
    struct store_key *keys = memory_new(LOAD_BATCH * sizeof *keys);
    enum store_result result = STORE_OK;
    while (found.more_after && result == STORE_OK) {
        result = store_key_list(store, 0, &page, keys, &found);
        for (size_t i = 0; result == STORE_OK && i < found.count; i++)
            keyring_put(keyring, &keys[i]);
        page.after = found.last_id;
    }
    free(keys);
    return result == STORE_OK;
}

void keyring_close(struct keyring *keyring)
{
    for (size_t i = 0; i < keyring->count; i++)
        free(keyring->keys[i]);
    free(keyring->keys);
    memset(keyring, 0, sizeof *keyring);
}

/* Where a key with that SID is, or belongs. */
static size_t place_of(const struct keyring *keyring, const char *sid)
{
    size_t low = 0, high = keyring->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(keyring->keys[middle]->sid, sid) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct keyring *keyring, size_t place, const char *sid)
{
    return place < keyring->count && strcmp(keyring->keys[place]->sid, sid) == 0;
}

const struct store_key *keyring_check(const struct keyring *keyring, const char *sid,
                                      const char *secret)
{
    size_t place = place_of(keyring, sid);
    if (!is_at(keyring, place, sid))
        return NULL;
    const struct store_key *key = keyring->keys[place];
    return credential_fits(&key->secret, secret) ? key : NULL;
}

static void make_room(struct keyring *keyring)
{
    if (keyring->count < keyring->room)
        return;
    size_t room = keyring->room ? 2 * keyring->room : 64;
    struct store_key **keys = memory_new(room * sizeof(struct store_key *));
    if (keyring->count > 0)
        memcpy(keys, keyring->keys, keyring->count * sizeof(struct store_key *));
    free(keyring->keys);
    keyring->keys = keys;
    keyring->room = room;
}

void keyring_put(struct keyring *keyring, const struct store_key *key)
{
    size_t place = place_of(keyring, key->sid);
    if (is_at(keyring, place, key->sid)) {
        *keyring->keys[place] = *key;
        return;
    }
    make_room(keyring);
    struct store_key **at = keyring->keys + place;
    memmove(at + 1, at, (keyring->count - place) * sizeof(struct store_key *));
    *at = (struct store_key *)memory_copy(key, sizeof *key);
    keyring->count++;
}

void keyring_remove(struct keyring *keyring, const char *sid)
{
    size_t place = place_of(keyring, sid);
    if (!is_at(keyring, place, sid))
        return;
    struct store_key **at = keyring->keys + place;
    free(*at);
    memmove(at, at + 1, (--keyring->count - place) * sizeof(struct store_key *));
}
