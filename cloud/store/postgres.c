/*
 * PostgreSQL behind db.h, with libpq. The store thread waits for the server, nobody else does; a
 * lost connection fails the jobs of its group and is made again for the next. Blobs are rows.
 *
 * A session lock keeps a second microvisord off the database. It also makes a new server wait until
 * the database has finished what a killed one had asked for.
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/store/db.h"

/* Types as the protocol numbers them. */
#define OID_BOOL  16
#define OID_BYTEA 17
#define OID_INT8  20
#define OID_INT4  23
#define OID_TEXT  25

#define SERVER_LOCK  "7165937061"
#define WRITER_LOCK  "7165937062"
#define NOT_UNIQUE   "23505"
#define RETRY_LIMIT  1 /* connections tried for one group of jobs */
#define INTEGER_TEXT 24

struct postgres {
    struct store store;
    PGconn *connection;
    char *address;
    enum store_use use;
    unsigned serial;  /* of the next statement's name */
    unsigned session; /* counts connections; statements belong to one */
};

struct parameter {
    enum db_type type;
    Oid oid;
    char *bytes;
    int size;
};

struct postgres_statement {
    struct db_statement base;
    char *sql; /* with $1 in place of ?1 */
    char name[16];
    unsigned session; /* in which it is prepared; 0: none */
    int count;        /* highest parameter that occurs */
    struct parameter parameters[DB_PARAMETERS];
    PGresult *result; /* NULL: not executed */
    int row;
};

static struct postgres *of_store(struct store *store)
{
    return (struct postgres *)store;
}

static struct postgres_statement *of(const struct db_statement *statement)
{
    return (struct postgres_statement *)(uintptr_t)statement;
}

static enum store_result failed(struct postgres *postgres, const char *what)
{
    char text[300];
    snprintf(text, sizeof text, "%s", PQerrorMessage(postgres->connection));
    text[strcspn(text, "\n")] = '\0';
    return db_failed(what, text);
}

static bool postgres_execute(struct store *store, const char *sql)
{
    struct postgres *postgres = of_store(store);
    PGresult *result = PQexec(postgres->connection, sql);
    ExecStatusType status = PQresultStatus(result);
    /* A COMMIT of a failed transaction is answered with success, but rolls back. */
    bool undone = strcmp(sql, "COMMIT") == 0 && strcmp(PQcmdStatus(result), "COMMIT") != 0;
    PQclear(result);
    if ((status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) && !undone)
        return PQtransactionStatus(postgres->connection) != PQTRANS_INERROR;
    if (undone && status == PGRES_COMMAND_OK)
        db_failed("commit", "the transaction had failed and was rolled back");
    else
        failed(postgres, "execute");
    return false;
}

/* ---- connection ---- */

static void on_notice(void *context, const PGresult *result)
{
    char text[300];
    (void)context;
    snprintf(text, sizeof text, "%s", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    journal(JOURNAL_DEBUG, "store", "database notice", "message", text);
}

static bool prepare_session(struct postgres *postgres)
{
    struct store *store = &postgres->store;
    PQsetNoticeReceiver(postgres->connection, on_notice, NULL);
    postgres->session++;
    if (!postgres_execute(store, "SET synchronous_commit = on; SET lock_timeout = '5s';"
                                 "SET idle_in_transaction_session_timeout = 0"))
        return false;
    if (postgres->use == STORE_READ)
        return postgres_execute(store, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    if (postgres->use != STORE_SERVE ||
        postgres_execute(store, "SELECT pg_advisory_lock(" SERVER_LOCK ")"))
        return true;
    journal(JOURNAL_ERROR, "store", "another microvisord uses this database");
    return false;
}

static bool connect_to(struct postgres *postgres)
{
    const char *const names[] = {"dbname", "client_encoding", "application_name", "connect_timeout",
                                 NULL};
    const char *const values[] = {postgres->address, "UTF8", "microvisord", "10", NULL};
    PQfinish(postgres->connection);
    postgres->connection = PQconnectdbParams(names, values, 1);
    if (PQstatus(postgres->connection) == CONNECTION_OK && prepare_session(postgres))
        return true;
    failed(postgres, "connect");
    return false;
}

/* A new group: on a connection that was lost meanwhile, once more on a new one. The writer lock
 * keeps an administrator's command from writing between our reading and writing. */
static bool postgres_begin(struct store *store)
{
    static const char begin[] = "BEGIN; SELECT pg_advisory_xact_lock(" WRITER_LOCK ")";
    struct postgres *postgres = of_store(store);
    if (PQstatus(postgres->connection) == CONNECTION_OK && postgres_execute(store, begin))
        return true;
    for (int i = 0; i < RETRY_LIMIT && PQstatus(postgres->connection) != CONNECTION_OK; i++) {
        journal(JOURNAL_WARNING, "store", "the connection to the database is lost; connecting");
        if (connect_to(postgres))
            return postgres_execute(store, begin);
    }
    return false;
}

static void postgres_abort(struct store *store)
{
    struct postgres *postgres = of_store(store);
    PGTransactionStatusType status = PQtransactionStatus(postgres->connection);
    if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR)
        PQclear(PQexec(postgres->connection, "ROLLBACK"));
}

/* After an error the database takes nothing but a rollback, so the job is lost even if it went on.
 */
static bool postgres_job_end(struct store *store, bool keep)
{
    bool broken = PQtransactionStatus(of_store(store)->connection) == PQTRANS_INERROR;
    bool kept = keep && !broken;
    bool ended = postgres_execute(store, kept ? "RELEASE job" : "ROLLBACK TO job; RELEASE job");
    return ended && (kept || !keep);
}

static void postgres_close(struct store *store)
{
    struct postgres *postgres = of_store(store);
    PQfinish(postgres->connection);
    free(postgres->address);
    free(postgres);
}

/* ---- statements ---- */

/* A '?' stands only before a parameter's number: none of our literals has one. */
static struct db_statement *postgres_prepare(struct store *store, const char *sql)
{
    struct postgres_statement *made = memory_new(sizeof *made);
    made->base = (struct db_statement){.store = store, .sql = sql};
    made->sql = memory_copy(sql, strlen(sql));
    for (char *at = strchr(made->sql, '?'); at; at = strchr(at, '?')) {
        int number = atoi(at + 1);
        *at = '$';
        if (number > made->count)
            made->count = number;
    }
    if (made->count > DB_PARAMETERS)
        abort(); /* a statement of ours */
    snprintf(made->name, sizeof made->name, "s%u", of_store(store)->serial++);
    return &made->base;
}

static void forget_parameter(struct parameter *parameter)
{
    free(parameter->bytes);
    memset(parameter, 0, sizeof *parameter);
}

static void postgres_reset(struct db_statement *statement)
{
    struct postgres_statement *own = of(statement);
    PQclear(own->result);
    own->result = NULL;
    for (int i = 0; i < own->count; i++)
        forget_parameter(&own->parameters[i]);
}

static void postgres_finalize(struct db_statement *statement)
{
    postgres_reset(statement);
    free(of(statement)->sql);
    free(statement);
}

static void postgres_bind(struct db_statement *statement, int index, const struct db_value *value)
{
    struct postgres_statement *own = of(statement);
    if (index > own->count)
        return;
    struct parameter *parameter = &own->parameters[index - 1];
    forget_parameter(parameter);
    parameter->type = value->type;
    if (value->type == DB_INTEGER) {
        uint64_t big = htobe64((uint64_t)value->number);
        parameter->oid = OID_INT8;
        parameter->size = sizeof big;
        parameter->bytes = memory_copy(&big, sizeof big);
    } else if (value->type != DB_NULL) {
        parameter->oid = value->type == DB_TEXT ? OID_TEXT : OID_BYTEA;
        parameter->size = (int)value->size;
        parameter->bytes = memory_copy(value->size > 0 ? value->bytes : "", value->size);
    }
}

/* Prepared with the types of its first use, which never change; a NULL's type follows from where
 * it stands. */
static bool prepared(struct postgres_statement *own)
{
    struct postgres *postgres = of_store(own->base.store);
    Oid types[DB_PARAMETERS];
    if (own->session == postgres->session)
        return true;
    for (int i = 0; i < own->count; i++)
        types[i] = own->parameters[i].oid;
    PGresult *result = PQprepare(postgres->connection, own->name, own->sql, own->count, types);
    bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    own->session = good ? postgres->session : 0;
    return good;
}

static PGresult *execute(struct postgres_statement *own)
{
    const char *values[DB_PARAMETERS];
    int sizes[DB_PARAMETERS], formats[DB_PARAMETERS];
    for (int i = 0; i < own->count; i++) {
        values[i] = own->parameters[i].bytes;
        sizes[i] = own->parameters[i].size;
        formats[i] = 1;
    }
    if (!prepared(own))
        return NULL;
    return PQexecPrepared(of_store(own->base.store)->connection, own->name, own->count, values,
                          sizes, formats, 1);
}

static enum db_step postgres_step(struct db_statement *statement)
{
    struct postgres_statement *own = of(statement);
    if (own->result)
        return ++own->row < PQntuples(own->result) ? DB_ROW : DB_DONE;
    own->result = execute(own);
    own->row = 0;
    ExecStatusType status = PQresultStatus(own->result);
    if (status == PGRES_COMMAND_OK)
        return DB_DONE;
    if (status == PGRES_TUPLES_OK)
        return PQntuples(own->result) > 0 ? DB_ROW : DB_DONE;
    const char *state = own->result ? PQresultErrorField(own->result, PG_DIAG_SQLSTATE) : NULL;
    if (state && strcmp(state, NOT_UNIQUE) == 0)
        return DB_NOT_UNIQUE;
    failed(of_store(statement->store), statement->sql);
    return DB_FAILED;
}

static int postgres_columns(const struct db_statement *statement)
{
    return PQnfields(of(statement)->result);
}

static int64_t number_of(const char *bytes, Oid type)
{
    uint64_t big;
    uint32_t small;
    if (type == OID_BOOL)
        return bytes[0] != 0;
    if (type == OID_INT4) {
        memcpy(&small, bytes, sizeof small);
        return (int32_t)be32toh(small);
    }
    memcpy(&big, bytes, sizeof big);
    return (int64_t)be64toh(big);
}

static struct db_value postgres_column(const struct db_statement *statement, int column)
{
    const struct postgres_statement *own = of(statement);
    struct db_value value = {.type = DB_NULL};
    if (PQgetisnull(own->result, own->row, column))
        return value;
    Oid type = PQftype(own->result, column);
    value.bytes = PQgetvalue(own->result, own->row, column);
    value.size = (size_t)PQgetlength(own->result, own->row, column);
    if (type == OID_BOOL || type == OID_INT4 || type == OID_INT8) {
        value.type = DB_INTEGER;
        value.number = number_of(value.bytes, type);
        value.bytes = NULL;
        value.size = 0;
    } else {
        value.type = type == OID_BYTEA ? DB_BYTES : DB_TEXT;
    }
    return value;
}

/* ---- blobs ---- */

static enum store_result postgres_blob_add(struct store *store, const struct store_blob *blob)
{
    struct db_statement *statement =
        db_statement(store, "INSERT INTO blob(hash, size, bytes) VALUES(?1, ?2, ?3)"
                            " ON CONFLICT(hash) DO NOTHING");
    if (!statement)
        return STORE_FAILED;
    db_bind_hash(statement, 1, blob->hash);
    db_bind_integer(statement, 2, (int64_t)blob->size);
    db_bind_bytes(statement, 3, blob->bytes, blob->size);
    return db_run(statement);
}

static enum store_result postgres_blob_read(struct store *store, const uint8_t hash[STORE_HASH],
                                            uint32_t offset, uint8_t *bytes, size_t size,
                                            size_t *got, uint32_t *total)
{
    struct db_statement *statement = db_statement(
        store, "SELECT size, substring(bytes FROM CAST(?2 AS INTEGER) FOR CAST(?3 AS INTEGER))"
               " FROM blob WHERE hash = ?1");
    *got = 0;
    if (!statement || offset >= INT32_MAX || size > INT32_MAX)
        return STORE_FAILED;
    db_bind_hash(statement, 1, hash);
    db_bind_integer(statement, 2, (int64_t)offset + 1);
    db_bind_integer(statement, 3, (int64_t)size);
    if (db_row(statement) != STORE_OK)
        return STORE_FAILED; /* callers have seen the row */
    *total = (uint32_t)db_integer(statement, 0);
    struct db_value value = postgres_column(statement, 1);
    *got = value.size < size ? value.size : size;
    if (*got > 0)
        memcpy(bytes, value.bytes, *got);
    db_reset(statement);
    return STORE_OK;
}

static void postgres_blobs_swept(struct store *store)
{
    (void)store; /* nothing lies beside the rows */
}

static const struct db_ops ops = {
    .name = "postgresql",
    .close = postgres_close,
    .execute = postgres_execute,
    .prepare = postgres_prepare,
    .finalize = postgres_finalize,
    .reset = postgres_reset,
    .bind = postgres_bind,
    .step = postgres_step,
    .columns = postgres_columns,
    .column = postgres_column,
    .begin = postgres_begin,
    .abort = postgres_abort,
    .job_end = postgres_job_end,
    .blob_add = postgres_blob_add,
    .blob_read = postgres_blob_read,
    .blobs_swept = postgres_blobs_swept,
};

/* ---- opening ---- */

static int schema_version(struct store *store)
{
    struct db_statement *there =
        db_statement(store, "SELECT 1 FROM information_schema.tables"
                            " WHERE table_schema = current_schema() AND table_name = 'schema'");
    enum store_result result = there ? db_exists(there) : STORE_FAILED;
    if (result != STORE_OK)
        return result == STORE_NOT_FOUND ? 0 : -1;
    struct db_statement *statement = db_statement(store, "SELECT version FROM schema");
    if (!statement || db_row(statement) != STORE_OK)
        return -1;
    int version = (int)db_integer(statement, 0);
    db_reset(statement);
    return version;
}

static bool set_schema_version(struct store *store, int version)
{
    struct db_statement *statement = db_statement(store, "UPDATE schema SET version = ?1");
    if (!statement)
        return false;
    db_bind_integer(statement, 1, version);
    return db_run(statement) == STORE_OK;
}

struct store *postgres_open(const char *address, enum store_use use)
{
    struct postgres *postgres = memory_new(sizeof *postgres);
    postgres->store.ops = &ops;
    postgres->address = memory_copy(address, strlen(address));
    postgres->use = use;
    if (connect_to(postgres) &&
        schema_prepare(&postgres->store, schema_postgres, schema_postgres_count, use == STORE_SERVE,
                       schema_version, set_schema_version))
        return &postgres->store;
    store_close(&postgres->store);
    return NULL;
}
