/* Self-hosted debug: the DebugMonitor's rules (DDI0553, chapter Debug), its stepping, BKPT and the
 * FPB. */
#include "cpu/debug.h"

#include "cpu/code_cache.h"
#include "cpu/dwt.h"
#include "cpu/exception.h"
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
#define DFSR_HALTED    1u
#define DFSR_BKPT      2u
#define FPB_CTRL_RESET 0x10000080u

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

/* CanPendMonitorOnEvent(secure, TRUE) for what happens beside the flow of instructions. */
void debug_event(struct cpu *cpu, bool secure, uint32_t reason)
{
    if (!(cpu->demcr & DEMCR_MON_EN) || (secure && !debug_monitor_secure(cpu)) ||
        nvic_priority(cpu, EXC_DEBUGMON, false, true) >= cpu->exec_priority)
        return;
    cpu->dfsr |= reason;
    pend_monitor(cpu);
}

/* Faults and SVC are part of the instruction that raised them: their entry comes before the step is
 * looked at. */
static void enter_own_exception(struct cpu *cpu)
{
    unsigned exception = nvic_takeable(cpu).exception;
    if (exception != EXC_SVCALL && (exception < EXC_HARDFAULT || exception > EXC_SECUREFAULT))
        return;
    exception_enter(cpu);
    cpu->recheck = true;
}

struct debug_step debug_before(const struct cpu *cpu)
{
    /* The handler's own return is not a step: the instruction that it returns to is. */
    bool active = (cpu->demcr & DEMCR_MON_STEP) && !nvic_is_active(cpu, EXC_DEBUGMON, false) &&
                  debug_can_pend_monitor(cpu, false);
    return (struct debug_step){.pc = cpu->r[15], .secure = cpu->secure, .active = active};
}

void debug_after(struct cpu *cpu, struct debug_step step)
{
    bool breakpoint = nvic_is_pending(cpu, EXC_DEBUGMON, false); /* it replaced the execution */
    if (!breakpoint && !cpu->locked)
        enter_own_exception(cpu);
    if (step.active && (cpu->demcr & DEMCR_MON_STEP) && !breakpoint)
        debug_event(cpu, step.secure, DFSR_HALTED);
    if ((cpu->debug_slow & DEBUG_SLOW_DWT) && !breakpoint)
        dwt_instruction(cpu, step.pc, step.secure);
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
    uint32_t count = dwt_cyccnt(cpu);
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
    dwt_cyccnt_set(cpu, count);
    dwt_update(cpu);
    cpu->debug_slow &= (uint8_t)~DEBUG_SLOW_STEP;
    if (cpu->demcr & DEMCR_MON_STEP)
        cpu->debug_slow |= DEBUG_SLOW_STEP;
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
    cpu->debug_slow &= (uint8_t)~DEBUG_SLOW_STEP;
    cpu->dauthctrl = 0;
    if (!cold)
        return;
    cpu->demcr = cpu->dhcsr = cpu->dcrdr = cpu->dfsr = cpu->fp_ctrl = 0;
    for (unsigned i = 0; i < FPB_COMPARATORS; i++)
        cpu->fp_comp[i] = 0;
    dwt_reset(cpu);
}

void cpu_set_debug_auth(struct cpu *cpu, bool dbgen, bool niden, bool spiden, bool spniden)
{
    uint32_t count = dwt_cyccnt(cpu);
    cpu->dbgen = dbgen;
    cpu->niden = niden;
    cpu->spiden = spiden;
    cpu->spniden = spniden;
    dwt_cyccnt_set(cpu, count);
    dwt_update(cpu);
}
