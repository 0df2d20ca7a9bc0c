/* System Control Block: identification, ICSR, VTOR, AIRCR, SCR, CCR, SHPR, SHCSR, fault status. */
#include "cpu/attribution.h"
#include "cpu/debug.h"
#include "cpu/lockup.h"
#include "cpu/nvic.h"
#include "cpu/scs.h"

#define AIRCR_KEY 0x05fau

#define SCR_SLEEPDEEP  4u
#define SCR_SLEEPDEEPS 8u
#define SCR_BANKED     0x12u /* SLEEPONEXIT, SEVONPEND */

static bool faults_nonsecure(const struct cpu *cpu)
{
    return !cpu->config.has_security || (cpu->aircr & AIRCR_BFHFNMINS);
}

/* --- ICSR ---------------------------------------------------------------------------------- */

static uint32_t icsr_read(struct cpu *cpu, bool bank)
{
    struct nvic_pending highest = nvic_highest(cpu);
    uint32_t value = cpu->exception;
    /* Hiding the number of a Secure exception from Non-secure software came with Armv8.1-M. */
    value |= highest.exception << 12;
    if (nvic_single_active(cpu))
        value |= 1u << 11; /* RETTOBASE */
    for (unsigned word = 0; word < IRQ_WORDS; word++)
        if (cpu->irq_pending[word] & cpu->irq_enabled[word])
            value |= 1u << 22; /* ISRPENDING */
    if (nvic_is_pending(cpu, EXC_SYSTICK, bank))
        value |= 1u << 26;
    if (nvic_is_pending(cpu, EXC_PENDSV, bank))
        value |= 1u << 28;
    if (nvic_is_pending(cpu, EXC_NMI, false) && (bank || faults_nonsecure(cpu)))
        value |= 1u << 31;
    return value;
}

static void icsr_write(struct cpu *cpu, bool bank, uint32_t value)
{
    if (value & 1u << 25)
        nvic_clear_pending(cpu, EXC_SYSTICK, bank);
    else if (value & 1u << 26)
        nvic_set_pending(cpu, EXC_SYSTICK, bank);
    if (value & 1u << 27)
        nvic_clear_pending(cpu, EXC_PENDSV, bank);
    else if (value & 1u << 28)
        nvic_set_pending(cpu, EXC_PENDSV, bank);
    if (bank || faults_nonsecure(cpu)) {
        if (value & 1u << 31)
            nvic_set_pending(cpu, EXC_NMI, false);
        else if (value & 1u << 30)
            nvic_clear_pending(cpu, EXC_NMI, false);
    }
}

/* --- AIRCR --------------------------------------------------------------------------------- */

static uint32_t aircr_read(const struct cpu *cpu, bool bank)
{
    uint32_t value = 0xfa050000u | cpu->prigroup[bank] << 8;
    if (bank)
        value |= cpu->aircr;
    else
        value |= cpu->aircr & AIRCR_BFHFNMINS;
    return value;
}

static void aircr_write(struct cpu *cpu, bool bank, uint32_t value)
{
    if (value >> 16 != AIRCR_KEY)
        return;
    bool secure_allowed = bank || !cpu->config.has_security;
    if ((value & 4u) && (secure_allowed || !(cpu->aircr & AIRCR_SYSRESETREQS))) {
        if (cpu->config.reset_request)
            cpu->config.reset_request(cpu->config.context);
        cpu->leave = true;
    }
    cpu->prigroup[bank] = value >> 8 & 7u;
    if (bank && !cpu->lock_svtaircr) {
        uint32_t kept = AIRCR_SYSRESETREQS | AIRCR_BFHFNMINS | AIRCR_PRIS;
        cpu->aircr = value & kept;
    }
    nvic_update(cpu);
}

/* --- SHPR, SHCSR --------------------------------------------------------------------------- */

/* Whether the bank may see a system exception's configuration. */
static bool exception_visible(const struct cpu *cpu, unsigned exception, bool bank)
{
    if (bank || nvic_is_banked(exception))
        return true;
    return !nvic_target(cpu, exception, bank);
}

static bool has_priority(unsigned exception)
{
    return (exception >= EXC_MEMMANAGE && exception <= EXC_SECUREFAULT) ||
           exception == EXC_SVCALL || exception == EXC_DEBUGMON || exception >= EXC_PENDSV;
}

static uint8_t *priority_at(struct cpu *cpu, unsigned exception, bool bank)
{
    if (!has_priority(exception) || !exception_visible(cpu, exception, bank))
        return NULL;
    return &cpu->sys_priority[nvic_is_banked(exception) && bank][exception];
}

static uint32_t shpr_read(struct cpu *cpu, uint32_t offset, bool bank)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; i++) {
        const uint8_t *priority = priority_at(cpu, offset - 0xd18 + 4 + i, bank);
        if (priority)
            value |= (uint32_t)*priority << 8 * i;
    }
    return value;
}

static void shpr_write(struct cpu *cpu, uint32_t offset, bool bank, uint32_t value, uint32_t mask)
{
    for (unsigned i = 0; i < 4; i++) {
        uint8_t *priority = priority_at(cpu, offset - 0xd18 + 4 + i, bank);
        if (priority && (mask >> 8 * i & 0xffu))
            *priority = (uint8_t)(value >> 8 * i) & (uint8_t)(0xff00u >> cpu->config.priority_bits);
    }
    nvic_update(cpu);
}

/* Bits of SHCSR: what they show, of which exception. */
enum shcsr_kind { SHCSR_ACTIVE, SHCSR_PENDED, SHCSR_ENABLED };
static const struct shcsr_bit {
    uint8_t bit, exception, kind;
} shcsr_bits[] = {
    {0, EXC_MEMMANAGE, SHCSR_ACTIVE},    {1, EXC_BUSFAULT, SHCSR_ACTIVE},
    {2, EXC_HARDFAULT, SHCSR_ACTIVE},    {3, EXC_USAGEFAULT, SHCSR_ACTIVE},
    {4, EXC_SECUREFAULT, SHCSR_ACTIVE},  {5, EXC_NMI, SHCSR_ACTIVE},
    {7, EXC_SVCALL, SHCSR_ACTIVE},       {8, EXC_DEBUGMON, SHCSR_ACTIVE},
    {10, EXC_PENDSV, SHCSR_ACTIVE},      {11, EXC_SYSTICK, SHCSR_ACTIVE},
    {12, EXC_USAGEFAULT, SHCSR_PENDED},  {13, EXC_MEMMANAGE, SHCSR_PENDED},
    {14, EXC_BUSFAULT, SHCSR_PENDED},    {15, EXC_SVCALL, SHCSR_PENDED},
    {16, EXC_MEMMANAGE, SHCSR_ENABLED},  {17, EXC_BUSFAULT, SHCSR_ENABLED},
    {18, EXC_USAGEFAULT, SHCSR_ENABLED}, {19, EXC_SECUREFAULT, SHCSR_ENABLED},
    {20, EXC_SECUREFAULT, SHCSR_PENDED}, {21, EXC_HARDFAULT, SHCSR_PENDED},
};
#define SHCSR_COUNT (sizeof shcsr_bits / sizeof *shcsr_bits)

static uint32_t shcsr_read(const struct cpu *cpu, bool bank)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < SHCSR_COUNT; i++) {
        const struct shcsr_bit *b = &shcsr_bits[i];
        if (!exception_visible(cpu, b->exception, bank))
            continue;
        bool slot = nvic_is_banked(b->exception) && bank;
        uint32_t state = b->kind == SHCSR_ACTIVE   ? cpu->sys_active[slot]
                         : b->kind == SHCSR_PENDED ? cpu->sys_pending[slot]
                                                   : cpu->sys_enabled[slot];
        value |= (state >> b->exception & 1u) << b->bit;
    }
    return value;
}

static void shcsr_write(struct cpu *cpu, bool bank, uint32_t value)
{
    for (unsigned i = 0; i < SHCSR_COUNT; i++) {
        const struct shcsr_bit *b = &shcsr_bits[i];
        if (!exception_visible(cpu, b->exception, bank))
            continue;
        if ((b->exception == EXC_NMI || b->exception == EXC_HARDFAULT) && b->kind == SHCSR_ACTIVE) {
            /* Only clearing is possible, and only in the documented case of BFHFNMINS. */
            continue;
        }
        bool slot = nvic_is_banked(b->exception) && bank;
        uint32_t *state = b->kind == SHCSR_ACTIVE   ? &cpu->sys_active[slot]
                          : b->kind == SHCSR_PENDED ? &cpu->sys_pending[slot]
                                                    : &cpu->sys_enabled[slot];
        *state &= ~(1u << b->exception);
        *state |= (value >> b->bit & 1u) << b->exception;
    }
    nvic_update(cpu);
}

/* --- the rest ------------------------------------------------------------------------------ */

static uint32_t cfsr_read(const struct cpu *cpu, bool bank)
{
    uint32_t value = cpu->cfsr[bank] & ~CFSR_BFSR_MASK;
    if (bank || faults_nonsecure(cpu))
        value |= cpu->cfsr[NS] & CFSR_BFSR_MASK;
    return value;
}

static void cfsr_write(struct cpu *cpu, bool bank, uint32_t value)
{
    cpu->cfsr[bank] &= ~(value & ~CFSR_BFSR_MASK);
    if (bank || faults_nonsecure(cpu))
        cpu->cfsr[NS] &= ~(value & CFSR_BFSR_MASK);
}

static uint32_t identification(uint32_t offset)
{
    /* ID_PFR0 .. ID_ISAR5, CLIDR, CTR of the Cortex-M33 without caches. */
    static const uint32_t values[] = {0x00000030, 0x00000210, 0x00200000, 0x00000000,
                                      0x00101f40, 0x00000000, 0x01000000, 0x00000000,
                                      0x01101110, 0x02212000, 0x20232232, 0x01111131,
                                      0x01310132, 0x00000000, 0x00000000, 0x8000c000};
    uint32_t index = (offset - 0xd40) / 4;
    return index < sizeof values / sizeof *values ? values[index] : 0;
}

uint32_t scb_read(struct cpu *cpu, uint32_t offset, bool bank)
{
    switch (offset) {
    case 0xd00:
        return cpu->config.cpuid;
    case 0xd04:
        return icsr_read(cpu, bank);
    case 0xd08:
        return cpu->vtor[bank];
    case 0xd0c:
        return aircr_read(cpu, bank);
    case 0xd10: /* SLEEPDEEPS is Secure only; with it set Non-secure sees SLEEPDEEP as zero */
        if (!bank && (cpu->scr[S] & SCR_SLEEPDEEPS))
            return cpu->scr[NS] & ~SCR_SLEEPDEEP;
        return cpu->scr[bank];
    case 0xd14:
        return cpu->ccr[bank] | 0x200u |
               ((bank || faults_nonsecure(cpu)) ? cpu->ccr[NS] & CCR_BFHFNMIGN : 0);
    case 0xd18:
    case 0xd1c:
    case 0xd20:
        return shpr_read(cpu, offset, bank);
    case 0xd24:
        return shcsr_read(cpu, bank);
    case 0xd28:
        return cfsr_read(cpu, bank);
    case 0xd2c:
        return bank || faults_nonsecure(cpu) ? cpu->hfsr : 0;
    case 0xd34:
        return cpu->mmfar[bank];
    case 0xd38:
        return bank || faults_nonsecure(cpu) ? cpu->bfar : 0;
    case 0xd88:
        return cpu->cpacr[bank];
    case 0xd8c:
        return bank ? cpu->nsacr : cpu->nsacr | 0xcffu;
    case 0xde4:
        return bank ? cpu->sfsr : 0;
    case 0xde8:
        return bank ? cpu->sfar : 0;
    case 0xfb4:
        return 0;
    default:
        return offset >= 0xd40 && offset < 0xd88 ? identification(offset) : 0;
    }
}

static void ccr_write(struct cpu *cpu, bool bank, uint32_t value)
{
    uint32_t banked = CCR_USERSETMPEND | CCR_UNALIGN_TRP | CCR_DIV_0_TRP | CCR_STKOFHFNMIGN;
    cpu->ccr[bank] = (cpu->ccr[bank] & ~banked) | (value & banked);
    if (bank || faults_nonsecure(cpu))
        cpu->ccr[NS] = (cpu->ccr[NS] & ~CCR_BFHFNMIGN) | (value & CCR_BFHFNMIGN);
}

static void vtor_write(struct cpu *cpu, bool bank, uint32_t value)
{
    if (bank ? !cpu->lock_svtaircr : !cpu->lock_nsvtor)
        cpu->vtor[bank] = value & 0xffffff80u;
}

/* SLEEPDEEP is one bit for both states; it is kept equal in both copies. */
static void scr_write(struct cpu *cpu, bool bank, uint32_t value)
{
    uint32_t deep = value & SCR_SLEEPDEEP;
    cpu->scr[bank] = (cpu->scr[bank] & ~SCR_BANKED) | (value & SCR_BANKED);
    if (bank)
        cpu->scr[S] = (cpu->scr[S] & ~SCR_SLEEPDEEPS) | (value & SCR_SLEEPDEEPS);
    else if (cpu->scr[S] & SCR_SLEEPDEEPS)
        return;
    cpu->scr[NS] = (cpu->scr[NS] & ~SCR_SLEEPDEEP) | deep;
    cpu->scr[S] = (cpu->scr[S] & ~SCR_SLEEPDEEP) | deep;
}

void scb_write(struct cpu *cpu, uint32_t offset, bool bank, uint32_t value)
{
    switch (offset) {
    case 0xd04:
        icsr_write(cpu, bank, value);
        break;
    case 0xd08:
        vtor_write(cpu, bank, value);
        break;
    case 0xd0c:
        aircr_write(cpu, bank, value);
        break;
    case 0xd10:
        scr_write(cpu, bank, value);
        break;
    case 0xd14:
        ccr_write(cpu, bank, value);
        break;
    case 0xd24:
        shcsr_write(cpu, bank, value);
        break;
    case 0xd28:
        cfsr_write(cpu, bank, value);
        break;
    case 0xd2c:
        if (bank || faults_nonsecure(cpu))
            cpu->hfsr &= ~value;
        break;
    case 0xd34:
        cpu->mmfar[bank] = value;
        break;
    case 0xd38:
        if (bank || faults_nonsecure(cpu))
            cpu->bfar = value;
        break;
    case 0xd88:
        cpu->cpacr[bank] = value & 0x00f0ffffu;
        break;
    case 0xd8c:
        if (bank)
            cpu->nsacr = value & 0xcffu;
        break;
    case 0xde4:
        if (bank)
            cpu->sfsr &= ~value;
        break;
    case 0xde8:
        if (bank)
            cpu->sfar = value;
        break;
    default:
        break;
    }
}

void scb_write_priority(struct cpu *cpu, uint32_t offset, bool bank, uint32_t value, uint32_t mask)
{
    shpr_write(cpu, offset, bank, value, mask);
}
