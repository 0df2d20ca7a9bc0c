/* Clocks, resets, power (facts C.1-C.8, N). */
#include "harness.h"

#define CR    (RCC_S + RCC_CR_OFS)
#define CFGR1 (RCC_S + RCC_CFGR1_OFS)
#define CSR   (RCC_S + RCC_CSR_OFS)

static void reset_state_C1_N(void **state)
{
    (void)state;
    assert_int_equal(rd(S_P, CR), 0x35u);
    assert_int_equal(soc_hclk_hz(bench.soc), 4000000u);
    assert_int_equal(soc_cycle_ps(bench.soc), 250000u);
    assert_int_equal(rd(S_P, CSR), 0x0C004400u);
    assert_int_equal(rd(S_P, RCC_S + RCC_AHB1ENR_OFS), 0xD0000100u);
    assert_int_equal(rd(S_P, RCC_S + RCC_PLL1DIVR_OFS), 0x01010280u);
    assert_int_equal(rd(S_P, PWR_S + PWR_VOSR_OFS), 0); /* PWREN is off */
}

/* C.3: MSIS 4 MHz, PLL1 M=1 N=80 R=2. */
static void go_to_160_mhz(void)
{
    set_bits(RCC_S + RCC_AHB3ENR_OFS, RCC_AHB3ENR_PWREN_Msk);
    assert_int_equal(rd(S_P, PWR_S + PWR_VOSR_OFS), 0x8000u);
    wr(S_P, RCC_S + RCC_PLL1CFGR_OFS, 1u | RCC_PLL1CFGR_PLL1REN_Msk);
    wr(S_P, PWR_S + PWR_VOSR_OFS, PWR_VOSR_VOS_Msk | PWR_VOSR_BOOSTEN_Msk);
    assert_false(rd(S_P, PWR_S + PWR_VOSR_OFS) & PWR_VOSR_VOSRDY_Msk);
    run_us(100);
    assert_int_equal(rd(S_P, PWR_S + PWR_VOSR_OFS) & 0xC000u, 0xC000u);
    wr(S_P, FLASH_R_S + FLASH_ACR_OFS, 4);
    assert_int_equal(rd(S_P, FLASH_R_S + FLASH_ACR_OFS), 4);
    wr(S_P, RCC_S + RCC_PLL1DIVR_OFS, 79u | 1u << 9 | 1u << 16 | 1u << 24);
    set_bits(CR, RCC_CR_PLL1ON_Msk);
    assert_false(rd(S_P, CR) & RCC_CR_PLL1RDY_Msk);
    run_us(60);
    assert_true(rd(S_P, CR) & RCC_CR_PLL1RDY_Msk);
    wr(S_P, CFGR1, 3);
    assert_int_equal(rd(S_P, CFGR1), 0xFu);
}

static void recipe_for_160_mhz_C3(void **state)
{
    (void)state;
    go_to_160_mhz();
    assert_int_equal(soc_hclk_hz(bench.soc), 160000000u);
    assert_int_equal(soc_cycle_ps(bench.soc), 6250u);
    assert_string_equal(bench.log, "");
    assert_true(fake.breaks > 0); /* the board's loop must ask for a new limit */
}

static void virtual_time_is_continuous_over_a_clock_change(void **state)
{
    sim_ps before;
    uint64_t cycles;

    (void)state;
    go_to_160_mhz();
    before = soc_cpu_time(bench.soc);
    cycles = fake.cycles;
    run_us(10);
    assert_int_equal(soc_cpu_time(bench.soc) - before, 10 * SIM_PS_PER_US);
    assert_int_equal(fake.cycles - cycles, 1600);
    assert_int_equal(soc_cycle_at(bench.soc, soc_cpu_time(bench.soc) + 6250), fake.cycles + 1);
}

static void without_booster_the_log_says_so_C3(void **state)
{
    (void)state;
    set_bits(RCC_S + RCC_AHB3ENR_OFS, RCC_AHB3ENR_PWREN_Msk);
    wr(S_P, PWR_S + PWR_VOSR_OFS, PWR_VOSR_VOS_Msk | PWR_VOSR_BOOSTEN_Msk);
    run_us(3000);
    assert_false(rd(S_P, PWR_S + PWR_VOSR_OFS) & PWR_VOSR_BOOSTRDY_Msk);
    assert_non_null(strstr(bench.log, "EPOD"));
}

static void switch_waits_for_a_source_that_is_not_ready_C1(void **state)
{
    (void)state;
    wr(S_P, CFGR1, 1); /* HSI16 is off */
    assert_int_equal(rd(S_P, CFGR1), 1);
    set_bits(CR, RCC_CR_HSION_Msk);
    run_us(10);
    assert_int_equal(rd(S_P, CFGR1), 5);
    assert_int_equal(soc_hclk_hz(bench.soc), 16000000u);
    wr(S_P, CR, rd(S_P, CR) & ~RCC_CR_HSION_Msk); /* in use: ignored */
    assert_true(rd(S_P, CR) & RCC_CR_HSION_Msk);
}

static void pll_dividers_are_locked_while_on_C2(void **state)
{
    (void)state;
    go_to_160_mhz();
    wr(S_P, RCC_S + RCC_PLL1DIVR_OFS, 0);
    assert_int_equal(soc_hclk_hz(bench.soc), 160000000u);
}

static void hsi48_is_ready_after_6_us_C1(void **state)
{
    (void)state;
    set_bits(CR, RCC_CR_HSI48ON_Msk);
    run_us(3);
    assert_false(rd(S_P, CR) & RCC_CR_HSI48RDY_Msk);
    run_us(4);
    assert_true(rd(S_P, CR) & RCC_CR_HSI48RDY_Msk);
}

static void a_block_without_clock_reads_zero(void **state)
{
    (void)state;
    wr(S_P, TIM6_S + TIM_ARR_OFS, 77);
    assert_int_equal(rd(S_P, TIM6_S + TIM_ARR_OFS), 0);
    assert_non_null(strstr(bench.log, "TIM6"));
    set_bits(RCC_S + RCC_APB1ENR1_OFS, RCC_APB1ENR1_TIM6EN_Msk);
    assert_int_equal(rd(S_P, TIM6_S + TIM_ARR_OFS), 0xFFFFu);
}

static void reset_bit_resets_the_block(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, TIM6_S + TIM_PSC_OFS, 7);
    wr(S_P, RCC_S + RCC_APB1RSTR1_OFS, RCC_APB1RSTR1_TIM6RST_Msk);
    wr(S_P, RCC_S + RCC_APB1RSTR1_OFS, 0);
    assert_int_equal(rd(S_P, TIM6_S + TIM_PSC_OFS), 0);
}

static void secured_bits_are_invisible_to_nonsecure_C7(void **state)
{
    (void)state;
    wr(S_P, RCC_S + RCC_SECCFGR_OFS, RCC_SECCFGR_MSISEC_Msk | RCC_SECCFGR_SYSCLKSEC_Msk);
    assert_int_equal(rd(NS_P, RCC_NS + RCC_CR_OFS), 0);
    wr(NS_P, RCC_NS + RCC_CFGR1_OFS, 1);
    assert_int_equal(rd(S_P, CFGR1), 0);
    wr(NS_P, RCC_NS + RCC_CR_OFS, RCC_CR_HSION_Msk); /* open bit */
    assert_int_equal(rd(S_P, CR), 0x35u | RCC_CR_HSION_Msk);
    assert_int_equal(rd(NS_P, RCC_NS + RCC_SECCFGR_OFS), 0x24u); /* readable by all */
    enable_clocks();
    assert_int_equal(rd(S_P, GTZC_TZIC2_S + GTZC_TZIC_SR2_OFS), 0); /* no ILAC */
    wr(NS_P, RCC_NS + RCC_SECCFGR_OFS, 0);
    assert_int_equal(rd(S_P, GTZC_TZIC2_S + GTZC_TZIC_SR2_OFS), 1u << 4);
}

static void gpio_enable_bits_are_secure_while_a_pin_is_C7(void **state)
{
    (void)state;
    wr(NS_P, RCC_NS + RCC_AHB2ENR1_OFS, 1u);
    assert_int_equal(rd(S_P, RCC_S + RCC_AHB2ENR1_OFS) & 1u, 0);
    set_bits(RCC_S + RCC_AHB2ENR1_OFS, 1u);
    wr(S_P, GPIOA_S + GPIO_SECCFGR_OFS, 0);
    wr(NS_P, RCC_NS + RCC_AHB2ENR1_OFS, 0);
    assert_int_equal(rd(S_P, RCC_S + RCC_AHB2ENR1_OFS) & 1u, 0);
}

static void reset_flags_C4(void **state)
{
    (void)state;
    wr(S_P, CSR, 0x4400u | RCC_CSR_RMVF_Msk);
    assert_int_equal(rd(S_P, CSR), 0x4400u);
    fake.config.reset_request(fake.config.context); /* SYSRESETREQ */
    assert_int_equal(fake.resets, 1);               /* deferred */
    assert_true(soc_service(bench.soc));
    assert_int_equal(fake.resets, 2);
    assert_int_equal(rd(S_P, CSR) & 0xFE000000u, RCC_CSR_SFTRSTF_Msk | RCC_CSR_PINRSTF_Msk);
    soc_reset_pin(bench.soc);
    soc_service(bench.soc);
    assert_int_equal(rd(S_P, CSR) & 0xFE000000u, RCC_CSR_SFTRSTF_Msk | RCC_CSR_PINRSTF_Msk);
    assert_int_equal(bench.reset_cause, RCC_CSR_PINRSTF_Msk);
}

static void backup_domain_needs_dbp_C5(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, RCC_S + RCC_BDCR_OFS, RCC_BDCR_LSION_Msk);
    assert_int_equal(rd(S_P, RCC_S + RCC_BDCR_OFS), 0);
    wr(S_P, PWR_S + PWR_DBPR_OFS, 1);
    wr(S_P, RCC_S + RCC_BDCR_OFS, RCC_BDCR_LSION_Msk);
    run_us(300);
    assert_int_equal(rd(S_P, RCC_S + RCC_BDCR_OFS), RCC_BDCR_LSION_Msk | RCC_BDCR_LSIRDY_Msk);
    soc_reset_pin(bench.soc);
    soc_service(bench.soc);
    assert_int_equal(rd(S_P, RCC_S + RCC_BDCR_OFS), RCC_BDCR_LSION_Msk | RCC_BDCR_LSIRDY_Msk);
    enable_clocks();
    assert_int_equal(rd(S_P, PWR_S + PWR_DBPR_OFS), 0);
}

static void stop_leaves_in_range_4_on_msis_C6(void **state)
{
    (void)state;
    go_to_160_mhz();
    fake.sleeping = fake.deep = true;
    soc_service(bench.soc);
    assert_false(soc_off(bench.soc));
    run_us(1000);
    fake.sleeping = fake.deep = false;
    soc_service(bench.soc);
    assert_int_equal(soc_hclk_hz(bench.soc), 4000000u);
    assert_false(rd(S_P, CR) & RCC_CR_PLL1ON_Msk);
    assert_int_equal(rd(S_P, PWR_S + PWR_SR_OFS), PWR_SR_STOPF_Msk);
    assert_int_equal(rd(S_P, PWR_S + PWR_VOSR_OFS), 0x8000u);
    wr(S_P, PWR_S + PWR_SR_OFS, PWR_SR_CSSF_Msk);
    assert_int_equal(rd(S_P, PWR_S + PWR_SR_OFS), 0);
}

static void forbidden_stop_resets_B5(void **state)
{
    (void)state;
    bench.options.optr &= ~FLASH_OPTR_nRST_STOP_Msk;
    soc_power_on(bench.soc);
    fake.sleeping = fake.deep = true;
    assert_true(soc_service(bench.soc));
    assert_int_equal(bench.reset_cause, RCC_CSR_LPWRRSTF_Msk | RCC_CSR_PINRSTF_Msk);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(reset_state_C1_N),
        T(recipe_for_160_mhz_C3),
        T(virtual_time_is_continuous_over_a_clock_change),
        T(without_booster_the_log_says_so_C3),
        T(switch_waits_for_a_source_that_is_not_ready_C1),
        T(pll_dividers_are_locked_while_on_C2),
        T(hsi48_is_ready_after_6_us_C1),
        T(a_block_without_clock_reads_zero),
        T(reset_bit_resets_the_block),
        T(secured_bits_are_invisible_to_nonsecure_C7),
        T(gpio_enable_bits_are_secure_while_a_pin_is_C7),
        T(reset_flags_C4),
        T(backup_domain_needs_dbp_C5),
        T(stop_leaves_in_range_4_on_msis_C6),
        T(forbidden_stop_resets_B5),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
