/* Handles: see handle.h. */
#include "kernel/notify/handle.h"

#include <string.h>

#include "drivers/rng.h"
#include "kernel/work/lock.h"

#define SLOT_MASK (HANDLE_SLOTS - 1)
#define TRIES     4u
#define WORDS     (HANDLE_SLOTS / 32)

static struct {
    uint32_t value;
    uint8_t type;
    uint8_t index;
} slots[HANDLE_SLOTS];
static uint32_t taken[WORDS]; /* bit n % 32 of word n / 32: slot n */
static uint32_t next_slot;    /* where to look first: a slot rests as long as possible */

/* A xorshift generator (Marsaglia, period 2^128 - 1), stirred with words of the hardware's: a call
 * never waits for that. Handles need only be different and unforeseeable for a program in error; a
 * forged one gives an application nothing that is not its own. */
static uint32_t state[4] = {1, 2, 3, 4};

static uint32_t random_word(void)
{
    uint32_t t = state[3], s = state[0];
    state[3] = state[2];
    state[2] = state[1];
    state[1] = s;
    t ^= t << 11;
    t ^= t >> 8;
    return state[0] = t ^ s ^ (s >> 19);
}

void handle_poll(void)
{
    static uint32_t place;
    uint32_t word;
    if (!rng_fill(&word, sizeof word)) {
        return;
    }
    uint32_t lock = lock_take();
    state[place++ % 4] ^= word;
    if ((state[0] | state[1] | state[2] | state[3]) == 0) {
        state[0] = 1;
    }
    lock_release(lock);
}

static int32_t free_slot(void)
{
    uint32_t word = next_slot / 32 % WORDS, from = ~0u << next_slot % 32;
    for (uint32_t i = 0; i <= WORDS; i++, word = (word + 1) % WORDS, from = ~0u) {
        uint32_t open = ~taken[word] & from;
        if (open != 0) {
            uint32_t slot = 32 * word + (uint32_t)__builtin_ctz(open);
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
        uint32_t value = (random_word() & ~SLOT_MASK) | (uint32_t)slot;
        if (value > SLOT_MASK && value != slots[slot].value) {
            slots[slot].value = value;
            slots[slot].type = (uint8_t)type;
            slots[slot].index = index;
            taken[slot / 32] |= 1u << slot % 32;
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
        taken[slot / 32] &= ~(1u << slot % 32);
    }
}

void handle_reset(void)
{
    for (uint32_t i = 0; i < HANDLE_SLOTS; i++) {
        slots[i].type = HANDLE_FREE;
    }
    memset(taken, 0, sizeof taken);
}
