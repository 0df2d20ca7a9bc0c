/*
 * The egress: executes what applications ask for on their channels (docs/tunnel.md §11 to §14):
 * HTTP requests, MQTT connections, fetches of configs and secrets. Loop thread only; nothing
 * blocks it: names are resolved by c-ares, HTTP is libcurl's multi interface, MQTT is our own.
 *
 * Devices are not trusted with the cloud's network: connections go to public addresses only,
 * unless the operator allows others. All memory that devices can make grow is counted here.
 */
#ifndef CLOUD_EGRESS_EGRESS_H
#define CLOUD_EGRESS_EGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include <openssl/ssl.h>
#include <uv.h>

#include "cloud/base/bucket.h"
#include "cloud/keys/vault.h"
#include "cloud/store/queue.h"

#define EGRESS_MEMORY_MAX  (256u * 1024 * 1024) /* buffered for all channels together */
#define EGRESS_SHARE_MAX   (1024u * 1024)       /* for one device, where it gets no more credit */
#define EGRESS_OUTLETS_MAX 20000u
#define EGRESS_HTTP_MAX    2048u  /* HTTP requests under way */
#define EGRESS_MQTT_MAX    10000u /* connections to brokers */
#define EGRESS_OPENS_PER_S 8u     /* channels that one device may open, as its kernel limits it */
#define EGRESS_OPENS_BURST 16u

struct egress_options {
    uv_loop_t *loop;
    struct store_queue *queue;
    const struct vault *vault;
    bool allow_private;  /* loopback, private and link-local addresses may be reached */
    const char *ca_file; /* PEM, trusted beside the system's authorities; "": none */
    const char *dns;     /* name servers as resolver_start() takes them */
};

struct egress_counters {
    uint64_t http_requests[7]; /* by MvHttpResult */
    uint64_t mqtt_connects, mqtt_failures, mqtt_received, mqtt_lost, mqtt_published, mqtt_breaks;
    uint64_t config_fetches, config_items, secret_items;
    uint64_t refused, addresses_refused;
};

/* What one connected device has of all this; kept while its session or a channel of it lives. */
struct egress_share {
    unsigned references;
    size_t buffered;
    struct bucket opens;
};

struct outlet;
struct http_engine;
struct resolver;

struct egress {
    struct egress_options options;
    X509_STORE *authorities; /* the system's and the operator's */
    struct resolver *resolver;
    struct http_engine *http;
    struct outlet *outlets;
    unsigned outlet_count; /* including those that are being taken down */
    unsigned http_count, mqtt_count;
    unsigned link_count; /* TLS connections, including those that send their last bytes */
    size_t buffered;
    struct egress_counters counters;
};

/* NULL after a journal line. Options are copied, what they point to is not. */
struct egress *egress_start(const struct egress_options *options);

/* Channels not yet freed; the sessions that own them must end first. */
unsigned egress_active(const struct egress *egress);

/* Takes it down; only when nothing is active. The loop must run until its handles are closed. */
void egress_stop(struct egress *egress);

struct egress_share *egress_share_new(const struct egress *egress); /* with one reference */
void egress_share_release(struct egress_share *share);              /* NULL is fine */

/* Whether devices get credit for more bytes. */
bool egress_has_memory(const struct egress *egress, const struct egress_share *share);

/* Whether more may be taken from servers for a device. */
bool egress_may_buffer(const struct egress *egress, const struct egress_share *share);

/* Lines for the page of metrics. */
void egress_metrics(const struct egress *egress, FILE *out);

/* Rules for every TLS connection to the outside: 1.2 or better, and nothing with which a hostile
 * server could keep the loop busy (finite-field key exchange, long chains). */
bool egress_restrict_tls(SSL_CTX *context);

/* Whether devices may have the cloud connect to this address. */
bool egress_address_allowed(struct egress *egress, const struct sockaddr *address);

#endif
