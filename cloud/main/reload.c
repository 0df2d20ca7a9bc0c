/* SIGHUP: see server.h. Accounts come from the store's thread; the rest is done here at once. */
#include <stdlib.h>
#include <string.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/main/notify.h"
#include "cloud/main/server.h"

struct reload {
    struct store_job job;
    struct server *server;
    struct accounts accounts;
    bool loaded;
};

/* ---- options ---- */

static void take_options(struct server *server)
{
    struct options *now = memory_new(sizeof *now);
    const char *fixed = NULL;
    bool read = options_read(now, server->argc, server->argv) == OPTIONS_RUN;
    if (!read)
        journal(JOURNAL_ERROR, "main", "the configuration cannot be used; the old one stays");
    else if ((fixed = options_fixed_difference(&server->options, now)))
        journal(JOURNAL_ERROR, "main",
                "an option changed that needs a restart; the old configuration stays", "option",
                fixed);
    if (read && !fixed)
        server->options = *now;
    free(now);
    journal_set_level(server->options.log_level);
    journal_set_json(server->options.log_json);
    api_set_rate_limit(server->api, (unsigned)server->options.rate_limit);
}

/* ---- certificates ---- */

static void take_certificates(struct server *server)
{
    const struct options_names *wanted = &server->options.gateway_names;
    const char *names[AUTHORITY_NAMES_MAX];
    for (unsigned i = 0; i < wanted->count; i++)
        names[i] = wanted->names[i];
    certificates_load(server);
    if (authority_renew(&server->authority, server->options.state, names, wanted->count))
        gateway_reload(server->gateway);
}

/* ---- accounts ---- */

static bool run_load(struct store_job *job, struct store *store)
{
    struct reload *reload = (struct reload *)job;
    reload->loaded = accounts_load(&reload->accounts, store);
    return true;
}

static void finish(struct server *server)
{
    server->reloads++;
    server->reloading = false;
    server_write_run_file(server);
    journal(JOURNAL_INFO, "main", "configuration, certificates and accounts read again");
    notify_systemd("READY=1");
    if (server->reload_again && !server->stopping)
        reload_start(server);
}

static bool some_suspended(const struct accounts *before, const struct accounts *now)
{
    for (size_t i = 0; i < now->count; i++) {
        const struct store_account *old = accounts_by_id(before, now->list[i].id);
        if (now->list[i].suspended && old && !old->suspended)
            return true;
    }
    return false;
}

static void done_load(struct store_job *job, bool failed)
{
    struct reload *reload = (struct reload *)job;
    struct server *server = reload->server;
    if (!failed && reload->loaded) {
        struct accounts old = server->accounts;
        server->accounts = reload->accounts;
        if (some_suspended(&old, &server->accounts))
            gateway_refresh_all(server->gateway); /* their devices have to go */
        accounts_close(&old);
    } else {
        accounts_close(&reload->accounts);
        journal(JOURNAL_ERROR, "main", "the accounts cannot be read; the old list stays");
    }
    free(reload);
    if (!server->stopping)
        finish(server);
}

void reload_start(struct server *server)
{
    server->reload_again = server->reloading;
    if (server->reloading)
        return;
    struct reload *reload = memory_new(sizeof *reload);
    server->reloading = true;
    notify_systemd("RELOADING=1");
    take_options(server);
    take_certificates(server);
    reload->server = server;
    reload->job.run = run_load;
    reload->job.done = done_load;
    store_queue_submit(server->queue, &reload->job, true);
}
