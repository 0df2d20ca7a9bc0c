/* Bytes from outside into a serial line of the chip, one frame apart. */
#ifndef SIM_BOARD_UART_INPUT_H
#define SIM_BOARD_UART_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "soc/soc.h"
#include "world/sched.h"

#define UART_INPUT_SIZE 1024u

struct uart_input {
    struct soc *soc;
    struct sched *sched;
    enum soc_uart uart;
    struct sim_event next;
    uint8_t bytes[UART_INPUT_SIZE];
    uint32_t head, count;
};

void uart_input_init(struct uart_input *input, struct sched *sched, struct soc *soc,
                     enum soc_uart uart);
/* Queues bytes; what does not fit is lost. */
void uart_input_send(struct uart_input *input, const uint8_t *data, size_t size);

#endif
