/* Booleans for trust decisions: two far-apart bit patterns instead of zero and not zero, and a
 * chain of steps that must all have been taken, so that one skipped instruction or one flipped bit
 * ends in "no" and not in "yes".
 */
#ifndef FIRMWARE_BOOTROM_HARDENED_H
#define FIRMWARE_BOOTROM_HARDENED_H

#include <stdint.h>

typedef uint32_t hard_bool;
#define HARD_TRUE  0x3C5AA5C3u
#define HARD_FALSE 0xC3A55A3Cu

/* Hides a value from the optimiser, so that a repeated check stays repeated. */
static inline uint32_t hard_opaque(uint32_t value)
{
    __asm volatile("" : "+r"(value));
    return value;
}

/* HARD_TRUE only if both words are equal; compared twice, by difference and by complement. */
static inline hard_bool hard_equal(uint32_t a, uint32_t b)
{
    uint32_t difference = hard_opaque(a) ^ hard_opaque(b);
    uint32_t complement = hard_opaque(a) ^ ~hard_opaque(b);
    if (difference != 0) {
        return HARD_FALSE;
    }
    return complement == UINT32_MAX ? HARD_TRUE : HARD_FALSE;
}

/* Progress through a sequence of checks: every step folds its number in, only the complete sequence
 * in the right order gives the expected value. */
static inline uint32_t hard_step(uint32_t chain, uint32_t step)
{
    return ((hard_opaque(chain) << 5 | hard_opaque(chain) >> 27) ^ step) * 0x9E3779B1u;
}

#endif
