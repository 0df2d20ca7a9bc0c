/* Connected devices: see presence.h. */
#include "cloud/bus/presence.h"

#include <string.h>

static struct presence **bucket(struct presence_table *table, const char *sid)
{
    uint32_t hash = 2166136261u; /* FNV-1a; SIDs are random, given by this cloud */
    for (; *sid != '\0'; sid++)
        hash = (hash ^ (uint8_t)*sid) * 16777619u;
    return &table->buckets[hash % PRESENCE_BUCKETS];
}

void presence_add(struct presence_table *table, struct presence *node)
{
    struct presence **first = bucket(table, node->sid);
    node->next = *first;
    *first = node;
    table->count++;
}

void presence_remove(struct presence_table *table, struct presence *node)
{
    struct presence **link = bucket(table, node->sid);
    while (*link && *link != node)
        link = &(*link)->next;
    if (*link) {
        *link = node->next;
        table->count--;
    }
}

struct presence *presence_find(struct presence_table *table, const char *sid)
{
    struct presence *node = *bucket(table, sid);
    while (node && strcmp(node->sid, sid) != 0)
        node = node->next;
    return node;
}
