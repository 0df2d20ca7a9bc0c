/* LPUART1 driver: see lpuart.h. Rings have one producer and one consumer each, with the handler on
 * one side and the kernel-work thread on the other, so indices need no lock: each is written by one
 * side only.
 */
#include "drivers/lpuart.h"

#include <stddef.h>

#include "chip/stm32u585.h"

#define REG(block, offset) (*(volatile uint32_t *)((block) + (offset)))
#define UART(register_)    REG(LPUART1_S, USART_##register_##_OFS)

#define NVIC_ISER 0xE000E100u
#define NVIC_ICER 0xE000E180u
#define NVIC_IPR  0xE000E400u

#define AF_LPUART1     8u
#define MODE_ALTERNATE 2u
#define SPEED_HIGH     2u
#define PULL_UP        1u
#define FIFO_THRESHOLD 3u   /* RXFTCFG: 6 of 8 bytes; RTS covers the rest */
#define WAKE_BYTES     256u /* so much received is worth a slice even before the line is idle */
#define ERROR_FLAGS    (USART_ISR_PE_Msk | USART_ISR_FE_Msk | USART_ISR_NE_Msk | USART_ISR_ORE_Msk)
#define CR1_BASE       (USART_CR1_FIFOEN_Msk | USART_CR1_TE_Msk | USART_CR1_RE_Msk)

_Static_assert((LPUART_RX_RING_BYTES & (LPUART_RX_RING_BYTES - 1)) == 0, "power of two");
_Static_assert((LPUART_TX_RING_BYTES & (LPUART_TX_RING_BYTES - 1)) == 0, "power of two");

static struct {
    uint8_t rx[LPUART_RX_RING_BYTES];
    uint8_t tx[LPUART_TX_RING_BYTES];
    volatile uint32_t rx_in, rx_out; /* free-running; the difference is the fill */
    volatile uint32_t tx_in, tx_out;
    bool rx_stopped; /* the receive ring is full */
    uint32_t errors;
} lpuart;

static void irq_off(void)
{
    REG(NVIC_ICER, (IRQ_LPUART1 / 32) * 4) = 1u << (IRQ_LPUART1 % 32);
    __asm volatile("dsb\n isb" ::: "memory");
}

static void irq_on(void)
{
    __asm volatile("dsb" ::: "memory");
    REG(NVIC_ISER, (IRQ_LPUART1 / 32) * 4) = 1u << (IRQ_LPUART1 % 32);
}

static void pin_init(uint32_t pin)
{
    uint32_t afr = GPIO_AFR_OFS + (pin / 8) * 4, afr_shift = (pin % 8) * 4, shift = pin * 2;
    REG(GPIOG_S, afr) = (REG(GPIOG_S, afr) & ~(0xFu << afr_shift)) | AF_LPUART1 << afr_shift;
    REG(GPIOG_S, GPIO_OSPEEDR_OFS) =
        (REG(GPIOG_S, GPIO_OSPEEDR_OFS) & ~(3u << shift)) | SPEED_HIGH << shift;
    REG(GPIOG_S, GPIO_PUPDR_OFS) = (REG(GPIOG_S, GPIO_PUPDR_OFS) & ~(3u << shift)) | PULL_UP
                                                                                         << shift;
    REG(GPIOG_S, GPIO_MODER_OFS) = (REG(GPIOG_S, GPIO_MODER_OFS) & ~(3u << shift)) | MODE_ALTERNATE
                                                                                         << shift;
}

static void clocks_and_pins(void)
{
    REG(RCC_S, RCC_AHB3ENR_OFS) |= RCC_AHB3ENR_PWREN_Msk;
    REG(RCC_S, RCC_AHB2ENR1_OFS) |= RCC_AHB2ENR1_GPIOGEN_Msk;
    REG(RCC_S, RCC_APB3ENR_OFS) |= RCC_APB3ENR_LPUART1EN_Msk;
    REG(RCC_S, RCC_CCIPR3_OFS) &= ~RCC_CCIPR3_LPUART1SEL_Msk; /* PCLK3 */
    (void)REG(RCC_S, RCC_APB3ENR_OFS);                        /* two bus cycles until it counts */
    /* PG2 to PG15 are powered from VDDIO2, isolated until software says that it is there. */
    REG(PWR_S, PWR_SVMCR_OFS) |= PWR_SVMCR_IO2SV_Msk;
    REG(GPIOG_S, GPIO_SECCFGR_OFS) |= LPUART_PORT_MASK;
    for (uint32_t pin = LPUART_PIN_CTS; pin <= LPUART_PIN_RX; pin++)
        pin_init(pin);
}

void lpuart_init(uint32_t pclk_hz, uint32_t baud)
{
    irq_off();
    clocks_and_pins();
    UART(CR1) = 0;
    lpuart.rx_in = lpuart.rx_out = lpuart.tx_in = lpuart.tx_out = 0;
    lpuart.rx_stopped = false;
    UART(CR2) = 0;
    UART(PRESC) = 0;
    /* BRR = 256 x clock / baud, in 64 bits because 256 x 160 MHz does not fit 32. */
    UART(BRR) = (uint32_t)(((uint64_t)pclk_hz * 256u + baud / 2) / baud);
    UART(CR3) = USART_CR3_RTSE_Msk | USART_CR3_CTSE_Msk | USART_CR3_EIE_Msk |
                FIFO_THRESHOLD << USART_CR3_RXFTCFG_Pos | USART_CR3_RXFTIE_Msk;
    UART(CR1) = CR1_BASE | USART_CR1_UE_Msk | USART_CR1_IDLEIE_Msk;
    *(volatile uint8_t *)(NVIC_IPR + IRQ_LPUART1) = LPUART_IRQ_PRIORITY;
    irq_on();
}

/* FIFO to ring. False: the ring is full and bytes were left in the FIFO. */
static bool receive(void)
{
    while (UART(ISR) & USART_ISR_RXNE_Msk) {
        if (lpuart.rx_in - lpuart.rx_out == LPUART_RX_RING_BYTES)
            return false;
        lpuart.rx[lpuart.rx_in % LPUART_RX_RING_BYTES] = (uint8_t)UART(RDR);
        lpuart.rx_in++;
    }
    return true;
}

/* Receives; while the ring is full the threshold interrupt is off, and RTS holds the modem. */
static void take_in(void)
{
    bool stopped = !receive();
    if (stopped == lpuart.rx_stopped)
        return;
    lpuart.rx_stopped = stopped;
    if (stopped)
        UART(CR3) &= ~USART_CR3_RXFTIE_Msk;
    else
        UART(CR3) |= USART_CR3_RXFTIE_Msk;
}

/* Ring to FIFO; the FIFO-empty interrupt stays on while there is more. */
static void transmit(void)
{
    while (lpuart.tx_out != lpuart.tx_in && (UART(ISR) & USART_ISR_TXE_Msk)) {
        UART(TDR) = lpuart.tx[lpuart.tx_out % LPUART_TX_RING_BYTES];
        lpuart.tx_out++;
    }
    if (lpuart.tx_out == lpuart.tx_in)
        UART(CR1) &= ~USART_CR1_TXFEIE_Msk;
    else
        UART(CR1) |= USART_CR1_TXFEIE_Msk;
}

bool lpuart_irq(void)
{
    uint32_t flags = UART(ISR);
    bool was_sending = lpuart.tx_out != lpuart.tx_in;

    if (flags & ERROR_FLAGS)
        lpuart.errors++;
    UART(ICR) = flags & (ERROR_FLAGS | USART_ISR_IDLE_Msk);
    take_in();
    if (was_sending)
        transmit();
    return (flags & USART_ISR_IDLE_Msk) != 0 || lpuart.rx_in - lpuart.rx_out >= WAKE_BYTES ||
           (was_sending && lpuart.tx_out == lpuart.tx_in);
}

/* Work of the handler done by the thread: bytes below the FIFO threshold, and a ring that was full.
 */
static void drain(void)
{
    if (!lpuart.rx_stopped && !(UART(ISR) & USART_ISR_RXNE_Msk))
        return;
    irq_off();
    take_in();
    irq_on();
}

uint32_t lpuart_read(uint8_t *buffer, uint32_t size_bytes)
{
    uint32_t taken = 0;
    drain();
    while (taken < size_bytes && lpuart.rx_out != lpuart.rx_in) {
        buffer[taken++] = lpuart.rx[lpuart.rx_out % LPUART_RX_RING_BYTES];
        lpuart.rx_out++;
    }
    return taken;
}

uint32_t lpuart_write_space(void)
{
    return LPUART_TX_RING_BYTES - (lpuart.tx_in - lpuart.tx_out);
}

uint32_t lpuart_write(const uint8_t *buffer, uint32_t size_bytes)
{
    uint32_t queued = 0, space = lpuart_write_space();
    while (queued < size_bytes && queued < space) {
        lpuart.tx[lpuart.tx_in % LPUART_TX_RING_BYTES] = buffer[queued++];
        lpuart.tx_in++;
    }
    irq_off();
    transmit();
    irq_on();
    return queued;
}

void lpuart_flush(void)
{
    irq_off();
    UART(RQR) = 1u << 3 | 1u << 4; /* RXFRQ, TXFRQ */
    lpuart.rx_out = lpuart.rx_in;
    lpuart.tx_out = lpuart.tx_in;
    take_in();
    irq_on();
}

uint32_t lpuart_errors(void)
{
    return lpuart.errors;
}
