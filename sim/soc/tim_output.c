/* What a timer shows: output references, pins with polarity, complementary outputs, dead time and
 * break, and its trigger output (RM0456 54.3.10-54.3.20, 55.4).
 */
#include "soc/tim.h"

#include <string.h>

enum {
    MODE_FROZEN,
    MODE_ACTIVE,
    MODE_INACTIVE,
    MODE_TOGGLE,
    MODE_FORCE_INACTIVE,
    MODE_FORCE_ACTIVE,
    MODE_PWM1,
    MODE_PWM2,
    MODE_RETRIGGER1,
    MODE_RETRIGGER2,
    MODE_COMBINED1 = 12,
    MODE_COMBINED2,
    MODE_ASYMMETRIC1,
    MODE_ASYMMETRIC2
};

/* ---- References ---- */

static unsigned mode_of(const struct soc_tim *t, unsigned channel)
{
    uint32_t ccmr = t->ccmr_active[channel / 2] >> (8 * (channel % 2));

    return ((ccmr >> 4) & 7u) | ((ccmr >> 16) & 1u) << 3;
}

static bool counts_down(const struct soc_tim *t)
{
    return (t->cr1 & TIM_CR1_DIR_Msk) != 0;
}

/* PWM mode 1 while counting up: active below the compare value; down: inactive above it. */
static bool pwm1(const struct soc_tim *t, unsigned channel)
{
    return counts_down(t) ? t->cnt <= t->ccr_shadow[channel] : t->cnt < t->ccr_shadow[channel];
}

/* OCxREF, before two of them are combined. */
static bool reference(const struct soc_tim *t, unsigned channel)
{
    switch (mode_of(t, channel)) {
    case MODE_FORCE_INACTIVE:
        return false;
    case MODE_FORCE_ACTIVE:
        return true;
    case MODE_PWM1:
    case MODE_RETRIGGER1:
    case MODE_COMBINED1:
    case MODE_ASYMMETRIC1:
        return pwm1(t, channel);
    case MODE_PWM2:
    case MODE_RETRIGGER2:
    case MODE_COMBINED2:
    case MODE_ASYMMETRIC2:
        return !pwm1(t, channel);
    default:
        return (t->ocref >> channel) & 1u; /* as the last match left it */
    }
}

/* OCxREFC. Combined mode 1 joins by OR, mode 2 by AND; asymmetric PWM takes the neighbour's value
 * while counting down. */
static bool combined(const struct soc_tim *t, unsigned channel)
{
    bool own = reference(t, channel);
    unsigned mode = mode_of(t, channel);

    if (mode < MODE_COMBINED1 || channel >= 4) {
        return own;
    }
    switch (mode) {
    case MODE_COMBINED1:
        return own || reference(t, channel ^ 1u);
    case MODE_COMBINED2:
        return own && reference(t, channel ^ 1u);
    default:
        return counts_down(t) ? reference(t, channel ^ 1u) : own;
    }
}

void tim_match(struct soc *soc, unsigned n, unsigned channel)
{
    struct soc_tim *t = &soc->tim[n];
    uint8_t bit = (uint8_t)(1u << channel);

    switch (mode_of(t, channel)) {
    case MODE_ACTIVE:
        t->ocref |= bit;
        break;
    case MODE_INACTIVE:
        t->ocref &= (uint8_t)~bit;
        break;
    case MODE_TOGGLE:
        t->ocref ^= bit;
        break;
    default:
        break;
    }
}

/* ---- Pins ---- */

static enum soc_drive level(bool high)
{
    return high ? DRIVE_HIGH : DRIVE_LOW;
}

/* DTG in periods of t_DTS = CKD timer clocks. */
static sim_ps dead_time(const struct soc *soc, unsigned n)
{
    const struct soc_tim *t = &soc->tim[n];
    uint32_t dtg = t->bdtr & TIM_BDTR_DTG_Msk;
    uint32_t divider = 1u << ((t->cr1 & TIM_CR1_CKD_Msk) >> TIM_CR1_CKD_Pos);
    uint32_t steps;

    if (dtg < 0x80u) {
        steps = dtg;
    } else if (dtg < 0xC0u) {
        steps = (64u + (dtg & 0x3Fu)) * 2u;
    } else {
        steps = (32u + (dtg & 0x1Fu)) * (dtg < 0xE0u ? 8u : 16u);
    }
    return soc_periods_ps((uint64_t)steps * divider, soc_tim_clock_hz(soc, n));
}

static void drive(struct soc *soc, unsigned n, unsigned line, enum soc_drive value)
{
    soc_signal_drive(soc, TIM_SIGNAL(n, line), value);
}

/* MOE; a frozen counter disables the outputs as if it were reset (RM0456 chapter 54, debug mode).
 */
static bool outputs_enabled(const struct soc *soc, unsigned n)
{
    return !tim_has_break(n) || ((soc->tim[n].bdtr & TIM_BDTR_MOE_Msk) && !tim_frozen(soc, n));
}

/* Outputs without MOE: off, or the idle levels with OSSI. */
static void drive_idle(struct soc *soc, unsigned n, unsigned c)
{
    const struct soc_tim *t = &soc->tim[n];
    uint32_t enable = t->ccer_active >> (4 * c);
    bool idle = (t->bdtr & TIM_BDTR_OSSI_Msk) && (enable & 5u);

    drive(soc, n, c, idle ? level((t->cr2 >> (8 + 2 * c)) & 1u) : DRIVE_OFF);
    if (tim_complementary(n, c)) {
        drive(soc, n, LINE_CH1N + c, idle ? level((t->cr2 >> (9 + 2 * c)) & 1u) : DRIVE_OFF);
    }
}

/* RM0456 table "output control bits for complementary channels with break": with both outputs on,
 * an edge switches one off at once and the other one on after the dead time. */
static void drive_channel(struct soc *soc, unsigned n, unsigned c, bool active)
{
    struct soc_tim *t = &soc->tim[n];
    uint32_t enable = t->ccer_active >> (4 * c);
    bool main = enable & 1u, inverse = (enable & 4u) && tim_complementary(n, c);
    bool polarity = (enable >> 1) & 1u, inverse_polarity = (enable >> 3) & 1u;
    bool off_level = (t->bdtr & TIM_BDTR_OSSR_Msk) && tim_has_break(n);
    bool dead = main && inverse && soc_now(soc) < t->dead_until[c];

    if (main) {
        drive(soc, n, c, level((active && !dead) != polarity));
    } else {
        drive(soc, n, c, inverse && off_level ? level(polarity) : DRIVE_OFF);
    }
    if (!tim_complementary(n, c)) {
        return;
    }
    if (inverse) {
        bool on = main ? !active && !dead : active;

        drive(soc, n, LINE_CH1N + c, level(on != inverse_polarity));
    } else {
        drive(soc, n, LINE_CH1N + c, main && off_level ? level(inverse_polarity) : DRIVE_OFF);
    }
}

static void start_dead_time(struct soc *soc, unsigned n, unsigned c)
{
    struct soc_tim *t = &soc->tim[n];
    sim_ps time = tim_complementary(n, c) ? dead_time(soc, n) : 0;

    if (time == 0 || time == SIM_NEVER) {
        return;
    }
    t->dead_until[c] = soc_now(soc) + time;
    if (t->dead.event.due == SIM_NEVER || t->dead.event.due > t->dead_until[c]) {
        sched_at(soc->sched, &t->dead.event, t->dead_until[c]);
    }
}

static void dead_fire(void *context)
{
    struct soc_event *event = context;
    struct soc_tim *t = &event->soc->tim[event->instance];
    sim_ps next = SIM_NEVER, now = soc_now(event->soc);

    for (unsigned c = 0; c < 4; c++) {
        if (t->dead_until[c] > now && t->dead_until[c] < next) {
            next = t->dead_until[c];
        }
    }
    if (next != SIM_NEVER) {
        sched_at(event->soc->sched, &t->dead.event, next);
    }
    tim_outputs(event->soc, event->instance);
}

/* ---- Trigger output ---- */

static unsigned master_mode(const struct soc_tim *t)
{
    return ((t->cr2 >> 4) & 7u) | ((t->cr2 >> 25) & 1u) << 3;
}

static void trgo_level(struct soc *soc, unsigned n)
{
    struct soc_tim *t = &soc->tim[n];
    unsigned mode = master_mode(t);
    bool now;

    if (mode == TIM_ENABLE) {
        now = (t->cr1 & TIM_CR1_CEN_Msk) != 0;
    } else if (tim_facts[n].kind == TIM_ONE) {
        now = combined(t, 0); /* TIM16 and TIM17 have no TRGO; their OC1 goes to the others */
    } else if (mode >= 4 && mode < 8) {
        now = combined(t, mode - 4);
    } else {
        return;
    }
    if (now != t->trgo) {
        t->trgo = now;
        tim_master_edge(soc, n, now);
    }
}

void tim_trgo_pulse(struct soc *soc, unsigned n, enum tim_moment moment)
{
    const struct soc_tim *t = &soc->tim[n];
    unsigned mode = master_mode(t);

    if (tim_facts[n].kind == TIM_ONE || moment == TIM_ENABLE) {
        return; /* a level, see above */
    }
    if (mode == (unsigned)moment) {
        tim_master_edge(soc, n, true);
        tim_master_edge(soc, n, false);
    }
}

bool tim_trgo_watched(const struct soc *soc, unsigned n)
{
    const struct soc_tim *t = &soc->tim[n];

    return (master_mode(t) == TIM_UPDATE || tim_facts[n].kind == TIM_ONE) && tim_has_slave(soc, n);
}

/* ---- All of it ---- */

/* Channels whose compare output triggers ADCs. */
static enum soc_adc_source adc_source(unsigned n, unsigned channel)
{
    static const uint8_t sources[8][4] = {
        [0] = {ADC_BY_TIM2_CC1, ADC_BY_TIM2_CC2},
        [1] = {ADC_BY_TIM3_CC1, 0, ADC_BY_TIM3_CC3, ADC_BY_TIM3_CC4},
        [2] = {0, 0, 0, ADC_BY_TIM4_CC4},
        [6] = {ADC_BY_TIM1_CC1, ADC_BY_TIM1_CC2, ADC_BY_TIM1_CC3, ADC_BY_TIM1_CC4},
        [7] = {0, 0, 0, ADC_BY_TIM8_CC4},
    };

    return n < 8 && channel < 4 ? (enum soc_adc_source)sources[n][channel] : ADC_BY_NOTHING;
}

bool tim_outputs_watched(const struct soc *soc, unsigned n, unsigned channel)
{
    const struct soc_tim *t = &soc->tim[n];
    bool moe = outputs_enabled(soc, n);
    bool trgo = (master_mode(t) == 3 && channel == 0) ||
                (master_mode(t) >= 4 && master_mode(t) < 8) || tim_facts[n].kind == TIM_ONE;

    if ((trgo && tim_has_slave(soc, n)) || soc_adc_waits(soc, adc_source(n, channel))) {
        return true;
    }
    return channel < 4 && moe && (t->ccer_active >> (4 * channel) & 5u) &&
           (soc_signal_routed(soc, TIM_SIGNAL(n, channel), false) ||
            (tim_complementary(n, channel) &&
             soc_signal_routed(soc, TIM_SIGNAL(n, LINE_CH1N + channel), false)));
}

void tim_outputs(struct soc *soc, unsigned n)
{
    struct soc_tim *t = &soc->tim[n];
    bool moe = outputs_enabled(soc, n);

    for (unsigned c = 0; c < 4 && c < tim_facts[n].channels; c++) {
        bool active = combined(t, c);

        if (mode_of(t, c) != MODE_FROZEN && active != (bool)((t->ocref >> c) & 1u)) {
            t->ocref ^= (uint8_t)(1u << c);
        }
        if (active != (bool)((t->shown >> c) & 1u)) {
            t->shown ^= (uint8_t)(1u << c);
            start_dead_time(soc, n, c);
            if (adc_source(n, c) != ADC_BY_NOTHING) {
                soc_adc_trigger(soc, adc_source(n, c), active);
            }
        }
        if (tim_ccs(t, c) != 0) {
            drive(soc, n, c, DRIVE_OFF);
        } else if (moe) {
            drive_channel(soc, n, c, active);
        } else {
            drive_idle(soc, n, c);
        }
    }
    trgo_level(soc, n);
}

/* Commutation: preloaded enables and modes come into force. */
void tim_com(struct soc *soc, unsigned n)
{
    struct soc_tim *t = &soc->tim[n];

    if (t->cr2 & TIM_CR2_CCPC_Msk) {
        t->ccer_active = t->ccer;
        memcpy(t->ccmr_active, t->ccmr, sizeof t->ccmr);
    }
    tim_flag(soc, n, TIM_SR_COMIF_Msk);
}

/* ---- Break ---- */

static bool input_active(const struct soc *soc, unsigned n, unsigned line, uint32_t af,
                         bool active_high)
{
    bool enabled = af & 1u, inverted = (af >> 9) & 1u;
    unsigned signal = TIM_SIGNAL(n, line);

    if (!enabled || !soc_signal_routed(soc, signal, false)) {
        return false;
    }
    return (soc_signal_level(soc, signal) != inverted) == active_high;
}

static bool break_input(const struct soc *soc, unsigned n)
{
    const struct soc_tim *t = &soc->tim[n];

    return (t->bdtr & TIM_BDTR_BKE_Msk) &&
           input_active(soc, n, LINE_BKIN, t->af1, (t->bdtr & TIM_BDTR_BKP_Msk) != 0);
}

static bool break2_input(const struct soc *soc, unsigned n)
{
    const struct soc_tim *t = &soc->tim[n];

    return tim_facts[n].kind == TIM_ADVANCED && (t->bdtr & TIM_BDTR_BK2E_Msk) &&
           input_active(soc, n, LINE_BKIN2, t->af2, (t->bdtr & TIM_BDTR_BK2P_Msk) != 0);
}

void tim_break(struct soc *soc, unsigned n, uint32_t flag)
{
    soc->tim[n].bdtr &= ~TIM_BDTR_MOE_Msk;
    tim_flag(soc, n, flag);
}

/* An input, its polarity or enable changed. MOE cannot be set while a break is active. */
void tim_break_follow(struct soc *soc, unsigned n)
{
    if (!tim_has_break(n)) {
        return;
    }
    if (break_input(soc, n)) {
        tim_break(soc, n, TIM_SR_BIF_Msk);
    }
    if (break2_input(soc, n)) {
        tim_break(soc, n, TIM_SR_B2IF_Msk);
    }
}

/* AOE sets MOE at the next update event once the break is over. */
void tim_update_moe(struct soc *soc, unsigned n)
{
    struct soc_tim *t = &soc->tim[n];

    if ((t->bdtr & TIM_BDTR_AOE_Msk) && tim_has_break(n) && !break_input(soc, n) &&
        !break2_input(soc, n)) {
        t->bdtr |= TIM_BDTR_MOE_Msk;
    }
}

void soc_tim_system_break(struct soc *soc)
{
    for (unsigned n = 0; n < TIM_COUNT; n++) {
        if (tim_has_break(n)) {
            tim_sync(soc, n);
            tim_break(soc, n, TIM_SR_SBIF_Msk);
            tim_refresh(soc, n);
        }
    }
}

/* LOCK, until the next reset: bits that keep their value. */
uint32_t tim_locked_bits(const struct soc_tim *t, uint32_t offset)
{
    uint32_t lock = (t->bdtr & TIM_BDTR_LOCK_Msk) >> TIM_BDTR_LOCK_Pos;

    if (lock == 0) {
        return 0;
    }
    switch (offset) {
    case TIM_BDTR_OFS:
        return TIM_BDTR_LOCK_Msk | TIM_BDTR_DTG_Msk | TIM_BDTR_BKE_Msk | TIM_BDTR_BKP_Msk |
               TIM_BDTR_AOE_Msk | TIM_BDTR_BKF_Msk | TIM_BDTR_BK2F_Msk | TIM_BDTR_BK2E_Msk |
               TIM_BDTR_BK2P_Msk | TIM_BDTR_BKBID_Msk | TIM_BDTR_BK2BID_Msk |
               (lock >= 2 ? TIM_BDTR_OSSI_Msk | TIM_BDTR_OSSR_Msk : 0);
    case TIM_CR2_OFS:
        return 0x0005FF00u;
    case TIM_CCER_OFS:
        return lock >= 2 ? 0x0022AAAAu : 0;
    case TIM_CCMR1_OFS:
    case TIM_CCMR2_OFS:
    case TIM_CCMR3_OFS:
        return lock >= 3 ? 0x01017878u : 0;
    default:
        return 0;
    }
}

void tim_output_init(struct soc *soc, unsigned n)
{
    soc_event_init(&soc->tim[n].dead, soc, n, dead_fire);
}
