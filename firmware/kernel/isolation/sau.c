/* Attribution of addresses: everything is Secure but what is listed here (Armv8-M B9). */
#include "kernel/isolation/isolation.h"

#include "chip/core.h"
#include "chip/mmio.h"
#include "kernel/isolation/sau.h"
#include "layout.h"

struct region {
    uint32_t first, last;
    bool callable;
};

/* The region numbers show in TT's answer: SAU_REGION_SRAM is what the fast calls look for. */
static const struct region plan[SAU_REGIONS] = {
    [SAU_REGION_FLASH] = {LAYOUT_APP_FLASH_BASE, LAYOUT_APP_FLASH_BASE + LAYOUT_APP_FLASH_SIZE - 1,
                          false},
    [SAU_REGION_INFO] = {0x0BF90000, 0x0BFA8FFF, false},
    [SAU_REGION_SRAM4] = {SAU_SRAM4_BASE, SAU_SRAM4_BASE + SAU_SRAM4_SIZE - 1, false},
    [SAU_REGION_PERIPHERALS] = {0x40000000, 0x4FFFFFFF, false},
    [SAU_REGION_SRAM] = {LAYOUT_APP_RAM_BASE, LAYOUT_APP_RAM_BASE + LAYOUT_APP_RAM_SIZE - 1, false},
    [SAU_REGION_VENEERS] = {LAYOUT_VENEERS_BASE, LAYOUT_VENEERS_BASE + LAYOUT_VENEERS_SIZE - 1,
                            true},
    /* FMC and OCTOSPI2 memories, if a board has any; OCTOSPI1's above them is the kernel's. */
    [SAU_REGION_EXTERNAL] = {0x60000000, 0x8FFFFFFF, false},
};

void isolation_veneers_open(bool open)
{
    const struct region *veneers = &plan[SAU_REGION_VENEERS];
    mmio_write(SAU_RNR, SAU_REGION_VENEERS);
    mmio_write(SAU_RLAR, open ? (veneers->last & ~31u) | 2u | 1u : 0);
    core_barrier();
}

void isolation_sau(void)
{
    for (uint32_t i = 0; i < SAU_REGIONS; i++) {
        mmio_write(SAU_RNR, i);
        mmio_write(SAU_RLAR, 0);
        if (plan[i].last != 0) {
            mmio_write(SAU_RBAR, plan[i].first);
            mmio_write(SAU_RLAR, (plan[i].last & ~31u) | (plan[i].callable ? 2u : 0u) | 1u);
        }
    }
    mmio_write(SAU_CTRL, 1);
    core_barrier();
}
