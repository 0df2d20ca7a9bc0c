/* Nested vectored interrupt controller: which exception is pending, active, enabled, and how their
 * priorities compare. Un-banked system exceptions keep their bits in bank 0. */
#include "cpu/nvic.h"

#include "cpu/attribution.h"
#include "cpu/debug.h"
#include "cpu/lockup.h"

#define PRIORITY_NONE 256

bool nvic_is_banked(unsigned exception)
{
    return exception == EXC_HARDFAULT || exception == EXC_MEMMANAGE ||
           exception == EXC_USAGEFAULT || exception == EXC_SVCALL || exception == EXC_PENDSV ||
           exception == EXC_SYSTICK;
}

static bool irq_bit(const uint32_t *words, unsigned exception)
{
    unsigned irq = exception - EXC_IRQ0;
    return words[irq / 32] >> irq % 32 & 1u;
}

static void irq_put(uint32_t *words, unsigned exception, bool value)
{
    unsigned irq = exception - EXC_IRQ0;
    if (value)
        words[irq / 32] |= 1u << irq % 32;
    else
        words[irq / 32] &= ~(1u << irq % 32);
}

static bool bank_of(unsigned exception, bool secure)
{
    return nvic_is_banked(exception) && secure;
}

bool nvic_target(const struct cpu *cpu, unsigned exception, bool secure)
{
    if (!cpu->config.has_security)
        return false;
    if (exception >= EXC_IRQ0)
        return !irq_bit(cpu->irq_nonsecure, exception);
    switch (exception) {
    case EXC_NMI:
    case EXC_BUSFAULT:
        return !(cpu->aircr & AIRCR_BFHFNMINS);
    case EXC_SECUREFAULT:
    case EXC_RESET:
        return true;
    case EXC_DEBUGMON:
        return debug_monitor_secure(cpu);
    default:
        return secure;
    }
}

static int configured_priority(const struct cpu *cpu, unsigned exception, bool secure)
{
    if (exception >= EXC_IRQ0)
        return cpu->irq_priority[exception - EXC_IRQ0];
    return cpu->sys_priority[bank_of(exception, secure)][exception];
}

/* PRIGROUP and PRIS applied to a priority value of the given Security state. */
static int effective(const struct cpu *cpu, int priority, bool secure, bool group)
{
    if (group)
        priority &= ~((2 << cpu->prigroup[secure]) - 1);
    if ((cpu->aircr & AIRCR_PRIS) && !secure)
        priority = (priority >> 1) + 0x80;
    return priority;
}

int nvic_priority(const struct cpu *cpu, unsigned exception, bool secure, bool group)
{
    switch (exception) {
    case EXC_RESET:
        return -4;
    case EXC_NMI:
        return -2;
    case EXC_HARDFAULT:
        return secure && (cpu->aircr & AIRCR_BFHFNMINS) ? -3 : -1;
    default:
        return effective(cpu, configured_priority(cpu, exception, secure),
                         nvic_target(cpu, exception, secure), group);
    }
}

int nvic_raw_priority(const struct cpu *cpu)
{
    int best = PRIORITY_NONE;
    for (unsigned bank = 0; bank < 2; bank++) {
        for (uint32_t bits = cpu->sys_active[bank]; bits; bits &= bits - 1) {
            unsigned exception = (unsigned)__builtin_ctz(bits);
            int priority = nvic_priority(cpu, exception, bank, true);
            if (priority < best)
                best = priority;
        }
    }
    for (unsigned word = 0; word < IRQ_WORDS; word++) {
        for (uint32_t bits = cpu->irq_active[word]; bits; bits &= bits - 1) {
            unsigned exception = EXC_IRQ0 + word * 32 + (unsigned)__builtin_ctz(bits);
            int priority = nvic_priority(cpu, exception, false, true);
            if (priority < best)
                best = priority;
        }
    }
    return best;
}

static int minimum(int a, int b)
{
    return a < b ? a : b;
}

/* What the mask registers of both Security states raise the execution priority to. `primask` false
 * leaves PRIMASK out (for the WFI wake-up rule). */
static int boosted_priority(const struct cpu *cpu, bool primask)
{
    int boosted = PRIORITY_NONE;
    int nonsecure_zero = cpu->aircr & AIRCR_PRIS ? 0x80 : 0;
    for (unsigned bank = 0; bank < 2; bank++)
        if (cpu->basepri[bank])
            boosted = minimum(boosted, effective(cpu, (int)cpu->basepri[bank], bank, true));
    if (primask && cpu->primask[NS])
        boosted = minimum(boosted, nonsecure_zero);
    if (primask && cpu->primask[S])
        boosted = minimum(boosted, 0);
    if (cpu->faultmask[NS]) {
        bool faults_nonsecure = !cpu->config.has_security || (cpu->aircr & AIRCR_BFHFNMINS);
        boosted = minimum(boosted, faults_nonsecure ? -1 : nonsecure_zero);
    }
    if (cpu->faultmask[S])
        boosted = minimum(boosted, cpu->aircr & AIRCR_BFHFNMINS ? -3 : -1);
    return boosted;
}

void nvic_update(struct cpu *cpu)
{
    cpu->exec_priority = minimum(nvic_raw_priority(cpu), boosted_priority(cpu, true));
    cpu->recheck = true;
    cpu->leave = true;
    unsigned regime =
        (cpu_is_privileged(cpu) ? REGIME_PRIV : 0) | (cpu->secure ? REGIME_SECURE : 0) |
        (cpu->exec_priority < 0 && mpu_bypassed(cpu, cpu->secure) ? REGIME_NO_MPU : 0);
    cpu->regime = (uint8_t)regime;
    cpu->tlb = cpu->tlbs[regime];
}

static bool enabled(const struct cpu *cpu, unsigned exception, unsigned bank)
{
    switch (exception) {
    case EXC_MEMMANAGE:
    case EXC_USAGEFAULT:
    case EXC_BUSFAULT:
    case EXC_SECUREFAULT:
        return cpu->sys_enabled[bank] >> exception & 1u;
    case EXC_HARDFAULT: /* the Non-secure one exists only with BFHFNMINS */
        return bank == S || !cpu->config.has_security || (cpu->aircr & AIRCR_BFHFNMINS);
    default:
        return true;
    }
}

/* True if candidate a (group priority, sub-priority, number) goes before the best so far. */
struct candidate {
    int group, full;
    unsigned exception;
    bool secure;
};

static bool before(const struct candidate *a, const struct candidate *b)
{
    if (a->group != b->group)
        return a->group < b->group;
    if (a->full != b->full)
        return a->full < b->full;
    if (a->exception != b->exception)
        return a->exception < b->exception;
    return a->secure && !b->secure;
}

static void consider(const struct cpu *cpu, struct candidate *best, unsigned exception,
                     unsigned bank)
{
    struct candidate candidate = {
        .group = nvic_priority(cpu, exception, bank, true),
        .full = nvic_priority(cpu, exception, bank, false),
        .exception = exception,
        .secure = nvic_target(cpu, exception, bank),
    };
    if (best->exception == 0 || before(&candidate, best))
        *best = candidate;
}

struct nvic_pending nvic_highest(const struct cpu *cpu)
{
    struct candidate best = {.group = PRIORITY_NONE};
    for (unsigned bank = 0; bank < 2; bank++) {
        for (uint32_t bits = cpu->sys_pending[bank]; bits; bits &= bits - 1) {
            unsigned exception = (unsigned)__builtin_ctz(bits);
            if (enabled(cpu, exception, bank))
                consider(cpu, &best, exception, bank);
        }
    }
    for (unsigned word = 0; word < IRQ_WORDS; word++) {
        uint32_t bits = cpu->irq_pending[word] & cpu->irq_enabled[word];
        for (; bits; bits &= bits - 1)
            consider(cpu, &best, EXC_IRQ0 + word * 32 + (unsigned)__builtin_ctz(bits), 0);
    }
    return (struct nvic_pending){best.exception, best.secure, best.group};
}

struct nvic_pending nvic_takeable(const struct cpu *cpu)
{
    struct nvic_pending pending = nvic_highest(cpu);
    if (pending.exception && pending.priority >= cpu->exec_priority)
        pending.exception = 0;
    return pending;
}

bool nvic_wakes(const struct cpu *cpu)
{
    struct nvic_pending pending = nvic_highest(cpu);
    if (!pending.exception)
        return false;
    return pending.priority < minimum(nvic_raw_priority(cpu), boosted_priority(cpu, false));
}

bool nvic_is_pending(const struct cpu *cpu, unsigned exception, bool secure)
{
    if (exception >= EXC_IRQ0)
        return irq_bit(cpu->irq_pending, exception);
    return cpu->sys_pending[bank_of(exception, secure)] >> exception & 1u;
}

bool nvic_is_active(const struct cpu *cpu, unsigned exception, bool secure)
{
    if (exception >= EXC_IRQ0)
        return irq_bit(cpu->irq_active, exception);
    return cpu->sys_active[bank_of(exception, secure)] >> exception & 1u;
}

void nvic_set_active(struct cpu *cpu, unsigned exception, bool secure, bool active)
{
    if (exception >= EXC_IRQ0) {
        irq_put(cpu->irq_active, exception, active);
        if (!active && irq_bit(cpu->irq_level, exception))
            irq_put(cpu->irq_pending, exception, true);
    } else if (active) {
        cpu->sys_active[bank_of(exception, secure)] |= 1u << exception;
    } else {
        cpu->sys_active[bank_of(exception, secure)] &= ~(1u << exception);
    }
    nvic_update(cpu);
}

void nvic_set_pending(struct cpu *cpu, unsigned exception, bool secure)
{
    bool was = nvic_is_pending(cpu, exception, secure);
    if (exception >= EXC_IRQ0)
        irq_put(cpu->irq_pending, exception, true);
    else
        cpu->sys_pending[bank_of(exception, secure)] |= 1u << exception;
    if (!was && (cpu->scr[NS] | cpu->scr[S]) & 0x10u) /* SEVONPEND */
        cpu->event = true;
    cpu->recheck = true;
    cpu->leave = true;
    cpu->stop_at = 0;
}

void nvic_clear_pending(struct cpu *cpu, unsigned exception, bool secure)
{
    if (exception >= EXC_IRQ0)
        irq_put(cpu->irq_pending, exception, false);
    else
        cpu->sys_pending[bank_of(exception, secure)] &= ~(1u << exception);
    cpu->recheck = true;
}

bool nvic_single_active(const struct cpu *cpu)
{
    int count = __builtin_popcount(cpu->sys_active[NS]) + __builtin_popcount(cpu->sys_active[S]);
    for (unsigned word = 0; word < IRQ_WORDS; word++)
        count += __builtin_popcount(cpu->irq_active[word]);
    return count <= 1;
}

void nvic_raise(struct cpu *cpu, unsigned exception, bool secure)
{
    if (!cpu->config.has_security)
        secure = false;
    unsigned bank = bank_of(exception, secure);
    bool target = nvic_target(cpu, exception, secure);
    bool blocked = nvic_priority(cpu, exception, secure, true) >= cpu->exec_priority ||
                   (exception == EXC_DEBUGMON ? false : !enabled(cpu, exception, bank));
    if (exception != EXC_HARDFAULT && blocked) {
        cpu->hfsr |= HFSR_FORCED;
        exception = EXC_HARDFAULT;
        secure = cpu->config.has_security && (target || !(cpu->aircr & AIRCR_BFHFNMINS));
    }
    if (exception == EXC_HARDFAULT &&
        nvic_priority(cpu, EXC_HARDFAULT, secure, true) >= cpu->exec_priority) {
        cpu_lockup(cpu);
        return;
    }
    nvic_set_pending(cpu, exception, secure);
}
