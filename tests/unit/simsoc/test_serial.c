/* UARTs (facts F). */
#include "harness.h"
#include "soc/inject.h"

#define U    LPUART1_S
#define ISR  (U + USART_ISR_OFS)
#define TDR  (U + USART_TDR_OFS)
#define RDR  (U + USART_RDR_OFS)
#define BAUD 9600u

/* LPUART1 at 9600 baud from PCLK 4 MHz: BRR = 256 * 4e6 / 9600 = 106667. */
static void start(uint32_t cr1, uint32_t cr3)
{
    enable_clocks();
    route_all();
    wr(S_P, U + USART_BRR_OFS, 106667u);
    wr(S_P, U + USART_CR3_OFS, cr3);
    wr(S_P, U + USART_CR1_OFS, cr1);
    wr(S_P, U + USART_CR1_OFS, cr1 | USART_CR1_UE_Msk | USART_CR1_TE_Msk | USART_CR1_RE_Msk);
}

static void reset_values_N(void **state)
{
    (void)state;
    enable_clocks();
    route_all();
    assert_int_equal(rd(S_P, ISR), 0xC0u);
    wr(S_P, U + USART_CR1_OFS, USART_CR1_FIFOEN_Msk);
    assert_int_equal(rd(S_P, ISR) & ~USART_ISR_TXFT_Msk, 0x008000C0u);
    wr(S_P, USART1_S + USART_CR1_OFS, USART_CR1_FIFOEN_Msk);
    assert_int_equal(rd(S_P, USART1_S + USART_ISR_OFS) & ~USART_ISR_TXFT_Msk, 0x028000C0u);
}

static void a_frame_takes_ten_bits_F(void **state)
{
    sim_ps frame;

    (void)state;
    start(0, 0);
    assert_int_equal(rd(S_P, ISR) & (3u << 21), 3u << 21); /* TEACK, REACK */
    frame = soc_uart_frame_ps(bench.soc, SOC_LPUART1);
    assert_in_range(frame, SIM_PS_PER_S * 10 / BAUD - SIM_PS_PER_US,
                    SIM_PS_PER_S * 10 / BAUD + SIM_PS_PER_US);
    wr(S_P, TDR, 'A');
    assert_false(rd(S_P, ISR) & USART_ISR_TC_Msk);
    assert_true(rd(S_P, ISR) & USART_ISR_TXE_Msk); /* moved to the shift register */
    run_ps(frame - SIM_PS_PER_US);
    assert_int_equal(bench.sent_count, 0);
    run_us(2);
    assert_int_equal(bench.sent_count, 1);
    assert_int_equal(bench.sent[0], 'A');
    assert_true(rd(S_P, ISR) & USART_ISR_TC_Msk);
}

static void usart_brr_oversampling_16_and_8_F(void **state)
{
    (void)state;
    enable_clocks();
    route_all();
    wr(S_P, USART2_S + USART_BRR_OFS, 35u); /* 4 MHz / 115200 */
    wr(S_P, USART2_S + USART_CR1_OFS, USART_CR1_UE_Msk | USART_CR1_TE_Msk);
    assert_int_equal(soc_uart_frame_ps(bench.soc, SOC_USART2), 10 * 35 * 250000u);
    wr(S_P, USART2_S + USART_CR1_OFS, USART_CR1_OVER8_Msk);
    wr(S_P, USART2_S + USART_BRR_OFS, (69u & 0xFFF0u) | (69u & 0xFu) >> 1); /* 2*4e6/115200 = 69 */
    wr(S_P, USART2_S + USART_CR1_OFS, USART_CR1_OVER8_Msk | USART_CR1_UE_Msk | USART_CR1_TE_Msk);
    assert_int_equal(soc_uart_frame_ps(bench.soc, SOC_USART2), 10 * 68 * 125000u);
}

static void fifo_of_eight_each_way_F(void **state)
{
    (void)state;
    start(USART_CR1_FIFOEN_Msk, 0);
    for (unsigned i = 0; i < 9; i++) { /* one goes to the shift register at once */
        assert_true(rd(S_P, ISR) & USART_ISR_TXE_Msk);
        wr(S_P, TDR, i);
    }
    assert_false(rd(S_P, ISR) & USART_ISR_TXE_Msk);
    run_us(9 * 1100);
    assert_int_equal(bench.sent_count, 9);
    for (unsigned i = 0; i < 9; i++) {
        assert_int_equal(bench.sent[i], i);
    }
    assert_true(rd(S_P, ISR) & USART_ISR_TXFE_Msk);
    for (unsigned i = 0; i < 9; i++) {
        assert_true(soc_uart_receive(bench.soc, SOC_LPUART1, (uint8_t)(0x40 + i)));
    }
    assert_true(rd(S_P, ISR) & USART_ISR_RXFF_Msk);
    assert_false(soc_uart_receive(bench.soc, SOC_LPUART1, 0x99));
    assert_true(rd(S_P, ISR) & USART_ISR_ORE_Msk);
    for (unsigned i = 0; i < 9; i++) {
        assert_int_equal(rd(S_P, RDR), 0x40 + i);
    }
    assert_false(rd(S_P, ISR) & USART_ISR_RXNE_Msk);
    wr(S_P, U + USART_ICR_OFS, USART_ISR_ORE_Msk);
    assert_false(rd(S_P, ISR) & USART_ISR_ORE_Msk);
}

static void receive_interrupt_is_a_level_F(void **state)
{
    (void)state;
    start(USART_CR1_RXNEIE_Msk, 0);
    assert_false(fake.irq[IRQ_LPUART1]);
    soc_uart_receive(bench.soc, SOC_LPUART1, 'x');
    assert_true(fake.irq[IRQ_LPUART1]);
    assert_int_equal(rd(S_P, RDR), 'x');
    assert_false(fake.irq[IRQ_LPUART1]);
    /* IDLE one frame after the last byte. */
    run_us(900);
    assert_false(rd(S_P, ISR) & USART_ISR_IDLE_Msk);
    run_us(200);
    assert_true(rd(S_P, ISR) & USART_ISR_IDLE_Msk);
}

static void fifo_thresholds_F(void **state)
{
    (void)state;
    /* RXFTCFG 2 = half = 4 entries. */
    start(USART_CR1_FIFOEN_Msk, USART_CR3_RXFTIE_Msk | 2u << USART_CR3_RXFTCFG_Pos);
    for (unsigned i = 0; i < 3; i++) {
        soc_uart_receive(bench.soc, SOC_LPUART1, 1);
    }
    assert_false(fake.irq[IRQ_LPUART1]);
    soc_uart_receive(bench.soc, SOC_LPUART1, 1);
    assert_true(fake.irq[IRQ_LPUART1]);
}

static void hardware_flow_control_F(void **state)
{
    (void)state;
    start(USART_CR1_FIFOEN_Msk, USART_CR3_RTSE_Msk | USART_CR3_CTSE_Msk);
    soc_uart_set_cts(bench.soc, SOC_LPUART1, false);
    wr(S_P, TDR, 'Q');
    run_us(3000);
    assert_int_equal(bench.sent_count, 0);
    soc_uart_set_cts(bench.soc, SOC_LPUART1, true);
    run_us(1100);
    assert_int_equal(bench.sent_count, 1);
    assert_true(soc_uart_rts(bench.soc, SOC_LPUART1));
    for (unsigned i = 0; i < 8; i++) {
        soc_uart_receive(bench.soc, SOC_LPUART1, 1);
    }
    assert_false(soc_uart_rts(bench.soc, SOC_LPUART1));
    assert_false(bench.rts);
    assert_true(soc_uart_receive(bench.soc, SOC_LPUART1, 2)); /* the frame already on its way */
    rd(S_P, RDR);
    rd(S_P, RDR);
    assert_true(bench.rts);
}

static void disabling_aborts_F(void **state)
{
    (void)state;
    start(0, 0);
    wr(S_P, TDR, 1);
    wr(S_P, U + USART_CR1_OFS, 0);
    run_us(3000);
    assert_int_equal(bench.sent_count, 0);
    assert_false(soc_uart_receive(bench.soc, SOC_LPUART1, 1));
    assert_int_equal(soc_uart_frame_ps(bench.soc, SOC_LPUART1), 0);
}

static void transmitter_without_a_pin_is_told(void **state)
{
    const char *line = "no pin is switched to its TX";

    (void)state;
    enable_clocks();
    route_all();
    wr(S_P, GPIOD_S + GPIO_AFR_OFS, 7u << 20); /* PD5: USART2_TX */
    wr(S_P, GPIOD_S + GPIO_MODER_OFS, 0xFFFFFBFFu);
    wr(S_P, USART2_S + USART_BRR_OFS, 35);
    wr(S_P, USART2_S + USART_CR1_OFS, USART_CR1_UE_Msk | USART_CR1_TE_Msk);
    wr(S_P, USART2_S + USART_TDR_OFS, 'a');
    run_us(100);
    assert_null(strstr(bench.log, line));
    wr(S_P, GPIOD_S + GPIO_MODER_OFS, 0xFFFFFFFFu);
    wr(S_P, USART2_S + USART_TDR_OFS, 'b');
    run_us(100);
    assert_non_null(strstr(bench.log, line));
}

/* RM0456 table 13: a secure peripheral reaches only secure pins. */
static void secure_uart_is_cut_off_from_a_nonsecure_pin(void **state)
{
    (void)state;
    enable_clocks();
    route_all();
    wr(S_P, USART2_S + USART_BRR_OFS, 35);
    wr(S_P, USART2_S + USART_CR1_OFS, USART_CR1_UE_Msk | USART_CR1_TE_Msk | USART_CR1_RE_Msk);
    wr(S_P, GPIOD_S + GPIO_SECCFGR_OFS, 0xFFFFu & ~(3u << 5)); /* PD5, PD6 */
    wr(S_P, USART2_S + USART_TDR_OFS, 'a');                    /* USART2 is non-secure */
    run_us(100);
    assert_int_equal(bench.sent_count, 1);
    wr(S_P, GTZC_TZSC1_S + GTZC_TZSC_SECCFGR1_OFS, 1u << 9); /* USART2SEC */
    wr(S_P, USART2_S + USART_TDR_OFS, 'b');
    run_us(100);
    assert_int_equal(bench.sent_count, 1);
    assert_false(soc_uart_receive(bench.soc, SOC_USART2, 'c'));
    wr(S_P, GPIOD_S + GPIO_SECCFGR_OFS, 0xFFFFu);
    wr(S_P, USART2_S + USART_TDR_OFS, 'd');
    run_us(100);
    assert_int_equal(bench.sent_count, 2);
    assert_true(soc_uart_receive(bench.soc, SOC_USART2, 'e'));
}

/* RM0456 10.6: port G from pin 2 on has its own supply, cut off until IO2SV. */
static void port_g_needs_io2sv(void **state)
{
    (void)state;
    start(0, 0);
    wr(S_P, U + USART_CR1_OFS, USART_CR1_UE_Msk | USART_CR1_TE_Msk);
    wr(S_P, PWR_S + PWR_SVMCR_OFS, 0);
    wr(S_P, TDR, 2);
    run_us(3000);
    assert_int_equal(bench.sent_count, 0);
    wr(S_P, PWR_S + PWR_SVMCR_OFS, PWR_SVMCR_IO2SV_Msk);
    wr(S_P, TDR, 3);
    run_us(3000);
    assert_int_equal(bench.sent_count, 1);
    assert_int_equal(bench.sent[0], 3);
}

/* ---- errors and modes of the receiver (RM0456 66.5) ---- */

static bool arrives(unsigned word, unsigned errors)
{
    return soc_uart_receive_word(bench.soc, SOC_LPUART1, (uint16_t)word, errors);
}

/* 8 bits with odd parity: 7 of data, the parity bit is read with them. */
static void parity_bit_and_parity_error(void **state)
{
    (void)state;
    start(USART_CR1_PCE_Msk | USART_CR1_PS_Msk | USART_CR1_PEIE_Msk, 0);
    assert_true(arrives(0x41, 0)); /* two ones: parity bit set */
    assert_false(rd(S_P, ISR) & USART_ISR_PE_Msk);
    assert_int_equal(rd(S_P, RDR), 0xC1);
    assert_true(arrives(0x43, SOC_UART_PARITY));
    assert_true(rd(S_P, ISR) & USART_ISR_PE_Msk);
    assert_true(fake.irq[IRQ_LPUART1]);
    assert_int_equal(rd(S_P, RDR), 0xC3);
    wr(S_P, U + USART_ICR_OFS, USART_ICR_PECF_Msk);
    assert_false(fake.irq[IRQ_LPUART1]);
}

/* 66.5.4: with FIFOs an error belongs to the character that is read next. */
static void errors_wait_in_the_fifo(void **state)
{
    (void)state;
    start(USART_CR1_FIFOEN_Msk, USART_CR3_EIE_Msk);
    assert_true(arrives('a', 0));
    assert_true(arrives('b', SOC_UART_FRAMING | SOC_UART_NOISE));
    assert_false(rd(S_P, ISR) & (USART_ISR_FE_Msk | USART_ISR_NE_Msk));
    assert_int_equal(rd(S_P, RDR), 'a');
    assert_int_equal(rd(S_P, ISR) & (USART_ISR_FE_Msk | USART_ISR_NE_Msk),
                     USART_ISR_FE_Msk | USART_ISR_NE_Msk);
    assert_true(fake.irq[IRQ_LPUART1]);
    assert_int_equal(rd(S_P, RDR), 'b');
}

/* 66.5.9: only words behind the own address are heard. */
static void mute_mode_by_address(void **state)
{
    (void)state;
    start(USART_CR1_MME_Msk | USART_CR1_WAKE_Msk | USART_CR1_M0_Msk, 0);
    wr(S_P, U + USART_CR2_OFS, 5u << USART_CR2_ADD_Pos);
    wr(S_P, U + USART_RQR_OFS, 4); /* MMRQ */
    assert_true(rd(S_P, ISR) & USART_ISR_RWU_Msk);
    assert_false(arrives('x', 0));
    assert_false(arrives(0x106, 0));
    assert_true(rd(S_P, ISR) & USART_ISR_RWU_Msk);
    assert_true(arrives(0x105, 0));
    assert_false(rd(S_P, ISR) & USART_ISR_RWU_Msk);
    assert_int_equal(rd(S_P, RDR), 0x105);
    assert_true(arrives('y', 0));
    assert_int_equal(rd(S_P, RDR), 'y');
    assert_false(arrives(0x107, 0));
    assert_true(rd(S_P, ISR) & USART_ISR_RWU_Msk);
}

static void mute_mode_until_the_line_is_idle(void **state)
{
    (void)state;
    start(USART_CR1_MME_Msk, 0);
    wr(S_P, U + USART_RQR_OFS, 4);
    assert_false(arrives('x', 0));
    run_us(1200); /* more than a frame */
    assert_false(rd(S_P, ISR) & USART_ISR_RWU_Msk);
    assert_true(arrives('y', 0));
}

static void lin_break(void **state)
{
    (void)state;
    enable_clocks();
    route_all();
    set_bits(RCC_S + RCC_APB1ENR1_OFS, RCC_APB1ENR1_USART2EN_Msk);
    wr(S_P, USART2_S + USART_BRR_OFS, 35u);
    wr(S_P, USART2_S + USART_CR2_OFS, USART_CR2_LINEN_Msk | USART_CR2_LBDIE_Msk);
    wr(S_P, USART2_S + USART_CR1_OFS, USART_CR1_UE_Msk | USART_CR1_TE_Msk | USART_CR1_RE_Msk);
    assert_true(soc_uart_receive_word(bench.soc, SOC_USART2, 0, SOC_UART_BREAK));
    assert_true(rd(S_P, USART2_S + USART_ISR_OFS) & USART_ISR_LBDF_Msk);
    assert_true(rd(S_P, USART2_S + USART_ISR_OFS) & USART_ISR_FE_Msk);
    assert_true(fake.irq[IRQ_USART2]);
    wr(S_P, USART2_S + USART_ICR_OFS, USART_ICR_LBDCF_Msk);
    assert_false(fake.irq[IRQ_USART2]);
    wr(S_P, USART2_S + USART_RQR_OFS, 2); /* SBKRQ: 13 bits low, 2 high of 8.75 us */
    assert_true(rd(S_P, USART2_S + USART_ISR_OFS) & USART_ISR_SBKF_Msk);
    run_us(125);
    assert_true(rd(S_P, USART2_S + USART_ISR_OFS) & USART_ISR_SBKF_Msk);
    run_us(10);
    assert_false(rd(S_P, USART2_S + USART_ISR_OFS) & USART_ISR_SBKF_Msk);
    assert_true(rd(S_P, USART2_S + USART_ISR_OFS) & USART_ISR_TC_Msk);
}

/* 66.5.16: one line; the receiver hears what is sent if it is on. */
static void half_duplex_hears_itself(void **state)
{
    (void)state;
    start(0, USART_CR3_HDSEL_Msk);
    wr(S_P, TDR, 'A');
    run_us(1100);
    assert_int_equal(bench.sent_count, 1);
    assert_true(rd(S_P, ISR) & USART_ISR_RXNE_Msk);
    assert_int_equal(rd(S_P, RDR), 'A');
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(parity_bit_and_parity_error),
        T(errors_wait_in_the_fifo),
        T(mute_mode_by_address),
        T(mute_mode_until_the_line_is_idle),
        T(lin_break),
        T(half_duplex_hears_itself),
        T(transmitter_without_a_pin_is_told),
        T(secure_uart_is_cut_off_from_a_nonsecure_pin),
        T(port_g_needs_io2sv),
        T(reset_values_N),
        T(a_frame_takes_ten_bits_F),
        T(usart_brr_oversampling_16_and_8_F),
        T(fifo_of_eight_each_way_F),
        T(receive_interrupt_is_a_level_F),
        T(fifo_thresholds_F),
        T(hardware_flow_control_F),
        T(disabling_aborts_F),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
