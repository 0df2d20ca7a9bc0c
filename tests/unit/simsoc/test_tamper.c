/* Tamper detection and what it does to secrets (facts E.5; RM0456 64.3). */
#include "harness.h"

#include "soc/inject.h"

#define R(name) (TAMP_S + TAMP_##name##_OFS)
#define BKP0    R(BKP0R)

static void start(void)
{
    enable_clocks();
    wr(S_P, PWR_S + PWR_DBPR_OFS, 1);
    wr(S_P, RCC_S + RCC_BDCR_OFS, RCC_BDCR_LSION_Msk);
    run_us(2000);
    set_bits(RCC_S + RCC_BDCR_OFS, RCC_BDCR_RTCEN_Msk | 2u << RCC_BDCR_RTCSEL_Pos);
    set_bits(RCC_S + RCC_APB1ENR1_OFS, 0);
    wr(S_P, BKP0, 0x5EC8E7u);
}

static void an_edge_erases_backup_registers_sram2_and_keys(void **state)
{
    (void)state;
    start();
    soc_pin_drive(bench.soc, 2, 13, false);
    wr(S_P, SRAM2_S + 0x10, 0xABCDu);
    wr(S_P, SRAM1_S + 0x10, 0xABCDu);
    wr(S_P, R(IER), TAMP_IER_TAMP1IE_Msk);
    wr(S_P, R(CR1), TAMP_CR1_TAMP1E_Msk);
    assert_int_equal(rd(S_P, R(SR)), 0);
    soc_pin_drive(bench.soc, 2, 13, true); /* PC13 is TAMP_IN1; TRG = 0: rising edge */
    assert_int_equal(rd(S_P, R(SR)), TAMP_SR_TAMP1F_Msk);
    assert_true(fake.irq[IRQ_TAMP]);
    wr(S_P, BKP0, 1);
    assert_int_equal(rd(S_P, BKP0), 0); /* while the flag is set neither read nor write */
    assert_int_equal(rd(S_P, SRAM2_S + 0x10), 0);
    assert_int_equal(rd(S_P, SRAM1_S + 0x10), 0xABCDu);
    wr(S_P, R(SCR), TAMP_SCR_CTAMP1F_Msk);
    assert_int_equal(rd(S_P, R(SR)), 0);
    assert_false(fake.irq[IRQ_TAMP]);
    assert_int_equal(rd(S_P, BKP0), 0);
    wr(S_P, BKP0, 1);
    assert_int_equal(rd(S_P, BKP0), 1);
}

static void without_erase_secrets_are_blocked_only(void **state)
{
    (void)state;
    start();
    soc_pin_drive(bench.soc, 0, 0, true);
    wr(S_P, R(CR2), TAMP_CR2_TAMP2NOERASE_Msk | TAMP_CR2_TAMP2TRG_Msk); /* PA0, falling */
    wr(S_P, R(CR1), TAMP_CR1_TAMP2E_Msk);
    soc_pin_drive(bench.soc, 0, 0, false);
    assert_int_equal(rd(S_P, BKP0), 0);
    wr(S_P, R(SCR), TAMP_SCR_CTAMP2F_Msk);
    assert_int_equal(rd(S_P, BKP0), 0x5EC8E7u);
}

/* RM0456 64.3.8: level detection, 8 samples at RTCCLK / 32768 .. / 256. */
static void the_filter_wants_a_steady_level(void **state)
{
    (void)state;
    start();
    soc_pin_drive(bench.soc, 2, 13, true);
    wr(S_P, R(FLTCR), 3u << TAMP_FLTCR_TAMPFLT_Pos | 7u << TAMP_FLTCR_TAMPFREQ_Pos);
    wr(S_P, R(CR1), TAMP_CR1_TAMP1E_Msk);
    soc_pin_drive(bench.soc, 2, 13, false); /* TRG = 0 with filter: low */
    run_us(30000);                          /* 8 samples of 8 ms: not yet */
    soc_pin_drive(bench.soc, 2, 13, true);
    run_us(200000);
    assert_int_equal(rd(S_P, R(SR)), 0);
    soc_pin_drive(bench.soc, 2, 13, false);
    run_us(80000);
    assert_int_equal(rd(S_P, R(SR)), TAMP_SR_TAMP1F_Msk);
}

static void internal_tampers_need_their_enable(void **state)
{
    (void)state;
    start();
    soc_internal_tamper(bench.soc, 9);
    assert_int_equal(rd(S_P, R(SR)), 0);
    wr(S_P, R(CR1), TAMP_CR1_ITAMP9E_Msk);
    soc_internal_tamper(bench.soc, 9);
    assert_int_equal(rd(S_P, R(SR)), TAMP_SR_ITAMP9F_Msk);
    assert_int_equal(rd(S_P, BKP0), 0);
}

static void software_can_erase_and_block(void **state)
{
    (void)state;
    start();
    wr(S_P, R(CR2), TAMP_CR2_BKBLOCK_Msk);
    assert_int_equal(rd(S_P, BKP0), 0);
    wr(S_P, R(CR2), 0);
    assert_int_equal(rd(S_P, BKP0), 0x5EC8E7u);
    wr(S_P, R(CR2), TAMP_CR2_BKERASE_Msk);
    assert_int_equal(rd(S_P, R(CR2)), 0);
    assert_int_equal(rd(S_P, BKP0), 0);
    assert_int_equal(rd(S_P, R(SR)), 0);
}

/* RM0456 64.3.9: an input that does not follow its random output is a tamper. */
static void a_cut_mesh_is_found(void **state)
{
    (void)state;
    start();
    wr(S_P, R(ATCR1), TAMP_ATCR1_TAMP1AM_Msk);
    for (unsigned i = 0; i < 4; i++) {
        wr(S_P, R(ATSEEDR), 0x1234567u * (i + 1));
    }
    wr(S_P, R(CR1), TAMP_CR1_TAMP1E_Msk);
    assert_true(rd(S_P, R(ATOR)) & TAMP_ATOR_INITS_Msk);
    run_us(1000000);
    assert_int_equal(rd(S_P, R(SR)), 0);
    soc_pin_drive(bench.soc, 2, 13, false);
    run_us(1000000);
    assert_int_equal(rd(S_P, R(SR)), TAMP_SR_TAMP1F_Msk);
}

static void flags_of_a_secure_tamper_are_in_smisr(void **state)
{
    (void)state;
    start();
    wr(S_P, R(CR1), TAMP_CR1_ITAMP9E_Msk);
    wr(S_P, R(IER), TAMP_IER_ITAMP9IE_Msk);
    wr(S_P, R(SECCFGR), TAMP_SECCFGR_TAMPSEC_Msk);
    soc_internal_tamper(bench.soc, 9);
    assert_int_equal(rd(S_P, R(MISR)), 0);
    assert_int_equal(rd(S_P, R(SMISR)), TAMP_SR_ITAMP9F_Msk);
    assert_int_equal(rd(NS_P, TAMP_NS + TAMP_SR_OFS), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_edge_erases_backup_registers_sram2_and_keys),
        T(without_erase_secrets_are_blocked_only),
        T(the_filter_wants_a_steady_level),
        T(internal_tampers_need_their_enable),
        T(software_can_erase_and_block),
        T(a_cut_mesh_is_found),
        T(flags_of_a_secure_tamper_are_in_smisr),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
