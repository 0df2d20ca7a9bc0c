/* Protected Memory System Architecture v8: one MPU for each Security state. */
#include "cpu/attribution.h"

#define MPU_CTRL_ENABLE     1u
#define MPU_CTRL_HFNMIENA   2u
#define MPU_CTRL_PRIVDEFENA 4u

bool mpu_bypassed(const struct cpu *cpu, bool secure)
{
    uint32_t ctrl = cpu->mpu[secure].ctrl;
    return (ctrl & MPU_CTRL_ENABLE) && !(ctrl & MPU_CTRL_HFNMIENA) && cpu->exec_priority < 0;
}

static bool default_device(uint32_t address)
{
    unsigned block = address >> 29;
    return block == 2 || block >= 5; /* 0x40000000, and from 0xA0000000 up */
}

static struct mpu_result default_map(uint32_t address)
{
    bool device = default_device(address);
    return (struct mpu_result){.read = true, .write = true, .execute = !device, .device = device};
}

static bool region_matches(const struct mpu_region *region, uint32_t address)
{
    return (region->rlar & 1u) && address >= (region->rbar & ~0x1fu) &&
           address <= (region->rlar | 0x1fu);
}

static bool region_device(const struct mpu *mpu, const struct mpu_region *region)
{
    unsigned index = region->rlar >> 1 & 7u;
    uint8_t attribute = (uint8_t)(mpu->mair[index >> 2] >> (index & 3u) * 8);
    return (attribute & 0xf0u) == 0;
}

struct mpu_result mpu_lookup(const struct cpu *cpu, uint32_t address, bool secure, bool privileged)
{
    const struct mpu *mpu = &cpu->mpu[secure];
    if (address_is_ppb(address) || !(mpu->ctrl & MPU_CTRL_ENABLE) || mpu_bypassed(cpu, secure))
        return default_map(address);
    struct mpu_result result = {0};
    for (unsigned i = 0; i < cpu->config.mpu_regions; i++) {
        if (!region_matches(&mpu->region[i], address))
            continue;
        if (result.region_valid)
            return (struct mpu_result){.several = true};
        result.region_valid = true;
        result.region = (uint8_t)i;
    }
    if (!result.region_valid) {
        if (privileged && (mpu->ctrl & MPU_CTRL_PRIVDEFENA))
            return default_map(address);
        return result;
    }
    const struct mpu_region *region = &mpu->region[result.region];
    bool allowed = privileged || (region->rbar & 2u); /* AP[0]: any privilege */
    result.read = allowed;
    result.write = allowed && !(region->rbar & 4u); /* AP[1]: read only */
    result.execute = allowed && !(region->rbar & 1u) && address < 0xe0000000u;
    result.device = region_device(mpu, region);
    return result;
}

bool mpu_page_uniform(const struct cpu *cpu, uint32_t page, bool secure)
{
    const struct mpu *mpu = &cpu->mpu[secure];
    uint32_t last = page + (TLB_PAGE - 1);
    if (!(mpu->ctrl & MPU_CTRL_ENABLE))
        return true;
    for (unsigned i = 0; i < cpu->config.mpu_regions; i++) {
        const struct mpu_region *region = &mpu->region[i];
        uint32_t base = region->rbar & ~0x1fu, limit = region->rlar | 0x1fu;
        if (!(region->rlar & 1u) || base > limit)
            continue;
        if ((base > page && base <= last) || (limit >= page && limit < last))
            return false;
    }
    return true;
}
