/* Between the UARTs' registers and transmitter (usart.c) and their receiver (usart_receive.c). */
#ifndef SIM_SOC_USART_H
#define SIM_SOC_USART_H

#include "soc/inject.h"
#include "soc/soc_state.h"

#define USART_ERROR_FLAGS (USART_ISR_ORE_Msk | USART_ISR_FE_Msk | USART_ISR_NE_Msk)

bool usart_fifo_on(const struct soc_uart_state *u);
/* Characters that fit into the receiver: the data register holds one more than the FIFO. */
unsigned usart_rx_capacity(const struct soc_uart_state *u);
/* Bits between START and STOP: data and parity. */
unsigned usart_word_bits(const struct soc_uart_state *u);
sim_ps usart_frame_ps(const struct soc *soc, unsigned n);
/* Duration of `bits` bit times; 0 if no clock or no divider. */
sim_ps usart_bits_ps(const struct soc *soc, unsigned n, uint64_t bits);
/* A line of the UART leads to a pin; SWAP exchanges TX and RX. */
bool usart_routed(struct soc *soc, unsigned n, enum soc_uart_line line);
/* The parity bit of a word, at its place behind the data; 0 without parity control. */
unsigned usart_parity(const struct soc_uart_state *u, unsigned data);
/* Kernel clock behind PRESC. */
uint64_t usart_prescaled_hz(const struct soc *soc, unsigned n);
/* The receiver is on and its line leads to it. */
bool usart_listens(struct soc *soc, unsigned n);
/* A word without its parity bit arrives, at a baud rate that needs `divider` (USARTDIV)
 * or, with 0, at that of BRR. */
bool usart_receive(struct soc *soc, unsigned n, unsigned data, unsigned errors, uint64_t divider);
/* Next word of the transmit FIFO, which is not empty. */
uint16_t usart_next_word(struct soc_uart_state *u);
/* Interrupt line, DMA requests, RTS. */
void usart_update(struct soc *soc, unsigned n);

/* Software reads RDR. */
uint32_t usart_read_data(struct soc *soc, unsigned n);
/* A word is on the receiver's wire. */
bool usart_take(struct soc *soc, unsigned n, unsigned word, unsigned errors);

/* ---- Auto baud rate, usart_autobaud.c ---- */

/* The next character is to be measured. */
bool usart_autobaud_waits(const struct soc_uart_state *u);
/* Measures it; returns the errors that it is received with. */
unsigned usart_autobaud(struct soc_uart_state *u, unsigned data, uint64_t divider);

/* ---- Synchronous modes, usart_sync.c ---- */

bool usart_sync_master(const struct soc_uart_state *u);
/* A frame has left: exchange with the device on CK. `out` with its parity bit. */
void usart_sync_exchange(struct soc *soc, unsigned n, unsigned out);

/* ---- Smartcard, usart_smartcard.c ---- */

bool usart_has_smartcard(unsigned n);
/* The end of a frame: true if the card has refused it, and the rest is done. */
bool usart_card_refused(struct soc *soc, unsigned n);
/* The last frame has left: flags and guard time. */
void usart_card_finish(struct soc *soc, unsigned n);
/* A character with a parity error: true if it is refused and not to be stored. */
bool usart_card_refuse(struct soc *soc, unsigned n, unsigned errors);
/* A character counts for the block's length. */
void usart_count_block(struct soc *soc, unsigned n);
/* Beginning of a block: the counter. */
void usart_card_written(struct soc_uart_state *u);

/* ---- IrDA, usart_irda.c ---- */

/* In IrDA mode the coder works only with a prescaler; true in other modes. */
bool usart_irda_works(const struct soc_uart_state *u);

#endif
