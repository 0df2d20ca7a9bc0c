/* Access to device registers by address, for use with the names of chip/stm32u585.h. */
#ifndef FIRMWARE_CHIP_MMIO_H
#define FIRMWARE_CHIP_MMIO_H

#include <stdint.h>

static inline uint32_t mmio_read(uint32_t address)
{
    return *(volatile uint32_t *)(uintptr_t)address;
}

static inline void mmio_write(uint32_t address, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)address = value;
}

static inline void mmio_set(uint32_t address, uint32_t bits)
{
    mmio_write(address, mmio_read(address) | bits);
}

static inline void mmio_clear(uint32_t address, uint32_t bits)
{
    mmio_write(address, mmio_read(address) & ~bits);
}

/* Replaces the bits under `mask`. */
static inline void mmio_modify(uint32_t address, uint32_t mask, uint32_t bits)
{
    mmio_write(address, (mmio_read(address) & ~mask) | bits);
}

#endif
