/* Which addresses belong to the public Internet (IANA special-purpose address registries). */
#ifndef CLOUD_EGRESS_ADDRESS_H
#define CLOUD_EGRESS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include <netinet/in.h>

/* False for loopback, private, link-local, shared, multicast, reserved and documentation addresses,
 * and for IPv6 addresses that carry such an IPv4 address. */
bool address_is_public(const struct sockaddr *address);

/* Whether it is an address of this machine: what its firewall keeps from the Internet could be
 * reached by it. */
bool address_is_own(const struct sockaddr *address);

/* Whether a host is an address; fills it in with the port. Brackets around IPv6 may stand there. */
bool address_parse(const char *host, unsigned port, struct sockaddr_storage *address);

/* A host name as DNS has it, or an address: letters, digits, '-', '.', '_', and ':' of IPv6. */
bool address_host_valid(const char *host, size_t size);

#endif
