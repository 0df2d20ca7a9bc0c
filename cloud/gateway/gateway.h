/*
 * The device gateway: listens for devices, keeps their sessions, and turns changes in the store
 * into messages to connected devices as they happen.
 */
#ifndef CLOUD_GATEWAY_GATEWAY_H
#define CLOUD_GATEWAY_GATEWAY_H

#include <stdbool.h>

#include <openssl/ssl.h>
#include <uv.h>

#include "cloud/bus/bus.h"
#include "cloud/bus/presence.h"
#include "cloud/egress/egress.h"
#include "cloud/keys/authority.h"
#include "cloud/store/queue.h"

#define GATEWAY_SESSIONS_MAX 20000

struct session;

struct gateway_options {
    uv_loop_t *loop;
    const struct sockaddr *address;
    const struct authority *authority;
    struct store_queue *queue;
    struct bus *bus;
    struct presence_table *presence;
    struct egress *egress; /* executes the devices' channels */
    unsigned keepalive_s;
    unsigned log_hold_s; /* how long a device that logs far too much is kept silent; 0: never */
};

struct gateway {
    struct gateway_options options;
    SSL_CTX *tls;
    uv_tcp_t listener;
    struct session *sessions; /* all, in any state */
    unsigned count;
    bool stopping, listening;
};

/* Starts listening; NULL after a journal line. */
struct gateway *gateway_start(const struct gateway_options *options);
int gateway_port(const struct gateway *gateway);

/* New connections get the authority's certificate as it is now; open ones go on. False after a
 * journal line: the old one stays. */
bool gateway_reload(struct gateway *gateway);

/* Every connected device looks at the store again. */
void gateway_refresh_all(struct gateway *gateway);

/* Takes no more connections and says Goodbye to all devices. */
void gateway_quiesce(struct gateway *gateway);

/* Sessions not yet closed. */
unsigned gateway_active(const struct gateway *gateway);

/* Cuts what is left. */
void gateway_cut(struct gateway *gateway);

/* Frees, after gateway_active() is 0 and the loop has run once more. */
void gateway_free(struct gateway *gateway);

#endif
