/*
 * The store: everything that survives a restart. Functions here are synchronous and belong to the
 * store thread (store/queue.h), inside a transaction that the queue opens; only store_open() and
 * what main does before the queue starts is called elsewhere.
 *
 * This header is the interface. store/sql_*.c has its SQL, the same for both databases; sqlite.c
 * and postgres.c are what runs it (db.h).
 * Text that comes out is owned by the row that it stands in.
 */
#ifndef CLOUD_STORE_STORE_H
#define CLOUD_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cloud/base/hex.h"

#define STORE_HASH       32
#define STORE_SALT       16
#define STORE_NAME_BYTES 256 /* unique name, UTF-8, without NUL */
#define STORE_MANIFEST   4096
#define STORE_LAYERS     8
#define STORE_PAGE_MAX   1000
#define STORE_KEY_BYTES  400 /* key of a config or secret: 100 characters of UTF-8 */

struct store;

enum store_result {
    STORE_OK = 0,
    STORE_NOT_FOUND,
    STORE_NAME_TAKEN, /* another object of the account has this unique name */
    STORE_IN_USE,     /* the app is some device's target */
    STORE_FAILED,     /* disk or database; the journal has the reason */
};

/* ---- life ---- */

/* All three give NULL after a line in the journal. */
enum store_use {
    STORE_SERVE, /* as the only server; creates the database, or takes it to this version */
    STORE_ADMIN, /* an existing one of this version, to change it beside a running server */
    STORE_READ,  /* the same as it is at this moment, for reading only */
};

/* address "": folder/microvisor.db; else what libpq takes, "postgresql://…" or "host=…". */
struct store *store_open(const char *folder, const char *address, enum store_use use);
void store_close(struct store *store);

/* "sqlite" or "postgresql". */
const char *store_kind(const struct store *store);

/* One durable group of jobs; each job has its own savepoint, so that it alone is undone. */
bool store_group_begin(struct store *store);
bool store_group_commit(struct store *store);
void store_group_abort(struct store *store);
bool store_job_begin(struct store *store);
/* False: nothing of the job is kept, although that was wanted. */
bool store_job_end(struct store *store, bool keep);

/* Whether the store answers; STORE_NOT_FOUND in a new one. */
enum store_result store_check(struct store *store);

/* ---- lists ---- */

/* One page of a list: records whose id is above `after` (or below `before`), in order of id. */
struct store_page {
    int64_t after;  /* 0: from the start */
    int64_t before; /* 0: not used */
    int64_t skip;   /* records to leave out at the start */
    size_t limit;   /* 1 to STORE_PAGE_MAX */
};

/* What a page holds, and whether there are records before and behind it. */
struct store_found {
    size_t count;
    int64_t first_id, last_id; /* 0 if the page is empty */
    bool more_before, more_after;
};

/* ---- accounts: each has its own of everything that follows ---- */

/* What is kept of a token or a secret; see keys/credential.h. */
struct store_credential {
    uint8_t salt[STORE_SALT], hash[STORE_HASH];         /* SHA-256 of salt and text */
    uint8_t old_salt[STORE_SALT], old_hash[STORE_HASH]; /* before the last rotation */
    int64_t old_expires_s;                              /* 0: the old one is worth nothing */
    int64_t date_rotated_s;
};

struct store_account {
    int64_t id;
    char sid[SID_TEXT];
    char name[STORE_NAME_BYTES + 1]; /* for people; empty: none */
    bool suspended;
    struct store_credential token;
    int64_t rate_limit; /* requests a second; 0: no limit; -1: as the server's configuration says */
    int64_t date_created_s;
};

/* Fills in id and dates. */
enum store_result store_account_add(struct store *store, struct store_account *account);
enum store_result store_account_write(struct store *store, const struct store_account *account);
enum store_result store_account_find(struct store *store, const char *sid,
                                     struct store_account *account);
enum store_result store_account_list(struct store *store, const struct store_page *page,
                                     struct store_account *accounts, struct store_found *found);

/* ---- apps ---- */

struct store_app {
    int64_t id, account_id;
    char sid[SID_TEXT];
    char unique_name[STORE_NAME_BYTES + 1]; /* empty: none */
    uint8_t manifest_hash[STORE_HASH];
    int64_t date_created_s, date_updated_s;
};

struct store_blob {
    uint8_t hash[STORE_HASH];
    const uint8_t *bytes;
    size_t size;
};

/* Adds an app to its account (sid and dates are filled in), its manifest and its layers, known ones
 * once. */
enum store_result store_app_add(struct store *store, struct store_app *app,
                                const struct store_blob *manifest, const struct store_blob *layers,
                                size_t layer_count);

/* By SID or unique name, in the account. */
enum store_result store_app_find(struct store *store, int64_t account_id, const char *key,
                                 struct store_app *app);
enum store_result store_app_manifest(struct store *store, const struct store_app *app,
                                     uint8_t manifest[STORE_MANIFEST], size_t *size);
enum store_result store_app_delete(struct store *store, int64_t app_id);

/* Fills apps[page->limit]. */
enum store_result store_app_list(struct store *store, int64_t account_id,
                                 const struct store_page *page, struct store_app *apps,
                                 struct store_found *found);

/* ---- devices ---- */

struct store_device {
    int64_t id, account_id;
    char account_sid[SID_TEXT]; /* filled in */
    bool account_suspended;     /* filled in */
    char sid[SID_TEXT];
    char unique_name[STORE_NAME_BYTES + 1]; /* empty: none */
    bool retired;
    int64_t date_created_s, date_updated_s;

    char target_sid[SID_TEXT]; /* empty: none */
    uint8_t target_hash[STORE_HASH];
    int64_t target_size;       /* of the manifest, bytes */
    int64_t target_generation; /* counts assignments, also of the same app */
    int64_t date_targeted_s;   /* 0: never */

    char reported_sid[SID_TEXT]; /* empty: none, or an app that is not known here */
    bool has_reported_hash;
    uint8_t reported_hash[STORE_HASH];
    int64_t date_reported_s; /* 0: never */

    bool has_update_hash; /* what update_state and update_error are about */
    uint8_t update_hash[STORE_HASH];
    uint32_t update_state, update_error; /* numbers of formats/tunnel.proto */

    int64_t logging_expires_s; /* 0: off */
    bool restart_pending;
    char kernel_version[36];
    int64_t last_seen_s; /* 0: never */
};

/* Adds a device to its account under the SID given in it; other fields but unique_name are preset.
 */
enum store_result store_device_add(struct store *store, struct store_device *device);
/* By SID, in any account. */
enum store_result store_device_find(struct store *store, const char *sid,
                                    struct store_device *device);
/* By SID or unique name, in the account. */
enum store_result store_device_of(struct store *store, int64_t account_id, const char *key,
                                  struct store_device *device);
/* Devices that are not retired; key_id not 0: only those that this API key is limited to. */
enum store_result store_device_list(struct store *store, int64_t account_id, int64_t key_id,
                                    const struct store_page *page, struct store_device *devices,
                                    struct store_found *found);

/* Writes all fields of a device that was read in the same job. */
enum store_result store_device_write(struct store *store, const struct store_device *device);

/* SID of the account's app with that manifest, the target first; empty if there is none. */
enum store_result store_app_sid_by_hash(struct store *store, int64_t account_id,
                                        const char *target_sid, const uint8_t hash[STORE_HASH],
                                        char sid[SID_TEXT]);

/* ---- blobs ---- */

/*
 * Reads up to size bytes of a blob from offset, if the device may have it: manifest or layer of its
 * target or of what it last reported. STORE_NOT_FOUND if not. *total: the blob's size.
 */
enum store_result store_blob_read(struct store *store, const char *device_sid,
                                  const uint8_t hash[STORE_HASH], uint32_t offset, uint8_t *bytes,
                                  size_t size, size_t *got, uint32_t *total);

/* ---- configs and secrets ---- */

enum store_setting_kind { STORE_CONFIG = 0, STORE_SECRET = 1 };

/* One of the lists: configs or secrets of an account (device_id 0) or of one of its devices. */
struct store_settings_of {
    int64_t account_id;
    int64_t device_id;
    enum store_setting_kind kind;
};

struct store_setting {
    int64_t id;
    char key[STORE_KEY_BYTES + 1];
    uint8_t *sealed; /* the value, see keys/vault.h; owned by who holds the record */
    size_t sealed_size;
    int64_t date_updated_s;
};

/* STORE_NAME_TAKEN if the list has that key. Fills in id and date. */
enum store_result store_setting_add(struct store *store, const struct store_settings_of *of,
                                    struct store_setting *setting);
enum store_result store_setting_find(struct store *store, const struct store_settings_of *of,
                                     const char *key, struct store_setting *setting);
/* Writes the value of a setting that was found in the same job. */
enum store_result store_setting_write(struct store *store, struct store_setting *setting);
enum store_result store_setting_delete(struct store *store, int64_t setting_id);
/* All configs and secrets of a device. */
enum store_result store_setting_delete_all(struct store *store, int64_t device_id);
enum store_result store_setting_list(struct store *store, const struct store_settings_of *of,
                                     const struct store_page *page, struct store_setting *settings,
                                     struct store_found *found);
void store_setting_release(struct store_setting *settings, size_t count);

/* Any setting of the whole store, and where it belongs: for a change of the key. */
struct store_sealed {
    int64_t id;
    char account_sid[SID_TEXT], device_sid[SID_TEXT]; /* "": the whole account */
    enum store_setting_kind kind;
    char key[STORE_KEY_BYTES + 1];
    uint8_t *sealed; /* the caller's to free */
    size_t sealed_size;
};

/* The one with the lowest id above after; STORE_NOT_FOUND: there is none. */
enum store_result store_sealed_next(struct store *store, int64_t after,
                                    struct store_sealed *sealed);
/* Writes the sealed bytes alone. */
enum store_result store_sealed_write(struct store *store, const struct store_sealed *sealed);

/* ---- API keys ---- */

enum store_role { STORE_ROLE_READ = 1, STORE_ROLE_OPERATE = 2, STORE_ROLE_ADMIN = 3 };

struct store_key {
    int64_t id, account_id;
    char sid[SID_TEXT];
    char name[STORE_NAME_BYTES + 1]; /* for people, need not be unique; empty: none */
    enum store_role role;
    bool limited; /* to the devices of its list; else the whole account */
    struct store_credential secret;
    int64_t date_created_s, date_updated_s;
};

/* Fills in id, SID and dates. */
enum store_result store_key_add(struct store *store, struct store_key *key);
enum store_result store_key_find(struct store *store, int64_t account_id, const char *sid,
                                 struct store_key *key);
enum store_result store_key_write(struct store *store, const struct store_key *key);
enum store_result store_key_delete(struct store *store, int64_t key_id);
/* account_id 0: of all accounts. */
enum store_result store_key_list(struct store *store, int64_t account_id,
                                 const struct store_page *page, struct store_key *keys,
                                 struct store_found *found);
enum store_result store_key_count(struct store *store, int64_t account_id, size_t *count);

/* The devices that a limited key may see. check: STORE_OK or STORE_NOT_FOUND. */
enum store_result store_key_device_add(struct store *store, int64_t key_id, int64_t device_id);
enum store_result store_key_device_clear(struct store *store, int64_t key_id);
enum store_result store_key_device_check(struct store *store, int64_t key_id, int64_t device_id);
enum store_result store_key_device_list(struct store *store, int64_t key_id, char (*sids)[SID_TEXT],
                                        size_t limit, size_t *count);

/* ---- audit log (keys/audit.h makes the records) ---- */

struct store_audit {
    int64_t account_id;
    int64_t sequence; /* the account's, from 1, without gaps */
    uint64_t time_us;
    char actor[SID_TEXT]; /* account or API key */
    char operation[80];   /* method and path of the route */
    char path[1600];      /* as it came, cut to this size */
    char object[SID_TEXT];
    char parameters[4096]; /* JSON object */
    uint8_t mac[STORE_HASH];
};

enum store_result store_audit_add(struct store *store, const struct store_audit *record);
/* STORE_NOT_FOUND if there is none yet. */
enum store_result store_audit_last(struct store *store, int64_t account_id,
                                   struct store_audit *record);
enum store_result store_audit_list(struct store *store, int64_t account_id,
                                   const struct store_page *page, struct store_audit *records,
                                   struct store_found *found);

/* ---- small facts about the store itself ---- */

enum store_result store_meta_get(struct store *store, const char *name, void *bytes, size_t limit,
                                 size_t *size);
enum store_result store_meta_set(struct store *store, const char *name, const void *bytes,
                                 size_t size);

/* ---- logs ---- */

struct store_log {
    int64_t cursor; /* grows with every record of the store */
    uint64_t time_us;
    uint64_t boot_id;         /* kernel start that device_sequence counts in; 0: none */
    uint32_t device_sequence; /* the device's own count; 0 for the cloud's records */
    char type[20];
    char *text; /* UTF-8; freed by who holds the record */
};

/*
 * Appends and fills in cursors; old records above the device's quota go. A record whose boot_id and
 * device_sequence are there already is left out, and its cursor is 0.
 */
enum store_result store_log_append(struct store *store, int64_t device_id, struct store_log *logs,
                                   size_t count);

/* The oldest records behind a cursor, at most limit. */
enum store_result store_log_read(struct store *store, int64_t device_id, int64_t after,
                                 struct store_log *logs, size_t limit, size_t *count);

/* Cursor such that exactly the newest `limit` records (or all) are behind it. */
enum store_result store_log_tail(struct store *store, int64_t device_id, size_t limit,
                                 int64_t *after);

#endif
