/* Timers, LPTIM, watchdogs (facts G, K.1-K.3). The timer clock is 4 MHz after reset. */
#include "harness.h"

static void update_interrupt_period_G(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, TIM6_S + TIM_PSC_OFS, 3);   /* 1 MHz */
    wr(S_P, TIM6_S + TIM_ARR_OFS, 999); /* 1 ms */
    wr(S_P, TIM6_S + TIM_EGR_OFS, 1);
    assert_int_equal(rd(S_P, TIM6_S + TIM_SR_OFS), 1); /* UG sets UIF while URS = 0 */
    wr(S_P, TIM6_S + TIM_SR_OFS, 0);
    wr(S_P, TIM6_S + TIM_DIER_OFS, 1);
    wr(S_P, TIM6_S + TIM_CR1_OFS, 1);
    run_us(999);
    assert_false(fake.irq[IRQ_TIM6]);
    assert_int_equal(rd(S_P, TIM6_S + TIM_CNT_OFS), 999);
    run_us(1);
    assert_true(fake.irq[IRQ_TIM6]);
    wr(S_P, TIM6_S + TIM_SR_OFS, 1); /* writing 1 has no effect */
    assert_true(fake.irq[IRQ_TIM6]);
    wr(S_P, TIM6_S + TIM_SR_OFS, 0);
    assert_false(fake.irq[IRQ_TIM6]);
    run_us(1000);
    assert_true(fake.irq[IRQ_TIM6]);
}

static void prescaler_is_always_preloaded_G(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, TIM2_S + TIM_CR1_OFS, 1);
    wr(S_P, TIM2_S + TIM_PSC_OFS, 3999);
    run_us(100);
    assert_int_equal(rd(S_P, TIM2_S + TIM_CNT_OFS), 400); /* still undivided */
    wr(S_P, TIM2_S + TIM_EGR_OFS, 1);
    run_us(3000);
    assert_int_equal(rd(S_P, TIM2_S + TIM_CNT_OFS), 3);
}

static void tim5_counts_32_bits_and_compares_G(void **state)
{
    (void)state;
    enable_clocks();
    assert_int_equal(rd(S_P, TIM5_S + TIM_ARR_OFS), 0xFFFFFFFFu);
    wr(S_P, TIM5_S + TIM_CCR1_OFS, 0x20000u);
    wr(S_P, TIM5_S + TIM_CCR2_OFS, 0x30000u);
    wr(S_P, TIM5_S + TIM_DIER_OFS, TIM_DIER_CC1IE_Msk);
    wr(S_P, TIM5_S + TIM_CR1_OFS, 1);
    run_us(0x20000 / 4 - 1);
    assert_false(fake.irq[IRQ_TIM5]);
    run_us(1);
    assert_true(fake.irq[IRQ_TIM5]);
    assert_int_equal(rd(S_P, TIM5_S + TIM_SR_OFS), TIM_SR_CC1IF_Msk);
    run_us(0x10000 / 4);
    assert_int_equal(rd(S_P, TIM5_S + TIM_SR_OFS), TIM_SR_CC1IF_Msk | TIM_SR_CC2IF_Msk);
}

static void compare_value_moved_while_running(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, TIM5_S + TIM_CR1_OFS, 1);
    wr(S_P, TIM5_S + TIM_DIER_OFS, TIM_DIER_CC1IE_Msk);
    for (unsigned i = 0; i < 20; i++) {
        wr(S_P, TIM5_S + TIM_CCR1_OFS, rd(S_P, TIM5_S + TIM_CNT_OFS) + 400);
        wr(S_P, TIM5_S + TIM_SR_OFS, 0);
        run_us(99);
        assert_false(fake.irq[IRQ_TIM5]);
        run_us(2);
        assert_true(fake.irq[IRQ_TIM5]);
    }
}

static void one_pulse_stops_and_repetition_counts(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, TIM1_S + TIM_ARR_OFS, 399); /* 100 us */
    wr(S_P, TIM1_S + TIM_RCR_OFS, 2);
    wr(S_P, TIM1_S + TIM_EGR_OFS, 1);
    wr(S_P, TIM1_S + TIM_SR_OFS, 0);
    wr(S_P, TIM1_S + TIM_DIER_OFS, 1);
    wr(S_P, TIM1_S + TIM_CR1_OFS, 1);
    run_us(299);
    assert_false(fake.irq[IRQ_TIM1_UP]);
    run_us(2);
    assert_true(fake.irq[IRQ_TIM1_UP]);
    wr(S_P, TIM7_S + TIM_ARR_OFS, 399);
    wr(S_P, TIM7_S + TIM_CR1_OFS, TIM_CR1_OPM_Msk | 1);
    run_us(150);
    assert_int_equal(rd(S_P, TIM7_S + TIM_CR1_OFS), TIM_CR1_OPM_Msk);
    assert_int_equal(rd(S_P, TIM7_S + TIM_SR_OFS), 1);
}

static void a_flag_not_enabled_costs_no_event_but_is_there(void **state)
{
    (void)state;
    enable_clocks();
    run_us(200); /* the caches' invalidation after reset is over */
    wr(S_P, TIM3_S + TIM_ARR_OFS, 3);
    wr(S_P, TIM3_S + TIM_CR1_OFS, 1);
    assert_true(sched_next(&bench.sched) > now() + 100 * SIM_PS_PER_US);
    run_us(50);
    assert_int_equal(rd(S_P, TIM3_S + TIM_SR_OFS) & 1u, 1);
    assert_true(rd(S_P, TIM3_S + TIM_CNT_OFS) <= 3);
}

static void lptim_continuous_K3(void **state)
{
    (void)state;
    enable_clocks();
    set_bits(RCC_S + RCC_APB1ENR2_OFS, RCC_APB1ENR2_LPTIM2EN_Msk); /* clock: PCLK1 */
    wr(S_P, LPTIM2_S + LPTIM_ARR_OFS, 100);
    assert_int_equal(rd(S_P, LPTIM2_S + LPTIM_ARR_OFS), 1); /* ENABLE = 0 */
    wr(S_P, LPTIM2_S + LPTIM_CR_OFS, 1);
    wr(S_P, LPTIM2_S + LPTIM_ARR_OFS, 3999);
    assert_false(rd(S_P, LPTIM2_S + LPTIM_ISR_OFS) & LPTIM_ISR_ARROK_Msk);
    run_us(1); /* some kernel clocks */
    assert_true(rd(S_P, LPTIM2_S + LPTIM_ISR_OFS) & LPTIM_ISR_ARROK_Msk);
    wr(S_P, LPTIM2_S + LPTIM_DIER_OFS, LPTIM_DIER_ARRMIE_Msk);
    wr(S_P, LPTIM2_S + LPTIM_ICR_OFS, 0xFFFFFFFFu);
    wr(S_P, LPTIM2_S + LPTIM_CR_OFS, 1 | LPTIM_CR_CNTSTRT_Msk);
    run_us(990);
    assert_false(fake.irq[IRQ_LPTIM2]);
    run_us(11);
    assert_true(fake.irq[IRQ_LPTIM2]);
    wr(S_P, LPTIM2_S + LPTIM_ICR_OFS, LPTIM_ICR_ARRMCF_Msk);
    assert_false(fake.irq[IRQ_LPTIM2]);
    run_us(1000);
    assert_true(fake.irq[IRQ_LPTIM2]);
}

static void iwdg_resets_unless_refreshed_K1(void **state)
{
    (void)state;
    wr(S_P, IWDG_S + IWDG_KR_OFS, 0x5555u);
    wr(S_P, IWDG_S + IWDG_PR_OFS, 0); /* /4: 8 kHz */
    assert_true(rd(S_P, IWDG_S + IWDG_SR_OFS) & IWDG_SR_PVU_Msk);
    wr(S_P, IWDG_S + IWDG_RLR_OFS, 799); /* 100 ms */
    run_us(300);
    assert_int_equal(rd(S_P, IWDG_S + IWDG_SR_OFS), 0);
    wr(S_P, IWDG_S + IWDG_KR_OFS, 0xCCCCu);
    run_us(300);
    assert_true(rd(S_P, RCC_S + RCC_BDCR_OFS) & RCC_BDCR_LSIRDY_Msk); /* LSI forced on */
    for (unsigned i = 0; i < 5; i++) {
        run_us(90000);
        wr(S_P, IWDG_S + IWDG_KR_OFS, 0xAAAAu);
    }
    assert_int_equal(fake.resets, 1);
    run_us(99000);
    assert_int_equal(fake.resets, 1);
    run_us(2000);
    assert_int_equal(fake.resets, 2);
    assert_int_equal(bench.reset_cause, RCC_CSR_IWDGRSTF_Msk | RCC_CSR_PINRSTF_Msk);
}

static void wwdg_resets_below_0x40_and_outside_the_window_K2(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, WWDG_S + WWDG_CFR_OFS, 0x60u | WWDG_CFR_EWI_Msk);
    wr(S_P, WWDG_S + WWDG_CR_OFS, 0xC0u | 0x3Fu); /* T = 0x7F: 64 ticks of 1.024 ms */
    run_us(64512);                                /* 63 ticks */
    assert_true(fake.irq[IRQ_WWDG]);              /* T = 0x40 */
    assert_int_equal(fake.resets, 1);
    run_us(1100);
    assert_int_equal(fake.resets, 2);
    assert_int_equal(bench.reset_cause, RCC_CSR_WWDGRSTF_Msk | RCC_CSR_PINRSTF_Msk);
    enable_clocks();
    wr(S_P, WWDG_S + WWDG_CFR_OFS, 0x60u);
    wr(S_P, WWDG_S + WWDG_CR_OFS, 0xFFu);
    wr(S_P, WWDG_S + WWDG_CR_OFS, 0xFFu); /* T > W: too early */
    assert_true(soc_service(bench.soc));
}

static void timers_survive_a_clock_change(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, TIM2_S + TIM_CR1_OFS, 1);
    run_us(100);
    set_bits(RCC_S + RCC_CR_OFS, RCC_CR_HSION_Msk);
    run_us(10);
    wr(S_P, RCC_S + RCC_CFGR1_OFS, 1); /* 16 MHz from here */
    assert_int_equal(rd(S_P, TIM2_S + TIM_CNT_OFS), 440);
    run_us(10);
    assert_int_equal(rd(S_P, TIM2_S + TIM_CNT_OFS), 600);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(update_interrupt_period_G),
        T(prescaler_is_always_preloaded_G),
        T(tim5_counts_32_bits_and_compares_G),
        T(compare_value_moved_while_running),
        T(one_pulse_stops_and_repetition_counts),
        T(a_flag_not_enabled_costs_no_event_but_is_there),
        T(lptim_continuous_K3),
        T(iwdg_resets_unless_refreshed_K1),
        T(wwdg_resets_below_0x40_and_outside_the_window_K2),
        T(timers_survive_a_clock_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
