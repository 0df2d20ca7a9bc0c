/* FPCCR, FPCAR, FPDSCR and MVFR0-2. */
#include "cpu/scs.h"

/* FPCCR as one Security state sees it: its own bank plus the shared bits. */
static uint32_t fpccr_read(const struct cpu *cpu, bool bank)
{
    uint32_t shared = cpu->fpccr[S] & ~FPCCR_BANKED;
    if (!bank && cpu->config.has_security) {
        shared &= FPCCR_LSPEN | FPCCR_CLRONRET | FPCCR_MONRDY | FPCCR_BFRDY | FPCCR_HFRDY;
        if (!(cpu->aircr & AIRCR_BFHFNMINS))
            shared &= ~(FPCCR_BFRDY | FPCCR_HFRDY);
    }
    return shared | (cpu->fpccr[bank] & FPCCR_BANKED);
}

static void fpccr_write(struct cpu *cpu, bool bank, uint32_t value)
{
    uint32_t shared = 0;
    bool secure = bank || !cpu->config.has_security;
    if (secure)
        shared = ~FPCCR_BANKED & 0xfc0007ffu;
    if (!secure && !(cpu->fpccr[S] & FPCCR_LSPENS))
        shared |= FPCCR_LSPEN;
    if (!secure && !(cpu->fpccr[S] & FPCCR_CLRONRETS))
        shared |= FPCCR_CLRONRET;
    if (!secure && (cpu->aircr & AIRCR_BFHFNMINS))
        shared |= FPCCR_BFRDY | FPCCR_HFRDY;
    cpu->fpccr[bank] = (cpu->fpccr[bank] & ~FPCCR_BANKED) | (value & FPCCR_BANKED);
    cpu->fpccr[S] = (cpu->fpccr[S] & ~shared) | (value & shared);
}

uint32_t fp_register_read(struct cpu *cpu, uint32_t offset, bool bank)
{
    if (!cpu->config.has_fpu)
        return 0;
    switch (offset) {
    case 0xf34:
        return fpccr_read(cpu, bank);
    case 0xf38:
        return cpu->fpcar[bank];
    case 0xf3c:
        return cpu->fpdscr[bank];
    case 0xf40:
        return 0x10110021; /* MVFR0: 16 double registers, single precision, divide, square root */
    case 0xf44:
        return 0x11000011; /* MVFR1: FMAC, half precision, default NaN, flush to zero */
    case 0xf48:
        return 0x00000040; /* MVFR2: VMAXNM, VRINT, VCVT, VSEL */
    default:
        return 0;
    }
}

void fp_register_write(struct cpu *cpu, uint32_t offset, bool bank, uint32_t value)
{
    if (!cpu->config.has_fpu)
        return;
    switch (offset) {
    case 0xf34:
        fpccr_write(cpu, bank, value);
        break;
    case 0xf38:
        cpu->fpcar[bank] = value & ~7u;
        break;
    case 0xf3c:
        cpu->fpdscr[bank] = value & 0x07c00000u;
        break;
    default:
        break;
    }
}
