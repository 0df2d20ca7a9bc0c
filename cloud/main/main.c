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

#include "cloud/api/tls.h"
#include "cloud/base/files.h"
#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/keys/audit.h"
#include "cloud/main/commands.h"
#include "cloud/main/notify.h"
#include "cloud/main/server.h"

#define SHUTDOWN_LIMIT_MS 5000
#define SIGNALS           3

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

/* Every account's log has its beginning; also that of an account a command made. */
static bool begin_audits(struct server *server)
{
    bool begun = true;
    for (size_t i = 0; i < server->accounts.count && begun; i++)
        begun = audit_begin(server->store, &server->vault, &server->accounts.list[i]);
    return begun;
}

static bool open_store(struct server *server)
{
    const struct options *options = &server->options;
    server->store = store_open(options->state, options->store, STORE_SERVE);
    if (!server->store || !store_group_begin(server->store))
        return false;
    bool opened = accounts_open(&server->accounts, server->store, options->state) &&
                  vault_open(&server->vault, server->store, options->state, options->vault_key) &&
                  begin_audits(server) && keyring_open(&server->keyring, server->store);
    if (opened && store_group_commit(server->store))
        return true;
    store_group_abort(server->store);
    return false;
}

static bool open_state(struct server *server)
{
    const char *folder = server->options.state;
    const struct options_names *wanted = &server->options.gateway_names;
    const char *names[AUTHORITY_NAMES_MAX];
    for (unsigned i = 0; i < wanted->count; i++)
        names[i] = wanted->names[i];
    if (!files_make_folder(folder) || !lock_folder(server))
        return false;
    files_remove(folder, "run.json");
    return open_store(server) && authority_open(&server->authority, folder, names, wanted->count) &&
           signer_open(&server->signer, folder) && certificates_load(server);
}

/* ---- start ---- */

static bool start_egress(struct server *server)
{
    struct egress_options options = {
        .loop = &server->loop,
        .queue = server->queue,
        .vault = &server->vault,
        .allow_private = server->options.egress_allow_private,
        .ca_file = server->options.egress_ca,
        .dns = server->options.egress_dns,
    };
    server->egress = egress_start(&options);
    return server->egress != NULL;
}

static bool start_gateway(struct server *server)
{
    struct gateway_options options = {
        .loop = &server->loop,
        .address = (struct sockaddr *)&server->gateway_address,
        .authority = &server->authority,
        .queue = server->queue,
        .bus = &server->bus,
        .presence = &server->presence,
        .egress = server->egress,
        .keepalive_s = (unsigned)server->options.keepalive_s,
        .log_hold_s = (unsigned)server->options.log_hold_s,
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
        .tls = options->api_tls,
        .rate_limit = (unsigned)options->rate_limit,
        .request_limit_ms = (unsigned)options->request_timeout_s * 1000,
        .public_url = options->public_url,
        .accounts = &server->accounts,
        .keyring = &server->keyring,
        .authority = &server->authority,
        .signer = &server->signer,
        .vault = &server->vault,
        .queue = server->queue,
        .bus = &server->bus,
        .presence = &server->presence,
        .egress = server->egress,
        .readers = server->readers,
        .server_name = options->gateway_names.names[0],
        .gateway_host = server->gateway_host,
        .gateway_port = options->advertised_port ? (int)options->advertised_port
                                                 : gateway_port(server->gateway),
    };
    server->api = api_start(&api);
    return server->api != NULL;
}

static void api_url(const struct server *server, char url[OPTIONS_TEXT])
{
    char host[64];
    options_host(&server->api_address, host, sizeof host);
    bool v6 = server->api_address.ss_family == AF_INET6;
    snprintf(url, OPTIONS_TEXT, "%s://%s%s%s:%d", server->options.api_tls ? "https" : "http",
             v6 ? "[" : "", host, v6 ? "]" : "", api_port(server->api));
}

bool server_write_run_file(struct server *server)
{
    char url[OPTIONS_TEXT];
    api_url(server, url);
    json_t *run = json_pack("{s:s, s:s, s:i, s:i, s:I}", "api_url", url, "gateway_host",
                            server->gateway_host, "gateway_port", gateway_port(server->gateway),
                            "pid", (int)getpid(), "reloads", (json_int_t)server->reloads);
    char *text = json_dumps(run, JSON_COMPACT);
    bool written = text && files_write(server->options.state, "run.json", text, strlen(text), 0644);
    free(text);
    json_decref(run);
    return written;
}

static void say_ready(struct server *server)
{
    char url[OPTIONS_TEXT], port[16];
    api_url(server, url);
    snprintf(port, sizeof port, "%d", gateway_port(server->gateway));
    journal(JOURNAL_INFO, "main", "ready", "version", MV_VERSION, "api", url, "gateway_port", port,
            "state", server->options.state, "store", store_kind(server->store));
}

/* ---- going down ---- */

static void on_limit(uv_timer_t *timer)
{
    ((struct server *)timer->data)->limit_reached = true;
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct server *server = handle->data;
    if (number == SIGHUP) {
        reload_start(server);
        return;
    }
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
    notify_systemd("STOPPING=1");
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
           (server->egress && egress_active(server->egress) > 0) ||
           store_queue_pending(server->queue) > 0)
        uv_run(&server->loop, UV_RUN_ONCE);
    if (server->api)
        api_stop(server->api);
    log_readers_stop(server->readers);
    store_queue_stop(server->queue);
    if (server->egress)
        egress_stop(server->egress);
    uv_close((uv_handle_t *)&server->limit, NULL);
    for (int i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&server->signals[i], NULL);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    if (server->gateway)
        gateway_free(server->gateway);
}

static void close_state(struct server *server)
{
    signer_close(&server->signer);
    tls_clear();
    accounts_close(&server->accounts);
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
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        journal(JOURNAL_WARNING, "main", "cannot raise the limit of open files");
}

static bool run(struct server *server)
{
    static const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};
    uv_loop_init(&server->loop);
    server->queue = store_queue_start(&server->loop, server->store);
    server->readers =
        log_readers_start(&server->loop, server->queue, &server->bus, api_stream_wake);
    uv_timer_init(&server->loop, &server->limit);
    server->limit.data = server;
    for (int i = 0; i < SIGNALS; i++) {
        uv_signal_init(&server->loop, &server->signals[i]);
        server->signals[i].data = server;
        uv_signal_start(&server->signals[i], on_signal, numbers[i]);
    }
    ports_reuse(server);
    bool ready = start_egress(server) && start_gateway(server) && start_api(server);
    if (ready) {
        ports_remember(server);
        say_ready(server);
        ready = server_write_run_file(server);
    }
    if (ready) {
        notify_systemd("READY=1");
        uv_run(&server->loop, UV_RUN_DEFAULT);
    }
    stop(server);
    uv_loop_close(&server->loop);
    return ready;
}

static int serve(struct server *server)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN); /* until the loop takes it */
    raise_descriptor_limit();
    umask(077);
    journal_set_level(server->options.log_level);
    journal_set_json(server->options.log_json);
    bool good = open_state(server) && run(server);
    close_state(server);
    journal(good ? JOURNAL_INFO : JOURNAL_ERROR, "main", good ? "stopped" : "cannot run");
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct server *server = memory_new(sizeof *server);
    int status = 0;
    server->lock = -1;
    server->argc = argc;
    server->argv = argv;
    enum options_result result = options_read(&server->options, argc, argv);
    if (result == OPTIONS_RUN &&
        (!options_address(server->options.api, &server->api_address) ||
         !options_address(server->options.gateway, &server->gateway_address))) {
        fprintf(stderr, "microvisord: addresses are written 127.0.0.1:8080 or [::1]:8080\n");
        result = OPTIONS_USAGE;
    }
    if (result != OPTIONS_RUN)
        status = result == OPTIONS_USAGE ? 2 : 0;
    else if (commands_wanted(&server->options))
        status = commands_run(&server->options);
    else
        status = serve(server);
    free(server);
    return status;
}
