/* The bus matrix: finds what lies at an address, applies the firewall in front of it, and passes
 * the access on. Forbidden data accesses read zero and are ignored; forbidden fetches are bus
 * errors.
 */
#include "soc/soc_state.h"

#include <assert.h>
#include <string.h>

#define ALIAS_BIT 0x10000000u

/* The three stretches of peripheral space that hold blocks, in KiB units. */
static const struct {
    uint32_t base;
    uint32_t kib;
} stretches[3] = {{0x40000000u, 256}, {0x42000000u, 1024}, {0x46000000u, 256}};

static int stretch_of(uint32_t address, uint32_t *kib)
{
    for (int i = 0; i < 3; i++) {
        *kib = (address - stretches[i].base) >> 10;
        if (address >= stretches[i].base && *kib < stretches[i].kib) {
            return i;
        }
    }
    return -1;
}

static const struct soc_block *find_block(const struct soc *soc, uint32_t address)
{
    uint32_t kib;
    int stretch = stretch_of(address & ~ALIAS_BIT, &kib);
    unsigned number = stretch < 0 ? 0 : soc->block_index[stretch][kib];

    return number == 0 ? NULL : &soc_blocks[number - 1];
}

static void index_blocks(struct soc *soc)
{
    assert(soc_block_count < 255);
    for (unsigned i = 0; i < soc_block_count; i++) {
        for (uint32_t done = 0; done < soc_blocks[i].size; done += 0x400) {
            uint32_t kib;
            int stretch = stretch_of(soc_blocks[i].base + done, &kib);

            assert(stretch >= 0 && soc->block_index[stretch][kib] == 0);
            soc->block_index[stretch][kib] = (uint8_t)(i + 1);
        }
    }
}

bool soc_block_clocked(struct soc *soc, const struct soc_block *block)
{
    return block->clock_reg == 0 ||
           ((soc->rcc.r[block->clock_reg / 4] >> block->clock_bit) & 1u) != 0;
}

/* The firewall stub in front of a block. True: pass. */
static bool block_allows(struct soc *soc, const struct soc_block *block, struct bus_attr attr)
{
    bool secure, privileged;

    switch (block->rule) {
    case RULE_AWARE:
        return true;
    case RULE_SECURE:
        secure = soc->tzen;
        privileged = true;
        break;
    default:
        secure = soc_tzsc_secure(soc, block->place);
        privileged = soc_tzsc_privileged(soc, block->place);
        break;
    }
    if (secure && attr.nonsecure) {
        soc_ilac(soc, block->place);
        return false;
    }
    return !(privileged && attr.unprivileged);
}

static enum bus_status block_access(struct soc *soc, const struct soc_block *block,
                                    uint32_t address, unsigned size, struct bus_attr attr,
                                    uint32_t *value, bool write)
{
    uint32_t offset = (address & ~ALIAS_BIT) - block->base;
    struct soc_access access = {attr.nonsecure, attr.unprivileged, (uint8_t)size};
    uint32_t shift = block->raw_size ? 0 : 8 * (offset & 3u);
    uint32_t mask = size == 4 ? 0xFFFFFFFFu : (1u << (8 * size)) - 1u;
    uint32_t aligned = block->raw_size ? offset : offset & ~3u;

    if (soc->power == POWER_STOP) {
        soc_leave_stop(soc); /* only a processor that has woken up comes here */
    }
    if (attr.fetch) {
        soc_guest_error(soc, block->base, "instruction fetch from %s", block->name);
        return BUS_ERROR;
    }
    if (!block_allows(soc, block, attr)) {
        soc_guest_error(soc, block->base + 1, "%s %s of %s from %s, %s code is refused",
                        write ? "write" : "read", attr.nonsecure ? "non-secure" : "secure",
                        block->name, attr.nonsecure ? "non-secure" : "secure",
                        attr.unprivileged ? "unprivileged" : "privileged");
        *value = 0;
        return BUS_OK;
    }
    if (!soc_block_clocked(soc, block)) {
        soc_guest_error(soc, block->base + 2, "access to %s (offset 0x%03x) while its clock is off",
                        block->name, offset);
        *value = 0;
        return BUS_OK;
    }
    if (!write) {
        uint32_t word = block->read(soc, block, aligned, access);

        *value = (word >> shift) & mask;
        return BUS_OK;
    }
    if (size != 4 && !block->raw_size) {
        uint32_t word = block->read(soc, block, aligned, access);

        *value = (word & ~(mask << shift)) | (*value & mask) << shift;
    }
    soc->bus_error = false;
    block->write(soc, block, aligned, *value, access);
    return soc->bus_error ? BUS_ERROR : BUS_OK;
}

static enum bus_status bkpsram_access(struct soc *soc, uint32_t offset, unsigned size,
                                      struct bus_attr attr, uint32_t *value, bool write)
{
    if (!soc_mpcwm_allows(soc, 4, offset, attr)) {
        *value = 0;
        return attr.fetch ? BUS_ERROR : BUS_OK;
    }
    if (!((soc->rcc.r[RCC_AHB1ENR_OFS / 4] >> RCC_AHB1ENR_BKPSRAMEN_Pos) & 1u)) {
        soc_guest_error(soc, BKPSRAM_NS, "BKPSRAM access while its clock is off");
        *value = 0;
    } else if (soc->intrusion || soc_tamp_blocks_bkpsram(soc)) {
        *value = 0;
    } else if (!write) {
        *value = 0;
        memcpy(value, soc->bkpsram + offset, size);
        soc_sram_ecc_read(soc, 4, offset, size, value);
    } else if (soc_backup_writable(soc)) {
        soc_sram_ecc_write(soc, 4, offset, size);
        memcpy(soc->bkpsram + offset, value, size);
    } else {
        soc_guest_error(soc, BKPSRAM_NS + 1, "BKPSRAM write while PWR_DBPR.DBP = 0");
    }
    return BUS_OK;
}

static enum bus_status nothing_there(struct soc *soc, uint32_t address, struct bus_attr attr,
                                     uint32_t *value, bool write)
{
    soc_guest_error(soc, address & ~0x3FFu, "%s at 0x%08x, where nothing is",
                    attr.fetch ? "fetch" : (write ? "write" : "read"), address);
    *value = 0;
    /* Holes between peripherals read zero; anywhere else nobody answers. */
    return !attr.fetch && (address & ~ALIAS_BIT) >> 28 == 4 ? BUS_OK : BUS_ERROR;
}

/* Which SRAM (0..3 = SRAM1..4) an address names, on the S-bus or the C-bus. */
static bool sram_of(uint32_t address, unsigned *memory, uint32_t *offset)
{
    uint32_t plain = address & ~ALIAS_BIT;
    uint32_t linear;

    if (plain >= SRAM1_NS && plain < SRAM1_NS + 0xC0000u) {
        linear = plain - SRAM1_NS;
    } else if ((address & 0xFFF00000u) == 0x0A000000u || (address & 0xFFF00000u) == 0x0E000000u) {
        linear = address & 0xFFFFFu;
        if (linear >= 0xC0000u) {
            return false;
        }
    } else if (plain >= SRAM4_NS && plain < SRAM4_NS + 0x4000u) {
        *memory = 3;
        *offset = plain - SRAM4_NS;
        return true;
    } else {
        return false;
    }
    *memory = linear < 0x30000u ? 0 : (linear < 0x40000u ? 1 : 2);
    *offset = linear - (*memory == 0 ? 0 : (*memory == 1 ? 0x30000u : 0x40000u));
    return true;
}

/* Offset in the flash array, either alias. */
static bool flash_of(uint32_t address, uint32_t *offset)
{
    *offset = address & 0x1FFFFFu;
    return (address & 0xFFE00000u) == FLASH_NS || (address & 0xFFE00000u) == FLASH_S;
}

static bool system_memory_at(uint32_t address)
{
    return (address >= 0x0BF90000u && address < 0x0BFB0000u) ||
           (address >= 0x0FF80000u && address < 0x0FFB0000u);
}

static enum bus_status access_at(struct soc *soc, uint32_t address, unsigned size,
                                 struct bus_attr attr, uint32_t *value, bool write)
{
    unsigned memory;
    uint32_t offset;
    const struct soc_block *block;

    if (sram_of(address, &memory, &offset)) {
        return soc_sram_access(soc, memory, offset, size, attr, value, write);
    }
    if (flash_of(address, &offset)) {
        return write ? soc_flash_store(soc, offset, size, attr, *value)
                     : soc_flash_fetch_or_read(soc, offset, size, attr, value);
    }
    if (system_memory_at(address)) {
        return soc_system_memory(soc, address, size, attr, value, write);
    }
    if ((address & ~ALIAS_BIT) - BKPSRAM_NS < 0x800u) {
        return bkpsram_access(soc, (address & ~ALIAS_BIT) - BKPSRAM_NS, size, attr, value, write);
    }
    if (address >= 0x90000000u && address < 0xA0000000u) {
        return soc_octospi_memory(soc, 0, address - 0x90000000u, size, attr, value, write);
    }
    if (address >= 0x70000000u && address < 0x80000000u) {
        return soc_octospi_memory(soc, 1, address - 0x70000000u, size, attr, value, write);
    }
    if ((address & 0xFFFFF000u) == 0xE0044000u) {
        return soc_dbgmcu_access(soc, address & 0xFFFu, attr, value, write);
    }
    if ((address & ~ALIAS_BIT) >> 28 == 4) {
        block = find_block(soc, address);
        if (block != NULL) {
            return block_access(soc, block, address, size, attr, value, write);
        }
    }
    return nothing_there(soc, address, attr, value, write);
}

enum bus_status soc_bus_read(void *context, uint32_t address, unsigned size, struct bus_attr attr,
                             uint32_t *value)
{
    *value = 0;
    return access_at(context, address, size, attr, value, false);
}

enum bus_status soc_bus_write(void *context, uint32_t address, unsigned size, struct bus_attr attr,
                              uint32_t value)
{
    return access_at(context, address, size, attr, &value, true);
}

static bool bus_map(void *context, uint32_t address, struct bus_attr attr,
                    struct bus_window *window)
{
    struct soc *soc = context;
    unsigned memory;
    uint32_t offset;

    if (sram_of(address, &memory, &offset)) {
        return soc_sram_map(soc, memory, offset, attr, address, window);
    }
    if (flash_of(address, &offset)) {
        return soc_flash_map(soc, offset, attr, address, window);
    }
    return false;
}

/* RM0456 figure 4: the secure half of each aliased range is non-secure callable. */
static struct idau_result bus_idau(void *context, uint32_t address)
{
    const struct soc *soc = context;
    struct idau_result result = {IDAU_NONSECURE, false, 0};

    if (address >= 0xE0000000u) {
        result.kind = IDAU_EXEMPT;
    } else if (soc->tzen && ((address >= 0x0C000000u && address < 0x10000000u) ||
                             (address >> 28) == 3 || (address >> 28) == 5)) {
        result.kind = IDAU_NSC;
    }
    return result;
}

void soc_bus_functions(struct soc *soc, struct cpu_bus *bus)
{
    *bus = (struct cpu_bus){.context = soc,
                            .read = soc_bus_read,
                            .write = soc_bus_write,
                            .map = bus_map,
                            .idau = bus_idau};
}

void soc_bus_init(struct soc *soc, struct cpu_bus *bus)
{
    index_blocks(soc);
    soc_bus_functions(soc, bus);
}
