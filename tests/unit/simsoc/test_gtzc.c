/* TZSC, TZIC and watermarks (facts D.1-D.6), SYSCFG locks (E.3). */
#include "harness.h"

static void peripherals_are_nonsecure_after_reset_D2(void **state)
{
    (void)state;
    enable_clocks();
    wr(NS_P, TIM6_NS + TIM_PSC_OFS, 5);
    assert_int_equal(rd(NS_P, TIM6_NS + TIM_PSC_OFS), 5);
    assert_int_equal(rd(S_P, TIM6_S + TIM_PSC_OFS), 5); /* no S to NS restriction */
}

static void securing_a_peripheral_D3(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, GTZC_TZSC1_S + GTZC_TZSC_SECCFGR1_OFS, GTZC_CFGR1_TIM5_Msk);
    wr(NS_P, TIM5_NS + TIM_PSC_OFS, 5);
    assert_int_equal(rd(S_P, TIM5_S + TIM_PSC_OFS), 0);
    assert_int_equal(rd(NS_P, TIM5_NS + TIM_ARR_OFS), 0);
    assert_int_equal(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR1_OFS), 1u << 3);
    /* Its RCC bits are secure too (C.7). */
    wr(NS_P, RCC_NS + RCC_APB1ENR1_OFS, 0);
    assert_int_equal(rd(S_P, RCC_S + RCC_APB1ENR1_OFS), RCC_APB1ENR1_TIM5EN_Msk);
}

static void lpuart_sits_in_gtzc2(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, GTZC_TZSC2_S + GTZC_TZSC_SECCFGR1_OFS, GTZC_CFGR1_LPUART1_Msk);
    assert_int_equal(rd(NS_P, LPUART1_NS + USART_ISR_OFS), 0);
    assert_int_equal(rd(S_P, LPUART1_S + USART_ISR_OFS), 0xC0u);
    assert_int_equal(rd(S_P, GTZC_TZIC2_S + GTZC_TZIC_SR1_OFS), 1u << 1);
}

static void tzic_interrupt_is_a_level_of_flag_and_enable_D4(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, GTZC_TZSC1_S + GTZC_TZSC_SECCFGR1_OFS, GTZC_CFGR1_TIM5_Msk);
    rd(NS_P, TIM5_NS);
    assert_false(fake.irq[IRQ_GTZC]);
    wr(S_P, GTZC_TZIC1_S + GTZC_TZIC_IER1_OFS, GTZC_CFGR1_TIM5_Msk);
    assert_true(fake.irq[IRQ_GTZC]);
    wr(S_P, GTZC_TZIC1_S + GTZC_TZIC_FCR1_OFS, GTZC_CFGR1_TIM5_Msk);
    assert_false(fake.irq[IRQ_GTZC]);
    assert_int_equal(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR1_OFS), 0);
}

static void tzic_itself_is_secure_D4(void **state)
{
    (void)state;
    enable_clocks();
    assert_int_equal(rd(NS_P, GTZC_TZIC1_NS + GTZC_TZIC_SR4_OFS), 0);
    assert_int_equal(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR4_OFS), 1u << 15);
}

static void tzsc_rules_and_lock_D2(void **state)
{
    uint32_t sec = GTZC_TZSC1_S + GTZC_TZSC_SECCFGR1_OFS;
    uint32_t priv = GTZC_TZSC1_S + GTZC_TZSC_PRIVCFGR1_OFS;

    (void)state;
    enable_clocks();
    wr(NS_P, GTZC_TZSC1_NS + GTZC_TZSC_SECCFGR1_OFS, 1);
    assert_int_equal(rd(S_P, sec), 0);
    assert_int_equal(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR4_OFS), 1u << 14);
    wr(NS_P, GTZC_TZSC1_NS + GTZC_TZSC_PRIVCFGR1_OFS, 2); /* NS + P may, while not secure */
    assert_int_equal(rd(S_P, priv), 2);
    wr(S_P, sec, 1);
    wr(NS_P, GTZC_TZSC1_NS + GTZC_TZSC_PRIVCFGR1_OFS, 1); /* not for a secure one */
    assert_int_equal(rd(S_P, priv), 0);
    wr(S_P, GTZC_TZSC1_S + GTZC_TZSC_CR_OFS, 1);
    wr(S_P, sec, 0);
    assert_int_equal(rd(S_P, sec), 1);
    assert_int_equal(rd(NS_U, GTZC_TZSC1_NS + GTZC_TZSC_SECCFGR1_OFS), 1); /* anyone reads */
}

static void privileged_peripheral_refuses_unprivileged_silently_D3(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, GTZC_TZSC1_S + GTZC_TZSC_PRIVCFGR1_OFS, GTZC_CFGR1_TIM6_Msk);
    wr(NS_U, TIM6_NS + TIM_PSC_OFS, 9);
    assert_int_equal(rd(NS_P, TIM6_NS + TIM_PSC_OFS), 0);
    assert_int_equal(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR1_OFS), 0);
}

static void bkpsram_watermark_D6(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, PWR_S + PWR_DBPR_OFS, 1);
    wr(S_P, BKPSRAM_S, 0x1111u);
    assert_int_equal(rd(S_P, BKPSRAM_S), 0x1111u);
    assert_int_equal(rd(NS_P, BKPSRAM_NS), 0);
    assert_true(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR4_OFS) & (1u << 18));
    /* Granules of 32 bytes: make bytes 64..127 non-secure and unprivileged. */
    wr(S_P, GTZC_TZSC1_S + GTZC_TZSC_MPCWM4AR_OFS, 2u << 16 | 2u);
    wr(S_P, GTZC_TZSC1_S + GTZC_TZSC_MPCWM4ACFGR_OFS, 1u);
    wr(NS_U, BKPSRAM_NS + 64, 0x2222u);
    assert_int_equal(rd(NS_P, BKPSRAM_NS + 64), 0x2222u);
    assert_int_equal(rd(S_P, BKPSRAM_S + 64), 0); /* S to NS region: illegal, P 9 */
    assert_int_equal(rd(NS_P, BKPSRAM_NS + 128), 0);
    wr(S_P, PWR_S + PWR_DBPR_OFS, 0);
    wr(S_P, BKPSRAM_S, 0);
    assert_int_equal(rd(S_P, BKPSRAM_S), 0x1111u);
}

static void syscfg_needs_its_clock_and_locks_the_processor_E3(void **state)
{
    (void)state;
    wr(S_P, SYSCFG_S + SYSCFG_CSLCKR_OFS, 7);
    assert_int_equal(rd(S_P, SYSCFG_S + SYSCFG_FPUIMR_OFS), 0);
    assert_false(fake.locks[2]);
    enable_clocks();
    wr(NS_P, SYSCFG_NS + SYSCFG_CSLCKR_OFS, 7); /* WI + ILAC */
    assert_false(fake.locks[0]);
    assert_int_equal(rd(S_P, GTZC_TZIC2_S + GTZC_TZIC_SR2_OFS), 1u);
    wr(S_P, SYSCFG_S + SYSCFG_CSLCKR_OFS, SYSCFG_CSLCKR_LOCKSAU_Msk);
    assert_true(fake.locks[2] && !fake.locks[0] && !fake.locks[1]);
    wr(S_P, SYSCFG_S + SYSCFG_CSLCKR_OFS, 0);
    assert_int_equal(rd(S_P, SYSCFG_S + SYSCFG_CSLCKR_OFS), 4);
    wr(NS_P, SYSCFG_NS + SYSCFG_CNSLCKR_OFS, 1);
    assert_true(fake.locks[3]);
    soc_reset_pin(bench.soc);
    soc_service(bench.soc);
    assert_false(fake.locks[2] || fake.locks[3]);
}

static void fetch_from_a_register_is_a_bus_error(void **state)
{
    (void)state;
    enable_clocks();
    assert_int_equal(rd_status(S_X, TIM6_S), BUS_ERROR);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(peripherals_are_nonsecure_after_reset_D2),
        T(securing_a_peripheral_D3),
        T(lpuart_sits_in_gtzc2),
        T(tzic_interrupt_is_a_level_of_flag_and_enable_D4),
        T(tzic_itself_is_secure_D4),
        T(tzsc_rules_and_lock_D2),
        T(privileged_peripheral_refuses_unprivileged_silently_D3),
        T(bkpsram_watermark_D6),
        T(syscfg_needs_its_clock_and_locks_the_processor_E3),
        T(fetch_from_a_register_is_a_bus_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
