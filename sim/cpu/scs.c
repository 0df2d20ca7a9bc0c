/* Address decoding of the private peripheral bus, and the rules common to all its registers:
 * privileged only, the Secure view's alias of the Non-secure bank at 0xE002E000, sub-word access.
 */
#include "cpu/scs.h"

#include "cpu/debug.h"
#include "cpu/lockup.h"
#include "cpu/systick.h"

static uint32_t word_read(struct cpu *cpu, uint32_t offset, bool bank)
{
    switch (offset) {
    case 0x004: /* ICTR */
        return cpu->config.irq_count ? (cpu->config.irq_count - 1) / 32 : 0;
    case 0x008: /* ACTLR */
        return 0;
    case 0x010:
    case 0x014:
    case 0x018:
    case 0x01c:
        return systick_read(cpu, bank, offset - 0x010);
    default:
        break;
    }
    if (offset >= 0x100 && offset < 0x600)
        return nvic_register_read(cpu, offset, bank);
    if (offset >= 0xd90 && offset < 0xdf0 && offset != 0xde4 && offset != 0xde8)
        return protection_read(cpu, offset, bank);
    if (offset >= 0xf34 && offset < 0xf4c)
        return fp_register_read(cpu, offset, bank);
    if ((offset >= 0xdf0 && offset < 0xf00) || offset == 0xfb8 || offset == 0xd30)
        return debug_read(cpu, 0xe000e000u + offset, bank);
    return scb_read(cpu, offset, bank);
}

static void word_write(struct cpu *cpu, uint32_t offset, bool bank, uint32_t value, uint32_t mask)
{
    if (offset >= 0x010 && offset < 0x020)
        systick_write(cpu, bank, offset - 0x010, value);
    else if (offset >= 0x100 && offset < 0x600)
        nvic_register_write(cpu, offset, bank, value, mask);
    else if ((offset >= 0xd90 && offset < 0xdf0 && offset != 0xde4 && offset != 0xde8))
        protection_write(cpu, offset, bank, value);
    else if (offset == 0xf00)
        nvic_software_trigger(cpu, bank, value);
    else if (offset >= 0xf34 && offset < 0xf4c)
        fp_register_write(cpu, offset, bank, value);
    else if ((offset >= 0xdf0 && offset < 0xf00) || offset == 0xd30)
        debug_write(cpu, 0xe000e000u + offset, bank, value);
    else if (offset >= 0xd18 && offset < 0xd24)
        scb_write_priority(cpu, offset, bank, value, mask);
    else if (offset != 0x008)
        scb_write(cpu, offset, bank, value);
}

/* True and *bank set if the address is in the SCS or, from Secure state, its Non-secure alias. */
static bool in_scs(const struct cpu *cpu, uint32_t address, bool secure, bool *bank, bool *hidden)
{
    *bank = secure;
    *hidden = false;
    if ((address & 0xfffff000u) == 0xe000e000u)
        return true;
    if ((address & 0xfffff000u) == 0xe002e000u && cpu->config.has_security) {
        *hidden = !secure; /* RAZ/WI for Non-secure software */
        *bank = false;
        return true;
    }
    return false;
}

/* The software trigger register may be opened to unprivileged code by CCR.USERSETMPEND. */
static bool refused(const struct cpu *cpu, uint32_t address, bool bank, bool privileged, bool write)
{
    if (privileged)
        return false;
    return !(write && (address & 0xfffu) == 0xf00 && (cpu->ccr[bank] & CCR_USERSETMPEND));
}

bool scs_read(struct cpu *cpu, uint32_t address, unsigned size, bool secure, bool privileged,
              uint32_t *value)
{
    bool bank, hidden;
    uint32_t word;
    *value = 0;
    bool scs = in_scs(cpu, address, secure, &bank, &hidden);
    if (refused(cpu, address, bank, privileged, false))
        return false;
    if (hidden)
        return true;
    if (scs)
        word = word_read(cpu, address & 0xffcu, bank);
    else if ((address & 0xfffff000u) == 0xe0001000u || (address & 0xfffff000u) == 0xe0002000u)
        word = debug_read(cpu, address & ~3u, secure);
    else if ((address & 0xffffe000u) == 0xe0000000u || (address & 0xfff00000u) == 0xe0000000u)
        word = 0; /* ITM, ROM table, trace units: not modelled, read as zero */
    else
        return false;
    word >>= (address & 3u) * 8;
    *value = size == 4 ? word : word & ((1u << size * 8) - 1);
    return true;
}

bool scs_write(struct cpu *cpu, uint32_t address, unsigned size, bool secure, bool privileged,
               uint32_t value)
{
    bool bank, hidden;
    bool scs = in_scs(cpu, address, secure, &bank, &hidden);
    if (refused(cpu, address, bank, privileged, true))
        return false;
    if (hidden)
        return true;
    uint32_t shift = (address & 3u) * 8, mask = 0xffffffffu;
    if (size < 4) {
        mask = ((1u << size * 8) - 1) << shift;
        value = value << shift & mask;
    }
    if (scs)
        word_write(cpu, address & 0xffcu, bank, value, mask);
    else if ((address & 0xfffff000u) == 0xe0001000u || (address & 0xfffff000u) == 0xe0002000u)
        debug_write(cpu, address & ~3u, secure, value);
    cpu->leave = true;
    cpu->recheck = true;
    return true;
}
