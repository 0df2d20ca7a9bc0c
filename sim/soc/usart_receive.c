/* Receiver of the UARTs (RM0456 66.5.6 and following): characters with their errors, idle line and
 * receiver time-out, character match, mute mode, LIN break detection.
 *
 * A character stands in `rx` with its error flags above the data; they show in ISR while it is the
 * next one to be read.
 */
#include "soc/usart.h"

#include <string.h>

#define ERRORS_SHIFT 12u /* PE, FE, NE are bits 0 to 2 of ISR */

static void idle_fire(void *context)
{
    struct soc_event *event = context;
    struct soc_uart_state *u = &event->soc->uart[event->instance];

    if (!(u->cr1 & USART_CR1_WAKE_Msk) && (u->isr & USART_ISR_RWU_Msk)) {
        u->isr &= ~USART_ISR_RWU_Msk; /* that was what it waited for */
    } else if (!(u->isr & USART_ISR_RWU_Msk)) {
        u->isr |= USART_ISR_IDLE_Msk;
    }
    usart_update(event->soc, event->instance);
}

static void timeout_fire(void *context)
{
    struct soc_event *event = context;

    event->soc->uart[event->instance].isr |= USART_ISR_RTOF_Msk;
    usart_update(event->soc, event->instance);
}

unsigned usart_parity(const struct soc_uart_state *u, unsigned data)
{
    unsigned bits = usart_word_bits(u) - 1, ones = 0;

    if (!(u->cr1 & USART_CR1_PCE_Msk)) {
        return 0;
    }
    for (unsigned i = 0; i < bits; i++) {
        ones += (data >> i) & 1u;
    }
    return ((ones & 1u) ^ (u->cr1 & USART_CR1_PS_Msk ? 1u : 0u)) << bits;
}

/* ---- Mute mode (66.5.9) ---- */

/* An address has the word's highest bit; ADD stands below, in four or seven bits. */
static bool is_address(const struct soc_uart_state *u, unsigned word)
{
    return (word >> (usart_word_bits(u) - 1)) & 1u;
}

static bool is_our_address(const struct soc_uart_state *u, unsigned word)
{
    unsigned mask = u->cr2 & USART_CR2_ADDM7_Msk ? 0x7Fu : 0xFu;

    return is_address(u, word) && ((word ^ (u->cr2 >> USART_CR2_ADD_Pos)) & mask) == 0;
}

/* The receiver does not listen to this word. */
static bool muted(struct soc_uart_state *u, unsigned word)
{
    if (!(u->cr1 & USART_CR1_MME_Msk)) {
        return false;
    }
    if ((u->cr1 & USART_CR1_WAKE_Msk) && is_address(u, word)) {
        if (is_our_address(u, word)) {
            u->isr &= ~USART_ISR_RWU_Msk;
        } else {
            u->isr |= USART_ISR_RWU_Msk;
        }
    }
    return u->isr & USART_ISR_RWU_Msk;
}

/* ---- Characters ---- */

/* The errors of the character that is read next. */
static void show_errors(struct soc_uart_state *u)
{
    if (u->rx_count > 0) {
        u->isr |= u->rx[0] >> ERRORS_SHIFT;
    }
}

static bool store(struct soc_uart_state *u, unsigned word, unsigned errors)
{
    uint16_t entry = (uint16_t)(word | errors << ERRORS_SHIFT);

    if (u->rx_count < usart_rx_capacity(u)) {
        u->rx[u->rx_count++] = entry;
        if (u->rx_count == 1) {
            show_errors(u);
        }
        return true;
    }
    if (u->cr3 & USART_CR3_OVRDIS_Msk) {
        u->rx[u->rx_count - 1] = entry;
    } else {
        u->isr |= USART_ISR_ORE_Msk;
    }
    return false;
}

static unsigned error_flags(const struct soc_uart_state *u, unsigned errors)
{
    unsigned flags = 0;

    flags |= (errors & SOC_UART_PARITY) && (u->cr1 & USART_CR1_PCE_Msk) ? USART_ISR_PE_Msk : 0;
    flags |= errors & (SOC_UART_FRAMING | SOC_UART_BREAK) ? USART_ISR_FE_Msk : 0;
    flags |= (errors & SOC_UART_NOISE) && !(u->cr3 & USART_CR3_ONEBIT_Msk) ? USART_ISR_NE_Msk : 0;
    return flags;
}

bool usart_take(struct soc *soc, unsigned n, unsigned word, unsigned errors)
{
    struct soc_uart_state *u = &soc->uart[n];
    bool stored = false;

    if (!(u->cr2 & USART_CR2_SLVEN_Msk)) { /* the outside clock has no idle time of its own */
        soc_after(soc, &u->idle, usart_frame_ps(soc, n));
    }
    if (u->cr2 & USART_CR2_RTOEN_Msk) {
        soc_after(soc, &u->receiver_timeout, usart_bits_ps(soc, n, u->rtor & 0xFFFFFFu));
    }
    if ((errors & SOC_UART_BREAK) && (u->cr2 & USART_CR2_LINEN_Msk)) {
        u->isr |= USART_ISR_LBDF_Msk;
    }
    usart_count_block(soc, n);
    if (!muted(u, word)) {
        stored = store(u, word, error_flags(u, errors));
        if ((uint8_t)word == (uint8_t)(u->cr2 >> USART_CR2_ADD_Pos)) {
            u->isr |= USART_ISR_CMF_Msk;
        }
    }
    usart_update(soc, n);
    return stored;
}

/* In half-duplex and smartcard modes the one line is TX's; on it, and in the light of IrDA, nothing
 * else is heard while the chip sends. Without a clock synchronous modes hear nothing. */
bool usart_listens(struct soc *soc, unsigned n)
{
    const struct soc_uart_state *u = &soc->uart[n];
    uint32_t on = USART_CR1_UE_Msk | USART_CR1_RE_Msk;
    uint32_t shared = USART_CR3_IREN_Msk | USART_CR3_SCEN_Msk;
    uint32_t one_line = USART_CR3_HDSEL_Msk | USART_CR3_SCEN_Msk;

    if (usart_sync_master(u) || (u->cr2 & USART_CR2_SLVEN_Msk) || !usart_irda_works(u) ||
        (u->shifting && (u->cr3 & shared))) {
        return false;
    }
    if ((u->cr1 & on) != on || usart_bits_ps(soc, n, 1) == 0 ||
        (soc->power != POWER_RUN && !(u->cr1 & USART_CR1_UESM_Msk))) {
        return false;
    }
    if (usart_routed(soc, n, u->cr3 & one_line ? LINE_TX : LINE_RX)) {
        return true;
    }
    soc_guest_error(soc, 0x160u + n, "UART %u receives, but no pin is switched to its RX", n);
    return false;
}

bool usart_receive(struct soc *soc, unsigned n, unsigned data, unsigned errors, uint64_t divider)
{
    struct soc_uart_state *u = &soc->uart[n];
    unsigned bits = usart_word_bits(u) - (u->cr1 & USART_CR1_PCE_Msk ? 1 : 0), parity;

    if (!usart_listens(soc, n)) {
        return false;
    }
    data &= (1u << bits) - 1u;
    if (usart_autobaud_waits(u)) {
        errors |= usart_autobaud(u, data, divider);
    }
    if (usart_card_refuse(soc, n, errors)) {
        return false;
    }
    parity = usart_parity(u, data);
    if ((errors & SOC_UART_PARITY) && (u->cr1 & USART_CR1_PCE_Msk)) {
        parity ^= 1u << bits;
    }
    return usart_take(soc, n, errors & SOC_UART_BREAK ? 0 : data | parity, errors);
}

bool soc_uart_receive(struct soc *soc, enum soc_uart uart, uint8_t byte)
{
    return usart_receive(soc, uart, byte, 0, 0);
}

bool soc_uart_receive_word(struct soc *soc, enum soc_uart uart, uint16_t word, unsigned errors)
{
    return usart_receive(soc, uart, word, errors, 0);
}

uint32_t usart_read_data(struct soc *soc, unsigned n)
{
    struct soc_uart_state *u = &soc->uart[n];

    if (u->rx_count > 0) {
        u->rdr_last = u->rx[0] & ((1u << usart_word_bits(u)) - 1u);
        u->rx_count--;
        memmove(u->rx, u->rx + 1, u->rx_count * sizeof u->rx[0]);
        show_errors(u);
        usart_update(soc, n);
    }
    return u->rdr_last;
}

void soc_uart_receiver_init(struct soc *soc)
{
    for (unsigned n = 0; n < SOC_UARTS; n++) {
        soc_event_init(&soc->uart[n].idle, soc, n, idle_fire);
        soc_event_init(&soc->uart[n].receiver_timeout, soc, n, timeout_fire);
    }
}
