/* Memory map, IDAU, SRAM firewalls (facts A.1, A.4, D.3, D.5). */
#include "harness.h"

static void idau_answers_as_in_A1(void **state)
{
    const struct {
        uint32_t address;
        enum idau_kind kind;
    } cases[] = {
        {0x00000000u, IDAU_NONSECURE}, {0x08000000u, IDAU_NONSECURE}, {0x0C000000u, IDAU_NSC},
        {0x0FFFFFFFu, IDAU_NSC},       {0x10000000u, IDAU_NONSECURE}, {0x20000000u, IDAU_NONSECURE},
        {0x30000000u, IDAU_NSC},       {0x40000000u, IDAU_NONSECURE}, {0x50000000u, IDAU_NSC},
        {0x90000000u, IDAU_NONSECURE}, {0xE0000000u, IDAU_EXEMPT}};

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct idau_result r = fake.config.bus.idau(fake.config.bus.context, cases[i].address);

        assert_int_equal(r.kind, cases[i].kind);
        assert_false(r.region_valid);
    }
}

static void sram_is_secure_and_privileged_after_reset_A4(void **state)
{
    (void)state;
    wr(S_P, 0x30000000u, 0x12345678u);
    assert_int_equal(rd(S_P, 0x30000000u), 0x12345678u);
    assert_int_equal(rd(S_P, 0x0E000000u), 0x12345678u); /* C-bus alias */
    assert_int_equal(rd(NS_P, 0x20000000u), 0);          /* RAZ */
    wr(NS_P, 0x20000000u, 1);                            /* WI */
    assert_int_equal(rd(S_U, 0x30000000u), 0);           /* unprivileged: RAZ, no event */
    assert_int_equal(rd(S_P, 0x30000000u), 0x12345678u);
    assert_int_equal(rd_status(NS_X, 0x20000000u), BUS_ERROR);
    enable_clocks();
    assert_int_equal(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR4_OFS), 1u << 24);
}

static void open_sram1(void)
{
    for (unsigned i = 0; i < 12; i++) {
        wr(S_P, GTZC_MPCBB1_S + GTZC_MPCBB_SECCFGR_OFS + 4 * i, 0);
        wr(S_P, GTZC_MPCBB1_S + GTZC_MPCBB_PRIVCFGR_OFS + 4 * i, 0);
    }
}

static void secure_access_to_nonsecure_block_needs_srwiladis_D3(void **state)
{
    (void)state;
    enable_clocks();
    open_sram1();
    wr(NS_U, 0x20000010u, 0xCAFE0001u);
    assert_int_equal(rd(NS_P, 0x20000010u), 0xCAFE0001u);
    assert_int_equal(rd(S_P, 0x30000010u), 0);
    assert_true(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR4_OFS) & (1u << 24));
    wr(S_P, GTZC_MPCBB1_S + GTZC_MPCBB_CR_OFS, GTZC_MPCBB_CR_SRWILADIS_Msk);
    assert_int_equal(rd(S_P, 0x30000010u), 0xCAFE0001u);
    assert_int_equal(rd_status(S_X, 0x30000010u), BUS_ERROR); /* fetch stays illegal */
}

static void one_block_is_512_bytes_D5(void **state)
{
    (void)state;
    enable_clocks();
    open_sram1();
    /* Block 33 = bit 1 of SECCFGR1: offset 0x4200. */
    wr(S_P, GTZC_MPCBB1_S + GTZC_MPCBB_SECCFGR_OFS + 4, 2u);
    wr(NS_P, 0x200041FCu, 5);
    wr(NS_P, 0x20004200u, 6);
    wr(NS_P, 0x200043FCu, 7);
    wr(NS_P, 0x20004400u, 8);
    assert_int_equal(rd(NS_P, 0x200041FCu), 5);
    assert_int_equal(rd(NS_P, 0x20004200u), 0);
    assert_int_equal(rd(NS_P, 0x200043FCu), 0);
    assert_int_equal(rd(NS_P, 0x20004400u), 8);
}

static bool map(struct bus_attr attr, uint32_t address, struct bus_window *w)
{
    return fake.config.bus.map(fake.config.bus.context, address, attr, w);
}

static void windows_never_cross_a_change_of_rights(void **state)
{
    struct bus_window w;

    (void)state;
    enable_clocks();
    assert_false(map(NS_P, 0x20000000u, &w));
    assert_true(map(S_P, 0x30000000u, &w));
    assert_int_equal(w.base, 0x30000000u);
    assert_int_equal(w.size, 0x20000u); /* 192 KiB: largest power of two from 0 */
    assert_true(map(S_P, 0x30040000u, &w));
    assert_int_equal(w.base & (w.size - 1), 0);
    assert_true(w.size >= 0x40000u);
    open_sram1();
    wr(S_P, GTZC_MPCBB1_S + GTZC_MPCBB_SECCFGR_OFS + 4, 2u);
    assert_true(map(NS_P, 0x20004000u, &w));
    assert_int_equal(w.base, 0x20004000u);
    assert_int_equal(w.size, 512);
    assert_false(map(NS_P, 0x20004200u, &w));
    assert_true(map(NS_P, 0x20000000u, &w));
    assert_int_equal(w.size, 0x4000u);
    for (uint32_t a = 0x20000000u; a < 0x20030000u; a += 512) {
        if (map(NS_P, a, &w)) {
            assert_true(a - w.base < w.size);
            assert_true(w.writable);
            assert_false(w.base <= 0x20004200u && 0x20004200u < w.base + w.size);
            *(uint32_t *)(void *)(w.host + (a - w.base)) = a;
            assert_int_equal(rd(NS_P, a), a);
        }
    }
}

static void changing_a_firewall_flushes_the_tlb(void **state)
{
    unsigned before;

    (void)state;
    enable_clocks();
    before = fake.tlb_flushes;
    wr(S_P, GTZC_MPCBB3_S + GTZC_MPCBB_SECCFGR_OFS, 0xFFFF0000u);
    assert_true(fake.tlb_flushes > before);
}

static void mpcbb_locks_D5(void **state)
{
    uint32_t sec0 = GTZC_MPCBB2_S + GTZC_MPCBB_SECCFGR_OFS;

    (void)state;
    enable_clocks();
    wr(NS_P, GTZC_MPCBB2_NS + GTZC_MPCBB_SECCFGR_OFS, 0); /* NS write: WI + ILAC */
    assert_int_equal(rd(S_P, sec0), 0xFFFFFFFFu);
    assert_int_equal(rd(NS_P, GTZC_MPCBB2_NS + GTZC_MPCBB_SECCFGR_OFS), 0xFFFFFFFFu);
    assert_int_equal(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR4_OFS), 1u << 27);
    wr(S_P, GTZC_MPCBB2_S + GTZC_MPCBB_CFGLOCKR1_OFS, 1u);
    wr(S_P, sec0, 0);
    assert_int_equal(rd(S_P, sec0), 0xFFFFFFFFu);
    wr(S_P, sec0 + 4, 0);
    assert_int_equal(rd(S_P, sec0 + 4), 0);
}

static void unique_id_and_flash_size_only_nonsecure_A3(void **state)
{
    (void)state;
    assert_int_equal(rd(NS_P, 0x0BFA0700u), 0x11111111u);
    assert_int_equal(rd(NS_P, 0x0BFA0708u), 0x33333333u);
    assert_int_equal(rd_sized(NS_P, 0x0BFA07A0u, 2), 0x800u);
    assert_int_equal(rd(S_P, 0x0BFA0700u), 0);
}

static void sram_erase_needs_its_keys_A4(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, 0x38000000u, 0x55u);
    set_bits(RAMCFG_SRAM4_S + RAMCFG_CR_OFS, RAMCFG_CR_SRAMER_Msk);
    assert_int_equal(rd(S_P, 0x38000000u), 0x55u);
    wr(S_P, RAMCFG_SRAM4_S + RAMCFG_ERKEYR_OFS, 0xCAu);
    wr(S_P, RAMCFG_SRAM4_S + RAMCFG_ERKEYR_OFS, 0x53u);
    set_bits(RAMCFG_SRAM4_S + RAMCFG_CR_OFS, RAMCFG_CR_SRAMER_Msk);
    assert_true(rd(S_P, RAMCFG_SRAM4_S + RAMCFG_ISR_OFS) & RAMCFG_ISR_SRAMBUSY_Msk);
    run_us(2000); /* 4096 words at 4 MHz: 1024 us */
    assert_false(rd(S_P, RAMCFG_SRAM4_S + RAMCFG_ISR_OFS) & RAMCFG_ISR_SRAMBUSY_Msk);
    assert_int_equal(rd(S_P, 0x38000000u), 0);
}

static void nothing_answers_outside_the_map(void **state)
{
    (void)state;
    assert_int_equal(rd_status(S_P, 0x60000000u), BUS_ERROR);
    assert_int_equal(rd_status(S_P, 0x300C0000u), BUS_ERROR);
    assert_non_null(strstr(bench.log, "guest error"));
}

static void unmodelled_registers_read_back_after_one_line(void **state)
{
    const char *first;

    (void)state;
    set_bits(RCC_S + RCC_AHB1ENR_OFS, RCC_AHB1ENR_TSCEN_Msk);
    wr(S_P, TSC_S + 0x10, 0x1234u);
    wr(S_P, TSC_S + 0x10, 0x5678u);
    assert_int_equal(rd(S_P, TSC_S + 0x10), 0x5678u);
    first = strstr(bench.log, "not modelled: TSC register 0x010");
    assert_non_null(first);
    assert_null(strstr(first + 1, "not modelled: TSC register 0x010"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(idau_answers_as_in_A1),
        T(sram_is_secure_and_privileged_after_reset_A4),
        T(secure_access_to_nonsecure_block_needs_srwiladis_D3),
        T(one_block_is_512_bytes_D5),
        T(windows_never_cross_a_change_of_rights),
        T(changing_a_firewall_flushes_the_tlb),
        T(mpcbb_locks_D5),
        T(unique_id_and_flash_size_only_nonsecure_A3),
        T(sram_erase_needs_its_keys_A4),
        T(nothing_answers_outside_the_map),
        T(unmodelled_registers_read_back_after_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
