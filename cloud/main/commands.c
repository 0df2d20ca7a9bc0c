/* The administrator's commands: see commands.h. */
#include "cloud/main/commands.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <openssl/crypto.h>

#include "cloud/base/clock.h"
#include "cloud/base/files.h"
#include "cloud/base/form.h"
#include "cloud/base/memory.h"
#include "cloud/keys/accounts.h"
#include "cloud/keys/audit.h"
#include "cloud/keys/credential.h"

#define RELOAD_LIMIT_MS 10000
#define RATE_MAX        1000000

/* What a command works on. */
struct admin {
    const struct options *options;
    struct store *store;
    struct vault vault;
    struct store_account account;
    char token[ACCOUNTS_TOKEN];
};

static bool word_is(const struct options *options, unsigned index, const char *word)
{
    return options->word_count > index && strcmp(options->words[index], word) == 0;
}

static bool complain(const char *text)
{
    fprintf(stderr, "microvisord: %s\n", text);
    return false;
}

/* ---- telling the server ---- */

/* One field of run.json; -1 if there is none. */
static long long run_field(const char *folder, const char *key)
{
    size_t size;
    char *text = files_read(folder, "run.json", 4096, &size);
    json_t *run = text ? json_loadb(text, size, 0, NULL) : NULL;
    json_t *value = json_object_get(run, key);
    long long number = json_is_integer(value) ? json_integer_value(value) : -1;
    json_decref(run);
    free(text);
    return number;
}

static bool server_runs(const char *folder)
{
    char path[OPTIONS_PATH + 8];
    snprintf(path, sizeof path, "%s/lock", folder);
    int lock = open(path, O_RDWR | O_CLOEXEC);
    bool locked = lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) != 0;
    if (lock >= 0)
        close(lock);
    return locked;
}

/* Returns when a running server knows of the change, so that the next request sees it. */
static bool tell_server(const char *folder)
{
    long long pid = run_field(folder, "pid"), before = run_field(folder, "reloads");
    const struct timespec pause = {.tv_nsec = 20000000};
    if (!server_runs(folder) || pid <= 0)
        return true;
    if (kill((pid_t)pid, SIGHUP) != 0)
        return complain("cannot tell the server; send it SIGHUP");
    for (int waited_ms = 0; waited_ms < RELOAD_LIMIT_MS; waited_ms += 20) {
        if (run_field(folder, "reloads") > before || !server_runs(folder))
            return true;
        nanosleep(&pause, NULL);
    }
    return complain("the server did not answer to SIGHUP");
}

/* ---- accounts ---- */

static void print_account(const struct store_account *account, const char *token)
{
    char created[CLOCK_TEXT_S], rotated[CLOCK_TEXT_S];
    clock_text_s(created, account->date_created_s);
    clock_text_s(rotated, account->token.date_rotated_s);
    json_t *json = json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "account_sid", account->sid, "name",
                             account->name, "status", account->suspended ? "suspended" : "active",
                             "rate_limit", (json_int_t)account->rate_limit, "date_created", created,
                             "date_rotated", rotated);
    if (token)
        json_object_set_new(json, "auth_token", json_string(token));
    char *text = json_dumps(json, JSON_COMPACT);
    puts(text ? text : "{}");
    if (text)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
    json_decref(json);
}

static bool list_accounts(struct admin *admin)
{
    struct accounts accounts;
    bool loaded = accounts_load(&accounts, admin->store);
    for (size_t i = 0; loaded && i < accounts.count; i++)
        print_account(&accounts.list[i], NULL);
    accounts_close(&accounts);
    return loaded;
}

static bool create_account(struct admin *admin)
{
    const char *name = admin->options->name;
    if (!form_is_utf8(name))
        return complain("--name must be UTF-8");
    snprintf(admin->account.name, sizeof admin->account.name, "%s", name);
    admin->account.rate_limit = -1;
    return accounts_create(admin->store, &admin->vault, &admin->account, admin->token) == STORE_OK;
}

/* Whether account.json is this account's: then it gets the new token too. */
static bool file_is_of(const struct admin *admin)
{
    size_t size;
    char *text = files_read(admin->options->state, "account.json", 4096, &size);
    json_t *file = text ? json_loadb(text, size, 0, NULL) : NULL;
    const char *sid = json_string_value(json_object_get(file, "account_sid"));
    bool same = sid && strcmp(sid, admin->account.sid) == 0;
    json_decref(file);
    if (text)
        OPENSSL_cleanse(text, size);
    free(text);
    return same;
}

static bool change_account(struct admin *admin)
{
    const struct options *options = admin->options;
    struct store_account *account = &admin->account;
    long rate = 0;
    enum store_result found = store_account_find(admin->store, options->words[2], account);
    if (found != STORE_OK)
        return found == STORE_NOT_FOUND ? complain("there is no such account") : false;
    if (word_is(options, 1, "rotate"))
        credential_renew(&account->token, options->grace_s, admin->token, ACCOUNTS_TOKEN);
    else if (!word_is(options, 1, "limit"))
        account->suspended = word_is(options, 1, "suspend");
    else if (word_is(options, 3, "default"))
        account->rate_limit = -1;
    else if (form_parse_integer(options->words[3], 0, RATE_MAX, &rate))
        account->rate_limit = rate;
    else
        return complain("a limit is a number from 0 to 1000000, or default");
    char operation[80];
    snprintf(operation, sizeof operation, "account %s", options->words[1]);
    return store_account_write(admin->store, account) == STORE_OK &&
           audit_command(admin->store, &admin->vault, account, operation);
}

/* In a transaction of its own; a running server is told afterwards. */
static bool run_account(struct admin *admin)
{
    const struct options *options = admin->options;
    bool rotates = word_is(options, 1, "rotate"), creates = word_is(options, 1, "create");
    if (word_is(options, 1, "list"))
        return list_accounts(admin);
    bool done = store_group_begin(admin->store) &&
                (creates ? create_account(admin) : change_account(admin)) &&
                store_group_commit(admin->store);
    if (!done) {
        store_group_abort(admin->store);
        return false;
    }
    if (rotates && file_is_of(admin))
        accounts_write_file(options->state, admin->account.sid, admin->token);
    bool told = tell_server(options->state);
    print_account(&admin->account, rotates || creates ? admin->token : NULL);
    OPENSSL_cleanse(admin->token, sizeof admin->token);
    return told;
}

/* ---- audit ---- */

static bool verify_one(struct admin *admin, const struct store_account *account)
{
    struct audit_report report;
    char head[2 * STORE_HASH + 1];
    if (!audit_verify(admin->store, &admin->vault, account, &report))
        return complain("the audit log cannot be read");
    hex_text(head, report.head, STORE_HASH);
    printf("audit log of %s: %lld records, head %s: %s%s\n", account->sid,
           (long long)report.records, head,
           report.problem ? "TAMPERED WITH behind these, " : "whole",
           report.problem ? report.problem : "");
    return !report.problem;
}

static bool verify_audit(struct admin *admin)
{
    struct accounts accounts;
    bool whole = accounts_load(&accounts, admin->store);
    for (size_t i = 0; i < accounts.count; i++)
        whole = verify_one(admin, &accounts.list[i]) && whole;
    accounts_close(&accounts);
    return whole;
}

/* ---- the vault ---- */

/* Keeps a server from starting, until the process ends. False: one runs. */
static bool hold_folder(const char *folder)
{
    char path[OPTIONS_PATH + 8];
    snprintf(path, sizeof path, "%s/lock", folder);
    int lock = open(path, O_RDWR | O_CLOEXEC);
    return lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0;
}

/* In the audit log of every account. */
static bool note_rotation(struct admin *admin)
{
    struct accounts accounts;
    bool noted = accounts_load(&accounts, admin->store);
    for (size_t i = 0; i < accounts.count && noted; i++)
        noted = audit_command(admin->store, &admin->vault, &accounts.list[i], "vault rotate");
    accounts_close(&accounts);
    return noted;
}

static bool rotate_vault(struct admin *admin)
{
    const struct options *options = admin->options;
    bool done = store_group_begin(admin->store) &&
                vault_rotate_begin(admin->store, options->state, options->vault_key) &&
                note_rotation(admin) && store_group_commit(admin->store);
    if (!done) {
        store_group_abort(admin->store);
        return complain("nothing was changed");
    }
    if (!vault_rotate_end(options->state, options->vault_key))
        return false;
    puts("configs and secrets are sealed with a new key; backups made before need the old one, "
         "which they hold");
    return true;
}

/* ---- all ---- */

bool commands_wanted(const struct options *options)
{
    return options->verify_audit || (options->word_count > 0 && !word_is(options, 0, "serve"));
}

int commands_run(const struct options *options)
{
    struct admin admin = {.options = options};
    bool done;
    umask(077);
    if (word_is(options, 0, "backup"))
        return backup_write(options) ? 0 : 1;
    if (word_is(options, 0, "restore"))
        return backup_restore(options) ? 0 : 1;
    bool accounts = word_is(options, 0, "account"), rotates = word_is(options, 0, "vault");
    if (rotates && !hold_folder(options->state))
        return complain("stop the server first") ? 0 : 1;
    enum store_use use = accounts ? STORE_ADMIN : STORE_READ;
    admin.store = store_open(options->state, options->store, rotates ? STORE_SERVE : use);
    done =
        admin.store &&
        vault_open_read(&admin.vault, admin.store, options->state, options->vault_key) &&
        (rotates ? rotate_vault(&admin) : (accounts ? run_account(&admin) : verify_audit(&admin)));
    vault_close(&admin.vault);
    if (admin.store)
        store_close(admin.store);
    return done ? 0 : 1;
}
