/* Cellular modem with the standard AT commands (3GPP TS 27.007) on LPUART1, then PPP. The steps of
 * the bring-up are a table in modem_at.c. Bounded: every step has a time-out and a number of tries,
 * every line a length; what does not fit is cut.
 */
#ifndef KERNEL_NET_MODEM_AT_H
#define KERNEL_NET_MODEM_AT_H

#include "kernel/net/link.h"

#define MODEM_BAUD       921600u
#define MODEM_LINE_BYTES 96u

extern const struct link_driver modem_at_driver;

#endif
