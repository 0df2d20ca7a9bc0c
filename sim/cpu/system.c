/* System instructions: SVC, CPS, MSR, MRS, hints, barriers, and the gateway between the worlds:
 * SG, BXNS, BLXNS. */
#include "cpu/helpers.h"

#include "cpu/exception.h"
#include "cpu/fpu_context.h"
#include "cpu/memory.h"
#include "cpu/nvic.h"

static enum exec_result usage_fault(struct cpu *cpu, uint32_t bit)
{
    cpu->cfsr[cpu->secure] |= bit;
    nvic_raise(cpu, EXC_USAGEFAULT, cpu->secure);
    return EXEC_FAULT;
}

enum exec_result h_undefined(struct cpu *cpu, const struct op *op)
{
    (void)op;
    return usage_fault(cpu, CFSR_UNDEFINSTR);
}

enum exec_result h_nocp(struct cpu *cpu, const struct op *op)
{
    (void)op;
    return usage_fault(cpu, CFSR_NOCP);
}

enum exec_result h_svc(struct cpu *cpu, const struct op *op)
{
    (void)op;
    nvic_raise(cpu, EXC_SVCALL, cpu->secure);
    return EXEC_LEAVE;
}

enum exec_result h_cps(struct cpu *cpu, const struct op *op)
{
    if (!cpu_is_privileged(cpu))
        return EXEC_NEXT;
    bool disable = op->imm & 0x10u, secure = cpu->secure;
    if (op->imm & 2u)
        cpu->primask[secure] = disable;
    if (op->imm & 1u) {
        /* FAULTMASK cannot be set at a negative priority. */
        if (!disable)
            cpu->faultmask[secure] = 0;
        else if (cpu->exec_priority > -1)
            cpu->faultmask[secure] = 1;
    }
    nvic_update(cpu);
    return EXEC_LEAVE;
}

/* --- special registers -------------------------------------------------------------------- */

enum {
    SYS_MSP = 8,
    SYS_PSP = 9,
    SYS_MSPLIM = 10,
    SYS_PSPLIM = 11,
    SYS_PRIMASK = 16,
    SYS_BASEPRI = 17,
    SYS_BASEPRI_MAX = 18,
    SYS_FAULTMASK = 19,
    SYS_CONTROL = 20,
    SYS_NS = 0x80,
    SYS_SP_NS = 0x98,
};

static uint32_t control_read(const struct cpu *cpu, bool world)
{
    uint32_t value = cpu->control[world] & (CONTROL_NPRIV | CONTROL_SPSEL);
    if (world || !cpu->config.has_security)
        value |= cpu->control[S] & (CONTROL_FPCA | (world ? CONTROL_SFPA : 0));
    else
        value |= cpu->control[S] & CONTROL_FPCA;
    return value;
}

static uint32_t special_read(struct cpu *cpu, unsigned number, bool world)
{
    switch (number) {
    case SYS_MSP:
        return cpu_sp_get(cpu, world, MSP);
    case SYS_PSP:
        return cpu_sp_get(cpu, world, PSP);
    case SYS_MSPLIM:
        return cpu->splim[world][MSP];
    case SYS_PSPLIM:
        return cpu->splim[world][PSP];
    case SYS_PRIMASK:
        return cpu->primask[world];
    case SYS_BASEPRI:
    case SYS_BASEPRI_MAX:
        return cpu->basepri[world];
    case SYS_FAULTMASK:
        return cpu->faultmask[world];
    default:
        return 0;
    }
}

enum exec_result h_mrs(struct cpu *cpu, const struct op *op)
{
    unsigned sysm = op->imm & 0xffu;
    uint32_t value = 0;
    bool privileged = cpu_is_privileged(cpu);
    if (op->rd >= 13 && op->rd != 14)
        return usage_fault(cpu, CFSR_UNDEFINSTR);
    if (sysm < 8) {
        uint32_t xpsr = xpsr_read(cpu);
        if ((sysm & 1u) && privileged)
            value |= xpsr & 0x1ffu;
        if (!(sysm & 4u))
            value |= xpsr & (cpu->config.has_dsp ? 0xf80f0000u : 0xf8000000u);
    } else if (sysm == SYS_CONTROL) {
        value = control_read(cpu, cpu->secure);
    } else if (sysm == (SYS_CONTROL | SYS_NS)) {
        value = cpu->secure ? control_read(cpu, NS) : 0;
    } else if (sysm == SYS_SP_NS) {
        if (cpu->secure) {
            bool psp = cpu->exception == 0 && (cpu->control[NS] & CONTROL_SPSEL);
            value = cpu->sp[NS][psp ? PSP : MSP];
        }
    } else if (privileged && !((sysm & SYS_NS) && !cpu->secure)) {
        value = special_read(cpu, sysm & 0x7fu, cpu->secure && !(sysm & SYS_NS));
    }
    cpu->r[op->rd] = value;
    return EXEC_NEXT;
}

static void control_write(struct cpu *cpu, bool world, uint32_t value)
{
    cpu_sp_save(cpu);
    uint32_t banked = CONTROL_NPRIV | CONTROL_SPSEL;
    cpu->control[world] = (cpu->control[world] & ~banked) | (value & banked);
    if (cpu->config.has_fpu) {
        bool may = cpu->secure || !cpu->config.has_security ||
                   ((cpu->nsacr >> 10 & 1u) && (cpu->cpacr[NS] >> 20 & 3u));
        if (world == cpu->secure && may)
            cpu->control[S] = (cpu->control[S] & ~CONTROL_FPCA) | (value & CONTROL_FPCA);
        if (world)
            cpu->control[S] = (cpu->control[S] & ~CONTROL_SFPA) | (value & CONTROL_SFPA);
    }
    cpu_sp_load(cpu);
}

static void basepri_write(struct cpu *cpu, bool world, uint32_t value, bool only_raise)
{
    value &= 0xff00u >> cpu->config.priority_bits & 0xffu;
    uint32_t *basepri = &cpu->basepri[world];
    if (only_raise && (value == 0 || (*basepri && value >= *basepri)))
        return;
    *basepri = value;
}

static enum exec_result special_write(struct cpu *cpu, unsigned number, bool world, uint32_t value)
{
    switch (number) {
    case SYS_MSP:
    case SYS_PSP: {
        unsigned bank = number - SYS_MSP;
        if (value < cpu->splim[world][bank])
            return usage_fault(cpu, CFSR_STKOF);
        cpu_sp_set(cpu, world, bank, value);
        return EXEC_NEXT;
    }
    case SYS_MSPLIM:
    case SYS_PSPLIM:
        cpu->splim[world][number - SYS_MSPLIM] = value & ~7u;
        return EXEC_NEXT;
    case SYS_PRIMASK:
        cpu->primask[world] = value & 1u;
        break;
    case SYS_BASEPRI:
    case SYS_BASEPRI_MAX:
        basepri_write(cpu, world, value, number == SYS_BASEPRI_MAX);
        break;
    case SYS_FAULTMASK:
        if (!(value & 1u))
            cpu->faultmask[world] = 0;
        else if (cpu->exec_priority > -1)
            cpu->faultmask[world] = 1;
        break;
    case SYS_CONTROL:
        control_write(cpu, world, value);
        break;
    default:
        return EXEC_NEXT;
    }
    nvic_update(cpu);
    return EXEC_LEAVE;
}

static enum exec_result sp_ns_write(struct cpu *cpu, uint32_t value)
{
    bool psp = cpu->exception == 0 && (cpu->control[NS] & CONTROL_SPSEL);
    if (!cpu->secure)
        return EXEC_NEXT;
    if (value < cpu->splim[NS][psp])
        return usage_fault(cpu, CFSR_STKOF);
    cpu->sp[NS][psp ? PSP : MSP] = value & ~3u;
    return EXEC_NEXT;
}

enum exec_result h_msr(struct cpu *cpu, const struct op *op)
{
    unsigned sysm = op->imm & 0xffu, mask = op->imm >> 10 & 3u;
    uint32_t value = cpu->r[op->rn];
    if (sysm < 8) {
        uint32_t xpsr = xpsr_read(cpu), keep_it = cpu->it;
        if (sysm & 4u)
            return EXEC_NEXT;
        if (mask & 2u)
            xpsr = (xpsr & ~0xf8000000u) | (value & 0xf8000000u);
        if (mask & 1u)
            xpsr = (xpsr & ~0x000f0000u) | (value & 0x000f0000u);
        xpsr_write_flags(cpu, xpsr);
        cpu->it = (uint8_t)keep_it;
        return EXEC_NEXT;
    }
    if (sysm == SYS_SP_NS)
        return sp_ns_write(cpu, value);
    if (!cpu_is_privileged(cpu)) {
        /* CONTROL.SFPA and FPCA alone may be written by unprivileged Secure code: not modelled. */
        return EXEC_NEXT;
    }
    if ((sysm & SYS_NS) && !cpu->secure)
        return EXEC_NEXT;
    return special_write(cpu, sysm & 0x7fu, cpu->secure && !(sysm & SYS_NS), value);
}

/* --- hints and barriers ------------------------------------------------------------------- */

enum exec_result h_hint(struct cpu *cpu, const struct op *op)
{
    unsigned hint = op->size == 4 ? op->imm & 0xffu : op->imm >> 4 & 0xfu;
    switch (hint) {
    case 2: /* WFE */
        if (cpu->event) {
            cpu->event = false;
            return EXEC_NEXT;
        }
        cpu->sleeping = cpu->wait_event = true;
        break;
    case 3: /* WFI */
        cpu->sleeping = true;
        cpu->wait_event = false;
        break;
    case 4: /* SEV */
        cpu->event = true;
        return EXEC_NEXT;
    default:
        return EXEC_NEXT;
    }
    cpu->recheck = true;
    return EXEC_LEAVE;
}

enum exec_result h_barrier(struct cpu *cpu, const struct op *op)
{
    (void)op;
    return cpu->recheck ? EXEC_LEAVE : EXEC_NEXT;
}

enum exec_result h_clrex(struct cpu *cpu, const struct op *op)
{
    (void)op;
    cpu->exclusive = false;
    return EXEC_NEXT;
}

/* --- between the worlds ------------------------------------------------------------------- */

enum exec_result h_sg(struct cpu *cpu, const struct op *op)
{
    (void)op;
    if (cpu->secure || !cpu->config.has_security)
        return EXEC_NEXT; /* in Secure state, or in Non-secure memory, a no-operation */
    bool nonsecure_memory = cpu_fetch_is_nonsecure(cpu, cpu->r[15]);
    if (nonsecure_memory)
        return EXEC_NEXT;
    cpu->r[14] &= ~1u;
    cpu->control[S] &= ~CONTROL_SFPA;
    cpu->it = 0;
    cpu_set_secure(cpu, true);
    return EXEC_LEAVE;
}

static void leave_secure(struct cpu *cpu, uint32_t target)
{
    cpu->it = 0;
    cpu->thumb = true;
    cpu_set_secure(cpu, false);
    cpu->r[15] = target & ~1u;
}

enum exec_result h_bxns(struct cpu *cpu, const struct op *op)
{
    uint32_t target = cpu->r[op->rm];
    if (!cpu->secure)
        return usage_fault(cpu, CFSR_UNDEFINSTR);
    if (target & 1u) {
        branch_interworking(cpu, target);
        return EXEC_BRANCH;
    }
    leave_secure(cpu, target);
    return EXEC_BRANCH;
}

enum exec_result h_blxns(struct cpu *cpu, const struct op *op)
{
    uint32_t target = cpu->r[op->rm], next = (cpu->r[15] + 2) | 1u;
    if (!cpu->secure)
        return usage_fault(cpu, CFSR_UNDEFINSTR);
    if (target & 1u) { /* stays Secure */
        cpu->r[14] = next;
        branch_interworking(cpu, target);
        return EXEC_BRANCH;
    }
    uint32_t sp = cpu->r[13] - 8;
    if (cpu->r[13] < 8 || sp < cpu_sp_limit(cpu))
        return usage_fault(cpu, CFSR_STKOF);
    uint32_t partial = cpu->exception;
    if (cpu->control[S] & CONTROL_SFPA)
        partial |= 1u << 20;
    struct mem_options options = {.aligned = true};
    if (!mem_store_with(cpu, sp, 4, options, next) ||
        !mem_store_with(cpu, sp + 4, 4, options, partial))
        return EXEC_FAULT;
    cpu->r[13] = sp;
    cpu->r[14] = 0xfeffffffu;
    if (cpu_handler_mode(cpu))
        cpu->exception = 1; /* hides the Secure exception's number */
    leave_secure(cpu, target);
    return EXEC_BRANCH;
}
