/* Channels of the application to the cloud: four at once, each with a receive and a send buffer
 * that the application lends until it closes the channel (or is torn down).
 *
 * The calls (http.c, config.c, mqtt_*.c, raw.c) write whole messages of formats/channel.h into the
 * send buffer and read whole messages in the receive buffer; the tunnel moves the bytes (stream.h).
 * Calls never run during a piece of kernel work, but may come between any two instructions of it
 * that do not hold the lock.
 */
#ifndef KERNEL_CHANNELS_CHANNEL_H
#define KERNEL_CHANNELS_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/mv_syscalls.h"
#include "kernel/channels/lent.h"

#define CHANNELS_MAX        4u
#define CHANNEL_BUFFER_UNIT 512u
#define CHANNEL_OPENS       8u       /* attempts … */
#define CHANNEL_OPENS_US    1000000u /* … in so long, then RATELIMITED */
#define CHANNEL_PUBLISHES   16u      /* without an answer yet, then RATELIMITED */

struct job;

enum channel_state {
    CHANNEL_FREE,
    CHANNEL_OPENING, /* the cloud has not accepted it yet */
    CHANNEL_OPEN,
    CHANNEL_OVER, /* no more goes either way; what has come can still be read */
};

struct channel {
    enum channel_state state;
    uint8_t type;     /* enum MvChannelType */
    uint8_t reason;   /* enum MvClosureReason, once over */
    uint8_t turn;     /* counts messages sent and consumed: see job.h */
    bool requested;   /* the one request of its life was sent */
    bool refused;     /* the application waits for CHANNELDATAWRITESPACE */
    bool subscribing; /* MQTT requests that have no answer yet */
    bool unsubscribing;
    bool disconnecting;
    uint8_t publishes;
    uint32_t handle, centre, tag;
    struct lent receive, send;
    const struct job *writer; /* the last one that began to write a message */
    /* Receiving: bytes of whole messages in the ring, and the header of the one that comes now. */
    uint32_t whole, body_left;
    uint8_t header[8], header_bytes;
    bool skipping; /* it is of no use here and leaves the ring again */
    /* The tunnel's: number of the stream (0: none yet, or no more) and credit both ways. */
    uint16_t stream;
    uint32_t granted, credit;
};

extern struct channel channels[CHANNELS_MAX];

/* The open channel behind a handle, or NULL. */
struct channel *channel_find(MvChannelHandle handle, enum MvChannelType type);
struct channel *channel_find_any(MvChannelHandle handle);

/* Opens a channel whose parameters were checked; RATELIMITED, TOOMANYCHANNELS, UNAVAILABLE. */
enum MvStatus channel_create(const struct MvOpenChannelParams *params, MvChannelHandle *handle);
/* Gives the buffers back at once; the cloud hears of it later. */
void channel_destroy(struct channel *channel);
/* Some channel has these bytes as a buffer. */
bool channel_uses(uintptr_t first, uintptr_t end);

/* No more goes over it. Tells the application. */
void channel_over(struct channel *channel, enum MvClosureReason reason);
/* It cannot be used any more, by the application's fault: ends it at both ends. */
void channel_fail(struct channel *channel);
void channel_notify(const struct channel *channel, enum MvEventType type);
/* There may be room again for what was refused. */
void channel_has_space(struct channel *channel);

/* A message in the receive buffer, checked against its bounds. */
struct channel_front {
    uint8_t type;        /* enum channel_type of formats/channel.h */
    uint32_t body_bytes; /* behind its 8 bytes of header */
};

/* The oldest whole message. OKAY; RESPONSENOTPRESENT or CHANNELCLOSED if there is none. */
enum MvStatus channel_front(struct channel *channel, struct channel_front *front);
/* Big-endian words of its body, from a byte offset on; false (and the channel has failed) if it is
 * shorter. At most 4. */
bool channel_words(struct channel *channel, const struct channel_front *front, uint32_t offset,
                   uint32_t *words, uint32_t count);
/* It was read. */
void channel_consume(struct channel *channel, const struct channel_front *front);

/* From the work thread: the application is gone. */
void channels_reset(void);

#endif
