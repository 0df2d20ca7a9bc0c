/* TAMP backup registers and RTC (facts E.4, E.5, C.5). */
#include "harness.h"

#define BKP_S(n)  (TAMP_S + TAMP_BKP0R_OFS + 4u * (n))
#define BKP_NS(n) (TAMP_NS + TAMP_BKP0R_OFS + 4u * (n))

static void start(void)
{
    enable_clocks();
    wr(S_P, PWR_S + PWR_DBPR_OFS, 1);
}

static void backup_registers_need_dbp_and_survive_reset(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, BKP_S(3), 1);
    assert_int_equal(rd(S_P, BKP_S(3)), 0);
    start();
    wr(S_P, BKP_S(3), 0xABCD1234u);
    soc_reset_pin(bench.soc);
    soc_service(bench.soc);
    enable_clocks();
    assert_int_equal(rd(S_P, BKP_S(3)), 0xABCD1234u);
    assert_int_equal(soc_backup_register(bench.soc, 3), 0xABCD1234u);
}

static void three_zones_E5(void **state)
{
    (void)state;
    start();
    for (unsigned i = 0; i < 32; i++) {
        wr(NS_P, BKP_NS(i), i + 1); /* everything open after reset */
    }
    wr(S_P, TAMP_S + TAMP_SECCFGR_OFS, 20u << TAMP_SECCFGR_BKPWSEC_Pos | 10u);
    assert_int_equal(rd(NS_P, BKP_NS(9)), 0);
    assert_int_equal(rd(S_P, BKP_S(9)), 10);
    assert_int_equal(rd(S_P, GTZC_TZIC2_S + GTZC_TZIC_SR2_OFS), 1u << 2);
    assert_int_equal(rd(NS_P, BKP_NS(10)), 11);
    wr(NS_P, BKP_NS(10), 99);
    assert_int_equal(rd(NS_P, BKP_NS(10)), 11);
    wr(NS_P, BKP_NS(19), 99);
    assert_int_equal(rd(NS_P, BKP_NS(19)), 20);
    wr(NS_P, BKP_NS(20), 99);
    assert_int_equal(rd(NS_P, BKP_NS(20)), 99);
    wr(NS_P, TAMP_NS + TAMP_SECCFGR_OFS, 0);
    assert_int_equal(rd(NS_P, BKP_NS(9)), 0);
    /* A secure TAMP function makes BDRST secure (C.7). */
    wr(NS_P, RCC_NS + RCC_BDCR_OFS, RCC_BDCR_BDRST_Msk);
    assert_int_equal(rd(S_P, BKP_S(9)), 10);
}

static void monotonic_counter_E5(void **state)
{
    (void)state;
    start();
    wr(S_P, TAMP_S + TAMP_COUNTR_OFS, 0);
    wr(S_P, TAMP_S + TAMP_COUNTR_OFS, 0xFFFFFFFFu);
    assert_int_equal(rd(S_P, TAMP_S + TAMP_COUNTR_OFS), 2);
}

static void bdrst_clears_the_domain_C5(void **state)
{
    (void)state;
    start();
    wr(S_P, BKP_S(0), 5);
    wr(S_P, RCC_S + RCC_BDCR_OFS, RCC_BDCR_BDRST_Msk);
    wr(S_P, RCC_S + RCC_BDCR_OFS, 0);
    assert_int_equal(rd(S_P, BKP_S(0)), 0);
}

static void unlock_rtc(void)
{
    wr(S_P, RTC_S + RTC_WPR_OFS, 0xCA);
    wr(S_P, RTC_S + RTC_WPR_OFS, 0x53);
}

static void start_rtc(void)
{
    start();
    wr(S_P, RCC_S + RCC_BDCR_OFS, RCC_BDCR_LSEON_Msk);
    run_us(300000);
    assert_true(rd(S_P, RCC_S + RCC_BDCR_OFS) & RCC_BDCR_LSERDY_Msk);
    set_bits(RCC_S + RCC_BDCR_OFS, RCC_BDCR_RTCEN_Msk | 1u << RCC_BDCR_RTCSEL_Pos);
}

static void calendar_E4(void **state)
{
    (void)state;
    start_rtc();
    assert_int_equal(rd(S_P, RTC_S + RTC_PRER_OFS), 0x007F00FFu);
    wr(S_P, RTC_S + RTC_ICSR_OFS, RTC_ICSR_INIT_Msk); /* write protected */
    assert_false(rd(S_P, RTC_S + RTC_ICSR_OFS) & RTC_ICSR_INITF_Msk);
    unlock_rtc();
    wr(S_P, RTC_S + RTC_ICSR_OFS, RTC_ICSR_INIT_Msk);
    assert_true(rd(S_P, RTC_S + RTC_ICSR_OFS) & RTC_ICSR_INITF_Msk);
    wr(S_P, RTC_S + RTC_TR_OFS, 0x235958u);
    wr(S_P, RTC_S + RTC_DR_OFS, 0x240228u | 3u << 13); /* Wednesday 2024-02-28 */
    wr(S_P, RTC_S + RTC_ICSR_OFS, 0);
    run_us(1500000);
    assert_int_equal(rd(S_P, RTC_S + RTC_TR_OFS), 0x235959u);
    assert_in_range(rd(S_P, RTC_S + RTC_SSR_OFS), 120, 135); /* half a second, counting down */
    run_us(1000000);
    assert_int_equal(rd(S_P, RTC_S + RTC_TR_OFS), 0x235959u); /* locked until DR is read */
    assert_int_equal(rd(S_P, RTC_S + RTC_DR_OFS), 0x240228u | 3u << 13);
    assert_int_equal(rd(S_P, RTC_S + RTC_TR_OFS), 0x000000u);
    assert_int_equal(rd(S_P, RTC_S + RTC_DR_OFS), 0x240229u | 4u << 13); /* leap day */
    assert_true(rd(S_P, RTC_S + RTC_ICSR_OFS) & RTC_ICSR_INITS_Msk);
}

static void wakeup_timer_interrupt_E4(void **state)
{
    (void)state;
    start_rtc();
    unlock_rtc();
    wr(S_P, RTC_S + RTC_WUTR_OFS, 0); /* ck_spre: 1 s */
    wr(S_P, RTC_S + RTC_CR_OFS, 4u | RTC_CR_WUTE_Msk | RTC_CR_WUTIE_Msk);
    run_us(999000);
    assert_false(fake.irq[IRQ_RTC]);
    run_us(2000);
    assert_true(fake.irq[IRQ_RTC]);
    wr(S_P, RTC_S + RTC_SCR_OFS, RTC_SCR_CWUTF_Msk);
    assert_false(fake.irq[IRQ_RTC]);
    /* A secure wake-up timer interrupts on the secure line. */
    wr(S_P, RTC_S + RTC_SECCFGR_OFS, RTC_SECCFGR_WUTSEC_Msk);
    run_us(1000000);
    assert_true(fake.irq[IRQ_RTC_S]);
    assert_false(fake.irq[IRQ_RTC]);
}

static void standby_wakes_by_the_rtc_through_reset_C6(void **state)
{
    (void)state;
    start_rtc();
    unlock_rtc();
    wr(S_P, RTC_S + RTC_WUTR_OFS, 1);
    wr(S_P, RTC_S + RTC_CR_OFS, 4u | RTC_CR_WUTE_Msk | RTC_CR_WUTIE_Msk);
    wr(S_P, BKP_S(1), 0x77u);
    wr(S_P, PWR_S + PWR_WUCR3_OFS, 3u << 12); /* line 7 follows the RTC */
    wr(S_P, PWR_S + PWR_WUCR1_OFS, 1u << 6);
    wr(S_P, PWR_S + PWR_CR1_OFS, 4); /* LPMS: Standby */
    fake.sleeping = fake.deep = true;
    soc_service(bench.soc);
    assert_true(soc_off(bench.soc));
    run_us(1900000);
    assert_int_equal(fake.resets, 1);
    run_us(200000);
    assert_int_equal(fake.resets, 2);
    assert_false(soc_off(bench.soc));
    enable_clocks();
    assert_int_equal(rd(S_P, PWR_S + PWR_SR_OFS), PWR_SR_SBF_Msk);
    assert_int_equal(rd(S_P, BKP_S(1)), 0x77u);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(backup_registers_need_dbp_and_survive_reset),
        T(three_zones_E5),
        T(monotonic_counter_E5),
        T(bdrst_clears_the_domain_C5),
        T(calendar_E4),
        T(wakeup_timer_interrupt_E4),
        T(standby_wakes_by_the_rtc_through_reset_C6),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
