/* Memory errors: ECC of flash and SRAM, write protection, power-down (facts A.4, B.9, B.1;
 * RM0456 6.3, 7.3.2, 10.7). */
#include "harness.h"

#include "soc/inject.h"

#define ECCR   (FLASH_R_NS + FLASH_ECCR_OFS)
#define FLASH2 0x0C100000u /* bank 2: secure on the bench */
#define M(n)   (RAMCFG_S + 0x40u * ((n)-1u))
#define SRAM2  SRAM2_S

static void flash_error_of_one_bit_is_corrected_and_told(void **state)
{
    (void)state;
    wr(S_P, ECCR, FLASH_ECCR_ECCIE_Msk);
    memset(bench.flash + 0x104000, 0x5A, 16);
    assert_true(soc_inject_flash_ecc(bench.soc, 0x104000, SOC_ECC_CORRECTED));
    assert_int_equal(rd(S_P, FLASH2 + 0x3FF0), 0xFFFFFFFFu); /* a neighbour */
    assert_int_equal(rd(S_P, ECCR), FLASH_ECCR_ECCIE_Msk);
    assert_int_equal(rd(S_P, FLASH2 + 0x4004), 0x5A5A5A5Au);
    assert_int_equal(rd(S_P, ECCR),
                     FLASH_ECCR_ECCIE_Msk | FLASH_ECCR_ECCC_Msk | FLASH_ECCR_BK_ECC_Msk | 0x4000u);
    assert_true(fake.irq[IRQ_FLASH]);
    assert_int_equal(fake.nmis, 0);
    wr(S_P, ECCR, FLASH_ECCR_ECCC_Msk);
    assert_false(rd(S_P, ECCR) & FLASH_ECCR_ECCC_Msk);
    assert_false(fake.irq[IRQ_FLASH]);
}

static void flash_error_of_two_bits_is_an_nmi(void **state)
{
    (void)state;
    memset(bench.flash + 0x10A000, 0x11, 16);
    memset(bench.flash + 0x10A010, 0x22, 16);
    assert_true(soc_inject_flash_ecc(bench.soc, 0x10A000, SOC_ECC_DETECTED));
    assert_true(soc_inject_flash_ecc(bench.soc, 0x10A010, SOC_ECC_CORRECTED));
    assert_int_not_equal(rd(S_P, FLASH2 + 0xA000), 0x11111111u);
    assert_int_equal(fake.nmis, 1);
    /* The address is taken while both flags are clear only. */
    rd(S_P, FLASH2 + 0xA010);
    assert_int_equal(rd(S_P, ECCR) & 0xFFFFFu, 0xA000u);
    assert_true(rd(S_P, ECCR) & FLASH_ECCR_ECCD_Msk);
    /* Erasing the page takes the error away. */
    unlock_flash();
    wr(S_P, FLASH_R_S + FLASH_SECCR_OFS,
       FLASH_SECCR_PER_Msk | FLASH_SECCR_BKER_Msk | 5u << FLASH_SECCR_PNB_Pos |
           FLASH_SECCR_STRT_Msk);
    run_us(5000);
    wr(S_P, ECCR, FLASH_ECCR_ECCD_Msk | FLASH_ECCR_ECCC_Msk);
    assert_int_equal(rd(S_P, FLASH2 + 0xA000), 0xFFFFFFFFu);
    assert_int_equal(rd(S_P, ECCR) & (FLASH_ECCR_ECCD_Msk | FLASH_ECCR_ECCC_Msk), 0);
    assert_int_equal(fake.nmis, 1);
}

/* RM0456 7.3.2: two words of the information block are wrong on purpose. */
static void flash_has_words_for_self_tests(void **state)
{
    (void)state;
    rd(NS_P, 0x0BFA1F00u);
    assert_int_equal(rd(NS_P, ECCR) & (FLASH_ECCR_ECCC_Msk | FLASH_ECCR_SYSF_ECC_Msk),
                     FLASH_ECCR_ECCC_Msk | FLASH_ECCR_SYSF_ECC_Msk);
    wr(NS_P, ECCR, FLASH_ECCR_ECCC_Msk);
    rd(NS_P, 0x0BFA1F80u);
    assert_true(rd(NS_P, ECCR) & FLASH_ECCR_ECCD_Msk);
    assert_int_equal(fake.nmis, 1);
}

static int start_with_ecc(void **state)
{
    (void)state;
    bench_start(true);
    bench.options.optr &=
        ~(FLASH_OPTR_SRAM2_ECC_Msk | FLASH_OPTR_SRAM3_ECC_Msk | FLASH_OPTR_BKPRAM_ECC_Msk);
    soc_power_on(bench.soc);
    enable_clocks();
    return 0;
}

/* RM0456 6.3.3: the reset value of ECCE is the option byte's; flags need their enables. */
static void sram_errors_need_their_enables(void **state)
{
    (void)state;
    assert_int_equal(rd(S_P, M(1) + RAMCFG_CR_OFS) & RAMCFG_CR_ECCE_Msk, 0);
    assert_int_equal(rd(S_P, M(2) + RAMCFG_CR_OFS) & RAMCFG_CR_ECCE_Msk, RAMCFG_CR_ECCE_Msk);
    wr(S_P, SRAM2 + 0x100, 0xCAFE0001u);
    assert_true(soc_inject_sram_ecc(bench.soc, 1, 0x100, SOC_ECC_CORRECTED));
    assert_int_equal(rd(S_P, SRAM2 + 0x100), 0xCAFE0001u); /* corrected */
    assert_int_equal(rd(S_P, M(2) + RAMCFG_ISR_OFS), 0);
    wr(S_P, M(2) + RAMCFG_IER_OFS, RAMCFG_IER_SEIE_Msk);
    wr(S_P, M(2) + RAMCFG_CR_OFS, RAMCFG_CR_ECCE_Msk | RAMCFG_CR_ALE_Msk);
    assert_int_equal(rd(S_P, SRAM2 + 0x100), 0xCAFE0001u);
    assert_int_equal(rd(S_P, M(2) + RAMCFG_ISR_OFS), RAMCFG_ISR_SEDC_Msk);
    assert_int_equal(rd(S_P, M(2) + RAMCFG_SEAR_OFS), 0x100);
    assert_true(fake.irq[IRQ_RAMCFG]);
    wr(S_P, M(2) + RAMCFG_ICR_OFS, RAMCFG_ICR_CSEDC_Msk);
    assert_false(fake.irq[IRQ_RAMCFG]);
    wr(S_P, SRAM2 + 0x100, 7); /* a whole word has a right code again */
    assert_int_equal(rd(S_P, SRAM2 + 0x100), 7);
    assert_int_equal(rd(S_P, M(2) + RAMCFG_ISR_OFS), 0);
}

static void sram_error_of_two_bits_is_an_nmi_if_wanted(void **state)
{
    (void)state;
    wr(S_P, SRAM3_S + 0x40, 0x1234u);
    assert_true(soc_inject_sram_ecc(bench.soc, 2, 0x40, SOC_ECC_DETECTED));
    assert_false(soc_inject_sram_ecc(bench.soc, 2, 0x40000, SOC_ECC_DETECTED)); /* no ECC there */
    assert_false(soc_inject_sram_ecc(bench.soc, 0, 0x40, SOC_ECC_DETECTED));
    wr(S_P, M(3) + RAMCFG_IER_OFS, RAMCFG_IER_ECCNMI_Msk);
    assert_int_not_equal(rd(S_P, SRAM3_S + 0x40), 0x1234u);
    assert_int_equal(rd(S_P, M(3) + RAMCFG_ISR_OFS), RAMCFG_ISR_DED_Msk);
    assert_int_equal(fake.nmis, 1);
}

/* RM0456 6.3.3: ECCE is cleared behind a key; a word that is written meanwhile with one bit
 * changed shows the error when ECC is back. */
static void software_can_make_an_sram_error(void **state)
{
    (void)state;
    wr(S_P, SRAM2 + 0x20, 0x55AA55AAu);
    wr(S_P, M(2) + RAMCFG_CR_OFS, 0);
    assert_true(rd(S_P, M(2) + RAMCFG_CR_OFS) & RAMCFG_CR_ECCE_Msk);
    wr(S_P, M(2) + RAMCFG_ECCKEY_OFS, 0xAE);
    wr(S_P, M(2) + RAMCFG_ECCKEY_OFS, 0x75);
    wr(S_P, M(2) + RAMCFG_CR_OFS, 0);
    assert_false(rd(S_P, M(2) + RAMCFG_CR_OFS) & RAMCFG_CR_ECCE_Msk);
    wr(S_P, SRAM2 + 0x20, 0x55AA55ABu);
    assert_int_equal(rd(S_P, SRAM2 + 0x20), 0x55AA55ABu);
    wr(S_P, M(2) + RAMCFG_IER_OFS, RAMCFG_IER_SEIE_Msk);
    wr(S_P, M(2) + RAMCFG_CR_OFS, RAMCFG_CR_ECCE_Msk);
    assert_int_equal(rd(S_P, SRAM2 + 0x20), 0x55AA55AAu);
    assert_int_equal(rd(S_P, M(2) + RAMCFG_ISR_OFS), RAMCFG_ISR_SEDC_Msk);
}

/* RM0456 6.3.5: pages of 1 Kbyte, set-only until a system reset. */
static void sram2_pages_can_be_write_protected(void **state)
{
    (void)state;
    wr(S_P, SRAM2 + 0x800, 1);
    wr(S_P, M(2) + RAMCFG_WPR1_OFS, 1u << 2);
    wr(S_P, M(2) + RAMCFG_WPR1_OFS, 0);
    wr(S_P, SRAM2 + 0x800, 2);
    assert_int_equal(rd(S_P, SRAM2 + 0x800), 1);
    wr(S_P, SRAM2 + 0xC00, 3);
    assert_int_equal(rd(S_P, SRAM2 + 0xC00), 3);
    soc_reset_pin(bench.soc);
    soc_service(bench.soc);
    wr(S_P, SRAM2 + 0x800, 4);
    assert_int_equal(rd(S_P, SRAM2 + 0x800), 4);
}

/* RM0456 10.10.1: a memory that was powered down has lost its contents. */
static void sram_without_power_forgets(void **state)
{
    (void)state;
    wr(S_P, SRAM1_S, 0x600DF00Du);
    wr(S_P, PWR_S + PWR_CR1_OFS, PWR_CR1_SRAM1PD_Msk);
    assert_int_equal(rd(S_P, SRAM1_S), 0);
    wr(S_P, PWR_S + PWR_CR1_OFS, 0);
    assert_int_not_equal(rd(S_P, SRAM1_S), 0x600DF00Du);
}

/* RM0456 7.3.4: a bank sleeps behind its key and wakes at the next access. */
static void flash_bank_power_down(void **state)
{
    uint32_t acr = FLASH_R_S + FLASH_ACR_OFS, nssr = FLASH_R_NS + FLASH_NSSR_OFS;

    (void)state;
    wr(S_P, acr, FLASH_ACR_PDREQ2_Msk);
    run_us(50);
    assert_int_equal(rd(NS_P, nssr), 0);
    wr(S_P, FLASH_R_S + FLASH_PDKEY2R_OFS, 0x40516273u);
    wr(S_P, FLASH_R_S + FLASH_PDKEY2R_OFS, 0xAFBFCFDFu);
    wr(S_P, acr, FLASH_ACR_PDREQ2_Msk);
    run_us(50);
    assert_int_equal(rd(NS_P, nssr), FLASH_NSSR_PD2_Msk);
    assert_int_equal(rd(S_P, FLASH2), 0xFFFFFFFFu);
    assert_int_equal(rd(NS_P, nssr), 0);
    assert_int_equal(wr_status(S_P, FLASH_R_S + FLASH_PDKEY1R_OFS, 1), BUS_ERROR);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define E(name) cmocka_unit_test_setup_teardown(name, start_with_ecc, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(flash_error_of_one_bit_is_corrected_and_told),
        T(flash_error_of_two_bits_is_an_nmi),
        T(flash_has_words_for_self_tests),
        E(sram_errors_need_their_enables),
        E(sram_error_of_two_bits_is_an_nmi_if_wanted),
        E(software_can_make_an_sram_error),
        E(sram2_pages_can_be_write_protected),
        E(sram_without_power_forgets),
        T(flash_bank_power_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
