/* What brings the device onto the Internet: one driver a part (a modem, an Ethernet chip), each one
 * file, chosen in net.c. When a driver says LINK_UP, lwIP has a default interface with an address
 * and name servers; how it got there is the driver's own business.
 */
#ifndef KERNEL_NET_LINK_H
#define KERNEL_NET_LINK_H

enum link_state {
    LINK_STOPPED,
    LINK_STARTING,
    LINK_UP,
    LINK_STOPPING,
    LINK_FAILED, /* error() says why; start() tries again */
};

struct link_driver {
    const char *name;
    /* Begins to bring the link up; only from LINK_STOPPED or LINK_FAILED. */
    void (*start)(void);
    /* Begins to take it down; poll until LINK_STOPPED. */
    void (*stop)(void);
    /* Does what is due without blocking and tells the state. */
    enum link_state (*poll)(void);
    /* Why the link failed: a constant string. */
    const char *(*error)(void);
};

extern const struct link_driver modem_at_driver;

#endif
