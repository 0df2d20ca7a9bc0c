/* IP over the serial line: lwIP's PPP client on LPUART1, in data mode of a modem. */
#ifndef KERNEL_NET_PPP_LINK_H
#define KERNEL_NET_PPP_LINK_H

#include <stdbool.h>

enum ppp_link_state { PPP_LINK_DOWN, PPP_LINK_OPENING, PPP_LINK_UP };

/* Starts the PPP negotiation. False if lwIP has no memory for it. */
bool ppp_link_open(void);
/* Ends the session politely; poll until PPP_LINK_DOWN. */
void ppp_link_close(void);
/* Feeds received bytes to PPP and tells the state. */
enum ppp_link_state ppp_link_poll(void);

#endif
