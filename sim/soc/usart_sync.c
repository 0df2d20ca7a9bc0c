/* Synchronous master and slave mode of USART1-3 (RM0456 chapter 66, "synchronous mode").
 *
 * A master receives only while it sends. A slave has no baud rate: an outside master, the bench's,
 * clocks whole frames.
 */
#include "soc/usart.h"

bool usart_sync_master(const struct soc_uart_state *u)
{
    return (u->cr2 & (USART_CR2_CLKEN_Msk | USART_CR2_SLVEN_Msk)) == USART_CR2_CLKEN_Msk &&
           !(u->cr3 & USART_CR3_SCEN_Msk);
}

/* A word with its parity bit has been clocked in. */
static void clocked_in(struct soc *soc, unsigned n, unsigned word)
{
    const struct soc_uart_state *u = &soc->uart[n];
    unsigned bits = usart_word_bits(u), data = word & ((1u << (bits - 1)) - 1u);
    bool wrong;

    word &= (1u << bits) - 1u;
    wrong = (u->cr1 & USART_CR1_PCE_Msk) && usart_parity(u, data) != (word ^ data);
    usart_take(soc, n, word, wrong ? SOC_UART_PARITY : 0);
}

void usart_sync_exchange(struct soc *soc, unsigned n, unsigned out)
{
    const struct soc_uart_state *u = &soc->uart[n];
    const struct soc_uart_peer *peer = &soc->config.uart[n];
    struct soc_uart_clocks clocks = {
        .idle_high = (u->cr2 & USART_CR2_CPOL_Msk) != 0,
        .second_edge = (u->cr2 & USART_CR2_CPHA_Msk) != 0,
        .pulses = (uint8_t)(usart_word_bits(u) - (u->cr2 & USART_CR2_LBCL_Msk ? 0 : 1)),
    };
    unsigned in = 0x1FFu; /* a line that nobody drives */

    if (!usart_routed(soc, n, LINE_CK)) {
        soc_guest_error(soc, 0x170u + n, "USART %u is synchronous, but no pin is its CK", n);
    } else if (peer->clocked != NULL) {
        in = peer->clocked(peer->context, (uint16_t)out, clocks);
    }
    if (u->cr1 & USART_CR1_RE_Msk) {
        clocked_in(soc, n, usart_routed(soc, n, LINE_RX) ? in : 0x1FFu);
    }
}

/* NSS comes in on the CTS pin; DIS_NSS: always selected. */
static bool selected(struct soc *soc, unsigned n, bool nss_low)
{
    if (soc->uart[n].cr2 & USART_CR2_DIS_NSS_Msk) {
        return true;
    }
    return nss_low && usart_routed(soc, n, LINE_CTS);
}

/* What the slave sends; an underrun repeats what the shift register holds, which the manual leaves
 * open. */
static unsigned slave_word(struct soc *soc, unsigned n)
{
    struct soc_uart_state *u = &soc->uart[n];
    unsigned data, bits = usart_word_bits(u) - (u->cr1 & USART_CR1_PCE_Msk ? 1 : 0);

    if (u->tx_count == 0) {
        u->isr |= USART_ISR_UDR_Msk;
    } else {
        u->shift_data = usart_next_word(u);
    }
    if (u->tx_count == 0) {
        u->isr |= USART_ISR_TC_Msk;
    }
    data = u->shift_data & ((1u << bits) - 1u);
    return data | usart_parity(u, data);
}

bool soc_uart_outside_clock(struct soc *soc, enum soc_uart uart, bool nss_low, uint16_t out,
                            uint16_t *in)
{
    const struct soc_uart_state *u = &soc->uart[uart];

    *in = 0x1FFu;
    if (!(u->cr1 & USART_CR1_UE_Msk) || !(u->cr2 & USART_CR2_SLVEN_Msk) ||
        soc_uart_clock_hz(soc, uart) == 0 || !usart_routed(soc, uart, LINE_CK) ||
        !selected(soc, uart, nss_low)) {
        return false;
    }
    if (u->cr1 & USART_CR1_TE_Msk) {
        unsigned word = slave_word(soc, uart);

        *in = usart_routed(soc, uart, LINE_TX) ? (uint16_t)word : 0x1FFu;
    }
    if (u->cr1 & USART_CR1_RE_Msk) {
        clocked_in(soc, uart, usart_routed(soc, uart, LINE_RX) ? out : 0x1FFu);
    }
    usart_update(soc, uart);
    return true;
}
