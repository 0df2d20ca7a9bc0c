/* The accounts: see accounts.h. */
#include "cloud/keys/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "cloud/base/files.h"
#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/keys/audit.h"
#include "cloud/keys/credential.h"

#define LOAD_BATCH 100

/* ---- making ---- */

bool accounts_write_file(const char *folder, const char *sid, const char *token)
{
    char json[160];
    int size =
        snprintf(json, sizeof json, "{\"account_sid\":\"%s\",\"auth_token\":\"%s\"}\n", sid, token);
    bool written = files_write(folder, "account.json", json, (size_t)size, 0600);
    OPENSSL_cleanse(json, sizeof json);
    return written;
}

static void new_account(struct store_account *account, char token[ACCOUNTS_TOKEN])
{
    sid_make(account->sid, "AC");
    account->rate_limit = -1;
    credential_renew(&account->token, 0, token, ACCOUNTS_TOKEN);
}

enum store_result accounts_create(struct store *store, const struct vault *vault,
                                  struct store_account *account, char token[ACCOUNTS_TOKEN])
{
    int64_t rate_limit = account->rate_limit;
    new_account(account, token);
    account->rate_limit = rate_limit;
    enum store_result result = store_account_add(store, account);
    if (result == STORE_OK)
        result = audit_begin(store, vault, account) ? STORE_OK : STORE_FAILED;
    return result;
}

static bool create_first(struct store *store, const char *folder)
{
    struct store_account account = {.id = 0};
    char token[ACCOUNTS_TOKEN];
    new_account(&account, token);
    /* The file first: if the store then fails, the next start makes another account and file. */
    bool created = accounts_write_file(folder, account.sid, token) &&
                   store_account_add(store, &account) == STORE_OK;
    OPENSSL_cleanse(token, sizeof token);
    if (created)
        journal(JOURNAL_INFO, "main", "account created", "account", account.sid, "file",
                "account.json");
    return created;
}

/* ---- the list ---- */

bool accounts_load(struct accounts *accounts, struct store *store)
{
    struct store_page page = {.limit = LOAD_BATCH};
    struct store_found found = {.more_after = true};
    memset(accounts, 0, sizeof *accounts);
    while (found.more_after) {
        size_t room = accounts->count + LOAD_BATCH;
        struct store_account *list = memory_new(room * sizeof *list);
        if (accounts->count > 0)
            memcpy(list, accounts->list, accounts->count * sizeof *list);
        free(accounts->list);
        accounts->list = list;
        if (store_account_list(store, &page, list + accounts->count, &found) != STORE_OK)
            return false;
        accounts->count += found.count;
        page.after = found.last_id;
    }
    return true;
}

bool accounts_open(struct accounts *accounts, struct store *store, const char *folder)
{
    if (!accounts_load(accounts, store))
        return false;
    if (accounts->count > 0)
        return true;
    accounts_close(accounts);
    return create_first(store, folder) && accounts_load(accounts, store);
}

void accounts_close(struct accounts *accounts)
{
    free(accounts->list);
    memset(accounts, 0, sizeof *accounts);
}

const struct store_account *accounts_check(const struct accounts *accounts, const char *sid,
                                           const char *token)
{
    for (size_t i = 0; i < accounts->count; i++) {
        const struct store_account *account = &accounts->list[i];
        if (strcmp(account->sid, sid) != 0)
            continue;
        return credential_fits(&account->token, token) ? account : NULL;
    }
    return NULL;
}

const struct store_account *accounts_by_id(const struct accounts *accounts, int64_t id)
{
    size_t low = 0, high = accounts->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (accounts->list[middle].id == id)
            return &accounts->list[middle];
        if (accounts->list[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool accounts_is_operator(const struct accounts *accounts, int64_t id)
{
    return accounts->count > 0 && accounts->list[0].id == id;
}
