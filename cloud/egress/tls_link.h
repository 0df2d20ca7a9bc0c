/*
 * One TLS client connection from the cloud to the outside: tries the addresses in order, verifies
 * the server's name, and moves bytes without blocking the loop. Loop thread only. A link is gone
 * after on_failed, tls_link_finish() or tls_link_abort(); no event comes afterwards.
 */
#ifndef CLOUD_EGRESS_TLS_LINK_H
#define CLOUD_EGRESS_TLS_LINK_H

#include <openssl/ssl.h>

#include "cloud/egress/egress.h"
#include "cloud/egress/resolver.h"

enum tls_link_failure {
    TLS_LINK_SOCKET,     /* refused, closed, reset, or no TLS that both can */
    TLS_LINK_UNKNOWN_CA, /* either side does not know who issued the other's certificate */
    TLS_LINK_EXPIRED,    /* a certificate's time is over or has not begun */
};

struct tls_link_events {
    void (*on_open)(void *context);
    void (*on_bytes)(void *context, const uint8_t *bytes, size_t size); /* while reading is on */
    void (*on_drained)(void *context);                                  /* nothing is unsent */
    void (*on_failed)(void *context, enum tls_link_failure failure);
    void (*on_memory)(void *context, long bytes); /* so much more is held */
};

struct tls_link;

/* context: the link takes a reference. found: at least one address, each allowed or skipped. host:
 * name or address that the server's certificate must have. Events come from the loop only. */
struct tls_link *tls_link_open(struct egress *egress, SSL_CTX *context, const char *host,
                               const struct resolver_answer *found,
                               const struct tls_link_events *events, void *owner);

void tls_link_send(struct tls_link *link, const uint8_t *bytes, size_t size);
size_t tls_link_pending(const struct tls_link *link);

/* How long the peer has taken nothing of what is pending; 0 if nothing is. */
uint64_t tls_link_stalled_ms(const struct tls_link *link);

/* Off at first. What was read before it was switched off has been delivered. */
void tls_link_read(struct tls_link *link, bool on);

/* Sends what is pending, for some seconds at most, and closes. */
void tls_link_finish(struct tls_link *link);
void tls_link_abort(struct tls_link *link);

#endif
