/* Which registers applications may read and which bits they may change, through mvPeriphPeek32 and
 * mvPeriphPoke32. Pure tables, by non-secure address. */
#ifndef KERNEL_CALLS_PERIPH_H
#define KERNEL_CALLS_PERIPH_H

#include <stdbool.h>
#include <stdint.h>

/* True if `reg` is one of the registers that may be read; poking bits of it is then never an
 * error. */
bool periph_readable(uint32_t reg);
/* The bits of it that the application may change. */
uint32_t periph_writable(uint32_t reg);
/* The same by offset in RCC. */
uint32_t periph_rcc_writable(uint32_t offset);
/* Value after a poke: (value & ~mask) ^ xorvalue in the writable bits, the rest unchanged. */
uint32_t periph_poke(uint32_t value, uint32_t mask, uint32_t xorvalue, uint32_t writable);

#endif
