/* Random but well-defined T32 instruction sequences: no UNPREDICTABLE operands, memory accesses
 * only around the pointers in r7, r9 and SP, no branches. */
#ifndef RANDOM_CODE_H
#define RANDOM_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state;
};
uint32_t random_next(struct random *random);
uint32_t random_below(struct random *random, uint32_t limit);

/* Fills `code` with about `count` instructions, returns the number of half-words. */
size_t random_code(struct random *random, uint16_t *code, size_t capacity, unsigned count);

#endif
