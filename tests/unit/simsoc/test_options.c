/* Option bytes: unlocking, programming, loading, and the rules of OPTWERR (facts B.5, L.1). */
#include "harness.h"

#include "soc/inject.h"

#define NSSR (FLASH_R_NS + FLASH_NSSR_OFS)
#define NSCR (FLASH_R_NS + FLASH_NSCR_OFS)
#define OPTR (FLASH_R_NS + FLASH_OPTR_OFS)

static void unlock_options(void)
{
    unlock_flash();
    wr(NS_P, FLASH_R_NS + FLASH_OPTKEYR_OFS, 0x08192A3Bu);
    wr(NS_P, FLASH_R_NS + FLASH_OPTKEYR_OFS, 0x4C5D6E7Fu);
}

static void optstrt(void)
{
    wr(NS_P, NSCR, FLASH_NSCR_OPTSTRT_Msk);
    run_us(20000);
}

static void launch(void)
{
    wr(NS_P, NSCR, FLASH_NSCR_OBL_LAUNCH_Msk);
    assert_true(soc_service(bench.soc));
}

static void written_values_count_after_loading_only(void **state)
{
    (void)state;
    unlock_options();
    wr(NS_P, OPTR, rd(NS_P, OPTR) & ~FLASH_OPTR_SRAM2_RST_Msk);
    assert_false(bench.options.optr == rd(NS_P, OPTR));
    optstrt();
    assert_int_equal(rd(NS_P, NSSR), 0);
    assert_false(bench.options.optr & FLASH_OPTR_SRAM2_RST_Msk); /* programmed */
    soc_reset_pin(bench.soc);
    soc_service(bench.soc);
    assert_true(rd(NS_P, OPTR) & FLASH_OPTR_SRAM2_RST_Msk); /* plain reset: not loaded */
    unlock_options();
    launch();
    assert_false(rd(NS_P, OPTR) & FLASH_OPTR_SRAM2_RST_Msk);
    assert_int_equal(bench.reset_cause, RCC_CSR_OBLRSTF_Msk | RCC_CSR_PINRSTF_Msk);
}

static void options_need_their_own_key(void **state)
{
    uint32_t before = rd(NS_P, OPTR);

    (void)state;
    unlock_flash();
    wr(NS_P, OPTR, before ^ FLASH_OPTR_SRAM2_RST_Msk);
    assert_int_equal(rd(NS_P, OPTR), before);
    assert_true(rd(NS_P, NSCR) & FLASH_NSCR_OPTLOCK_Msk);
    assert_int_equal(wr_status(NS_P, FLASH_R_NS + FLASH_OPTKEYR_OFS, 1), BUS_ERROR);
    unlock_options();
    assert_true(rd(NS_P, NSCR) & FLASH_NSCR_OPTLOCK_Msk); /* for the session */
}

static void setting_LOCK_sets_OPTLOCK(void **state)
{
    (void)state;
    unlock_options();
    assert_int_equal(rd(NS_P, NSCR) >> 30, 0);
    wr(NS_P, NSCR, FLASH_NSCR_LOCK_Msk);
    assert_int_equal(rd(NS_P, NSCR) >> 30, 3);
}

static void expect_refused(uint32_t address, struct bus_attr attr, uint32_t value)
{
    struct soc_options before = bench.options;

    unlock_options();
    wr(NS_P, NSSR, 0x20F8u);
    wr(attr, address, value);
    optstrt();
    assert_int_equal(rd(NS_P, NSSR), FLASH_NSSR_OPTWERR_Msk);
    wr(NS_P, NSSR, FLASH_NSSR_OPTWERR_Msk);
    assert_memory_equal(&before, &bench.options, sizeof before);
    assert_false(rd(attr, address) == value);
}

static void optwerr_rules(void **state)
{
    uint32_t secboot = FLASH_R_S + FLASH_SECBOOTADD0R_OFS;
    uint32_t optr = rd(NS_P, OPTR);

    (void)state;
    /* SECBOOTADD0 is locked by BOOT_LOCK. */
    expect_refused(secboot, S_P, 0x0C000001u);
    /* SWAP_BANK with BOOT_LOCK and TZEN. */
    expect_refused(OPTR, NS_P, optr | FLASH_OPTR_SWAP_BANK_Msk);
    /* TZEN can be cleared only with an RDP regression. */
    expect_refused(OPTR, NS_P, optr & ~FLASH_OPTR_TZEN_Msk);
    /* Hide protection outside the secure area. */
    expect_refused(FLASH_R_S + FLASH_SECWM1R2_OFS, S_P, 0x80000000u | 5u << 16);
    /* SECWM while HDP access is disabled. */
    wr(S_P, FLASH_R_S + FLASH_SECHDPCR_OFS, FLASH_SECHDPCR_HDP2_ACCDIS_Msk);
    expect_refused(FLASH_R_S + FLASH_SECWM2R1_OFS, S_P, 0x00100000u);
}

static void secure_option_registers_are_hidden(void **state)
{
    (void)state;
    unlock_options();
    assert_int_equal(rd(NS_P, FLASH_R_NS + FLASH_SECWM2R1_OFS), 0);
    wr(NS_P, FLASH_R_NS + FLASH_SECWM2R1_OFS, 0);
    assert_int_equal(rd(S_P, FLASH_R_S + FLASH_SECWM2R1_OFS), 0xFFFFFF80u);
}

static void boot_address_follows_the_options_L1(void **state)
{
    (void)state;
    assert_int_equal(fake.vtor, 0x0C100000u);
    assert_int_equal(bench.reset_cause, RCC_CSR_BORRSTF_Msk | RCC_CSR_PINRSTF_Msk);
}

static void production_values_boot_nonsecure(void **state)
{
    (void)state;
    assert_int_equal(fake.vtor, 0x08000000u);
    assert_false(fake.config.has_security);
    assert_int_equal(rd(NS_P, OPTR), 0x1FEFF8AAu);
    /* TZEN 0 to 1 puts both watermarks back to "all secure". */
    unlock_flash();
    wr(NS_P, FLASH_R_NS + FLASH_OPTKEYR_OFS, 0x08192A3Bu);
    wr(NS_P, FLASH_R_NS + FLASH_OPTKEYR_OFS, 0x4C5D6E7Fu);
    wr(NS_P, OPTR, 0x9FEFF8AAu);
    wr(NS_P, NSCR, FLASH_NSCR_OPTSTRT_Msk);
    run_us(20000);
    assert_int_equal(bench.options.optr, 0x9FEFF8AAu);
    assert_int_equal(bench.options.secwm1r1, 0xFFFFFF80u);
}

static void debug_authentication_follows_rdp_L3(void **state)
{
    (void)state;
    assert_true(fake.auth[0] && fake.auth[2]);
    bench.options.optr = (bench.options.optr & ~0xFFu) | 0xCCu;
    soc_power_on(bench.soc);
    assert_false(fake.auth[0] || fake.auth[1] || fake.auth[2] || fake.auth[3]);
}

/* ---- RDP regressions (RM0456 3.10.2, 7.6.2) ---- */

static void set_option(uint32_t address, uint32_t value)
{
    unlock_options();
    wr(NS_P, NSSR, 0x20F8u);
    wr(NS_P, address, value);
    optstrt();
}

static void set_rdp(uint32_t level)
{
    set_option(OPTR, (rd(NS_P, OPTR) & ~0xFFu) | level);
}

static void from_1_to_05_keeps_the_secure_watermark_only(void **state)
{
    (void)state;
    set_rdp(0x00);
    launch();
    bench.flash[0x1000] = 1;   /* bank 1 is non-secure on the bench */
    bench.flash[0x100000] = 2; /* bank 2 is secure */
    wr(S_P, SRAM1_S, 3);
    set_rdp(0x55);
    assert_int_equal(rd(NS_P, NSSR) & FLASH_NSSR_OPTWERR_Msk, 0);
    assert_int_equal(bench.flash[0x1000], 0xFF);
    assert_int_equal(bench.flash[0x100000], 2);
    assert_int_equal(rd(S_P, SRAM1_S), 0);
    launch();
    set_rdp(0xAA); /* 0.5 to 0 only by way of 1 */
    assert_true(rd(NS_P, NSSR) & FLASH_NSSR_OPTWERR_Msk);
}

static void oem1_key_guards_the_way_to_0(void **state)
{
    (void)state;
    unlock_options();
    wr(NS_P, FLASH_R_NS + FLASH_OEM1KEYR1_OFS, 0x11223344u);
    wr(NS_P, FLASH_R_NS + FLASH_OEM1KEYR2_OFS, 0x55667788u);
    optstrt();
    launch();
    assert_int_equal(rd(NS_P, FLASH_R_NS + FLASH_OEM1KEYR1_OFS), 0);
    assert_true(rd(NS_P, NSSR) & FLASH_NSSR_OEM1LOCK_Msk);
    set_rdp(0x00);
    launch();
    bench.flash[0x1000] = 1;
    set_rdp(0xAA);
    assert_true(rd(NS_P, NSSR) & FLASH_NSSR_OPTWERR_Msk);
    assert_int_equal(bench.flash[0x1000], 1);
    /* One try a power cycle: a wrong password, then the right one. */
    soc_debug_key(bench.soc, 0x11223344u);
    soc_debug_key(bench.soc, 0);
    soc_debug_key(bench.soc, 0x11223344u);
    soc_debug_key(bench.soc, 0x55667788u);
    set_rdp(0xAA);
    assert_true(rd(NS_P, NSSR) & FLASH_NSSR_OPTWERR_Msk);
    soc_power_on(bench.soc);
    soc_debug_key(bench.soc, 0x11223344u);
    soc_debug_key(bench.soc, 0x55667788u);
    set_rdp(0xAA);
    assert_false(rd(NS_P, NSSR) & FLASH_NSSR_OPTWERR_Msk);
    assert_int_equal(bench.flash[0x1000], 0xFF);
    assert_int_equal(bench.flash[0x100000], 0xFF);
}

static void oem2_key_opens_level_2(void **state)
{
    (void)state;
    unlock_options();
    wr(NS_P, FLASH_R_NS + FLASH_OEM2KEYR1_OFS, 0xA5A5A5A5u);
    wr(NS_P, FLASH_R_NS + FLASH_OEM2KEYR2_OFS, 0x5A5A5A5Au);
    wr(NS_P, OPTR, (rd(NS_P, OPTR) & ~0xFFu) | 0xCCu);
    optstrt();
    launch();
    bench.flash[0x1000] = 1;
    set_rdp(0x00);
    assert_true(rd(NS_P, NSSR) & FLASH_NSSR_OPTWERR_Msk);
    soc_debug_key(bench.soc, 0xA5A5A5A5u);
    soc_debug_key(bench.soc, 0x5A5A5A5Au);
    soc_power_on(bench.soc);
    assert_int_equal(rd(NS_P, OPTR) & 0xFFu, 0);
    assert_int_equal(bench.flash[0x1000], 1); /* nothing is erased */
}

/* RM0456 7.6.2: a debugger at RDP 1 locks flash, SRAM2 and the backup registers until power-on. */
static void a_debugger_at_level_1_is_an_intrusion(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, PWR_S + PWR_DBPR_OFS, 1);
    wr(S_P, TAMP_S + TAMP_BKP0R_OFS, 5);
    assert_true(soc_debug_attach(bench.soc));
    assert_int_equal(rd(S_P, TAMP_S + TAMP_BKP0R_OFS), 5); /* level 0: open */
    set_rdp(0x00);
    launch();
    enable_clocks();
    wr(S_P, SRAM2_S, 6);
    wr(S_P, SRAM1_S, 7);
    assert_int_equal(rd_status(S_P, 0x0C100000u), BUS_OK);
    assert_true(soc_debug_attach(bench.soc));
    assert_int_equal(rd_status(S_P, 0x0C100000u), BUS_ERROR);
    assert_int_equal(rd(S_P, TAMP_S + TAMP_BKP0R_OFS), 0);
    assert_int_equal(rd(S_P, SRAM2_S), 0);
    assert_int_equal(rd(S_P, SRAM1_S), 7);
    soc_reset_pin(bench.soc);
    soc_service(bench.soc);
    assert_int_equal(rd_status(S_P, 0x0C100000u), BUS_ERROR);
    soc_power_on(bench.soc);
    assert_int_equal(rd_status(S_P, 0x0C100000u), BUS_OK);
    set_rdp(0xCC);
    launch();
    assert_false(soc_debug_attach(bench.soc));
}

static void dbgmcu_L3(void **state)
{
    (void)state;
    assert_int_equal(rd(S_P, 0xE0044000u) & 0xFFFu, 0x482u);
    assert_int_equal(rd(S_P, 0xE0044104u), 0); /* erratum 2.2.7 */
    wr(S_P, 0xE0044008u, 0xFFFFFFFFu);
    assert_int_equal(rd(NS_P, 0xE0044008u), 0x0060183Fu);
    soc_reset_pin(bench.soc);
    soc_service(bench.soc);
    assert_int_equal(rd(S_P, 0xE0044008u), 0x0060183Fu);
    soc_power_on(bench.soc);
    assert_int_equal(rd(S_P, 0xE0044008u), 0);
    assert_int_equal(rd_status(S_U, 0xE0044000u), BUS_ERROR);
}

/* TZEN counts after the next loading of option bytes. */
static void tzen_takes_effect_at_loading(void **state)
{
    (void)state;
    assert_false(fake.config.has_security);
    set_option(OPTR, rd(NS_P, OPTR) | FLASH_OPTR_TZEN_Msk);
    assert_false(fake.config.has_security);
    launch();
    assert_true(fake.config.has_security);
    assert_int_equal(rd(S_P, GPIOA_S + GPIO_SECCFGR_OFS), 0); /* no clock */
    enable_clocks();
    assert_int_equal(rd(S_P, GPIOA_S + GPIO_SECCFGR_OFS), 0xFFFFu);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(written_values_count_after_loading_only),
        T(options_need_their_own_key),
        T(setting_LOCK_sets_OPTLOCK),
        T(optwerr_rules),
        T(secure_option_registers_are_hidden),
        T(boot_address_follows_the_options_L1),
        T(debug_authentication_follows_rdp_L3),
        T(from_1_to_05_keeps_the_secure_watermark_only),
        T(oem1_key_guards_the_way_to_0),
        T(oem2_key_opens_level_2),
        T(a_debugger_at_level_1_is_an_intrusion),
        T(dbgmcu_L3),
        cmocka_unit_test_setup_teardown(tzen_takes_effect_at_loading, setup_open, teardown),
        cmocka_unit_test_setup_teardown(production_values_boot_nonsecure, setup_open, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
