/*
 * One TLS server connection on a libuv socket: TLS takes from and gives to memory, so no call
 * blocks, and an idle connection holds no buffers. After the handshake of a TLS 1.2 connection its
 * keys go into a record layer (record.h) and OpenSSL's object is freed, which leaves a tenth of the
 * memory; TLS 1.3 connections keep theirs. Everything happens on the loop thread. The owner
 * embeds the struct and frees it in on_closed, which comes exactly once, after transport_start()
 * and for whatever reason.
 */
#ifndef CLOUD_GATEWAY_TRANSPORT_H
#define CLOUD_GATEWAY_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>
#include <uv.h>

#include "cloud/gateway/record.h"
#include "cloud/keys/authority.h"

#define TRANSPORT_PENDING_MAX 65536 /* unsent bytes at which producers must stop */

struct transport;

struct transport_events {
    void (*on_secure)(struct transport *transport); /* handshake done, ALPN and peer checked */
    void (*on_bytes)(struct transport *transport, const uint8_t *bytes, size_t size);
    void (*on_drained)(struct transport *transport); /* nothing is pending any more */
    void (*on_closed)(struct transport *transport);
};

struct transport {
    const struct transport_events *events;
    uv_tcp_t tcp;
    uv_shutdown_t shutdown;
    SSL *ssl; /* NULL once the record layer has taken over */
    struct record_layer records;
    struct partial_record *partial; /* a record of which not all bytes have come; else NULL */
    uint8_t *in; /* what the socket gave and TLS has not yet taken; only within one read */
    size_t in_size;
    struct write_request *out; /* what TLS made and the socket has not yet got; NULL: nothing */
    size_t pending;            /* bytes given to the socket and not yet sent */
    bool secure, closing, finishing, lingering;
    const char *version; /* of TLS, for the journal */
    bool resumed;        /* the handshake was an abbreviated one */
    char remote[64];     /* address and port */
    char reason[160];    /* why it was closed, for the journal */
};

/* TLS 1.2 or better, mutual, P-256, AEAD, ALPN microvisor/1; NULL after a journal line. */
SSL_CTX *transport_context_new(const struct authority *authority);

/* Accepts the waiting connection of a listener. On false nothing was started. */
bool transport_start(struct transport *transport, uv_stream_t *listener, SSL_CTX *context,
                     const struct transport_events *events);

/* Encrypts and sends; dropped if the connection is closing. */
void transport_send(struct transport *transport, const uint8_t *bytes, size_t size);

/* Whether producers should wait for on_drained. */
bool transport_congested(const struct transport *transport);

/* Sends what is pending and a close notification, then waits for the peer to close, because closing
 * upon unread bytes could cost the peer what was just sent. What comes meanwhile is ignored. The
 * owner limits the wait with transport_abort(). */
void transport_finish(struct transport *transport, const char *reason);

/* Closes at once. */
void transport_abort(struct transport *transport, const char *reason);

#endif
