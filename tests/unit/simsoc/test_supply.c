/* Supplies, crystals and their failures (facts C.1, E.2; RM0456 10.6, 11.4.9, 11.4.10). */
#include "harness.h"

#include "soc/inject.h"

#define CR    (RCC_S + RCC_CR_OFS)
#define BDCR  (RCC_S + RCC_BDCR_OFS)
#define SVMCR (PWR_S + PWR_SVMCR_OFS)
#define SVMSR (PWR_S + PWR_SVMSR_OFS)

static void pvd_warns_by_exti_16(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, EXTI_S + EXTI_RTSR1_OFS, 1u << 16);
    wr(S_P, EXTI_S + EXTI_IMR1_OFS, 1u << 16);
    wr(S_P, SVMCR, PWR_SVMCR_PVDE_Msk | 3u << PWR_SVMCR_PVDLS_Pos); /* about 2.5 V */
    assert_false(rd(S_P, SVMSR) & PWR_SVMSR_PVDO_Msk);
    soc_set_supply(bench.soc, SOC_VDD, 2300);
    assert_true(rd(S_P, SVMSR) & PWR_SVMSR_PVDO_Msk);
    assert_int_equal(rd(S_P, EXTI_S + EXTI_RPR1_OFS), 1u << 16);
    assert_true(fake.irq[IRQ_PVD_PVM]);
    soc_set_supply(bench.soc, SOC_VDD, 3300);
    assert_false(rd(S_P, SVMSR) & PWR_SVMSR_PVDO_Msk);
}

static void monitors_see_their_supplies(void **state)
{
    (void)state;
    enable_clocks();
    assert_false(rd(S_P, SVMSR) & PWR_SVMSR_VDDIO2RDY_Msk);
    set_bits(SVMCR, PWR_SVMCR_IO2VMEN_Msk | PWR_SVMCR_UVMEN_Msk | PWR_SVMCR_AVM1EN_Msk |
                        PWR_SVMCR_AVM2EN_Msk);
    assert_true(rd(S_P, SVMSR) & PWR_SVMSR_VDDIO2RDY_Msk);
    soc_set_supply(bench.soc, SOC_VDDIO2, 0);
    assert_false(rd(S_P, SVMSR) & PWR_SVMSR_VDDIO2RDY_Msk);
    soc_set_supply(bench.soc, SOC_VDDA, 1700); /* between the two thresholds */
    assert_true(rd(S_P, SVMSR) & PWR_SVMSR_VDDA1RDY_Msk);
    assert_false(rd(S_P, SVMSR) & PWR_SVMSR_VDDA2RDY_Msk);
}

/* Below the brown-out level the chip is held in reset and loses its SRAM; the backup domain has
 * VBAT. */
static void brown_out_resets(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, PWR_S + PWR_DBPR_OFS, 1);
    wr(S_P, TAMP_S + TAMP_BKP0R_OFS, 0x4B1Du);
    wr(S_P, SRAM1_S, 0x12345678u);
    soc_set_supply(bench.soc, SOC_VDD, 1200);
    run_us(1000);
    assert_true(soc_off(bench.soc));
    soc_set_supply(bench.soc, SOC_VDD, 3300);
    assert_true(soc_service(bench.soc));
    assert_int_equal(bench.reset_cause, RCC_CSR_BORRSTF_Msk | RCC_CSR_PINRSTF_Msk);
    enable_clocks();
    assert_int_not_equal(rd(S_P, SRAM1_S), 0x12345678u);
    assert_int_equal(rd(S_P, TAMP_S + TAMP_BKP0R_OFS), 0x4B1Du);
}

static void start_hse(void)
{
    enable_clocks();
    soc_fit_hse(bench.soc, 16000000);
    set_bits(CR, RCC_CR_HSEON_Msk);
    run_us(5000);
}

static void hse_is_a_system_clock_when_fitted(void **state)
{
    (void)state;
    enable_clocks();
    set_bits(CR, RCC_CR_HSEON_Msk);
    run_us(200000);
    assert_false(rd(S_P, CR) & RCC_CR_HSERDY_Msk); /* the board has none */
    start_hse();
    assert_true(rd(S_P, CR) & RCC_CR_HSERDY_Msk);
    wr(S_P, RCC_S + RCC_CFGR1_OFS, 2);
    run_us(1);
    assert_int_equal(rd(S_P, RCC_S + RCC_CFGR1_OFS) & RCC_CFGR1_SWS_Msk, 2u << RCC_CFGR1_SWS_Pos);
    assert_int_equal(soc_hclk_hz(bench.soc), 16000000);
    wr(S_P, CR, rd(S_P, CR) & ~RCC_CR_HSEON_Msk); /* in use */
    assert_true(rd(S_P, CR) & RCC_CR_HSEON_Msk);
    /* MCO: HSE / 4 */
    set_bits(RCC_S + RCC_CFGR1_OFS, 4u << RCC_CFGR1_MCOSEL_Pos | 2u << RCC_CFGR1_MCOPRE_Pos);
    assert_int_equal(soc_mco_hz(bench.soc), 4000000);
}

static void a_failing_hse_is_an_nmi_and_msis_takes_over(void **state)
{
    (void)state;
    start_hse();
    wr(S_P, RCC_S + RCC_CFGR1_OFS, 2);
    set_bits(CR, RCC_CR_CSSON_Msk);
    soc_fail_hse(bench.soc, true);
    assert_int_equal(fake.nmis, 1);
    assert_true(rd(S_P, RCC_S + RCC_CIFR_OFS) & RCC_CIFR_CSSF_Msk);
    assert_int_equal(rd(S_P, RCC_S + RCC_CFGR1_OFS) & RCC_CFGR1_SWS_Msk, 0);
    assert_false(rd(S_P, CR) & (RCC_CR_HSEON_Msk | RCC_CR_HSERDY_Msk));
    assert_int_equal(soc_hclk_hz(bench.soc), 4000000);
    wr(S_P, RCC_S + RCC_CICR_OFS, RCC_CICR_CSSC_Msk);
    assert_false(rd(S_P, RCC_S + RCC_CIFR_OFS) & RCC_CIFR_CSSF_Msk);
}

static void a_failing_lse_is_tamper_3_and_frees_rtcsel(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, PWR_S + PWR_DBPR_OFS, 1);
    wr(S_P, BDCR, RCC_BDCR_LSEON_Msk | RCC_BDCR_LSION_Msk);
    run_us(500000);
    set_bits(BDCR, 1u << RCC_BDCR_RTCSEL_Pos | RCC_BDCR_RTCEN_Msk);
    set_bits(BDCR, RCC_BDCR_LSECSSON_Msk);
    wr(S_P, TAMP_S + TAMP_CR1_OFS, TAMP_CR1_ITAMP3E_Msk);
    soc_fail_lse(bench.soc, true);
    assert_true(rd(S_P, BDCR) & RCC_BDCR_LSECSSD_Msk);
    assert_false(rd(S_P, BDCR) & RCC_BDCR_LSERDY_Msk);
    assert_int_equal(rd(S_P, TAMP_S + TAMP_SR_OFS), TAMP_SR_ITAMP3F_Msk);
    wr(S_P, BDCR, (rd(S_P, BDCR) & ~RCC_BDCR_RTCSEL_Msk) | 2u << RCC_BDCR_RTCSEL_Pos);
    assert_int_equal(rd(S_P, BDCR) & RCC_BDCR_RTCSEL_Msk, 2u << RCC_BDCR_RTCSEL_Pos);
}

/* RM0456 11.4.4: locked to LSE, range 4 is 122 * 32768 Hz. */
static void msi_in_pll_mode_is_a_multiple_of_lse(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, PWR_S + PWR_DBPR_OFS, 1);
    wr(S_P, BDCR, RCC_BDCR_LSEON_Msk | RCC_BDCR_LSESYSEN_Msk);
    run_us(500000);
    assert_int_equal(soc_hclk_hz(bench.soc), 4000000);
    set_bits(CR, RCC_CR_MSIPLLSEL_Msk);
    set_bits(CR, RCC_CR_MSIPLLEN_Msk);
    assert_int_equal(soc_hclk_hz(bench.soc), 122 * 32768);
}

static void heat_and_high_vbat_are_tampers_1_and_2(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, PWR_S + PWR_DBPR_OFS, 1);
    wr(S_P, TAMP_S + TAMP_CR1_OFS, TAMP_CR1_ITAMP1E_Msk | TAMP_CR1_ITAMP2E_Msk);
    soc_set_temperature(bench.soc, 140);
    assert_int_equal(rd(S_P, TAMP_S + TAMP_SR_OFS), 0); /* nobody watches */
    soc_set_temperature(bench.soc, 25);
    set_bits(PWR_S + PWR_BDCR1_OFS, PWR_BDCR1_MONEN_Msk);
    soc_set_temperature(bench.soc, 140);
    assert_true(rd(S_P, PWR_S + PWR_BDSR_OFS) & PWR_BDSR_TEMPH_Msk);
    assert_int_equal(rd(S_P, TAMP_S + TAMP_SR_OFS), TAMP_SR_ITAMP2F_Msk);
    soc_set_supply(bench.soc, SOC_VBAT, 3900);
    assert_true(rd(S_P, TAMP_S + TAMP_SR_OFS) & TAMP_SR_ITAMP1F_Msk);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(pvd_warns_by_exti_16),
        T(monitors_see_their_supplies),
        T(brown_out_resets),
        T(hse_is_a_system_clock_when_fitted),
        T(a_failing_hse_is_an_nmi_and_msis_takes_over),
        T(a_failing_lse_is_tamper_3_and_frees_rtcsel),
        T(msi_in_pll_mode_is_a_multiple_of_lse),
        T(heat_and_high_vbat_are_tampers_1_and_2),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
