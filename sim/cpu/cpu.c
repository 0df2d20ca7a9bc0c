/* The public interface: creation, reset, the run loop, registers for tools. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/code_cache.h"
#include "cpu/debug.h"
#include "cpu/exception.h"
#include "cpu/lockup.h"
#include "cpu/memory.h"
#include "cpu/nvic.h"
#include "cpu/systick.h"

size_t cpu_sizeof(void)
{
    return sizeof(struct cpu);
}

struct cpu *cpu_new(const struct cpu_config *config)
{
    struct cpu *cpu = calloc(1, sizeof *cpu);
    if (!cpu)
        return NULL;
    cpu->config = *config;
    if (!code_cache_init(cpu)) {
        free(cpu);
        return NULL;
    }
    cpu->regimes_used = 0xff;
    cpu->systick_reference = 8;
    cpu->dbgen = cpu->niden = cpu->spiden = cpu->spniden = true;
    cpu_reset(cpu, 0, true);
    return cpu;
}

void cpu_free(struct cpu *cpu)
{
    if (!cpu)
        return;
    code_cache_free(cpu);
    free(cpu);
}

void cpu_log(struct cpu *cpu, const char *format, ...)
{
    char text[200];
    va_list arguments;
    if (!cpu->config.log)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    cpu->config.log(cpu->config.context, text);
}

void cpu_lockup(struct cpu *cpu)
{
    if (cpu->locked)
        return;
    cpu->locked = true;
    cpu->leave = true;
    cpu->stop_at = 0;
    cpu_log(cpu,
            "lockup at pc 0x%08x (%s), exception %u, CFSR S 0x%08x NS 0x%08x, SFSR 0x%02x, "
            "HFSR 0x%08x",
            cpu->r[15], cpu->secure ? "secure" : "non-secure", cpu->exception, cpu->cfsr[S],
            cpu->cfsr[NS], cpu->sfsr, cpu->hfsr);
    if (cpu->config.lockup)
        cpu->config.lockup(cpu->config.context, true);
}

static void reset_exceptions(struct cpu *cpu)
{
    memset(cpu->sys_pending, 0, sizeof cpu->sys_pending);
    memset(cpu->sys_active, 0, sizeof cpu->sys_active);
    memset(cpu->sys_enabled, 0, sizeof cpu->sys_enabled);
    memset(cpu->sys_priority, 0, sizeof cpu->sys_priority);
    memset(cpu->irq_active, 0, sizeof cpu->irq_active);
    memset(cpu->irq_enabled, 0, sizeof cpu->irq_enabled);
    memset(cpu->irq_nonsecure, 0, sizeof cpu->irq_nonsecure);
    memset(cpu->irq_priority, 0, sizeof cpu->irq_priority);
    memcpy(cpu->irq_pending, cpu->irq_level, sizeof cpu->irq_pending);
}

static void reset_system(struct cpu *cpu, uint32_t vtor)
{
    for (unsigned bank = 0; bank < 2; bank++) {
        cpu->control[bank] = cpu->primask[bank] = cpu->basepri[bank] = cpu->faultmask[bank] = 0;
        cpu->splim[bank][MSP] = cpu->splim[bank][PSP] = 0;
        cpu->vtor[bank] = 0;
        cpu->prigroup[bank] = cpu->scr[bank] = cpu->ccr[bank] = cpu->cfsr[bank] = 0;
        cpu->mmfar[bank] = cpu->cpacr[bank] = cpu->fpcar[bank] = cpu->fpdscr[bank] = 0;
        cpu->fpccr[bank] = FPCCR_ASPEN;
        cpu->mpu[bank] = (struct mpu){0};
    }
    cpu->fpccr[S] |= FPCCR_LSPEN | FPCCR_S;
    cpu->vtor[cpu->config.has_security] = vtor;
    cpu->aircr = cpu->nsacr = cpu->hfsr = cpu->sfsr = cpu->sfar = cpu->bfar = 0;
    cpu->sau = (struct sau){0};
    cpu->fpscr = 0;
}

void cpu_reset(struct cpu *cpu, uint32_t vtor, bool cold)
{
    bool was_locked = cpu->locked;
    reset_exceptions(cpu);
    reset_system(cpu, vtor);
    systick_reset(cpu);
    debug_reset(cpu, cold);
    if (cold)
        memset(cpu->r, 0, sizeof cpu->r);
    memset(cpu->sp, 0, sizeof cpu->sp);
    cpu->nz = 1;
    cpu->c = cpu->v = cpu->q = cpu->ge = 0;
    cpu->it = 0;
    cpu->thumb = true;
    cpu->exception = 0;
    cpu->secure = cpu->config.has_security;
    cpu->exclusive = cpu->event = false;
    cpu->sleeping = cpu->wait_event = cpu->sleep_deep = cpu->locked = false;
    cpu->lock_svtaircr = cpu->lock_smpu = cpu->lock_sau = false;
    cpu->lock_nsvtor = cpu->lock_nsmpu = false;
    cpu->r[14] = 0xffffffffu;
    cpu->reset_pending = true;
    cpu->link_from = NULL;
    nvic_update(cpu);
    tlb_flush(cpu);
    if (was_locked && cpu->config.lockup)
        cpu->config.lockup(cpu->config.context, false);
}

/* Reset's last step: MSP and PC from the vector table. */
static void fetch_reset_vector(struct cpu *cpu)
{
    uint32_t sp, pc, vtor = cpu->vtor[cpu->secure];
    cpu->reset_pending = false;
    cpu->it = 0;
    if (mem_read(cpu, vtor, 4, cpu->secure, true, &sp) != MEM_OK ||
        mem_read(cpu, vtor + 4, 4, cpu->secure, true, &pc) != MEM_OK) {
        cpu->hfsr |= HFSR_VECTTBL;
        cpu_lockup(cpu);
        return;
    }
    cpu->r[13] = sp & ~3u;
    cpu->sp[cpu->secure][MSP] = cpu->r[13];
    cpu->r[15] = pc & ~1u;
    cpu->thumb = pc & 1u;
}

/* --- the run loop -------------------------------------------------------------------------- */

static bool sleep_over(struct cpu *cpu)
{
    if (cpu->wait_event && cpu->event) {
        cpu->event = false;
        return true;
    }
    return nvic_wakes(cpu) || (cpu->wait_event && nvic_takeable(cpu).exception);
}

static void leave_lockup(struct cpu *cpu)
{
    if (likely(!cpu->locked))
        return;
    cpu->locked = false;
    if (cpu->config.lockup)
        cpu->config.lockup(cpu->config.context, false);
}

/* One round of what must happen between blocks. True: cpu_run returns *stop. */
static bool between(struct cpu *cpu, enum cpu_stop *stop)
{
    if (unlikely(cpu->break_requested)) {
        cpu->break_requested = false;
        *stop = CPU_STOP_BREAK;
        return true;
    }
    if (unlikely(cpu->reset_pending))
        fetch_reset_vector(cpu);
    if (cpu->cycles >= cpu->timer_next)
        systick_advance(cpu);
    if (unlikely(cpu->sleeping)) {
        if (!sleep_over(cpu)) {
            *stop = cpu->cycles >= cpu->limit ? CPU_STOP_LIMIT : CPU_STOP_SLEEP;
            return true;
        }
        cpu->sleeping = cpu->wait_event = false;
    }
    if (cpu->recheck) {
        cpu->recheck = false;
        if (nvic_takeable(cpu).exception && (!cpu->locked || nvic_highest(cpu).priority == -2)) {
            leave_lockup(cpu);
            cpu->link_from = NULL;
            exception_enter(cpu);
            cpu->recheck = true;
            /* SLEEPONEXIT and the like are decided on return. */
        }
    }
    if (unlikely(cpu->locked)) {
        *stop = CPU_STOP_LOCKUP;
        return true;
    }
    if (cpu->cycles >= cpu->limit) {
        *stop = CPU_STOP_LIMIT;
        return true;
    }
    return false;
}

/* An instruction without EPSR.T: it is fetched all the same, and faults of that come first. */
static void invalid_state(struct cpu *cpu)
{
    uint16_t half;
    bool nsc;
    if (!mem_fetch(cpu, cpu->r[15], &half, &nsc))
        return;
    cpu->cfsr[cpu->secure] |= CFSR_INVSTATE;
    nvic_raise(cpu, EXC_USAGEFAULT, cpu->secure);
}

bool cpu_has_breakpoint(const struct cpu *cpu, uint32_t address)
{
    for (unsigned i = 0; i < cpu->breakpoint_count; i++)
        if (cpu->breakpoint[i] == address)
            return true;
    return false;
}

static void remember(struct cpu *cpu, struct block *block)
{
    if (block->single || block->dead || block->it)
        return;
    cpu->jump[block->pc / 2 % JUMP_CACHE] = block;
    struct op *from = cpu->link_from;
    if (from && from->imm == block->pc)
        from->link = block;
}

/* Runs from r[15] until something must be decided between blocks. */
static void run_block(struct cpu *cpu, bool step)
{
    uint64_t stop_at = cpu->limit < cpu->timer_next ? cpu->limit : cpu->timer_next;
    cpu->leave = false;
    uint32_t generation = cpu->cache_generation;
    struct block *block = code_block(cpu, step);
    if (!block)
        return;
    if (cpu->cache_generation != generation)
        cpu->link_from = NULL;
    if (!step && cpu->cycles + block->cycles_max > stop_at) {
        step = true;
        cpu->link_from = NULL;
        block = code_block(cpu, true);
        if (!block)
            return;
    }
    if (step || cpu->recheck)
        cpu->link_from = NULL;
    else
        remember(cpu, block);
    cpu->link_from = NULL;
    cpu->stop_at = step ? 0 : stop_at;
    cpu->leave = cpu->break_requested;
    cpu_execute(cpu, block);
}

static enum cpu_stop run(struct cpu *cpu, uint64_t limit, bool step)
{
    enum cpu_stop stop;
    cpu->limit = limit;
    for (;;) {
        uint16_t exception = cpu->exception;
        uint64_t cycles = cpu->cycles;
        if (between(cpu, &stop))
            return stop;
        if (step && (cpu->exception != exception || cpu->cycles != cycles))
            return CPU_STOP_LIMIT; /* took an exception */
        if (cpu->recheck)
            continue;
        if (unlikely(!cpu->thumb)) {
            invalid_state(cpu);
            continue;
        }
        if (unlikely(cpu->breakpoint_count) && !cpu->breakpoint_passed &&
            cpu_has_breakpoint(cpu, cpu->r[15])) {
            cpu->breakpoint_passed = true;
            return CPU_STOP_BREAKPOINT;
        }
        cpu->breakpoint_passed = false;
        if (unlikely(cpu->trace))
            cpu->trace(cpu->trace_context, cpu, cpu->r[15]);
        if (unlikely(cpu->debug_slow)) {
            struct debug_step debug = debug_before(cpu);
            run_block(cpu, true);
            debug_after(cpu, debug);
        } else {
            run_block(cpu, step || cpu->trace);
        }
        if (step)
            return cpu->locked ? CPU_STOP_LOCKUP : CPU_STOP_LIMIT;
    }
}

enum cpu_stop cpu_run(struct cpu *cpu, uint64_t cycle_limit)
{
    return run(cpu, cycle_limit, false);
}

enum cpu_stop cpu_step(struct cpu *cpu)
{
    cpu->breakpoint_passed = true;
    return run(cpu, UINT64_MAX, true);
}

uint64_t cpu_cycles(const struct cpu *cpu)
{
    return cpu->cycles + (cpu->now ? cpu->now->cycles : 0);
}

uint64_t cpu_instructions(const struct cpu *cpu)
{
    return cpu->instructions + (cpu->now ? cpu->now->index : 0);
}

void cpu_skip_cycles(struct cpu *cpu, uint64_t cycles)
{
    cpu->cycles += cycles;
}

uint64_t cpu_next_timer(const struct cpu *cpu)
{
    return cpu->timer_next;
}

void cpu_lower_limit(struct cpu *cpu, uint64_t cycle_limit)
{
    if (cycle_limit >= cpu->limit)
        return;
    cpu->limit = cycle_limit;
    cpu->leave = true;
    cpu->stop_at = 0;
}

void cpu_break(struct cpu *cpu)
{
    cpu->break_requested = true;
    cpu->leave = true;
    cpu->stop_at = 0;
}

void cpu_set_event(struct cpu *cpu)
{
    cpu->event = true;
}

bool cpu_sleeping(const struct cpu *cpu)
{
    return cpu->sleeping;
}

bool cpu_sleep_deep(const struct cpu *cpu)
{
    return cpu->scr[NS] >> 2 & 1u; /* the same in both copies */
}

void cpu_set_systick_reference(struct cpu *cpu, uint32_t cycles_per_tick)
{
    cpu->systick_reference = cycles_per_tick;
}

void cpu_tlb_flush(struct cpu *cpu)
{
    tlb_flush(cpu);
}

void cpu_set_security(struct cpu *cpu, bool has_security)
{
    cpu->config.has_security = has_security;
}

void cpu_set_locks(struct cpu *cpu, bool svtaircr, bool smpu, bool sau, bool nsvtor, bool nsmpu)
{
    cpu->lock_svtaircr = svtaircr;
    cpu->lock_smpu = smpu;
    cpu->lock_sau = sau;
    cpu->lock_nsvtor = nsvtor;
    cpu->lock_nsmpu = nsmpu;
}
