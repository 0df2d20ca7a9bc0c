/* lpuart.h on the host: the driver's rings, with the simulator's modem and libslirp at the other
 * end of the line, in real time. The modem's PPP is not lwIP's, so both sides of the link are
 * tested.
 */
#ifndef TEST_NET_SERIAL_MODEM_H
#define TEST_NET_SERIAL_MODEM_H

#include <stdbool.h>

#include "board/modem.h"

/* Powers the modem up; afresh each time. */
void serial_modem_begin(void);
void serial_modem_end(void);
/* Lets time pass at the modem's side; waits for the network at most wait_us. */
void serial_modem_poll(unsigned wait_us);
void serial_modem_set_link(enum modem_link link);
/* Every so many bytes towards the device one is flipped; 0: a clean line. */
void serial_modem_noise(unsigned every_bytes);

#endif
