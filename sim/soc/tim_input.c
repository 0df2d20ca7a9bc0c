/* What comes into a timer: edges at its pins and from other timers; captures, slave modes, external
 * clocks and encoders (RM0456 54.3.4-54.3.9, 54.3.23-54.3.25). The filter of an exclusive-or TI1
 * (TI1S) works on CH1 alone.
 */
#include "soc/tim.h"

enum {
    SLAVE_OFF,
    SLAVE_ENCODER_TI1,
    SLAVE_ENCODER_TI2,
    SLAVE_ENCODER_BOTH,
    SLAVE_RESET,
    SLAVE_GATED,
    SLAVE_TRIGGER,
    SLAVE_CLOCK,
    SLAVE_RESET_TRIGGER,
    SLAVE_GATED_RESET,
    SLAVE_ENCODERS, /* the newer ones */
    SLAVE_DIRECTION_X2 = SLAVE_ENCODERS,
    SLAVE_DIRECTION_X1,
    SLAVE_TWO_CLOCKS_X2,
    SLAVE_TWO_CLOCKS_X1,
    SLAVE_QUADRATURE_X1 /* on TI1, then on TI2: not modelled */
};
enum { TRIGGER_TI1_EDGES = 4, TRIGGER_TI1, TRIGGER_TI2, TRIGGER_ETR, TRIGGER_ITR4 };

enum { FILTER_ETR = 4 };
enum { PLACE_TIM2 = 0, PLACE_TIM15 = 8 };

/* Which timer drives internal trigger 0, 1 ...; by place in soc->tim. */
static const uint8_t masters[9] = {6, 0, 1, 2, 3, 7, 8, 9, 10};

/* What the ADCs call the trigger outputs, by place. */
static const uint8_t trgo_sources[TIM_COUNT] = {
    ADC_BY_TIM2_TRGO, ADC_BY_TIM3_TRGO, ADC_BY_TIM4_TRGO, ADC_BY_NOTHING,   ADC_BY_TIM6_TRGO,
    ADC_BY_NOTHING,   ADC_BY_TIM1_TRGO, ADC_BY_TIM8_TRGO, ADC_BY_TIM15_TRGO};

unsigned tim_slave_mode(const struct soc_tim *t)
{
    return (t->smcr & 7u) | ((t->smcr >> 16) & 1u) << 3;
}

unsigned tim_trigger_source(const struct soc_tim *t)
{
    return ((t->smcr >> 4) & 7u) | ((t->smcr >> 20) & 3u) << 3;
}

static bool encoder(const struct soc_tim *t)
{
    unsigned mode = tim_slave_mode(t);

    return (mode >= SLAVE_ENCODER_TI1 && mode <= SLAVE_ENCODER_BOTH) || mode >= SLAVE_ENCODERS;
}

bool tim_internal_clock(const struct soc_tim *t)
{
    unsigned mode = tim_slave_mode(t);

    if ((t->smcr & TIM_SMCR_ECE_Msk) || encoder(t) || mode == SLAVE_CLOCK) {
        return false;
    }
    return (mode != SLAVE_GATED && mode != SLAVE_GATED_RESET) || t->gate;
}

/* Internal trigger that a source number means; -1: none. */
static int itr_of(unsigned source)
{
    if (source < TRIGGER_TI1_EDGES) {
        return (int)source;
    }
    return source >= TRIGGER_ITR4 && source < TRIGGER_ITR4 + 5 ? (int)source - 4 : -1;
}

static bool follows(const struct soc *soc, unsigned n, unsigned master)
{
    const struct soc_tim *t = &soc->tim[n];
    int itr = itr_of(tim_trigger_source(t));
    bool uses = tim_slave_mode(t) != SLAVE_OFF || (t->cr2 & TIM_CR2_CCUS_Msk);

    for (unsigned c = 0; c < 4 && c < tim_facts[n].channels; c++) {
        uses = uses || tim_ccs(t, c) == 3; /* TRC */
    }
    uses = uses || (t->dier & (TIM_DIER_TIE_Msk | TIM_DIER_TDE_Msk));
    return n != master && uses && itr >= 0 && masters[itr] == master &&
           tim_facts[n].kind != TIM_BASIC && tim_facts[n].kind != TIM_ONE;
}

bool tim_has_slave(const struct soc *soc, unsigned master)
{
    for (unsigned n = 0; n < TIM_COUNT; n++) {
        if (follows(soc, n, master)) {
            return true;
        }
    }
    return soc_adc_waits(soc, (enum soc_adc_source)trgo_sources[master]) ||
           (master == PLACE_TIM2 && soc_dma_waits(soc, DMA_BY_TIM2_TRGO)) ||
           (master == PLACE_TIM15 && soc_dma_waits(soc, DMA_BY_TIM15_TRGO));
}

/* ---- Captures ---- */

static void capture(struct soc *soc, unsigned n, unsigned c)
{
    struct soc_tim *t = &soc->tim[n];
    unsigned prescaler = (t->ccmr[c / 2] >> (8 * (c % 2) + 2)) & 3u;
    uint32_t flag = TIM_SR_CC1IF_Msk << c;

    if (!((t->ccer >> (4 * c)) & 1u)) {
        return;
    }
    if (++t->capture_count[c] < 1u << prescaler) {
        return;
    }
    t->capture_count[c] = 0;
    t->sr |= t->sr & flag ? TIM_SR_CC1OF_Msk << c : 0;
    t->ccr[c] = t->ccr_shadow[c] = t->cnt;
    tim_flag_cc(soc, n, c);
}

/* CCxP and CCxNP: rising, falling, both. */
static bool edge_counts(const struct soc_tim *t, unsigned c, bool rising)
{
    unsigned polarity = ((t->ccer >> (4 * c + 1)) & 1u) | ((t->ccer >> (4 * c + 3)) & 1u) << 1;

    return polarity == 3 || rising == (polarity == 0);
}

static bool inverted(const struct soc_tim *t, unsigned c)
{
    return (t->ccer >> (4 * c + 1)) & 1u;
}

/* ---- Triggers ---- */

static bool level_of_trigger(const struct soc *soc, unsigned n)
{
    const struct soc_tim *t = &soc->tim[n];
    unsigned source = tim_trigger_source(t);
    int itr = itr_of(source);

    if (itr >= 0) {
        return soc->tim[masters[itr]].trgo;
    }
    switch (source) {
    case TRIGGER_TI1:
        return ((t->inputs & 1u) != 0) != inverted(t, 0);
    case TRIGGER_TI2:
        return ((t->inputs & 2u) != 0) != inverted(t, 1);
    case TRIGGER_ETR:
        return t->etr != ((t->smcr & TIM_SMCR_ETP_Msk) != 0);
    default:
        return false;
    }
}

/* How long a level has to last: ICxF while the channel is an input, ETF (RM0456 54.6.7, 54.6.3). */
static sim_ps filter_delay(const struct soc *soc, unsigned n, unsigned filter)
{
    static const struct {
        uint8_t divider, samples; /* of tDTS, but the first ones of the timer's clock */
    } codes[16] = {{0, 0}, {1, 2}, {1, 4},  {1, 8},  {2, 6},  {2, 8},  {4, 6},  {4, 8},
                   {8, 6}, {8, 8}, {16, 5}, {16, 6}, {16, 8}, {32, 5}, {32, 6}, {32, 8}};
    const struct soc_tim *t = &soc->tim[n];
    uint32_t dts = 1u << ((t->cr1 & TIM_CR1_CKD_Msk) >> TIM_CR1_CKD_Pos);
    unsigned code = (t->smcr & TIM_SMCR_ETF_Msk) >> TIM_SMCR_ETF_Pos;

    if (filter != FILTER_ETR) {
        code = tim_ccs(t, filter) == 0
                   ? 0
                   : (t->ccmr[filter / 2] >> (8 * (filter % 2) + TIM_CCMR1_IC1F_Pos)) & 15u;
    }
    if (code == 0) {
        return 0;
    }
    return soc_periods_ps((uint64_t)codes[code].divider * codes[code].samples *
                              (code < 4 ? 1u : dts),
                          soc_tim_clock_hz(soc, n));
}

/* Level of an input behind its filter. */
static bool filtered(struct soc *soc, unsigned n, unsigned filter)
{
    struct soc_filter *state = &soc->tim[n].filter[filter];

    if (filter_delay(soc, n, filter) == 0) {
        state->level =
            soc_signal_level(soc, TIM_SIGNAL(n, filter == FILTER_ETR ? LINE_ETR : filter));
    }
    return state->level;
}

/* Levels of the inputs, TI1 as TI1S makes it. */
static void look_at_pins(struct soc *soc, unsigned n)
{
    struct soc_tim *t = &soc->tim[n];
    uint8_t pins = 0;

    for (unsigned c = 0; c < 4 && c < tim_facts[n].channels; c++) {
        pins |= (uint8_t)(filtered(soc, n, c) << c);
    }
    t->inputs = pins;
    if (t->cr2 & TIM_CR2_TI1S_Msk) { /* TI1 is CH1 xor CH2 xor CH3 */
        t->inputs = (uint8_t)((pins & ~1u) | (unsigned)__builtin_parity(pins & 7u));
    }
    t->etr = filtered(soc, n, FILTER_ETR);
}

/* The gate of the gated modes is the level of the trigger input. */
void tim_gate_follow(struct soc *soc, unsigned n)
{
    look_at_pins(soc, n);
    soc->tim[n].gate = level_of_trigger(soc, n);
}

/* TRGI changed; `rising` after polarity. */
void tim_trigger(struct soc *soc, unsigned n, bool rising)
{
    struct soc_tim *t = &soc->tim[n];
    unsigned mode = tim_slave_mode(t);

    for (unsigned c = 0; rising && c < 4 && c < tim_facts[n].channels; c++) {
        if (tim_ccs(t, c) == 3) {
            capture(soc, n, c);
        }
    }
    if (rising && (t->cr2 & TIM_CR2_CCUS_Msk) && tim_has_break(n)) {
        tim_com(soc, n);
    }
    if (mode == SLAVE_GATED || mode == SLAVE_GATED_RESET) {
        t->gate = rising;
        if (!rising && mode == SLAVE_GATED_RESET) {
            tim_reinitialise(soc, n);
        }
    } else if (!rising) {
        return;
    }
    tim_flag(soc, n, TIM_SR_TIF_Msk);
    switch (mode) {
    case SLAVE_RESET:
        tim_reinitialise(soc, n);
        break;
    case SLAVE_TRIGGER:
        tim_start(soc, n);
        break;
    case SLAVE_CLOCK:
        tim_external_tick(soc, n);
        break;
    case SLAVE_RESET_TRIGGER:
        tim_reinitialise(soc, n);
        tim_start(soc, n);
        break;
    default:
        break;
    }
}

void tim_master_edge(struct soc *soc, unsigned master, bool rising)
{
    for (unsigned n = 0; n < TIM_COUNT; n++) {
        if (follows(soc, n, master)) {
            tim_sync(soc, n);
            tim_trigger(soc, n, rising);
            tim_refresh(soc, n);
        }
    }
    if (master == PLACE_TIM2 || master == PLACE_TIM15) {
        soc_dma_event(soc, master == PLACE_TIM2 ? DMA_BY_TIM2_TRGO : DMA_BY_TIM15_TRGO, rising);
    }
    if (trgo_sources[master] != ADC_BY_NOTHING) {
        soc_adc_trigger(soc, (enum soc_adc_source)trgo_sources[master], rising);
    }
}

/* ---- Encoders ---- */

/* Which edges count, and which way: the level of the other input tells (RM0456 table "counting
 * direction versus encoder signals"). */
static bool quadrature(const struct soc_tim *t, unsigned input, bool rising, bool *up)
{
    unsigned mode = tim_slave_mode(t), other = input ^ 1u;
    bool other_high = (((t->inputs >> other) & 1u) != 0) != inverted(t, other);

    rising = rising != inverted(t, input);
    *up = input == 0 ? rising != other_high : rising == other_high;
    return mode == SLAVE_ENCODER_BOTH || input == (mode == SLAVE_ENCODER_TI1 ? 0u : 1u);
}

/* A clock on TI2 whose edge CC2P chooses for x1; TI1 tells the direction, up while high (CC1P). */
static bool clock_and_direction(const struct soc_tim *t, unsigned input, bool rising, bool *up)
{
    *up = (t->inputs & 1u) != inverted(t, 0);
    return input == 1 && (tim_slave_mode(t) == SLAVE_DIRECTION_X2 || rising != inverted(t, 1));
}

/* TI1 clocks down, TI2 up, while the other one idles: high, or low with its CCxP. In x1 mode only
 * the edge away from the idle level counts. */
static bool two_clocks(const struct soc_tim *t, unsigned input, bool rising, bool *up)
{
    unsigned other = input ^ 1u;
    bool idles = (((t->inputs >> other) & 1u) != 0) != inverted(t, other);

    *up = input == 1;
    return idles && (tim_slave_mode(t) == SLAVE_TWO_CLOCKS_X2 || rising == inverted(t, input));
}

static void encoder_edge(struct soc *soc, unsigned n, unsigned input, bool rising)
{
    struct soc_tim *t = &soc->tim[n];
    unsigned mode = tim_slave_mode(t);
    bool up, counts;

    if (mode >= SLAVE_QUADRATURE_X1) {
        soc_not_modelled(soc, 0x54494D00u + n, "timer with encoder mode %u", mode);
    }
    if (mode == SLAVE_DIRECTION_X2 || mode == SLAVE_DIRECTION_X1) {
        counts = clock_and_direction(t, input, rising, &up);
    } else if (mode == SLAVE_TWO_CLOCKS_X2 || mode == SLAVE_TWO_CLOCKS_X1) {
        counts = two_clocks(t, input, rising, &up);
    } else {
        counts = quadrature(t, input, rising, &up);
    }
    if (!counts) {
        return;
    }
    if (((t->cr1 & TIM_CR1_DIR_Msk) != 0) == up) {
        t->sr |= TIM_SR_DIRF_Msk;
    }
    t->cr1 = up ? t->cr1 & ~TIM_CR1_DIR_Msk : t->cr1 | TIM_CR1_DIR_Msk;
    tim_external_tick(soc, n);
}

/* ---- Pins ---- */

static void input_edge(struct soc *soc, unsigned n, unsigned input, bool rising)
{
    struct soc_tim *t = &soc->tim[n];
    unsigned source = tim_trigger_source(t);

    for (unsigned c = 0; c < 4 && c < tim_facts[n].channels; c++) {
        unsigned ccs = tim_ccs(t, c);

        if (((ccs == 1 && c == input) || (ccs == 2 && (c ^ 1u) == input)) &&
            edge_counts(t, c, rising)) {
            capture(soc, n, c);
        }
    }
    if (input < 2 && encoder(t)) {
        encoder_edge(soc, n, input, rising);
    } else if (input == 0 && source == TRIGGER_TI1_EDGES) {
        tim_trigger(soc, n, true);
        t->gate = false;
    } else if ((input == 0 && source == TRIGGER_TI1) || (input == 1 && source == TRIGGER_TI2)) {
        bool both = edge_counts(t, input, true) && edge_counts(t, input, false);

        tim_trigger(soc, n, both || rising != inverted(t, input));
    }
}

static void etr_edge(struct soc *soc, unsigned n, bool rising)
{
    struct soc_tim *t = &soc->tim[n];
    uint32_t prescaler = (t->smcr & TIM_SMCR_ETPS_Msk) >> TIM_SMCR_ETPS_Pos;

    rising = rising != ((t->smcr & TIM_SMCR_ETP_Msk) != 0);
    if (rising && prescaler != 0 && ++t->etr_count < 1u << prescaler) {
        return;
    }
    if (rising) {
        t->etr_count = 0;
    }
    if (rising && (t->smcr & TIM_SMCR_ECE_Msk)) {
        tim_external_tick(soc, n);
    }
    if (tim_trigger_source(t) == TRIGGER_ETR) {
        tim_trigger(soc, n, rising);
    }
}

static void passes(struct soc *soc, unsigned n, unsigned line, bool level)
{
    struct soc_tim *t = &soc->tim[n];
    bool joined = (t->cr2 & TIM_CR2_TI1S_Msk) && line < 3, before = t->inputs & 1u;

    tim_sync(soc, n);
    look_at_pins(soc, n);
    if (line == LINE_BKIN || line == LINE_BKIN2) {
        tim_break_follow(soc, n);
    } else if (line == LINE_ETR) {
        etr_edge(soc, n, level);
    } else {
        if (joined && before != (bool)(t->inputs & 1u)) {
            input_edge(soc, n, 0, t->inputs & 1u);
        }
        if (line != 0 || !joined) {
            input_edge(soc, n, line, level);
        }
    }
    tim_refresh(soc, n);
}

void soc_tim_edge(struct soc *soc, unsigned n, unsigned line, bool level)
{
    unsigned filter = line == LINE_ETR ? FILTER_ETR : line;

    if ((line >= LINE_CH1N && line <= LINE_CH4N) || soc->signal[TIM_SIGNAL(n, line)] != DRIVE_OFF) {
        return; /* the timer's own output */
    }
    if (filter > FILTER_ETR ||
        soc_filter_edge(soc, &soc->tim[n].filter[filter], level, filter_delay(soc, n, filter))) {
        passes(soc, n, line, level);
    }
}

static void filter_fire(void *context)
{
    struct soc_event *event = context;
    unsigned n = event->instance / TIM_FILTERS, filter = event->instance % TIM_FILTERS;
    bool level = soc_filter_passed(&event->soc->tim[n].filter[filter]);

    passes(event->soc, n, filter == FILTER_ETR ? LINE_ETR : filter, level);
}

void tim_filter_reset(struct soc *soc, unsigned n)
{
    for (unsigned i = 0; i < TIM_FILTERS; i++) {
        sched_cancel(soc->sched, &soc->tim[n].filter[i].settles.event);
    }
}

void tim_filter_init(struct soc *soc, unsigned n)
{
    for (unsigned i = 0; i < TIM_FILTERS; i++) {
        soc_event_init(&soc->tim[n].filter[i].settles, soc, n * TIM_FILTERS + i, filter_fire);
    }
}
