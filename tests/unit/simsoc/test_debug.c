/* What the freeze bits of DBGMCU stop while a debugger holds the core (RM0456 75.12). */
#include "harness.h"
#include "soc/inject.h"

#define DBGMCU    0xE0044000u
#define SECOND_US 1000000u

static void freeze(uint32_t offset, uint32_t bits)
{
    wr(S_P, DBGMCU + offset, bits);
}

/* The core is halted for a while, then goes on. */
static void halt_for(uint64_t us)
{
    soc_debug_halt(bench.soc, true);
    run_us(us);
    soc_debug_halt(bench.soc, false);
}

static void only_the_named_timers_stand(void **state)
{
    static const struct {
        uint32_t base, freeze_register, bit;
    } timers[] = {{TIM2_S, DBGMCU_APB1FZR1_OFS, 0},  {TIM3_S, DBGMCU_APB1FZR1_OFS, 1},
                  {TIM4_S, DBGMCU_APB1FZR1_OFS, 2},  {TIM5_S, DBGMCU_APB1FZR1_OFS, 3},
                  {TIM6_S, DBGMCU_APB1FZR1_OFS, 4},  {TIM7_S, DBGMCU_APB1FZR1_OFS, 5},
                  {TIM1_S, DBGMCU_APB2FZR_OFS, 11},  {TIM8_S, DBGMCU_APB2FZR_OFS, 13},
                  {TIM15_S, DBGMCU_APB2FZR_OFS, 16}, {TIM16_S, DBGMCU_APB2FZR_OFS, 17},
                  {TIM17_S, DBGMCU_APB2FZR_OFS, 18}};
    const unsigned count = sizeof timers / sizeof *timers;

    (void)state;
    enable_clocks();
    set_bits(RCC_S + RCC_APB1ENR1_OFS, 0x3Fu);
    set_bits(RCC_S + RCC_APB2ENR_OFS, 0x72800u);
    for (unsigned chosen = 0; chosen < count; chosen++) {
        freeze(DBGMCU_APB1FZR1_OFS, 0);
        freeze(DBGMCU_APB2FZR_OFS, 0);
        freeze(timers[chosen].freeze_register, 1u << timers[chosen].bit);
        for (unsigned i = 0; i < count; i++) {
            wr(S_P, timers[i].base + TIM_CR1_OFS, 0);
            wr(S_P, timers[i].base + TIM_CNT_OFS, 0);
            wr(S_P, timers[i].base + TIM_CR1_OFS, 1);
        }
        run_us(100); /* 4 MHz */
        halt_for(1000);
        for (unsigned i = 0; i < count; i++) {
            assert_int_equal(rd(S_P, timers[i].base + TIM_CNT_OFS), i == chosen ? 400 : 4400);
        }
    }
}

static void a_timers_interrupt_comes_later_by_the_halt(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, TIM6_S + TIM_ARR_OFS, 3999);
    wr(S_P, TIM6_S + TIM_DIER_OFS, 1);
    wr(S_P, TIM6_S + TIM_CR1_OFS, 1);
    freeze(DBGMCU_APB1FZR1_OFS, DBGMCU_APB1FZR1_DBG_TIM6_STOP_Msk);
    run_us(500);
    halt_for(5000);
    run_us(499);
    assert_false(fake.irq[IRQ_TIM6]);
    run_us(1);
    assert_true(fake.irq[IRQ_TIM6]);
}

static void bits_written_during_the_halt_count_at_once(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, TIM2_S + TIM_CR1_OFS, 1);
    soc_debug_halt(bench.soc, true);
    run_us(100);
    freeze(DBGMCU_APB1FZR1_OFS, DBGMCU_APB1FZR1_DBG_TIM2_STOP_Msk);
    run_us(100);
    assert_int_equal(rd(S_P, TIM2_S + TIM_CNT_OFS), 400);
    freeze(DBGMCU_APB1FZR1_OFS, 0);
    run_us(100);
    assert_int_equal(rd(S_P, TIM2_S + TIM_CNT_OFS), 800);
    soc_debug_halt(bench.soc, false);
}

/* Chapter 54, debug mode: the outputs are disabled as if MOE were reset. */
static void outputs_of_a_frozen_motor_timer_are_disabled(void **state)
{
    (void)state;
    enable_clocks();
    set_bits(RCC_S + RCC_APB2ENR_OFS, RCC_APB2ENR_TIM1EN_Msk);
    route("PA8", 1);
    wr(S_P, TIM1_S + TIM_CCMR1_OFS, 5u << TIM_CCMR1_OC1M_Pos); /* forced active */
    wr(S_P, TIM1_S + TIM_CCER_OFS, TIM_CCER_CC1E_Msk);
    wr(S_P, TIM1_S + TIM_BDTR_OFS, TIM_BDTR_MOE_Msk | TIM_BDTR_OSSI_Msk);
    wr(S_P, TIM1_S + TIM_CR1_OFS, 1);
    freeze(DBGMCU_APB2FZR_OFS, DBGMCU_APB2FZR_DBG_TIM1_STOP_Msk);
    assert_true(soc_pin_level(bench.soc, 0, 8));
    soc_debug_halt(bench.soc, true);
    assert_false(soc_pin_level(bench.soc, 0, 8));
    assert_true(rd(S_P, TIM1_S + TIM_BDTR_OFS) & TIM_BDTR_MOE_Msk);
    soc_debug_halt(bench.soc, false);
    assert_true(soc_pin_level(bench.soc, 0, 8));
}

static void low_power_timers(void **state)
{
    (void)state;
    enable_clocks();
    set_bits(RCC_S + RCC_APB1ENR2_OFS, RCC_APB1ENR2_LPTIM2EN_Msk); /* clock: PCLK1 */
    wr(S_P, LPTIM2_S + LPTIM_CR_OFS, 1);
    wr(S_P, LPTIM2_S + LPTIM_ARR_OFS, 0xFFFF);
    run_us(2);
    wr(S_P, LPTIM2_S + LPTIM_CR_OFS, 1 | LPTIM_CR_CNTSTRT_Msk);
    run_us(100);
    halt_for(100);
    assert_int_equal(rd(S_P, LPTIM2_S + LPTIM_CNT_OFS), 800);
    freeze(DBGMCU_APB1FZR2_OFS, DBGMCU_APB1FZR2_DBG_LPTIM2_STOP_Msk);
    halt_for(100);
    assert_int_equal(rd(S_P, LPTIM2_S + LPTIM_CNT_OFS), 800);
    run_us(100);
    assert_int_equal(rd(S_P, LPTIM2_S + LPTIM_CNT_OFS), 1200);
}

static void the_independent_watchdog_counts_the_rest(void **state)
{
    (void)state;
    wr(S_P, IWDG_S + IWDG_KR_OFS, 0xCCCC); /* about 512 ms */
    freeze(DBGMCU_APB1FZR1_OFS, DBGMCU_APB1FZR1_DBG_IWDG_STOP_Msk);
    bench.reset_cause = 0;
    run_us(400000);
    halt_for(5 * SECOND_US);
    run_us(100000);
    assert_int_equal(bench.reset_cause, 0);
    run_us(20000);
    assert_true(bench.reset_cause & RCC_CSR_IWDGRSTF_Msk);
}

static void without_its_bit_the_watchdog_bites_a_halted_core(void **state)
{
    (void)state;
    wr(S_P, IWDG_S + IWDG_KR_OFS, 0xCCCC);
    bench.reset_cause = 0;
    halt_for(SECOND_US);
    assert_true(bench.reset_cause & RCC_CSR_IWDGRSTF_Msk);
}

static void the_window_watchdog_stands(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, WWDG_S + WWDG_CR_OFS, 0xFF); /* 64 of 1.024 ms */
    freeze(DBGMCU_APB1FZR1_OFS, DBGMCU_APB1FZR1_DBG_WWDG_STOP_Msk);
    bench.reset_cause = 0;
    run_us(40000);
    halt_for(SECOND_US);
    assert_int_equal(rd(S_P, WWDG_S + WWDG_CR_OFS) & 0x7Fu, 0x7F - 39);
    assert_int_equal(bench.reset_cause, 0);
    run_us(60000);
    assert_true(bench.reset_cause & RCC_CSR_WWDGRSTF_Msk);
}

static void start_rtc(void)
{
    set_bits(PWR_S + PWR_DBPR_OFS, PWR_DBPR_DBP_Msk);
    set_bits(RCC_S + RCC_BDCR_OFS, RCC_BDCR_LSION_Msk);
    run_us(1000);
    set_bits(RCC_S + RCC_BDCR_OFS, 2u << RCC_BDCR_RTCSEL_Pos | RCC_BDCR_RTCEN_Msk);
    wr(S_P, RTC_S + RTC_WPR_OFS, 0xCA);
    wr(S_P, RTC_S + RTC_WPR_OFS, 0x53);
    wr(S_P, RTC_S + RTC_ICSR_OFS, RTC_ICSR_INIT_Msk);
    run_us(1000);
    wr(S_P, RTC_S + RTC_PRER_OFS, 127u << RTC_PRER_PREDIV_A_Pos | 249u); /* 32 kHz: 1 Hz */
    wr(S_P, RTC_S + RTC_TR_OFS, 0);
    wr(S_P, RTC_S + RTC_DR_OFS, 0x002101u);
    wr(S_P, RTC_S + RTC_ICSR_OFS, 0);
}

static uint32_t rtc_seconds(void)
{
    uint32_t tr = rd(S_P, RTC_S + RTC_TR_OFS);

    (void)rd(S_P, RTC_S + RTC_DR_OFS); /* unlocks the shadow registers */
    return (tr & 15u) + 10 * (tr >> 4 & 7u) + 60 * (tr >> 8 & 15u);
}

static void the_rtc_stands_with_its_wakeup_timer(void **state)
{
    (void)state;
    enable_clocks();
    start_rtc();
    wr(S_P, RTC_S + RTC_CR_OFS, 4); /* 1 Hz */
    wr(S_P, RTC_S + RTC_WUTR_OFS, 4);
    wr(S_P, RTC_S + RTC_CR_OFS, 4 | RTC_CR_WUTE_Msk);
    run_us(2 * SECOND_US + 500000);
    halt_for(SECOND_US);
    assert_int_equal(rtc_seconds(), 3);
    freeze(DBGMCU_APB3FZR_OFS, DBGMCU_APB3FZR_DBG_RTC_STOP_Msk);
    halt_for(20 * SECOND_US);
    assert_int_equal(rtc_seconds(), 3);
    assert_false(rd(S_P, RTC_S + RTC_SR_OFS) & RTC_SR_WUTF_Msk);
    run_us(SECOND_US);
    assert_int_equal(rtc_seconds(), 4); /* the half second before the halt was not lost */
    assert_false(rd(S_P, RTC_S + RTC_SR_OFS) & RTC_SR_WUTF_Msk);
    run_us(SECOND_US);
    assert_true(rd(S_P, RTC_S + RTC_SR_OFS) & RTC_SR_WUTF_Msk);
}

static uint32_t copied(uint32_t freeze_register, uint32_t base, unsigned channel, uint32_t bits)
{
    uint32_t at = base + 0x50u + 0x80u * channel, to = 0x30000100u;
    uint32_t during;

    wr(S_P, 0x30000000u, 0x12345678u);
    wr(S_P, to, 0);
    wr(S_P, base + DMA_SECCFGR_OFS, 1u << channel);
    wr(S_P, base + DMA_PRIVCFGR_OFS, 1u << channel);
    wr(S_P, at + DMA_Channel_CTR1_OFS,
       2u | 2u << DMA_CTR1_DDW_LOG2_Pos | DMA_CTR1_SSEC_Msk | DMA_CTR1_DSEC_Msk);
    wr(S_P, at + DMA_Channel_CTR2_OFS, DMA_CTR2_SWREQ_Msk);
    wr(S_P, at + DMA_Channel_CBR1_OFS, 4);
    wr(S_P, at + DMA_Channel_CSAR_OFS, 0x30000000u);
    wr(S_P, at + DMA_Channel_CDAR_OFS, to);
    freeze(freeze_register, bits);
    wr(S_P, at + DMA_Channel_CCR_OFS, DMA_CCR_EN_Msk);
    soc_debug_halt(bench.soc, true);
    run_us(1000);
    during = rd(S_P, to);
    soc_debug_halt(bench.soc, false);
    run_us(1000);
    assert_int_equal(rd(S_P, to), 0x12345678u);
    assert_true(rd(S_P, at + DMA_Channel_CSR_OFS) & DMA_CSR_TCF_Msk);
    wr(S_P, at + DMA_Channel_CFCR_OFS, DMA_CSR_TCF_Msk);
    return during;
}

static void dma_channels_are_suspended(void **state)
{
    (void)state;
    enable_clocks();
    set_bits(RCC_S + RCC_AHB1ENR_OFS, RCC_AHB1ENR_GPDMA1EN_Msk);
    for (unsigned i = 0; i < 16; i++) {
        assert_int_equal(copied(DBGMCU_AHB1FZR_OFS, GPDMA1_S, i, 1u << i), 0);
        assert_int_equal(copied(DBGMCU_AHB1FZR_OFS, GPDMA1_S, i, 0xFFFFu & ~(1u << i)),
                         0x12345678u);
    }
}

static void a_reset_lets_the_core_go(void **state)
{
    (void)state;
    freeze(DBGMCU_APB1FZR1_OFS, DBGMCU_APB1FZR1_DBG_TIM2_STOP_Msk);
    soc_debug_halt(bench.soc, true);
    soc_reset_pin(bench.soc);
    assert_true(soc_service(bench.soc));
    enable_clocks();
    wr(S_P, TIM2_S + TIM_CR1_OFS, 1);
    run_us(100);
    assert_int_equal(rd(S_P, TIM2_S + TIM_CNT_OFS), 400);
    /* the bits themselves outlive it: only power-on clears them */
    assert_int_equal(rd(S_P, DBGMCU + DBGMCU_APB1FZR1_OFS), DBGMCU_APB1FZR1_DBG_TIM2_STOP_Msk);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(only_the_named_timers_stand),
        T(a_timers_interrupt_comes_later_by_the_halt),
        T(bits_written_during_the_halt_count_at_once),
        T(outputs_of_a_frozen_motor_timer_are_disabled),
        T(low_power_timers),
        T(the_independent_watchdog_counts_the_rest),
        T(without_its_bit_the_watchdog_bites_a_halted_core),
        T(the_window_watchdog_stands),
        T(the_rtc_stands_with_its_wakeup_timer),
        T(dma_channels_are_suspended),
        T(a_reset_lets_the_core_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
