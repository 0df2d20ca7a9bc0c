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
unsigned usart_frame_bits(const struct soc_uart_state *u);
/* Duration of `bits` bit times; 0 if no clock or no divider. */
sim_ps usart_bits_ps(const struct soc *soc, unsigned n, uint64_t bits);
/* A line of the UART leads to a pin; SWAP exchanges TX and RX. */
bool usart_routed(struct soc *soc, unsigned n, enum soc_uart_line line);
/* The parity bit of a word, at its place behind the data; 0 without parity control. */
unsigned usart_parity(const struct soc_uart_state *u, unsigned data);
/* Interrupt line, DMA requests, RTS. */
void usart_update(struct soc *soc, unsigned n);

/* Software reads RDR. */
uint32_t usart_read_data(struct soc *soc, unsigned n);
/* A word is on the receiver's wire. */
bool usart_take(struct soc *soc, unsigned n, unsigned word, unsigned errors);

#endif
