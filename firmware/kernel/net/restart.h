/* Restarts that the cloud asks for, carried out by net_poll() once the tunnel has read on. */
#ifndef KERNEL_NET_RESTART_H
#define KERNEL_NET_RESTART_H

#include <stdbool.h>

/* Asks for a restart of the application, or of the whole kernel. */
void restart_request(bool kernel);
/* Carries out what was asked for; does not return from a kernel restart. */
void restart_poll(void);

#endif
