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

static void sequence_of_adc1_K4(void **state)
{
    (void)state;
    start(ADC1_S);
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
        T(pin_wakes_from_standby_C6),
        T(exti_does_not_wake_from_standby_C6),
        T(falling_pin_in_stop3_raises_PWR_S3WU_C6),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
