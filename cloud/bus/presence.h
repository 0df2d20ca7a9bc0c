/*
 * Which devices are connected to this node: nodes that live in the gateway's sessions, found by
 * SID. Loop thread only.
 */
#ifndef CLOUD_BUS_PRESENCE_H
#define CLOUD_BUS_PRESENCE_H

#include <stddef.h>
#include <stdint.h>

#include "cloud/base/hex.h"

#define PRESENCE_BUCKETS 16384

struct presence {
    char sid[SID_TEXT];
    char remote[64]; /* address and port */
    int64_t since_s;
    struct presence *next;
};

struct presence_table {
    struct presence *buckets[PRESENCE_BUCKETS];
    size_t count;
};

/* The table must not have that SID yet. */
void presence_add(struct presence_table *table, struct presence *node);
void presence_remove(struct presence_table *table, struct presence *node);
struct presence *presence_find(struct presence_table *table, const char *sid);

#endif
