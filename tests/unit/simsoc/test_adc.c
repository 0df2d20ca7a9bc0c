/* ADC1, ADC4 (facts K.4) and the wake-up lines (facts C.6). */
#include "harness.h"

static void start(uint32_t base)
{
    uint32_t cr = base + ADC_CR_OFS, isr = base + ADC_ISR_OFS;

    enable_clocks();
    set_bits(RCC_S + RCC_AHB2ENR1_OFS, RCC_AHB2ENR1_ADC12EN_Msk);
    set_bits(RCC_S + RCC_AHB3ENR_OFS, RCC_AHB3ENR_ADC4EN_Msk);
    set_bits(PWR_S + PWR_SVMCR_OFS, PWR_SVMCR_ASV_Msk);
    wr(S_P, cr, 0); /* leave deep power-down */
    wr(S_P, cr, ADC_CR_ADVREGEN_Msk);
    assert_false(rd(S_P, isr) & ADC_ISR_LDORDY_Msk);
    run_us(30);
    assert_true(rd(S_P, isr) & ADC_ISR_LDORDY_Msk);
    wr(S_P, cr, ADC_CR_ADVREGEN_Msk | ADC_CR_ADCAL_Msk);
    while (rd(S_P, cr) & ADC_CR_ADCAL_Msk) {
        run_us(10);
    }
    while (!(rd(S_P, isr) & ADC_ISR_ADRDY_Msk)) { /* ADEN may be ignored at first */
        wr(S_P, cr, ADC_CR_ADVREGEN_Msk | ADC_CR_ADEN_Msk);
        run_us(10);
    }
}

/* ADC1 with these channels preselected. */
static void start_adc1(uint32_t channels)
{
    start(ADC1_S);
    wr(S_P, ADC1_S + ADC_PCSEL_OFS, channels);
}

static void sequence_of_adc1_K4(void **state)
{
    (void)state;
    start_adc1(1u << 2 | 1u << 5);
    soc_pin_analog(bench.soc, 0, 0, 1650); /* PA0 = IN5 */
    soc_pin_analog(bench.soc, 2, 1, 3300); /* PC1 = IN2 */
    wr(S_P, ADC1_S + ADC_SQR1_OFS, 1u | 5u << ADC_SQR1_SQ1_Pos | 2u << ADC_SQR1_SQ2_Pos);
    set_bits(ADC1_S + ADC_CR_OFS, ADC_CR_ADSTART_Msk);
    run_us(7);
    assert_true(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_EOC_Msk);
    assert_int_equal(rd(S_P, ADC1_S + ADC_DR_OFS), 8192); /* half of 16383, rounded */
    assert_false(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_EOC_Msk);
    run_us(20);
    assert_true(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_EOS_Msk);
    assert_int_equal(rd(S_P, ADC1_S + ADC_DR_OFS), 16383);
    assert_false(rd(S_P, ADC1_S + ADC_CR_OFS) & ADC_CR_ADSTART_Msk);
}

static void overrun_keeps_the_old_value_K4(void **state)
{
    (void)state;
    start(ADC4_S);
    soc_pin_analog(bench.soc, 2, 0, 3300); /* PC0 = IN1 */
    wr(S_P, ADC4_S + ADC_CHSELR_OFS, 1u << 1 | 1u << 2);
    wr(S_P, ADC4_S + ADC_IER_OFS, ADC_IER_OVRIE_Msk);
    set_bits(ADC4_S + ADC_CR_OFS, ADC_CR_ADSTART_Msk);
    run_us(50);
    assert_true(rd(S_P, ADC4_S + ADC_ISR_OFS) & ADC_ISR_OVR_Msk);
    assert_true(fake.irq[IRQ_ADC4]);
    assert_int_equal(rd(S_P, ADC4_S + ADC_DR_OFS), 4095);
}

static void ASV_is_needed_K4(void **state)
{
    (void)state;
    start(ADC1_S);
    wr(S_P, PWR_S + PWR_SVMCR_OFS, 0);
    soc_pin_analog(bench.soc, 0, 0, 1650);
    wr(S_P, ADC1_S + ADC_SQR1_OFS, 5u << ADC_SQR1_SQ1_Pos);
    set_bits(ADC1_S + ADC_CR_OFS, ADC_CR_ADSTART_Msk);
    run_us(20);
    assert_int_equal(rd(S_P, ADC1_S + ADC_DR_OFS), 0);
    assert_non_null(strstr(bench.log, "PWR_SVMCR.ASV = 0"));
}

static void convert(uint32_t base)
{
    set_bits(base + ADC_CR_OFS, ADC_CR_ADSTART_Msk);
    while (!(rd(S_P, base + ADC_ISR_OFS) & ADC_ISR_EOS_Msk)) {
        run_us(5);
    }
    wr(S_P, base + ADC_ISR_OFS, ADC_ISR_EOS_Msk);
}

/* RM0456 33.4.12: a channel that PCSEL does not name is not connected. */
static void channel_without_PCSEL(void **state)
{
    (void)state;
    start_adc1(0);
    soc_pin_analog(bench.soc, 0, 0, 3300);
    wr(S_P, ADC1_S + ADC_SQR1_OFS, 5u << ADC_SQR1_SQ1_Pos);
    convert(ADC1_S);
    assert_int_equal(rd(S_P, ADC1_S + ADC_DR_OFS), 0);
    assert_non_null(strstr(bench.log, "PCSEL"));
}

/* RM0456 33.4.13: 5 + 17 clocks at 14 bits, 814 + 11 at 8 bits with the longest sampling. */
static void sampling_time_sets_the_pace(void **state)
{
    (void)state;
    start_adc1(1u << 5);
    wr(S_P, ADC1_S + ADC_SQR1_OFS, 5u << ADC_SQR1_SQ1_Pos);
    wr(S_P, ADC1_S + ADC_SMPR1_OFS, 7u << 15);
    wr(S_P, ADC1_S + ADC_CFGR1_OFS, 3u << ADC_CFGR1_RES_Pos);
    set_bits(ADC1_S + ADC_CR_OFS, ADC_CR_ADSTART_Msk);
    run_us(200); /* 825 clocks of 4 MHz are 206 us */
    assert_false(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_EOC_Msk);
    run_us(10);
    assert_true(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_EOC_Msk);
}

/* RM0456 33.4.31: 16 samples, shifted by 2: two bits more than one conversion has. */
static void oversampling_adds_and_shifts(void **state)
{
    (void)state;
    start_adc1(1u << 5);
    soc_pin_analog(bench.soc, 0, 0, 3300);
    wr(S_P, ADC1_S + ADC_SQR1_OFS, 5u << ADC_SQR1_SQ1_Pos);
    wr(S_P, ADC1_S + ADC_CFGR2_OFS, ADC_CFGR2_ROVSE_Msk | 15u << 16 | 2u << 5);
    convert(ADC1_S);
    assert_int_equal(rd(S_P, ADC1_S + ADC_DR_OFS), 16 * 16383 / 4);
}

/* RM0456 33.4.12: OFFSETy, saturated or with its sign. */
static void offset_with_and_without_saturation(void **state)
{
    (void)state;
    start_adc1(1u << 5);
    soc_pin_analog(bench.soc, 0, 0, 330);
    wr(S_P, ADC1_S + ADC_SQR1_OFS, 5u << ADC_SQR1_SQ1_Pos);
    wr(S_P, ADC1_S + ADC_OFR2_OFS, 2000u | 5u << 27);
    convert(ADC1_S);
    assert_int_equal((int32_t)rd(S_P, ADC1_S + ADC_DR_OFS), 1638 - 2000);
    wr(S_P, ADC1_S + ADC_OFR2_OFS, 2000u | ADC_OFR2_USAT_Msk | 5u << 27);
    convert(ADC1_S);
    assert_int_equal(rd(S_P, ADC1_S + ADC_DR_OFS), 0);
    wr(S_P, ADC1_S + ADC_OFR2_OFS, 100u | ADC_OFR2_OFFSETPOS_Msk | 5u << 27);
    convert(ADC1_S);
    assert_int_equal(rd(S_P, ADC1_S + ADC_DR_OFS), 1738);
}

/* RM0456 33.4.22: three in a row outside with AWDFILT = 2. */
static void watchdog_counts_what_is_outside(void **state)
{
    (void)state;
    start_adc1(1u << 5);
    soc_pin_analog(bench.soc, 0, 0, 3300);
    wr(S_P, ADC1_S + ADC_SQR1_OFS, 5u << ADC_SQR1_SQ1_Pos);
    wr(S_P, ADC1_S + ADC_LTR1_OFS, 100);
    wr(S_P, ADC1_S + ADC_HTR1_OFS, 16000u | 2u << 29);
    wr(S_P, ADC1_S + ADC_IER_OFS, ADC_IER_AWD1IE_Msk);
    wr(S_P, ADC1_S + ADC_CFGR1_OFS,
       ADC_CFGR1_AWD1EN_Msk | ADC_CFGR1_AWD1SGL_Msk | 5u << 26 | 0x80000000u);
    for (unsigned i = 0; i < 3; i++) {
        assert_false(fake.irq[IRQ_ADC1]);
        convert(ADC1_S);
        rd(S_P, ADC1_S + ADC_DR_OFS);
    }
    assert_true(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_AWD1_Msk);
    assert_true(fake.irq[IRQ_ADC1]);
    wr(S_P, ADC1_S + ADC_ISR_OFS, ADC_ISR_AWD1_Msk);
    assert_false(fake.irq[IRQ_ADC1]);
}

/* RM0456 33.4.18: an injected group breaks into the regular one, which goes on afterwards. */
static void injected_group_interrupts(void **state)
{
    (void)state;
    start_adc1(1u << 5 | 1u << 6);
    soc_pin_analog(bench.soc, 0, 0, 3300);
    soc_pin_analog(bench.soc, 0, 1, 1650);
    wr(S_P, ADC1_S + ADC_SQR1_OFS, 5u << ADC_SQR1_SQ1_Pos);
    wr(S_P, ADC1_S + ADC_JSQR_OFS, 1u | 6u << 9 | 5u << 15);
    wr(S_P, ADC1_S + ADC_SMPR1_OFS, 6u << 15);
    set_bits(ADC1_S + ADC_CR_OFS, ADC_CR_ADSTART_Msk); /* 408 clocks: 102 us */
    run_us(50);
    set_bits(ADC1_S + ADC_CR_OFS, ADC_CR_JADSTART_Msk);
    run_us(6);
    assert_true(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_JEOC_Msk);
    assert_int_equal(rd(S_P, ADC1_S + ADC_JDR1_OFS), 8192);
    run_us(110);
    assert_true(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_JEOS_Msk);
    assert_int_equal(rd(S_P, ADC1_S + ADC_JDR2_OFS), 16383);
    assert_false(rd(S_P, ADC1_S + ADC_CR_OFS) & ADC_CR_JADSTART_Msk);
    assert_false(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_EOC_Msk);
    run_us(110);
    assert_true(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_EOC_Msk);
}

/* RM0456 33.4.17: with AUTDLY nothing is converted until the result was read: no overrun. */
static void delayed_conversions_wait_for_the_reader(void **state)
{
    (void)state;
    start(ADC4_S);
    wr(S_P, ADC4_S + ADC_CHSELR_OFS, 1u << 1 | 1u << 2);
    wr(S_P, ADC4_S + ADC_CFGR1_OFS, ADC_CFGR1_AUTDLY_Msk);
    soc_pin_analog(bench.soc, 2, 1, 3300); /* PC1 = IN2 */
    set_bits(ADC4_S + ADC_CR_OFS, ADC_CR_ADSTART_Msk);
    run_us(100);
    assert_int_equal(rd(S_P, ADC4_S + ADC_ISR_OFS) & (ADC_ISR_EOS_Msk | ADC_ISR_OVR_Msk), 0);
    assert_int_equal(rd(S_P, ADC4_S + ADC_DR_OFS), 0);
    run_us(10);
    assert_true(rd(S_P, ADC4_S + ADC_ISR_OFS) & ADC_ISR_EOS_Msk);
    assert_int_equal(rd(S_P, ADC4_S + ADC_DR_OFS), 4095);
}

/* RM0456 33.4.15 and 33.4.20: one group of two a trigger, by EXTI line 11. */
static void trigger_starts_a_discontinuous_group(void **state)
{
    (void)state;
    start_adc1(7u << 5);
    wr(S_P, EXTI_S + EXTI_RTSR1_OFS, 1u << 11);
    wr(S_P, EXTI_S + EXTI_IMR1_OFS, 1u << 11);
    wr(S_P, ADC1_S + ADC_SQR1_OFS, 2u | 5u << 6 | 6u << 12 | 7u << 18);
    wr(S_P, ADC1_S + ADC_CFGR1_OFS,
       6u << 5 | 1u << 10 | ADC_CFGR1_DISCEN_Msk | 1u << 17 | ADC_CFGR1_OVRMOD_Msk);
    set_bits(ADC1_S + ADC_CR_OFS, ADC_CR_ADSTART_Msk);
    run_us(50);
    assert_false(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_EOC_Msk);
    soc_pin_drive(bench.soc, 0, 11, true);
    run_us(50);
    assert_true(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_EOC_Msk);
    assert_false(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_EOS_Msk);
    soc_pin_drive(bench.soc, 0, 11, false);
    soc_pin_drive(bench.soc, 0, 11, true);
    run_us(50);
    assert_true(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_EOS_Msk);
    assert_true(rd(S_P, ADC1_S + ADC_CR_OFS) & ADC_CR_ADSTART_Msk);
}

/* RM0456 33.4.30: half scale is no difference. */
static void differential_input(void **state)
{
    (void)state;
    start_adc1(3u << 5);
    soc_pin_analog(bench.soc, 0, 0, 1000);
    soc_pin_analog(bench.soc, 0, 1, 1000);
    wr(S_P, ADC1_S + ADC_SQR1_OFS, 5u << ADC_SQR1_SQ1_Pos);
    wr(S_P, ADC1_S + ADC_DIFSEL_OFS, 1u << 5);
    convert(ADC1_S);
    assert_int_equal(rd(S_P, ADC1_S + ADC_DR_OFS), 8192);
    soc_pin_analog(bench.soc, 0, 0, 0);
    soc_pin_analog(bench.soc, 0, 1, 3300);
    convert(ADC1_S);
    assert_int_equal(rd(S_P, ADC1_S + ADC_DR_OFS), 0);
}

/* RM0456 34.4.8: fixed order forwards and backwards (SCANDIR), or eight places (CHSELRMOD). */
static void order_of_adc4(void **state)
{
    static const uint32_t orders[3][3] = {
        {0, 1u << 1 | 1u << 2, 1}, {0x10u, 1u << 1 | 1u << 2, 0}, {0x00200000u, 0xFFFFFF12u, 0}};

    (void)state;
    start(ADC4_S);
    soc_pin_analog(bench.soc, 2, 0, 3300); /* PC0 = IN1, PC1 = IN2 */
    for (unsigned i = 0; i < 3; i++) {
        wr(S_P, ADC4_S + ADC_CFGR1_OFS, orders[i][0]);
        assert_int_equal(rd(S_P, ADC4_S + ADC_CFGR1_OFS), orders[i][0]);
        wr(S_P, ADC4_S + ADC_CHSELR_OFS, orders[i][1]);
        wr(S_P, ADC4_S + ADC_ISR_OFS, 0xFEu);
        convert(ADC4_S); /* the first result stays: overrun */
        assert_int_equal(rd(S_P, ADC4_S + ADC_DR_OFS), orders[i][2] ? 4095 : 0);
    }
}

/* ---- Calibration factors (RM0456 33.4.8, 34.4.3) ---- */

static uint32_t capture(unsigned index)
{
    wr(S_P, ADC1_S + ADC_CR_OFS, ADC_CR_ADVREGEN_Msk | index << ADC_CR_CALINDEX0_Pos);
    wr(S_P, ADC1_S + ADC_CALFACT_OFS, ADC_CALFACT_CAPTURE_COEF_Msk);
    wr(S_P, ADC1_S + ADC_CALFACT_OFS, 0);
    return rd(S_P, ADC1_S + ADC_CALFACT2_OFS);
}

static void latch(unsigned index, uint32_t value)
{
    wr(S_P, ADC1_S + ADC_CR_OFS, ADC_CR_ADVREGEN_Msk | index << ADC_CR_CALINDEX0_Pos);
    wr(S_P, ADC1_S + ADC_CALFACT2_OFS, value);
    wr(S_P, ADC1_S + ADC_CALFACT_OFS, ADC_CALFACT_LATCH_COEF_Msk);
    wr(S_P, ADC1_S + ADC_CALFACT_OFS, 0);
}

static void factors_are_captured_and_put_back(void **state)
{
    uint32_t offset;

    (void)state;
    start_adc1(0);
    offset = capture(0);
    assert_int_not_equal(offset, 0);
    assert_int_equal(capture(3), 0); /* ADCAL without ADCALLIN */
    latch(3, 0x12345678u);
    assert_int_equal(capture(0), offset);
    assert_int_equal(capture(3), 0x12345678u);
    wr(S_P, ADC1_S + ADC_CALFACT2_OFS, 5); /* alone changes nothing */
    assert_int_equal(capture(3), 0x12345678u);
    latch(8, 0xFFFFFFFFu); /* read only */
    assert_int_not_equal(capture(8), 0xFFFFFFFFu);
}

static void factors_need_an_enabled_converter(void **state)
{
    (void)state;
    start_adc1(0);
    wr(S_P, ADC1_S + ADC_CR_OFS, ADC_CR_ADVREGEN_Msk | ADC_CR_ADDIS_Msk);
    wr(S_P, ADC1_S + ADC_CALFACT_OFS, ADC_CALFACT_CAPTURE_COEF_Msk);
    assert_int_equal(rd(S_P, ADC1_S + ADC_CALFACT2_OFS), 0);
    assert_non_null(strstr(bench.log, "calibration factor"));
}

static void deep_power_down_loses_the_factors(void **state)
{
    (void)state;
    start_adc1(0);
    latch(0, 0x55);
    wr(S_P, ADC1_S + ADC_CR_OFS, ADC_CR_ADVREGEN_Msk | ADC_CR_ADDIS_Msk);
    wr(S_P, ADC1_S + ADC_CR_OFS, ADC_CR_DEEPPWD_Msk);
    wr(S_P, ADC1_S + ADC_CR_OFS, 0);
    wr(S_P, ADC1_S + ADC_CR_OFS, ADC_CR_ADVREGEN_Msk);
    run_us(30);
    wr(S_P, ADC1_S + ADC_CR_OFS, ADC_CR_ADVREGEN_Msk | ADC_CR_ADEN_Msk);
    run_us(20);
    assert_int_equal(capture(0), 0);
}

static void factor_of_adc4(void **state)
{
    (void)state;
    start(ADC4_S);
    assert_in_range(rd(S_P, ADC4_S + ADC_CALFACT_OFS), 1, 0x7F);
    wr(S_P, ADC4_S + ADC_CALFACT_OFS, 0xFFFFFF25u);
    assert_int_equal(rd(S_P, ADC4_S + ADC_CALFACT_OFS), 0x25);
}

/* ---- Low-power modes of ADC4 (RM0456 chapter 34, auto-off) ---- */

#define AUTOFF 1u
#define DPD    2u

/* Microseconds from ADSTART to the first result of one channel. */
static uint64_t time_of_adc4(uint32_t pwrr)
{
    sim_ps begun;

    start(ADC4_S);
    wr(S_P, ADC4_S + ADC_CR_OFS, ADC_CR_ADVREGEN_Msk | ADC_CR_ADDIS_Msk);
    wr(S_P, ADC4_S + ADC_PW_OFS, pwrr);
    wr(S_P, ADC4_S + ADC_CR_OFS, ADC_CR_ADVREGEN_Msk | ADC_CR_ADEN_Msk);
    run_us(20);
    wr(S_P, ADC4_S + ADC_CHSELR_OFS, 1u << 1);
    begun = now();
    set_bits(ADC4_S + ADC_CR_OFS, ADC_CR_ADSTART_Msk);
    while (!(rd(S_P, ADC4_S + ADC_ISR_OFS) & ADC_ISR_EOC_Msk)) {
        run_ps(SIM_PS_PER_US / 4);
    }
    return (now() - begun) / (SIM_PS_PER_US / 4);
}

static void auto_off_costs_a_start_a_sequence(void **state)
{
    uint64_t plain, off, deep;

    (void)state;
    plain = time_of_adc4(0);
    bench_stop();
    bench_start(true);
    off = time_of_adc4(AUTOFF);
    bench_stop();
    bench_start(true);
    deep = time_of_adc4(AUTOFF | DPD);
    assert_in_range(off - plain, 30, 31);                /* 30 clocks of 4 MHz */
    assert_in_range(deep - off, 20 * 4 - 1, 20 * 4 + 1); /* the regulator */
    assert_true(rd(S_P, ADC4_S + ADC_ISR_OFS) & ADC_ISR_EOS_Msk);
}

static void PWRR_holds_while_enabled(void **state)
{
    (void)state;
    start(ADC4_S);
    wr(S_P, ADC4_S + ADC_PW_OFS, AUTOFF);
    assert_int_equal(rd(S_P, ADC4_S + ADC_PW_OFS), 0);
    assert_non_null(strstr(bench.log, "PWRR"));
    wr(S_P, ADC4_S + ADC_CR_OFS, ADC_CR_ADVREGEN_Msk | ADC_CR_ADDIS_Msk);
    wr(S_P, ADC4_S + ADC_PW_OFS, 0xFFFFFFFFu);
    assert_int_equal(rd(S_P, ADC4_S + ADC_PW_OFS), 0xF);
}

/* LPMS: 3 = Stop 3, 4 = Standby. */
static void sleep_deeply(uint32_t mode)
{
    wr(S_P, PWR_S + PWR_CR1_OFS, mode);
    fake.sleeping = fake.deep = true;
    soc_service(bench.soc);
}

static void pin_wakes_from_standby_C6(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, PWR_S + PWR_WUCR3_OFS, 1u << 2); /* line 2: PC13 */
    wr(S_P, PWR_S + PWR_WUCR1_OFS, 2);
    sleep_deeply(4);
    assert_true(soc_off(bench.soc));
    soc_pin_drive(bench.soc, 0, 4, true); /* PA4: not selected */
    assert_true(soc_off(bench.soc));
    soc_pin_drive(bench.soc, 2, 13, true);
    assert_false(soc_off(bench.soc));
    assert_true(soc_service(bench.soc)); /* reset */
    enable_clocks();
    assert_true(rd(S_P, PWR_S + PWR_SR_OFS) & PWR_SR_SBF_Msk);
    assert_int_equal(rd(S_P, PWR_S + PWR_WUSR_OFS), 2);
    wr(S_P, PWR_S + PWR_WUSCR_OFS, 2);
    assert_int_equal(rd(S_P, PWR_S + PWR_WUSR_OFS), 0);
}

static void exti_does_not_wake_from_standby_C6(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, EXTI_S + EXTI_RTSR1_OFS, 1);
    wr(S_P, EXTI_S + EXTI_IMR1_OFS, 1);
    sleep_deeply(4);
    soc_pin_drive(bench.soc, 0, 0, true);
    assert_true(soc_off(bench.soc));
}

static void falling_pin_in_stop3_raises_PWR_S3WU_C6(void **state)
{
    (void)state;
    enable_clocks();
    soc_pin_drive(bench.soc, 0, 0, true);
    wr(S_P, PWR_S + PWR_WUCR2_OFS, 1); /* line 1, PA0, low */
    wr(S_P, PWR_S + PWR_WUCR1_OFS, 1);
    assert_int_equal(rd(S_P, PWR_S + PWR_WUSR_OFS), 0);
    sleep_deeply(3);
    soc_pin_drive(bench.soc, 0, 0, false);
    assert_true(fake.irq[IRQ_PWR_S3WU]);
    fake.sleeping = fake.deep = false;
    soc_service(bench.soc);
    assert_int_equal(rd(S_P, PWR_S + PWR_WUSR_OFS), 1);
    wr(S_P, PWR_S + PWR_WUSCR_OFS, 1);
    assert_false(fake.irq[IRQ_PWR_S3WU]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(sequence_of_adc1_K4),
        T(overrun_keeps_the_old_value_K4),
        T(ASV_is_needed_K4),
        T(channel_without_PCSEL),
        T(sampling_time_sets_the_pace),
        T(oversampling_adds_and_shifts),
        T(offset_with_and_without_saturation),
        T(watchdog_counts_what_is_outside),
        T(injected_group_interrupts),
        T(delayed_conversions_wait_for_the_reader),
        T(trigger_starts_a_discontinuous_group),
        T(differential_input),
        T(order_of_adc4),
        T(factors_are_captured_and_put_back),
        T(factors_need_an_enabled_converter),
        T(deep_power_down_loses_the_factors),
        T(factor_of_adc4),
        T(auto_off_costs_a_start_a_sequence),
        T(PWRR_holds_while_enabled),
        T(pin_wakes_from_standby_C6),
        T(exti_does_not_wake_from_standby_C6),
        T(falling_pin_in_stop3_raises_PWR_S3WU_C6),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
