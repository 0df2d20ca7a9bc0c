/* Where the bytes of the chip's serial lines go on the host: files or standard output. */
#ifndef SIM_BOARD_UART_LOG_H
#define SIM_BOARD_UART_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "soc/soc.h"

struct uart_log {
    FILE *files[SOC_UARTS];
    bool dirty; /* something waits to be flushed */
};

/* Opens what "usart2=-,usart1=FILE" names; NULL opens nothing. On failure says why in `error`. */
bool uart_log_open(struct uart_log *log, const char *description, char *error, size_t error_size);
void uart_log_close(struct uart_log *log);
void uart_log_byte(struct uart_log *log, enum soc_uart uart, uint8_t byte);
void uart_log_flush(struct uart_log *log);

#endif
