/* The device's connection to the cloud: link, IP, TLS and tunnel, kept up by itself for as long as
 * policy wants it, with back-off between attempts.
 *
 * Runs in the kernel-work thread only. A server that is away, silent or hostile costs memory bounds
 * that are fixed at build time and nothing else.
 */
#ifndef KERNEL_NET_NET_H
#define KERNEL_NET_NET_H

#include <stdbool.h>

/* Gives Mbed TLS its memory: call before anything else in the kernel uses Mbed TLS. Cheap. */
void net_init(void);
/* Does what is due. Does not block; TLS handshakes compute for long and are preemptible. */
void net_poll(void);
/* LPUART1's interrupt. */
void net_lpuart_irq(void);
/* The tunnel stands. */
bool net_connected(void);

#endif
