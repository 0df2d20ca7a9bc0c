/* LPTIM1-4: counting by an internal or external clock, encoder, triggers, time-out, PWM and
 * one-pulse outputs, captures, glitch filters, repetition (RM0456 chapter 58).
 * Writes to the asynchronous registers are in force at once; their OK flags come three kernel
 * clocks later.
 */
#include "soc/soc_state.h"

#include <string.h>

#define OK_CLOCKS        3u
#define GPDMA_LPTIM1_IC1 105u
#define LPDMA_LPTIM1_IC1 11u
#define LPDMA_LPTIM3_IC1 14u

static const struct {
    int irq;
    uint8_t channels;
    bool captures, encoder;
} lptims[LPTIM_COUNT] = {
    {IRQ_LPTIM1, 2, true, true},
    {IRQ_LPTIM2, 2, true, true},
    {IRQ_LPTIM3, 2, true, false},
    {IRQ_LPTIM4, 1, false, false},
};
static const uint8_t adc_sources[LPTIM_COUNT][2] = {{ADC_BY_LPTIM1_CH1},
                                                    {ADC_BY_LPTIM2_CH1},
                                                    {ADC_BY_LPTIM3_CH1, ADC_BY_LPTIM3_CH2},
                                                    {ADC_BY_LPTIM4_OUT}};
static const uint8_t dma_sources[LPTIM_COUNT][2] = {{DMA_BY_LPTIM1_CH1, DMA_BY_LPTIM1_CH2},
                                                    {DMA_BY_LPTIM2_CH1, DMA_BY_LPTIM2_CH2},
                                                    {DMA_BY_LPTIM3_CH1, DMA_SOURCES},
                                                    {DMA_BY_LPTIM4_OUT, DMA_SOURCES}};
static const uint32_t cc_flag[2] = {LPTIM_ISR_CC1IF_Msk, LPTIM_ISR_CC2IF_Msk};
static const uint32_t cc_over[2] = {LPTIM_ISR_CC1OF_Msk, LPTIM_ISR_CC2OF_Msk};

#define OK_FLAGS                                                                                   \
    (LPTIM_ISR_CMP1OK_Msk | LPTIM_ISR_ARROK_Msk | LPTIM_ISR_REPOK_Msk | LPTIM_ISR_CMP2OK_Msk |     \
     LPTIM_ISR_DIEROK_Msk)
#define INTERRUPTS                                                                                 \
    (LPTIM_DIER_CC1IE_Msk | LPTIM_DIER_ARRMIE_Msk | LPTIM_DIER_EXTTRIGIE_Msk |                     \
     LPTIM_DIER_CMP1OKIE_Msk | LPTIM_DIER_ARROKIE_Msk | LPTIM_DIER_UPIE_Msk |                      \
     LPTIM_DIER_DOWNIE_Msk | LPTIM_DIER_UEIE_Msk | LPTIM_DIER_REPOKIE_Msk | LPTIM_DIER_CC2IE_Msk | \
     LPTIM_DIER_CC1OIE_Msk | LPTIM_DIER_CC2OIE_Msk | LPTIM_DIER_CMP2OKIE_Msk)

static void update_irq(struct soc *soc, unsigned n)
{
    const struct soc_lptim *t = &soc->lptim[n];

    soc_irq(soc, lptims[n].irq, (t->isr & t->dier & INTERRUPTS) != 0);
}

/* ---- Outputs ---- */

static bool channel_output(const struct soc_lptim *t, unsigned n, unsigned c)
{
    uint32_t ccmr = t->ccmr1 >> (16 * c);

    return n == 3 || ((ccmr & LPTIM_CCMR1_CC1E_Msk) && !(ccmr & LPTIM_CCMR1_CC1SEL_Msk));
}

static bool channel_capture(const struct soc_lptim *t, unsigned n, unsigned c)
{
    uint32_t ccmr = t->ccmr1 >> (16 * c);

    return lptims[n].captures && (ccmr & LPTIM_CCMR1_CC1E_Msk) && (ccmr & LPTIM_CCMR1_CC1SEL_Msk);
}

static bool inverted(const struct soc_lptim *t, unsigned n, unsigned c)
{
    return n == 3 ? (t->cfgr & LPTIM_CFGR_WAVPOL_Msk) != 0
                  : ((t->ccmr1 >> (16 * c)) & (1u << LPTIM_CCMR1_CC1P_Pos)) != 0;
}

/* PWM and one pulse: high above the compare value until the counter is back at zero; set once: high
 * from then on. */
static void outputs(struct soc *soc, unsigned n)
{
    struct soc_lptim *t = &soc->lptim[n];

    for (unsigned c = 0; c < 2 && c < lptims[n].channels; c++) {
        unsigned signal = LPTIM_SIGNAL(n, LINE_LPCH1 + c);
        bool above = t->running && t->cnt > t->ccr_shadow[c];
        bool high = (t->cfgr & LPTIM_CFGR_WAVE_Msk) ? t->set[c] || above : above;

        t->set[c] = high && (t->cfgr & LPTIM_CFGR_WAVE_Msk);
        if (high != t->high[c]) {
            t->high[c] = high;
            if (dma_sources[n][c] != DMA_SOURCES) {
                soc_dma_event(soc, (enum soc_dma_source)dma_sources[n][c], high);
            }
            if (adc_sources[n][c] != ADC_BY_NOTHING) {
                soc_adc_trigger(soc, (enum soc_adc_source)adc_sources[n][c], high);
            }
        }
        if ((t->cr & LPTIM_CR_ENABLE_Msk) && channel_output(t, n, c)) {
            soc_signal_drive(soc, signal, high != inverted(t, n, c) ? DRIVE_HIGH : DRIVE_LOW);
        } else {
            soc_signal_drive(soc, signal, DRIVE_OFF);
        }
    }
}

static bool output_watched(const struct soc *soc, unsigned n, unsigned c)
{
    if (soc_adc_waits(soc, (enum soc_adc_source)adc_sources[n][c]) ||
        (dma_sources[n][c] != DMA_SOURCES &&
         soc_dma_waits(soc, (enum soc_dma_source)dma_sources[n][c]))) {
        return true;
    }
    return channel_output(&soc->lptim[n], n, c) &&
           soc_signal_routed(soc, LPTIM_SIGNAL(n, LINE_LPCH1 + c), false);
}

/* ---- Counting ---- */

static uint64_t prescaler(const struct soc_lptim *t)
{
    return UINT64_C(1) << ((t->cfgr & LPTIM_CFGR_PRESC_Msk) >> LPTIM_CFGR_PRESC_Pos);
}

static bool internal(const struct soc_lptim *t)
{
    return !(t->cfgr & (LPTIM_CFGR_CKSEL_Msk | LPTIM_CFGR_COUNTMODE_Msk | LPTIM_CFGR_ENC_Msk));
}

static void load_shadows(struct soc_lptim *t)
{
    t->arr_shadow = t->arr;
    t->ccr_shadow[0] = t->ccr[0];
    t->ccr_shadow[1] = t->ccr[1];
}

/* `line`: 0 and 1 capture of a channel, 2 update (RM0456 tables of GPDMA1 and LPDMA1 requests). */
static void request(struct soc *soc, unsigned n, unsigned line)
{
    static const uint32_t enables[3] = {LPTIM_DIER_CC1DE_Msk, LPTIM_DIER_CC2DE_Msk,
                                        LPTIM_DIER_UEDE_Msk};

    if (!lptims[n].captures || !(soc->lptim[n].dier & enables[line])) {
        return; /* LPTIM4 has none */
    }
    soc_dma_pulse(soc, GPDMA_LPTIM1_IC1 + 3 * n + line);
    if (n == 0 || n == 2) {
        soc_lpdma_pulse(soc, (n == 0 ? LPDMA_LPTIM1_IC1 : LPDMA_LPTIM3_IC1) + line);
    }
}

/* The counter has gone from ARR to zero. */
static void period_ends(struct soc *soc, unsigned n)
{
    struct soc_lptim *t = &soc->lptim[n];

    if (t->rep > 0) {
        t->rep--;
    } else {
        t->rep = (uint8_t)t->rcr;
        t->isr |= LPTIM_ISR_UE_Msk;
        load_shadows(t);
        request(soc, n, 2);
    }
    if (t->single) {
        t->running = false;
    }
}

static void reach(struct soc_lptim *t, unsigned n, uint32_t first, uint32_t last)
{
    for (unsigned c = 0; c < 2 && c < lptims[n].channels; c++) {
        if (!channel_capture(t, n, c) && t->ccr_shadow[c] >= first && t->ccr_shadow[c] <= last) {
            t->isr |= cc_flag[c];
        }
    }
    if (t->arr_shadow >= first && t->arr_shadow <= last) {
        t->isr |= LPTIM_ISR_ARRM_Msk;
    }
}

static void advance(struct soc *soc, unsigned n, uint64_t ticks)
{
    struct soc_lptim *t = &soc->lptim[n];
    unsigned whole = 0;

    while (ticks > 0 && t->running) {
        uint64_t left = t->cnt < t->arr_shadow ? t->arr_shadow - t->cnt : 0;

        if (ticks <= left) {
            reach(t, n, t->cnt + 1, t->cnt + (uint32_t)ticks);
            t->cnt += (uint32_t)ticks;
            return;
        }
        if (left > 0) {
            reach(t, n, t->cnt + 1, t->arr_shadow);
        }
        ticks -= left + 1;
        t->cnt = 0;
        period_ends(soc, n);
        reach(t, n, 0, 0);
        if (++whole > 2 && t->rcr == 0) { /* the rest brings nothing new */
            ticks %= (uint64_t)t->arr_shadow + 1;
        }
    }
}

static void sync(struct soc *soc, unsigned n)
{
    struct soc_lptim *t = &soc->lptim[n];
    uint64_t hz = soc_lptim_clock_hz(soc, n);
    uint64_t unit = SIM_PS_PER_S * prescaler(t);
    sim_ps now = soc_now(soc);
    uint64_t ticks;

    if (!t->running || hz == 0 || !internal(t) || now <= t->started) {
        if (!t->running || hz == 0 || !internal(t)) {
            t->started = now;
        }
        return;
    }
    ticks = (uint64_t)((unsigned __int128)(now - t->started) * hz / unit);
    if (ticks > 0) {
        t->started += (sim_ps)((unsigned __int128)ticks * unit / hz);
        advance(soc, n, ticks);
    }
}

static uint64_t ticks_to(const struct soc_lptim *t, uint32_t value)
{
    uint64_t period = (uint64_t)t->arr_shadow + 1;

    return value > t->cnt ? value - t->cnt : period - t->cnt + value;
}

static void arm(struct soc *soc, unsigned n)
{
    struct soc_lptim *t = &soc->lptim[n];
    uint64_t hz = soc_lptim_clock_hz(soc, n);
    uint64_t next = UINT64_MAX, period = (uint64_t)t->arr_shadow + 1;
    uint64_t to_end = t->cnt <= t->arr_shadow ? period - t->cnt : 1;
    bool pending =
        t->arr != t->arr_shadow || t->ccr[0] != t->ccr_shadow[0] || t->ccr[1] != t->ccr_shadow[1];

    sched_cancel(soc->sched, &t->next.event);
    if (!t->running || hz == 0 || !internal(t)) {
        return;
    }
    if ((t->dier & LPTIM_DIER_ARRMIE_Msk) && !(t->isr & LPTIM_ISR_ARRM_Msk)) {
        next = ticks_to(t, t->arr_shadow);
    }
    if (t->single || pending || t->rep > 0 ||
        ((t->dier & LPTIM_DIER_UEIE_Msk) && !(t->isr & LPTIM_ISR_UE_Msk)) ||
        (t->dier & LPTIM_DIER_UEDE_Msk)) {
        next = to_end < next ? to_end : next;
    }
    for (unsigned c = 0; c < 2 && c < lptims[n].channels; c++) {
        static const uint32_t enable[2] = {LPTIM_DIER_CC1IE_Msk, LPTIM_DIER_CC2IE_Msk};
        bool shown = output_watched(soc, n, c);
        uint64_t ticks = UINT64_MAX;

        if (t->ccr_shadow[c] <= t->arr_shadow &&
            ((t->dier & enable[c]) && !(t->isr & cc_flag[c]))) {
            ticks = ticks_to(t, t->ccr_shadow[c]);
        }
        if (shown && t->ccr_shadow[c] < t->arr_shadow && t->cnt <= t->ccr_shadow[c]) {
            uint64_t rise = t->ccr_shadow[c] + UINT64_C(1) - t->cnt;

            ticks = rise < ticks ? rise : ticks;
        } else if (shown) {
            ticks = to_end < ticks ? to_end : ticks;
        }
        next = ticks < next ? ticks : next;
    }
    if (next != UINT64_MAX) {
        sched_at(soc->sched, &t->next.event, t->started + soc_periods_ps(next * prescaler(t), hz));
    }
}

static void refresh(struct soc *soc, unsigned n)
{
    outputs(soc, n);
    update_irq(soc, n);
    arm(soc, n);
}

static void fire(void *context)
{
    struct soc_event *event = context;

    sync(event->soc, event->instance);
    refresh(event->soc, event->instance);
}

static void ok_fire(void *context)
{
    struct soc_event *event = context;
    struct soc_lptim *t = &event->soc->lptim[event->instance];

    t->isr |= t->ok_pending;
    t->ok_pending = 0;
    update_irq(event->soc, event->instance);
}

/* ---- Starting and triggers ---- */

static unsigned trigger_edges(const struct soc_lptim *t)
{
    return (t->cfgr & LPTIM_CFGR_TRIGEN_Msk) >> LPTIM_CFGR_TRIGEN_Pos;
}

static void begin(struct soc *soc, unsigned n)
{
    struct soc_lptim *t = &soc->lptim[n];

    if (!t->running) {
        t->cnt = 0;
        t->running = true;
        t->started = soc_now(soc);
        t->rep = (uint8_t)t->rcr;
        load_shadows(t);
    }
}

/* An active edge of the selected trigger. The first one starts; later ones count in time-out mode,
 * or after a single run has ended. */
static void trigger(struct soc *soc, unsigned n)
{
    struct soc_lptim *t = &soc->lptim[n];

    if (!(t->cr & LPTIM_CR_ENABLE_Msk) || !t->armed) {
        return;
    }
    sync(soc, n);
    t->isr |= LPTIM_ISR_EXTTRIG_Msk;
    if (t->running && (t->cfgr & LPTIM_CFGR_TIMOUT_Msk)) {
        t->cnt = 0;
        t->started = soc_now(soc);
    } else if (!t->running) {
        begin(soc, n);
    }
    refresh(soc, n);
}

void soc_lptim_trigger(struct soc *soc, enum soc_lptim_source source)
{
    for (unsigned n = 0; n < LPTIM_COUNT; n++) {
        const struct soc_lptim *t = &soc->lptim[n];
        unsigned select = (t->cfgr & LPTIM_CFGR_TRIGSEL_Msk) >> LPTIM_CFGR_TRIGSEL_Pos;

        if (trigger_edges(t) != 0 && trigger_edges(t) != 2 && select == (unsigned)source) {
            trigger(soc, n);
        }
    }
}

/* ---- Pins ---- */

static bool polarity_counts(unsigned code, bool rising)
{
    return code >= 2 || rising == (code == 0);
}

static void external_tick(struct soc *soc, unsigned n)
{
    struct soc_lptim *t = &soc->lptim[n];

    if (!t->running || soc_lptim_frozen(soc, n)) {
        return;
    }
    if (++t->prescale < prescaler(t)) {
        return;
    }
    t->prescale = 0;
    advance(soc, n, 1);
}

/* Counting direction by the edge and the level of the other input. */
static void encoder_edge(struct soc *soc, unsigned n, unsigned input, bool rising)
{
    struct soc_lptim *t = &soc->lptim[n];
    bool other = t->filter[input == 0 ? LINE_IN2 : LINE_IN1].level;
    bool up = input == 0 ? rising != other : rising == other;

    if (!t->running || soc_lptim_frozen(soc, n) ||
        !polarity_counts((t->cfgr & LPTIM_CFGR_CKPOL_Msk) >> LPTIM_CFGR_CKPOL_Pos, rising)) {
        return;
    }
    if (t->counts_down == up) {
        t->isr |= up ? LPTIM_ISR_UP_Msk : LPTIM_ISR_DOWN_Msk;
    }
    t->counts_down = !up;
    if (up) {
        advance(soc, n, 1);
    } else {
        t->cnt = t->cnt > 0 ? t->cnt - 1 : t->arr_shadow;
        reach(t, n, t->cnt, t->cnt);
    }
}

static void capture(struct soc *soc, unsigned n, unsigned c, bool rising)
{
    struct soc_lptim *t = &soc->lptim[n];
    uint32_t ccmr = t->ccmr1 >> (16 * c);
    unsigned polarity = (ccmr & LPTIM_CCMR1_CC1P_Msk) >> LPTIM_CCMR1_CC1P_Pos;
    unsigned divider = 1u << ((ccmr & LPTIM_CCMR1_IC1PSC_Msk) >> LPTIM_CCMR1_IC1PSC_Pos);

    if (!channel_capture(t, n, c) || !(t->cr & LPTIM_CR_ENABLE_Msk) ||
        !(polarity == 3 || rising == (polarity == 0))) {
        return;
    }
    if (++t->capture_count[c] < divider) {
        return;
    }
    t->capture_count[c] = 0;
    t->isr |= t->isr & cc_flag[c] ? cc_over[c] : 0;
    t->ccr[c] = t->ccr_shadow[c] = t->cnt;
    t->isr |= cc_flag[c];
    request(soc, n, c);
}

/* A level has to last 2, 4 or 8 periods of the kernel clock (RM0456 chapter 58, glitch filter); 0:
 * no filter. */
static sim_ps filter_delay(const struct soc *soc, unsigned n, unsigned line)
{
    const struct soc_lptim *t = &soc->lptim[n];
    unsigned code = line <= LINE_IN2     ? t->cfgr >> LPTIM_CFGR_CKFLT_Pos
                    : line == LINE_LPETR ? t->cfgr >> LPTIM_CFGR_TRGFLT_Pos
                    : line == LINE_LPCH1 ? t->ccmr1 >> LPTIM_CCMR1_IC1F_Pos
                                         : t->ccmr1 >> LPTIM_CCMR1_IC2F_Pos;

    code &= 3u;
    return code == 0 ? 0 : soc_periods_ps(UINT64_C(1) << code, soc_lptim_clock_hz(soc, n));
}

static void passes(struct soc *soc, unsigned n, unsigned line, bool level)
{
    struct soc_lptim *t = &soc->lptim[n];
    unsigned polarity = (t->cfgr & LPTIM_CFGR_CKPOL_Msk) >> LPTIM_CFGR_CKPOL_Pos;

    sync(soc, n);
    switch (line) {
    case LINE_IN1:
    case LINE_IN2:
        if ((t->cfgr & LPTIM_CFGR_ENC_Msk) && lptims[n].encoder) {
            encoder_edge(soc, n, line - LINE_IN1, level);
        } else if (line == LINE_IN1 && !internal(t) && polarity_counts(polarity, level)) {
            external_tick(soc, n);
        }
        break;
    case LINE_LPETR:
        if ((t->cfgr & LPTIM_CFGR_TRIGSEL_Msk) == 0 && trigger_edges(t) != 0 &&
            (trigger_edges(t) == 3 || level == (trigger_edges(t) == 1))) {
            trigger(soc, n);
        }
        break;
    default:
        capture(soc, n, line - LINE_LPCH1, level);
        break;
    }
    refresh(soc, n);
}

void soc_lptim_edge(struct soc *soc, unsigned n, unsigned line, bool level)
{
    if (soc_filter_edge(soc, &soc->lptim[n].filter[line], level, filter_delay(soc, n, line))) {
        passes(soc, n, line, level);
    }
}

static void filter_fire(void *context)
{
    struct soc_event *event = context;
    unsigned n = event->instance / LPTIM_LINES, line = event->instance % LPTIM_LINES;

    passes(event->soc, n, line, soc_filter_passed(&event->soc->lptim[n].filter[line]));
}

/* ---- Registers ---- */

static uint32_t *plain_register(struct soc_lptim *t, uint32_t offset)
{
    switch (offset) {
    case LPTIM_ISR_OFS:
        return &t->isr;
    case LPTIM_DIER_OFS:
        return &t->dier;
    case LPTIM_CFGR_OFS:
        return &t->cfgr;
    case LPTIM_CR_OFS:
        return &t->cr;
    case LPTIM_CCR1_OFS:
        return &t->ccr[0];
    case LPTIM_CCR2_OFS:
        return &t->ccr[1];
    case LPTIM_ARR_OFS:
        return &t->arr;
    case LPTIM_CNT_OFS:
        return &t->cnt;
    case LPTIM_CFGR2_OFS:
        return &t->cfgr2;
    case LPTIM_RCR_OFS:
        return &t->rcr;
    case LPTIM_CCMR1_OFS:
        return &t->ccmr1;
    default:
        return NULL;
    }
}

READER(lptim)
{
    unsigned n = block->instance;
    struct soc_lptim *t = &soc->lptim[n];
    const uint32_t *plain = plain_register(t, offset);
    uint32_t value;

    (void)access;
    sync(soc, n);
    if (offset == LPTIM_ICR_OFS) {
        return 0;
    }
    if (plain == NULL) {
        return soc_stored_read(soc, block, offset);
    }
    value = *plain;
    if ((t->cr & LPTIM_CR_RSTARE_Msk) && offset == LPTIM_CNT_OFS) {
        t->cnt = 0; /* reset after read */
        t->started = soc_now(soc);
    }
    refresh(soc, n);
    return value;
}

static void written(struct soc *soc, unsigned n, uint32_t flag)
{
    struct soc_lptim *t = &soc->lptim[n];

    t->ok_pending |= flag;
    soc_after(soc, &t->ok, soc_periods_ps(OK_CLOCKS, soc_lptim_clock_hz(soc, n)));
}

static void write_cr(struct soc *soc, unsigned n, uint32_t value)
{
    struct soc_lptim *t = &soc->lptim[n];

    t->cr = value & (LPTIM_CR_ENABLE_Msk | LPTIM_CR_RSTARE_Msk);
    if (!(value & LPTIM_CR_ENABLE_Msk)) {
        t->running = t->armed = t->set[0] = t->set[1] = false;
        t->cnt = 0;
        return;
    }
    if (value & LPTIM_CR_COUNTRST_Msk) {
        t->cnt = 0;
        t->started = soc_now(soc);
    }
    if (!(value & (LPTIM_CR_SNGSTRT_Msk | LPTIM_CR_CNTSTRT_Msk))) {
        return;
    }
    t->single = (value & LPTIM_CR_SNGSTRT_Msk) != 0;
    if (trigger_edges(t) != 0) {
        t->armed = true;
    } else {
        begin(soc, n);
    }
}

/* Registers that are taken over in the kernel clock domain. */
static bool write_asynchronous(struct soc *soc, unsigned n, uint32_t offset, uint32_t value)
{
    struct soc_lptim *t = &soc->lptim[n];
    bool at_once = !(t->cfgr & LPTIM_CFGR_PRELOAD_Msk) || !t->running;

    switch (offset) {
    case LPTIM_CCR1_OFS:
    case LPTIM_CCR2_OFS:
        if (!channel_capture(t, n, offset == LPTIM_CCR2_OFS) &&
            (offset == LPTIM_CCR1_OFS || lptims[n].channels > 1)) {
            t->ccr[offset == LPTIM_CCR2_OFS] = value & 0xFFFFu;
        }
        written(soc, n, offset == LPTIM_CCR1_OFS ? LPTIM_ISR_CMP1OK_Msk : LPTIM_ISR_CMP2OK_Msk);
        break;
    case LPTIM_ARR_OFS:
        t->arr = value & 0xFFFFu;
        written(soc, n, LPTIM_ISR_ARROK_Msk);
        break;
    case LPTIM_RCR_OFS:
        t->rcr = value & 0xFFu;
        written(soc, n, LPTIM_ISR_REPOK_Msk);
        break;
    default:
        return false;
    }
    if (at_once) {
        load_shadows(t);
    }
    return true;
}

WRITER(lptim)
{
    unsigned n = block->instance;
    struct soc_lptim *t = &soc->lptim[n];
    bool enabled = (t->cr & LPTIM_CR_ENABLE_Msk) != 0;
    bool asynchronous = offset == LPTIM_ARR_OFS || offset == LPTIM_CCR1_OFS ||
                        offset == LPTIM_CCR2_OFS || offset == LPTIM_RCR_OFS;

    (void)access;
    sync(soc, n);
    if (!enabled && asynchronous) {
        soc_guest_error(soc, block->base + offset, "%s: register 0x%02x written with ENABLE = 0",
                        block->name, offset);
        return;
    }
    if (enabled && (offset == LPTIM_CFGR_OFS || offset == LPTIM_CFGR2_OFS)) {
        soc_guest_error(soc, block->base + offset, "%s: register 0x%02x written with ENABLE = 1",
                        block->name, offset);
        return;
    }
    if (!write_asynchronous(soc, n, offset, value)) {
        switch (offset) {
        case LPTIM_ICR_OFS:
            t->isr &= ~value;
            break;
        case LPTIM_DIER_OFS:
            value &= INTERRUPTS | LPTIM_DIER_CC1DE_Msk | LPTIM_DIER_CC2DE_Msk | LPTIM_DIER_UEDE_Msk;
            t->isr &= ~(t->dier ^ value); /* erratum 2.17.3 */
            t->dier = value;
            written(soc, n, LPTIM_ISR_DIEROK_Msk);
            break;
        case LPTIM_CFGR_OFS:
            t->cfgr = value & 0x01FEEEDFu & ~(lptims[n].encoder ? 0 : LPTIM_CFGR_ENC_Msk);
            break;
        case LPTIM_CR_OFS:
            write_cr(soc, n, value);
            break;
        case LPTIM_CFGR2_OFS:
            t->cfgr2 = lptims[n].captures ? value & 0x00330033u : 0;
            break;
        case LPTIM_CCMR1_OFS:
            t->ccmr1 = lptims[n].captures ? value & 0x330F330Fu : 0;
            break;
        case LPTIM_ISR_OFS:
        case LPTIM_CNT_OFS:
            break;
        default:
            soc_stored_write(soc, block, offset, value);
            break;
        }
    }
    refresh(soc, n);
}

RESETTER(lptim)
{
    unsigned n = block->instance;
    struct soc_lptim *t = &soc->lptim[n];
    struct soc_event next, ok;
    struct soc_filter filter[LPTIM_LINES];

    for (unsigned i = 0; i < LPTIM_LINES; i++) {
        sched_cancel(soc->sched, &t->filter[i].settles.event);
    }
    memcpy(filter, t->filter, sizeof filter);
    sched_cancel(soc->sched, &t->next.event);
    sched_cancel(soc->sched, &t->ok.event);
    next = t->next;
    ok = t->ok;
    *t = (struct soc_lptim){.arr = 1, .arr_shadow = 1, .next = next, .ok = ok};
    memcpy(t->filter, filter, sizeof filter);
    outputs(soc, n);
    update_irq(soc, n);
}

void soc_lptim_init(struct soc *soc)
{
    for (unsigned n = 0; n < LPTIM_COUNT; n++) {
        soc_event_init(&soc->lptim[n].next, soc, n, fire);
        soc_event_init(&soc->lptim[n].ok, soc, n, ok_fire);
        for (unsigned i = 0; i < LPTIM_LINES; i++) {
            soc_event_init(&soc->lptim[n].filter[i].settles, soc, n * LPTIM_LINES + i, filter_fire);
        }
    }
}

/* Around Stop and clock switches: what has been counted counts, the next event is armed anew. */
void soc_lptim_before_clock_change(struct soc *soc)
{
    for (unsigned n = 0; n < LPTIM_COUNT; n++) {
        sync(soc, n);
    }
}

void soc_lptim_after_clock_change(struct soc *soc)
{
    for (unsigned n = 0; n < LPTIM_COUNT; n++) {
        if (soc->lptim[n].running) {
            refresh(soc, n);
        }
    }
}
