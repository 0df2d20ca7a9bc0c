/* GPDMA1 and LPDMA1: peripheral requests, lists, security of transfers (facts K.5, E.6). */
#include "harness.h"

#define CH(n, r)  (GPDMA1_Channel0_S + 0x80u * (n) + DMA_Channel_##r##_OFS)
#define NCH(n, r) (GPDMA1_Channel0_NS + 0x80u * (n) + DMA_Channel_##r##_OFS)
#define RAM       0x30000000u
#define U2        USART2_S

#define REQ_TIM6_UP   4u
#define REQ_USART2_RX 26u
#define REQ_USART2_TX 27u

/* RAM that everybody may use with a matching attribute; bank of MPCBB1 all secure after reset. */
static void open_block_ns(unsigned block)
{
    uint32_t reg = GTZC_MPCBB1_S + GTZC_MPCBB_SECCFGR_OFS + 4 * (block / 32);

    wr(S_P, reg, rd(S_P, reg) & ~(1u << (block % 32)));
}

static void prepare(void)
{
    enable_clocks();
    route_all();
    /* Privilege is not the subject here. */
    for (unsigned i = 0; i < 12; i++) {
        wr(S_P, GTZC_MPCBB1_S + GTZC_MPCBB_PRIVCFGR_OFS + 4 * i, 0);
    }
    wr(S_P, GPDMA1_S + DMA_SECCFGR_OFS, 0x00FFu); /* channels 0..7 secure */
    wr(S_P, GPDMA1_S + DMA_PRIVCFGR_OFS, 0xFFFFu);
}

static void start_uart2(uint32_t cr3)
{
    wr(S_P, U2 + USART_BRR_OFS, 35); /* 4 MHz / 115200 */
    wr(S_P, U2 + USART_CR3_OFS, cr3);
    wr(S_P, U2 + USART_CR1_OFS, USART_CR1_UE_Msk | USART_CR1_TE_Msk | USART_CR1_RE_Msk);
}

static void channel(unsigned n, uint32_t tr1, uint32_t tr2, uint32_t bytes, uint32_t from,
                    uint32_t to)
{
    wr(S_P, CH(n, CTR1), tr1 | DMA_CTR1_SSEC_Msk | DMA_CTR1_DSEC_Msk);
    wr(S_P, CH(n, CTR2), tr2);
    wr(S_P, CH(n, CBR1), bytes);
    wr(S_P, CH(n, CSAR), from);
    wr(S_P, CH(n, CDAR), to);
    wr(S_P, CH(n, CLLR), 0);
}

static void uart_transmit_by_request_K5(void **state)
{
    (void)state;
    prepare();
    wr(S_P, RAM, 0x6C6C6548u); /* "Hell" */
    wr(S_P, RAM + 4, 0x0000216Fu);
    start_uart2(USART_CR3_DMAT_Msk);
    channel(0, DMA_CTR1_SINC_Msk, REQ_USART2_TX | DMA_CTR2_DREQ_Msk, 6, RAM, U2 + USART_TDR_OFS);
    wr(S_P, CH(0, CCR), DMA_CCR_EN_Msk | DMA_CCR_TCIE_Msk | DMA_CCR_HTIE_Msk);
    run_us(150); /* the first two bytes are away, the rest waits for TXE */
    assert_false(rd(S_P, CH(0, CSR)) & (DMA_CSR_TCF_Msk | DMA_CSR_IDLEF_Msk));
    assert_int_equal(rd(S_P, CH(0, CBR1)), 3);
    run_us(450);
    assert_int_equal(bench.sent_count, 6);
    assert_memory_equal(bench.sent, "Hello!", 6);
    assert_int_equal(rd(S_P, CH(0, CSR)), DMA_CSR_TCF_Msk | DMA_CSR_HTF_Msk | DMA_CSR_IDLEF_Msk);
    assert_true(fake.irq[IRQ_GPDMA1_Channel0]);
    assert_int_equal(rd(S_P, GPDMA1_S + DMA_SMISR_OFS), 1);
    assert_int_equal(rd(NS_P, GPDMA1_NS + DMA_MISR_OFS), 0);
    assert_false(rd(S_P, CH(0, CCR)) & DMA_CCR_EN_Msk);
}

static void uart_receive_circular_list_K5(void **state)
{
    (void)state;
    prepare();
    start_uart2(USART_CR3_DMAR_Msk);
    /* One item that links to itself: BR1, DAR and LLR are loaded again. */
    wr(S_P, RAM + 0x100, 4);
    wr(S_P, RAM + 0x104, RAM + 0x200);
    wr(S_P, RAM + 0x108, DMA_CLLR_UB1_Msk | DMA_CLLR_UDA_Msk | DMA_CLLR_ULL_Msk | 0x100u);
    channel(1, DMA_CTR1_DINC_Msk, REQ_USART2_RX, 4, U2 + USART_RDR_OFS, RAM + 0x200);
    wr(S_P, CH(1, CLBAR), RAM);
    wr(S_P, CH(1, CLLR), DMA_CLLR_UB1_Msk | DMA_CLLR_UDA_Msk | DMA_CLLR_ULL_Msk | 0x100u);
    wr(S_P, CH(1, CCR), DMA_CCR_EN_Msk | DMA_CCR_TCIE_Msk);
    for (unsigned i = 0; i < 6; i++) {
        assert_true(soc_uart_receive(bench.soc, SOC_USART2, (uint8_t)('a' + i)));
        run_us(90);
        if (i == 1) {
            assert_true(rd(S_P, CH(1, CSR)) & DMA_CSR_HTF_Msk);
            assert_false(rd(S_P, CH(1, CSR)) & DMA_CSR_TCF_Msk);
        }
    }
    assert_int_equal(rd(S_P, RAM + 0x200), 0x64636665u); /* e f c d */
    assert_true(rd(S_P, CH(1, CCR)) & DMA_CCR_EN_Msk);
    assert_true(rd(S_P, CH(1, CSR)) & DMA_CSR_TCF_Msk);
    assert_true(fake.irq[IRQ_GPDMA1_Channel1]);
    assert_int_equal(rd(S_P, CH(1, CBR1)), 2);
    assert_false(rd(S_P, U2 + USART_ISR_OFS) & USART_ISR_ORE_Msk);
}

static void timer_update_paces_K5(void **state)
{
    (void)state;
    prepare();
    for (unsigned i = 0; i < 4; i++) {
        wr(S_P, RAM + 4 * i, 1u << i);
    }
    channel(2, 2u | DMA_CTR1_SINC_Msk | 2u << DMA_CTR1_DDW_LOG2_Pos,
            REQ_TIM6_UP | DMA_CTR2_DREQ_Msk, 16, RAM, GPIOA_S + GPIO_ODR_OFS);
    wr(S_P, CH(2, CCR), DMA_CCR_EN_Msk);
    wr(S_P, TIM6_S + TIM_ARR_OFS, 399); /* 100 us at 4 MHz */
    wr(S_P, TIM6_S + TIM_DIER_OFS, TIM_DIER_UDE_Msk);
    wr(S_P, TIM6_S + TIM_CR1_OFS, TIM_CR1_CEN_Msk);
    run_us(50);
    assert_int_equal(rd(S_P, GPIOA_S + GPIO_ODR_OFS), 0);
    for (unsigned i = 0; i < 4; i++) {
        run_us(100);
        assert_int_equal(rd(S_P, GPIOA_S + GPIO_ODR_OFS), 1u << i);
    }
    run_us(10);
    assert_true(rd(S_P, CH(2, CSR)) & DMA_CSR_TCF_Msk);
}

static void list_of_two_blocks_TCEM_K5(void **state)
{
    (void)state;
    prepare();
    for (unsigned i = 0; i < 8; i++) {
        wr(S_P, RAM + 4 * i, 0x1111u * (i + 1));
    }
    wr(S_P, RAM + 0x100, 8);           /* BR1 */
    wr(S_P, RAM + 0x104, RAM + 16);    /* SAR */
    wr(S_P, RAM + 0x108, RAM + 0x300); /* DAR */
    wr(S_P, RAM + 0x10C, 0);           /* LLR */
    channel(3, 2u | DMA_CTR1_SINC_Msk | 2u << DMA_CTR1_DDW_LOG2_Pos | DMA_CTR1_DINC_Msk,
            DMA_CTR2_SWREQ_Msk | 3u << DMA_CTR2_TCEM_Pos, 8, RAM, RAM + 0x200);
    wr(S_P, CH(3, CLBAR), RAM);
    wr(S_P, CH(3, CLLR),
       DMA_CLLR_UB1_Msk | DMA_CLLR_USA_Msk | DMA_CLLR_UDA_Msk | DMA_CLLR_ULL_Msk | 0x100u);
    wr(S_P, CH(3, CCR), DMA_CCR_EN_Msk);
    run_us(100);
    assert_int_equal(rd(S_P, RAM + 0x204), 0x2222u);
    assert_int_equal(rd(S_P, RAM + 0x304), 0x6666u);
    assert_int_equal(rd(S_P, CH(3, CSR)) & 0x7F01u,
                     DMA_CSR_TCF_Msk | DMA_CSR_HTF_Msk | DMA_CSR_IDLEF_Msk);
    assert_int_equal(rd(S_P, CH(3, CLLR)), 0);
}

static void width_change_and_packing_K5(void **state)
{
    (void)state;
    prepare();
    wr(S_P, RAM, 0x84838281u);
    channel(0, DMA_CTR1_SINC_Msk | 1u << DMA_CTR1_DDW_LOG2_Pos | DMA_CTR1_DINC_Msk,
            DMA_CTR2_SWREQ_Msk, 4, RAM, RAM + 0x40); /* zero-extended */
    wr(S_P, CH(0, CCR), DMA_CCR_EN_Msk);
    channel(1,
            DMA_CTR1_SINC_Msk | 2u << DMA_CTR1_DDW_LOG2_Pos | DMA_CTR1_DINC_Msk |
                2u << DMA_CTR1_PAM_Pos,
            DMA_CTR2_SWREQ_Msk, 4, RAM, RAM + 0x60); /* packed */
    wr(S_P, CH(1, CCR), DMA_CCR_EN_Msk);
    run_us(50);
    assert_int_equal(rd(S_P, RAM + 0x40), 0x00820081u);
    assert_int_equal(rd(S_P, RAM + 0x44), 0x00840083u);
    assert_int_equal(rd(S_P, RAM + 0x60), 0x84838281u);
}

static void bad_setting_and_transfer_error_K5(void **state)
{
    (void)state;
    prepare();
    channel(0, 2u | 2u << DMA_CTR1_DDW_LOG2_Pos, DMA_CTR2_SWREQ_Msk, 6, RAM, RAM + 0x40);
    wr(S_P, CH(0, CCR), DMA_CCR_EN_Msk | DMA_CCR_USEIE_Msk);
    assert_true(rd(S_P, CH(0, CSR)) & DMA_CSR_USEF_Msk);
    assert_true(fake.irq[IRQ_GPDMA1_Channel0]);
    assert_false(rd(S_P, CH(0, CCR)) & DMA_CCR_EN_Msk);
    wr(S_P, CH(0, CFCR), DMA_CFCR_USEF_Msk);
    assert_false(fake.irq[IRQ_GPDMA1_Channel0]);
    channel(1, 2u | 2u << DMA_CTR1_DDW_LOG2_Pos, DMA_CTR2_SWREQ_Msk, 4, 0x60000000u, RAM + 0x40);
    wr(S_P, CH(1, CCR), DMA_CCR_EN_Msk | DMA_CCR_DTEIE_Msk);
    run_us(20);
    assert_true(rd(S_P, CH(1, CSR)) & DMA_CSR_DTEF_Msk);
    assert_true(fake.irq[IRQ_GPDMA1_Channel1]);
}

static void suspend_and_reset_K5(void **state)
{
    (void)state;
    prepare();
    start_uart2(USART_CR3_DMAR_Msk);
    channel(0, DMA_CTR1_DINC_Msk, REQ_USART2_RX, 4, U2 + USART_RDR_OFS, RAM + 0x200);
    wr(S_P, CH(0, CCR), DMA_CCR_EN_Msk);
    run_us(10);
    wr(S_P, CH(0, CCR), DMA_CCR_EN_Msk | DMA_CCR_SUSP_Msk | DMA_CCR_SUSPIE_Msk);
    run_us(10);
    assert_true(rd(S_P, CH(0, CSR)) & DMA_CSR_SUSPF_Msk);
    assert_true(fake.irq[IRQ_GPDMA1_Channel0]);
    soc_uart_receive(bench.soc, SOC_USART2, 'x');
    run_us(100);
    assert_int_equal(rd(S_P, CH(0, CBR1)), 4);
    wr(S_P, CH(0, CFCR), DMA_CFCR_SUSPF_Msk);
    wr(S_P, CH(0, CCR), DMA_CCR_EN_Msk);
    run_us(10);
    assert_int_equal(rd(S_P, CH(0, CBR1)), 3);
    wr(S_P, CH(0, CCR), DMA_CCR_RESET_Msk);
    assert_int_equal(rd(S_P, CH(0, CSR)), DMA_CSR_IDLEF_Msk);
    assert_int_equal(rd(S_P, CH(0, CCR)), 0);
}

/* A non-secure channel on secure targets: completes, reads zeros, writes vanish, the targets raise
 * their events. */
static void blocked_transfers_E6(void **state)
{
    uint32_t block = (RAM + 0x8000u - 0x30000000u) / 512;

    (void)state;
    prepare();
    open_block_ns(block);
    wr(S_P, RAM, 0xDEADBEEFu);
    wr(NS_P, 0x20008000u, 0x12345678u);
    wr(NS_P, NCH(8, CTR1), 2u | 2u << DMA_CTR1_DDW_LOG2_Pos | DMA_CTR1_SSEC_Msk);
    assert_false(rd(NS_P, NCH(8, CTR1)) & DMA_CTR1_SSEC_Msk); /* forced 0 */
    wr(NS_P, NCH(8, CTR2), DMA_CTR2_SWREQ_Msk);
    wr(NS_P, NCH(8, CBR1), 4);
    wr(NS_P, NCH(8, CSAR), 0x20000000u); /* secure block */
    wr(NS_P, NCH(8, CDAR), 0x20008000u);
    wr(NS_P, NCH(8, CCR), DMA_CCR_EN_Msk);
    run_us(20);
    assert_true(rd(NS_P, NCH(8, CSR)) & DMA_CSR_TCF_Msk);
    assert_int_equal(rd(NS_P, 0x20008000u), 0);
    assert_true(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR4_OFS) & (1u << 24)); /* SRAM1 */
    wr(S_P, GTZC_TZIC1_S + GTZC_TZIC_FCR4_OFS, 0xFFFFFFFFu);
    wr(S_P, GTZC_TZSC1_S + GTZC_TZSC_SECCFGR1_OFS, 1u << 4);
    wr(NS_P, NCH(9, CTR1), 2u | 2u << DMA_CTR1_DDW_LOG2_Pos);
    wr(NS_P, NCH(9, CTR2), DMA_CTR2_SWREQ_Msk);
    wr(NS_P, NCH(9, CBR1), 4);
    wr(NS_P, NCH(9, CSAR), 0x20008000u);
    wr(NS_P, NCH(9, CDAR), TIM6_NS + TIM_ARR_OFS);
    wr(NS_P, NCH(9, CCR), DMA_CCR_EN_Msk);
    run_us(20);
    assert_true(rd(NS_P, NCH(9, CSR)) & DMA_CSR_TCF_Msk);
    assert_int_equal(rd(S_P, TIM6_S + TIM_ARR_OFS), 0xFFFFu);
    assert_true(rd(S_P, GTZC_TZIC1_S + GTZC_TZIC_SR1_OFS) & (1u << 4)); /* TIM6 */
}

/* A secure channel whose source attribute is non-secure cannot read a secure block, and the other
 * way round. */
static void SSEC_chooses_attribute_E6(void **state)
{
    (void)state;
    prepare();
    wr(S_P, RAM, 0xCAFE0001u);
    wr(S_P, CH(0, CTR1), 2u | 2u << DMA_CTR1_DDW_LOG2_Pos | DMA_CTR1_DSEC_Msk);
    wr(S_P, CH(0, CTR2), DMA_CTR2_SWREQ_Msk);
    wr(S_P, CH(0, CBR1), 4);
    wr(S_P, CH(0, CSAR), RAM);
    wr(S_P, CH(0, CDAR), RAM + 0x40);
    wr(S_P, CH(0, CCR), DMA_CCR_EN_Msk);
    run_us(20);
    assert_true(rd(S_P, CH(0, CSR)) & DMA_CSR_TCF_Msk);
    assert_int_equal(rd(S_P, RAM + 0x40), 0);
}

/* RM0456 17.4.11: a burst a hit of EXTI line 3, rising; a hit too many is an overrun. */
static void bursts_by_a_trigger(void **state)
{
    (void)state;
    prepare();
    wr(S_P, EXTI_S + EXTI_RTSR1_OFS, 1u << 3);
    wr(S_P, EXTI_S + EXTI_FTSR1_OFS, 1u << 3);
    soc_pin_drive(bench.soc, 0, 3, false);
    wr(S_P, RAM, 0x04030201u);
    wr(S_P, RAM + 0x40, 0);
    channel(3, DMA_CTR1_SINC_Msk | DMA_CTR1_DINC_Msk,
            DMA_CTR2_SWREQ_Msk | 3u << DMA_CTR2_TRIGSEL_Pos | 1u << DMA_CTR2_TRIGPOL_Pos |
                3u << DMA_CTR2_TRIGM_Pos,
            4, RAM, RAM + 0x40);
    wr(S_P, CH(3, CCR), DMA_CCR_EN_Msk);
    run_us(100);
    assert_int_equal(rd(S_P, RAM + 0x40), 0);
    for (unsigned i = 0; i < 2; i++) {
        soc_pin_drive(bench.soc, 0, 3, true);
        soc_pin_drive(bench.soc, 0, 3, false); /* the wrong edge */
        run_us(100);
    }
    assert_int_equal(rd(S_P, RAM + 0x40), 0x0201u);
    assert_false(rd(S_P, CH(3, CSR)) & DMA_CSR_TOF_Msk);
    for (unsigned i = 0; i < 3; i++) {
        soc_pin_drive(bench.soc, 0, 3, true);
        soc_pin_drive(bench.soc, 0, 3, false);
    }
    assert_true(rd(S_P, CH(3, CSR)) & DMA_CSR_TOF_Msk);
    run_us(100);
    assert_int_equal(rd(S_P, RAM + 0x40) & 0xFF0000u, 0x030000u);
}

/* A channel's end starts another one's block. */
static void a_channel_triggers_another(void **state)
{
    (void)state;
    prepare();
    wr(S_P, RAM, 0x11111111u);
    wr(S_P, RAM + 0x40, 0);
    wr(S_P, RAM + 0x80, 0);
    channel(4, 2u | 2u << DMA_CTR1_DDW_LOG2_Pos, DMA_CTR2_SWREQ_Msk, 4, RAM, RAM + 0x40);
    channel(5, 2u | 2u << DMA_CTR1_DDW_LOG2_Pos,
            DMA_CTR2_SWREQ_Msk | 26u << DMA_CTR2_TRIGSEL_Pos | 1u << DMA_CTR2_TRIGPOL_Pos, 4,
            RAM + 0x40, RAM + 0x80);
    wr(S_P, CH(5, CCR), DMA_CCR_EN_Msk);
    run_us(100);
    assert_int_equal(rd(S_P, RAM + 0x80), 0);
    wr(S_P, CH(4, CCR), DMA_CCR_EN_Msk);
    run_us(100);
    assert_int_equal(rd(S_P, RAM + 0x80), 0x11111111u);
    assert_true(rd(S_P, CH(5, CSR)) & DMA_CSR_IDLEF_Msk);
}

/* RM0456 17.4.9, table of data handling. */
static void bytes_can_be_exchanged(void **state)
{
    static const struct {
        uint32_t tr1, result;
    } cases[] = {
        {0, 0x44332211u},
        {DMA_CTR1_SBX_Msk, 0x44223311u},
        {DMA_CTR1_DBX_Msk, 0x33441122u},
        {DMA_CTR1_DHX_Msk, 0x22114433u},
        {DMA_CTR1_DBX_Msk | DMA_CTR1_DHX_Msk, 0x11223344u},
    };

    (void)state;
    prepare();
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        wr(S_P, RAM, 0x44332211u);
        channel(0, 2u | 2u << DMA_CTR1_DDW_LOG2_Pos | cases[i].tr1, DMA_CTR2_SWREQ_Msk, 4, RAM,
                RAM + 0x40);
        wr(S_P, CH(0, CCR), DMA_CCR_EN_Msk);
        run_us(100);
        assert_int_equal(rd(S_P, RAM + 0x40), cases[i].result);
    }
}

/* LPTIM1 on MSIK of 4 MHz, captures at PB2, a period of 100 us. */
static void start_lptim1(uint32_t requests)
{
    set_bits(RCC_S + RCC_APB3ENR_OFS, RCC_APB3ENR_LPTIM1EN_Msk);
    route("PB2", 1); /* LPTIM1_CH1 */
    soc_pin_drive(bench.soc, 1, 2, false);
    wr(S_P, LPTIM1_S + LPTIM_CCMR1_OFS, LPTIM_CCMR1_CC1E_Msk | LPTIM_CCMR1_CC1SEL_Msk);
    wr(S_P, LPTIM1_S + LPTIM_CR_OFS, 1);
    wr(S_P, LPTIM1_S + LPTIM_DIER_OFS, requests);
    wr(S_P, LPTIM1_S + LPTIM_ARR_OFS, 399);
    wr(S_P, LPTIM1_S + LPTIM_CR_OFS, 1 | LPTIM_CR_CNTSTRT_Msk);
}

/* Requests 105 to 113 of GPDMA1 (RM0456 table of its requests). */
static void captures_and_updates_of_an_lptim(void **state)
{
    (void)state;
    prepare();
    for (unsigned i = 0; i < 3; i++) {
        wr(S_P, RAM + 4 * i, 1u << i);
    }
    channel(0, 2u | DMA_CTR1_DINC_Msk | 2u << DMA_CTR1_DDW_LOG2_Pos, 105, 8,
            LPTIM1_S + LPTIM_CCR1_OFS, RAM + 0x100);
    wr(S_P, CH(0, CCR), DMA_CCR_EN_Msk);
    channel(1, 2u | DMA_CTR1_SINC_Msk | 2u << DMA_CTR1_DDW_LOG2_Pos, 107 | DMA_CTR2_DREQ_Msk, 12,
            RAM, GPIOA_S + GPIO_ODR_OFS);
    wr(S_P, CH(1, CCR), DMA_CCR_EN_Msk);
    start_lptim1(LPTIM_DIER_CC1DE_Msk | LPTIM_DIER_UEDE_Msk);
    run_us(20);
    soc_pin_drive(bench.soc, 1, 2, true);
    run_us(20);
    soc_pin_drive(bench.soc, 1, 2, false);
    run_us(10);
    assert_int_equal(rd(S_P, GPIOA_S + GPIO_ODR_OFS), 0);
    soc_pin_drive(bench.soc, 1, 2, true);
    run_us(20); /* 70 */
    assert_in_range(rd(S_P, RAM + 0x100), 79, 80);
    assert_in_range(rd(S_P, RAM + 0x104), 199, 200);
    assert_true(rd(S_P, CH(0, CSR)) & DMA_CSR_TCF_Msk);
    for (unsigned i = 0; i < 3; i++) {
        run_us(100);
        assert_int_equal(rd(S_P, GPIOA_S + GPIO_ODR_OFS), 1u << i);
    }
}

/* Request 11 of LPDMA1; none while CC1DE is 0. */
static void lpdma_takes_captures_of_an_lptim(void **state)
{
    const uint32_t at = LPDMA1_Channel0_S;

    (void)state;
    prepare();
    set_bits(RCC_S + RCC_AHB3ENR_OFS, RCC_AHB3ENR_LPDMA1EN_Msk | RCC_AHB3ENR_SRAM4EN_Msk);
    wr(S_P, LPDMA1_S + DMA_SECCFGR_OFS, 1);
    wr(S_P, LPDMA1_S + DMA_PRIVCFGR_OFS, 1);
    wr(S_P, SRAM4_S, 0);
    wr(S_P, at + DMA_Channel_CTR1_OFS,
       2u | 2u << DMA_CTR1_DDW_LOG2_Pos | DMA_CTR1_SSEC_Msk | DMA_CTR1_DSEC_Msk);
    wr(S_P, at + DMA_Channel_CTR2_OFS, 11);
    wr(S_P, at + DMA_Channel_CBR1_OFS, 4);
    wr(S_P, at + DMA_Channel_CSAR_OFS, LPTIM1_S + LPTIM_CCR1_OFS);
    wr(S_P, at + DMA_Channel_CDAR_OFS, SRAM4_S);
    wr(S_P, at + DMA_Channel_CCR_OFS, DMA_CCR_EN_Msk);
    start_lptim1(0);
    run_us(10);
    soc_pin_drive(bench.soc, 1, 2, true);
    run_us(10);
    soc_pin_drive(bench.soc, 1, 2, false);
    assert_false(rd(S_P, at + DMA_Channel_CSR_OFS) & DMA_CSR_TCF_Msk);
    wr(S_P, LPTIM1_S + LPTIM_DIER_OFS, LPTIM_DIER_CC1DE_Msk);
    run_us(10);
    soc_pin_drive(bench.soc, 1, 2, true);
    run_us(10);
    assert_true(rd(S_P, at + DMA_Channel_CSR_OFS) & DMA_CSR_TCF_Msk);
    assert_in_range(rd(S_P, SRAM4_S), 119, 120);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(uart_transmit_by_request_K5),
        T(uart_receive_circular_list_K5),
        T(timer_update_paces_K5),
        T(list_of_two_blocks_TCEM_K5),
        T(width_change_and_packing_K5),
        T(bad_setting_and_transfer_error_K5),
        T(suspend_and_reset_K5),
        T(blocked_transfers_E6),
        T(SSEC_chooses_attribute_E6),
        T(bursts_by_a_trigger),
        T(a_channel_triggers_another),
        T(bytes_can_be_exchanged),
        T(captures_and_updates_of_an_lptim),
        T(lpdma_takes_captures_of_an_lptim),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
