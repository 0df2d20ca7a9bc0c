/* Flash: programming, erasing, errors, access matrix (facts B.1-B.4, B.6, B.7). */
#include "harness.h"

#define SECSR   (FLASH_R_S + FLASH_SECSR_OFS)
#define SECCR   (FLASH_R_S + FLASH_SECCR_OFS)
#define NSSR    (FLASH_R_NS + FLASH_NSSR_OFS)
#define NSCR    (FLASH_R_NS + FLASH_NSCR_OFS)
#define BANK2_S 0x0C100000u

static void program(struct bus_attr attr, uint32_t cr, uint32_t address, const uint32_t words[4])
{
    wr(attr, cr, FLASH_SECCR_PG_Msk);
    for (unsigned i = 0; i < 4; i++) {
        wr(attr, address + 4 * i, words[i]);
    }
}

static const uint32_t pattern[4] = {0x00112233u, 0x44556677u, 0x8899AABBu, 0xCCDDEEFFu};

static void quad_word_takes_118_us_B3(void **state)
{
    (void)state;
    unlock_flash();
    wr(S_P, SECCR, FLASH_SECCR_PG_Msk);
    wr(S_P, BANK2_S + 0x8000u, pattern[0]);
    assert_true(rd(S_P, SECSR) & FLASH_SECSR_WDW_Msk);
    assert_true(rd(NS_P, NSSR) & FLASH_NSSR_WDW_Msk); /* both show it */
    for (unsigned i = 1; i < 4; i++) {
        wr(S_P, BANK2_S + 0x8000u + 4 * i, pattern[i]);
    }
    assert_int_equal(rd(S_P, SECSR) & (FLASH_SECSR_BSY_Msk | FLASH_SECSR_WDW_Msk),
                     FLASH_SECSR_BSY_Msk);
    run_us(117);
    assert_true(rd(S_P, SECSR) & FLASH_SECSR_BSY_Msk);
    run_us(2);
    assert_int_equal(rd(S_P, SECSR), 0); /* EOP only with EOPIE */
    assert_int_equal(rd(S_P, BANK2_S + 0x8004u), pattern[1]);
    assert_memory_equal(bench.flash + 0x108000u, pattern, 16); /* written through */
    assert_true(bench.programmed[0x108000u / 128] & 1u);
}

static void second_program_needs_erase_B3(void **state)
{
    static const uint32_t zero[4] = {0};

    (void)state;
    unlock_flash();
    program(S_P, SECCR, BANK2_S + 0x8000u, pattern);
    run_us(200);
    program(S_P, SECCR, BANK2_S + 0x8000u, pattern);
    assert_int_equal(rd(S_P, SECSR), FLASH_SECSR_PROGERR_Msk);
    wr(S_P, SECSR, FLASH_SECSR_PROGERR_Msk);
    program(S_P, SECCR, BANK2_S + 0x8000u, zero); /* all-zero is allowed */
    run_us(200);
    assert_int_equal(rd(S_P, SECSR), 0);
    assert_int_equal(rd(S_P, BANK2_S + 0x8000u), 0);
}

static void page_erase_takes_1500_us_and_sets_EOP_with_EOPIE_B2(void **state)
{
    (void)state;
    unlock_flash();
    program(S_P, SECCR, BANK2_S + 0x8000u, pattern);
    run_us(200);
    wr(S_P, SECCR,
       FLASH_SECCR_PER_Msk | 4u << FLASH_SECCR_PNB_Pos | FLASH_SECCR_BKER_Msk |
           FLASH_SECCR_STRT_Msk | FLASH_SECCR_EOPIE_Msk);
    run_us(1490);
    assert_true(rd(S_P, SECCR - FLASH_SECCR_OFS + FLASH_SECSR_OFS) & FLASH_SECSR_BSY_Msk);
    run_us(20);
    assert_int_equal(rd(S_P, SECSR), FLASH_SECSR_EOP_Msk);
    assert_true(fake.irq[IRQ_FLASH_S]);
    assert_false(rd(S_P, SECCR) & FLASH_SECCR_STRT_Msk);
    wr(S_P, SECSR, FLASH_SECSR_EOP_Msk);
    assert_false(fake.irq[IRQ_FLASH_S]);
    assert_int_equal(rd(S_P, BANK2_S + 0x8000u), 0xFFFFFFFFu);
    assert_int_equal(bench.programmed[0x108000u / 128], 0);
}

static void read_of_the_busy_bank_stalls_A2(void **state)
{
    sim_ps start;

    (void)state;
    unlock_flash();
    wr(S_P, SECCR,
       FLASH_SECCR_PER_Msk | 9u << FLASH_SECCR_PNB_Pos | FLASH_SECCR_BKER_Msk |
           FLASH_SECCR_STRT_Msk);
    start = now();
    rd(NS_P, 0x08000000u); /* other bank: read-while-write */
    assert_true(rd(S_P, SECSR) & FLASH_SECSR_BSY_Msk);
    rd(S_P, BANK2_S);
    assert_false(rd(S_P, SECSR) & FLASH_SECSR_BSY_Msk);
    assert_true(now() - start >= 1500 * SIM_PS_PER_US);
}

static void burst_writes_128_bytes_B3(void **state)
{
    (void)state;
    unlock_flash();
    wr(S_P, SECCR, FLASH_SECCR_PG_Msk | FLASH_SECCR_BWR_Msk);
    for (unsigned i = 0; i < 32; i++) {
        wr(S_P, BANK2_S + 0x10000u + 4 * i, i);
    }
    assert_true(rd(S_P, SECSR) & FLASH_SECSR_BSY_Msk);
    run_us(8 * 48 + 1);
    assert_int_equal(rd(S_P, SECSR), 0);
    assert_int_equal(rd(S_P, BANK2_S + 0x10000u + 124), 31);
    /* Not 128-byte aligned. */
    wr(S_P, BANK2_S + 0x10090u, 0);
    assert_int_equal(rd(S_P, SECSR), FLASH_SECSR_PGAERR_Msk);
}

static void errors_B4(void **state)
{
    (void)state;
    unlock_flash();
    wr(S_P, BANK2_S + 0x8000u, 1); /* PG = 0 */
    assert_int_equal(rd(S_P, SECSR), FLASH_SECSR_PGSERR_Msk);
    wr(S_P, SECSR, 0xF8u);
    wr(S_P, SECCR, FLASH_SECCR_PG_Msk);
    wr_sized(S_P, BANK2_S + 0x8000u, 1, 2);
    assert_int_equal(rd(S_P, SECSR), FLASH_SECSR_SIZERR_Msk);
    wr(S_P, SECSR, 0xF8u);
    wr(S_P, BANK2_S + 0x8004u, 1); /* not the first word of a quad-word */
    assert_int_equal(rd(S_P, SECSR), FLASH_SECSR_PGAERR_Msk);
    wr(S_P, SECSR, 0xF8u);
    wr(S_P, BANK2_S + 0x8000u, 1);
    wr(S_P, BANK2_S + 0x8010u, 1); /* outside it */
    assert_int_equal(rd(S_P, SECSR), FLASH_SECSR_PGAERR_Msk);
    /* An error still set: next write is PGSERR. */
    wr(S_P, BANK2_S + 0x8000u, 1);
    assert_int_equal(rd(S_P, SECSR), FLASH_SECSR_PGAERR_Msk | FLASH_SECSR_PGSERR_Msk);
    wr(S_P, SECSR, 0xF8u);
    wr(S_P, SECCR, FLASH_SECCR_STRT_Msk); /* no PER or MERx */
    assert_int_equal(rd(S_P, SECSR), FLASH_SECSR_PGSERR_Msk);
    assert_int_equal(rd(NS_P, NSSR), 0); /* the other set stays clean */
}

static void strt_while_wdw_keeps_wdw_erratum_2_2_25(void **state)
{
    (void)state;
    unlock_flash();
    wr(S_P, SECCR, FLASH_SECCR_PG_Msk);
    wr(S_P, BANK2_S + 0x8000u, pattern[0]);
    wr(S_P, SECCR, FLASH_SECCR_PER_Msk | FLASH_SECCR_STRT_Msk);
    assert_int_equal(rd(S_P, SECSR), FLASH_SECSR_PGSERR_Msk | FLASH_SECSR_WDW_Msk);
}

static void wrong_key_is_a_bus_error_and_locks_until_reset_B1(void **state)
{
    (void)state;
    assert_int_equal(wr_status(S_P, FLASH_R_S + FLASH_SECKEYR_OFS, 0x12345678u), BUS_ERROR);
    unlock_flash();
    assert_true(rd(S_P, SECCR) & FLASH_SECCR_LOCK_Msk);
    soc_reset_pin(bench.soc);
    assert_true(soc_service(bench.soc));
    unlock_flash();
    assert_false(rd(S_P, SECCR) & FLASH_SECCR_LOCK_Msk);
}

static void access_matrix_secure_page_B6(void **state)
{
    (void)state;
    enable_clocks();
    bench.flash[0x110000u] = 0x5A;
    assert_int_equal(rd(S_P, BANK2_S + 0x10000u) & 0xFFu, 0x5A);
    assert_int_equal(rd_status(S_X, BANK2_S + 0x10000u), BUS_OK);
    assert_int_equal(rd_status(NS_X, 0x08110000u), BUS_ERROR);
    assert_int_equal(rd(NS_P, 0x08110000u), 0);
    assert_int_equal(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR4_OFS), 1u << 2);
}

static void access_matrix_nonsecure_page_B6(void **state)
{
    (void)state;
    enable_clocks();
    unlock_flash();
    bench.flash[0x2000u] = 0x77;
    assert_int_equal(rd(NS_P, 0x08002000u) & 0xFFu, 0x77);
    assert_int_equal(rd_status(NS_X, 0x08002000u), BUS_OK);
    assert_int_equal(rd(S_P, 0x0C002000u), 0); /* RAZ + ILAC */
    assert_int_equal(rd_status(S_X, 0x0C002000u), BUS_ERROR);
    assert_int_equal(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR4_OFS), 1u << 2);
    program(S_P, SECCR, 0x0C002010u, pattern); /* WI + WRPERR */
    assert_true(rd(S_P, SECSR) & FLASH_SECSR_WRPERR_Msk);
    program(NS_P, NSCR, 0x08002010u, pattern);
    run_us(200);
    assert_int_equal(rd(NS_P, NSSR), 0);
    assert_int_equal(rd(NS_P, 0x08002010u), pattern[0]);
}

static void nonsecure_cannot_write_secure_pages_B6(void **state)
{
    (void)state;
    unlock_flash();
    program(NS_P, NSCR, 0x08110000u, pattern);
    assert_true(rd(NS_P, NSSR) & FLASH_NSSR_WRPERR_Msk);
    wr(NS_P, NSSR, 0xF8u);
    wr(NS_P, NSCR, FLASH_NSCR_PER_Msk | FLASH_NSCR_BKER_Msk | FLASH_NSCR_STRT_Msk);
    assert_int_equal(rd(NS_P, NSSR), FLASH_NSSR_WRPERR_Msk);
    wr(NS_P, NSSR, 0xF8u);
    wr(NS_P, NSCR, FLASH_NSCR_MER1_Msk | FLASH_NSCR_MER2_Msk | FLASH_NSCR_STRT_Msk);
    assert_int_equal(rd(NS_P, NSSR), FLASH_NSSR_WRPERR_Msk);
}

static void ns_strt_by_a_secure_access_is_pgserr_B1(void **state)
{
    (void)state;
    unlock_flash();
    wr(S_P, FLASH_R_S + FLASH_NSCR_OFS, FLASH_NSCR_PER_Msk | FLASH_NSCR_STRT_Msk);
    assert_int_equal(rd(NS_P, NSSR), FLASH_NSSR_PGSERR_Msk);
}

static void block_bits_add_secure_pages_B7(void **state)
{
    (void)state;
    bench.flash[0x4000u] = 0x66;
    wr(S_P, FLASH_R_S + FLASH_SECBB1R1_OFS, 1u << 2);
    assert_int_equal(rd(NS_P, 0x08004000u), 0);
    assert_int_equal(rd(S_P, 0x0C004000u) & 0xFFu, 0x66);
    wr(NS_P, FLASH_R_NS + FLASH_SECBB1R1_OFS, 0); /* WI, but readable */
    assert_int_equal(rd(NS_P, FLASH_R_NS + FLASH_SECBB1R1_OFS), 1u << 2);
}

static void hide_protection_B7(void **state)
{
    (void)state;
    bench.flash[0x100000u] = 0x99;
    bench.flash[0x108000u] = 0x98;
    assert_int_equal(rd(S_P, BANK2_S) & 0xFFu, 0x99);
    wr(S_P, FLASH_R_S + FLASH_SECHDPCR_OFS, FLASH_SECHDPCR_HDP2_ACCDIS_Msk);
    assert_int_equal(rd(S_P, BANK2_S), 0);
    assert_int_equal(rd_status(S_X, BANK2_S + 0x7FF0u), BUS_ERROR);
    assert_int_equal(rd(S_P, BANK2_S + 0x8000u) & 0xFFu, 0x98); /* page 4 is outside */
    wr(S_P, FLASH_R_S + FLASH_SECHDPCR_OFS, 0);                 /* set-only */
    assert_int_equal(rd(S_P, BANK2_S), 0);
    unlock_flash();
    wr(S_P, SECCR, FLASH_SECCR_PER_Msk | FLASH_SECCR_BKER_Msk | FLASH_SECCR_STRT_Msk);
    assert_int_equal(rd(S_P, SECSR), FLASH_SECSR_WRPERR_Msk);
    soc_reset_pin(bench.soc);
    soc_service(bench.soc);
    assert_int_equal(rd(S_P, BANK2_S) & 0xFFu, 0x99);
}

static void secure_registers_are_hidden_from_nonsecure_B6(void **state)
{
    (void)state;
    enable_clocks();
    assert_int_equal(rd(NS_P, FLASH_R_NS + FLASH_SECCR_OFS), 0);
    assert_int_equal(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR4_OFS), 1u << 1);
}

static void flash_windows_follow_pages(void **state)
{
    struct bus_window w;

    (void)state;
    assert_true(fake.config.bus.map(fake.config.bus.context, 0x0C100000u, S_X, &w));
    assert_int_equal(w.size, 0x100000u);
    assert_false(w.writable);
    assert_false(fake.config.bus.map(fake.config.bus.context, 0x0C000000u, S_P, &w));
    wr(S_P, FLASH_R_S + FLASH_SECHDPCR_OFS, FLASH_SECHDPCR_HDP2_ACCDIS_Msk);
    assert_true(fake.config.bus.map(fake.config.bus.context, 0x0C108000u, S_X, &w));
    assert_int_equal(w.base, 0x0C108000u);
    assert_int_equal(w.size, 0x8000u);
    assert_false(fake.config.bus.map(fake.config.bus.context, 0x0C106000u, S_X, &w));
}

static void reset_during_an_operation_is_named_in_OPSR_B9(void **state)
{
    (void)state;
    unlock_flash();
    wr(S_P, SECCR,
       FLASH_SECCR_PER_Msk | 9u << FLASH_SECCR_PNB_Pos | FLASH_SECCR_BKER_Msk |
           FLASH_SECCR_STRT_Msk);
    soc_reset_pin(bench.soc);
    soc_service(bench.soc);
    assert_int_equal(rd(S_P, FLASH_R_S + FLASH_OPSR_OFS),
                     3u << 29 | FLASH_OPSR_BK_OP_Msk | 9u * 0x2000u);
}

static void otp_is_written_once_and_nonsecure_A3(void **state)
{
    (void)state;
    unlock_flash();
    program(NS_P, NSCR, 0x0BFA0010u, pattern);
    run_us(200);
    assert_int_equal(rd(NS_P, 0x0BFA0014u), pattern[1]);
    assert_memory_equal(bench.otp + 0x10, pattern, 16);
    program(NS_P, NSCR, 0x0BFA0010u, (const uint32_t[4]){0});
    assert_int_equal(rd(NS_P, NSSR), FLASH_NSSR_PROGERR_Msk);
}

static void a_power_cut_leaves_an_intermediate_state(void **state)
{
    unsigned cleared = 0, zeros = 0;

    (void)state;
    unlock_flash();
    program(S_P, SECCR, BANK2_S + 0x8000u, (const uint32_t[4]){0, 0, 0, 0});
    /* In the owner's memory at once, not all bits programmed yet; the line counts as used. */
    for (unsigned i = 0; i < 16; i++) {
        cleared += bench.flash[0x108000u + i] != 0xFF;
        zeros += bench.flash[0x108000u + i] == 0;
    }
    assert_true(cleared > 0 && zeros < 16);
    assert_true(bench.programmed[0x108000u / 128] & 1u);
    run_us(200);
    assert_int_equal(rd(S_P, BANK2_S + 0x8000u), 0);
    wr(S_P, SECCR,
       FLASH_SECCR_PER_Msk | 4u << FLASH_SECCR_PNB_Pos | FLASH_SECCR_BKER_Msk |
           FLASH_SECCR_STRT_Msk);
    cleared = zeros = 0;
    for (unsigned i = 0; i < 16; i++) {
        cleared += bench.flash[0x108000u + i] != 0xFF;
        zeros += bench.flash[0x108000u + i] == 0;
    }
    assert_true(cleared > 0 && zeros < 16);
    assert_true(bench.programmed[0x108000u / 128] & 1u); /* still not writable */
    /* Power comes back: the controller knows nothing, the page must be erased again. */
    soc_power_on(bench.soc);
    assert_int_equal(rd(S_P, FLASH_R_S + FLASH_SECSR_OFS), 0);
    unlock_flash();
    program(S_P, SECCR, BANK2_S + 0x8000u, pattern);
    assert_int_equal(rd(S_P, SECSR), FLASH_SECSR_PROGERR_Msk);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(quad_word_takes_118_us_B3),
        T(second_program_needs_erase_B3),
        T(page_erase_takes_1500_us_and_sets_EOP_with_EOPIE_B2),
        T(read_of_the_busy_bank_stalls_A2),
        T(burst_writes_128_bytes_B3),
        T(errors_B4),
        T(strt_while_wdw_keeps_wdw_erratum_2_2_25),
        T(wrong_key_is_a_bus_error_and_locks_until_reset_B1),
        T(access_matrix_secure_page_B6),
        T(access_matrix_nonsecure_page_B6),
        T(nonsecure_cannot_write_secure_pages_B6),
        T(ns_strt_by_a_secure_access_is_pgserr_B1),
        T(block_bits_add_secure_pages_B7),
        T(hide_protection_B7),
        T(secure_registers_are_hidden_from_nonsecure_B6),
        T(flash_windows_follow_pages),
        T(reset_during_an_operation_is_named_in_OPSR_B9),
        T(otp_is_written_once_and_nonsecure_A3),
        T(a_power_cut_leaves_an_intermediate_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
