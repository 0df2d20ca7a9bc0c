/*
 * microvisord: puts the rooms together, runs the loop, and takes them down again in the order that
 * loses nothing: no new work, devices told, requests answered, store drained, database closed.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>
#include <openssl/crypto.h>
#include <uv.h>

#include "cloud/api/api.h"
#include "cloud/base/files.h"
#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/gateway/gateway.h"
#include "cloud/keys/audit.h"
#include "cloud/keys/pem.h"
#include "cloud/main/options.h"

#define SHUTDOWN_LIMIT_MS 5000
#define PEM_MAX           (256 * 1024)

struct server {
    struct options options;
    uv_loop_t loop;
    struct store *store;
    struct account account;
    struct keyring keyring;
    char *tls_key, *tls_certificate; /* PEM of the REST side; NULL: plain HTTP */
    struct authority authority;
    struct signer signer;
    struct vault vault;
    struct store_queue *queue;
    struct bus bus;
    struct presence_table presence;
    struct log_readers *readers;
    struct gateway *gateway;
    struct api *api;
    struct sockaddr_storage api_address, gateway_address;
    char gateway_host[OPTIONS_TEXT];
    int lock;
    uv_signal_t signals[2];
    uv_timer_t limit;
    bool stopping, limit_reached;
};

/* Two servers on one state folder would issue the same things twice. */
static bool lock_folder(struct server *server)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/lock", server->options.state);
    server->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (server->lock >= 0 && flock(server->lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    journal(JOURNAL_ERROR, "main", "another microvisord uses this state folder", "folder",
            server->options.state);
    return false;
}

static bool open_state(struct server *server)
{
    const char *folder = server->options.state;
    const char *names[AUTHORITY_NAMES_MAX];
    for (unsigned i = 0; i < server->options.name_count; i++)
        names[i] = server->options.names[i];
    if (!files_make_folder(folder) || !lock_folder(server))
        return false;
    files_remove(folder, "run.json");
    server->store = store_open(folder);
    return server->store && account_open(&server->account, server->store, folder) &&
           authority_open(&server->authority, folder, names, server->options.name_count) &&
           signer_open(&server->signer, folder) &&
           vault_open(&server->vault, server->store, folder, server->options.vault_key) &&
           audit_begin(server->store, &server->vault, server->account.stored.sid) &&
           keyring_open(&server->keyring, server->store);
}

/* ---- TLS of the REST side ---- */

/* The certificate made here, with the CA's behind it. */
static char *made_certificate(struct server *server)
{
    const char *names[AUTHORITY_NAMES_MAX];
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;
    char *chain = NULL;
    for (unsigned i = 0; i < server->options.api_name_count; i++)
        names[i] = server->options.api_names[i];
    if (authority_server(&server->authority, server->options.state, "api", names,
                         server->options.api_name_count, &key, &certificate)) {
        char *own = pem_certificate_text(certificate), *ca = authority_ca_pem(&server->authority);
        if (own && ca && asprintf(&chain, "%s%s", own, ca) < 0)
            chain = NULL;
        free(own);
        free(ca);
    }
    EVP_PKEY_free(key);
    X509_free(certificate);
    return chain;
}

static bool open_tls(struct server *server)
{
    const struct options *options = &server->options;
    size_t size;
    if (!options->api_tls)
        return true;
    if (options->api_key[0] != '\0') {
        server->tls_key = files_read_path(options->api_key, PEM_MAX, &size);
        server->tls_certificate = files_read_path(options->api_certificate, PEM_MAX, &size);
    } else {
        server->tls_certificate = made_certificate(server);
        server->tls_key = files_read(options->state, "api.key.pem", PEM_MAX, &size);
    }
    if (server->tls_key && server->tls_certificate)
        return true;
    journal(JOURNAL_ERROR, "main", "cannot read certificate and key of the REST side");
    return false;
}

static void close_tls(struct server *server)
{
    if (server->tls_key)
        OPENSSL_cleanse(server->tls_key, strlen(server->tls_key));
    free(server->tls_key);
    free(server->tls_certificate);
}

/* ---- addresses ---- */

static in_port_t *port_of(struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET6)
        return &((struct sockaddr_in6 *)address)->sin6_port;
    return &((struct sockaddr_in *)address)->sin_port;
}

static bool port_is_free(const struct sockaddr_storage *address)
{
    int one = 1, fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size =
        address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (fd < 0)
        return false;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    bool is_free = bind(fd, (const struct sockaddr *)address, size) == 0 && listen(fd, 1) == 0;
    close(fd);
    return is_free;
}

/* Port 0 means any port, but the same one as last time if it is free: devices know it. */
static void reuse_port(struct sockaddr_storage *address, json_t *ports, const char *key)
{
    json_int_t port = json_integer_value(json_object_get(ports, key));
    if (*port_of(address) != 0 || port <= 0 || port > 65535)
        return;
    *port_of(address) = htons((uint16_t)port);
    if (!port_is_free(address))
        *port_of(address) = 0;
}

static void reuse_ports(struct server *server)
{
    size_t size;
    char *text = files_read(server->options.state, "ports.json", 4096, &size);
    json_t *ports = text ? json_loadb(text, size, 0, NULL) : NULL;
    reuse_port(&server->api_address, ports, "api");
    reuse_port(&server->gateway_address, ports, "gateway");
    json_decref(ports);
    free(text);
}

static void remember_ports(struct server *server)
{
    char text[80];
    int size = snprintf(text, sizeof text, "{\"api\":%d,\"gateway\":%d}\n", api_port(server->api),
                        gateway_port(server->gateway));
    files_write(server->options.state, "ports.json", text, (size_t)size, 0600);
}

/* ---- start ---- */

static bool start_gateway(struct server *server)
{
    struct gateway_options options = {
        .loop = &server->loop,
        .address = (struct sockaddr *)&server->gateway_address,
        .authority = &server->authority,
        .queue = server->queue,
        .bus = &server->bus,
        .presence = &server->presence,
        .keepalive_s = server->options.keepalive_s,
    };
    server->gateway = gateway_start(&options);
    return server->gateway != NULL;
}

static bool start_api(struct server *server)
{
    const struct options *options = &server->options;
    if (options->advertised_host[0] != '\0')
        memcpy(server->gateway_host, options->advertised_host, OPTIONS_TEXT);
    else
        options_host(&server->gateway_address, server->gateway_host, OPTIONS_TEXT);
    struct api_options api = {
        .loop = &server->loop,
        .address = (struct sockaddr *)&server->api_address,
        .folder = options->state,
        .tls_key = server->tls_key,
        .tls_certificate = server->tls_certificate,
        .rate_limit = options->rate_limit,
        .public_url = options->public_url,
        .account = &server->account,
        .keyring = &server->keyring,
        .authority = &server->authority,
        .signer = &server->signer,
        .vault = &server->vault,
        .queue = server->queue,
        .bus = &server->bus,
        .presence = &server->presence,
        .readers = server->readers,
        .server_name = options->names[0],
        .gateway_host = server->gateway_host,
        .gateway_port =
            options->advertised_port ? options->advertised_port : gateway_port(server->gateway),
    };
    server->api = api_start(&api);
    return server->api != NULL;
}

/* Tells scripts and the command line where the server is. */
static bool write_run_file(struct server *server)
{
    char url[OPTIONS_TEXT], host[64];
    options_host(&server->api_address, host, sizeof host);
    bool v6 = server->api_address.ss_family == AF_INET6;
    snprintf(url, sizeof url, "%s://%s%s%s:%d", server->tls_key ? "https" : "http", v6 ? "[" : "",
             host, v6 ? "]" : "", api_port(server->api));
    json_t *run =
        json_pack("{s:s, s:s, s:i, s:i}", "api_url", url, "gateway_host", server->gateway_host,
                  "gateway_port", gateway_port(server->gateway), "pid", (int)getpid());
    char *text = json_dumps(run, JSON_COMPACT);
    bool written = text && files_write(server->options.state, "run.json", text, strlen(text), 0644);
    char port[16];
    snprintf(port, sizeof port, "%d", gateway_port(server->gateway));
    journal(JOURNAL_INFO, "main", "ready", "version", MV_VERSION, "api", url, "gateway_port", port,
            "state", server->options.state);
    free(text);
    json_decref(run);
    return written;
}

/* ---- going down ---- */

static void on_limit(uv_timer_t *timer)
{
    ((struct server *)timer->data)->limit_reached = true;
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct server *server = handle->data;
    journal(JOURNAL_INFO, "main", "stopping", "signal", number == SIGTERM ? "SIGTERM" : "SIGINT");
    if (server->stopping)
        server->limit_reached = true; /* asked twice: no more patience */
    server->stopping = true;
    uv_stop(&server->loop);
}

static bool busy(const struct server *server)
{
    return (server->gateway && gateway_active(server->gateway) > 0) ||
           (server->api && api_active(server->api) > 0) || store_queue_pending(server->queue) > 0;
}

static void stop(struct server *server)
{
    files_remove(server->options.state, "run.json");
    uv_timer_start(&server->limit, on_limit, SHUTDOWN_LIMIT_MS, 0);
    log_readers_end(server->readers);
    if (server->api)
        api_quiesce(server->api);
    if (server->gateway)
        gateway_quiesce(server->gateway);
    while (busy(server) && !server->limit_reached)
        uv_run(&server->loop, UV_RUN_ONCE);
    if (server->gateway)
        gateway_cut(server->gateway);
    while ((server->gateway && gateway_active(server->gateway) > 0) ||
           store_queue_pending(server->queue) > 0)
        uv_run(&server->loop, UV_RUN_ONCE);
    if (server->api)
        api_stop(server->api);
    log_readers_stop(server->readers);
    store_queue_stop(server->queue);
    uv_close((uv_handle_t *)&server->limit, NULL);
    uv_close((uv_handle_t *)&server->signals[0], NULL);
    uv_close((uv_handle_t *)&server->signals[1], NULL);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    if (server->gateway)
        gateway_free(server->gateway);
}

static void close_state(struct server *server)
{
    signer_close(&server->signer);
    close_tls(server);
    keyring_close(&server->keyring);
    vault_close(&server->vault);
    authority_close(&server->authority);
    if (server->store)
        store_close(server->store);
    if (server->lock >= 0)
        close(server->lock);
}

/* Every device is a descriptor. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        journal(JOURNAL_WARNING, "main", "cannot raise the limit of open files");
}

static bool run(struct server *server)
{
    static const int numbers[2] = {SIGTERM, SIGINT};
    uv_loop_init(&server->loop);
    server->queue = store_queue_start(&server->loop, server->store);
    server->readers =
        log_readers_start(&server->loop, server->queue, &server->bus, api_stream_wake);
    uv_timer_init(&server->loop, &server->limit);
    server->limit.data = server;
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&server->loop, &server->signals[i]);
        server->signals[i].data = server;
        uv_signal_start(&server->signals[i], on_signal, numbers[i]);
    }
    reuse_ports(server);
    bool ready = start_gateway(server) && start_api(server) && write_run_file(server);
    if (ready) {
        remember_ports(server);
        uv_run(&server->loop, UV_RUN_DEFAULT);
    }
    stop(server);
    uv_loop_close(&server->loop);
    return ready;
}

/* --verify-audit: prints what it found; works beside a running server. */
static bool verify_audit(const struct options *options)
{
    struct vault vault;
    struct audit_report report;
    char head[2 * STORE_HASH + 1];
    struct store *store = store_open_read(options->state);
    bool read = store && vault_open_read(&vault, store, options->state, options->vault_key) &&
                audit_verify(store, &vault, &report);
    if (read) {
        hex_text(head, report.head, STORE_HASH);
        printf("audit log: %lld records, head %s: %s%s\n", (long long)report.records, head,
               report.problem ? "TAMPERED WITH behind these, " : "whole",
               report.problem ? report.problem : "");
    }
    if (store)
        store_close(store);
    return read && !report.problem;
}

int main(int argc, char **argv)
{
    struct server *server = memory_new(sizeof *server);
    server->lock = -1;
    enum options_result result = options_read(&server->options, argc, argv);
    if (result == OPTIONS_RUN &&
        (!options_address(server->options.api, &server->api_address) ||
         !options_address(server->options.gateway, &server->gateway_address))) {
        fprintf(stderr, "microvisord: addresses are written 127.0.0.1:8080 or [::1]:8080\n");
        result = OPTIONS_USAGE;
    }
    if (result != OPTIONS_RUN) {
        free(server);
        return result == OPTIONS_USAGE ? 2 : 0;
    }
    if (server->options.verify_audit) {
        bool whole = verify_audit(&server->options);
        free(server);
        return whole ? 0 : 1;
    }
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    umask(077);
    if (server->options.verbose)
        journal_set_level(JOURNAL_DEBUG);
    bool good = open_state(server) && open_tls(server) && run(server);
    close_state(server);
    journal(good ? JOURNAL_INFO : JOURNAL_ERROR, "main", good ? "stopped" : "cannot run");
    free(server);
    return good ? 0 : 1;
}
