/* Floating-point context (PushStack's extended frame, UpdateFPCCR, PreserveFPState, ExecuteFPCheck
 * in the manual). FPCCR bits that are not banked live in fpccr[S]. */
#include "cpu/fpu_context.h"

#include <string.h>

#include "cpu/memory.h"
#include "cpu/nvic.h"

static bool cpacr_allows(const struct cpu *cpu, bool secure, bool privileged)
{
    unsigned access = cpu->cpacr[secure] >> 20 & 3u;
    return access == 3 || (access == 1 && privileged);
}

static bool nsacr_allows(const struct cpu *cpu, bool secure)
{
    return secure || !cpu->config.has_security || (cpu->nsacr >> 10 & 1u);
}

static void raise_nocp(struct cpu *cpu, bool secure)
{
    cpu->cfsr[secure] |= CFSR_NOCP;
    nvic_raise(cpu, EXC_USAGEFAULT, secure);
}

uint32_t fpu_frame_size(const struct cpu *cpu)
{
    if (!(cpu->control[S] & CONTROL_FPCA) || !nsacr_allows(cpu, cpu->secure))
        return 0x20;
    return cpu->secure && (cpu->fpccr[S] & FPCCR_TS) ? 0xa8 : 0x68;
}

/* Whether an exception could be taken from the context whose registers are left to stack. */
static bool ready(const struct cpu *cpu, unsigned exception, bool secure)
{
    bool enabled = exception == EXC_HARDFAULT ||
                   (exception == EXC_DEBUGMON
                        ? cpu->demcr >> 16 & 1u
                        : cpu->sys_enabled[nvic_is_banked(exception) && secure] >> exception & 1u);
    return enabled && nvic_priority(cpu, exception, secure, true) < cpu->exec_priority;
}

static void put(uint32_t *reg, uint32_t bit, bool value)
{
    *reg = value ? *reg | bit : *reg & ~bit;
}

static void update_fpccr(struct cpu *cpu, uint32_t pointer, bool apply_limit)
{
    bool secure = cpu->secure;
    bool hardfault_secure = cpu->config.has_security && !(cpu->aircr & AIRCR_BFHFNMINS);
    cpu->fpcar[secure] = pointer & ~7u;
    if (apply_limit)
        put(&cpu->fpccr[secure], FPCCR_SPLIMVIOL, pointer < cpu_sp_limit(cpu));
    put(&cpu->fpccr[secure], FPCCR_LSPACT, true);
    put(&cpu->fpccr[secure], FPCCR_USER, !cpu_is_privileged(cpu));
    put(&cpu->fpccr[secure], FPCCR_THREAD, !cpu_handler_mode(cpu));
    put(&cpu->fpccr[S], FPCCR_S, secure);
    put(&cpu->fpccr[S], FPCCR_HFRDY, ready(cpu, EXC_HARDFAULT, hardfault_secure));
    put(&cpu->fpccr[S], FPCCR_BFRDY, ready(cpu, EXC_BUSFAULT, false));
    put(&cpu->fpccr[secure], FPCCR_MMRDY, ready(cpu, EXC_MEMMANAGE, secure));
    put(&cpu->fpccr[NS], FPCCR_UFRDY, ready(cpu, EXC_USAGEFAULT, false));
    put(&cpu->fpccr[S], FPCCR_MONRDY, ready(cpu, EXC_DEBUGMON, false));
    if (cpu->config.has_security) {
        put(&cpu->fpccr[S], FPCCR_UFRDY, ready(cpu, EXC_USAGEFAULT, true));
        put(&cpu->fpccr[S], FPCCR_SFRDY, ready(cpu, EXC_SECUREFAULT, true));
    }
}

/* The FP area of a frame: S0-S15, FPSCR, a reserved word, and S16-S31 if `all`. */
static enum mem_fault store_area(struct cpu *cpu, uint32_t area, bool secure, bool privileged,
                                 bool all)
{
    enum mem_fault fault = MEM_OK;
    for (unsigned i = 0; i < (all ? 32u : 16u) && fault == MEM_OK; i++)
        fault = mem_write(cpu, area + 4 * i + (i >= 16 ? 8 : 0), 4, secure, privileged, cpu->s[i]);
    if (fault == MEM_OK)
        fault = mem_write(cpu, area + 0x40, 4, secure, privileged, cpu->fpscr);
    return fault;
}

static void clear_registers(struct cpu *cpu, unsigned count)
{
    memset(cpu->s, 0, count * sizeof cpu->s[0]);
    cpu->fpscr = 0;
}

bool fpu_stack(struct cpu *cpu, uint32_t frame, bool failed)
{
    bool secure = cpu->secure;
    bool pending = cpu->fpccr[cpu->fpccr[S] & FPCCR_S ? S : NS] & FPCCR_LSPACT;
    if (cpu->config.has_security && pending) {
        cpu->sfsr |= SFSR_LSERR;
        nvic_raise(cpu, EXC_SECUREFAULT, true);
        return false;
    }
    if (!nsacr_allows(cpu, secure)) {
        raise_nocp(cpu, true);
        return false;
    }
    if (cpu->fpccr[S] & FPCCR_LSPEN) {
        update_fpccr(cpu, frame + 0x20, true);
        return true;
    }
    bool privileged = cpu_is_privileged(cpu);
    if (!cpacr_allows(cpu, secure, privileged)) {
        if (!failed)
            raise_nocp(cpu, secure);
        return false;
    }
    bool all = secure && (cpu->fpccr[S] & FPCCR_TS);
    if (!failed) {
        enum mem_fault fault = store_area(cpu, frame + 0x20, secure, privileged, all);
        if (fault != MEM_OK) {
            mem_raise(cpu, fault, ACCESS_STACK, secure);
            return false;
        }
    }
    clear_registers(cpu, all ? 32 : 16); /* without TS UNKNOWN: nothing of the context stays */
    return true;
}

bool fpu_unstack(struct cpu *cpu, uint32_t frame, bool to_secure, bool privileged, uint32_t *size)
{
    bool all = to_secure && (cpu->fpccr[S] & FPCCR_TS);
    *size = all ? 0x88 : 0x48;
    if (!to_secure && cpu->config.has_security && (cpu->fpccr[S] & FPCCR_LSPACT)) {
        cpu->sfsr |= SFSR_LSERR;
        nvic_raise(cpu, EXC_SECUREFAULT, true);
        return false;
    }
    if (cpu->fpccr[to_secure] & FPCCR_LSPACT) { /* never stacked: the registers still hold it */
        cpu->fpccr[to_secure] &= ~FPCCR_LSPACT;
        return true;
    }
    if (!cpacr_allows(cpu, to_secure, privileged)) {
        raise_nocp(cpu, to_secure);
        return false;
    }
    if (!nsacr_allows(cpu, to_secure)) {
        raise_nocp(cpu, true);
        return false;
    }
    uint32_t values[32], fpscr = 0;
    enum mem_fault fault = MEM_OK;
    for (unsigned i = 0; i < (all ? 32u : 16u) && fault == MEM_OK; i++)
        fault = mem_read(cpu, frame + 0x20 + 4 * i + (i >= 16 ? 8 : 0), 4, to_secure, privileged,
                         &values[i]);
    if (fault == MEM_OK)
        fault = mem_read(cpu, frame + 0x60, 4, to_secure, privileged, &fpscr);
    if (fault != MEM_OK) {
        mem_raise(cpu, fault, ACCESS_UNSTACK, to_secure);
        return false;
    }
    memcpy(cpu->s, values, (all ? 32 : 16) * sizeof values[0]);
    cpu->fpscr = fpscr & 0xffc0009fu;
    return true;
}

enum fpu_clear fpu_clear_on_return(struct cpu *cpu)
{
    if (!(cpu->fpccr[S] & FPCCR_CLRONRET) || !(cpu->control[S] & CONTROL_FPCA))
        return FPU_CLEAR_NONE;
    if (cpu->fpccr[S] & FPCCR_LSPACT)
        return FPU_CLEAR_FAULT;
    clear_registers(cpu, 16);
    return FPU_CLEAR_DONE;
}

/* Faults of lazy stacking escalate by what was possible when the context was left (FPCCR.xRDY). */
static void raise_lazy(struct cpu *cpu, unsigned exception, bool secure)
{
    bool escalate = false;
    switch (exception) {
    case EXC_MEMMANAGE:
        escalate = !(cpu->fpccr[secure] & FPCCR_MMRDY);
        break;
    case EXC_USAGEFAULT:
        escalate = !(cpu->fpccr[secure] & FPCCR_UFRDY);
        break;
    case EXC_BUSFAULT:
        escalate = !(cpu->fpccr[S] & FPCCR_BFRDY);
        break;
    default:
        escalate = !(cpu->fpccr[S] & FPCCR_SFRDY);
        break;
    }
    if (escalate) {
        bool target = nvic_target(cpu, exception, secure);
        cpu->hfsr |= HFSR_FORCED;
        secure = cpu->config.has_security && (target || !(cpu->aircr & AIRCR_BFHFNMINS));
        exception = EXC_HARDFAULT;
        if (!(cpu->fpccr[S] & FPCCR_HFRDY)) {
            nvic_raise(cpu, EXC_HARDFAULT, secure); /* locks up if it cannot be taken */
            return;
        }
    }
    nvic_set_pending(cpu, exception, secure);
}

static bool preserve_failed(struct cpu *cpu, bool secure, bool privileged, bool all)
{
    if (!cpacr_allows(cpu, secure, privileged)) {
        cpu->cfsr[secure] |= CFSR_NOCP;
        raise_lazy(cpu, EXC_USAGEFAULT, secure);
        return true;
    }
    if (!nsacr_allows(cpu, secure)) {
        cpu->cfsr[S] |= CFSR_NOCP;
        raise_lazy(cpu, EXC_USAGEFAULT, true);
        return true;
    }
    if (cpu->fpccr[secure] & FPCCR_SPLIMVIOL)
        return false;
    switch (store_area(cpu, cpu->fpcar[secure], secure, privileged, all)) {
    case MEM_OK:
        return false;
    case MEM_FAULT_MPU:
        cpu->cfsr[secure] |= CFSR_MLSPERR;
        raise_lazy(cpu, EXC_MEMMANAGE, secure);
        return true;
    case MEM_FAULT_BUS:
        cpu->cfsr[NS] |= CFSR_LSPERR;
        raise_lazy(cpu, EXC_BUSFAULT, false);
        return true;
    default:
        cpu->sfsr |= SFSR_LSPERR | SFSR_SFARVALID;
        cpu->sfar = cpu->fault_address;
        raise_lazy(cpu, EXC_SECUREFAULT, true);
        return true;
    }
}

/* PreserveFPState: writes the registers of the interrupted context where room was kept. */
static bool preserve(struct cpu *cpu)
{
    bool secure = cpu->fpccr[S] & FPCCR_S;
    bool privileged = !(cpu->fpccr[secure] & FPCCR_USER);
    bool all = secure && (cpu->fpccr[S] & FPCCR_TS);
    if (preserve_failed(cpu, secure, privileged, all) && nvic_takeable(cpu).exception)
        return false;
    cpu->fpccr[secure] &= ~FPCCR_LSPACT;
    if (all)
        clear_registers(cpu, 32);
    return true;
}

bool fpu_check(struct cpu *cpu)
{
    bool secure = cpu->secure;
    if (!cpacr_allows(cpu, secure, cpu_is_privileged(cpu))) {
        raise_nocp(cpu, secure);
        return false;
    }
    if (!nsacr_allows(cpu, secure)) {
        raise_nocp(cpu, true);
        return false;
    }
    if ((cpu->fpccr[NS] | cpu->fpccr[S]) & FPCCR_LSPACT) {
        bool owner = cpu->fpccr[S] & FPCCR_S;
        if ((cpu->fpccr[owner] & FPCCR_LSPACT) && !preserve(cpu))
            return false;
    }
    put(&cpu->fpccr[S], FPCCR_S, secure);
    bool active = (cpu->control[S] & CONTROL_FPCA) && (!secure || (cpu->control[S] & CONTROL_SFPA));
    if ((cpu->fpccr[secure] & FPCCR_ASPEN) && !active) {
        cpu->fpscr = cpu->fpdscr[secure];
        cpu->control[S] |= CONTROL_FPCA | (secure ? CONTROL_SFPA : 0);
    }
    return true;
}

/* Rights and alignment common to VLSTM and VLLDM. */
static bool lazy_allowed(struct cpu *cpu)
{
    if (cpacr_allows(cpu, cpu->secure, cpu_is_privileged(cpu)))
        return true;
    raise_nocp(cpu, cpu->secure);
    return false;
}

static bool lazy_aligned(struct cpu *cpu, uint32_t address)
{
    if (!(address & 7u))
        return true;
    cpu->cfsr[cpu->secure] |= CFSR_UNALIGNED;
    nvic_raise(cpu, EXC_USAGEFAULT, cpu->secure);
    return false;
}

bool fpu_lazy_store(struct cpu *cpu, uint32_t address)
{
    if (!lazy_allowed(cpu))
        return false;
    if (cpu->fpccr[S] & FPCCR_LSPACT) {
        cpu->sfsr |= SFSR_LSERR;
        nvic_raise(cpu, EXC_SECUREFAULT, true);
        return false;
    }
    if (!lazy_aligned(cpu, address))
        return false;
    if (cpu->fpccr[S] & FPCCR_LSPEN) {
        update_fpccr(cpu, address, false);
    } else {
        bool all = cpu->fpccr[S] & FPCCR_TS;
        enum mem_fault fault = store_area(cpu, address, true, cpu_is_privileged(cpu), all);
        if (fault != MEM_OK) {
            mem_raise(cpu, fault, ACCESS_DATA, true);
            return false;
        }
        if (all)
            clear_registers(cpu, 32);
    }
    cpu->control[S] &= ~CONTROL_FPCA;
    return true;
}

bool fpu_lazy_load(struct cpu *cpu, uint32_t address)
{
    if (!lazy_allowed(cpu))
        return false;
    if (cpu->fpccr[S] & FPCCR_LSPACT) {
        cpu->fpccr[S] &= ~FPCCR_LSPACT;
    } else {
        if (!lazy_aligned(cpu, address))
            return false;
        uint32_t values[32], fpscr = 0;
        unsigned count = cpu->fpccr[S] & FPCCR_TS ? 32 : 16;
        enum mem_fault fault = MEM_OK;
        for (unsigned i = 0; i < count && fault == MEM_OK; i++)
            fault = mem_read(cpu, address + 4 * i + (i >= 16 ? 8 : 0), 4, true,
                             cpu_is_privileged(cpu), &values[i]);
        if (fault == MEM_OK)
            fault = mem_read(cpu, address + 0x40, 4, true, cpu_is_privileged(cpu), &fpscr);
        if (fault != MEM_OK) {
            mem_raise(cpu, fault, ACCESS_DATA, true);
            return false;
        }
        memcpy(cpu->s, values, count * sizeof values[0]);
        cpu->fpscr = fpscr & 0xffc0009fu;
    }
    cpu->control[S] |= CONTROL_FPCA;
    return true;
}
