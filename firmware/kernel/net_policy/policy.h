/* Who wants a connection, and telling the application of its state.
 *
 * The kernel connects by itself until the application first asks for the network; from then on the
 * application's handles decide, besides the kernel's own reasons. One of those is the manifest's
 * check-in time: a device that was without contact for so long connects to look for updates.
 */
#ifndef KERNEL_NET_POLICY_H
#define KERNEL_NET_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/mv_syscalls.h"

#define POLICY_NETWORK_HANDLES 8u

void policy_init(void);
/* Called regularly by the work thread: a connection that has stood for a while has served the
 * kernel's own reasons for it. */
void policy_poll(void);

/* From the manifest. check_in_s: longest time without contact, 0 for no limit. grace_s: how long
 * the connection stays up after the application has released it. */
void policy_connectivity(uint32_t check_in_s, uint32_t grace_s);
/* How long ago the device was connected last, when the kernel starts after deep sleep. */
void policy_last_contact(uint64_t ago_us);
/* Until the next check-in; POLICY_NEVER without one, or if it is due already. */
#define POLICY_NEVER (~0ull)
uint64_t policy_check_in_us(void);
/* How long ago the device was connected last, or the kernel started. */
uint64_t policy_since_contact_us(void);

/* The network is wanted, and the device has what it needs to connect. */
bool policy_will_connect(void);

/* For the link. */
/* The device cannot connect at all: no identity, for example. */
void policy_unable(void);
bool policy_wants_network(void);
void policy_set_status(enum MvNetworkStatus status);
enum MvNetworkStatus policy_status(void);
/* Sets or clears one of enum MvNetworkReason's bits. */
void policy_reason(uint32_t reason_bit, bool on);
/* The same as the application sees them, its own wishes included. */
uint32_t policy_reasons(void);

/* For the calls. */
enum MvStatus policy_request(const struct MvRequestNetworkParams *params, MvNetworkHandle *handle);
enum MvStatus policy_release(MvNetworkHandle handle);
bool policy_handle_exists(MvNetworkHandle handle);
uint32_t policy_handle_count(void);

/* The application is gone: its wishes too. */
void policy_reset(void);

#endif
