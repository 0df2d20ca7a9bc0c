/* Timers at their pins and among each other (RM0456 chapters 54 to 57): counting modes, PWM,
 * captures, encoder, slave modes, break, dead time. The timer clock is 4 MHz after reset. */
#include "harness.h"

#define R1(name) (TIM1_S + TIM_##name##_OFS)
#define R2(name) (TIM2_S + TIM_##name##_OFS)
#define R3(name) (TIM3_S + TIM_##name##_OFS)
#define PWM1     (6u << 4)
#define PWM2     (7u << 4)

enum { A, B, C, D, E };

static int start(void **state)
{
    (void)state;
    bench_start(true);
    enable_clocks();
    return 0;
}

/* Share of high in thousandths, looked at every microsecond. */
static unsigned high_share(unsigned port, unsigned pin, unsigned us)
{
    unsigned high = 0;

    for (unsigned i = 0; i < us; i++) {
        run_us(1);
        high += soc_pin_level(bench.soc, port, pin);
    }
    return high * 1000 / us;
}

static void pwm_on_a_pin(void **state)
{
    unsigned changes;

    (void)state;
    route("PA5", 1); /* TIM2_CH1 */
    wr(S_P, R2(PSC), 3);
    wr(S_P, R2(ARR), 99);
    wr(S_P, R2(CCR1), 25);
    wr(S_P, R2(CCMR1), PWM1);
    wr(S_P, R2(EGR), 1);
    wr(S_P, R2(CCER), TIM_CCER_CC1E_Msk);
    assert_true(soc_pin_level(bench.soc, A, 5));
    wr(S_P, R2(CR1), 1);
    run_us(24);
    assert_true(soc_pin_level(bench.soc, A, 5));
    run_us(2);
    assert_false(soc_pin_level(bench.soc, A, 5));
    assert_in_range(high_share(A, 5, 1000), 240, 260);
    changes = bench.pin_changes;
    run_us(10000);
    assert_int_equal(bench.pin_changes - changes, 200);       /* two edges in each 100 us */
    wr(S_P, R2(CCER), TIM_CCER_CC1E_Msk | TIM_CCER_CC1P_Msk); /* active low */
    assert_in_range(high_share(A, 5, 1000), 740, 760);
    wr(S_P, R2(CCR1), 0);
    wr(S_P, R2(CCER), TIM_CCER_CC1E_Msk);
    run_us(100);
    assert_int_equal(high_share(A, 5, 200), 0);
}

static void preloaded_compare_value_waits_for_the_update(void **state)
{
    (void)state;
    wr(S_P, R2(PSC), 3);
    wr(S_P, R2(ARR), 99);
    wr(S_P, R2(CCR1), 10);
    wr(S_P, R2(CCMR1), PWM1 | TIM_CCMR1_OC1PE_Msk);
    wr(S_P, R2(EGR), 1);
    route("PA5", 1);
    wr(S_P, R2(CCER), TIM_CCER_CC1E_Msk);
    wr(S_P, R2(CR1), 1);
    run_us(5);
    wr(S_P, R2(CCR1), 80);
    run_us(45);
    assert_false(soc_pin_level(bench.soc, A, 5)); /* still 10 */
    run_us(100);
    assert_true(soc_pin_level(bench.soc, A, 5));
}

static void down_and_centre_aligned_counting(void **state)
{
    (void)state;
    wr(S_P, R3(PSC), 3);
    wr(S_P, R3(ARR), 99);
    wr(S_P, R3(CR1), TIM_CR1_DIR_Msk);
    wr(S_P, R3(EGR), 1);
    wr(S_P, R3(SR), 0);
    assert_int_equal(rd(S_P, R3(CNT)), 99);
    wr(S_P, R3(CR1), TIM_CR1_DIR_Msk | 1);
    run_us(99);
    assert_int_equal(rd(S_P, R3(CNT)), 0);
    assert_false(rd(S_P, R3(SR)) & 1);
    run_us(1);
    assert_int_equal(rd(S_P, R3(CNT)), 99);
    assert_true(rd(S_P, R3(SR)) & 1);
    /* Centre-aligned mode 3: update at both ends, DIR by hardware. */
    wr(S_P, R3(CR1), 0);
    wr(S_P, R3(CR1), 3u << TIM_CR1_CMS_Pos);
    wr(S_P, R3(EGR), 1);
    wr(S_P, R3(SR), 0);
    wr(S_P, R3(CR1), 3u << TIM_CR1_CMS_Pos | 1);
    run_us(99);
    assert_int_equal(rd(S_P, R3(CNT)), 99);
    assert_true(rd(S_P, R3(SR)) & 1);
    assert_true(rd(S_P, R3(CR1)) & TIM_CR1_DIR_Msk);
    wr(S_P, R3(SR), 0);
    run_us(49);
    assert_int_equal(rd(S_P, R3(CNT)), 50);
    run_us(50);
    assert_int_equal(rd(S_P, R3(CNT)), 0);
    assert_true(rd(S_P, R3(SR)) & 1);
    assert_false(rd(S_P, R3(CR1)) & TIM_CR1_DIR_Msk);
}

static void toggle_and_set_on_match(void **state)
{
    (void)state;
    route("PA5", 1); /* CH1 toggles */
    route("PA1", 1); /* CH2 goes active */
    wr(S_P, R2(PSC), 3);
    wr(S_P, R2(ARR), 99);
    wr(S_P, R2(CCR1), 50);
    wr(S_P, R2(CCR2), 70);
    wr(S_P, R2(CCMR1), 3u << 4 | 1u << 12);
    wr(S_P, R2(EGR), 1);
    wr(S_P, R2(CCER), TIM_CCER_CC1E_Msk | TIM_CCER_CC2E_Msk);
    wr(S_P, R2(CR1), 1);
    run_us(60);
    assert_true(soc_pin_level(bench.soc, A, 5));
    assert_false(soc_pin_level(bench.soc, A, 1));
    run_us(20);
    assert_true(soc_pin_level(bench.soc, A, 1));
    run_us(80);
    assert_false(soc_pin_level(bench.soc, A, 5));
    assert_true(soc_pin_level(bench.soc, A, 1));
}

/* PWM input: period in CCR1 by rising edges that also reset, high time in CCR2 by falling ones. */
static void capture_measures_a_signal(void **state)
{
    (void)state;
    route("PA5", 1);
    soc_pin_drive(bench.soc, A, 5, false);
    wr(S_P, R2(PSC), 3);
    wr(S_P, R2(EGR), 1);
    wr(S_P, R2(CCMR1), 1u | 2u << 8); /* IC1 on TI1, IC2 on TI1 */
    wr(S_P, R2(CCER), TIM_CCER_CC1E_Msk | TIM_CCER_CC2E_Msk | TIM_CCER_CC2P_Msk);
    wr(S_P, R2(SMCR), 5u << 4 | 4u); /* TI1FP1, reset mode */
    wr(S_P, R2(CR1), 1);
    for (unsigned i = 0; i < 4; i++) {
        soc_pin_drive(bench.soc, A, 5, true);
        run_us(30);
        soc_pin_drive(bench.soc, A, 5, false);
        run_us(70);
    }
    assert_int_equal(rd(S_P, R2(CCR2)), 30);
    soc_pin_drive(bench.soc, A, 5, true);
    assert_int_equal(rd(S_P, R2(CCR1)), 100);
    assert_true(rd(S_P, R2(SR)) & TIM_SR_CC1OF_Msk); /* nobody took the ones before */
    wr(S_P, R2(SR), 0);
    soc_pin_drive(bench.soc, A, 5, false);
    soc_pin_drive(bench.soc, A, 5, true);
    assert_true(rd(S_P, R2(SR)) & TIM_SR_CC1IF_Msk);
    rd(S_P, R2(CCR1)); /* reading takes the flag */
    assert_false(rd(S_P, R2(SR)) & TIM_SR_CC1IF_Msk);
}

/* Quadrature, x4: one full turn of both lines is four counts; the other way it counts back. */
static void encoder_counts_both_ways(void **state)
{
    static const uint8_t turn[4][2] = {{1, 0}, {1, 1}, {0, 1}, {0, 0}};

    (void)state;
    route("PA6", 2); /* TIM3_CH1 */
    route("PA7", 2); /* TIM3_CH2 */
    soc_pin_drive(bench.soc, A, 6, false);
    soc_pin_drive(bench.soc, A, 7, false);
    wr(S_P, R3(ARR), 0xFFFF);
    wr(S_P, R3(CCMR1), 1u | 1u << 8);
    wr(S_P, R3(SMCR), 3);
    wr(S_P, R3(CR1), 1);
    for (unsigned i = 0; i < 12; i++) { /* TI1 leads */
        soc_pin_drive(bench.soc, A, 6, turn[i % 4][0]);
        soc_pin_drive(bench.soc, A, 7, turn[i % 4][1]);
    }
    assert_int_equal(rd(S_P, R3(CNT)), 12);
    assert_false(rd(S_P, R3(CR1)) & TIM_CR1_DIR_Msk);
    for (unsigned i = 0; i < 5; i++) {
        soc_pin_drive(bench.soc, A, 6, turn[(6 - i) % 4][0]);
        soc_pin_drive(bench.soc, A, 7, turn[(6 - i) % 4][1]);
    }
    assert_int_equal(rd(S_P, R3(CNT)), 7);
    assert_true(rd(S_P, R3(CR1)) & TIM_CR1_DIR_Msk);
}

/* ICxF = 3: 8 samples of the timer's clock, 2 us; shorter pulses leave no trace (RM0456 54.6.7). */
static void a_capture_behind_its_filter(void **state)
{
    (void)state;
    route("PA5", 1);
    soc_pin_drive(bench.soc, A, 5, false);
    wr(S_P, R2(CCMR1), 1u | 3u << TIM_CCMR1_IC1F_Pos);
    wr(S_P, R2(CCER), TIM_CCER_CC1E_Msk);
    wr(S_P, R2(CR1), 1);
    for (unsigned i = 0; i < 5; i++) {
        soc_pin_drive(bench.soc, A, 5, true);
        run_us(1);
        soc_pin_drive(bench.soc, A, 5, false);
        run_us(1);
    }
    assert_false(rd(S_P, R2(SR)) & TIM_SR_CC1IF_Msk);
    soc_pin_drive(bench.soc, A, 5, true);
    run_us(100);
    assert_int_equal(rd(S_P, R2(CCR1)), 10 * 4 + 8);
}

/* Code 15: 8 samples of fDTS / 32; with CKD = 2 that is 4 periods longer: 256 us. */
static void the_slowest_filter(void **state)
{
    (void)state;
    route("PA5", 1);
    soc_pin_drive(bench.soc, A, 5, false);
    wr(S_P, R2(CCMR1), 1u | 15u << TIM_CCMR1_IC1F_Pos);
    wr(S_P, R2(CCER), TIM_CCER_CC1E_Msk);
    wr(S_P, R2(CR1), 2u << TIM_CR1_CKD_Pos | 1);
    soc_pin_drive(bench.soc, A, 5, true);
    run_us(255);
    assert_false(rd(S_P, R2(SR)) & TIM_SR_CC1IF_Msk);
    run_us(2);
    assert_int_equal(rd(S_P, R2(CCR1)), 1024);
}

/* ETF = 4: 6 samples of fDTS / 2, 3 us (54.6.3). */
static void external_clock_behind_its_filter(void **state)
{
    (void)state;
    route("PA5", 2); /* TIM2_ETR */
    soc_pin_drive(bench.soc, A, 5, false);
    wr(S_P, R2(SMCR), TIM_SMCR_ECE_Msk | 4u << TIM_SMCR_ETF_Pos);
    wr(S_P, R2(CR1), 1);
    for (unsigned i = 0; i < 10; i++) {
        soc_pin_drive(bench.soc, A, 5, true);
        run_us(i < 6 ? 4 : 2);
        soc_pin_drive(bench.soc, A, 5, false);
        run_us(4);
    }
    assert_int_equal(rd(S_P, R2(CNT)), 6);
}

static void a_bouncing_encoder_behind_its_filters(void **state)
{
    static const uint8_t turn[4][2] = {{1, 0}, {1, 1}, {0, 1}, {0, 0}};

    (void)state;
    route("PA6", 2);
    route("PA7", 2);
    soc_pin_drive(bench.soc, A, 6, false);
    soc_pin_drive(bench.soc, A, 7, false);
    wr(S_P, R3(ARR), 0xFFFF);
    wr(S_P, R3(CCMR1), 0x3131u);
    wr(S_P, R3(SMCR), 3);
    wr(S_P, R3(CR1), 1);
    for (unsigned i = 0; i < 12; i++) {
        for (unsigned bounce = 0; bounce < 5; bounce++) {
            const uint8_t *at = turn[(bounce % 2 ? i + 3 : i) % 4];

            soc_pin_drive(bench.soc, A, 6, at[0]);
            soc_pin_drive(bench.soc, A, 7, at[1]);
            run_us(1);
        }
        run_us(5);
    }
    assert_int_equal(rd(S_P, R3(CNT)), 12);
    assert_false(rd(S_P, R3(SR)) & TIM_SR_DIRF_Msk); /* never turned */
}

/* TIM3 in an encoder mode from the newer half on, with both lines at these levels. */
static void start_encoder(unsigned mode, uint32_t polarity, bool ti1, bool ti2)
{
    wr(S_P, R3(CR1), 0);
    route("PA6", 2); /* TIM3_CH1 */
    route("PA7", 2); /* TIM3_CH2 */
    soc_pin_drive(bench.soc, A, 6, ti1);
    soc_pin_drive(bench.soc, A, 7, ti2);
    wr(S_P, R3(ARR), 0xFFFF);
    wr(S_P, R3(CNT), 100);
    wr(S_P, R3(CCMR1), 1u | 1u << 8);
    wr(S_P, R3(CCER), polarity);
    wr(S_P, R3(SMCR), (mode & 7u) | 1u << 16);
    wr(S_P, R3(CR1), 1);
}

static uint32_t after_edge(unsigned pin, bool level)
{
    soc_pin_drive(bench.soc, A, pin, level);
    return rd(S_P, R3(CNT));
}

/* SMS = 1010 and 1011: TI1 is the direction, TI2 the clock. */
static void clock_and_direction_encoder(void **state)
{
    (void)state;
    start_encoder(10, 0, true, false);
    assert_int_equal(after_edge(7, true), 101);
    assert_int_equal(after_edge(7, false), 102);
    assert_int_equal(after_edge(6, false), 102);
    assert_int_equal(after_edge(7, true), 101);
    assert_int_equal(after_edge(7, false), 100);
    assert_true(rd(S_P, R3(CR1)) & TIM_CR1_DIR_Msk);
    start_encoder(10, TIM_CCER_CC1P_Msk, false, false); /* up while TI1 is low */
    assert_int_equal(after_edge(7, true), 101);
    start_encoder(11, 0, true, false);
    assert_int_equal(after_edge(7, true), 101);
    assert_int_equal(after_edge(7, false), 101);
    start_encoder(11, TIM_CCER_CC2P_Msk, true, false);
    assert_int_equal(after_edge(7, true), 100);
    assert_int_equal(after_edge(7, false), 101);
}

/* SMS = 1100 and 1101, all of the table: TI1 down, TI2 up, the other one at its idle level. */
static void directional_clock_encoder(void **state)
{
    static const uint32_t both = TIM_CCER_CC1P_Msk | TIM_CCER_CC2P_Msk;

    (void)state;
    for (unsigned mode = 12; mode <= 13; mode++) {
        for (unsigned inverted = 0; inverted < 2; inverted++) {
            for (unsigned other = 0; other < 2; other++) {
                bool idles = other != inverted;
                /* x1: falling edges from a high idle level, rising ones from a low one */
                unsigned rising = idles && (mode == 12 || inverted);
                unsigned falling = idles && (mode == 12 || !inverted);

                start_encoder(mode, inverted ? both : 0, false, other);
                assert_int_equal(after_edge(6, true), 100 - rising);
                assert_int_equal(after_edge(6, false), 100 - rising - falling);
                start_encoder(mode, inverted ? both : 0, other, false);
                assert_int_equal(after_edge(7, true), 100 + rising);
                assert_int_equal(after_edge(7, false), 100 + rising + falling);
            }
        }
    }
}

static void external_clock_and_gate(void **state)
{
    (void)state;
    route("PA5", 2); /* TIM2_ETR */
    soc_pin_drive(bench.soc, A, 5, false);
    wr(S_P, R2(SMCR), TIM_SMCR_ECE_Msk | 1u << TIM_SMCR_ETPS_Pos); /* every second edge */
    wr(S_P, R2(CR1), 1);
    for (unsigned i = 0; i < 10; i++) {
        soc_pin_drive(bench.soc, A, 5, true);
        run_us(3);
        soc_pin_drive(bench.soc, A, 5, false);
    }
    assert_int_equal(rd(S_P, R2(CNT)), 5);
    /* Gated by the same line: counts only while it is high. */
    wr(S_P, R2(CR1), 0);
    wr(S_P, R2(CNT), 0);
    wr(S_P, R2(SMCR), 7u << 4 | 5u);
    wr(S_P, R2(CR1), 1);
    run_us(10);
    assert_int_equal(rd(S_P, R2(CNT)), 0);
    soc_pin_drive(bench.soc, A, 5, true);
    run_us(10);
    soc_pin_drive(bench.soc, A, 5, false);
    run_us(10);
    assert_int_equal(rd(S_P, R2(CNT)), 40);
}

/* One pulse of 20 us, 30 us after an edge at TI2. */
static void one_pulse_by_a_trigger(void **state)
{
    (void)state;
    route("PA5", 1); /* CH1 out */
    route("PA1", 1); /* CH2 in */
    soc_pin_drive(bench.soc, A, 1, false);
    wr(S_P, R2(PSC), 3);
    wr(S_P, R2(ARR), 49);
    wr(S_P, R2(CCR1), 30);
    wr(S_P, R2(CCMR1), PWM2 | 1u << 8);
    wr(S_P, R2(EGR), 1);
    wr(S_P, R2(CCER), TIM_CCER_CC1E_Msk);
    wr(S_P, R2(SMCR), 6u << 4 | 6u); /* TI2FP2, trigger mode */
    wr(S_P, R2(CR1), TIM_CR1_OPM_Msk);
    run_us(100);
    assert_false(rd(S_P, R2(CR1)) & TIM_CR1_CEN_Msk);
    soc_pin_drive(bench.soc, A, 1, true);
    assert_true(rd(S_P, R2(CR1)) & TIM_CR1_CEN_Msk);
    run_us(29);
    assert_false(soc_pin_level(bench.soc, A, 5));
    run_us(2);
    assert_true(soc_pin_level(bench.soc, A, 5));
    run_us(18);
    assert_true(soc_pin_level(bench.soc, A, 5));
    run_us(2);
    assert_false(soc_pin_level(bench.soc, A, 5));
    assert_false(rd(S_P, R2(CR1)) & TIM_CR1_CEN_Msk);
}

/* TIM3's update is TIM2's clock: two timers in a row. */
static void one_timer_clocks_another(void **state)
{
    (void)state;
    wr(S_P, R3(PSC), 3);
    wr(S_P, R3(ARR), 99);
    wr(S_P, R3(EGR), 1);
    wr(S_P, R3(CR2), 2u << 4);       /* TRGO: update */
    wr(S_P, R2(SMCR), 2u << 4 | 7u); /* ITR2 is TIM3 */
    wr(S_P, R2(CR1), 1);
    wr(S_P, R3(CR1), 1);
    run_us(1050);
    assert_int_equal(rd(S_P, R2(CNT)), 10);
    /* The enable of TIM3 starts TIM2 in trigger mode. */
    wr(S_P, R3(CR1), 0);
    wr(S_P, R2(CR1), 0);
    wr(S_P, R3(CR2), 1u << 4);
    wr(S_P, R2(SMCR), 2u << 4 | 6u);
    assert_false(rd(S_P, R2(CR1)) & 1);
    wr(S_P, R3(CR1), 1);
    assert_true(rd(S_P, R2(CR1)) & 1);
    assert_true(rd(S_P, R2(SR)) & TIM_SR_TIF_Msk);
}

static void start_tim1(uint32_t bdtr)
{
    route("PA8", 1); /* TIM1_CH1 */
    route("PA7", 1); /* TIM1_CH1N */
    wr(S_P, R1(PSC), 3);
    wr(S_P, R1(ARR), 99);
    wr(S_P, R1(CCR1), 50);
    wr(S_P, R1(CCMR1), PWM1);
    wr(S_P, R1(EGR), 1);
    wr(S_P, R1(SR), 0);
    wr(S_P, R1(CCER), TIM_CCER_CC1E_Msk | TIM_CCER_CC1NE_Msk);
    wr(S_P, R1(BDTR), bdtr);
    wr(S_P, R1(CR1), 1);
}

static void complementary_outputs_with_dead_time(void **state)
{
    (void)state;
    start_tim1(0);
    assert_false(soc_pin_level(bench.soc, A, 8)); /* MOE = 0 */
    run_us(50);
    assert_false(soc_pin_level(bench.soc, A, 8));
    wr(S_P, R1(CR1), 0);
    wr(S_P, R1(EGR), 1);
    wr(S_P, R1(BDTR), TIM_BDTR_MOE_Msk | 20u); /* 20 / 4 MHz = 5 us */
    wr(S_P, R1(CR1), 1);
    run_us(20);
    assert_true(soc_pin_level(bench.soc, A, 8));
    assert_false(soc_pin_level(bench.soc, A, 7));
    run_us(32); /* the reference has fallen 2 us ago */
    assert_false(soc_pin_level(bench.soc, A, 8));
    assert_false(soc_pin_level(bench.soc, A, 7));
    run_us(5);
    assert_false(soc_pin_level(bench.soc, A, 8));
    assert_true(soc_pin_level(bench.soc, A, 7));
    run_us(45); /* at 102: risen 2 us ago */
    assert_false(soc_pin_level(bench.soc, A, 8));
    assert_false(soc_pin_level(bench.soc, A, 7));
    run_us(5);
    assert_true(soc_pin_level(bench.soc, A, 8));
}

static void break_input_switches_off(void **state)
{
    (void)state;
    route("PA6", 1); /* TIM1_BKIN */
    soc_pin_drive(bench.soc, A, 6, false);
    start_tim1(TIM_BDTR_BKE_Msk | TIM_BDTR_BKP_Msk | TIM_BDTR_OSSI_Msk | TIM_BDTR_MOE_Msk);
    wr(S_P, R1(CR2), TIM_CR2_OIS1N_Msk);
    wr(S_P, R1(DIER), TIM_DIER_BIE_Msk);
    run_us(20);
    assert_true(soc_pin_level(bench.soc, A, 8));
    soc_pin_drive(bench.soc, A, 6, true);
    assert_false(rd(S_P, R1(BDTR)) & TIM_BDTR_MOE_Msk);
    assert_true(fake.irq[IRQ_TIM1_BRK]);
    assert_false(soc_pin_level(bench.soc, A, 8)); /* idle levels */
    assert_true(soc_pin_level(bench.soc, A, 7));
    wr(S_P, R1(SR), 0);
    set_bits(R1(BDTR), TIM_BDTR_MOE_Msk); /* not while the input is active */
    assert_false(rd(S_P, R1(BDTR)) & TIM_BDTR_MOE_Msk);
    soc_pin_drive(bench.soc, A, 6, false);
    wr(S_P, R1(SR), 0);
    set_bits(R1(BDTR), TIM_BDTR_MOE_Msk);
    assert_true(rd(S_P, R1(BDTR)) & TIM_BDTR_MOE_Msk);
    wr(S_P, R1(EGR), TIM_EGR_BG_Msk); /* the same by software */
    assert_false(rd(S_P, R1(BDTR)) & TIM_BDTR_MOE_Msk);
}

static void lock_bits_freeze_the_break_settings(void **state)
{
    (void)state;
    wr(S_P, R1(BDTR), 1u << TIM_BDTR_LOCK_Pos | 0x11u);
    wr(S_P, R1(BDTR), TIM_BDTR_MOE_Msk | 0x22u);
    assert_int_equal(rd(S_P, R1(BDTR)), TIM_BDTR_MOE_Msk | 1u << TIM_BDTR_LOCK_Pos | 0x11u);
}

static void commutation_waits_for_com(void **state)
{
    (void)state;
    start_tim1(TIM_BDTR_MOE_Msk);
    wr(S_P, R1(CR2), TIM_CR2_CCPC_Msk);
    wr(S_P, R1(CCMR1), 5u << 4); /* forced active, but only at COM */
    run_us(60);
    assert_false(soc_pin_level(bench.soc, A, 8));
    wr(S_P, R1(EGR), TIM_EGR_COMG_Msk);
    assert_true(soc_pin_level(bench.soc, A, 8));
    assert_true(rd(S_P, R1(SR)) & TIM_SR_COMIF_Msk);
}

/* ADC1 by TIM6's update (EXTSEL 13). */
static void timer_triggers_the_adc(void **state)
{
    uint32_t cr = ADC1_S + ADC_CR_OFS;

    (void)state;
    set_bits(RCC_S + RCC_AHB2ENR1_OFS, RCC_AHB2ENR1_ADC12EN_Msk);
    set_bits(PWR_S + PWR_SVMCR_OFS, PWR_SVMCR_ASV_Msk);
    wr(S_P, cr, 0);
    wr(S_P, cr, ADC_CR_ADVREGEN_Msk);
    run_us(30);
    wr(S_P, cr, ADC_CR_ADVREGEN_Msk | ADC_CR_ADEN_Msk);
    run_us(20);
    soc_pin_analog(bench.soc, A, 0, 3300);
    wr(S_P, ADC1_S + ADC_SQR1_OFS, 5u << ADC_SQR1_SQ1_Pos);
    wr(S_P, ADC1_S + ADC_PCSEL_OFS, 1u << 5);
    wr(S_P, ADC1_S + ADC_CFGR1_OFS, 13u << ADC_CFGR1_EXTSEL_Pos | 1u << ADC_CFGR1_EXTEN_Pos);
    set_bits(cr, ADC_CR_ADSTART_Msk);
    run_us(1000);
    assert_false(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_EOC_Msk);
    wr(S_P, TIM6_S + TIM_PSC_OFS, 3);
    wr(S_P, TIM6_S + TIM_ARR_OFS, 499);
    wr(S_P, TIM6_S + TIM_CR2_OFS, 2u << 4);
    wr(S_P, TIM6_S + TIM_CR1_OFS, 1);
    for (unsigned i = 0; i < 3; i++) {
        run_us(520);
        assert_int_equal(rd(S_P, ADC1_S + ADC_ISR_OFS) & ADC_ISR_EOC_Msk, ADC_ISR_EOC_Msk);
        assert_int_equal(rd(S_P, ADC1_S + ADC_DR_OFS), 16383);
    }
    assert_true(rd(S_P, cr) & ADC_CR_ADSTART_Msk);
}

/* ---- LPTIM1, on MSIK of 4 MHz ---- */

#define L(name) (LPTIM1_S + LPTIM_##name##_OFS)

static void start_lptim1(uint32_t cfgr, uint32_t ccmr)
{
    set_bits(RCC_S + RCC_APB3ENR_OFS, RCC_APB3ENR_LPTIM1EN_Msk);
    wr(S_P, L(CFGR), 2u << LPTIM_CFGR_PRESC_Pos | cfgr); /* 1 MHz */
    wr(S_P, L(CCMR1), ccmr);
    wr(S_P, L(CR), 1);
    wr(S_P, L(ARR), 99);
    wr(S_P, L(CCR1), 59);
}

static void lptim_pwm(void **state)
{
    (void)state;
    route("PB2", 1); /* LPTIM1_CH1 */
    start_lptim1(0, LPTIM_CCMR1_CC1E_Msk);
    wr(S_P, L(CR), 1 | LPTIM_CR_CNTSTRT_Msk);
    assert_in_range(high_share(B, 2, 1000), 390, 410); /* above the compare value */
}

static void lptim_waits_for_its_trigger(void **state)
{
    (void)state;
    route("PB6", 1); /* LPTIM1_ETR */
    soc_pin_drive(bench.soc, B, 6, false);
    start_lptim1(1u << LPTIM_CFGR_TRIGEN_Pos, 0);
    wr(S_P, L(CR), 1 | LPTIM_CR_SNGSTRT_Msk);
    run_us(50);
    assert_int_equal(rd(S_P, L(CNT)), 0);
    soc_pin_drive(bench.soc, B, 6, true);
    run_us(50);
    assert_in_range(rd(S_P, L(CNT)), 49, 50);
    assert_true(rd(S_P, L(ISR)) & LPTIM_ISR_EXTTRIG_Msk);
    run_us(100);
    assert_int_equal(rd(S_P, L(CNT)), 0); /* once */
    assert_true(rd(S_P, L(ISR)) & LPTIM_ISR_ARRM_Msk);
}

/* Time-out mode: triggers keep the counter from reaching the compare value. */
static void lptim_timeout(void **state)
{
    (void)state;
    route("PB6", 1);
    start_lptim1(1u << LPTIM_CFGR_TRIGEN_Pos | LPTIM_CFGR_TIMOUT_Msk, 0);
    wr(S_P, L(CR), 1 | LPTIM_CR_CNTSTRT_Msk);
    for (unsigned i = 0; i < 10; i++) {
        soc_pin_drive(bench.soc, B, 6, false);
        soc_pin_drive(bench.soc, B, 6, true);
        run_us(40);
    }
    assert_false(rd(S_P, L(ISR)) & LPTIM_ISR_CC1IF_Msk);
    run_us(30);
    assert_true(rd(S_P, L(ISR)) & LPTIM_ISR_CC1IF_Msk);
}

static void lptim_captures(void **state)
{
    (void)state;
    route("PB2", 1);
    soc_pin_drive(bench.soc, B, 2, false);
    start_lptim1(0, LPTIM_CCMR1_CC1E_Msk | LPTIM_CCMR1_CC1SEL_Msk);
    wr(S_P, L(CR), 1 | LPTIM_CR_CNTSTRT_Msk);
    run_us(42);
    soc_pin_drive(bench.soc, B, 2, true);
    assert_in_range(rd(S_P, L(CCR1)), 41, 42);
    assert_true(rd(S_P, L(ISR)) & LPTIM_ISR_CC1IF_Msk);
}

static void lptim_counts_external_edges_and_repeats(void **state)
{
    (void)state;
    route("PB5", 1); /* LPTIM1_IN1 */
    soc_pin_drive(bench.soc, B, 5, false);
    set_bits(RCC_S + RCC_APB3ENR_OFS, RCC_APB3ENR_LPTIM1EN_Msk);
    wr(S_P, L(CFGR), LPTIM_CFGR_CKSEL_Msk);
    wr(S_P, L(CR), 1);
    wr(S_P, L(ARR), 4);
    wr(S_P, L(RCR), 1);
    wr(S_P, L(CR), 1 | LPTIM_CR_CNTSTRT_Msk);
    for (unsigned i = 0; i < 7; i++) {
        soc_pin_drive(bench.soc, B, 5, true);
        soc_pin_drive(bench.soc, B, 5, false);
    }
    assert_int_equal(rd(S_P, L(CNT)), 2);
    assert_false(rd(S_P, L(ISR)) & LPTIM_ISR_UE_Msk);
    for (unsigned i = 0; i < 3; i++) {
        soc_pin_drive(bench.soc, B, 5, true);
        soc_pin_drive(bench.soc, B, 5, false);
    }
    assert_true(rd(S_P, L(ISR)) & LPTIM_ISR_UE_Msk); /* every second period */
}

/* CKFLT, TRGFLT, ICxF = 3: 8 periods of the kernel clock, 2 us (RM0456 chapter 58, glitch filter).
 */
static void lptim_glitch_filters(void **state)
{
    (void)state;
    route("PB2", 1);
    route("PB6", 1); /* LPTIM1_ETR */
    soc_pin_drive(bench.soc, B, 2, false);
    soc_pin_drive(bench.soc, B, 6, false);
    start_lptim1(1u << LPTIM_CFGR_TRIGEN_Pos | 3u << LPTIM_CFGR_TRGFLT_Pos,
                 LPTIM_CCMR1_CC1E_Msk | LPTIM_CCMR1_CC1SEL_Msk | 3u << LPTIM_CCMR1_IC1F_Pos);
    wr(S_P, L(CR), 1 | LPTIM_CR_CNTSTRT_Msk);
    soc_pin_drive(bench.soc, B, 6, true);
    run_us(1);
    soc_pin_drive(bench.soc, B, 6, false);
    run_us(20);
    assert_int_equal(rd(S_P, L(CNT)), 0); /* not started */
    soc_pin_drive(bench.soc, B, 6, true);
    run_us(22);
    assert_int_equal(rd(S_P, L(CNT)), 20);
    soc_pin_drive(bench.soc, B, 2, true);
    run_us(1);
    soc_pin_drive(bench.soc, B, 2, false);
    run_us(9);
    assert_false(rd(S_P, L(ISR)) & LPTIM_ISR_CC1IF_Msk);
    soc_pin_drive(bench.soc, B, 2, true);
    run_us(10);
    assert_int_equal(rd(S_P, L(CCR1)), 32);
}

static void lptim_filters_its_external_clock(void **state)
{
    (void)state;
    route("PB5", 1); /* LPTIM1_IN1 */
    soc_pin_drive(bench.soc, B, 5, false);
    set_bits(RCC_S + RCC_APB3ENR_OFS, RCC_APB3ENR_LPTIM1EN_Msk);
    wr(S_P, L(CFGR), LPTIM_CFGR_COUNTMODE_Msk | 2u << LPTIM_CFGR_CKFLT_Pos); /* 1 us */
    wr(S_P, L(CR), 1);
    wr(S_P, L(ARR), 0xFFFF);
    wr(S_P, L(CR), 1 | LPTIM_CR_CNTSTRT_Msk);
    for (unsigned i = 0; i < 8; i++) {
        soc_pin_drive(bench.soc, B, 5, true);
        run_ps((i < 3 ? 2 : 1) * SIM_PS_PER_US - SIM_PS_PER_US / 4);
        soc_pin_drive(bench.soc, B, 5, false);
        run_us(2);
    }
    assert_int_equal(rd(S_P, L(CNT)), 3);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(pwm_on_a_pin),
        T(preloaded_compare_value_waits_for_the_update),
        T(down_and_centre_aligned_counting),
        T(toggle_and_set_on_match),
        T(capture_measures_a_signal),
        T(encoder_counts_both_ways),
        T(clock_and_direction_encoder),
        T(directional_clock_encoder),
        T(a_capture_behind_its_filter),
        T(the_slowest_filter),
        T(external_clock_behind_its_filter),
        T(a_bouncing_encoder_behind_its_filters),
        T(lptim_glitch_filters),
        T(lptim_filters_its_external_clock),
        T(external_clock_and_gate),
        T(one_pulse_by_a_trigger),
        T(one_timer_clocks_another),
        T(complementary_outputs_with_dead_time),
        T(break_input_switches_off),
        T(lock_bits_freeze_the_break_settings),
        T(commutation_waits_for_com),
        T(timer_triggers_the_adc),
        T(lptim_pwm),
        T(lptim_waits_for_its_trigger),
        T(lptim_timeout),
        T(lptim_captures),
        T(lptim_counts_external_edges_and_repeats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
