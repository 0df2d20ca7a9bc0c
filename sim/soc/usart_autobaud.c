/* Automatic baud rate detection of the UARTs (RM0456 chapter 66, "auto baud rate detection"), and
 * reception from a peer whose baud rate is not the chip's. */
#include "soc/usart.h"

static unsigned data_bits(const struct soc_uart_state *u)
{
    return usart_word_bits(u) - (u->cr1 & USART_CR1_PCE_Msk ? 1 : 0);
}

/* The data as it goes over the line: bit 0 first. */
static unsigned line_order(const struct soc_uart_state *u, unsigned data)
{
    unsigned bits = data_bits(u), order = 0;

    if (!(u->cr2 & USART_CR2_MSBFIRST_Msk)) {
        return data;
    }
    for (unsigned i = 0; i < bits; i++) {
        order |= ((data >> i) & 1u) << (bits - 1 - i);
    }
    return order;
}

bool usart_autobaud_waits(const struct soc_uart_state *u)
{
    return (u->cr2 & USART_CR2_ABREN_Msk) && !(u->isr & USART_ISR_ABRF_Msk);
}

/* The characters that a mode can measure. */
static bool suits(const struct soc_uart_state *u, unsigned data)
{
    unsigned line = line_order(u, data);

    /* Modes 2 and 3 measure a frame of fixed content. */
    switch ((u->cr2 & USART_CR2_ABRMODE_Msk) >> USART_CR2_ABRMODE_Pos) {
    case 0: /* begins with a one: the length of the start bit */
        return line & 1u;
    case 1: /* begins with 10: start bit and first bit, between falling edges */
        return (line & 3u) == 1u;
    case 2:
        return line == 0x7Fu;
    default:
        return line == 0x55u;
    }
}

/* With oversampling by 8 USARTDIV counts half clocks, and BRR has its last four bits shifted. */
unsigned usart_autobaud(struct soc_uart_state *u, unsigned data, uint64_t divider)
{
    bool over8 = (u->cr1 & USART_CR1_OVER8_Msk) != 0;
    uint32_t div = (uint32_t)divider;

    u->isr |= USART_ISR_ABRF_Msk;
    if ((divider != 0 && (divider < 16 || divider > 0xFFFFu)) || !suits(u, data)) {
        u->isr |= USART_ISR_ABRE_Msk; /* BRR may be anything then; here it stays */
        return SOC_UART_FRAMING;
    }
    if (divider != 0) {
        u->brr = over8 ? (div & 0xFFF0u) | (div & 0xFu) >> 1 : div;
    }
    return 0;
}

/* The peer's line in the middle of the chip's bit `i`, the start bit being 0. `frame` is the word
 * as it goes over the line, `own` and `peer` are the durations of a bit. */
static unsigned sample(const struct soc_uart_state *u, unsigned frame, unsigned i, sim_ps own,
                       sim_ps peer)
{
    uint64_t index = (2 * i + 1) * own / (2 * peer);

    if (index == 0) {
        return 0;
    }
    return index > usart_word_bits(u) ? 1 : (frame >> (index - 1)) & 1u;
}

bool soc_uart_receive_at(struct soc *soc, enum soc_uart uart, uint32_t baud, uint16_t word)
{
    struct soc_uart_state *u = &soc->uart[uart];
    unsigned bits = usart_word_bits(u), mask = (1u << data_bits(u)) - 1u, data = word & mask;
    unsigned frame = line_order(u, data) | usart_parity(u, data), sampled = 0, errors;
    uint64_t hz = usart_prescaled_hz(soc, uart);
    sim_ps own = usart_bits_ps(soc, uart, 1), peer;

    if (baud == 0 || own == 0 || !usart_listens(soc, uart)) {
        return false;
    }
    if (usart_autobaud_waits(u)) {
        hz *= u->cr1 & USART_CR1_OVER8_Msk ? 2 : 1;
        return usart_receive(soc, uart, data, 0, (hz + baud / 2) / baud);
    }
    peer = SIM_PS_PER_S / baud;
    if (sample(u, frame, 0, own, peer)) {
        return false;
    }
    for (unsigned i = 0; i < bits; i++) {
        sampled |= sample(u, frame, i + 1, own, peer) << i;
    }
    errors = sample(u, frame, bits + 1, own, peer) ? 0 : SOC_UART_FRAMING;
    data = line_order(u, sampled & mask);
    if (usart_parity(u, data) != (sampled & ~mask)) {
        errors |= SOC_UART_PARITY;
    }
    return usart_receive(soc, uart, data, errors, 0);
}
