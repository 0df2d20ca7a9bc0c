/* TIM1-8 and TIM15-17: counting in all directions, prescaler, preloads, repetition, one-pulse mode,
 * flags, DMA requests (RM0456 chapters 54-57).
 *
 * A counter is brought up to date when it is looked at; an event is armed only for the next thing
 * that interrupts, reloads or is seen outside. Invariant: cnt and fraction are exact at time
 * `synced`.
 */
#include "soc/tim.h"

#include <string.h>

/* Order as in the region table: TIM2..7, 1, 8, 15, 16, 17. */
const struct tim_facts tim_facts[TIM_COUNT] = {
    {0xFFFFFFFFu, TIM_GENERAL, 4, IRQ_TIM2, IRQ_TIM2, IRQ_TIM2, IRQ_TIM2, RCC_APB1ENR1_OFS, 0, 60,
     56, TIM_NO_REQUEST},
    {0xFFFFFFFFu, TIM_GENERAL, 4, IRQ_TIM3, IRQ_TIM3, IRQ_TIM3, IRQ_TIM3, RCC_APB1ENR1_OFS, 1, 65,
     61, 66},
    {0xFFFFFFFFu, TIM_GENERAL, 4, IRQ_TIM4, IRQ_TIM4, IRQ_TIM4, IRQ_TIM4, RCC_APB1ENR1_OFS, 2, 71,
     67, TIM_NO_REQUEST},
    {0xFFFFFFFFu, TIM_GENERAL, 4, IRQ_TIM5, IRQ_TIM5, IRQ_TIM5, IRQ_TIM5, RCC_APB1ENR1_OFS, 3, 76,
     72, 77},
    {0xFFFFu, TIM_BASIC, 0, IRQ_TIM6, IRQ_TIM6, IRQ_TIM6, IRQ_TIM6, RCC_APB1ENR1_OFS, 4, 4,
     TIM_NO_REQUEST, TIM_NO_REQUEST},
    {0xFFFFu, TIM_BASIC, 0, IRQ_TIM7, IRQ_TIM7, IRQ_TIM7, IRQ_TIM7, RCC_APB1ENR1_OFS, 5, 5,
     TIM_NO_REQUEST, TIM_NO_REQUEST},
    {0xFFFFu, TIM_ADVANCED, 6, IRQ_TIM1_UP, IRQ_TIM1_CC, IRQ_TIM1_TRG_COM, IRQ_TIM1_BRK,
     RCC_APB2ENR_OFS, 11, 46, 42, 47},
    {0xFFFFu, TIM_ADVANCED, 6, IRQ_TIM8_UP, IRQ_TIM8_CC, IRQ_TIM8_TRG_COM, IRQ_TIM8_BRK,
     RCC_APB2ENR_OFS, 13, 53, 49, 54},
    {0xFFFFu, TIM_TWO, 2, IRQ_TIM15, IRQ_TIM15, IRQ_TIM15, IRQ_TIM15, RCC_APB2ENR_OFS, 16, 79, 78,
     80},
    {0xFFFFu, TIM_ONE, 1, IRQ_TIM16, IRQ_TIM16, IRQ_TIM16, IRQ_TIM16, RCC_APB2ENR_OFS, 17, 83, 82,
     TIM_NO_REQUEST},
    {0xFFFFu, TIM_ONE, 1, IRQ_TIM17, IRQ_TIM17, IRQ_TIM17, IRQ_TIM17, RCC_APB2ENR_OFS, 18, 85, 84,
     TIM_NO_REQUEST},
};

unsigned tim_ccs(const struct soc_tim *t, unsigned channel)
{
    return channel >= 4 ? 0 : (t->ccmr[channel / 2] >> (8 * (channel % 2))) & 3u;
}

bool tim_has_break(unsigned n)
{
    return tim_facts[n].kind >= TIM_ADVANCED;
}

bool tim_complementary(unsigned n, unsigned channel)
{
    return tim_facts[n].kind == TIM_ADVANCED ? channel < 4 : tim_has_break(n) && channel == 0;
}

/* ---- Flags ---- */

void tim_update_irq(struct soc *soc, unsigned n)
{
    const struct soc_tim *t = &soc->tim[n];
    const struct tim_facts *f = &tim_facts[n];
    uint32_t active = t->sr & t->dier;
    bool up = active & TIM_SR_UIF_Msk;
    bool cc = active & 0x1Eu;
    bool trigger = active & (TIM_SR_TIF_Msk | TIM_SR_COMIF_Msk);
    bool brk = (t->dier & TIM_DIER_BIE_Msk) &&
               (t->sr & (TIM_SR_BIF_Msk | TIM_SR_B2IF_Msk | TIM_SR_SBIF_Msk));

    if (f->irq_up == f->irq_cc) {
        soc_irq(soc, f->irq_up, up || cc || trigger || brk);
    } else {
        soc_irq(soc, f->irq_up, up);
        soc_irq(soc, f->irq_cc, cc);
        soc_irq(soc, f->irq_trigger, trigger);
        soc_irq(soc, f->irq_break, brk);
    }
}

static void request(struct soc *soc, unsigned n, uint8_t line)
{
    if (line != TIM_NO_REQUEST) {
        soc->tim[n].dma_index = 0;
        soc_dma_pulse(soc, line);
    }
}

/* Compare requests: TIM15 has one for its first channel only. */
static void request_cc(struct soc *soc, unsigned n, unsigned channel)
{
    bool wired =
        tim_facts[n].dma_cc != TIM_NO_REQUEST && (channel == 0 || tim_facts[n].kind != TIM_TWO);

    if (wired && ((soc->tim[n].dier >> (9 + channel)) & 1u)) {
        request(soc, n, (uint8_t)(tim_facts[n].dma_cc + channel));
    }
}

void tim_flag_cc(struct soc *soc, unsigned n, unsigned channel)
{
    struct soc_tim *t = &soc->tim[n];

    if (channel >= 4) {
        t->sr |= TIM_SR_CC5IF_Msk << (channel - 4);
        return;
    }
    t->sr |= TIM_SR_CC1IF_Msk << channel;
    if (!(t->cr2 & TIM_CR2_CCDS_Msk)) {
        request_cc(soc, n, channel);
    }
    if (channel == 0) {
        tim_trgo_pulse(soc, n, TIM_COMPARE1);
    }
}

void tim_flag(struct soc *soc, unsigned n, uint32_t flag)
{
    struct soc_tim *t = &soc->tim[n];

    t->sr |= flag;
    if (tim_facts[n].dma_trigger == TIM_NO_REQUEST) {
        return;
    }
    if (flag == TIM_SR_TIF_Msk && (t->dier & TIM_DIER_TDE_Msk)) {
        request(soc, n, tim_facts[n].dma_trigger);
    } else if (flag == TIM_SR_COMIF_Msk && (t->dier & TIM_DIER_COMDE_Msk)) {
        request(soc, n, (uint8_t)(tim_facts[n].dma_trigger + 1));
    }
}

/* ---- Counting ---- */

static void load_shadows(struct soc_tim *t)
{
    t->psc_shadow = t->psc;
    t->arr_shadow = t->arr;
    t->rep = t->rcr;
    memcpy(t->ccr_shadow, t->ccr, sizeof t->ccr_shadow);
}

/* Update event, unless UDIS. */
static void update(struct soc *soc, unsigned n, bool flag)
{
    struct soc_tim *t = &soc->tim[n];

    if (t->cr1 & TIM_CR1_UDIS_Msk) {
        return;
    }
    load_shadows(t);
    if (flag) {
        t->sr |= TIM_SR_UIF_Msk;
        if (t->dier & TIM_DIER_UDE_Msk) {
            request(soc, n, tim_facts[n].dma_up);
        }
        for (unsigned c = 0; c < 4 && (t->cr2 & TIM_CR2_CCDS_Msk); c++) {
            request_cc(soc, n, c);
        }
    }
    tim_update_moe(soc, n);
    tim_trgo_pulse(soc, n, TIM_UPDATE);
}

/* The counter has wrapped or turned. */
static void overflow(struct soc *soc, unsigned n)
{
    struct soc_tim *t = &soc->tim[n];

    for (unsigned c = 0; c < tim_facts[n].channels; c++) {
        if (tim_ccs(t, c) == 0 && t->ccr_shadow[c] > t->arr_shadow) {
            tim_flag_cc(soc, n, c); /* never reached: the flag comes with the overflow */
        }
    }
    if (t->rep > 0) {
        t->rep--;
        return;
    }
    update(soc, n, true);
    if (t->cr1 & TIM_CR1_OPM_Msk) {
        t->cr1 &= ~TIM_CR1_CEN_Msk;
    }
}

/* In centre-aligned modes 1 and 2 compare flags come only while counting down or up. */
static bool match_counts(const struct soc_tim *t)
{
    switch ((t->cr1 & TIM_CR1_CMS_Msk) >> TIM_CR1_CMS_Pos) {
    case 1:
        return (t->cr1 & TIM_CR1_DIR_Msk) != 0;
    case 2:
        return (t->cr1 & TIM_CR1_DIR_Msk) == 0;
    default:
        return true;
    }
}

static void matches(struct soc *soc, unsigned n, uint32_t first, uint32_t last)
{
    struct soc_tim *t = &soc->tim[n];

    for (unsigned c = 0; c < tim_facts[n].channels; c++) {
        if (tim_ccs(t, c) == 0 && t->ccr_shadow[c] >= first && t->ccr_shadow[c] <= last) {
            if (match_counts(t)) {
                tim_flag_cc(soc, n, c);
            }
            tim_match(soc, n, c);
        }
    }
}

static bool down(const struct soc_tim *t)
{
    return (t->cr1 & TIM_CR1_DIR_Msk) != 0;
}

/* Ticks until the counter wraps or turns. */
static uint64_t ticks_to_turn(const struct soc_tim *t, unsigned n)
{
    uint32_t last = t->cnt <= t->arr_shadow ? t->arr_shadow : tim_facts[n].max;

    if (CENTRE(t->cr1)) {
        if (down(t)) {
            return t->cnt > 0 ? t->cnt : 1;
        }
        return t->cnt < t->arr_shadow ? t->arr_shadow - t->cnt : 1;
    }
    return down(t) ? (uint64_t)t->cnt + 1 : (uint64_t)(last - t->cnt) + 1;
}

static void turn(struct soc *soc, unsigned n)
{
    struct soc_tim *t = &soc->tim[n];

    if (CENTRE(t->cr1)) {
        t->cnt = down(t) ? 0 : t->arr_shadow;
        matches(soc, n, t->cnt, t->cnt);
        t->cr1 ^= TIM_CR1_DIR_Msk;
        overflow(soc, n);
        return;
    }
    t->cnt = down(t) ? t->arr_shadow : 0;
    overflow(soc, n);
    if (down(t)) {
        t->cnt = t->arr_shadow; /* what has just been loaded */
    }
    matches(soc, n, t->cnt, t->cnt);
}

static void move(struct soc *soc, unsigned n, uint32_t ticks)
{
    struct soc_tim *t = &soc->tim[n];
    uint32_t from = t->cnt;

    if (ticks == 0) {
        return;
    }
    if (down(t)) {
        t->cnt -= ticks;
        matches(soc, n, t->cnt, from - 1);
    } else {
        t->cnt += ticks;
        matches(soc, n, from + 1, t->cnt);
    }
}

static void advance(struct soc *soc, unsigned n, uint64_t delta)
{
    struct soc_tim *t = &soc->tim[n];
    unsigned whole = 0;

    while (delta > 0 && t->arr_shadow != 0 && (t->cr1 & TIM_CR1_CEN_Msk)) {
        uint64_t to_turn = ticks_to_turn(t, n);

        if (delta < to_turn) {
            move(soc, n, (uint32_t)delta);
            break;
        }
        if (to_turn > 1) {
            move(soc, n, (uint32_t)to_turn - 1);
        }
        delta -= to_turn;
        turn(soc, n);
        /* After a few whole periods nothing new can happen: skip the rest at once. */
        if (++whole > 4 && t->rep == 0 && t->rcr == 0 && (!CENTRE(t->cr1) || !down(t))) {
            delta %= CENTRE(t->cr1) ? 2 * (uint64_t)t->arr_shadow : (uint64_t)t->arr_shadow + 1;
        }
    }
}

static bool clocked(const struct soc *soc, unsigned n)
{
    return (soc->rcc.r[tim_facts[n].clock_reg / 4] >> tim_facts[n].clock_bit) & 1u;
}

/* DBGMCU and RCC have the timers at the same bits. */
bool tim_frozen(const struct soc *soc, unsigned n)
{
    bool apb1 = tim_facts[n].clock_reg == RCC_APB1ENR1_OFS;

    return soc_debug_frozen(soc, apb1 ? DBGMCU_APB1FZR1_OFS : DBGMCU_APB2FZR_OFS,
                            tim_facts[n].clock_bit);
}

static uint64_t tick_units(const struct soc_tim *t)
{
    return SIM_PS_PER_S * ((uint64_t)t->psc_shadow + 1);
}

static bool counts(const struct soc *soc, unsigned n)
{
    const struct soc_tim *t = &soc->tim[n];

    return (t->cr1 & TIM_CR1_CEN_Msk) && tim_internal_clock(t) && clocked(soc, n) &&
           soc_tim_clock_hz(soc, n) != 0 && !tim_frozen(soc, n);
}

void tim_sync(struct soc *soc, unsigned n)
{
    struct soc_tim *t = &soc->tim[n];
    sim_ps now = soc_now(soc);

    if (now > t->synced && counts(soc, n)) {
        unsigned __int128 units =
            (unsigned __int128)(now - t->synced) * soc_tim_clock_hz(soc, n) + t->fraction;
        uint64_t tick = tick_units(t);

        t->fraction = (uint64_t)(units % tick);
        t->synced = now;
        advance(soc, n, (uint64_t)(units / tick));
        tim_outputs(soc, n);
    }
    t->synced = now;
}

void tim_external_tick(struct soc *soc, unsigned n)
{
    struct soc_tim *t = &soc->tim[n];

    if (!(t->cr1 & TIM_CR1_CEN_Msk) || !clocked(soc, n) || tim_frozen(soc, n)) {
        return;
    }
    if (t->psc_count < t->psc_shadow) {
        t->psc_count++;
        return;
    }
    t->psc_count = 0;
    advance(soc, n, 1);
    tim_outputs(soc, n);
}

/* Ticks until a compare value; UINT64_MAX: not in this half of the way. */
static uint64_t ticks_to_match(const struct soc_tim *t, unsigned n, uint32_t value)
{
    if (value > t->arr_shadow) {
        return ticks_to_turn(t, n);
    }
    if (down(t)) {
        return value < t->cnt ? t->cnt - value : ticks_to_turn(t, n);
    }
    return value > t->cnt ? value - t->cnt : ticks_to_turn(t, n);
}

/* Ticks until the next thing that needs an event; UINT64_MAX: nothing. A turn comes first: what
 * lies behind it is armed then. */
static uint64_t ticks_to_event(const struct soc *soc, unsigned n)
{
    const struct soc_tim *t = &soc->tim[n];
    uint64_t next = UINT64_MAX;
    bool reload = t->psc != t->psc_shadow || t->arr != t->arr_shadow ||
                  memcmp(t->ccr, t->ccr_shadow, sizeof t->ccr) != 0;

    if (((t->dier & TIM_DIER_UIE_Msk) && !(t->sr & TIM_SR_UIF_Msk)) || reload || t->rep > 0 ||
        (t->cr1 & TIM_CR1_OPM_Msk) || (t->dier & TIM_DIER_UDE_Msk) || tim_trgo_watched(soc, n) ||
        ((t->bdtr & TIM_BDTR_AOE_Msk) && !(t->bdtr & TIM_BDTR_MOE_Msk))) {
        next = ticks_to_turn(t, n);
    }
    for (unsigned c = 0; c < tim_facts[n].channels; c++) {
        uint32_t flag = c < 4 ? TIM_SR_CC1IF_Msk << c : 0;
        bool wanted = ((t->dier & flag) && !(t->sr & flag)) ||
                      (c < 4 && ((t->dier >> (9 + c)) & 1u)) || tim_outputs_watched(soc, n, c);

        if (wanted && tim_ccs(t, c) == 0) {
            uint64_t ticks = ticks_to_match(t, n, t->ccr_shadow[c]);

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
    if (t->arr_shadow == 0 || !counts(soc, n)) {
        return;
    }
    ticks = ticks_to_event(soc, n);
    if (ticks == UINT64_MAX) {
        return;
    }
    units = (unsigned __int128)ticks * tick_units(t) - t->fraction;
    sched_at(soc->sched, &t->next.event, t->synced + (sim_ps)((units + hz - 1) / hz));
}

void tim_refresh(struct soc *soc, unsigned n)
{
    tim_outputs(soc, n);
    tim_update_irq(soc, n);
    arm(soc, n);
}

static void fire(void *context)
{
    struct soc_event *event = context;

    tim_sync(event->soc, event->instance);
    tim_refresh(event->soc, event->instance);
}

void soc_tim_before_clock_change(struct soc *soc)
{
    for (unsigned n = 0; n < TIM_COUNT; n++) {
        if (soc->tim[n].cr1 & TIM_CR1_CEN_Msk) {
            tim_sync(soc, n);
        }
    }
}

void soc_tim_after_clock_change(struct soc *soc)
{
    for (unsigned n = 0; n < TIM_COUNT; n++) {
        if (soc->tim[n].cr1 & TIM_CR1_CEN_Msk) {
            tim_refresh(soc, n);
        } else if (tim_has_break(n)) {
            tim_outputs(soc, n);
        }
    }
}

void tim_reinitialise(struct soc *soc, unsigned n)
{
    struct soc_tim *t = &soc->tim[n];

    t->cnt = down(t) && !CENTRE(t->cr1) ? t->arr : 0;
    if (CENTRE(t->cr1)) {
        t->cr1 &= ~TIM_CR1_DIR_Msk;
    }
    t->fraction = 0;
    t->psc_count = 0;
    tim_trgo_pulse(soc, n, TIM_RESET);
    update(soc, n, !(t->cr1 & TIM_CR1_URS_Msk));
}

void tim_start(struct soc *soc, unsigned n)
{
    struct soc_tim *t = &soc->tim[n];

    if (!(t->cr1 & TIM_CR1_CEN_Msk)) {
        t->cr1 |= TIM_CR1_CEN_Msk;
        t->fraction = 0;
        t->rep = t->rcr;
        tim_trgo_pulse(soc, n, TIM_ENABLE);
    }
}

RESETTER(tim)
{
    unsigned n = block->instance;
    struct soc_tim *t = &soc->tim[n];
    struct soc_event next, dead;
    struct soc_filter filter[TIM_FILTERS];

    tim_filter_reset(soc, n);
    memcpy(filter, t->filter, sizeof filter);
    sched_cancel(soc->sched, &t->next.event);
    sched_cancel(soc->sched, &t->dead.event);
    next = t->next;
    dead = t->dead;
    *t = (struct soc_tim){.next = next, .dead = dead};
    memcpy(t->filter, filter, sizeof filter);
    t->arr = t->arr_shadow = tim_facts[n].max;
    t->af1 = tim_has_break(n) ? 1u : 0;
    t->af2 = tim_facts[n].kind == TIM_ADVANCED ? 1u : 0;
    t->synced = soc_now(soc);
    tim_outputs(soc, n);
    tim_update_irq(soc, n);
}

void soc_tim_init(struct soc *soc)
{
    for (unsigned n = 0; n < TIM_COUNT; n++) {
        soc_event_init(&soc->tim[n].next, soc, n, fire);
        tim_output_init(soc, n);
        tim_filter_init(soc, n);
    }
}
