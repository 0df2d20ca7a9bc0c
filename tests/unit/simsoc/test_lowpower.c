/* Stop, Standby and Shutdown (facts C.6; RM0456 10.7 tables 102 to 107). */
#include "harness.h"

#include "soc/inject.h"

#define CR1   (PWR_S + PWR_CR1_OFS)
#define WUCR1 (PWR_S + PWR_WUCR1_OFS)
#define WUCR3 (PWR_S + PWR_WUCR3_OFS)

enum { STOP0, STOP1, STOP2, STOP3, STANDBY, SHUTDOWN = 6 };

static int start(void **state)
{
    (void)state;
    bench_start(true);
    enable_clocks();
    return 0;
}

static void sleep_deeply(uint32_t mode)
{
    wr(S_P, CR1, (rd(S_P, CR1) & ~PWR_CR1_LPMS_Msk) | mode);
    fake.sleeping = fake.deep = true;
    soc_service(bench.soc);
}

static void wake(void)
{
    fake.sleeping = fake.deep = false;
    soc_service(bench.soc);
}

/* The RTC on LSI, waking after two seconds. */
static void start_rtc(void)
{
    wr(S_P, PWR_S + PWR_DBPR_OFS, 1);
    wr(S_P, RCC_S + RCC_BDCR_OFS, RCC_BDCR_LSION_Msk);
    run_us(2000);
    set_bits(RCC_S + RCC_BDCR_OFS, RCC_BDCR_RTCEN_Msk | 2u << RCC_BDCR_RTCSEL_Pos);
    wr(S_P, RTC_S + RTC_WPR_OFS, 0xCA);
    wr(S_P, RTC_S + RTC_WPR_OFS, 0x53);
    wr(S_P, RTC_S + RTC_WUTR_OFS, 1);
    wr(S_P, RTC_S + RTC_CR_OFS, 4u | RTC_CR_WUTE_Msk | RTC_CR_WUTIE_Msk);
}

static void clocks_stand_in_stop_and_come_back_in_range_4(void **state)
{
    uint32_t count;

    (void)state;
    wr(S_P, PWR_S + PWR_VOSR_OFS, 1u << PWR_VOSR_VOS_Pos);
    run_us(100);
    wr(S_P, TIM2_S + TIM_CR1_OFS, 1);
    run_us(10);
    count = rd(S_P, TIM2_S + TIM_CNT_OFS);
    sleep_deeply(STOP1);
    run_us(50000);
    wake();
    assert_in_range(rd(S_P, TIM2_S + TIM_CNT_OFS), count, count + 8);
    assert_true(rd(S_P, PWR_S + PWR_SR_OFS) & PWR_SR_STOPF_Msk);
    assert_int_equal(rd(S_P, PWR_S + PWR_VOSR_OFS) & PWR_VOSR_VOS_Msk, 0);
    wr(S_P, PWR_S + PWR_SR_OFS, PWR_SR_CSSF_Msk);
    assert_int_equal(rd(S_P, PWR_S + PWR_SR_OFS), 0);
}

static void a_pin_wakes_from_stop2_not_from_stop3(void **state)
{
    (void)state;
    wr(S_P, EXTI_S + EXTI_RTSR1_OFS, 1);
    wr(S_P, EXTI_S + EXTI_IMR1_OFS, 1);
    soc_pin_drive(bench.soc, 0, 0, false);
    sleep_deeply(STOP2);
    soc_pin_drive(bench.soc, 0, 0, true);
    assert_true(fake.irq[IRQ_EXTI0]);
    wake();
    wr(S_P, EXTI_S + EXTI_RPR1_OFS, 1);
    soc_pin_drive(bench.soc, 0, 0, false);
    sleep_deeply(STOP3);
    soc_pin_drive(bench.soc, 0, 0, true);
    assert_false(fake.irq[IRQ_EXTI0]);
    wake();
    assert_int_equal(rd(S_P, EXTI_S + EXTI_RPR1_OFS), 0);
}

static void the_rtc_ends_stop3_through_a_wakeup_line(void **state)
{
    (void)state;
    start_rtc();
    sleep_deeply(STOP3);
    run_us(3000000);
    assert_false(fake.irq[IRQ_RTC]); /* no line: it sleeps on */
    assert_non_null(strstr(bench.log, "WUSEL = 3"));
    wake();
    assert_true(fake.irq[IRQ_RTC]);
    wr(S_P, RTC_S + RTC_SCR_OFS, RTC_SCR_CWUTF_Msk);
    wr(S_P, WUCR3, 3u << 12);
    wr(S_P, WUCR1, 1u << 6);
    sleep_deeply(STOP3);
    assert_false(fake.irq[IRQ_PWR_S3WU]);
    run_us(3000000);
    assert_true(fake.irq[IRQ_RTC]);
    assert_true(fake.irq[IRQ_PWR_S3WU]); /* erratum 2.2.14 */
    wake();
    assert_int_equal(rd(S_P, PWR_S + PWR_WUSR_OFS), 1u << 6);
    wr(S_P, RTC_S + RTC_SCR_OFS, RTC_SCR_CWUTF_Msk);
    assert_int_equal(rd(S_P, PWR_S + PWR_WUSR_OFS), 0); /* follows its source */
    assert_false(fake.irq[IRQ_PWR_S3WU]);
}

/* Table 105: a flag that was left set ends Stop 3 at once. */
static void stop3_with_a_flag_set_is_left_at_once(void **state)
{
    (void)state;
    soc_pin_drive(bench.soc, 0, 0, false);
    wr(S_P, WUCR1, 1);
    soc_pin_drive(bench.soc, 0, 0, true);
    assert_int_equal(rd(S_P, PWR_S + PWR_WUSR_OFS), 1);
    assert_false(fake.irq[IRQ_PWR_S3WU]);
    sleep_deeply(STOP3);
    assert_true(fake.irq[IRQ_PWR_S3WU]);
}

static void sram2_needs_retention_in_stop3(void **state)
{
    (void)state;
    wr(S_P, SRAM1_S, 1);
    wr(S_P, SRAM2_S, 2);
    wr(S_P, SRAM2_S + 0x2000, 3);
    wr(S_P, CR1, PWR_CR1_RRSB1_Msk);
    sleep_deeply(STOP2);
    wake();
    assert_int_equal(rd(S_P, SRAM2_S + 0x2000), 3);
    sleep_deeply(STOP3);
    wake();
    assert_int_equal(rd(S_P, SRAM1_S), 1);
    assert_int_equal(rd(S_P, SRAM2_S), 2);
    assert_int_not_equal(rd(S_P, SRAM2_S + 0x2000), 3);
    wr(S_P, PWR_S + PWR_CR2_OFS, PWR_CR2_SRAM1PDS1_Msk);
    sleep_deeply(STOP0);
    wake();
    assert_int_not_equal(rd(S_P, SRAM1_S), 1);
}

static void standby_keeps_what_it_should(void **state)
{
    (void)state;
    start_rtc();
    wr(S_P, TAMP_S + TAMP_BKP0R_OFS, 0xBEEF);
    wr(S_P, SRAM1_S, 1);
    wr(S_P, SRAM2_S, 2);
    wr(S_P, CR1, PWR_CR1_RRSB1_Msk);
    wr(S_P, PWR_S + PWR_PUCRA_OFS, 0x10);
    wr(S_P, WUCR3, 3u << 12);
    wr(S_P, WUCR1, 1u << 6);
    sleep_deeply(STANDBY);
    assert_true(soc_off(bench.soc));
    run_us(3000000);
    assert_int_equal(fake.resets, 2);
    wake();
    enable_clocks();
    assert_true(rd(S_P, PWR_S + PWR_SR_OFS) & PWR_SR_SBF_Msk);
    assert_int_equal(rd(S_P, CR1), PWR_CR1_RRSB1_Msk | STANDBY);
    assert_int_equal(rd(S_P, WUCR1), 1u << 6);
    assert_int_equal(rd(S_P, WUCR3), 3u << 12);
    assert_int_equal(rd(S_P, PWR_S + PWR_PUCRA_OFS), 0x10);
    assert_int_equal(rd(S_P, PWR_S + PWR_DBPR_OFS), 0);
    assert_int_equal(rd(S_P, TAMP_S + TAMP_BKP0R_OFS), 0xBEEF);
    assert_int_equal(rd(S_P, SRAM2_S), 2);
    assert_int_not_equal(rd(S_P, SRAM1_S), 1);
    assert_false(rd(S_P, RCC_S + RCC_CSR_OFS) & (RCC_CSR_SFTRSTF_Msk | RCC_CSR_LPWRRSTF_Msk));
    soc_reset_pin(bench.soc); /* SBF stays over a system reset */
    soc_service(bench.soc);
    enable_clocks();
    assert_true(rd(S_P, PWR_S + PWR_SR_OFS) & PWR_SR_SBF_Msk);
}

static void shutdown_comes_back_like_power_on(void **state)
{
    (void)state;
    start_rtc();
    wr(S_P, TAMP_S + TAMP_BKP0R_OFS, 0xBEEF);
    wr(S_P, SRAM2_S, 2);
    wr(S_P, CR1, PWR_CR1_RRSB1_Msk);
    wr(S_P, WUCR3, 3u << 12);
    wr(S_P, WUCR1, 1u << 6);
    sleep_deeply(SHUTDOWN);
    run_us(3000000);
    assert_int_equal(bench.reset_cause, RCC_CSR_BORRSTF_Msk | RCC_CSR_PINRSTF_Msk);
    wake();
    enable_clocks();
    assert_false(rd(S_P, PWR_S + PWR_SR_OFS) & PWR_SR_SBF_Msk);
    assert_int_equal(rd(S_P, WUCR1), 0);
    assert_int_equal(rd(S_P, TAMP_S + TAMP_BKP0R_OFS), 0xBEEF);
    assert_int_not_equal(rd(S_P, SRAM2_S), 2);
}

/* With BREN a request for Shutdown becomes Standby; nRST_STDBY = 0 makes it a reset. */
static void shutdown_with_bren_is_standby(void **state)
{
    (void)state;
    wr(S_P, PWR_S + PWR_DBPR_OFS, 1);
    set_bits(RCC_S + RCC_AHB1ENR_OFS, RCC_AHB1ENR_BKPSRAMEN_Msk);
    wr(S_P, BKPSRAM_S, 0x77);
    wr(S_P, PWR_S + PWR_BDCR1_OFS, PWR_BDCR1_BREN_Msk);
    soc_pin_drive(bench.soc, 0, 0, false);
    wr(S_P, WUCR1, 1);
    sleep_deeply(SHUTDOWN);
    soc_pin_drive(bench.soc, 0, 0, true);
    soc_service(bench.soc);
    wake();
    enable_clocks();
    assert_true(rd(S_P, PWR_S + PWR_SR_OFS) & PWR_SR_SBF_Msk);
    set_bits(RCC_S + RCC_AHB1ENR_OFS, RCC_AHB1ENR_BKPSRAMEN_Msk);
    assert_int_equal(rd(S_P, BKPSRAM_S), 0x77);
}

static void a_forbidden_mode_resets(void **state)
{
    (void)state;
    bench.options.optr &= ~FLASH_OPTR_nRST_STDBY_Msk;
    soc_power_on(bench.soc);
    enable_clocks();
    sleep_deeply(STANDBY);
    assert_true(bench.reset_cause & RCC_CSR_LPWRRSTF_Msk);
    assert_false(soc_off(bench.soc));
}

static void outputs_float_but_for_the_pulls_of_pwr(void **state)
{
    (void)state;
    wr(S_P, GPIOA_S + GPIO_MODER_OFS,
       (rd(S_P, GPIOA_S + GPIO_MODER_OFS) & ~(15u << 8)) | 5u << 8); /* PA4, PA5: outputs */
    wr(S_P, GPIOA_S + GPIO_ODR_OFS, 3u << 4);
    assert_true(soc_pin_level(bench.soc, 0, 4) && soc_pin_level(bench.soc, 0, 5));
    wr(S_P, PWR_S + PWR_PUCRA_OFS, 1u << 4);
    wr(S_P, PWR_S + PWR_APCR_OFS, PWR_APCR_APC_Msk);
    sleep_deeply(STOP1);
    assert_true(soc_pin_level(bench.soc, 0, 4) && soc_pin_level(bench.soc, 0, 5));
    wake();
    sleep_deeply(STOP3);
    assert_true(soc_pin_level(bench.soc, 0, 4));
    assert_false(soc_pin_level(bench.soc, 0, 5));
    wake();
    assert_true(soc_pin_level(bench.soc, 0, 4) && soc_pin_level(bench.soc, 0, 5));
}

static void lpuart_receives_in_stop2_as_an_autonomous_block(void **state)
{
    (void)state;
    route_all();
    wr(S_P, PWR_S + PWR_DBPR_OFS, 1);
    wr(S_P, RCC_S + RCC_BDCR_OFS, RCC_BDCR_LSEON_Msk | RCC_BDCR_LSESYSEN_Msk);
    run_us(500000);
    set_bits(RCC_S + RCC_CCIPR3_OFS, 3u);    /* LPUART1 on LSE */
    wr(S_P, LPUART1_S + USART_BRR_OFS, 874); /* 9600 */
    wr(S_P, LPUART1_S + USART_CR1_OFS,
       USART_CR1_UE_Msk | USART_CR1_RE_Msk | USART_CR1_RXNEIE_Msk | USART_CR1_UESM_Msk);
    sleep_deeply(STOP2);
    assert_false(soc_uart_receive(bench.soc, SOC_LPUART1, 'a')); /* not autonomous */
    wake();
    set_bits(RCC_S + RCC_SRDAMR_OFS, RCC_SRDAMR_LPUART1AMEN_Msk);
    sleep_deeply(STOP2);
    assert_true(soc_uart_receive(bench.soc, SOC_LPUART1, 'b'));
    assert_true(fake.irq[IRQ_LPUART1]);
    wake();
    sleep_deeply(STOP3);
    assert_false(soc_uart_receive(bench.soc, SOC_LPUART1, 'c'));
}

static void watchdogs_in_stop(void **state)
{
    (void)state;
    wr(S_P, IWDG_S + IWDG_KR_OFS, 0xCCCC); /* about 512 ms */
    sleep_deeply(STOP1);
    run_us(600000);
    assert_true(bench.reset_cause & RCC_CSR_IWDGRSTF_Msk); /* IWDG_STOP = 1: runs on */
    wake();
    bench.options.optr &= ~FLASH_OPTR_IWDG_STOP_Msk;
    soc_power_on(bench.soc);
    enable_clocks();
    wr(S_P, IWDG_S + IWDG_KR_OFS, 0xCCCC);
    wr(S_P, WWDG_S + WWDG_CR_OFS, 0xFF);
    run_us(40000);
    bench.reset_cause = 0;
    sleep_deeply(STOP1);
    run_us(5000000);
    wake();
    assert_int_equal(bench.reset_cause, 0);
    assert_in_range(rd(S_P, WWDG_S + WWDG_CR_OFS) & 0x7Fu, 0x57, 0x59); /* 39 of 1.024 ms */
    run_us(60000);                                                      /* WWDG first */
    assert_true(bench.reset_cause & RCC_CSR_WWDGRSTF_Msk);
}

static void iwdg_counts_the_rest_after_stop(void **state)
{
    (void)state;
    bench.options.optr &= ~FLASH_OPTR_IWDG_STOP_Msk;
    soc_power_on(bench.soc);
    enable_clocks();
    wr(S_P, IWDG_S + IWDG_KR_OFS, 0xCCCC);
    run_us(400000);
    bench.reset_cause = 0;
    sleep_deeply(STOP1);
    run_us(5000000);
    wake();
    run_us(100000);
    assert_int_equal(bench.reset_cause, 0);
    run_us(20000);
    assert_true(bench.reset_cause & RCC_CSR_IWDGRSTF_Msk);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(clocks_stand_in_stop_and_come_back_in_range_4),
        T(a_pin_wakes_from_stop2_not_from_stop3),
        T(the_rtc_ends_stop3_through_a_wakeup_line),
        T(stop3_with_a_flag_set_is_left_at_once),
        T(sram2_needs_retention_in_stop3),
        T(standby_keeps_what_it_should),
        T(shutdown_comes_back_like_power_on),
        T(shutdown_with_bren_is_standby),
        T(a_forbidden_mode_resets),
        T(outputs_float_but_for_the_pulls_of_pwr),
        T(lpuart_receives_in_stop2_as_an_autonomous_block),
        T(watchdogs_in_stop),
        T(iwdg_counts_the_rest_after_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
