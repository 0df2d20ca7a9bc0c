/*
 * The running server: what main.c puts together, and what the other files of this room work on.
 * Everything here belongs to the loop thread, except the store while its queue runs.
 */
#ifndef CLOUD_MAIN_SERVER_H
#define CLOUD_MAIN_SERVER_H

#include <uv.h>

#include "cloud/api/api.h"
#include "cloud/gateway/gateway.h"
#include "cloud/main/options.h"

struct server {
    int argc;
    char **argv; /* a reload reads the options again */
    struct options options;
    uv_loop_t loop;
    struct store *store;
    struct accounts accounts;
    struct keyring keyring;
    struct authority authority;
    struct signer signer;
    struct vault vault;
    struct store_queue *queue;
    struct bus bus;
    struct presence_table presence;
    struct log_readers *readers;
    struct egress *egress;
    struct gateway *gateway;
    struct api *api;
    struct sockaddr_storage api_address, gateway_address;
    char gateway_host[OPTIONS_TEXT];
    int lock;
    uv_signal_t signals[3];
    uv_timer_t limit;
    bool stopping, limit_reached;
    bool reloading, reload_again;
    long reloads; /* finished; run.json has it for those who wait */
};

/* Tells scripts and the command line where the server is: run.json. */
bool server_write_run_file(struct server *server);

/* ---- certificates.c ---- */

/* Reads certificate and key of the REST side, or makes them; new connections get them. False after
 * a journal line: what was there before stays. */
bool certificates_load(struct server *server);

/* ---- ports.c ---- */

/* Port 0 becomes the port of last time if it is free: devices know it. */
void ports_reuse(struct server *server);
void ports_remember(struct server *server);

/* ---- reload.c ---- */

/*
 * SIGHUP: options that may change, certificates and accounts are read again; connections stay.
 * What cannot be used leaves the old in force, with a line in the journal.
 */
void reload_start(struct server *server);

#endif
