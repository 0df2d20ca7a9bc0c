/*
 * What the files of the store share: SQL that SQLite and PostgreSQL both understand, run through a
 * small table of functions that each of the two implements (sqlite.c, postgres.c).
 *
 * Statements are written once, with parameters ?1, ?2, …; integers are 64 bits wide, truth is 0 or
 * 1, bytes are bytes. A statement is prepared once for a connection and found by the address of
 * its literal.
 */
#ifndef CLOUD_STORE_DB_H
#define CLOUD_STORE_DB_H

#include "cloud/store/store.h"

#define DB_STATEMENTS 192
#define DB_PARAMETERS 32

enum db_type { DB_NULL, DB_INTEGER, DB_TEXT, DB_BYTES };

/* A parameter or a column. bytes live until the statement's next step or reset. */
struct db_value {
    enum db_type type;
    int64_t number;
    const void *bytes;
    size_t size;
};

enum db_step { DB_ROW, DB_DONE, DB_NOT_UNIQUE, DB_FAILED };

/* Each implementation's statement begins with this. */
struct db_statement {
    struct store *store;
    const char *sql;
};

struct db_ops {
    const char *name;
    void (*close)(struct store *store);
    /* SQL without parameters and rows, one or more statements. */
    bool (*execute)(struct store *store, const char *sql);
    struct db_statement *(*prepare)(struct store *store, const char *sql);
    void (*finalize)(struct db_statement *statement);
    void (*reset)(struct db_statement *statement); /* result and parameters */
    void (*bind)(struct db_statement *statement, int index, const struct db_value *value);
    enum db_step (*step)(struct db_statement *statement);
    int (*columns)(const struct db_statement *statement);
    struct db_value (*column)(const struct db_statement *statement, int column);
    bool (*begin)(struct store *store);
    void (*abort)(struct store *store);
    /* False: an earlier statement of the job failed, nothing of it can be kept. */
    bool (*job_end)(struct store *store, bool keep);
    /* Blobs beside their rows in table blob. */
    enum store_result (*blob_add)(struct store *store, const struct store_blob *blob);
    enum store_result (*blob_read)(struct store *store, const uint8_t hash[STORE_HASH],
                                   uint32_t offset, uint8_t *bytes, size_t size, size_t *got,
                                   uint32_t *total);
    void (*blobs_swept)(struct store *store); /* rows went, and that is durable */
};

struct store {
    const struct db_ops *ops;
    bool blobs_removed; /* rows went in this group; what lies beside them follows the commit */
    struct db_statement *cache[DB_STATEMENTS];
};

/* ---- statements ---- */

/* The statement for an SQL literal, reset; NULL after a journal line. */
struct db_statement *db_statement(struct store *store, const char *sql);

/* Runs a statement that gives no rows. */
enum store_result db_run(struct db_statement *statement);

/* One row: STORE_OK with the statement on it, STORE_NOT_FOUND, STORE_NAME_TAKEN or STORE_FAILED. */
enum store_result db_row(struct db_statement *statement);

/* Runs a statement with RETURNING id. STORE_NOT_FOUND: nothing was written. */
enum store_result db_insert(struct db_statement *statement, int64_t *id);

/* Only whether there is a row. */
enum store_result db_exists(struct db_statement *statement);

void db_reset(struct db_statement *statement);
enum store_result db_failed(const char *what, const char *error);

/* ---- parameters ---- */

void db_bind_integer(struct db_statement *statement, int index, int64_t number);
void db_bind_text(struct db_statement *statement, int index, const char *text);
void db_bind_name(struct db_statement *statement, int index, const char *text); /* "" is NULL */
void db_bind_bytes(struct db_statement *statement, int index, const void *bytes, size_t size);
void db_bind_hash(struct db_statement *statement, int index, const uint8_t hash[STORE_HASH]);
void db_bind_hash_if(struct db_statement *statement, int index, bool present,
                     const uint8_t hash[STORE_HASH]);

/* ---- columns ---- */

int64_t db_integer(const struct db_statement *statement, int column); /* NULL is 0 */
/* Copies text, cut to size; NULL gives "". */
void db_get_text(const struct db_statement *statement, int column, char *out, size_t size);
/* Copies exactly size bytes; false (and zeros) if the column has not that many. */
bool db_get_exactly(const struct db_statement *statement, int column, void *out, size_t size);
bool db_get_hash(const struct db_statement *statement, int column, uint8_t hash[STORE_HASH]);

/* Salt, hash, old salt, old hash and when that expires: five columns one after the other. */
void db_bind_credential(struct db_statement *statement, int index,
                        const struct store_credential *credential);
void db_get_credential(const struct db_statement *statement, int column,
                       struct store_credential *credential);

/*
 * One page of a list. The statements have the record's id as first column and take: ?1 and ?2 as
 * store_page.after or .before and the limit, ?3 what to skip, from ?4 on the list's own scope;
 * edges: whether there are records before ?1, and behind ?2.
 */
#define DB_SCOPE 3
struct db_list {
    const char *forward, *backward, *edges;
    int64_t scope[DB_SCOPE];
};
enum store_result db_page(struct store *store, const struct db_list *list,
                          const struct store_page *page,
                          void (*take)(void *records, size_t index, struct db_statement *row),
                          void *records, struct store_found *found);

/* ---- implementations ---- */

struct store *sqlite_open(const char *folder, const char *file, enum store_use use);

/* Copies the whole database, as it is at this moment, to a new file; nobody is held up. */
bool sqlite_copy_file(struct store *store, const char *path);

struct store *postgres_open(const char *address, enum store_use use);

/* Takes the schema to this program's version; may_change false: only checks it. */
bool schema_prepare(struct store *store, const char *const *steps, int count, bool may_change,
                    int (*version)(struct store *store),
                    bool (*set_version)(struct store *store, int version));
extern const char *const schema_sqlite[], *const schema_postgres[];
extern const int schema_sqlite_count, schema_postgres_count;

#endif
