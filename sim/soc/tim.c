/* TIM1-8 and TIM15-17 as up-counters with prescaler, auto-reload, repetition and compare flags
 * (RM0456 chapters 54-57).
 *
 * A counter is brought up to date when it is looked at; an event is armed only for the next thing
 * that interrupts or reloads. Invariant: cnt and fraction are exact at time `synced`.
 */
#include "soc/soc_state.h"

#include <string.h>

#define NO_REQUEST 0xFFu

/* Order as in the region table: TIM2..7, 1, 8, 15, 16, 17. Basic timers have no channels. */
static const struct {
    uint32_t max;
    uint32_t channels;
    int irq_up, irq_cc, irq_trigger, irq_break;
    uint32_t clock_reg, clock_bit;
    uint8_t dma_up, dma_cc; /* GPDMA1 requests: update, first channel */
} tims[TIM_COUNT] = {
    {0xFFFFFFFFu, 4, IRQ_TIM2, IRQ_TIM2, IRQ_TIM2, IRQ_TIM2, RCC_APB1ENR1_OFS, 0, 60, 56},
    {0xFFFFFFFFu, 4, IRQ_TIM3, IRQ_TIM3, IRQ_TIM3, IRQ_TIM3, RCC_APB1ENR1_OFS, 1, 65, 61},
    {0xFFFFFFFFu, 4, IRQ_TIM4, IRQ_TIM4, IRQ_TIM4, IRQ_TIM4, RCC_APB1ENR1_OFS, 2, 71, 67},
    {0xFFFFFFFFu, 4, IRQ_TIM5, IRQ_TIM5, IRQ_TIM5, IRQ_TIM5, RCC_APB1ENR1_OFS, 3, 76, 72},
    {0xFFFFu, 0, IRQ_TIM6, IRQ_TIM6, IRQ_TIM6, IRQ_TIM6, RCC_APB1ENR1_OFS, 4, 4, NO_REQUEST},
    {0xFFFFu, 0, IRQ_TIM7, IRQ_TIM7, IRQ_TIM7, IRQ_TIM7, RCC_APB1ENR1_OFS, 5, 5, NO_REQUEST},
    {0xFFFFu, 4, IRQ_TIM1_UP, IRQ_TIM1_CC, IRQ_TIM1_TRG_COM, IRQ_TIM1_BRK, RCC_APB2ENR_OFS, 11, 46,
     42},
    {0xFFFFu, 4, IRQ_TIM8_UP, IRQ_TIM8_CC, IRQ_TIM8_TRG_COM, IRQ_TIM8_BRK, RCC_APB2ENR_OFS, 13, 53,
     49},
    {0xFFFFu, 2, IRQ_TIM15, IRQ_TIM15, IRQ_TIM15, IRQ_TIM15, RCC_APB2ENR_OFS, 16, 79, 78},
    {0xFFFFu, 1, IRQ_TIM16, IRQ_TIM16, IRQ_TIM16, IRQ_TIM16, RCC_APB2ENR_OFS, 17, 83, 82},
    {0xFFFFu, 1, IRQ_TIM17, IRQ_TIM17, IRQ_TIM17, IRQ_TIM17, RCC_APB2ENR_OFS, 18, 85, 84},
};

static void update_irq(struct soc *soc, unsigned n)
{
    const struct soc_tim *t = &soc->tim[n];
    uint32_t active = t->sr & t->dier;
    bool up = active & TIM_SR_UIF_Msk;
    bool cc = active & 0x1Eu;
    bool trigger = active & (TIM_SR_TIF_Msk | TIM_SR_COMIF_Msk);
    bool brk = active & TIM_SR_BIF_Msk;

    if (tims[n].irq_up == tims[n].irq_cc) {
        soc_irq(soc, tims[n].irq_up, up || cc || trigger || brk);
    } else {
        soc_irq(soc, tims[n].irq_up, up);
        soc_irq(soc, tims[n].irq_cc, cc);
        soc_irq(soc, tims[n].irq_trigger, trigger);
        soc_irq(soc, tims[n].irq_break, brk);
    }
}

static bool output_compare(const struct soc_tim *t, unsigned channel)
{
    return ((t->ccmr[channel / 2] >> (8 * (channel % 2))) & 3u) == 0;
}

/* Sets the flags of channels whose compare value lies in [first, last]. */
static void match(struct soc *soc, unsigned n, struct soc_tim *t, uint32_t first, uint32_t last)
{
    for (unsigned c = 0; c < tims[n].channels; c++) {
        if (output_compare(t, c) && t->ccr[c] >= first && t->ccr[c] <= last) {
            t->sr |= TIM_SR_CC1IF_Msk << c;
            if ((t->dier >> (9 + c)) & 1u && tims[n].dma_cc != NO_REQUEST) {
                soc_dma_pulse(soc, tims[n].dma_cc + c);
            }
        }
    }
}

static void load_shadows(struct soc_tim *t)
{
    t->psc_shadow = t->psc;
    t->arr_shadow = t->arr;
    t->rep = t->rcr;
}

/* The counter has wrapped. */
static void overflow(struct soc *soc, unsigned n, struct soc_tim *t)
{
    if (t->rep > 0) {
        t->rep--;
        return;
    }
    if (t->cr1 & TIM_CR1_UDIS_Msk) {
        return;
    }
    t->sr |= TIM_SR_UIF_Msk;
    load_shadows(t);
    if ((t->dier & TIM_DIER_UDE_Msk) && tims[n].dma_up != NO_REQUEST) {
        soc_dma_pulse(soc, tims[n].dma_up);
    }
}

static void advance(struct soc *soc, unsigned n, uint64_t delta)
{
    struct soc_tim *t = &soc->tim[n];
    unsigned whole = 0;

    while (delta > 0 && t->arr_shadow != 0 && (t->cr1 & TIM_CR1_CEN_Msk)) {
        uint32_t last = t->cnt <= t->arr_shadow ? t->arr_shadow : tims[n].max;
        uint64_t to_wrap = (uint64_t)(last - t->cnt) + 1;

        if (delta < to_wrap) {
            match(soc, n, t, t->cnt + 1, t->cnt + (uint32_t)delta);
            t->cnt += (uint32_t)delta;
            return;
        }
        if (t->cnt < last) {
            match(soc, n, t, t->cnt + 1, last);
        }
        delta -= to_wrap;
        t->cnt = 0;
        overflow(soc, n, t);
        match(soc, n, t, 0, 0);
        if (t->cr1 & TIM_CR1_OPM_Msk) {
            t->cr1 &= ~TIM_CR1_CEN_Msk;
        }
        /* After a few whole periods nothing new can happen: skip the rest at once. */
        if (++whole > 2 && t->rep == 0 && t->rcr == 0) {
            delta %= (uint64_t)t->arr_shadow + 1;
        }
    }
}

static bool clocked(const struct soc *soc, unsigned n)
{
    return (soc->rcc.r[tims[n].clock_reg / 4] >> tims[n].clock_bit) & 1u;
}

static uint64_t tick_units(const struct soc_tim *t)
{
    return SIM_PS_PER_S * ((uint64_t)t->psc_shadow + 1);
}

static void sync(struct soc *soc, unsigned n)
{
    struct soc_tim *t = &soc->tim[n];
    sim_ps now = soc_now(soc);
    uint32_t hz = soc_tim_clock_hz(soc, n);

    if ((t->cr1 & TIM_CR1_CEN_Msk) && hz != 0 && clocked(soc, n) && now > t->synced) {
        unsigned __int128 units = (unsigned __int128)(now - t->synced) * hz + t->fraction;
        uint64_t tick = tick_units(t);

        t->fraction = (uint64_t)(units % tick);
        t->synced = now;
        advance(soc, n, (uint64_t)(units / tick));
    }
    t->synced = now;
}

/* Ticks until the next thing that needs an event; UINT64_MAX: nothing. */
static uint64_t ticks_to_event(const struct soc_tim *t, unsigned n)
{
    uint32_t last = t->cnt <= t->arr_shadow ? t->arr_shadow : tims[n].max;
    uint64_t to_wrap = (uint64_t)(last - t->cnt) + 1;
    uint64_t next = UINT64_MAX;
    bool reload = t->psc != t->psc_shadow || t->arr != t->arr_shadow;

    if (((t->dier & TIM_DIER_UIE_Msk) && !(t->sr & TIM_SR_UIF_Msk)) || reload || t->rep > 0 ||
        (t->cr1 & TIM_CR1_OPM_Msk) || (t->dier & TIM_DIER_UDE_Msk)) {
        next = to_wrap;
    }
    for (unsigned c = 0; c < tims[n].channels; c++) {
        uint32_t flag = TIM_SR_CC1IF_Msk << c;

        if ((((t->dier & flag) && !(t->sr & flag)) || ((t->dier >> (9 + c)) & 1u)) &&
            output_compare(t, c) && t->ccr[c] <= t->arr_shadow) {
            uint64_t ticks = t->ccr[c] > t->cnt ? t->ccr[c] - t->cnt : to_wrap + t->ccr[c];

            next = ticks < next ? ticks : next;
        }
    }
    return next;
}

static void arm(struct soc *soc, unsigned n)
{
    struct soc_tim *t = &soc->tim[n];
    uint32_t hz = soc_tim_clock_hz(soc, n);
    uint64_t ticks;
    unsigned __int128 units;

    sched_cancel(soc->sched, &t->next.event);
    if (!(t->cr1 & TIM_CR1_CEN_Msk) || hz == 0 || !clocked(soc, n) || t->arr_shadow == 0) {
        return;
    }
    ticks = ticks_to_event(t, n);
    if (ticks == UINT64_MAX) {
        return;
    }
    units = (unsigned __int128)ticks * tick_units(t) - t->fraction;
    sched_at(soc->sched, &t->next.event, t->synced + (sim_ps)((units + hz - 1) / hz));
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

void soc_tim_before_clock_change(struct soc *soc)
{
    for (unsigned n = 0; n < TIM_COUNT; n++) {
        if (soc->tim[n].cr1 & TIM_CR1_CEN_Msk) {
            sync(soc, n);
        }
    }
}

void soc_tim_after_clock_change(struct soc *soc)
{
    for (unsigned n = 0; n < TIM_COUNT; n++) {
        if (soc->tim[n].cr1 & TIM_CR1_CEN_Msk) {
            refresh(soc, n);
        }
    }
}

/* ---- Registers ---- */

static uint32_t *plain_register(struct soc_tim *t, uint32_t offset)
{
    switch (offset) {
    case TIM_CR2_OFS:
        return &t->cr2;
    case TIM_SMCR_OFS:
        return &t->smcr;
    case TIM_DIER_OFS:
        return &t->dier;
    case TIM_CCMR1_OFS:
        return &t->ccmr[0];
    case TIM_CCMR2_OFS:
        return &t->ccmr[1];
    case TIM_CCMR3_OFS:
        return &t->ccmr[2];
    case TIM_CCER_OFS:
        return &t->ccer;
    case TIM_RCR_OFS:
        return &t->rcr;
    case TIM_CCR1_OFS:
    case TIM_CCR2_OFS:
    case TIM_CCR3_OFS:
    case TIM_CCR4_OFS:
        return &t->ccr[(offset - TIM_CCR1_OFS) / 4];
    case TIM_CCR5_OFS:
    case TIM_CCR6_OFS:
        return &t->ccr[4 + (offset - TIM_CCR5_OFS) / 4];
    case TIM_BDTR_OFS:
        return &t->bdtr;
    case TIM_DTR2_OFS:
        return &t->dtr2;
    case TIM_ECR_OFS:
        return &t->ecr;
    case TIM_TISEL_OFS:
        return &t->tisel;
    case TIM_AF1_OFS:
        return &t->af1;
    case TIM_AF2_OFS:
        return &t->af2;
    case TIM_OR1_OFS:
        return &t->or1;
    case TIM_DCR_OFS:
        return &t->dcr;
    default:
        return NULL;
    }
}

READER(tim)
{
    struct soc_tim *t = &soc->tim[block->instance];
    const uint32_t *plain = plain_register(t, offset);

    (void)access;
    sync(soc, block->instance);
    update_irq(soc, block->instance);
    if (plain != NULL) {
        return *plain;
    }
    switch (offset) {
    case TIM_CR1_OFS:
        return t->cr1;
    case TIM_SR_OFS:
        return t->sr;
    case TIM_EGR_OFS:
        return 0;
    case TIM_CNT_OFS:
        return t->cr1 & TIM_CR1_UIFREMAP_Msk
                   ? (t->cnt & 0x7FFFFFFFu) | (t->sr & TIM_SR_UIF_Msk) << 31
                   : t->cnt;
    case TIM_PSC_OFS:
        return t->psc;
    case TIM_ARR_OFS:
        return t->arr;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

static void generate(struct soc_tim *t, uint32_t value)
{
    if (value & TIM_EGR_UG_Msk) {
        t->cnt = 0;
        t->fraction = 0;
        if (!(t->cr1 & TIM_CR1_UDIS_Msk)) {
            load_shadows(t);
            t->sr |= t->cr1 & TIM_CR1_URS_Msk ? 0 : TIM_SR_UIF_Msk;
        }
    }
    t->sr |= value & 0xFEu; /* CCxG, COMG, TG, BG set their flags */
}

static void write_cr1(struct soc *soc, const struct soc_block *block, struct soc_tim *t,
                      uint32_t value)
{
    if (value & (TIM_CR1_DIR_Msk | TIM_CR1_CMS_Msk | TIM_CR1_DITHEN_Msk)) {
        soc_not_modelled(soc, block->base + 0x300, "%s: down-counting, centre-aligned or dithering",
                         block->name);
    }
    if ((t->cr1 ^ value) & value & TIM_CR1_CEN_Msk) {
        t->fraction = 0;
        t->rep = t->rcr;
    }
    t->cr1 = value & 0x1FFFu;
    if (!(value & TIM_CR1_ARPE_Msk)) {
        t->arr_shadow = t->arr;
    }
}

WRITER(tim)
{
    unsigned n = block->instance;
    struct soc_tim *t = &soc->tim[n];
    uint32_t *plain = plain_register(t, offset);

    (void)access;
    sync(soc, n);
    switch (offset) {
    case TIM_CR1_OFS:
        write_cr1(soc, block, t, value);
        break;
    case TIM_SR_OFS:
        t->sr &= value; /* write 0 clears */
        break;
    case TIM_EGR_OFS:
        generate(t, value);
        break;
    case TIM_CNT_OFS:
        t->cnt = value & tims[n].max;
        break;
    case TIM_PSC_OFS:
        t->psc = value & 0xFFFFu;
        break;
    case TIM_ARR_OFS:
        t->arr = value & tims[n].max;
        if (!(t->cr1 & TIM_CR1_ARPE_Msk)) {
            t->arr_shadow = t->arr;
        }
        break;
    default:
        if (plain == NULL) {
            soc_stored_write(soc, block, offset, value);
            break;
        }
        *plain = offset >= TIM_CCR1_OFS && offset <= TIM_CCR4_OFS ? value & tims[n].max : value;
        if (offset == TIM_SMCR_OFS && (value & TIM_SMCR_SMS_Msk)) {
            soc_not_modelled(soc, block->base + offset, "%s: slave mode", block->name);
        }
        break;
    }
    refresh(soc, n);
}

RESETTER(tim)
{
    struct soc_tim *t = &soc->tim[block->instance];
    struct soc_event next;

    sched_cancel(soc->sched, &t->next.event);
    next = t->next;
    *t = (struct soc_tim){.next = next};
    t->arr = t->arr_shadow = tims[block->instance].max;
    t->synced = soc_now(soc);
    update_irq(soc, block->instance);
}

void soc_tim_init(struct soc *soc)
{
    for (unsigned n = 0; n < TIM_COUNT; n++) {
        soc_event_init(&soc->tim[n].next, soc, n, fire);
    }
}

void soc_tim_edge(struct soc *soc, unsigned tim, unsigned line, bool level)
{
    (void)soc;
    (void)tim;
    (void)line;
    (void)level;
}
