/* LPTIM1-4: continuous or single counting with auto-reload and compare-1 match (RM0456 chapter 58).
 * Triggers, encoder, capture, PWM outputs and the second channel are not modelled; register updates
 * arrive at once.
 */
#include "soc/soc_state.h"

static const int irqs[LPTIM_COUNT] = {IRQ_LPTIM1, IRQ_LPTIM2, IRQ_LPTIM3, IRQ_LPTIM4};

static void update_irq(struct soc *soc, unsigned n)
{
    soc_irq(soc, irqs[n], (soc->lptim[n].isr & soc->lptim[n].dier & 0x3FFFu) != 0);
}

static uint64_t prescaler(const struct soc_lptim *t)
{
    return UINT64_C(1) << ((t->cfgr & LPTIM_CFGR_PRESC_Msk) >> LPTIM_CFGR_PRESC_Pos);
}

static void sync(struct soc *soc, unsigned n)
{
    struct soc_lptim *t = &soc->lptim[n];
    uint64_t hz = soc_lptim_clock_hz(soc, n);
    uint64_t unit = SIM_PS_PER_S * prescaler(t);
    sim_ps now = soc_now(soc);
    uint64_t ticks, reach, period = (uint64_t)t->arr + 1;

    if (!t->running || hz == 0 || now <= t->started) {
        t->started = t->running && hz != 0 ? t->started : now;
        return;
    }
    ticks = (uint64_t)((unsigned __int128)(now - t->started) * hz / unit);
    if (ticks == 0) {
        return;
    }
    t->started += (sim_ps)((unsigned __int128)ticks * unit / hz);
    reach = t->cnt + ticks;
    if (reach >= t->arr) {
        t->isr |= LPTIM_ISR_ARRM_Msk;
    }
    if ((t->cnt < t->ccr[0] && reach >= t->ccr[0]) ||
        (reach >= period && reach % period >= t->ccr[0]) || reach >= 2 * period) {
        t->isr |= t->ccr[0] <= t->arr ? LPTIM_ISR_CC1IF_Msk : 0;
    }
    if (t->single && reach >= t->arr) {
        t->running = false;
        t->cnt = 0;
    } else {
        t->cnt = (uint32_t)(reach % period);
    }
}

static void arm(struct soc *soc, unsigned n)
{
    struct soc_lptim *t = &soc->lptim[n];
    uint64_t hz = soc_lptim_clock_hz(soc, n);
    uint64_t next = UINT64_MAX, period = (uint64_t)t->arr + 1;

    sched_cancel(soc->sched, &t->next.event);
    if (!t->running || hz == 0) {
        return;
    }
    if ((t->dier & LPTIM_DIER_ARRMIE_Msk) && !(t->isr & LPTIM_ISR_ARRM_Msk)) {
        next = t->cnt < t->arr ? t->arr - t->cnt : period;
    }
    if ((t->dier & LPTIM_DIER_CC1IE_Msk) && !(t->isr & LPTIM_ISR_CC1IF_Msk) &&
        t->ccr[0] <= t->arr) {
        uint64_t ticks = t->ccr[0] > t->cnt ? t->ccr[0] - t->cnt : period - t->cnt + t->ccr[0];

        next = ticks < next ? ticks : next;
    }
    if (next != UINT64_MAX) {
        sched_at(soc->sched, &t->next.event, t->started + soc_periods_ps(next * prescaler(t), hz));
    }
}

static void refresh(struct soc *soc, unsigned n)
{
    update_irq(soc, n);
    arm(soc, n);
}

static void fire(void *context)
{
    struct soc_event *event = context;

    sync(event->soc, event->instance);
    refresh(event->soc, event->instance);
}

READER(lptim)
{
    struct soc_lptim *t = &soc->lptim[block->instance];

    (void)access;
    sync(soc, block->instance);
    refresh(soc, block->instance);
    switch (offset) {
    case LPTIM_ISR_OFS:
        return t->isr;
    case LPTIM_ICR_OFS:
        return 0;
    case LPTIM_DIER_OFS:
        return t->dier;
    case LPTIM_CFGR_OFS:
        return t->cfgr;
    case LPTIM_CR_OFS:
        return t->cr;
    case LPTIM_CCR1_OFS:
        return t->ccr[0];
    case LPTIM_CCR2_OFS:
        return t->ccr[1];
    case LPTIM_ARR_OFS:
        return t->arr;
    case LPTIM_CNT_OFS:
        return t->cnt;
    case LPTIM_CFGR2_OFS:
        return t->cfgr2;
    case LPTIM_RCR_OFS:
        return t->rcr;
    case LPTIM_CCMR1_OFS:
        return t->ccmr1;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

static void write_cr(struct soc *soc, struct soc_lptim *t, uint32_t value)
{
    t->cr = value & (LPTIM_CR_ENABLE_Msk | LPTIM_CR_RSTARE_Msk);
    if (!(value & LPTIM_CR_ENABLE_Msk)) {
        t->running = false;
        t->cnt = 0;
        return;
    }
    if (value & LPTIM_CR_COUNTRST_Msk) {
        t->cnt = 0;
    }
    if (value & (LPTIM_CR_SNGSTRT_Msk | LPTIM_CR_CNTSTRT_Msk)) {
        t->single = (value & LPTIM_CR_SNGSTRT_Msk) != 0;
        if (!t->running) {
            t->cnt = 0;
        }
        t->running = true;
        t->started = soc_now(soc);
    }
}

WRITER(lptim)
{
    unsigned n = block->instance;
    struct soc_lptim *t = &soc->lptim[n];
    bool enabled = (t->cr & LPTIM_CR_ENABLE_Msk) != 0;

    (void)access;
    sync(soc, n);
    if (!enabled && (offset == LPTIM_ARR_OFS || offset == LPTIM_CCR1_OFS ||
                     offset == LPTIM_CCR2_OFS || offset == LPTIM_RCR_OFS)) {
        soc_guest_error(soc, block->base + offset, "%s: register 0x%02x written with ENABLE = 0",
                        block->name, offset);
        return;
    }
    switch (offset) {
    case LPTIM_ICR_OFS:
        t->isr &= ~value;
        break;
    case LPTIM_DIER_OFS:
        t->isr &= ~(t->dier ^ value); /* erratum 2.17.3 */
        t->dier = value;
        t->isr |= LPTIM_ISR_DIEROK_Msk;
        break;
    case LPTIM_CFGR_OFS:
        t->cfgr = value;
        if (value & (LPTIM_CFGR_TRIGEN_Msk | LPTIM_CFGR_ENC_Msk | LPTIM_CFGR_COUNTMODE_Msk |
                     LPTIM_CFGR_CKSEL_Msk)) {
            soc_not_modelled(soc, block->base + 0x300, "%s: trigger, encoder or external clock",
                             block->name);
        }
        break;
    case LPTIM_CR_OFS:
        write_cr(soc, t, value);
        break;
    case LPTIM_CCR1_OFS:
        t->ccr[0] = value & 0xFFFFu;
        t->isr |= LPTIM_ISR_CMP1OK_Msk;
        break;
    case LPTIM_CCR2_OFS:
        t->ccr[1] = value & 0xFFFFu;
        t->isr |= LPTIM_ISR_CMP2OK_Msk;
        break;
    case LPTIM_ARR_OFS:
        t->arr = value & 0xFFFFu;
        t->isr |= LPTIM_ISR_ARROK_Msk;
        break;
    case LPTIM_RCR_OFS:
        t->rcr = value & 0xFFu;
        t->isr |= LPTIM_ISR_REPOK_Msk;
        break;
    case LPTIM_CFGR2_OFS:
        t->cfgr2 = value;
        break;
    case LPTIM_CCMR1_OFS:
        t->ccmr1 = value;
        break;
    case LPTIM_ISR_OFS:
    case LPTIM_CNT_OFS:
        break;
    default:
        soc_stored_write(soc, block, offset, value);
        break;
    }
    refresh(soc, n);
}

RESETTER(lptim)
{
    struct soc_lptim *t = &soc->lptim[block->instance];
    struct soc_event next;

    sched_cancel(soc->sched, &t->next.event);
    next = t->next;
    *t = (struct soc_lptim){.arr = 1, .next = next};
    update_irq(soc, block->instance);
}

void soc_lptim_init(struct soc *soc)
{
    for (unsigned n = 0; n < LPTIM_COUNT; n++) {
        soc_event_init(&soc->lptim[n].next, soc, n, fire);
    }
}

void soc_lptim_edge(struct soc *soc, unsigned lptim, unsigned line, bool level)
{
    (void)soc;
    (void)lptim;
    (void)line;
    (void)level;
}
