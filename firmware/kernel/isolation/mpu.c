/* The Secure MPU: what the kernel itself may do. Nothing is both writable and executable; what is
 * not listed does not exist for it. */
#include "kernel/isolation/isolation.h"

#include "chip/core.h"
#include "chip/mmio.h"
#include "layout.h"

#define READ_ONLY  (2u << 1) /* AP: privileged only */
#define READ_ANY   (3u << 1) /* SG is fetched with the caller's privilege */
#define READ_WRITE (0u << 1)
#define NO_EXECUTE 1u
#define MEMORY     0u /* MAIR index */
#define DEVICE     1u
/* MAIR0: 0xFF normal write-back, 0x04 device nGnRE. */
#define ATTRIBUTES 0x04FFu

struct region {
    uint32_t first, last, access, attribute;
};

static const struct region plan[MPU_REGIONS] = {
    {LAYOUT_BANK2_BASE, LAYOUT_IDENTITY_BASE - 1, READ_ONLY, MEMORY},
    {LAYOUT_IDENTITY_BASE, LAYOUT_VENEERS_BASE - 1, READ_WRITE | NO_EXECUTE, MEMORY},
    {LAYOUT_VENEERS_BASE, LAYOUT_VENEERS_BASE + LAYOUT_VENEERS_SIZE - 1, READ_ANY, MEMORY},
    {LAYOUT_KERNEL_RAM_BASE, LAYOUT_KERNEL_RAM_BASE + LAYOUT_KERNEL_RAM_SIZE - 1,
     READ_WRITE | NO_EXECUTE, MEMORY},
    {0x08000000, 0x0BFFFFFF, READ_WRITE | NO_EXECUTE, MEMORY}, /* bank 1, system memory */
    {0x20000000, 0x2FFFFFFF, READ_WRITE | NO_EXECUTE, MEMORY}, /* the application's RAM */
    {0x40000000, 0x5FFFFFFF, READ_WRITE | NO_EXECUTE, DEVICE},
    {0x90000000, 0x9FFFFFFF, READ_ONLY | NO_EXECUTE, MEMORY}, /* OCTOSPI1 memory window */
};

void isolation_mpu(void)
{
    mmio_write(MPU_CTRL, 0);
    mmio_write(MPU_MAIR0, ATTRIBUTES);
    for (uint32_t i = 0; i < MPU_REGIONS; i++) {
        mmio_write(MPU_RNR, i);
        mmio_write(MPU_RBAR, plan[i].first | plan[i].access);
        mmio_write(MPU_RLAR, (plan[i].last & ~31u) | plan[i].attribute << 1 | 1u);
    }
    mmio_write(MPU_CTRL, 1);
    core_barrier();
}
