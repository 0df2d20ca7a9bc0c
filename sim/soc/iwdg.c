/* IWDG: independent watchdog on LSI; cannot be stopped once started (RM0456 chapter 61). Writes
 * need some LSI cycles; the early interrupt and the window are modelled.
 */
#include "soc/soc_state.h"

#define KEY_START   0xCCCCu
#define KEY_REFRESH 0xAAAAu
#define KEY_OPEN    0x5555u
#define SYNC_CYCLES 5u /* LSI cycles until a register write has arrived */

static uint64_t divider(const struct soc_iwdg *w)
{
    return w->pr >= 8 ? 1024u : 4u << w->pr;
}

/* Counter now: counts down from RLR. */
static uint32_t counter(const struct soc *soc)
{
    const struct soc_iwdg *w = &soc->iwdg;
    unsigned __int128 ticks =
        (unsigned __int128)(soc_now(soc) - w->started) * 32000u / SIM_PS_PER_S / divider(w);

    return ticks > w->rlr ? 0 : w->rlr - (uint32_t)ticks;
}

static bool lsi_on(const struct soc *soc)
{
    return (soc->rcc.r[RCC_BDCR_OFS / 4] & RCC_BDCR_LSION_Msk) != 0;
}

/* IWDG_STOP and IWDG_STDBY freeze the counter in these modes, DBG_IWDG_STOP while a debugger holds
 * the core. */
static bool stands(const struct soc *soc)
{
    uint32_t option =
        soc->power == POWER_STOP ? FLASH_OPTR_IWDG_STOP_Msk : FLASH_OPTR_IWDG_STDBY_Msk;

    return (soc->power != POWER_RUN && !(soc->flash.loaded.optr & option)) ||
           soc_debug_frozen(soc, DBGMCU_APB1FZR1_OFS, DBGMCU_APB1FZR1_DBG_IWDG_STOP_Pos);
}

static void reload(struct soc *soc)
{
    struct soc_iwdg *w = &soc->iwdg;
    uint32_t early = w->ewcr & IWDG_EWCR_EWIT_Msk;

    w->started = w->paused = soc_now(soc);
    if (w->frozen) { /* the debugger has written */
        return;
    }
    soc_after(soc, &w->expire, soc_periods_ps((w->rlr + 1) * divider(w), 32000u));
    if ((w->ewcr & IWDG_EWCR_EWIE_Msk) && early != 0 && early <= w->rlr) {
        soc_after(soc, &w->early, soc_periods_ps((w->rlr - early + 1) * divider(w), 32000u));
    } else {
        sched_cancel(soc->sched, &w->early.event);
    }
}

static void start(struct soc *soc)
{
    soc->iwdg.running = true;
    soc_rcc_force_lsi(soc);
    reload(soc);
}

void soc_iwdg_before_power_change(struct soc *soc)
{
    struct soc_iwdg *w = &soc->iwdg;

    if (w->running && !w->frozen) {
        w->paused = soc_now(soc);
    }
}

void soc_iwdg_after_power_change(struct soc *soc)
{
    struct soc_iwdg *w = &soc->iwdg;
    bool freeze = stands(soc);

    if (!w->running || freeze == w->frozen) {
        return;
    }
    w->frozen = freeze;
    if (freeze) {
        sched_cancel(soc->sched, &w->expire.event);
        sched_cancel(soc->sched, &w->early.event);
    } else {
        sim_ps missed = soc_now(soc) - w->paused;
        sim_ps end = w->started + missed + soc_periods_ps((w->rlr + 1) * divider(w), 32000u);

        w->started += missed;
        sched_at(soc->sched, &w->expire.event, end);
        if (w->ewcr & IWDG_EWCR_EWIE_Msk) {
            uint32_t early = w->ewcr & IWDG_EWCR_EWIT_Msk;
            sim_ps at = end - soc_periods_ps(early * divider(w), 32000u);

            if (at > soc_now(soc)) {
                sched_at(soc->sched, &w->early.event, at);
            }
        }
    }
}

static void expire_fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;

    if (!lsi_on(soc)) { /* LSI stopped by BDRST (erratum 2.18.2) */
        reload(soc);
        return;
    }
    if (soc->tamp.sr != 0) {
        soc_internal_tamper(soc, 11);
    }
    soc_request_reset(soc, RCC_CSR_IWDGRSTF_Msk);
}

static void update_irq(struct soc *soc)
{
    soc_irq(soc, IRQ_IWDG,
            (soc->iwdg.sr & IWDG_SR_EWIF_Msk) && (soc->iwdg.ewcr & IWDG_EWCR_EWIE_Msk));
}

static void early_fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;

    soc->iwdg.sr |= IWDG_SR_EWIF_Msk;
    update_irq(soc);
}

static void update_fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;

    soc->iwdg.sr &= IWDG_SR_EWIF_Msk;
}

static void updating(struct soc *soc, uint32_t flag)
{
    soc->iwdg.sr |= flag;
    soc_after(soc, &soc->iwdg.update, soc_periods_ps(SYNC_CYCLES, 32000u));
}

static void refresh(struct soc *soc)
{
    struct soc_iwdg *w = &soc->iwdg;

    if (!w->running) {
        return;
    }
    if (w->winr != 0xFFFu && counter(soc) > w->winr) {
        soc_request_reset(soc, RCC_CSR_IWDGRSTF_Msk);
        return;
    }
    reload(soc);
}

READER(iwdg)
{
    const struct soc_iwdg *w = &soc->iwdg;

    (void)access;
    switch (offset) {
    case IWDG_KR_OFS:
        return 0;
    case IWDG_PR_OFS:
        return w->pr;
    case IWDG_RLR_OFS:
        return w->rlr;
    case IWDG_SR_OFS:
        return w->sr;
    case IWDG_WINR_OFS:
        return w->winr;
    case IWDG_EWCR_OFS:
        return w->ewcr;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

WRITER(iwdg)
{
    struct soc_iwdg *w = &soc->iwdg;

    (void)access;
    if (offset == IWDG_KR_OFS) {
        w->open = (value & 0xFFFFu) == KEY_OPEN;
        if ((value & 0xFFFFu) == KEY_START && !w->running) {
            start(soc);
        } else if ((value & 0xFFFFu) == KEY_REFRESH) {
            refresh(soc);
        }
        return;
    }
    if (offset != IWDG_SR_OFS && !w->open) {
        soc_guest_error(soc, IWDG_NS + offset, "IWDG register 0x%02x written without the key",
                        offset);
        return;
    }
    switch (offset) {
    case IWDG_PR_OFS:
        w->pr = value & 0xFu;
        updating(soc, IWDG_SR_PVU_Msk);
        break;
    case IWDG_RLR_OFS:
        w->rlr = value & 0xFFFu;
        updating(soc, IWDG_SR_RVU_Msk);
        break;
    case IWDG_WINR_OFS:
        w->winr = value & 0xFFFu;
        updating(soc, IWDG_SR_WVU_Msk);
        break;
    case IWDG_EWCR_OFS:
        w->ewcr = value & (IWDG_EWCR_EWIT_Msk | IWDG_EWCR_EWIE_Msk);
        if (value & IWDG_EWCR_EWIC_Msk) {
            w->sr &= ~IWDG_SR_EWIF_Msk;
        }
        updating(soc, IWDG_SR_EWU_Msk);
        break;
    case IWDG_SR_OFS:
        break;
    default:
        soc_stored_write(soc, block, offset, value);
        return;
    }
    if (w->running) {
        reload(soc);
    }
    update_irq(soc);
}

RESETTER(iwdg)
{
    struct soc_iwdg *w = &soc->iwdg;

    (void)block;
    if (soc->reset_standby && w->running) {
        return; /* goes on counting over Standby */
    }
    sched_cancel(soc->sched, &w->expire.event);
    sched_cancel(soc->sched, &w->early.event);
    sched_cancel(soc->sched, &w->update.event);
    w->pr = 0;
    w->rlr = 0xFFFu;
    w->winr = 0xFFFu;
    w->ewcr = w->sr = 0;
    w->running = w->open = w->frozen = false;
    update_irq(soc);
    if (!(soc->flash.loaded.optr & FLASH_OPTR_IWDG_SW_Msk) && soc->reset_pending == 0 &&
        soc->power == POWER_RUN) {
        start(soc); /* hardware watchdog */
    }
}

void soc_iwdg_init(struct soc *soc)
{
    soc_event_init(&soc->iwdg.expire, soc, 0, expire_fire);
    soc_event_init(&soc->iwdg.early, soc, 0, early_fire);
    soc_event_init(&soc->iwdg.update, soc, 0, update_fire);
    soc->iwdg.rlr = soc->iwdg.winr = 0xFFFu;
}
