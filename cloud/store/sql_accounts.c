/* Accounts: see store.h. */
#include <string.h>

#include "cloud/base/clock.h"
#include "cloud/store/db.h"

#define COLUMNS                                                                                    \
    "id, sid, name, suspended, salt, token_hash, old_salt, old_hash, old_expires, rate_limit,"     \
    " date_created, date_rotated"

static void from_row(void *records, size_t index, struct db_statement *row)
{
    struct store_account *account = (struct store_account *)records + index;
    memset(account, 0, sizeof *account);
    account->id = db_integer(row, 0);
    db_get_text(row, 1, account->sid, sizeof account->sid);
    db_get_text(row, 2, account->name, sizeof account->name);
    account->suspended = db_integer(row, 3) != 0;
    db_get_credential(row, 4, &account->token);
    account->rate_limit = db_integer(row, 9);
    account->date_created_s = db_integer(row, 10);
    account->token.date_rotated_s = db_integer(row, 11);
}

static void bind_account(struct db_statement *statement, const struct store_account *account)
{
    db_bind_text(statement, 1, account->sid);
    db_bind_name(statement, 2, account->name);
    db_bind_integer(statement, 3, account->suspended);
    db_bind_credential(statement, 4, &account->token);
    db_bind_integer(statement, 9, account->rate_limit);
    db_bind_integer(statement, 10, account->date_created_s);
    db_bind_integer(statement, 11, account->token.date_rotated_s);
}

enum store_result store_account_add(struct store *store, struct store_account *account)
{
    struct db_statement *statement = db_statement(
        store, "INSERT INTO account(sid, name, suspended, salt, token_hash, old_salt, old_hash,"
               " old_expires, rate_limit, date_created, date_rotated)"
               " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) RETURNING id");
    if (!statement)
        return STORE_FAILED;
    account->date_created_s = account->token.date_rotated_s = clock_unix_s();
    bind_account(statement, account);
    return db_insert(statement, &account->id);
}

enum store_result store_account_write(struct store *store, const struct store_account *account)
{
    struct db_statement *statement = db_statement(
        store, "UPDATE account SET name = ?2, suspended = ?3, salt = ?4, token_hash = ?5,"
               " old_salt = ?6, old_hash = ?7, old_expires = ?8, rate_limit = ?9,"
               " date_created = ?10, date_rotated = ?11 WHERE sid = ?1");
    if (!statement)
        return STORE_FAILED;
    bind_account(statement, account);
    return db_run(statement);
}

enum store_result store_account_find(struct store *store, const char *sid,
                                     struct store_account *account)
{
    struct db_statement *statement =
        db_statement(store, "SELECT " COLUMNS " FROM account WHERE sid = ?1");
    if (!statement)
        return STORE_FAILED;
    db_bind_text(statement, 1, sid);
    enum store_result result = db_row(statement);
    if (result != STORE_OK)
        return result;
    from_row(account, 0, statement);
    db_reset(statement);
    return STORE_OK;
}

enum store_result store_account_list(struct store *store, const struct store_page *page,
                                     struct store_account *accounts, struct store_found *found)
{
    static const char forward[] = "SELECT " COLUMNS " FROM account WHERE id > ?1"
                                  " ORDER BY id LIMIT ?2 OFFSET ?3";
    static const char backward[] = "SELECT * FROM (SELECT " COLUMNS " FROM account WHERE id < ?1"
                                   " ORDER BY id DESC LIMIT ?2) AS page ORDER BY id";
    static const char edges[] = "SELECT EXISTS(SELECT 1 FROM account WHERE id < ?1),"
                                " EXISTS(SELECT 1 FROM account WHERE id > ?2)";
    const struct db_list list = {forward, backward, edges, {0}};
    return db_page(store, &list, page, from_row, accounts, found);
}

enum store_result store_check(struct store *store)
{
    struct db_statement *statement = db_statement(store, "SELECT 1 FROM account LIMIT 1");
    return statement ? db_exists(statement) : STORE_FAILED;
}
