/* GPIO pins and their security, EXTI, DMA (facts E.1, E.2, E.6, N). */
#include "harness.h"

#define A_S(r)  (GPIOA_S + GPIO_##r##_OFS)
#define A_NS(r) (GPIOA_NS + GPIO_##r##_OFS)

static void reset_values_N(void **state)
{
    (void)state;
    enable_clocks();
    assert_int_equal(rd(S_P, A_S(MODER)), 0xABFFFFFFu);
    assert_int_equal(rd(S_P, GPIOB_S + GPIO_MODER_OFS), 0xFFFFFEBFu);
    assert_int_equal(rd(S_P, GPIOC_S + GPIO_MODER_OFS), 0xFFFFFFFFu);
    assert_int_equal(rd(S_P, A_S(PUPDR)), 0x64000000u);
    assert_int_equal(rd(S_P, A_S(SECCFGR)), 0xFFFFu);
    assert_int_equal(rd(S_P, GPIOI_S + GPIO_SECCFGR_OFS), 0xFFu);
}

static void security_is_per_pin_E1(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, A_S(SECCFGR), 0xFFDFu); /* PA5 non-secure */
    wr(NS_P, A_NS(SECCFGR), 0);
    assert_int_equal(rd(S_P, A_S(SECCFGR)), 0xFFDFu);
    assert_int_equal(rd(NS_P, A_NS(SECCFGR)), 0xFFDFu);
    assert_int_equal(rd(NS_P, A_NS(MODER)), 3u << 10);
    wr(NS_P, A_NS(MODER), 1u << 10 | 1u << 8); /* PA5 and PA4 as outputs */
    assert_int_equal(rd(S_P, A_S(MODER)), (0xABFFFFFFu & ~(3u << 10)) | 1u << 10);
    wr(NS_P, A_NS(BSRR), 1u << 5 | 1u << 4);
    assert_int_equal(rd(S_P, A_S(ODR)), 1u << 5);
    assert_true(soc_pin_level(bench.soc, 0, 5));
    assert_int_equal(bench.pin_changes, 1);
    wr(NS_P, A_NS(BRR), 1u << 5);
    assert_false(soc_pin_level(bench.soc, 0, 5));
    assert_int_equal(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR4_OFS), 0); /* no event */
}

static void inputs_and_pulls(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, GPIOC_S + GPIO_MODER_OFS, 0);
    assert_int_equal(rd(S_P, GPIOC_S + GPIO_IDR_OFS), 0);
    wr(S_P, GPIOC_S + GPIO_PUPDR_OFS, 1u << 26);
    assert_int_equal(rd(S_P, GPIOC_S + GPIO_IDR_OFS), 1u << 13);
    soc_pin_drive(bench.soc, 2, 13, false);
    assert_int_equal(rd(S_P, GPIOC_S + GPIO_IDR_OFS), 0);
}

static void lock_sequence_E1(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, A_S(LCKR), 0x10020u);
    wr(S_P, A_S(LCKR), 0x00020u);
    wr(S_P, A_S(LCKR), 0x10020u);
    assert_int_equal(rd(S_P, A_S(LCKR)), 0x10020u);
    wr(S_P, A_S(MODER), 0);
    assert_int_equal(rd(S_P, A_S(MODER)), 3u << 10);
}

static void exti_sets_pending_only_when_unmasked_E2(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, GPIOC_S + GPIO_MODER_OFS, 0);
    wr(S_P, EXTI_S + EXTI_EXTICR_OFS + 12, 2u << 8); /* line 13 = port C */
    wr(S_P, EXTI_S + EXTI_RTSR1_OFS, 1u << 13);
    soc_pin_drive(bench.soc, 2, 13, true);
    assert_int_equal(rd(S_P, EXTI_S + EXTI_RPR1_OFS), 0);
    soc_pin_drive(bench.soc, 2, 13, false);
    wr(S_P, EXTI_S + EXTI_IMR1_OFS, 1u << 13);
    soc_pin_drive(bench.soc, 2, 13, true);
    assert_int_equal(rd(S_P, EXTI_S + EXTI_RPR1_OFS), 1u << 13);
    assert_int_equal(rd(S_P, EXTI_S + EXTI_FPR1_OFS), 0);
    assert_true(fake.irq[IRQ_EXTI13]);
    wr(S_P, EXTI_S + EXTI_RPR1_OFS, 1u << 13);
    assert_false(fake.irq[IRQ_EXTI13]);
    wr(S_P, EXTI_S + EXTI_SWIER1_OFS, 1u << 13);
    assert_true(fake.irq[IRQ_EXTI13]);
    assert_int_equal(rd(S_P, EXTI_S + EXTI_SWIER1_OFS), 0);
}

static void exti_security_and_lock_E2(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, EXTI_S + EXTI_SECCFGR1_OFS, 1u << 3);
    wr(NS_P, EXTI_NS + EXTI_IMR1_OFS, 0x18u);
    assert_int_equal(rd(S_P, EXTI_S + EXTI_IMR1_OFS), 0x10u);
    wr(S_P, EXTI_S + EXTI_LOCKR_OFS, 1);
    wr(S_P, EXTI_S + EXTI_SECCFGR1_OFS, 0);
    assert_int_equal(rd(S_P, EXTI_S + EXTI_SECCFGR1_OFS), 1u << 3);
    wr(S_P, EXTI_S + EXTI_PRIVCFGR1_OFS, 1); /* erratum 2.2.21: not locked */
    assert_int_equal(rd(S_P, EXTI_S + EXTI_PRIVCFGR1_OFS), 1);
    assert_int_equal(rd(NS_P, EXTI_NS + EXTI_LOCKR_OFS), 0);
    assert_int_equal(rd(S_P, GTZC_TZIC2_S + GTZC_TZIC_SR2_OFS), 1u << 6);
}

#define C0(r) (GPDMA1_Channel0_S + DMA_Channel_##r##_OFS)

static void dma_copies_memory_K5(void **state)
{
    (void)state;
    enable_clocks();
    for (unsigned i = 0; i < 64; i += 4) {
        wr(S_P, 0x30000000u + i, 0x01010101u * i);
    }
    wr(S_P, GPDMA1_S + DMA_SECCFGR_OFS, 1);
    wr(S_P, GPDMA1_S + DMA_PRIVCFGR_OFS, 1);
    wr(S_P, C0(CTR1),
       2u | DMA_CTR1_SINC_Msk | DMA_CTR1_SSEC_Msk | 2u << DMA_CTR1_DDW_LOG2_Pos |
           DMA_CTR1_DINC_Msk | DMA_CTR1_DSEC_Msk);
    wr(S_P, C0(CTR2), DMA_CTR2_SWREQ_Msk);
    wr(S_P, C0(CBR1), 64);
    wr(S_P, C0(CSAR), 0x30000000u);
    wr(S_P, C0(CDAR), 0x30040000u);
    wr(S_P, C0(CCR), DMA_CCR_EN_Msk | DMA_CCR_TCIE_Msk);
    run_us(20);
    assert_true(fake.irq[IRQ_GPDMA1_Channel0]);
    assert_false(rd(S_P, C0(CCR)) & DMA_CCR_EN_Msk);
    assert_int_equal(rd(S_P, 0x3004003Cu), 0x01010101u * 60);
    wr(S_P, C0(CFCR), DMA_CFCR_TCF_Msk);
    assert_false(fake.irq[IRQ_GPDMA1_Channel0]);
    assert_int_equal(rd(NS_P, GPDMA1_Channel0_NS + DMA_Channel_CDAR_OFS), 0);
    assert_int_equal(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR4_OFS), 1);
}

static void blocked_dma_still_completes_E6(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, 0x30000000u, 0x55u);
    wr(S_P, 0x30040000u, 0x66u);
    /* A non-secure channel reads secure memory: zeros; writes vanish; the target raises ILAC. */
    wr(NS_P, GPDMA1_Channel0_NS + DMA_Channel_CTR1_OFS, 2u | 2u << DMA_CTR1_DDW_LOG2_Pos);
    wr(NS_P, GPDMA1_Channel0_NS + DMA_Channel_CTR2_OFS, DMA_CTR2_SWREQ_Msk);
    wr(NS_P, GPDMA1_Channel0_NS + DMA_Channel_CBR1_OFS, 4);
    wr(NS_P, GPDMA1_Channel0_NS + DMA_Channel_CSAR_OFS, 0x20000000u);
    wr(NS_P, GPDMA1_Channel0_NS + DMA_Channel_CDAR_OFS, 0x20040000u);
    wr(NS_P, GPDMA1_Channel0_NS + DMA_Channel_CCR_OFS, DMA_CCR_EN_Msk);
    run_us(20);
    assert_true(rd(NS_P, GPDMA1_Channel0_NS + DMA_Channel_CSR_OFS) & DMA_CSR_TCF_Msk);
    assert_int_equal(rd(S_P, 0x30040000u), 0x66u);
    assert_int_equal(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR4_OFS), 1u << 24 | 1u << 28);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(reset_values_N),
        T(security_is_per_pin_E1),
        T(inputs_and_pulls),
        T(lock_sequence_E1),
        T(exti_sets_pending_only_when_unmasked_E2),
        T(exti_security_and_lock_E2),
        T(dma_copies_memory_K5),
        T(blocked_dma_still_completes_E6),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
