/* DBGMCU in the private peripheral bus (RM0456 75.12) and a debugger as the bench plays it.
 *
 * The freeze bits count while soc_debug_halt holds the core. The I2C ones stop SMBus time-outs,
 * which are not modelled. The simulator's own GDB port stops virtual time for everything instead.
 * Reset by power-on only.
 */
#include "soc/soc_state.h"

#define IDCODE      0x30016482u /* revision W */
#define SR_OFS      0x0FCu
#define HOST_OFS    0x100u
#define DEVICE_OFS  0x104u
#define AP_ENABLED  1u
#define TAMPER_JTAG 6u

static const struct {
    uint32_t offset, writable;
} registers[SOC_DBGMCU_REGISTERS] = {
    {DBGMCU_CR_OFS, 0x000000F6u},       {DBGMCU_APB1FZR1_OFS, 0x0060183Fu},
    {DBGMCU_APB1FZR2_OFS, 0x00000222u}, {DBGMCU_APB2FZR_OFS, 0x00072800u},
    {DBGMCU_APB3FZR_OFS, 0x400E0400u},  {DBGMCU_AHB1FZR_OFS, 0x0000FFFFu},
    {DBGMCU_AHB3FZR_OFS, 0x0000000Fu},
};

/* What the chip says of itself to the holder of a password; erratum 2.2.7: nothing at RDP 0. */
static uint32_t device_id(const struct soc *soc)
{
    const uint32_t *uid = soc->config.nvm.unique_id;

    return soc_rdp_level(soc->flash.loaded.optr) == 0 ? 0 : uid[0] ^ uid[1] ^ uid[2];
}

static uint32_t read(const struct soc *soc, uint32_t offset)
{
    switch (offset) {
    case DBGMCU_IDCODE_OFS:
        return IDCODE;
    case SR_OFS:
        return soc_rdp_level(soc->flash.loaded.optr) == 3 ? 0 : AP_ENABLED;
    case DEVICE_OFS:
        return device_id(soc);
    default:
        for (unsigned i = 0; i < SOC_DBGMCU_REGISTERS; i++) {
            if (registers[i].offset == offset) {
                return soc->dbgmcu[i];
            }
        }
        return 0;
    }
}

bool soc_debug_frozen(const struct soc *soc, uint32_t freeze_register, unsigned bit)
{
    return soc->debug_halted && ((read(soc, freeze_register) >> bit) & 1u);
}

static void follow(struct soc *soc)
{
    soc_after_clock_change(soc);
    soc_rtc_follow_debugger(soc);
    soc_dma_follow_debugger(soc);
}

void soc_debug_halt(struct soc *soc, bool halted)
{
    if (halted != soc->debug_halted) {
        soc_before_clock_change(soc);
        soc->debug_halted = halted;
        follow(soc);
    }
}

static void write_freeze(struct soc *soc, unsigned index, uint32_t value)
{
    if (soc->debug_halted) {
        soc_before_clock_change(soc);
    }
    soc->dbgmcu[index] = value & registers[index].writable;
    if (soc->debug_halted) {
        follow(soc);
    }
}

enum bus_status soc_dbgmcu_access(struct soc *soc, uint32_t offset, struct bus_attr attr,
                                  uint32_t *value, bool write)
{
    if (attr.unprivileged) {
        return BUS_ERROR; /* the private peripheral bus is privileged */
    }
    if (!write) {
        *value = read(soc, offset);
        return BUS_OK;
    }
    for (unsigned i = 0; i < SOC_DBGMCU_REGISTERS; i++) {
        if (registers[i].offset == offset) {
            write_freeze(soc, i, *value);
        }
    }
    return BUS_OK;
}

bool soc_debug_attach(struct soc *soc)
{
    unsigned level = soc_rdp_level(soc->flash.loaded.optr);

    if (level == 3) {
        return false;
    }
    if (level == 2) {
        soc->intrusion = true;
        cpu_tlb_flush(soc->cpu);
        cpu_code_flush(soc->cpu, soc->config.nvm.flash, SOC_FLASH_SIZE);
    }
    if (level > 0) {
        soc_internal_tamper(soc, TAMPER_JTAG);
    }
    return true;
}
