/*
 * What the files of the SQLite implementation share: the connection and its prepared statements.
 */
#ifndef CLOUD_STORE_SQLITE_H
#define CLOUD_STORE_SQLITE_H

#include <sqlite3.h>

#include "cloud/store/blobs.h"
#include "cloud/store/store.h"

#define SQLITE_STATEMENTS 128

struct store {
    sqlite3 *db;
    char blob_folder[BLOBS_PATH];
    bool blobs_removed; /* rows went in this group; their files follow the commit */
    struct {
        const char *sql; /* address of the literal is the key */
        sqlite3_stmt *statement;
    } cache[SQLITE_STATEMENTS];
};

/* The statement for an SQL literal, prepared once, reset and unbound; NULL if it failed. */
sqlite3_stmt *sqlite_statement(struct store *store, const char *sql);

/* Runs a statement that gives no rows. */
enum store_result sqlite_run(struct store *store, sqlite3_stmt *statement);

/* One row: STORE_OK with the statement on it, STORE_NOT_FOUND, or STORE_FAILED. */
enum store_result sqlite_row(struct store *store, sqlite3_stmt *statement);

/* Removes the files of blobs that have no row. */
void sqlite_sweep_blobs(struct store *store);

/* Notes the database's error in the journal. */
enum store_result sqlite_failed(struct store *store, const char *what);

/*
 * One page of a list. The statements have the record's id as first column and take: ?1 and ?2 as
 * store_page.after or .before and the limit, ?3 what to skip, ?4 and ?5 the list's own scope;
 * edges: whether there are records before ?1, and behind ?2.
 */
struct sqlite_list {
    const char *forward, *backward, *edges;
    int64_t scope[2];
};
enum store_result sqlite_page(struct store *store, const struct sqlite_list *list,
                              const struct store_page *page,
                              void (*take)(void *records, size_t index, sqlite3_stmt *row),
                              void *records, struct store_found *found);

void sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text);
void sqlite_bind_name(sqlite3_stmt *statement, int index, const char *text); /* "" is NULL */
void sqlite_bind_hash(sqlite3_stmt *statement, int index, const uint8_t hash[STORE_HASH]);
void sqlite_bind_hash_if(sqlite3_stmt *statement, int index, bool present,
                         const uint8_t hash[STORE_HASH]);

/* Copies a text column, cut to size; NULL gives "". */
void sqlite_get_text(sqlite3_stmt *statement, int column, char *out, size_t size);

/* Copies a hash column; false if NULL. */
bool sqlite_get_hash(sqlite3_stmt *statement, int column, uint8_t hash[STORE_HASH]);

#endif
