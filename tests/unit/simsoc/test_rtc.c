/* RTC beyond the plain calendar: alarms, binary counter, time stamp, calibration, shift, outputs,
 * security (facts E.4; RM0456 63.3). LSE is 32768 Hz, the prescalers stand at 128 and 256. */
#include "harness.h"

#include "soc/inject.h"

#define R(name) (RTC_S + RTC_##name##_OFS)

static void init(uint32_t tr, uint32_t dr, uint32_t icsr)
{
    wr(S_P, R(ICSR), RTC_ICSR_INIT_Msk);
    wr(S_P, R(ICSR), RTC_ICSR_INIT_Msk | icsr);
    wr(S_P, R(TR), tr);
    wr(S_P, R(DR), dr);
    wr(S_P, R(ICSR), icsr);
}

static int start(void **state)
{
    (void)state;
    bench_start(true);
    enable_clocks();
    wr(S_P, PWR_S + PWR_DBPR_OFS, 1);
    wr(S_P, RCC_S + RCC_BDCR_OFS, RCC_BDCR_LSEON_Msk);
    run_us(500000);
    set_bits(RCC_S + RCC_BDCR_OFS, RCC_BDCR_RTCEN_Msk | 1u << RCC_BDCR_RTCSEL_Pos);
    wr(S_P, R(WPR), 0xCA);
    wr(S_P, R(WPR), 0x53);
    wr(S_P, R(CR), RTC_CR_BYPSHAD_Msk);
    return 0;
}

static void alarm_at_a_time_of_day(void **state)
{
    (void)state;
    init(0x075958, 0x240105u | 5u << 13, 0);
    wr(S_P, R(ALRMAR), RTC_ALRMAR_MSK4_Msk | 0x080000u); /* 8:00:00 on any day */
    wr(S_P, R(CR), RTC_CR_BYPSHAD_Msk | RTC_CR_ALRAE_Msk | RTC_CR_ALRAIE_Msk);
    run_us(1990000);
    assert_false(rd(S_P, R(SR)) & RTC_SR_ALRAF_Msk);
    assert_false(fake.irq[IRQ_RTC]);
    run_us(20000);
    assert_int_equal(rd(S_P, R(SR)), RTC_SR_ALRAF_Msk);
    assert_int_equal(rd(S_P, R(MISR)), RTC_SR_ALRAF_Msk);
    assert_true(fake.irq[IRQ_RTC]);
    assert_int_equal(rd(S_P, R(TR)), 0x080000u);
    wr(S_P, R(SCR), RTC_SCR_CALRAF_Msk);
    assert_false(fake.irq[IRQ_RTC]);
}

static void alarm_b_by_weekday_and_subsecond(void **state)
{
    (void)state;
    init(0x120000, 0x240105u | 5u << 13, 0);
    /* Every second at SSR = 63: three quarters of it. */
    wr(S_P, R(ALRMBR),
       RTC_ALRMAR_MSK1_Msk | RTC_ALRMAR_MSK2_Msk | RTC_ALRMAR_MSK3_Msk | RTC_ALRMAR_WDSEL_Msk |
           5u << 24);
    wr(S_P, R(ALRMBSSR), 15u << RTC_ALRMASSR_MASKSS_Pos | 63u);
    wr(S_P, R(CR), RTC_CR_BYPSHAD_Msk | RTC_CR_ALRBE_Msk);
    run_us(740000);
    assert_int_equal(rd(S_P, R(SR)), 0);
    run_us(20000);
    assert_int_equal(rd(S_P, R(SR)), RTC_SR_ALRBF_Msk);
    assert_int_equal(rd(S_P, R(MISR)), 0); /* no enable */
    /* The day after is not a Friday. */
    wr(S_P, R(SCR), RTC_SCR_CALRBF_Msk);
    init(0x120000, 0x240106u | 6u << 13, 0);
    run_us(2000000);
    assert_int_equal(rd(S_P, R(SR)), 0);
}

/* RM0456 63.3.5: with BIN = 1 SSR counts down from 0xFFFFFFFF. */
static void binary_counter_and_its_alarm(void **state)
{
    (void)state;
    init(0, 0, 1u << RTC_ICSR_BIN_Pos);
    run_us(1000000);
    assert_in_range(0xFFFFFFFFu - rd(S_P, R(SSR)), 255, 257);
    wr(S_P, R(ALRMASSR), 32u << RTC_ALRMASSR_MASKSS_Pos);
    wr(S_P, R(ALRABINR), 0xFFFFFFFFu - 512u);
    wr(S_P, R(CR), RTC_CR_BYPSHAD_Msk | RTC_CR_ALRAE_Msk);
    run_us(990000);
    assert_int_equal(rd(S_P, R(SR)), 0);
    run_us(20000);
    assert_int_equal(rd(S_P, R(SR)), RTC_SR_ALRAF_Msk);
}

static void time_stamp_keeps_the_first_event(void **state)
{
    (void)state;
    init(0x101500, 0x240105u | 5u << 13, 0);
    soc_pin_drive(bench.soc, 2, 13, false);
    wr(S_P, R(CR), RTC_CR_BYPSHAD_Msk | RTC_CR_TSE_Msk | RTC_CR_TSIE_Msk);
    run_us(3500000);
    soc_pin_drive(bench.soc, 2, 13, true);
    assert_int_equal(rd(S_P, R(SR)), RTC_SR_TSF_Msk);
    assert_true(fake.irq[IRQ_RTC]);
    assert_int_equal(rd(S_P, R(TSTR)), 0x101503u);
    assert_int_equal(rd(S_P, R(TSDR)), 0x0105u | 5u << 13);
    assert_in_range(rd(S_P, R(TSSSR)), 126, 129);
    run_us(2000000);
    soc_pin_drive(bench.soc, 2, 13, false);
    soc_pin_drive(bench.soc, 2, 13, true);
    assert_int_equal(rd(S_P, R(SR)), RTC_SR_TSF_Msk | RTC_SR_TSOVF_Msk);
    assert_int_equal(rd(S_P, R(TSTR)), 0x101503u);
    wr(S_P, R(SCR), RTC_SCR_CTSF_Msk | RTC_SCR_CTSOVF_Msk);
    assert_int_equal(rd(S_P, R(TSTR)), 0);
}

/* RM0456 63.3.14: CALP adds 512 pulses in 32 s (488.5 ppm), CALM masks up to 511 (487.1 ppm). */
static void smooth_calibration(void **state)
{
    (void)state;
    wr(S_P, R(CALR), RTC_CALR_CALP_Msk);
    init(0, 0x240101u | 1u << 13, 0);
    run_us(UINT64_C(4000) * 1000000); /* 4000 s become 4001.95 */
    assert_int_equal(rd(S_P, R(TR)), 0x010641u);
    wr(S_P, R(CALR), 511);
    assert_true(rd(S_P, R(ICSR)) & RTC_ICSR_RECALPF_Msk);
    run_us(20000);
    assert_false(rd(S_P, R(ICSR)) & RTC_ICSR_RECALPF_Msk);
    init(0, 0x240101u | 1u << 13, 0);
    run_us(UINT64_C(4000) * 1000000); /* and 3998.05 */
    assert_int_equal(rd(S_P, R(TR)), 0x010638u);
}

/* RM0456 63.3.12: SUBFS delays, ADD1S together with it advances. */
static void shift_moves_the_fraction_of_a_second(void **state)
{
    (void)state;
    init(0x000000, 0x240101u | 1u << 13, 0);
    run_us(100000);
    wr(S_P, R(SHIFTR), RTC_SHIFTR_ADD1S_Msk | 128u); /* half a second ahead: 0.6 s */
    run_us(20000);
    assert_false(rd(S_P, R(ICSR)) & RTC_ICSR_SHPF_Msk);
    /* While SSR is above PREDIV_S the time is one second less than TR says. */
    assert_int_equal(rd(S_P, R(TR)), 1);
    assert_in_range(rd(S_P, R(SSR)), 256, 355);
    run_us(370000);
    assert_in_range(rd(S_P, R(SSR)), 256, 260);
    run_us(20000);
    assert_int_equal(rd(S_P, R(TR)), 1);
    assert_in_range(rd(S_P, R(SSR)), 250, 255);
    run_us(980000);
    assert_int_equal(rd(S_P, R(TR)), 1);
    run_us(30000);
    assert_int_equal(rd(S_P, R(TR)), 2);
}

static void twelve_hours(void **state)
{
    (void)state;
    wr(S_P, R(CR), RTC_CR_BYPSHAD_Msk | RTC_CR_FMT_Msk);
    init(RTC_TR_PM_Msk | 0x115959u, 0x240131u | 3u << 13, 0);
    run_us(1010000);
    assert_int_equal(rd(S_P, R(TR)), 0x120000u); /* midnight is 12 AM */
    assert_int_equal(rd(S_P, R(DR)), 0x240201u | 4u << 13);
    wr(S_P, R(CR), RTC_CR_BYPSHAD_Msk | RTC_CR_FMT_Msk | RTC_CR_ADD1H_Msk);
    assert_int_equal(rd(S_P, R(TR)), 0x010000u);
}

static void wakeup_flag_clears_itself_with_WUTOCLR(void **state)
{
    (void)state;
    wr(S_P, R(WUTR), 2047u | 1023u << RTC_WUTR_WUTOCLR_Pos); /* RTCCLK / 16: 1 s */
    wr(S_P, R(CR), RTC_CR_BYPSHAD_Msk | RTC_CR_WUTE_Msk | RTC_CR_WUTIE_Msk);
    run_us(1010000);
    assert_true(rd(S_P, R(SR)) & RTC_SR_WUTF_Msk);
    run_us(600000);
    assert_false(rd(S_P, R(SR)) & RTC_SR_WUTF_Msk);
    assert_false(fake.irq[IRQ_RTC]);
}

static void outputs_show_alarm_and_calibration_clock(void **state)
{
    unsigned edges = 0;

    (void)state;
    init(0x075959, 0x240105u | 5u << 13, 0);
    wr(S_P, R(CR), RTC_CR_BYPSHAD_Msk | RTC_CR_COE_Msk | RTC_CR_COSEL_Msk); /* 1 Hz */
    for (unsigned i = 0; i < 80; i++) {
        bool before = soc_rtc_output(bench.soc, 1);

        run_us(50000);
        edges += before != soc_rtc_output(bench.soc, 1);
    }
    assert_int_equal(edges, 8);
    run_us(300000);
    wr(S_P, R(ALRMAR),
       RTC_ALRMAR_MSK4_Msk | RTC_ALRMAR_MSK3_Msk | RTC_ALRMAR_MSK2_Msk | RTC_ALRMAR_MSK1_Msk);
    wr(S_P, R(CR), RTC_CR_BYPSHAD_Msk | RTC_CR_ALRAE_Msk | 1u << RTC_CR_OSEL_Pos);
    assert_false(soc_rtc_output(bench.soc, 1));
    run_us(1000000);
    assert_true(soc_rtc_output(bench.soc, 1));
}

static void functions_can_be_secure_one_by_one(void **state)
{
    (void)state;
    init(0x075959, 0x240105u | 5u << 13, 0);
    wr(S_P, R(SECCFGR), RTC_SECCFGR_ALRASEC_Msk);
    wr(NS_P, RTC_NS + RTC_ALRMAR_OFS, 0x11111111u);
    assert_int_equal(rd(S_P, R(ALRMAR)), 0);
    wr(NS_P, RTC_NS + RTC_ALRMBR_OFS, RTC_ALRMAR_MSK4_Msk);
    assert_int_equal(rd(S_P, R(ALRMBR)), RTC_ALRMAR_MSK4_Msk);
    wr(S_P, R(ALRMAR),
       RTC_ALRMAR_MSK4_Msk | RTC_ALRMAR_MSK3_Msk | RTC_ALRMAR_MSK2_Msk | RTC_ALRMAR_MSK1_Msk);
    wr(S_P, R(CR), RTC_CR_BYPSHAD_Msk | RTC_CR_ALRAE_Msk | RTC_CR_ALRAIE_Msk);
    run_us(1500000);
    assert_true(fake.irq[IRQ_RTC_S]);
    assert_false(fake.irq[IRQ_RTC]);
    assert_int_equal(rd(S_P, R(SMISR)), RTC_SR_ALRAF_Msk);
    assert_int_equal(rd(NS_P, RTC_NS + RTC_SR_OFS), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(alarm_at_a_time_of_day),
        T(alarm_b_by_weekday_and_subsecond),
        T(binary_counter_and_its_alarm),
        T(time_stamp_keeps_the_first_event),
        T(smooth_calibration),
        T(shift_moves_the_fraction_of_a_second),
        T(twelve_hours),
        T(wakeup_flag_clears_itself_with_WUTOCLR),
        T(outputs_show_alarm_and_calibration_clock),
        T(functions_can_be_secure_one_by_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
