/* An application and a cloud around the kernel's channel code: memory that the application may
 * pass to calls, calls that are made again until they are done, and streams without a tunnel.
 *
 * Calls carry addresses in 32 bits, so everything lies in static memory of a program that is linked
 * below 4 GiB.
 */
#ifndef KERNEL_CHANNEL_WORLD_H
#define KERNEL_CHANNEL_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/mv_syscalls.h"
#include "formats/channel.h"
#include "formats/tunnel.h"
#include "kernel/calls/handlers.h"
#include "kernel/channels/channel.h"
#include "kernel/channels/stream.h"

#define WORLD_RECEIVE_BYTES 2048u
#define WORLD_SEND_BYTES    1024u
#define WORLD_CREDIT        65536u

/* Makes a call as an application does: as often as the kernel asks for, each time with the same
 * arguments (so they may not be made anew in the expression). */
#define CALLED(call)                                                                               \
    __extension__({                                                                                \
        enum MvStatus called_status;                                                               \
        world_steps = 0;                                                                           \
        do {                                                                                       \
            world_again = false;                                                                   \
            called_status = (call);                                                                \
            world_step();                                                                          \
        } while (world_again);                                                                     \
        called_status;                                                                             \
    })

extern bool world_again, world_in_handler;
extern uint32_t world_steps;
/* Called between two steps of a call, if set: what other tasks and interrupts do meanwhile. */
extern void (*world_between)(void);
void world_step(void);

/* Memory that the kernel may not touch for the application. */
extern uint8_t world_secret[64];
#define SECRET ((void *)world_secret)

/* Connected to the cloud, a notification centre and a network handle at hand. */
int world_reset(void **state);
extern MvNotificationHandle world_centre;
extern MvNetworkHandle world_network;

/* Memory of the application, zeroed, aligned to 512 bytes; valid until the next reset. */
void *app_memory(uint32_t size);
const uint8_t *app_text(const char *text);
struct MvSizedString app_string(const char *text);
/* The last record that was written to the centre's ring and how many there are so far. */
struct MvNotification app_last_event(void);
uint32_t app_events(enum MvEventType type);

/* Parameters of a channel with new buffers. */
struct MvOpenChannelParams *app_channel_params(enum MvChannelType type);
/* Opens a channel; the cloud has accepted it and given credit. */
MvChannelHandle app_channel(enum MvChannelType type);

/* The cloud's end of the stream that was opened last. */
extern uint16_t cloud_stream;
extern struct tunnel_open cloud_open;
void cloud_accept(void);
/* What the device sends: the next whole message's header and body (in static memory). */
bool cloud_receive(struct channel_header *header, const uint8_t **body);
/* Bytes of a message; false if the device says that they break the protocol. */
bool cloud_send(const uint8_t *bytes, uint32_t size);
/* Credit that the device has given and that is not used up. */
extern uint32_t cloud_credit;
void cloud_take_grants(void);

#endif
