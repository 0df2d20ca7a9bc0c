/*
 * Backup and restore. A backup is one zip file of mode 0600: the database as SQLite (also if the
 * store is PostgreSQL), the blobs, and the keys of the state folder. It opens everything that the
 * server protects: keep it like the state folder itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>
#include <openssl/evp.h>
#include <zip.h>

#include "cloud/base/clock.h"
#include "cloud/base/files.h"
#include "cloud/base/hex.h"
#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/main/commands.h"
#include "cloud/store/copy.h"

#define FORMAT      1
#define ABOUT       "backup.json"
#define VAULT_NAME  "vault.key"
#define FILE_MAX    (256 * 1024)
#define BLOB_MAX    (64u * 1024 * 1024)
#define ATTEMPTS    5
#define BLOB_MEMBER (6 + 2 * STORE_HASH + 1) /* "blobs/", hash, NUL */

/* Small files of the state folder that a server needs to be the same server again. The last one
 * marks a folder that is in use. */
static const char *const state_files[] = {
    "ca.key.pem",   "ca.cert.pem",  "gateway.key.pem",          "gateway.cert.pem",
    "api.key.pem",  "api.cert.pem", "manifest-signing.key.pem", "ports.json",
    "account.json",
};
#define STATE_FILES (sizeof state_files / sizeof state_files[0])

static bool complain(const char *what, const char *detail)
{
    journal(JOURNAL_ERROR, "main", what, "detail", detail);
    return false;
}

static void member_of(char out[BLOB_MEMBER], const uint8_t hash[STORE_HASH])
{
    snprintf(out, BLOB_MEMBER, "blobs/");
    hex_text(out + 6, hash, STORE_HASH);
}

/* A new folder beside the file or state folder that is made, on the same disk. */
static bool make_temporary(const char *beside, char out[OPTIONS_PATH])
{
    int length = snprintf(out, OPTIONS_PATH, "%s.XXXXXX", beside);
    if (length < OPTIONS_PATH && mkdtemp(out))
        return true;
    return complain("cannot create a temporary folder", beside);
}

static void remove_temporary(const char *folder)
{
    static const char *const names[] = {"microvisor.db", "microvisor.db-wal", "microvisor.db-shm",
                                        "microvisor.db-journal", "blobs"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[OPTIONS_PATH + 32];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        remove(path);
    }
    rmdir(folder);
}

/* ---- backup ---- */

struct backup {
    const struct options *options;
    zip_t *zip;
    struct store *store;
};

/* Takes the bytes over. */
static bool add_bytes(zip_t *zip, const char *name, void *bytes, size_t size)
{
    zip_source_t *source = zip_source_buffer(zip, bytes, size, 1);
    zip_int64_t index = source ? zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (index >= 0)
        return zip_file_set_external_attributes(zip, (zip_uint64_t)index, 0, ZIP_OPSYS_UNIX,
                                                (zip_uint32_t)(S_IFREG | 0600) << 16) == 0;
    if (source)
        zip_source_free(source);
    else
        free(bytes);
    return complain("cannot add to the backup", name);
}

static bool add_state_files(struct backup *backup)
{
    size_t size;
    const struct options *options = backup->options;
    for (size_t i = 0; i < STATE_FILES; i++) {
        char *bytes = files_read(options->state, state_files[i], FILE_MAX, &size);
        if (bytes && !add_bytes(backup->zip, state_files[i], bytes, size))
            return false;
    }
    char *key = options->vault_key[0] != '\0'
                    ? files_read_path(options->vault_key, FILE_MAX, &size)
                    : files_read(options->state, VAULT_NAME, FILE_MAX, &size);
    return key ? add_bytes(backup->zip, VAULT_NAME, key, size)
               : complain("cannot read the vault key", options->vault_key);
}

static bool add_about(struct backup *backup)
{
    char created[CLOCK_TEXT_S];
    clock_text_s(created, clock_unix_s());
    json_t *about = json_pack("{s:i, s:s, s:s, s:s}", "format", FORMAT, "version", MV_VERSION,
                              "store", store_kind(backup->store), "created", created);
    char *text = json_dumps(about, JSON_COMPACT);
    json_decref(about);
    return text && add_bytes(backup->zip, ABOUT, text, strlen(text));
}

/* Into memory one after another only while the zip is written would be better still; blobs are at
 * most some hundred KB each. */
static bool add_blob(void *context, const uint8_t hash[STORE_HASH], size_t size)
{
    struct backup *backup = context;
    char member[BLOB_MEMBER];
    member_of(member, hash);
    uint8_t *bytes = store_blob_whole(backup->store, hash, size);
    return bytes && add_bytes(backup->zip, member, bytes, size);
}

/* The database first: every blob that it names is there, unless an App was deleted meanwhile. */
static bool fill_zip(struct backup *backup, const char *temporary)
{
    char path[OPTIONS_PATH + 32];
    if (!store_copy_out(backup->store, temporary))
        return false;
    snprintf(path, sizeof path, "%s/microvisor.db", temporary);
    zip_source_t *source = zip_source_file(backup->zip, path, 0, -1);
    if (!source || zip_file_add(backup->zip, "microvisor.db", source, 0) < 0)
        return complain("cannot add the database", path);
    return add_about(backup) && add_state_files(backup) &&
           store_each_blob(backup->store, add_blob, backup);
}

static bool flush_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool flushed = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return flushed;
}

static bool write_once(const struct options *options, const char *temporary, const char *path)
{
    struct backup backup = {.options = options};
    int error = 0;
    bool written = false;
    remove(path);
    backup.store = store_open(options->state, options->store, STORE_READ);
    backup.zip = backup.store ? zip_open(path, ZIP_CREATE | ZIP_EXCL, &error) : NULL;
    if (backup.zip && fill_zip(&backup, temporary))
        written = zip_close(backup.zip) == 0 ||
                  complain("cannot write the backup", zip_strerror(backup.zip));
    if (backup.zip && !written)
        zip_discard(backup.zip);
    if (backup.store)
        store_close(backup.store);
    return written && chmod(path, 0600) == 0 && flush_file(path);
}

bool backup_write(const struct options *options)
{
    char temporary[OPTIONS_PATH], path[OPTIONS_PATH + 8];
    bool written = false;
    if (options->to[0] == '\0')
        return complain("backup needs --to FILE", "");
    if (!make_temporary(options->to, temporary))
        return false;
    snprintf(path, sizeof path, "%s.new", options->to);
    for (int i = 0; i < ATTEMPTS && !written; i++) {
        written = write_once(options, temporary, path);
        remove_temporary(temporary);
        if (!written && i + 1 < ATTEMPTS && mkdir(temporary, 0700) != 0)
            break;
    }
    rmdir(temporary);
    if (written && rename(path, options->to) != 0)
        written = complain("cannot rename the backup", strerror(errno));
    if (!written)
        remove(path);
    return written;
}

/* ---- restore ---- */

/* Bytes with a NUL behind them that the caller frees; NULL if there is no such member. */
static char *read_member(zip_t *zip, const char *name, size_t limit, size_t *size)
{
    zip_stat_t status;
    if (zip_stat(zip, name, 0, &status) != 0 || status.size > limit)
        return NULL;
    zip_file_t *file = zip_fopen(zip, name, 0);
    char *bytes = memory_new((size_t)status.size + 1);
    bool whole = file && zip_fread(file, bytes, status.size) == (zip_int64_t)status.size;
    if (file)
        zip_fclose(file);
    *size = (size_t)status.size;
    if (whole)
        return bytes;
    free(bytes);
    return NULL;
}

static bool about_is_known(zip_t *zip)
{
    size_t size;
    char *text = read_member(zip, ABOUT, FILE_MAX, &size);
    json_t *about = text ? json_loadb(text, size, 0, NULL) : NULL;
    bool known = json_integer_value(json_object_get(about, "format")) == FORMAT;
    json_decref(about);
    free(text);
    if (!known)
        return complain("this is no backup that this version understands", ABOUT);
    return zip_name_locate(zip, VAULT_NAME, 0) >= 0 || complain("the backup lacks", VAULT_NAME);
}

static bool extract_to(zip_t *zip, const char *member, const char *folder, const char *name)
{
    size_t size;
    char *bytes = read_member(zip, member, SIZE_MAX / 2, &size);
    bool written = bytes && files_write(folder, name, bytes, size, 0600);
    free(bytes);
    return written;
}

static bool restore_files(zip_t *zip, const char *folder)
{
    if (!extract_to(zip, VAULT_NAME, folder, VAULT_NAME))
        return complain("cannot restore", VAULT_NAME);
    for (size_t i = 0; i < STATE_FILES; i++) {
        if (zip_name_locate(zip, state_files[i], 0) >= 0 &&
            !extract_to(zip, state_files[i], folder, state_files[i]))
            return complain("cannot restore", state_files[i]);
    }
    return true;
}

/* For store_copy_in(): a blob must be what its name says. */
static uint8_t *read_blob(void *context, const uint8_t hash[STORE_HASH], size_t size)
{
    char member[BLOB_MEMBER];
    uint8_t found[STORE_HASH];
    size_t got = 0;
    member_of(member, hash);
    char *bytes = read_member(context, member, BLOB_MAX, &got);
    if (bytes && got == size && EVP_Digest(bytes, got, found, NULL, EVP_sha256(), NULL) == 1 &&
        memcmp(found, hash, STORE_HASH) == 0)
        return (uint8_t *)bytes;
    free(bytes);
    complain("a blob of the backup is missing or damaged", member);
    return NULL;
}

static bool restore_store(const struct options *options, zip_t *zip, const char *temporary)
{
    const struct store_blob_source source = {read_blob, zip};
    if (!extract_to(zip, "microvisor.db", temporary, "microvisor.db"))
        return complain("cannot restore", "microvisor.db");
    struct store *store = store_open(options->state, options->store, STORE_SERVE);
    bool restored = store && (store_check(store) == STORE_NOT_FOUND ||
                              complain("the database is not empty", store_kind(store)));
    restored = restored && store_copy_in(store, temporary, &source);
    if (store)
        store_close(store);
    return restored;
}

bool backup_restore(const struct options *options)
{
    char temporary[OPTIONS_PATH];
    int error = 0;
    size_t size;
    if (options->from[0] == '\0')
        return complain("restore needs --from FILE", "");
    char *there = NULL;
    if (!files_make_folder(options->state) ||
        (there = files_read(options->state, "account.json", FILE_MAX, &size))) {
        free(there);
        return complain("restore wants a new state folder", options->state);
    }
    zip_t *zip = zip_open(options->from, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    if (!zip)
        return complain("cannot read the backup", options->from);
    bool restored = about_is_known(zip) && make_temporary(options->state, temporary);
    if (restored) {
        restored = restore_store(options, zip, temporary) && restore_files(zip, options->state);
        remove_temporary(temporary);
    }
    zip_discard(zip);
    return restored;
}
