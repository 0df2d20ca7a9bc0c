/* Handles: see handle.h. */
#include "kernel/notify/handle.h"

#include <string.h>

#include "drivers/rng.h"
#include "kernel/work/lock.h"

#define SLOT_MASK (HANDLE_SLOTS - 1)
#define TRIES     4u
#define POOL      32u

static struct {
    uint32_t value;
    uint8_t type;
    uint8_t index;
} slots[HANDLE_SLOTS];
static uint32_t next_slot; /* where to look first: a slot rests as long as possible */

/* Random words fetched in advance. */
static uint32_t pool[POOL], pool_count;

static bool random_word(uint32_t *word)
{
    if (pool_count > 0) {
        *word = pool[--pool_count];
        return true;
    }
    return rng_fill(word, sizeof *word);
}

void handle_poll(void)
{
    while (pool_count < POOL) {
        uint32_t word;
        if (!rng_fill(&word, sizeof word)) {
            return;
        }
        uint32_t lock = lock_take();
        pool[pool_count++] = word;
        lock_release(lock);
    }
}

static int32_t free_slot(void)
{
    for (uint32_t i = 0; i < HANDLE_SLOTS; i++) {
        uint32_t slot = (next_slot + i) & SLOT_MASK;
        if (slots[slot].type == HANDLE_FREE) {
            next_slot = slot + 1;
            return (int32_t)slot;
        }
    }
    return -1;
}

uint32_t handle_new(enum handle_type type, uint8_t index)
{
    int32_t slot = free_slot();
    for (uint32_t i = 0; slot >= 0 && i < TRIES; i++) {
        uint32_t random;
        if (!random_word(&random)) {
            return 0;
        }
        uint32_t value = (random & ~SLOT_MASK) | (uint32_t)slot;
        if (value > SLOT_MASK && value != slots[slot].value) {
            slots[slot].value = value;
            slots[slot].type = (uint8_t)type;
            slots[slot].index = index;
            return value;
        }
    }
    return 0;
}

int32_t handle_find(enum handle_type type, uint32_t handle)
{
    uint32_t slot = handle & SLOT_MASK;
    bool found = slots[slot].value == handle && slots[slot].type == type;
    return found ? slots[slot].index : -1;
}

void handle_free(uint32_t handle)
{
    uint32_t slot = handle & SLOT_MASK;
    if (slots[slot].value == handle) {
        slots[slot].type = HANDLE_FREE;
    }
}

void handle_reset(void)
{
    for (uint32_t i = 0; i < HANDLE_SLOTS; i++) {
        slots[i].type = HANDLE_FREE;
    }
}
