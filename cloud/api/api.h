/*
 * The REST server: libmicrohttpd driven by the event loop through its epoll descriptor. Nothing
 * blocks the loop: a request is suspended while the store thread or a worker has it.
 */
#ifndef CLOUD_API_API_H
#define CLOUD_API_API_H

#include <stdbool.h>

#include <netinet/in.h>
#include <uv.h>

#include "cloud/bus/bus.h"
#include "cloud/bus/presence.h"
#include "cloud/egress/egress.h"
#include "cloud/keys/accounts.h"
#include "cloud/keys/authority.h"
#include "cloud/keys/keyring.h"
#include "cloud/keys/signer.h"
#include "cloud/keys/vault.h"
#include "cloud/logs/reader.h"
#include "cloud/store/queue.h"

#define API_LOGGING_S (24 * 3600) /* how long LoggingEnabled=true, and a new device, logs */

struct api;

struct api_options {
    uv_loop_t *loop;
    const struct sockaddr *address;
    bool tls;                  /* HTTPS with what tls_set() was given */
    const char *folder;        /* for temporary files */
    unsigned request_limit_ms; /* for a request to come in; slow but steady bodies get more */
    unsigned rate_limit;       /* requests a second of an account; 0: no limit */
    const char *public_url;    /* "https://host" in front of a proxy; "": from the Host header */
    struct accounts *accounts;
    struct keyring *keyring;
    const struct authority *authority;
    const struct signer *signer;
    const struct vault *vault;
    struct store_queue *queue;
    struct bus *bus;
    struct presence_table *presence;
    const struct egress *egress; /* for the page of metrics */
    struct log_readers *readers;
    /* What a provisioned device is told. */
    const char *server_name;
    const char *gateway_host;
    int gateway_port;
};

/* Starts listening; NULL after a journal line. Options are copied, what they point to is not. */
struct api *api_start(const struct api_options *options);

const struct api_options *api_options(const struct api *api);
int api_port(const struct api *api);

/* For log_readers_start(): the reader whose owner is this request has something to give. */
void api_stream_wake(void *request);

/* The page of metrics as it is now; the caller frees it. */
char *api_metrics(const struct api *api);

/* Whether new requests are welcome: not while the server goes down. */
bool api_ready(const struct api *api);

/* What a reload may change. Loop thread. */
void api_set_rate_limit(struct api *api, unsigned rate_limit);

/* Takes no more connections; running requests go on. */
void api_quiesce(struct api *api);

/* Requests not yet answered completely. */
unsigned api_active(const struct api *api);

/* Cuts what is left and frees. No request may be with the store or a worker. The loop must be run
 * once more. */
void api_stop(struct api *api);

#endif
