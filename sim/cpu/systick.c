/* SysTick. A running counter is described by the cycle at which it reaches 0; it is loaded from
 * RVR one tick later, so that the period is RVR + 1 ticks. */
#include "cpu/systick.h"

#include "cpu/dwt.h"
#include "cpu/nvic.h"

#define CSR_ENABLE    1u
#define CSR_TICKINT   2u
#define CSR_CLKSOURCE 4u

static uint64_t tick(const struct cpu *cpu, const struct systick *timer)
{
    return timer->csr & CSR_CLKSOURCE ? 1 : cpu->systick_reference;
}

static bool counting(const struct cpu *cpu, const struct systick *timer)
{
    return (timer->csr & CSR_ENABLE) && tick(cpu, timer) && timer->zero_at != UINT64_MAX;
}

static uint32_t current_value(const struct cpu *cpu, const struct systick *timer)
{
    if (!counting(cpu, timer))
        return timer->stopped_value;
    uint64_t now = cpu_cycles(cpu), period = tick(cpu, timer);
    uint64_t left = timer->zero_at > now ? (timer->zero_at - now + period - 1) / period : 0;
    return left > timer->period ? 0 : (uint32_t)left;
}

/* Starts counting down from `value`; 0 reloads at the next tick. */
static void start(struct cpu *cpu, struct systick *timer, uint32_t value)
{
    timer->period = value ? (value > timer->rvr ? value : timer->rvr) : timer->rvr;
    if (value == 0 && timer->rvr == 0) {
        timer->zero_at = UINT64_MAX;
        timer->stopped_value = 0;
        return;
    }
    uint64_t ticks = value ? value : (uint64_t)timer->rvr + 1;
    timer->zero_at = cpu_cycles(cpu) + ticks * tick(cpu, timer);
}

static void advance_one(struct cpu *cpu, bool secure, uint64_t now)
{
    struct systick *timer = &cpu->systick[secure];
    while (counting(cpu, timer) && timer->zero_at <= now) {
        timer->countflag = true;
        if (timer->csr & CSR_TICKINT)
            nvic_set_pending(cpu, EXC_SYSTICK, secure);
        timer->period = timer->rvr;
        if (timer->rvr == 0) {
            timer->zero_at = UINT64_MAX;
            timer->stopped_value = 0;
        } else {
            uint64_t step = ((uint64_t)timer->rvr + 1) * tick(cpu, timer);
            uint64_t missed = (now - timer->zero_at) / step; /* whole periods slept through */
            timer->zero_at += (missed + 1) * step;
        }
    }
    if (counting(cpu, timer) && timer->zero_at < cpu->timer_next)
        cpu->timer_next = timer->zero_at;
}

void systick_advance(struct cpu *cpu)
{
    uint64_t now = cpu_cycles(cpu);
    cpu->timer_next = UINT64_MAX;
    advance_one(cpu, false, now);
    if (cpu->config.has_security)
        advance_one(cpu, true, now);
    if (cpu->dwt_cycle_at <= now)
        dwt_cycle(cpu);
    if (cpu->dwt_cycle_at < cpu->timer_next)
        cpu->timer_next = cpu->dwt_cycle_at;
    if (cpu->timer_next < cpu->stop_at)
        cpu->stop_at = cpu->timer_next;
}

uint32_t systick_read(struct cpu *cpu, bool secure, uint32_t offset)
{
    struct systick *timer = &cpu->systick[secure];
    systick_advance(cpu);
    switch (offset) {
    case 0x0: {
        uint32_t value = timer->csr | (uint32_t)timer->countflag << 16;
        timer->countflag = false;
        return value;
    }
    case 0x4:
        return timer->rvr;
    case 0x8:
        return current_value(cpu, timer);
    default:
        return cpu->systick_reference ? 0 : 1u << 31; /* CALIB: NOREF without a reference clock */
    }
}

void systick_write(struct cpu *cpu, bool secure, uint32_t offset, uint32_t value)
{
    struct systick *timer = &cpu->systick[secure];
    systick_advance(cpu);
    switch (offset) {
    case 0x0: {
        uint32_t count = current_value(cpu, timer);
        bool was = counting(cpu, timer), same = !((timer->csr ^ value) & CSR_CLKSOURCE);
        timer->stopped_value = count;
        timer->csr = value & 7u;
        if (!cpu->systick_reference)
            timer->csr |= CSR_CLKSOURCE;
        if (!(was && same) && (timer->csr & CSR_ENABLE) && tick(cpu, timer))
            start(cpu, timer, count);
        break;
    }
    case 0x4:
        timer->rvr = value & 0xffffffu;
        if ((timer->csr & CSR_ENABLE) && timer->zero_at == UINT64_MAX && timer->rvr)
            start(cpu, timer, 0);
        break;
    case 0x8:
        timer->countflag = false;
        timer->stopped_value = 0;
        if ((timer->csr & CSR_ENABLE) && tick(cpu, timer))
            start(cpu, timer, 0);
        break;
    default:
        break;
    }
    systick_advance(cpu);
    cpu->leave = true;
}

void systick_reset(struct cpu *cpu)
{
    for (unsigned bank = 0; bank < 2; bank++)
        cpu->systick[bank] = (struct systick){.zero_at = UINT64_MAX};
    cpu->timer_next = cpu->dwt_cycle_at;
}
