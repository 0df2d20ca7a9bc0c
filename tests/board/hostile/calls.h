/* The system calls as an attacker sees them: describe_calls.py fills these tables from abi/. */
#ifndef HOSTILE_CALLS_H
#define HOSTILE_CALLS_H

#include <stdint.h>

enum leaf_kind { LEAF_VALUE, LEAF_POINTER, LEAF_HANDLE };

#define SHAPE_BYTES (-1) /* a pointer to plain memory */

struct leaf {
    uint8_t offset, size, kind;
    uint32_t value; /* default; of a handle its kind: 0 centre, 1 network, 2 channel, 3 system,
                       4 external flash */
    int8_t shape;   /* what a pointer points to */
};

struct shape {
    uint8_t size, leaves;
    const struct leaf *leaf;
};

struct call {
    const char *name;
    uint32_t address;
    uint8_t arguments;
    const struct leaf *argument;
    uint64_t statuses; /* bit n: status n may come back */
};

#define HANDLE_KINDS 5

/* calls.c */
extern const struct call *const call_list;
extern const uint32_t call_count;
extern const struct shape *const shape_list;

/* Opens a resource of each kind that can be had; handles[kind] is 0 where not. The channel is one
 * that the call `address` is for. */
void resources_open(uint32_t handles[HANDLE_KINDS], uint32_t address);
/* The buffers of its channel. */
extern uint8_t channel_memory[2][512];
/* Closes what the call `address` has opened into `handle`. */
void resource_close(uint32_t address, uint32_t *handle);

/* A call with the memory behind its arguments. */
#define BLOCK_SIZE 4096u
#define POINTERS   32u
#define LEAVES     64u

struct plan {
    uint32_t arguments[4];
    uint32_t pointers;
    uint32_t *pointer[POINTERS]; /* every place that holds a pointer */
    uint8_t last_byte[POINTERS]; /* the last byte of RAM is good for it */
    uint32_t leaves;
    uint8_t *leaf[LEAVES]; /* every other value */
    uint8_t leaf_size[LEAVES];
};

/* Arguments with which the call gets as far as it can; all memory from `arena`. */
void plan_call(struct plan *plan, const struct call *call, uint8_t *arena,
               const uint32_t handles[HANDLE_KINDS]);
uint32_t plan_make(const struct plan *plan, const struct call *call);

/* Places that are not the application's to read or write. */
extern const uint32_t bad_addresses[];
extern const uint32_t bad_address_count;

#endif
