// USART2, transmit only: pin PD5 of the Nucleo-style board, 115200 baud, 8N1.
#ifndef SERIAL_H
#define SERIAL_H

#include <stdint.h>

void serial_start(void);
void serial_write(const char *text, uint32_t length);

#endif
