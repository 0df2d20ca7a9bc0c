/* LPUART1, the serial line to the modem: 8N1 with hardware flow control and bounded rings.
 *
 * The interrupt handler only moves bytes between the FIFOs and the rings. A full receive ring stops
 * the handler from reading, the FIFO fills, and RTS tells the modem to wait: no byte is lost. Pins,
 * all alternate function 8 and secure: PG7 TX, PG8 RX, PG6 RTS, PG5 CTS (RM0456 67).
 */
#ifndef DRIVERS_LPUART_H
#define DRIVERS_LPUART_H

#include <stdbool.h>
#include <stdint.h>

#define LPUART_RX_RING_BYTES 2048u
#define LPUART_TX_RING_BYTES 1024u
#define LPUART_IRQ_PRIORITY  0x20u

/* Pins on port G, which the kernel keeps secure. */
#define LPUART_PIN_CTS   5u
#define LPUART_PIN_RTS   6u
#define LPUART_PIN_TX    7u
#define LPUART_PIN_RX    8u
#define LPUART_PORT_MASK 0x01E0u

/* Clocks, pins and the interrupt; kernel clock is PCLK3 of pclk_hz, rate in bit/s. Empties the
 * rings. May be called again to change the rate. */
void lpuart_init(uint32_t pclk_hz, uint32_t baud);

/* The interrupt. Returns true if the thread should look: the line went idle, much has come in, or
 * everything was sent. */
bool lpuart_irq(void);

/* Takes received bytes; returns how many. */
uint32_t lpuart_read(uint8_t *buffer, uint32_t size_bytes);
/* Queues bytes for sending; returns how many fitted. */
uint32_t lpuart_write(const uint8_t *buffer, uint32_t size_bytes);
/* Room in the transmit ring. */
uint32_t lpuart_write_space(void);
/* Drops everything received and queued. */
void lpuart_flush(void);
/* Framing, noise, parity and overrun errors since start. */
uint32_t lpuart_errors(void);

#endif
