/* Smartcard mode of USART1-3 (RM0456 chapter 66, "smartcard mode"): refused characters (NACK) and
 * their repetition, guard time, block length, the card's clock.
 *
 * The guard time delays TC as the manual words it; a character written meanwhile does not wait.
 */
#include "soc/usart.h"

#define STOP_1_5 3u

bool usart_has_smartcard(unsigned n)
{
    return n <= SOC_USART3;
}

static unsigned retries(const struct soc_uart_state *u)
{
    return (u->cr3 & USART_CR3_SCARCNT_Msk) >> USART_CR3_SCARCNT_Pos;
}

/* Refusals are seen and given in the stop bits, of which there must be 1.5. */
static bool checks_stop(const struct soc_uart_state *u)
{
    return (u->cr3 & USART_CR3_SCEN_Msk) && (u->cr1 & USART_CR1_RE_Msk) &&
           (u->cr2 & USART_CR2_STOP_Msk) >> USART_CR2_STOP_Pos == STOP_1_5;
}

/* ---- Transmission ---- */

/* After SCARCNT repetitions, each 2.5 bits behind the refusal, the transmitter stops with FE; TC
 * comes at once. Software clears FE or empties the transmitter to go on. */
bool usart_card_refused(struct soc *soc, unsigned n)
{
    struct soc_uart_state *u = &soc->uart[n];

    if (u->card_nacks == 0 || u->breaking || !checks_stop(u)) {
        u->tx_retries = 0;
        return false;
    }
    u->card_nacks--;
    if (u->tx_retries < retries(u)) {
        u->tx_retries++;
        u->shifting = true;
        soc_after(soc, &u->tx_done, usart_frame_ps(soc, n) + usart_bits_ps(soc, n, 5) / 2);
        return true;
    }
    u->tx_retries = 0;
    u->card_stopped = true;
    u->isr |= USART_ISR_FE_Msk | USART_ISR_TC_Msk;
    return true;
}

void usart_card_finish(struct soc *soc, unsigned n)
{
    struct soc_uart_state *u = &soc->uart[n];
    unsigned guard = (u->gtpr & USART_GTPR_GT_Msk) >> USART_GTPR_GT_Pos;

    u->isr |= USART_ISR_TCBGT_Msk;
    if (guard == 0) {
        u->isr |= USART_ISR_TC_Msk;
    } else {
        soc_after(soc, &u->guard, usart_bits_ps(soc, n, guard));
    }
}

static void guard_over(void *context)
{
    struct soc_event *event = context;

    struct soc_uart_state *u = &event->soc->uart[event->instance];

    if (!u->shifting && u->tx_count == 0) {
        u->isr |= USART_ISR_TC_Msk;
    }
    usart_update(event->soc, event->instance);
}

void usart_card_written(struct soc_uart_state *u)
{
    if (u->cr3 & USART_CR3_SCEN_Msk) {
        u->isr &= ~USART_ISR_TCBGT_Msk;
        u->block_count = 0;
    }
}

/* ---- Reception ---- */

bool usart_card_refuse(struct soc *soc, unsigned n, unsigned errors)
{
    struct soc_uart_state *u = &soc->uart[n];
    const struct soc_uart_peer *peer = &soc->config.uart[n];
    bool wrong = (errors & SOC_UART_PARITY) && (u->cr1 & USART_CR1_PCE_Msk);

    if (!wrong || !checks_stop(u) || !(u->cr3 & USART_CR3_NACK_Msk) ||
        u->rx_retries >= retries(u)) {
        u->rx_retries = 0;
        return false;
    }
    u->rx_retries++;
    if (peer->nacked != NULL) {
        peer->nacked(peer->context);
    }
    return true;
}

/* In other modes too, as RTOR says; there RE = 0 and EOBCF begin another block. BLEN may be written
 * while the block arrives. */
void usart_count_block(struct soc *soc, unsigned n)
{
    struct soc_uart_state *u = &soc->uart[n];

    if (!usart_has_smartcard(n)) {
        return;
    }
    if (u->block_count < UINT16_MAX) {
        u->block_count++;
    }
    if (u->block_count >= (u->rtor >> 24) + 4) {
        u->isr |= USART_ISR_EOBF_Msk;
    }
}

/* ---- The bench ---- */

void soc_uart_card_refuses(struct soc *soc, enum soc_uart uart, unsigned count)
{
    soc->uart[uart].card_nacks = (uint8_t)(count < UINT8_MAX ? count : UINT8_MAX);
}

uint32_t soc_uart_card_clock_hz(struct soc *soc, enum soc_uart uart)
{
    const struct soc_uart_state *u = &soc->uart[uart];
    uint32_t prescaler = u->gtpr & 0x1Fu; /* counts in steps of two */

    if (!(u->cr1 & USART_CR1_UE_Msk) || !(u->cr2 & USART_CR2_CLKEN_Msk) ||
        !(u->cr3 & USART_CR3_SCEN_Msk) || prescaler == 0 || !usart_routed(soc, uart, LINE_CK)) {
        return 0;
    }
    return (uint32_t)(usart_prescaled_hz(soc, uart) / (2u * prescaler));
}

void soc_uart_smartcard_init(struct soc *soc)
{
    for (unsigned n = 0; n < SOC_UARTS; n++) {
        soc_event_init(&soc->uart[n].guard, soc, n, guard_over);
    }
}
