/* Conversions of ADC1 and ADC4 (RM0456 33.4, 34.4): triggers, sequences, sampling time,
 * oversampling, offset and gain, watchdogs. Values come from the analogue level of the pin that a
 * channel is bonded to.
 *
 * One thing is converted at a time. An injected group that is triggered drops the regular
 * conversion under way, which is made again afterwards, as on silicon.
 */
#include "soc/adc.h"

#include <string.h>

#define VDDA_MV    3300
#define VREFINT_MV 1212
#define VCORE_MV   1100
#define VBAT_MV    3300
#define SENSOR_MV  739 /* 25 degrees: 752 mV at 30, 2.5 mV a degree */
#define NO_PIN     0xFFu
#define PIN(p, n)  ((uint8_t)((p)*16 + (n)))

/* CFGR1 of ADC4. */
#define SCANDIR    0x10u
#define LEFT_ALIGN 0x20u
#define CHSELRMOD  0x00200000u
/* PWRR of ADC4, which ADC1 has not. */
#define PW_AUTOFF    1u
#define PW_DPD       2u
#define CLOCK_HALVES 2u /* sampling times of ADC4 have half clocks */

enum { A, B, C, D, E, F, G };

/* Pins of the channels (data sheet, table of pin functions). */
static const uint8_t adc1_pins[20] = {NO_PIN,    PIN(C, 0), PIN(C, 1), PIN(C, 2), PIN(C, 3),
                                      PIN(A, 0), PIN(A, 1), PIN(A, 2), PIN(A, 3), PIN(A, 4),
                                      PIN(A, 5), PIN(A, 6), PIN(A, 7), PIN(C, 4), PIN(C, 5),
                                      PIN(B, 0), PIN(B, 1), PIN(B, 2), NO_PIN,    NO_PIN};
static const uint8_t adc4_pins[24] = {
    NO_PIN,     PIN(C, 0),  PIN(C, 1), PIN(C, 2), PIN(C, 3), PIN(F, 14), PIN(F, 15), PIN(G, 0),
    PIN(G, 1),  PIN(A, 4),  PIN(A, 5), PIN(A, 6), NO_PIN,    NO_PIN,     NO_PIN,     PIN(D, 11),
    PIN(D, 12), PIN(D, 13), PIN(B, 0), PIN(B, 1), PIN(A, 7), NO_PIN,     PIN(C, 4),  PIN(C, 5)};

static uint32_t reg(const struct soc_adc *adc, uint32_t offset)
{
    return adc->r[offset / 4];
}

/* --- time --- */

uint64_t adc_clock_hz(const struct soc *soc, unsigned n)
{
    static const uint16_t dividers[16] = {1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256, 1, 1, 1, 1};
    const struct soc_rcc *rcc = &soc->rcc;
    uint32_t select = (rcc->r[RCC_CCIPR3_OFS / 4] & RCC_CCIPR3_ADCDACSEL_Msk) >> 12;
    uint32_t prescaler = (soc->adc[n].common & ADC_CCR_PRESC_Msk) >> 18;
    uint64_t hz = rcc->hclk_hz;

    if (select == 1) {
        hz = rcc->sysclk_hz;
    } else if (select == 2) {
        hz = rcc->pll_hz[1][2];
    } else if (select == 4) {
        hz = 16000000;
    } else if (select == 5) {
        hz = rcc->msik_hz;
    }
    hz /= dividers[prescaler];
    return hz != 0 ? hz : 1; /* a clock that is off: it takes for ever */
}

/* Sampling and successive approximation, in half clocks. */
static unsigned half_clocks(const struct soc_adc *adc, unsigned n, unsigned channel)
{
    static const uint16_t adc1_sampling[8] = {5, 6, 12, 20, 36, 68, 391, 814};
    static const uint16_t adc4_halves[8] = {3, 7, 15, 25, 39, 79, 159, 1629};
    unsigned resolution = (reg(adc, ADC_CFGR1_OFS) & ADC_CFGR1_RES_Msk) >> 2;
    uint32_t smpr = reg(adc, ADC_SMPR1_OFS);

    if (n == 1) {
        bool second = (smpr >> (8 + channel)) & 1u;

        return adc4_halves[(second ? smpr >> 4 : smpr) & 7u] + 25 - 4 * resolution;
    }
    if (channel >= 10) {
        smpr = reg(adc, ADC_SMPR2_OFS);
        channel -= 10;
    }
    return CLOCK_HALVES * (adc1_sampling[(smpr >> (3 * channel)) & 7u] + 17 - 2 * resolution);
}

/* --- what is measured --- */

/* An internal source, or -1. Each must be switched on in CCR. */
static int internal_mv(const struct soc_adc *adc, unsigned n, unsigned channel)
{
    static const struct {
        uint8_t adc1, adc4;
        uint32_t enable;
        int millivolts;
    } sources[] = {{0, 0, ADC_CCR_VREFEN_Msk, VREFINT_MV},
                   {17, 12, ADC_CCR_VDDCOREN_Msk, VCORE_MV},
                   {18, 14, ADC_CCR_VBATEN_Msk, VBAT_MV / 4},
                   {19, 13, ADC_CCR_VSENSEEN_Msk, SENSOR_MV}};

    for (unsigned i = 0; i < sizeof sources / sizeof *sources; i++) {
        bool core = sources[i].enable == ADC_CCR_VDDCOREN_Msk; /* of ADC4 only */

        if ((n == 0 && !core && channel == sources[i].adc1) ||
            (n == 1 && channel == sources[i].adc4)) {
            return adc->common & sources[i].enable ? sources[i].millivolts : 0;
        }
    }
    return -1;
}

static int channel_mv(const struct soc *soc, unsigned n, unsigned channel)
{
    const uint8_t *pins = n == 0 ? adc1_pins : adc4_pins;
    unsigned count = n == 0 ? sizeof adc1_pins : sizeof adc4_pins;
    int millivolts = internal_mv(&soc->adc[n], n, channel);

    if (millivolts >= 0 || channel >= count || pins[channel] == NO_PIN) {
        return millivolts > 0 ? millivolts : 0;
    }
    return soc->analog_mv[pins[channel] / 16][pins[channel] % 16];
}

static unsigned result_bits(const struct soc_adc *adc, unsigned n)
{
    return (n == 0 ? 14u : 12u) - 2 * ((reg(adc, ADC_CFGR1_OFS) & ADC_CFGR1_RES_Msk) >> 2);
}

/* One sample as the converter gives it. */
static uint32_t sample(struct soc *soc, unsigned n, unsigned channel)
{
    struct soc_adc *adc = &soc->adc[n];
    int full = (int)(1u << result_bits(adc, n)) - 1;
    int millivolts = channel_mv(soc, n, channel);

    if (!(soc->pwr.svmcr & PWR_SVMCR_ASV_Msk)) {
        return 0; /* analogue supply not declared valid: isolated */
    }
    if (n == 0 && !((reg(adc, ADC_PCSEL_OFS) >> channel) & 1u) &&
        internal_mv(adc, n, channel) < 0) {
        soc_guest_error(soc, 0x232u, "ADC1 converts channel %u, which PCSEL does not select",
                        channel);
        return 0;
    }
    if (n == 0 && ((reg(adc, ADC_DIFSEL_OFS) >> channel) & 1u)) {
        millivolts = (millivolts - channel_mv(soc, n, channel + 1) + VDDA_MV) / 2;
    }
    return (uint32_t)((millivolts * full + VDDA_MV / 2) / VDDA_MV);
}

void soc_pin_analog(struct soc *soc, unsigned port, unsigned pin, uint32_t millivolts)
{
    soc->analog_mv[port][pin] = (uint16_t)(millivolts > VDDA_MV ? VDDA_MV : millivolts);
}

/* --- sequences --- */

static int adc4_channel(const struct soc_adc *adc, unsigned index)
{
    uint32_t select = reg(adc, ADC_CHSELR_OFS);
    bool down = reg(adc, ADC_CFGR1_OFS) & SCANDIR;

    if (reg(adc, ADC_CFGR1_OFS) & CHSELRMOD) {
        unsigned place = index < 8 ? (select >> (4 * index)) & 0xFu : 0xFu;

        return place == 0xFu ? -1 : (int)place;
    }
    for (unsigned i = 0; i < 24; i++) {
        unsigned channel = down ? 23 - i : i;

        if (((select >> channel) & 1u) && index-- == 0) {
            return (int)channel;
        }
    }
    return -1;
}

/* The channel at a place of the regular sequence, -1 behind its end. */
static int regular_channel(const struct soc_adc *adc, unsigned n, unsigned index)
{
    unsigned place = index + 1; /* SQ1 stands after L; five fields a register */

    if (n == 1) {
        return adc4_channel(adc, index);
    }
    if (index > (reg(adc, ADC_SQR1_OFS) & ADC_SQR1_L_Msk)) {
        return -1;
    }
    return (int)((adc->r[ADC_SQR1_OFS / 4 + place / 5] >> (6 * (place % 5))) & 0x1Fu);
}

static int injected_channel(const struct soc_adc *adc, unsigned index)
{
    static const uint8_t shift[4] = {9, 15, 21, 27};
    uint32_t jsqr = reg(adc, ADC_JSQR_OFS);

    return index > (jsqr & ADC_JSQR_JL_Msk) ? -1 : (int)((jsqr >> shift[index]) & 0x1Fu);
}

static int channel_now(const struct soc_adc *adc, unsigned n)
{
    return adc->injecting ? injected_channel(adc, adc->injected_index)
                          : regular_channel(adc, n, adc->index);
}

/* --- from sample to result --- */

static bool oversamples(const struct soc_adc *adc)
{
    return reg(adc, ADC_CFGR2_OFS) & (adc->injecting ? ADC_CFGR2_JOVSE_Msk : ADC_CFGR2_ROVSE_Msk);
}

static unsigned oversampling_ratio(const struct soc_adc *adc, unsigned n)
{
    uint32_t cfgr2 = reg(adc, ADC_CFGR2_OFS);

    if (!oversamples(adc)) {
        return 1;
    }
    return n == 0 ? ((cfgr2 & ADC_CFGR2_OVSR_Msk) >> 16) + 1 : 2u << ((cfgr2 >> 2) & 7u);
}

static int32_t limited(int32_t value, int32_t least, int32_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* OFRx and GCOMP of ADC1 (RM0456 33.4.12). */
static int32_t corrected(const struct soc_adc *adc, unsigned channel, int32_t value)
{
    int32_t full = (int32_t)(1u << result_bits(adc, 0)) - 1;

    if (reg(adc, ADC_GCOMP_OFS) & ADC_GCOMP_GCOMP_Msk) {
        value =
            (int32_t)((int64_t)value * (reg(adc, ADC_GCOMP_OFS) & ADC_GCOMP_GCOMPCOEFF_Msk) / 4096);
    }
    for (uint32_t offset = ADC_OFR1_OFS; offset <= ADC_OFR4_OFS; offset += 4) {
        uint32_t ofr = reg(adc, offset);
        int32_t amount = (int32_t)(ofr & ADC_OFR1_OFFSET1_Msk);

        if (amount == 0 || ofr >> 27 != channel) {
            continue;
        }
        value += ofr & ADC_OFR1_OFFSETPOS_Msk ? amount : -amount;
        if (ofr & ADC_OFR1_USAT_Msk) {
            return limited(value, 0, full);
        }
        if (ofr & ADC_OFR1_SSAT_Msk) {
            return limited(value, -(full + 1) / 2, full / 2);
        }
        return value;
    }
    return value;
}

static uint32_t result(const struct soc_adc *adc, unsigned n, unsigned channel)
{
    uint32_t cfgr2 = reg(adc, ADC_CFGR2_OFS);
    uint32_t value = adc->sum;

    if (oversamples(adc)) {
        value >>= (cfgr2 & ADC_CFGR2_OVSS_Msk) >> 5;
    }
    if (n == 1) {
        unsigned left = reg(adc, ADC_CFGR1_OFS) & LEFT_ALIGN ? 16 - result_bits(adc, n) : 0;

        return (value << (oversamples(adc) ? 0 : left)) & 0xFFFFu;
    }
    return (uint32_t)corrected(adc, channel, (int32_t)value) << (cfgr2 >> 28);
}

/* --- watchdogs --- */

static bool guarded(const struct soc_adc *adc, unsigned watchdog, unsigned channel)
{
    uint32_t cfgr = reg(adc, ADC_CFGR1_OFS);
    uint32_t enable = adc->injecting ? ADC_CFGR1_JAWD1EN_Msk : ADC_CFGR1_AWD1EN_Msk;

    if (watchdog == 0) {
        return (cfgr & enable) &&
               (!(cfgr & ADC_CFGR1_AWD1SGL_Msk) || (cfgr & ADC_CFGR1_AWD1CH_Msk) >> 26 == channel);
    }
    return (reg(adc, watchdog == 1 ? ADC_AWD2CR_OFS : ADC_AWD3CR_OFS) >> channel) & 1u;
}

static void thresholds(const struct soc_adc *adc, unsigned n, unsigned watchdog, uint32_t *low,
                       uint32_t *high)
{
    static const uint8_t adc4[3] = {ADC_AWD1TR_OFS, ADC_AWD2TR_OFS, ADC_AWD3TR_OFS};
    unsigned missing = 12 - result_bits(adc, 1); /* compared as 12 bits, left-aligned */

    if (n == 0) {
        *low = reg(adc, ADC_LTR1_OFS + 8 * watchdog) & ADC_LTR_LT_Msk;
        *high = reg(adc, ADC_HTR1_OFS + 8 * watchdog) & ADC_HTR_HT_Msk;
    } else {
        *low = (reg(adc, adc4[watchdog]) & ADC_AWD1TR_LT1_Msk) >> missing;
        *high = (reg(adc, adc4[watchdog]) & ADC_AWD1TR_HT1_Msk) >> (16 + missing);
    }
}

static void watch(struct soc_adc *adc, unsigned n, unsigned channel, uint32_t value)
{
    for (unsigned watchdog = 0; watchdog < 3; watchdog++) {
        unsigned filter = n == 0 && watchdog == 0 ? reg(adc, ADC_HTR1_OFS) >> 29 : 0;
        uint32_t low, high;

        if (!guarded(adc, watchdog, channel)) {
            continue;
        }
        thresholds(adc, n, watchdog, &low, &high);
        if (value >= low && value <= high) {
            adc->outside[watchdog] = 0;
        } else if (++adc->outside[watchdog] > filter) {
            adc->outside[watchdog] = 0;
            adc->isr |= ADC_ISR_AWD1_Msk << watchdog;
        }
    }
}

/* --- one after the other --- */

/* With AUTOFF, ADC4 is powered only while it converts: how long until it can (RM0456 34.4.23).
 * With DPD its regulator is off as well. */
static sim_ps wake(struct soc *soc, unsigned n)
{
    struct soc_adc *adc = &soc->adc[n];
    uint32_t pw = n == 1 ? reg(adc, ADC_PW_OFS) : 0;

    if (!(pw & PW_AUTOFF) || adc->awake) {
        return 0;
    }
    adc->awake = true;
    return soc_periods_ps(ADC_STABILIZE_CLOCKS, adc_clock_hz(soc, n)) +
           (pw & PW_DPD ? ADC_LDO_US * SIM_PS_PER_US : 0);
}

static void begin(struct soc *soc, unsigned n, bool injected)
{
    struct soc_adc *adc = &soc->adc[n];
    int channel;

    adc->injecting = injected;
    channel = channel_now(adc, n);
    if (channel < 0) {
        soc_guest_error(soc, 0x230u + n, "ADC started without a channel");
        adc_stop(soc, n, true, false);
        return;
    }
    adc->converting = true;
    soc_after(soc, &adc->step,
              wake(soc, n) + soc_periods_ps(half_clocks(adc, n, (unsigned)channel),
                                            CLOCK_HALVES * adc_clock_hz(soc, n)));
}

/* Chooses what is converted next, if anything. */
static void go_on(struct soc *soc, unsigned n)
{
    struct soc_adc *adc = &soc->adc[n];

    if (adc->injected_due && (!adc->converting || !adc->injecting)) {
        adc->sum = adc->samples = 0; /* of a regular conversion that is dropped */
        begin(soc, n, true);
    } else if (!adc->converting && adc->regular_due && !adc->waits) {
        begin(soc, n, false);
    }
}

static unsigned group_size(const struct soc_adc *adc, bool injected)
{
    uint32_t cfgr = reg(adc, ADC_CFGR1_OFS);

    if (injected) {
        return cfgr & ADC_CFGR1_JDISCEN_Msk ? 1 : 4;
    }
    if (!(cfgr & ADC_CFGR1_DISCEN_Msk)) {
        return 32;
    }
    return ((cfgr & ADC_CFGR1_DISCNUM_Msk) >> 17) + 1;
}

static void trigger(struct soc *soc, unsigned n, bool injected)
{
    struct soc_adc *adc = &soc->adc[n];

    if (injected) {
        adc->injected_due = true;
        adc->injected_left = group_size(adc, true);
    } else {
        adc->regular_due = true;
        adc->left = n == 0 ? group_size(adc, false)
                           : (reg(adc, ADC_CFGR1_OFS) & ADC_CFGR1_DISCEN_Msk ? 1 : 32);
    }
    go_on(soc, n);
}

static uint32_t trigger_edges(const struct soc_adc *adc, bool injected)
{
    return injected ? (reg(adc, ADC_JSQR_OFS) & ADC_JSQR_JEXTEN_Msk) >> 7
                    : (reg(adc, ADC_CFGR1_OFS) & ADC_CFGR1_EXTEN_Msk) >> 10;
}

void adc_start(struct soc *soc, unsigned n, bool regular, bool injected)
{
    struct soc_adc *adc = &soc->adc[n];
    bool automatic = reg(adc, ADC_CFGR1_OFS) & ADC_CFGR1_JAUTO_Msk;

    if (regular) {
        adc->r[ADC_CR_OFS / 4] |= ADC_CR_ADSTART_Msk;
        if (trigger_edges(adc, false) == 0) {
            trigger(soc, n, false);
        }
    }
    if (injected && !automatic) {
        adc->r[ADC_CR_OFS / 4] |= ADC_CR_JADSTART_Msk;
        if (trigger_edges(adc, true) == 0) {
            trigger(soc, n, true);
        }
    }
}

void adc_stop(struct soc *soc, unsigned n, bool regular, bool injected)
{
    struct soc_adc *adc = &soc->adc[n];

    if (adc->converting && (adc->injecting ? injected : regular)) {
        sched_cancel(soc->sched, &adc->step.event);
        adc->converting = false;
        adc->sum = adc->samples = 0;
    }
    if (regular) {
        adc->r[ADC_CR_OFS / 4] &= ~ADC_CR_ADSTART_Msk;
        adc->regular_due = adc->waits = adc->awake = false;
        adc->index = 0;
    }
    if (injected) {
        adc->r[ADC_CR_OFS / 4] &= ~ADC_CR_JADSTART_Msk;
        adc->injected_due = false;
        adc->injected_index = 0;
    }
    go_on(soc, n);
}

static void injected_done(struct soc_adc *adc, uint32_t value)
{
    adc->r[ADC_JDR1_OFS / 4 + adc->injected_index] = value;
    adc->isr |= ADC_ISR_JEOC_Msk;
    adc->injected_index++;
    adc->injected_left--;
    if (injected_channel(adc, adc->injected_index) < 0) {
        adc->injected_index = 0;
        adc->injected_left = 0;
        adc->isr |= ADC_ISR_JEOS_Msk;
    }
    if (adc->injected_left == 0) {
        adc->injected_due = false;
        if (trigger_edges(adc, true) == 0) {
            adc->r[ADC_CR_OFS / 4] &= ~ADC_CR_JADSTART_Msk;
        }
    }
}

static void store_result(struct soc_adc *adc, uint32_t value)
{
    uint32_t cfgr = reg(adc, ADC_CFGR1_OFS);

    if (adc->isr & ADC_ISR_EOC_Msk) {
        adc->isr |= ADC_ISR_OVR_Msk;
    }
    if (!(adc->isr & ADC_ISR_EOC_Msk) || (cfgr & ADC_CFGR1_OVRMOD_Msk)) {
        adc->dr = value;
    }
    adc->isr |= ADC_ISR_EOC_Msk;
    adc->waits = cfgr & ADC_CFGR1_AUTDLY_Msk;
    adc->awake &= !adc->waits;
}

static void regular_done(struct soc_adc *adc, unsigned n, uint32_t value)
{
    uint32_t cfgr = reg(adc, ADC_CFGR1_OFS);
    bool end;

    store_result(adc, value);
    adc->left--;
    end = regular_channel(adc, n, ++adc->index) < 0;
    if (end) {
        adc->index = 0;
        adc->isr |= ADC_ISR_EOS_Msk;
        if (n == 0 && (cfgr & ADC_CFGR1_JAUTO_Msk)) {
            adc->injected_due = true;
            adc->injected_left = 4;
        }
    }
    if (end && (cfgr & ADC_CFGR1_CONT_Msk)) {
        adc->left = 32;
    } else if (end || adc->left == 0) {
        adc->regular_due = false;
        adc->awake = false;
        if (trigger_edges(adc, false) == 0) {
            adc->r[ADC_CR_OFS / 4] &= ~ADC_CR_ADSTART_Msk;
        }
    }
}

void adc_converted(struct soc *soc, unsigned n)
{
    struct soc_adc *adc = &soc->adc[n];
    int channel = channel_now(adc, n);
    bool injected = adc->injecting;
    uint32_t value;

    adc->converting = false;
    adc->isr |= ADC_ISR_EOSMP_Msk;
    if (channel < 0) { /* the sequence was shortened meanwhile */
        adc_stop(soc, n, !injected, injected);
        return;
    }
    adc->sum += sample(soc, n, (unsigned)channel);
    if (++adc->samples < oversampling_ratio(adc, n)) {
        if (!injected && (reg(adc, ADC_CFGR2_OFS) & ADC_CFGR2_TROVS_Msk)) {
            adc->regular_due = false; /* a trigger a sample */
        }
        if (injected || adc->regular_due) {
            begin(soc, n, injected);
        }
        return;
    }
    value = result(adc, n, (unsigned)channel);
    adc->sum = adc->samples = 0;
    watch(adc, n, (unsigned)channel, value);
    if (injected) {
        injected_done(adc, value);
    } else {
        regular_done(adc, n, value);
    }
    go_on(soc, n);
}

void adc_result_read(struct soc *soc, unsigned n)
{
    struct soc_adc *adc = &soc->adc[n];

    if (adc->waits && !(adc->isr & ADC_ISR_EOC_Msk)) {
        adc->waits = false;
        go_on(soc, n);
    }
}

/* --- triggers --- */

static const uint8_t adc1_regular[32] = {
    ADC_BY_TIM1_CC1,   ADC_BY_TIM1_CC2,  ADC_BY_TIM1_CC3,  ADC_BY_TIM2_CC2,   ADC_BY_TIM3_TRGO,
    ADC_BY_TIM4_CC4,   ADC_BY_EXTI11,    ADC_BY_TIM8_TRGO, ADC_BY_TIM8_TRGO2, ADC_BY_TIM1_TRGO,
    ADC_BY_TIM1_TRGO2, ADC_BY_TIM2_TRGO, ADC_BY_TIM4_TRGO, ADC_BY_TIM6_TRGO,  ADC_BY_TIM15_TRGO,
    ADC_BY_TIM3_CC4,   ADC_BY_EXTI15,    ADC_BY_NOTHING,   ADC_BY_LPTIM1_CH1, ADC_BY_LPTIM2_CH1,
    ADC_BY_LPTIM3_CH1, ADC_BY_LPTIM4_OUT};
static const uint8_t adc1_injected[32] = {
    ADC_BY_TIM1_TRGO,  ADC_BY_TIM1_CC4,  ADC_BY_TIM2_TRGO,  ADC_BY_TIM2_CC1,
    ADC_BY_TIM3_CC4,   ADC_BY_TIM4_TRGO, ADC_BY_EXTI15,     ADC_BY_TIM8_CC4,
    ADC_BY_TIM1_TRGO2, ADC_BY_TIM8_TRGO, ADC_BY_TIM8_TRGO2, ADC_BY_TIM3_CC3,
    ADC_BY_TIM3_TRGO,  ADC_BY_TIM3_CC1,  ADC_BY_TIM6_TRGO,  ADC_BY_TIM15_TRGO};
static const uint8_t adc4_regular[8] = {ADC_BY_TIM1_TRGO2, ADC_BY_TIM1_CC4,  ADC_BY_TIM2_TRGO,
                                        ADC_BY_TIM15_TRGO, ADC_BY_TIM6_TRGO, ADC_BY_LPTIM1_CH1,
                                        ADC_BY_LPTIM3_CH2, ADC_BY_EXTI15};

static enum soc_adc_source selected(const struct soc_adc *adc, unsigned n, bool injected)
{
    uint32_t cfgr = reg(adc, ADC_CFGR1_OFS);

    if (injected) {
        return adc1_injected[(reg(adc, ADC_JSQR_OFS) & ADC_JSQR_JEXTSEL_Msk) >> 2];
    }
    return n == 0 ? adc1_regular[(cfgr & ADC_CFGR1_EXTSEL_Msk) >> 5]
                  : adc4_regular[(cfgr >> 6) & 7u];
}

bool soc_adc_waits(const struct soc *soc, enum soc_adc_source source)
{
    for (unsigned n = 0; n < 2 && source != ADC_BY_NOTHING; n++) {
        const struct soc_adc *adc = &soc->adc[n];

        for (unsigned injected = 0; injected < (n == 0 ? 2u : 1u); injected++) {
            uint32_t started = injected ? ADC_CR_JADSTART_Msk : ADC_CR_ADSTART_Msk;

            if ((reg(adc, ADC_CR_OFS) & started) && trigger_edges(adc, injected) != 0 &&
                selected(adc, n, injected) == source) {
                return true;
            }
        }
    }
    return false;
}

void soc_adc_trigger(struct soc *soc, enum soc_adc_source source, bool rising)
{
    for (unsigned n = 0; n < 2; n++) {
        const struct soc_adc *adc = &soc->adc[n];

        for (unsigned injected = 0; injected < (n == 0 ? 2u : 1u); injected++) {
            uint32_t started = injected ? ADC_CR_JADSTART_Msk : ADC_CR_ADSTART_Msk;

            if ((reg(adc, ADC_CR_OFS) & started) &&
                (trigger_edges(adc, injected) & (rising ? 1u : 2u)) &&
                selected(adc, n, injected) == source) {
                trigger(soc, n, injected);
            }
        }
    }
}
