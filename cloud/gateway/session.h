/*
 * One device's session on the gateway: what the tunnel's control stream says and what is open on
 * it. Loop thread only; the store is reached by jobs (gateway/jobs.c), each of which keeps the
 * session's memory alive.
 *
 * Timers: one per session, armed for the nearest of: end of handshake or Hello time, next Ping,
 * idle limit, expiry of the logging switch, end of a hold on logging.
 */
#ifndef CLOUD_GATEWAY_SESSION_H
#define CLOUD_GATEWAY_SESSION_H

#include "cloud/base/bucket.h"
#include "cloud/bus/presence.h"
#include "cloud/egress/outlet.h"
#include "cloud/gateway/gateway.h"
#include "cloud/gateway/transport.h"
#include "formats/tunnel.h"

enum session_state {
    SESSION_HANDSHAKE, /* TLS */
    SESSION_HELLO,     /* certificate is good; waits for Hello */
    SESSION_OPENING,   /* the store looks the device up */
    SESSION_OPEN,      /* welcomed */
    SESSION_CLOSED,    /* the transport is closing or gone */
};

struct session_stream {
    struct session *session;
    uint16_t number; /* 0: free */
    uint8_t kind;
    bool busy; /* a store job works for it */
    bool accepted;
    uint32_t credit; /* FETCH: bytes that we may send; LOG: bytes that the device may send */
    uint32_t serial; /* tells a stream from an earlier one of the same number */
    uint8_t hash[TUNNEL_HASH_BYTES];
    uint32_t offset, length; /* FETCH: what is still wanted; length 0: to the end */
    bool to_the_end;
    uint32_t sent;         /* FETCH: bytes so far */
    struct outlet *outlet; /* HTTP, MQTT, CONFIG: what executes it; it has the credits too */
};

/* What the cloud wants of a device; compared with what the device was last told. */
struct session_wish {
    bool has_target;
    uint8_t target_hash[STORE_HASH];
    uint32_t target_size;
    int64_t target_generation;
    int64_t logging_expires_s;
    bool restart_pending;
};

struct session {
    struct transport transport; /* first: callbacks cast */
    struct presence presence;
    struct gateway *gateway;
    struct session *previous, *next;
    uv_timer_t timer;
    enum session_state state;
    bool present; /* in the presence table */
    bool opened;  /* the store has a "connection established" */
    bool transport_gone, timer_gone;
    unsigned jobs; /* under way */
    uint64_t session_id, boot_id;
    char sid[SID_TEXT]; /* from the certificate */

    uint64_t started_ms, heard_ms, sent_ms; /* loop clock */
    int64_t clock_offset_us;                /* wall clock minus device clock */

    int64_t told_generation;
    bool told_logging;
    int64_t logging_expires_s;
    bool restart_clearing; /* sent; the store does not know yet */
    bool refreshing, refresh_again;

    struct bucket log_bucket;
    uint32_t log_dropped;
    uint32_t log_excess;  /* dropped since the device was last within its rate */
    uint64_t log_held_ms; /* loop time at which the hold on its logging ends; 0: none */

    struct session_stream streams[TUNNEL_STREAMS_MAX];
    uint32_t stream_serial;
    unsigned stream_turn;       /* which one may fill the socket first */
    struct egress_share *share; /* NULL: no channel was opened yet */

    uint8_t *partial; /* TUNNEL_FRAME_MAX bytes while a frame is on its way; else NULL */
    size_t partial_used;
};

/* Accepts the waiting connection. */
void session_accept(struct gateway *gateway, uv_stream_t *listener);

/* The device's row changed: compare with what it was told. */
void session_refresh(struct session *session);

/* Rate of log records of one device. */
#define SESSION_LOG_RATE_PER_S 200u
#define SESSION_LOG_BURST      1000u

/* Application logging is switched off for some time, whatever the wish. */
void session_hold_logging(struct session *session);

/* Says Goodbye and closes. */
void session_end(struct session *session, tunnel_GoodbyeReason reason, const char *text);

/* ---- between the session's files ---- */

void session_send_control(struct session *session, const tunnel_ControlMessage *message);
void session_send_u32(struct session *session, uint8_t type, uint16_t stream, uint32_t value);
void session_send_frame(struct session *session, uint8_t type, uint16_t stream,
                        const uint8_t *payload, size_t size);

/* The peer broke the protocol. */
void session_protocol_error(struct session *session, const char *what);

/* A control message (session_control.c). */
void session_control(struct session *session, const struct tunnel_frame *frame);

/* The store has looked the device up. */
void session_opened(struct session *session, const struct session_wish *wish);
void session_wished(struct session *session, const struct session_wish *wish);

/* Arms the timer for what comes next. */
void session_arm_timer(struct session *session);

/* Frees the memory when transport, timer and jobs are all gone. */
void session_release(struct session *session);

/* OPEN, DATA, CREDIT, CLOSE (session_streams.c; channels: session_channels.c). */
void session_stream_frame(struct session *session, const struct tunnel_frame *frame);
void session_streams_resume(struct session *session);
void session_streams_end(struct session *session);
struct session_stream *session_stream_find(struct session *session, uint16_t number);
void session_stream_close(struct session *session, struct session_stream *stream,
                          enum tunnel_close reason);

/* The stream was just taken for an OPEN of a channel: accepts or closes it. */
void session_channel_open(struct session *session, struct session_stream *stream,
                          const struct tunnel_open *open);
void session_channel_data(struct session *session, struct session_stream *stream,
                          const struct tunnel_frame *frame);
void session_channel_credit(struct session *session, struct session_stream *stream, uint32_t more);

/* A piece of a blob came from the store. */
void session_fetched(struct session *session, uint16_t number, uint32_t serial,
                     enum store_result result, const uint8_t *bytes, size_t size, uint32_t total);

/* Log records of so many payload bytes are stored. */
void session_logged(struct session *session, uint16_t number, uint32_t serial, uint32_t bytes,
                    bool stored);

#endif
