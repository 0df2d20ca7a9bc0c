/* Reset and clock control from an application: its registers are reached only through the kernel,
 * which ignores writes to bits that an application may not change.
 *
 * Works in C and C++. Bit numbers are those of the STM32U585 reference manual (RM0456).
 */
#ifndef MV_RCC_H
#define MV_RCC_H

#include <stdbool.h>
#include <stdint.h>

#include "mv_syscalls.h"

#define MV_RCC_BASE     0x46020C00u
#define MV_RCC_AHB2ENR1 (MV_RCC_BASE + 0x08Cu)
#define MV_RCC_APB1ENR1 (MV_RCC_BASE + 0x09Cu)

#define MV_RCC_AHB2ENR1_GPIOAEN  (1u << 0)
#define MV_RCC_AHB2ENR1_GPIODEN  (1u << 3)
#define MV_RCC_APB1ENR1_USART2EN (1u << 17)

#ifdef __cplusplus
extern "C" {
#endif

/* Sets bits of a register; the others keep their value. False: the kernel refused the register. */
static inline bool mv_rcc_set(uint32_t reg, uint32_t bits)
{
    return mvPeriphPoke32(reg, bits, bits) == MV_STATUS_OKAY;
}

/* Clears bits of a register; the others keep their value. */
static inline bool mv_rcc_clear(uint32_t reg, uint32_t bits)
{
    return mvPeriphPoke32(reg, bits, 0) == MV_STATUS_OKAY;
}

/* Enables a peripheral clock and waits until it runs: reading back is enough on this chip. */
static inline bool mv_rcc_enable(uint32_t reg, uint32_t bits)
{
    uint32_t value = 0;
    return mv_rcc_set(reg, bits) && mvPeriphPeek32(reg, &value) == MV_STATUS_OKAY &&
           (value & bits) == bits;
}

#ifdef __cplusplus
}
#endif

#endif
