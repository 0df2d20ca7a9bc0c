/*
 * The cloud's end of one channel stream: cuts what the device sends into messages, keeps what is to
 * be sent until the device has given credit, and counts the memory of both. What a message means is
 * the business of its kind (egress/http.c, mqtt.c, config.c), which embeds this struct as its first
 * member.
 *
 * Life: outlet_open() → … → outlet_end() by the owner (the stream is over) or outlet_fail() by
 * the kind (the owner is told and forgets it). Then the kind's end() gives up its work and says
 * outlet_done() when nothing refers to it any more.
 *
 * Timer: one an outlet, ticking each second while a message is incomplete, the device waits for
 * credit, or the kind asks for it.
 */
#ifndef CLOUD_EGRESS_OUTLET_H
#define CLOUD_EGRESS_OUTLET_H

#include "cloud/egress/egress.h"
#include "formats/channel.h"
#include "formats/tunnel.h"

#define OUTLET_WINDOW     16384u /* bytes that the device may have under way to us */
#define OUTLET_STALL_S    60u    /* an incomplete message that does not grow is given up */
#define OUTLET_PENDING_HI 16384u /* unsent bytes at which a kind should stop producing */

struct outlet;

/* What the owner, a stream of a session, does for an outlet. None of these ends the outlet. */
struct outlet_owner {
    void (*send)(void *owner, const uint8_t *bytes, size_t size); /* at most one frame */
    void (*grant)(void *owner, uint32_t credit);
    void (*over)(void *owner, enum tunnel_close reason); /* forget the channel */
    bool (*congested)(const void *owner);
};

struct outlet_kind {
    size_t size; /* of the struct that embeds the channel */
    void (*open)(struct outlet *outlet);
    /* A whole message; false: it is malformed. The body is gone after the call. */
    bool (*message)(struct outlet *outlet, uint8_t type, const uint8_t *body, uint32_t size);
    void (*drained)(struct outlet *outlet);      /* less than OUTLET_PENDING_HI is unsent */
    void (*tick)(struct outlet *outlet);         /* each second if outlet->ticking */
    bool (*hungry)(const struct outlet *outlet); /* NULL: always takes more from the device */
    void (*end)(struct outlet *outlet);          /* → outlet_done(), at once or later */
};

struct outlet {
    struct egress *egress;
    struct egress_share *share;
    const struct outlet_kind *kind;
    const struct outlet_owner *calls;
    void *owner; /* NULL: over */
    struct outlet *previous, *next;
    uv_timer_t timer;
    char device_sid[SID_TEXT];
    uint32_t receive_bytes; /* of the device's buffer */
    bool ticking;           /* the kind wants tick() */
    bool timer_runs;
    unsigned holds; /* calls that are using it */
    bool done;

    uint32_t granted; /* bytes that the device may still send */
    uint8_t *in;      /* an incomplete message */
    uint32_t in_used, in_size, in_quiet_s;

    uint32_t credit; /* bytes that we may still send */
    uint8_t *out;    /* out[out_at..out_used) is unsent */
    uint32_t out_at, out_used, out_size;
};

/* For the owner. share: of the device; NULL: too busy, or too many in too short a time. */
struct outlet *outlet_open(struct egress *egress, struct egress_share *share,
                           const struct tunnel_open *open, const char *device_sid,
                           const struct outlet_owner *calls, void *owner);
void outlet_begin_work(struct outlet *outlet); /* after the owner has sent ACCEPT */
bool outlet_granted(const struct outlet *outlet, uint32_t size); /* may it send so much? */
void outlet_data(struct outlet *outlet, const uint8_t *bytes, uint32_t size);
bool outlet_credit(struct outlet *outlet, uint32_t more); /* false: beyond the limit */
void outlet_resume(struct outlet *outlet);                /* the connection has room again */
void outlet_end(struct outlet *outlet);

/* For kinds. */
void outlet_send(struct outlet *outlet, const uint8_t *message, uint32_t size);
uint32_t outlet_pending(const struct outlet *outlet);
void outlet_fail(struct outlet *outlet, enum tunnel_close reason);
void outlet_appetite(struct outlet *outlet); /* hungry() may have become true */
void outlet_tick(struct outlet *outlet, bool on);
void outlet_done(struct outlet *outlet);
bool outlet_over(const struct outlet *outlet);

/* Counts memory that a kind holds for the device beside the buffers here. */
void outlet_count(struct outlet *outlet, long bytes);

extern const struct outlet_kind outlet_http, outlet_config, outlet_mqtt;

#endif
