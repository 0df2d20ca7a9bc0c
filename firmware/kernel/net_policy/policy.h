/* Who wants a connection, and telling the application of its state.
 *
 * The kernel connects by itself until the application first asks for the network; from then on the
 * application's handles decide, besides the kernel's own reasons.
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

/* For the link. */
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
