/* Self-hosted debug unit: DebugMonitor rules, BKPT, FPB comparators, registers of DWT and FPB.
 * MON_STEP and DWT watchpoints are registers only. */
#include "cpu/debug.h"

#include "cpu/code_cache.h"
#include "cpu/helpers.h"
#include "cpu/lockup.h"
#include "cpu/nvic.h"

#define DEMCR_MON_EN   (1u << 16)
#define DEMCR_MON_PEND (1u << 17)
#define DEMCR_MON_STEP (1u << 18)
#define DEMCR_MON_REQ  (1u << 19)
#define DEMCR_SDME     (1u << 20)
#define DEMCR_TRCENA   (1u << 24)
#define DEMCR_MON      (DEMCR_MON_EN | DEMCR_MON_PEND | DEMCR_MON_STEP | DEMCR_MON_REQ)
#define DEMCR_KEPT     (DEMCR_MON_EN | DEMCR_MON_STEP | DEMCR_MON_REQ | DEMCR_TRCENA | 0xff1u)
#define DFSR_BKPT      2u
#define FPB_CTRL_RESET 0x10000080u
#define DWT_CYCCNTENA  1u

/* SecureDebugMonitorAllowed(). */
static bool secure_monitor_allowed(const struct cpu *cpu)
{
    if (!cpu->config.has_security)
        return false;
    return cpu->dauthctrl & 1u ? cpu->dauthctrl >> 1 & 1u : cpu->dbgen && cpu->spiden;
}

bool debug_monitor_secure(const struct cpu *cpu)
{
    /* Frozen while the exception is pending or active. */
    uint32_t busy = (cpu->sys_pending[0] | cpu->sys_active[0]) >> EXC_DEBUGMON & 1u;
    return busy ? (cpu->demcr & DEMCR_SDME) != 0 : secure_monitor_allowed(cpu);
}

static void latch_target(struct cpu *cpu)
{
    bool secure = debug_monitor_secure(cpu);
    cpu->demcr = (cpu->demcr & ~DEMCR_SDME) | (secure ? DEMCR_SDME : 0);
}

bool debug_can_pend_monitor(const struct cpu *cpu, bool check_priority)
{
    if (!(cpu->demcr & DEMCR_MON_EN) || (cpu->secure && !debug_monitor_secure(cpu)))
        return false;
    return !check_priority || nvic_priority(cpu, EXC_DEBUGMON, false, true) < cpu->exec_priority;
}

static void pend_monitor(struct cpu *cpu)
{
    latch_target(cpu);
    nvic_set_pending(cpu, EXC_DEBUGMON, false);
}

void debug_breakpoint_event(struct cpu *cpu)
{
    if (debug_can_pend_monitor(cpu, true)) {
        cpu->dfsr |= DFSR_BKPT;
        pend_monitor(cpu);
        return;
    }
    cpu->hfsr |= HFSR_DEBUGEVT;
    bool secure = cpu->config.has_security && (cpu->secure || !(cpu->aircr & AIRCR_BFHFNMINS));
    nvic_raise(cpu, EXC_HARDFAULT, secure);
}

bool debug_fpb_match(const struct cpu *cpu, uint32_t pc)
{
    if (likely(!(cpu->fp_ctrl & 1u)))
        return false;
    for (unsigned i = 0; i < FPB_COMPARATORS; i++)
        if (cpu->fp_comp[i] == (pc | 1u))
            return true;
    return false;
}

enum exec_result h_fpb_match(struct cpu *cpu, const struct op *op)
{
    (void)op;
    debug_breakpoint_event(cpu);
    return EXEC_FAULT;
}

enum exec_result h_bkpt(struct cpu *cpu, const struct op *op)
{
    if ((op->imm & 0xffu) == 0xab && cpu->config.semihosting) {
        cpu->now = NULL; /* the host may look at registers: r[15] is exact */
        cpu->cycles += op->cycles;
        bool handled = cpu->config.semihosting(cpu->config.context, cpu);
        cpu->cycles -= op->cycles;
        if (handled)
            return EXEC_LEAVE;
    }
    debug_breakpoint_event(cpu);
    return EXEC_FAULT;
}

static bool cyccnt_running(const struct cpu *cpu)
{
    return (cpu->demcr & DEMCR_TRCENA) && (cpu->dwt_ctrl & DWT_CYCCNTENA) &&
           (cpu->dbgen || cpu->niden);
}

static uint32_t cyccnt(const struct cpu *cpu)
{
    return cyccnt_running(cpu) ? (uint32_t)(cpu_cycles(cpu) - cpu->cyccnt_base)
                               : cpu->cyccnt_frozen;
}

static void cyccnt_set(struct cpu *cpu, uint32_t value)
{
    cpu->cyccnt_frozen = value;
    cpu->cyccnt_base = cpu_cycles(cpu) - value;
}

static uint32_t dauthstatus(const struct cpu *cpu)
{
    bool nonsecure = cpu->dbgen, nonsecure_trace = cpu->dbgen || cpu->niden;
    bool secure = cpu->dbgen && (cpu->dauthctrl & 1u ? cpu->dauthctrl & 2u : cpu->spiden);
    bool secure_trace =
        nonsecure_trace &&
        (secure || (cpu->dauthctrl & 4u ? cpu->dauthctrl & 8u : cpu->spiden || cpu->spniden));
    uint32_t value = 2u | nonsecure | (2u | nonsecure_trace) << 2;
    if (cpu->config.has_security)
        value |= (2u | secure) << 4 | (2u | secure_trace) << 6;
    return value;
}

static uint32_t demcr_read(struct cpu *cpu, bool secure)
{
    latch_target(cpu);
    uint32_t value = cpu->demcr;
    if (nvic_is_pending(cpu, EXC_DEBUGMON, false))
        value |= DEMCR_MON_PEND;
    if (!secure && (value & DEMCR_SDME))
        value &= ~DEMCR_MON;
    return value;
}

static void demcr_write(struct cpu *cpu, bool secure, uint32_t value)
{
    uint32_t count = cyccnt(cpu);
    latch_target(cpu);
    uint32_t kept = DEMCR_KEPT;
    if (!secure && (cpu->demcr & DEMCR_SDME)) {
        kept &= ~DEMCR_MON;
    } else if (value & DEMCR_MON_PEND) {
        pend_monitor(cpu);
    } else {
        nvic_clear_pending(cpu, EXC_DEBUGMON, false);
    }
    cpu->demcr = (cpu->demcr & ~kept) | (value & kept);
    cyccnt_set(cpu, count);
    if (cpu->demcr & DEMCR_MON_STEP)
        cpu_log(cpu, "DEMCR.MON_STEP is not modelled");
}

static uint32_t fpb_read(const struct cpu *cpu, uint32_t offset)
{
    if (offset == 0)
        return FPB_CTRL_RESET | (cpu->fp_ctrl & 1u);
    if (offset >= 8 && offset < 8 + 4 * FPB_COMPARATORS)
        return cpu->fp_comp[(offset - 8) / 4];
    return offset == 0xfbc ? 0x47701a03u : 0;
}

static void fpb_write(struct cpu *cpu, uint32_t offset, uint32_t value)
{
    if (offset == 0 && (value & 2u))
        cpu->fp_ctrl = value & 1u;
    else if (offset >= 8 && offset < 8 + 4 * FPB_COMPARATORS)
        cpu->fp_comp[(offset - 8) / 4] = value;
    else
        return;
    code_cache_reset(cpu); /* matches are decided at translation */
}

static uint32_t dwt_read(struct cpu *cpu, uint32_t offset)
{
    if (offset == 0)
        return 0x40000000u | cpu->dwt_ctrl;
    if (offset == 4)
        return cyccnt(cpu);
    unsigned n = (offset - 0x20) / 0x10;
    if (offset >= 0x20 && n < DWT_COMPARATORS) {
        static const uint32_t ids[] = {0x58000000u, 0xd0000000u, 0x50000000u, 0xf0000000u};
        if ((offset & 0xfu) == 0)
            return cpu->dwt_comp[n];
        if ((offset & 0xfu) == 8)
            return ids[n] | cpu->dwt_function[n];
    }
    return offset == 0xfbc ? 0x47701a02u : 0;
}

static void dwt_write(struct cpu *cpu, uint32_t offset, uint32_t value)
{
    uint32_t count = cyccnt(cpu);
    if (offset == 0) {
        cpu->dwt_ctrl = value & 0x00ff1fffu;
        cyccnt_set(cpu, count);
        return;
    }
    if (offset == 4) {
        cyccnt_set(cpu, value);
        return;
    }
    unsigned n = (offset - 0x20) / 0x10;
    if (offset < 0x20 || n >= DWT_COMPARATORS)
        return;
    if ((offset & 0xfu) == 0)
        cpu->dwt_comp[n] = value;
    else if ((offset & 0xfu) == 8) {
        cpu->dwt_function[n] = value & 0xc3fu;
        if (value & 0xfu)
            cpu_log(cpu, "DWT comparator %u: matches are not modelled", n);
    }
}

uint32_t debug_read(struct cpu *cpu, uint32_t address, bool secure)
{
    uint32_t offset = address & 0xffcu;
    if ((address & 0xfffff000u) == 0xe0001000u)
        return dwt_read(cpu, offset);
    if ((address & 0xfffff000u) == 0xe0002000u)
        return fpb_read(cpu, offset);
    switch (offset) {
    case 0xd30:
        return cpu->dfsr;
    case 0xdf0:
        return cpu->dhcsr | 1u << 16 | (uint32_t)cpu->sleeping << 18;
    case 0xdf8:
        return cpu->dcrdr;
    case 0xdfc:
        return demcr_read(cpu, secure);
    case 0xe04:
        return secure ? cpu->dauthctrl : 0;
    case 0xe08:
        return secure ? 1u << 16 : 0; /* DSCSR.CDS */
    case 0xfb8:
        return dauthstatus(cpu);
    default:
        return 0;
    }
}

void debug_write(struct cpu *cpu, uint32_t address, bool secure, uint32_t value)
{
    uint32_t offset = address & 0xffcu;
    if ((address & 0xfffff000u) == 0xe0001000u) {
        dwt_write(cpu, offset, value);
    } else if ((address & 0xfffff000u) == 0xe0002000u) {
        fpb_write(cpu, offset, value);
    } else if (offset == 0xd30) {
        cpu->dfsr &= ~value;
    } else if (offset == 0xdf8) {
        cpu->dcrdr = value;
    } else if (offset == 0xdfc) {
        demcr_write(cpu, secure, value);
    } else if (offset == 0xe04 && secure) {
        cpu->dauthctrl = value & 15u;
        latch_target(cpu);
    }
}

void debug_reset(struct cpu *cpu, bool cold)
{
    cpu->demcr &= ~(DEMCR_MON | DEMCR_SDME);
    cpu->dauthctrl = 0;
    if (!cold)
        return;
    cpu->demcr = cpu->dhcsr = cpu->dcrdr = cpu->dfsr = cpu->dwt_ctrl = cpu->fp_ctrl = 0;
    cpu->cyccnt_frozen = 0;
    for (unsigned i = 0; i < FPB_COMPARATORS; i++)
        cpu->fp_comp[i] = 0;
    for (unsigned i = 0; i < DWT_COMPARATORS; i++)
        cpu->dwt_comp[i] = cpu->dwt_function[i] = 0;
}

void cpu_set_debug_auth(struct cpu *cpu, bool dbgen, bool niden, bool spiden, bool spniden)
{
    uint32_t count = cyccnt(cpu);
    cpu->dbgen = dbgen;
    cpu->niden = niden;
    cpu->spiden = spiden;
    cpu->spniden = spniden;
    cyccnt_set(cpu, count);
}
