/* USART1-3, UART4-5 and LPUART1: registers, transmitter, FIFOs, hardware flow control, interrupts
 * (RM0456 chapters 66 and 67). The receiver is in usart_receive.c; auto baud rate, synchronous,
 * smartcard and IrDA modes have files of their own.
 *
 * Received bytes are delivered by the peer, which paces them; transmitted ones leave when their
 * frame has been shifted out.
 */
#include "soc/usart.h"

#include <assert.h>
#include <string.h>

static const struct {
    int irq;
    uint8_t block_clock_reg, block_clock_bit;
} uarts[SOC_UARTS] = {
    [SOC_USART1] = {IRQ_USART1, RCC_APB2ENR_OFS, 14},
    [SOC_USART2] = {IRQ_USART2, RCC_APB1ENR1_OFS, 17},
    [SOC_USART3] = {IRQ_USART3, RCC_APB1ENR1_OFS, 18},
    [SOC_UART4] = {IRQ_UART4, RCC_APB1ENR1_OFS, 19},
    [SOC_UART5] = {IRQ_UART5, RCC_APB1ENR1_OFS, 20},
    [SOC_LPUART1] = {IRQ_LPUART1, RCC_APB3ENR_OFS, 6},
};

bool usart_fifo_on(const struct soc_uart_state *u)
{
    return (u->cr1 & USART_CR1_FIFOEN_Msk) != 0;
}

static unsigned tx_capacity(const struct soc_uart_state *u)
{
    return usart_fifo_on(u) ? UART_FIFO : 1;
}

/* The receive data register itself holds one more than the FIFO. */
unsigned usart_rx_capacity(const struct soc_uart_state *u)
{
    return usart_fifo_on(u) ? UART_FIFO + 1 : 1;
}

static unsigned threshold(uint32_t code)
{
    static const uint8_t levels[8] = {1, 2, 4, 6, 7, 8, 8, 8};

    return levels[code & 7u];
}

/* ---- Flags and interrupt ---- */

static uint32_t isr(const struct soc_uart_state *u)
{
    uint32_t flags = u->isr;

    if (u->rx_count > 0) {
        flags |= USART_ISR_RXNE_Msk;
    }
    if (u->tx_count < tx_capacity(u)) {
        flags |= USART_ISR_TXE_Msk;
    }
    if (u->cr3 & USART_CR3_CTSE_Msk) {
        flags |= u->cts ? USART_ISR_CTS_Msk : 0;
    }
    if (usart_fifo_on(u)) {
        flags |= u->tx_count == 0 ? USART_ISR_TXFE_Msk : 0;
        flags |= u->rx_count == usart_rx_capacity(u) ? USART_ISR_RXFF_Msk : 0;
        flags |= u->rx_count >= threshold(u->cr3 >> USART_CR3_RXFTCFG_Pos) ? USART_ISR_RXFT_Msk : 0;
        flags |= UART_FIFO - u->tx_count >= (int)threshold(u->cr3 >> USART_CR3_TXFTCFG_Pos)
                     ? USART_ISR_TXFT_Msk
                     : 0;
    }
    return flags;
}

static void update_irq(struct soc *soc, unsigned n)
{
    const struct soc_uart_state *u = &soc->uart[n];
    uint32_t f = isr(u);
    bool fifo = usart_fifo_on(u);
    bool level = ((f & USART_ISR_RXNE_Msk) && (u->cr1 & USART_CR1_RXNEIE_Msk)) ||
                 ((f & USART_ISR_ORE_Msk) && (u->cr1 & USART_CR1_RXNEIE_Msk)) ||
                 ((f & USART_ISR_TXE_Msk) && (u->cr1 & USART_CR1_TXEIE_Msk)) ||
                 ((f & USART_ISR_TC_Msk) && (u->cr1 & USART_CR1_TCIE_Msk)) ||
                 ((f & USART_ISR_IDLE_Msk) && (u->cr1 & USART_CR1_IDLEIE_Msk)) ||
                 ((f & USART_ISR_PE_Msk) && (u->cr1 & USART_CR1_PEIE_Msk)) ||
                 ((f & USART_ISR_CMF_Msk) && (u->cr1 & USART_CR1_CMIE_Msk)) ||
                 ((f & USART_ISR_RTOF_Msk) && (u->cr1 & USART_CR1_RTOIE_Msk)) ||
                 ((f & (USART_ERROR_FLAGS | USART_ISR_UDR_Msk)) && (u->cr3 & USART_CR3_EIE_Msk)) ||
                 ((f & USART_ISR_EOBF_Msk) && (u->cr1 & USART_CR1_EOBIE_Msk)) ||
                 ((f & USART_ISR_TCBGT_Msk) && (u->cr3 & USART_CR3_TCBGTIE_Msk)) ||
                 ((f & USART_ISR_LBDF_Msk) && (u->cr2 & USART_CR2_LBDIE_Msk)) ||
                 ((f & USART_ISR_CTSIF_Msk) && (u->cr3 & USART_CR3_CTSIE_Msk)) ||
                 (fifo && (f & USART_ISR_TXFE_Msk) && (u->cr1 & USART_CR1_TXFEIE_Msk)) ||
                 (fifo && (f & USART_ISR_RXFF_Msk) && (u->cr1 & USART_CR1_RXFFIE_Msk)) ||
                 (fifo && (f & USART_ISR_RXFT_Msk) && (u->cr3 & USART_CR3_RXFTIE_Msk)) ||
                 (fifo && (f & USART_ISR_TXFT_Msk) && (u->cr3 & USART_CR3_TXFTIE_Msk));

    soc_irq(soc, uarts[n].irq, level);
}

static bool rts_ready(const struct soc_uart_state *u)
{
    if (!(u->cr3 & USART_CR3_RTSE_Msk)) {
        return true;
    }
    if ((u->cr1 & (USART_CR1_UE_Msk | USART_CR1_RE_Msk)) != (USART_CR1_UE_Msk | USART_CR1_RE_Msk)) {
        return false;
    }
    return u->rx_count < (usart_fifo_on(u) ? UART_FIFO : 1);
}

void usart_update(struct soc *soc, unsigned n)
{
    struct soc_uart_state *u = &soc->uart[n];
    bool ready = rts_ready(u);

    update_irq(soc, n);
    if (u->cr3 & (USART_CR3_DMAR_Msk | USART_CR3_DMAT_Msk)) {
        soc_dma_poke(soc);
    }
    if (ready != u->rts_shown) {
        u->rts_shown = ready;
        if (soc->config.uart[n].rts != NULL) {
            soc->config.uart[n].rts(soc->config.uart[n].context, ready);
        }
    }
}

bool soc_uart_dma_request(const struct soc *soc, unsigned uart, bool transmit)
{
    const struct soc_uart_state *u = &soc->uart[uart];

    if (!(u->cr1 & USART_CR1_UE_Msk) ||
        ((u->cr3 & USART_CR3_DDRE_Msk) && (u->isr & USART_ERROR_FLAGS))) {
        return false;
    }
    return transmit ? (u->cr3 & USART_CR3_DMAT_Msk) && (isr(u) & USART_ISR_TXE_Msk)
                    : (u->cr3 & USART_CR3_DMAR_Msk) && (isr(u) & USART_ISR_RXNE_Msk);
}

/* ---- Timing ---- */

static uint64_t prescaler(const struct soc_uart_state *u)
{
    static const uint16_t prescalers[12] = {1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256};

    return prescalers[u->presc < 12 ? u->presc : 11];
}

uint64_t usart_prescaled_hz(const struct soc *soc, unsigned n)
{
    return soc_uart_clock_hz(soc, n) / prescaler(&soc->uart[n]);
}

static uint64_t divider(const struct soc *soc, unsigned n)
{
    const struct soc_uart_state *u = &soc->uart[n];
    uint64_t presc = prescaler(u);

    if (n == SOC_LPUART1) {
        return presc * u->brr; /* 1/256 of a clock */
    }
    if (u->cr1 & USART_CR1_OVER8_Msk) {
        return presc * ((u->brr & 0xFFF0u) | (u->brr & 7u) << 1); /* half clocks */
    }
    return presc * u->brr;
}

/* Duration of `bits` bit times; 0 if no clock or no divider. */
sim_ps usart_bits_ps(const struct soc *soc, unsigned n, uint64_t bits)
{
    const struct soc_uart_state *u = &soc->uart[n];
    uint64_t hz = soc_uart_clock_hz(soc, n);
    uint64_t count = divider(soc, n) * bits;
    uint32_t minimum = n == SOC_LPUART1 ? 0x300u : 16u;

    if (hz == 0 || u->brr < minimum) {
        return 0;
    }
    if (n == SOC_LPUART1) {
        return soc_periods_ps(count, hz * 256u);
    }
    return soc_periods_ps(count, u->cr1 & USART_CR1_OVER8_Msk ? hz * 2u : hz);
}

unsigned usart_word_bits(const struct soc_uart_state *u)
{
    return u->cr1 & USART_CR1_M1_Msk ? 7 : (u->cr1 & USART_CR1_M0_Msk ? 9 : 8);
}

/* In half bits: STOP stands for 1, 0.5, 2 and 1.5 stop bits. */
static unsigned frame_halves(const struct soc_uart_state *u)
{
    static const uint8_t stop_halves[4] = {2, 1, 4, 3};

    return 2 * (1 + usart_word_bits(u)) +
           stop_halves[(u->cr2 & USART_CR2_STOP_Msk) >> USART_CR2_STOP_Pos];
}

sim_ps usart_frame_ps(const struct soc *soc, unsigned n)
{
    return usart_bits_ps(soc, n, frame_halves(&soc->uart[n])) / 2;
}

/* Bits of payload in a frame, parity not counted. */
static unsigned data_bits(const struct soc_uart_state *u)
{
    return usart_word_bits(u) - (u->cr1 & USART_CR1_PCE_Msk ? 1 : 0);
}

sim_ps soc_uart_frame_ps(struct soc *soc, enum soc_uart uart)
{
    const struct soc_uart_state *u = &soc->uart[uart];

    if (!(u->cr1 & USART_CR1_UE_Msk)) {
        return 0;
    }
    return usart_frame_ps(soc, uart);
}

/* ---- Pins ---- */

/* A line of the UART leads to a pin; SWAP exchanges TX and RX. */
bool usart_routed(struct soc *soc, unsigned n, enum soc_uart_line line)
{
    if ((soc->uart[n].cr2 & USART_CR2_SWAP_Msk) && line <= LINE_RX) {
        line = line == LINE_TX ? LINE_RX : LINE_TX;
    }
    return soc_signal_routed(soc, UART_SIGNAL(n, line), soc_instance_secure(soc, usart_read, n));
}

/* ---- Transmitter ---- */

/* A break is a frame of zeros and its STOP bits, or 13 bits for LIN (66.5.14). */
static sim_ps break_ps(const struct soc *soc, unsigned n)
{
    if (soc->uart[n].cr2 & USART_CR2_LINEN_Msk) {
        return usart_bits_ps(soc, n, 13 + 2);
    }
    return usart_frame_ps(soc, n) + usart_bits_ps(soc, n, 2);
}

uint16_t usart_next_word(struct soc_uart_state *u)
{
    uint16_t word = u->tx[0];

    u->tx_count--;
    memmove(u->tx, u->tx + 1, u->tx_count * sizeof u->tx[0]);
    return word;
}

static void start_frame(struct soc *soc, unsigned n)
{
    struct soc_uart_state *u = &soc->uart[n];
    uint32_t on = USART_CR1_UE_Msk | USART_CR1_TE_Msk;
    sim_ps frame;

    if (u->shifting || (u->tx_count == 0 && !u->break_due) || (u->cr1 & on) != on ||
        ((u->cr3 & USART_CR3_CTSE_Msk) && !u->cts) || (u->cr2 & USART_CR2_SLVEN_Msk) ||
        u->card_stopped) {
        return;
    }
    frame = u->break_due ? break_ps(soc, n) : usart_frame_ps(soc, n);
    if (frame == 0) {
        soc_guest_error(soc, 0x100u + n, "UART %u transmits without a clock or baud rate", n);
        return;
    }
    if (!usart_routed(soc, n, LINE_TX)) {
        soc_guest_error(soc, 0x150u + n, "UART %u transmits, but no pin is switched to its TX", n);
    }
    u->shifting = true;
    u->breaking = u->break_due;
    if (u->breaking) {
        u->break_due = false;
    } else {
        u->shift_data = usart_next_word(u);
    }
    if (u->cr3 & USART_CR3_SCEN_Msk) { /* begins half a bit later than in other modes */
        frame += usart_bits_ps(soc, n, 1) / 2;
        sched_cancel(soc->sched, &u->guard.event);
    }
    soc_after(soc, &u->tx_done, frame);
}

/* A frame has left: the peer has it, and on a line for both directions the chip's own receiver. */
static void deliver(struct soc *soc, unsigned n)
{
    struct soc_uart_state *u = &soc->uart[n];
    const struct soc_uart_peer *peer = &soc->config.uart[n];
    unsigned data = u->shift_data & ((1u << data_bits(u)) - 1u);

    if (u->breaking) {
        u->isr &= ~USART_ISR_SBKF_Msk;
        if (peer->broke != NULL) {
            peer->broke(peer->context);
        }
        return;
    }
    if (peer->transmitted != NULL) {
        peer->transmitted(peer->context, (uint8_t)data);
    }
    if (usart_sync_master(u)) {
        usart_sync_exchange(soc, n, data | usart_parity(u, data));
    } else if ((u->cr3 & (USART_CR3_HDSEL_Msk | USART_CR3_SCEN_Msk)) &&
               (u->cr1 & USART_CR1_RE_Msk)) {
        usart_take(soc, n, data | usart_parity(u, data), 0);
    }
}

static void transmitted(void *context)
{
    struct soc_event *event = context;
    struct soc *soc = event->soc;
    unsigned n = event->instance;
    struct soc_uart_state *u = &soc->uart[n];

    u->shifting = false;
    if (usart_card_refused(soc, n)) {
        usart_update(soc, n);
        return;
    }
    if (usart_routed(soc, n, LINE_TX) && usart_irda_works(u)) {
        deliver(soc, n);
    }
    u->breaking = false;
    start_frame(soc, n);
    if (!u->shifting && u->tx_count == 0) {
        if (u->cr3 & USART_CR3_SCEN_Msk) {
            usart_card_finish(soc, n);
        } else {
            u->isr |= USART_ISR_TC_Msk;
        }
    }
    usart_update(soc, n);
}

static void write_data(struct soc *soc, unsigned n, uint32_t value)
{
    struct soc_uart_state *u = &soc->uart[n];

    u->tdr = value & 0x1FFu;
    if (!(u->cr1 & USART_CR1_UE_Msk)) {
        soc_guest_error(soc, 0x110u + n, "UART %u: TDR written with UE = 0", n);
        return;
    }
    u->isr &= ~USART_ISR_TC_Msk;
    usart_card_written(u);
    if (u->tx_count == tx_capacity(u)) {
        soc_guest_error(soc, 0x120u + n, "UART %u: TDR written while full, data lost", n);
        u->tx[u->tx_count - 1] = (uint16_t)u->tdr;
    } else {
        u->tx[u->tx_count++] = (uint16_t)u->tdr;
    }
    start_frame(soc, n);
    usart_update(soc, n);
}

/* ---- Flow control ---- */

bool soc_uart_rts(struct soc *soc, enum soc_uart uart)
{
    return rts_ready(&soc->uart[uart]);
}

void soc_uart_set_cts(struct soc *soc, enum soc_uart uart, bool ready)
{
    struct soc_uart_state *u = &soc->uart[uart];

    if (u->cts == ready) {
        return;
    }
    u->cts = ready;
    if (u->cr3 & USART_CR3_CTSE_Msk) {
        u->isr |= USART_ISR_CTSIF_Msk;
    }
    start_frame(soc, uart);
    usart_update(soc, uart);
}

/* ---- Registers ---- */

/* UE = 0 aborts everything and puts the flags back. */
static void disable(struct soc *soc, unsigned n)
{
    struct soc_uart_state *u = &soc->uart[n];

    sched_cancel(soc->sched, &u->tx_done.event);
    sched_cancel(soc->sched, &u->idle.event);
    sched_cancel(soc->sched, &u->receiver_timeout.event);
    sched_cancel(soc->sched, &u->guard.event);
    u->tx_retries = u->rx_retries = 0;
    u->block_count = 0;
    u->card_stopped = false;
    u->shifting = u->breaking = u->break_due = false;
    u->tx_count = u->rx_count = 0;
    u->isr = USART_ISR_TC_Msk;
    if ((usart_fifo_on(u) && n != SOC_LPUART1) || (u->cr3 & USART_CR3_SCEN_Msk)) {
        u->isr |= USART_ISR_TCBGT_Msk;
    }
}

static void write_cr1(struct soc *soc, unsigned n, uint32_t value)
{
    struct soc_uart_state *u = &soc->uart[n];

    if ((u->cr1 & value & USART_CR1_UE_Msk) && ((u->cr1 ^ value) & USART_CR1_FIFOEN_Msk)) {
        soc_guest_error(soc, 0x130u + n, "UART %u: FIFOEN changed while UE = 1", n);
        value ^= USART_CR1_FIFOEN_Msk;
    }
    u->cr1 = value;
    if (!(value & USART_CR1_UE_Msk)) {
        disable(soc, n);
    }
    if (!(value & USART_CR1_RE_Msk) && !(u->cr3 & USART_CR3_SCEN_Msk)) {
        u->block_count = 0;
    }
    u->isr &= ~(USART_ISR_TEACK_Msk | USART_ISR_REACK_Msk);
    if (value & USART_CR1_UE_Msk) {
        u->isr |= value & USART_CR1_TE_Msk ? USART_ISR_TEACK_Msk : 0;
        u->isr |= value & USART_CR1_RE_Msk ? USART_ISR_REACK_Msk : 0;
    }
    start_frame(soc, n);
}

static void write_request(struct soc *soc, unsigned n, uint32_t value)
{
    struct soc_uart_state *u = &soc->uart[n];

    if (value & 0x08u) { /* RXFRQ */
        u->rx_count = 0;
    }
    if (value & 0x10u) { /* TXFRQ */
        u->tx_count = 0;
        u->card_stopped = false;
        if (!u->shifting) {
            u->isr |= USART_ISR_TC_Msk;
        }
    }
    if (value & 0x04u) { /* MMRQ */
        u->isr |= u->cr1 & USART_CR1_MME_Msk ? USART_ISR_RWU_Msk : 0;
    }
    if (value & 0x02u) { /* SBKRQ: behind the frame that is going out */
        u->break_due = true;
        u->isr |= USART_ISR_SBKF_Msk;
        start_frame(soc, n);
    }
    if (value & 0x01u) { /* ABRRQ */
        u->isr &= ~(USART_ISR_ABRF_Msk | USART_ISR_ABRE_Msk);
    }
}

READER(usart)
{
    struct soc_uart_state *u = &soc->uart[block->instance];

    (void)access;
    switch (offset) {
    case USART_CR1_OFS:
        return u->cr1;
    case USART_CR2_OFS:
        return u->cr2;
    case USART_CR3_OFS:
        return u->cr3;
    case USART_BRR_OFS:
        return u->brr;
    case USART_GTPR_OFS:
        return u->gtpr;
    case USART_RTOR_OFS:
        return u->rtor;
    case USART_RQR_OFS:
    case USART_ICR_OFS:
        return 0;
    case USART_ISR_OFS:
        return isr(u);
    case USART_RDR_OFS:
        return usart_read_data(soc, block->instance);
    case USART_TDR_OFS:
        return u->tdr;
    case USART_PRESC_OFS:
        return u->presc;
    case USART_AUTOCR_OFS:
        return u->autocr;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

/* Bits of CR1, CR2 and CR3 that are reserved on an instance without the mode ("USART
 * implementation"). */
static uint32_t reserved_bits(unsigned n, uint32_t offset)
{
    bool card = usart_has_smartcard(n), lpuart = n == SOC_LPUART1;

    switch (offset) {
    case USART_CR1_OFS:
        return card ? 0 : USART_CR1_EOBIE_Msk;
    case USART_CR2_OFS:
        return (card ? 0
                     : USART_CR2_SLVEN_Msk | USART_CR2_DIS_NSS_Msk | USART_CR2_LBCL_Msk |
                           USART_CR2_CPHA_Msk | USART_CR2_CPOL_Msk | USART_CR2_CLKEN_Msk) |
               (lpuart ? USART_CR2_ABREN_Msk | USART_CR2_ABRMODE_Msk : 0);
    case USART_CR3_OFS:
        return (card ? 0
                     : USART_CR3_SCEN_Msk | USART_CR3_NACK_Msk | USART_CR3_SCARCNT_Msk |
                           USART_CR3_TCBGTIE_Msk) |
               (lpuart ? USART_CR3_IREN_Msk | USART_CR3_IRLP_Msk : 0);
    default:
        return 0;
    }
}

static void write_cr3(struct soc *soc, unsigned n, uint32_t value)
{
    struct soc_uart_state *u = &soc->uart[n];
    uint32_t entered = value & ~u->cr3;

    u->cr3 = value & 0xFF8EFFFFu;
    if (entered & USART_CR3_SCEN_Msk) {
        u->isr |= USART_ISR_TCBGT_Msk; /* its reset value in smartcard mode */
    }
    start_frame(soc, n);
}

static void clear_flags(struct soc *soc, unsigned n, uint32_t value)
{
    struct soc_uart_state *u = &soc->uart[n];

    u->isr &= ~(value & 0x00123B5Fu);
    if (value & USART_ICR_TCBGTCF_Msk) {
        u->isr &= ~USART_ISR_TCBGT_Msk;
    }
    if ((value & USART_ICR_EOBCF_Msk) && !(u->cr3 & USART_CR3_SCEN_Msk)) {
        u->block_count = 0;
    }
    if (value & USART_ICR_FECF_Msk) {
        u->card_stopped = false;
        start_frame(soc, n);
    }
}

WRITER(usart)
{
    unsigned n = block->instance;
    struct soc_uart_state *u = &soc->uart[n];

    (void)access;
    value &= ~reserved_bits(n, offset);
    switch (offset) {
    case USART_CR1_OFS:
        write_cr1(soc, n, value);
        break;
    case USART_CR2_OFS:
        u->cr2 = value & ~0x86u; /* bits 1, 2 and 7 are reserved */
        break;
    case USART_CR3_OFS:
        write_cr3(soc, n, value);
        break;
    case USART_BRR_OFS:
        u->brr = value & (n == SOC_LPUART1 ? 0xFFFFFu : 0xFFFFu);
        break;
    case USART_GTPR_OFS:
        u->gtpr = value & 0xFFFFu;
        break;
    case USART_RTOR_OFS:
        u->rtor = value;
        break;
    case USART_RQR_OFS:
        write_request(soc, n, value);
        break;
    case USART_ICR_OFS:
        clear_flags(soc, n, value);
        break;
    case USART_ISR_OFS:
    case USART_RDR_OFS:
        break;
    case USART_TDR_OFS:
        write_data(soc, n, value);
        break;
    case USART_PRESC_OFS:
        u->presc = value & 0xFu;
        break;
    case USART_AUTOCR_OFS:
        u->autocr = value & 0x807FFFFFu;
        break;
    default:
        soc_stored_write(soc, block, offset, value);
        break;
    }
    usart_update(soc, n);
}

RESETTER(usart)
{
    struct soc_uart_state *u = &soc->uart[block->instance];

    u->cr1 = u->cr2 = u->cr3 = u->brr = u->gtpr = u->rtor = u->presc = u->tdr = 0;
    u->rdr_last = 0;
    disable(soc, block->instance);
    u->autocr = 0x80000000u;
    usart_update(soc, block->instance);
}

void soc_uart_init(struct soc *soc)
{
    for (unsigned n = 0; n < SOC_UARTS; n++) {
        soc_event_init(&soc->uart[n].tx_done, soc, n, transmitted);
        soc->uart[n].cts = true;
        soc->uart[n].rts_shown = true;
    }
}
