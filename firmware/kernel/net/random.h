/* Random numbers for the kernel: a DRBG (NIST SP 800-90A, AES-256) seeded from the hardware
 * generator. Only from the kernel-work thread.
 */
#ifndef KERNEL_NET_RANDOM_H
#define KERNEL_NET_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Seeds the generator; false if the hardware delivers nothing. */
bool net_random_init(void);
/* An mbedtls f_rng (context is ignored): fills output and returns 0, or an error. */
int net_random_fill(void *context, unsigned char *output, size_t size_bytes);
/* For port and sequence numbers and back-off. */
uint32_t net_random(void);

#endif
