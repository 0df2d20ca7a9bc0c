/* WWDG: window watchdog on PCLK1/4096; resets when T6 falls or on a refresh too early. */
#include "soc/soc_state.h"

static uint64_t cycles_per_tick(const struct soc_wwdg *w)
{
    return UINT64_C(4096) << ((w->cfr & WWDG_CFR_WDGTB_Msk) >> WWDG_CFR_WDGTB_Pos);
}

/* PCLK1 stands in Stop; DBG_WWDG_STOP. */
static uint64_t clock_hz(const struct soc *soc)
{
    bool frozen = soc_debug_frozen(soc, DBGMCU_APB1FZR1_OFS, DBGMCU_APB1FZR1_DBG_WWDG_STOP_Pos);

    return soc->power == POWER_RUN && !frozen ? soc->rcc.pclk1_hz : 0;
}

static uint64_t cycles_since(const struct soc *soc)
{
    return (uint64_t)((unsigned __int128)(soc_now(soc) - soc->wwdg.started) * clock_hz(soc) /
                      SIM_PS_PER_S);
}

static uint32_t counter(const struct soc *soc)
{
    const struct soc_wwdg *w = &soc->wwdg;
    unsigned __int128 ticks;

    if (!(w->cr & WWDG_CR_WDGA_Msk)) {
        return w->cr & WWDG_CR_T_Msk;
    }
    ticks = (unsigned __int128)(cycles_since(soc) + w->fraction) / cycles_per_tick(w);
    return (w->started_count - (uint32_t)ticks) & WWDG_CR_T_Msk;
}

static void update_irq(struct soc *soc)
{
    soc_irq(soc, IRQ_WWDG, (soc->wwdg.sr & 1u) && (soc->wwdg.cfr & WWDG_CFR_EWI_Msk));
}

/* Events for the rest of the way from started_count and fraction. */
static void schedule(struct soc *soc)
{
    struct soc_wwdg *w = &soc->wwdg;
    uint64_t tick = cycles_per_tick(w), to_expire = tick * (w->started_count - 0x3Fu);
    uint64_t to_early = tick * (w->started_count - 0x40u);

    soc_after(soc, &w->expire, soc_periods_ps(to_expire - w->fraction, clock_hz(soc)));
    if (to_early >= w->fraction) {
        soc_after(soc, &w->early, soc_periods_ps(to_early - w->fraction, clock_hz(soc)));
    }
}

static void arm(struct soc *soc)
{
    struct soc_wwdg *w = &soc->wwdg;

    w->started = soc_now(soc);
    w->started_count = w->cr & WWDG_CR_T_Msk;
    w->fraction = 0;
    schedule(soc);
}

void soc_wwdg_before_clock_change(struct soc *soc)
{
    struct soc_wwdg *w = &soc->wwdg;
    uint64_t cycles;

    if (!(w->cr & WWDG_CR_WDGA_Msk)) {
        return;
    }
    cycles = cycles_since(soc) + w->fraction;
    w->started_count -= (uint32_t)(cycles / cycles_per_tick(w));
    w->fraction = cycles % cycles_per_tick(w);
    w->started = soc_now(soc);
}

void soc_wwdg_after_clock_change(struct soc *soc)
{
    struct soc_wwdg *w = &soc->wwdg;

    if (!(w->cr & WWDG_CR_WDGA_Msk) || w->started_count <= 0x3Fu) {
        return;
    }
    w->started = soc_now(soc);
    schedule(soc);
}

static void expire_fire(void *context)
{
    soc_request_reset(((struct soc_event *)context)->soc, RCC_CSR_WWDGRSTF_Msk);
}

static void early_fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;

    soc->wwdg.sr |= 1u;
    update_irq(soc);
}

READER(wwdg)
{
    (void)access;
    switch (offset) {
    case WWDG_CR_OFS:
        return (soc->wwdg.cr & WWDG_CR_WDGA_Msk) | counter(soc);
    case WWDG_CFR_OFS:
        return soc->wwdg.cfr;
    case WWDG_SR_OFS:
        return soc->wwdg.sr;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

static void write_cr(struct soc *soc, uint32_t value)
{
    struct soc_wwdg *w = &soc->wwdg;
    bool active = (w->cr & WWDG_CR_WDGA_Msk) != 0;

    if (active && counter(soc) > (w->cfr & WWDG_CFR_W_Msk)) {
        soc_request_reset(soc, RCC_CSR_WWDGRSTF_Msk);
        return;
    }
    w->cr = (value & 0xFFu) | (w->cr & WWDG_CR_WDGA_Msk);
    if (!(w->cr & WWDG_CR_WDGA_Msk)) {
        return;
    }
    if (!(w->cr & 0x40u)) {
        soc_request_reset(soc, RCC_CSR_WWDGRSTF_Msk);
        return;
    }
    arm(soc);
}

WRITER(wwdg)
{
    (void)access;
    switch (offset) {
    case WWDG_CR_OFS:
        write_cr(soc, value);
        break;
    case WWDG_CFR_OFS:
        soc->wwdg.cfr = (value & 0x3A7Fu) | (soc->wwdg.cfr & WWDG_CFR_EWI_Msk);
        break;
    case WWDG_SR_OFS:
        soc->wwdg.sr &= value;
        break;
    default:
        soc_stored_write(soc, block, offset, value);
        break;
    }
    update_irq(soc);
}

RESETTER(wwdg)
{
    struct soc_wwdg *w = &soc->wwdg;

    (void)block;
    sched_cancel(soc->sched, &w->expire.event);
    sched_cancel(soc->sched, &w->early.event);
    w->cr = w->cfr = 0x7Fu;
    w->sr = 0;
    update_irq(soc);
    if (!(soc->flash.loaded.optr & FLASH_OPTR_WWDG_SW_Msk)) {
        w->cr |= WWDG_CR_WDGA_Msk;
        arm(soc);
    }
}

void soc_wwdg_init(struct soc *soc)
{
    soc_event_init(&soc->wwdg.expire, soc, 0, expire_fire);
    soc_event_init(&soc->wwdg.early, soc, 0, early_fire);
}
