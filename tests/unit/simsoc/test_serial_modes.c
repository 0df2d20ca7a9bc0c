/* Auto baud rate, synchronous, smartcard and IrDA modes of the UARTs; each test names the section
 * or register of RM0456 chapter 66 that its figures are from. */
#include "harness.h"
#include "soc/inject.h"
#include "soc/soc_state.h"

/* USART1 (all modes) and UART4 (neither synchronous nor smartcard), on PCLK of 4 MHz. */
#define U1     USART1_S
#define HZ     4000000u
#define ON     (USART_CR1_UE_Msk | USART_CR1_TE_Msk | USART_CR1_RE_Msk)
#define BIT_PS (SIM_PS_PER_S / HZ * 400) /* BRR = 400: 10000 baud, 100 us a bit */
#define NINE   USART_CR1_M0_Msk
#define CARD   (USART_CR3_SCEN_Msk | USART_CR3_NACK_Msk)

static uint32_t reg(uint32_t offset)
{
    return rd(S_P, U1 + offset);
}

static bool flag(uint32_t bit)
{
    return (reg(USART_ISR_OFS) & bit) != 0;
}

static void set(uint32_t offset, uint32_t value)
{
    wr(S_P, U1 + offset, value);
}

static void start(uint32_t cr1, uint32_t cr2, uint32_t cr3, uint32_t brr)
{
    enable_clocks();
    route_all();
    route("PA8", 7);  /* USART1_CK */
    route("PA11", 7); /* USART1_CTS, NSS of the slave */
    set(USART_BRR_OFS, brr);
    set(USART_CR2_OFS, cr2);
    set(USART_CR3_OFS, cr3);
    set(USART_CR1_OFS, cr1);
    set(USART_CR1_OFS, cr1 | ON);
}

/* ---- "USART auto baud rate detection" ---- */

static uint32_t autobaud(unsigned mode)
{
    return USART_CR2_ABREN_Msk | mode << USART_CR2_ABRMODE_Pos;
}

static void a_measured_character_sets_brr(void **state)
{
    static const uint8_t characters[4] = {0x03, 0x0D, 0x7F, 0x55};

    (void)state;
    for (unsigned mode = 0; mode < 4; mode++) {
        start(USART_CR1_RXNEIE_Msk, autobaud(mode), 0, 35);
        assert_true(soc_uart_receive_at(bench.soc, SOC_USART1, 19200, characters[mode]));
        assert_int_equal(reg(USART_BRR_OFS), 208); /* 4 MHz / 19200 = 208.3 */
        assert_true(flag(USART_ISR_ABRF_Msk));
        assert_false(flag(USART_ISR_ABRE_Msk));
        assert_false(flag(USART_ISR_FE_Msk));
        assert_true(fake.irq[IRQ_USART1]); /* RXNE signals the end */
        assert_int_equal(reg(USART_RDR_OFS), characters[mode]);
        set(USART_CR1_OFS, 0);
    }
}

/* BRR with OVER8: USARTDIV = 2 * 4 MHz / 115200 = 69 = 0x45, its low four bits shifted right. */
static void measured_with_oversampling_by_8(void **state)
{
    (void)state;
    start(USART_CR1_OVER8_Msk, autobaud(3), 0, 0x100);
    assert_true(soc_uart_receive_at(bench.soc, SOC_USART1, 115200, 0x55));
    assert_int_equal(reg(USART_BRR_OFS), 0x42);
}

/* 0x7F and 0x55 are 0xFE and 0xAA with the highest bit first. */
static void measured_with_the_highest_bit_first(void **state)
{
    (void)state;
    start(0, autobaud(2) | USART_CR2_MSBFIRST_Msk, 0, 35);
    assert_true(soc_uart_receive_at(bench.soc, SOC_USART1, 19200, 0xFE));
    assert_false(flag(USART_ISR_ABRE_Msk));
    set(USART_CR1_OFS, 0);
    start(0, autobaud(3) | USART_CR2_MSBFIRST_Msk, 0, 35);
    assert_true(soc_uart_receive_at(bench.soc, SOC_USART1, 19200, 0x55));
    assert_true(flag(USART_ISR_ABRE_Msk));
}

static void check_failure(unsigned mode, uint32_t baud, uint8_t character)
{
    start(0, autobaud(mode), 0, 35);
    assert_true(soc_uart_receive_at(bench.soc, SOC_USART1, baud, character));
    assert_true(flag(USART_ISR_ABRE_Msk));
    assert_true(flag(USART_ISR_ABRF_Msk));
    assert_true(flag(USART_ISR_FE_Msk));
    assert_true(flag(USART_ISR_RXNE_Msk));
    set(USART_CR1_OFS, 0);
}

/* ISR.ABRE: range (bit of 16 to 65535 clocks) or character; ABRF, RXNE and FE come with it. */
static void unsuitable_characters_and_rates_are_errors(void **state)
{
    (void)state;
    check_failure(0, 19200, 0x02); /* first bit is 0 */
    check_failure(1, 19200, 0x03); /* second bit is 1 */
    check_failure(2, 19200, 0x55);
    check_failure(3, 19200, 0x7F);
    check_failure(0, 300000, 0x01); /* 13 clocks */
    check_failure(0, 60, 0x01);     /* 66667 clocks */
}

/* RQR.ABRRQ clears both flags and asks for another measurement. */
static void abrrq_measures_again(void **state)
{
    (void)state;
    start(0, autobaud(0), 0, 35);
    assert_true(soc_uart_receive_at(bench.soc, SOC_USART1, 19200, 'a'));
    reg(USART_RDR_OFS);
    set(USART_RQR_OFS, 1);
    assert_false(flag(USART_ISR_ABRF_Msk));
    assert_true(soc_uart_receive_at(bench.soc, SOC_USART1, 9600, 'a'));
    assert_true(flag(USART_ISR_ABRF_Msk));
    assert_int_equal(reg(USART_BRR_OFS), 417); /* 416.7 */
}

/* Without detection a peer 2 % too fast is understood. At half the rate the chip looks for the stop
 * bit in the peer's bit 4. One half again as fast gives other data. */
static void another_baud_rate_garbles(void **state)
{
    (void)state;
    start(0, 0, 0, 400);
    assert_true(soc_uart_receive_at(bench.soc, SOC_USART1, 10200, 0x5A));
    assert_int_equal(reg(USART_RDR_OFS), 0x5A);
    assert_false(flag(USART_ISR_FE_Msk));
    assert_true(soc_uart_receive_at(bench.soc, SOC_USART1, 5000, 0x00));
    assert_true(flag(USART_ISR_FE_Msk));
    reg(USART_RDR_OFS);
    assert_true(soc_uart_receive_at(bench.soc, SOC_USART1, 15000, 0xF0));
    assert_int_not_equal(reg(USART_RDR_OFS), 0xF0);
}

/* Eight bits with odd parity, highest first: the parity bit goes last and is right or, in the wrong
 * bit times, not. */
static void another_baud_rate_with_parity(void **state)
{
    (void)state;
    start(USART_CR1_PCE_Msk | USART_CR1_PS_Msk, USART_CR2_MSBFIRST_Msk, 0, 400);
    assert_true(soc_uart_receive_at(bench.soc, SOC_USART1, 10000, 0x13));
    assert_false(flag(USART_ISR_PE_Msk));
    assert_int_equal(reg(USART_RDR_OFS) & 0x7Fu, 0x13);
    assert_true(soc_uart_receive_at(bench.soc, SOC_USART1, 5000, 0x00)); /* all zeros: even */
    assert_true(flag(USART_ISR_PE_Msk));
}

/* ---- "USART synchronous mode" ---- */

static struct {
    unsigned frames, nacks;
    uint16_t out, answer;
    struct soc_uart_clocks clocks;
} device;

static uint16_t on_clocked(void *context, uint16_t out, struct soc_uart_clocks clocks)
{
    (void)context;
    device.frames++;
    device.out = out;
    device.clocks = clocks;
    return device.answer;
}

static void on_nacked(void *context)
{
    (void)context;
    device.nacks++;
}

static int setup_device(void **state)
{
    memset(&device, 0, sizeof device);
    setup(state);
    bench.soc->config.uart[SOC_USART1].clocked = on_clocked;
    bench.soc->config.uart[SOC_USART1].nacked = on_nacked;
    return 0;
}

static void a_master_exchanges_words(void **state)
{
    (void)state;
    start(0, USART_CR2_CLKEN_Msk | USART_CR2_CPOL_Msk | USART_CR2_LBCL_Msk, 0, 400);
    device.answer = 0xA7;
    assert_false(soc_uart_receive(bench.soc, SOC_USART1, 'x')); /* no clock, no reception */
    set(USART_TDR_OFS, 0x3C);
    run_us(990);
    assert_int_equal(device.frames, 0);
    run_us(20);
    assert_int_equal(device.frames, 1);
    assert_int_equal(device.out, 0x3C);
    assert_true(device.clocks.idle_high);
    assert_false(device.clocks.second_edge);
    assert_int_equal(device.clocks.pulses, 8);
    assert_int_equal(reg(USART_RDR_OFS), 0xA7);
    assert_true(flag(USART_ISR_TC_Msk));
}

/* CR2.LBCL = 0: the last data bit has no clock pulse. Nine bits with parity: even, over 0x01. */
static void the_last_clock_pulse_and_parity(void **state)
{
    (void)state;
    start(NINE | USART_CR1_PCE_Msk, USART_CR2_CLKEN_Msk | USART_CR2_CPHA_Msk, 0, 400);
    device.answer = 0x001; /* parity bit missing */
    set(USART_TDR_OFS, 0x01);
    run_us(1200);
    assert_int_equal(device.out, 0x101);
    assert_true(device.clocks.second_edge);
    assert_int_equal(device.clocks.pulses, 8);
    assert_true(flag(USART_ISR_PE_Msk));
    assert_int_equal(reg(USART_RDR_OFS), 0x001);
}

static void without_a_ck_pin_the_device_sees_no_clock(void **state)
{
    (void)state;
    start(0, USART_CR2_CLKEN_Msk, 0, 400);
    route("PA8", 0);
    set(USART_TDR_OFS, 0x3C);
    run_us(1100);
    assert_int_equal(device.frames, 0);
    assert_int_equal(reg(USART_RDR_OFS), 0xFF);
}

static bool clock_in(bool nss_low, uint16_t out, uint16_t *in)
{
    return soc_uart_outside_clock(bench.soc, SOC_USART1, nss_low, out, in);
}

static void a_slave_answers_the_outside_clock(void **state)
{
    uint16_t in;

    (void)state;
    start(0, USART_CR2_SLVEN_Msk, USART_CR3_EIE_Msk, 0); /* needs no baud rate */
    set(USART_TDR_OFS, 0x42);
    run_us(5000);
    assert_int_equal(bench.sent_count, 0); /* waits for the clock */
    assert_false(clock_in(false, 0x11, &in));
    assert_true(clock_in(true, 0x81, &in));
    assert_int_equal(in, 0x42);
    assert_int_equal(reg(USART_RDR_OFS), 0x81);
    assert_true(flag(USART_ISR_TC_Msk));
    assert_false(flag(USART_ISR_UDR_Msk));
    assert_false(fake.irq[IRQ_USART1]);
    assert_true(clock_in(true, 0x82, &in)); /* ISR.UDR: nothing in TDR at the first clock */
    assert_true(flag(USART_ISR_UDR_Msk));
    assert_true(fake.irq[IRQ_USART1]);
    set(USART_ICR_OFS, USART_ICR_UDRCF_Msk);
    assert_false(fake.irq[IRQ_USART1]);
}

static void a_slave_without_nss_is_always_selected(void **state)
{
    uint16_t in;

    (void)state;
    start(USART_CR1_FIFOEN_Msk, USART_CR2_SLVEN_Msk | USART_CR2_DIS_NSS_Msk, 0, 0);
    set(USART_TDR_OFS, 1);
    set(USART_TDR_OFS, 2);
    assert_true(clock_in(false, 3, &in));
    assert_int_equal(in, 1);
    assert_true(clock_in(false, 4, &in));
    assert_int_equal(in, 2);
    assert_int_equal(reg(USART_RDR_OFS), 3);
    assert_int_equal(reg(USART_RDR_OFS), 4);
}

/* ---- "USART receiver timeout", "USART smartcard mode" ---- */

static void start_card(uint32_t retries, uint32_t guard)
{
    enable_clocks();
    set(USART_GTPR_OFS, guard << USART_GTPR_GT_Pos | 5u);
    start(NINE | USART_CR1_PCE_Msk, USART_CR2_STOP_Msk | USART_CR2_CLKEN_Msk,
          CARD | retries << USART_CR3_SCARCNT_Pos, 400);
}

/* Start, 8 data, parity, 1.5 stop bits, half a bit of delay: 12 bits; then GT of 3 bits to TC. */
static void guard_time_delays_tc(void **state)
{
    (void)state;
    start_card(0, 3);
    assert_true(flag(USART_ISR_TCBGT_Msk));
    set(USART_TDR_OFS, 0x3B);
    assert_false(flag(USART_ISR_TCBGT_Msk));
    run_ps(12 * BIT_PS - SIM_PS_PER_US);
    assert_int_equal(bench.sent_count, 0);
    run_us(2);
    assert_int_equal(bench.sent_count, 1);
    assert_true(flag(USART_ISR_TCBGT_Msk));
    assert_false(flag(USART_ISR_TC_Msk));
    run_ps(3 * BIT_PS - 3 * SIM_PS_PER_US);
    assert_false(flag(USART_ISR_TC_Msk));
    run_us(4);
    assert_true(flag(USART_ISR_TC_Msk));
    assert_int_equal(reg(USART_RDR_OFS) & 0xFFu, 0x3B); /* one line: it comes back */
    set(USART_ICR_OFS, USART_ICR_TCBGTCF_Msk);
    assert_false(flag(USART_ISR_TCBGT_Msk));
}

/* SCARCNT repetitions, each 2.5 bits after the refusal. */
static void a_refused_character_is_repeated(void **state)
{
    (void)state;
    start_card(2, 0);
    soc_uart_card_refuses(bench.soc, SOC_USART1, 2);
    set(USART_TDR_OFS, 0x3B);
    run_ps(12 * BIT_PS + 2 * 14 * BIT_PS - SIM_PS_PER_US);
    assert_int_equal(bench.sent_count, 0);
    run_us(2);
    assert_int_equal(bench.sent_count, 1);
    assert_true(flag(USART_ISR_TC_Msk));
    assert_false(flag(USART_ISR_FE_Msk));
}

static void too_many_refusals_are_a_framing_error(void **state)
{
    (void)state;
    start_card(1, 10);
    soc_uart_card_refuses(bench.soc, SOC_USART1, 2);
    set(USART_TDR_OFS, 0x3B);
    run_ps(12 * BIT_PS + 14 * BIT_PS + SIM_PS_PER_US);
    assert_true(flag(USART_ISR_FE_Msk));
    assert_true(flag(USART_ISR_TC_Msk)); /* no guard time */
    assert_false(flag(USART_ISR_TCBGT_Msk));
    assert_int_equal(bench.sent_count, 0);
    set(USART_TDR_OFS, 0x3C);
    run_ps(20 * BIT_PS);
    assert_int_equal(bench.sent_count, 0); /* stopped */
    set(USART_ICR_OFS, USART_ICR_FECF_Msk);
    run_ps(13 * BIT_PS);
    assert_int_equal(bench.sent_count, 1);
    assert_int_equal(bench.sent[0], 0x3C);
}

/* CR3.SCARCNT: after so many erroneous receptions RXNE and PE. */
static void a_wrong_character_is_refused(void **state)
{
    (void)state;
    start_card(2, 0);
    for (unsigned i = 1; i <= 2; i++) {
        assert_false(soc_uart_receive_word(bench.soc, SOC_USART1, 0x3B, SOC_UART_PARITY));
        assert_int_equal(device.nacks, i);
        assert_false(flag(USART_ISR_RXNE_Msk));
    }
    assert_true(soc_uart_receive_word(bench.soc, SOC_USART1, 0x3B, SOC_UART_PARITY));
    assert_int_equal(device.nacks, 2);
    assert_true(flag(USART_ISR_RXNE_Msk));
    assert_true(flag(USART_ISR_PE_Msk));
}

static void without_nack_a_parity_error_is_told_at_once(void **state)
{
    (void)state;
    start(NINE | USART_CR1_PCE_Msk, USART_CR2_STOP_Msk,
          USART_CR3_SCEN_Msk | 3u << USART_CR3_SCARCNT_Pos, 400);
    assert_true(soc_uart_receive_word(bench.soc, SOC_USART1, 0x3B, SOC_UART_PARITY));
    assert_true(flag(USART_ISR_PE_Msk));
    assert_int_equal(device.nacks, 0);
}

/* RTOR.BLEN: the end of the block is the character BLEN + 4; a transmission starts the count. */
static void end_of_block(void **state)
{
    (void)state;
    start_card(0, 0);
    set(USART_RTOR_OFS, 1u << 24);
    set(USART_CR1_OFS, reg(USART_CR1_OFS) | USART_CR1_EOBIE_Msk);
    assert_true(soc_uart_receive(bench.soc, SOC_USART1, 0));
    reg(USART_RDR_OFS);
    set(USART_TDR_OFS, 0xFF);
    assert_false(soc_uart_receive(bench.soc, SOC_USART1, 0)); /* the line is taken */
    run_ps(12 * BIT_PS - SIM_PS_PER_US);
    set(USART_CR1_OFS, reg(USART_CR1_OFS) & ~USART_CR1_RE_Msk); /* not to hear itself */
    run_us(2);
    set(USART_CR1_OFS, reg(USART_CR1_OFS) | USART_CR1_RE_Msk);
    for (unsigned i = 1; i <= 5; i++) {
        assert_false(flag(USART_ISR_EOBF_Msk));
        assert_true(soc_uart_receive(bench.soc, SOC_USART1, (uint8_t)i));
        reg(USART_RDR_OFS);
    }
    assert_true(flag(USART_ISR_EOBF_Msk));
    assert_true(fake.irq[IRQ_USART1]);
    set(USART_ICR_OFS, USART_ICR_EOBCF_Msk);
    assert_false(fake.irq[IRQ_USART1]);
}

/* RTOR.BLEN in other modes: RE = 0 and EOBCF start the count. */
static void end_of_block_without_a_card(void **state)
{
    (void)state;
    start(0, 0, 0, 400);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(soc_uart_receive(bench.soc, SOC_USART1, 'a'));
        reg(USART_RDR_OFS);
    }
    set(USART_CR1_OFS, USART_CR1_UE_Msk);
    set(USART_CR1_OFS, ON);
    for (unsigned i = 0; i < 4; i++) {
        assert_false(flag(USART_ISR_EOBF_Msk));
        assert_true(soc_uart_receive(bench.soc, SOC_USART1, 'b'));
        reg(USART_RDR_OFS);
    }
    assert_true(flag(USART_ISR_EOBF_Msk));
    set(USART_ICR_OFS, USART_ICR_EOBCF_Msk);
    assert_true(soc_uart_receive(bench.soc, SOC_USART1, 'c'));
    assert_false(flag(USART_ISR_EOBF_Msk));
}

/* GTPR.PSC in smartcard mode: five bits, in steps of two. */
static void the_card_gets_its_clock(void **state)
{
    (void)state;
    start_card(0, 0);
    assert_int_equal(soc_uart_card_clock_hz(bench.soc, SOC_USART1), HZ / 10);
    set(USART_GTPR_OFS, 31);
    assert_int_equal(soc_uart_card_clock_hz(bench.soc, SOC_USART1), HZ / 62);
    set(USART_CR2_OFS, USART_CR2_STOP_Msk);
    assert_int_equal(soc_uart_card_clock_hz(bench.soc, SOC_USART1), 0);
}

/* ---- "USART IrDA SIR ENDEC block" ---- */

static void pulses_of_both_irda_modes(void **state)
{
    (void)state;
    start(0, 0, USART_CR3_IREN_Msk, 400);
    assert_int_equal(soc_uart_irda_pulse_ps(bench.soc, SOC_USART1), 0); /* PSC = 0 */
    set(USART_GTPR_OFS, 2);
    assert_int_equal(soc_uart_irda_pulse_ps(bench.soc, SOC_USART1), BIT_PS * 3 / 16);
    set(USART_CR3_OFS, USART_CR3_IREN_Msk | USART_CR3_IRLP_Msk);
    assert_int_equal(soc_uart_irda_pulse_ps(bench.soc, SOC_USART1), 3 * SIM_PS_PER_S / (HZ / 2));
}

/* The encoder and decoder do not work with PSC = 0; pulses under one period of PSC are rejected,
 * those over two taken. */
static void irda_needs_its_prescaler_and_long_pulses(void **state)
{
    (void)state;
    start(0, 0, USART_CR3_IREN_Msk, 400);
    set(USART_TDR_OFS, 'a');
    run_us(1100);
    assert_int_equal(bench.sent_count, 0);
    assert_false(soc_uart_receive(bench.soc, SOC_USART1, 'b'));
    set(USART_GTPR_OFS, 2); /* 0.5 us */
    set(USART_TDR_OFS, 'c');
    run_us(1100);
    assert_int_equal(bench.sent_count, 1);
    assert_false(soc_uart_irda_receive(bench.soc, SOC_USART1, 'd', 400000));
    assert_true(soc_uart_irda_receive(bench.soc, SOC_USART1, 'e', 1600000));
    assert_int_equal(reg(USART_RDR_OFS), 'e');
}

static void irda_is_deaf_while_it_sends(void **state)
{
    (void)state;
    start(0, 0, USART_CR3_IREN_Msk, 400);
    set(USART_GTPR_OFS, 2);
    set(USART_TDR_OFS, 'a');
    run_us(500);
    assert_false(soc_uart_receive(bench.soc, SOC_USART1, 'b'));
    run_us(600);
    assert_false(flag(USART_ISR_RXNE_Msk)); /* nor hears it itself */
    assert_true(soc_uart_receive(bench.soc, SOC_USART1, 'c'));
}

/* ---- "USART implementation" ---- */

static void modes_that_an_instance_lacks_are_reserved(void **state)
{
    uint32_t sync = USART_CR2_CLKEN_Msk | USART_CR2_SLVEN_Msk, abr = USART_CR2_ABREN_Msk;

    (void)state;
    enable_clocks();
    wr(S_P, UART4_S + USART_CR2_OFS, sync | abr);
    assert_int_equal(rd(S_P, UART4_S + USART_CR2_OFS), abr);
    wr(S_P, UART4_S + USART_CR3_OFS, CARD | USART_CR3_IREN_Msk);
    assert_int_equal(rd(S_P, UART4_S + USART_CR3_OFS), USART_CR3_IREN_Msk);
    wr(S_P, LPUART1_S + USART_CR2_OFS, sync | abr);
    assert_int_equal(rd(S_P, LPUART1_S + USART_CR2_OFS), 0);
    wr(S_P, LPUART1_S + USART_CR3_OFS, CARD | USART_CR3_IREN_Msk);
    assert_int_equal(rd(S_P, LPUART1_S + USART_CR3_OFS), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_device, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_measured_character_sets_brr),
        T(measured_with_oversampling_by_8),
        T(measured_with_the_highest_bit_first),
        T(unsuitable_characters_and_rates_are_errors),
        T(abrrq_measures_again),
        T(another_baud_rate_garbles),
        T(another_baud_rate_with_parity),
        T(a_master_exchanges_words),
        T(the_last_clock_pulse_and_parity),
        T(without_a_ck_pin_the_device_sees_no_clock),
        T(a_slave_answers_the_outside_clock),
        T(a_slave_without_nss_is_always_selected),
        T(guard_time_delays_tc),
        T(a_refused_character_is_repeated),
        T(too_many_refusals_are_a_framing_error),
        T(a_wrong_character_is_refused),
        T(without_nack_a_parity_error_is_told_at_once),
        T(end_of_block),
        T(end_of_block_without_a_card),
        T(the_card_gets_its_clock),
        T(pulses_of_both_irda_modes),
        T(irda_needs_its_prescaler_and_long_pulses),
        T(irda_is_deaf_while_it_sends),
        T(modes_that_an_instance_lacks_are_reserved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
