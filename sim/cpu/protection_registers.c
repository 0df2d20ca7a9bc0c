/* Registers of the MPUs (banked) and of the SAU (Secure only). Every write may change what a page
 * allows, so the translation caches are emptied. */
#include "cpu/memory.h"
#include "cpu/nvic.h"
#include "cpu/scs.h"

/* RBAR/RLAR and their aliases A1-A3, which address the other regions of the same group of four. */
static struct mpu_region *mpu_region_at(struct cpu *cpu, uint32_t offset, bool bank)
{
    struct mpu *mpu = &cpu->mpu[bank];
    uint32_t alias = (offset - 0xd9c) / 8;
    uint32_t number = alias ? (mpu->rnr & ~3u) + alias : mpu->rnr;
    return number < cpu->config.mpu_regions ? &mpu->region[number] : NULL;
}

static uint32_t mpu_read(struct cpu *cpu, uint32_t offset, bool bank)
{
    const struct mpu *mpu = &cpu->mpu[bank];
    switch (offset) {
    case 0xd90:
        return cpu->config.mpu_regions << 8;
    case 0xd94:
        return mpu->ctrl;
    case 0xd98:
        return mpu->rnr;
    case 0xdc0:
    case 0xdc4:
        return mpu->mair[(offset - 0xdc0) / 4];
    default:
        break;
    }
    if (offset > 0xdb8)
        return 0;
    const struct mpu_region *region = mpu_region_at(cpu, offset, bank);
    if (!region)
        return 0;
    return (offset - 0xd9c) & 4u ? region->rlar : region->rbar;
}

static void mpu_write(struct cpu *cpu, uint32_t offset, bool bank, uint32_t value)
{
    struct mpu *mpu = &cpu->mpu[bank];
    if (bank ? cpu->lock_smpu : cpu->lock_nsmpu)
        return;
    switch (offset) {
    case 0xd90:
        return;
    case 0xd94:
        mpu->ctrl = value & 1u ? value & 7u : value & 6u;
        break;
    case 0xd98:
        mpu->rnr = value & 0xffu;
        return;
    case 0xdc0:
    case 0xdc4:
        mpu->mair[(offset - 0xdc0) / 4] = value;
        break;
    default: {
        if (offset > 0xdb8)
            return;
        struct mpu_region *region = mpu_region_at(cpu, offset, bank);
        if (!region)
            return;
        if ((offset - 0xd9c) & 4u)
            region->rlar = value & 0xffffffefu;
        else
            region->rbar = value;
        break;
    }
    }
    tlb_flush(cpu);
    nvic_update(cpu);
}

static uint32_t sau_read(struct cpu *cpu, uint32_t offset)
{
    const struct sau *sau = &cpu->sau;
    switch (offset) {
    case 0xdd0:
        return sau->ctrl;
    case 0xdd4:
        return cpu->config.sau_regions;
    case 0xdd8:
        return sau->rnr;
    case 0xddc:
        return sau->rnr < cpu->config.sau_regions ? sau->rbar[sau->rnr] : 0;
    case 0xde0:
        return sau->rnr < cpu->config.sau_regions ? sau->rlar[sau->rnr] : 0;
    default:
        return 0;
    }
}

static void sau_write(struct cpu *cpu, uint32_t offset, uint32_t value)
{
    struct sau *sau = &cpu->sau;
    if (cpu->lock_sau)
        return;
    switch (offset) {
    case 0xdd0:
        sau->ctrl = value & 3u;
        break;
    case 0xdd8:
        sau->rnr = value & 0xffu;
        return;
    case 0xddc:
        if (sau->rnr < cpu->config.sau_regions)
            sau->rbar[sau->rnr] = value & ~0x1fu;
        break;
    case 0xde0:
        if (sau->rnr < cpu->config.sau_regions)
            sau->rlar[sau->rnr] = value & ~0x1cu;
        break;
    default:
        return;
    }
    tlb_flush(cpu);
}

uint32_t protection_read(struct cpu *cpu, uint32_t offset, bool bank)
{
    if (offset < 0xdd0)
        return mpu_read(cpu, offset, bank);
    return bank ? sau_read(cpu, offset) : 0;
}

void protection_write(struct cpu *cpu, uint32_t offset, bool bank, uint32_t value)
{
    if (offset < 0xdd0)
        mpu_write(cpu, offset, bank, value);
    else if (bank)
        sau_write(cpu, offset, value);
}
