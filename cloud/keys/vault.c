/* Encryption at rest: see vault.h. */
#include "cloud/keys/vault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "cloud/base/files.h"
#include "cloud/base/journal.h"
#include "cloud/base/memory.h"

#define VERSION     1
#define NONCE_BYTES 12
#define TAG_BYTES   16
#define MARK_NAME   "vault key"
#define PATH_BYTES  4096
/* account, device, kind and key, each with a NUL */
#define PLACE_MAX (2 * SID_TEXT + 8 + STORE_KEY_BYTES + 1)

#define HEX       (2u * VAULT_KEY)
#define NEXT_NAME ".new" /* behind the name: a key that a rotation is about to put in force */

struct masters {
    uint8_t seal[VAULT_KEY], audit[VAULT_KEY];
};

/* ---- the key file ---- */

static bool derive(const uint8_t master[VAULT_KEY], const char *label, uint8_t out[VAULT_KEY])
{
    unsigned size = VAULT_KEY;
    return HMAC(EVP_sha256(), master, VAULT_KEY, (const unsigned char *)label, strlen(label), out,
                &size) != NULL;
}

static bool parse_hex(const char *text, uint8_t out[VAULT_KEY])
{
    if (strspn(text, "0123456789abcdefABCDEF") != HEX)
        return false;
    for (size_t i = 0; i < VAULT_KEY; i++) {
        char byte[3] = {text[2 * i], text[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
    return true;
}

/* One line, or two once the key was rotated: the audit log stays under the first key. */
static bool parse_keys(const char *text, struct masters *masters)
{
    if (!parse_hex(text, masters->seal))
        return false;
    text += HEX;
    text += strspn(text, "\r\n");
    if (*text == '\0') {
        memcpy(masters->audit, masters->seal, VAULT_KEY);
        return true;
    }
    return parse_hex(text, masters->audit) && strspn(text + HEX, "\r\n") == strlen(text + HEX);
}

static bool complain(const char *what, const char *folder, const char *name)
{
    journal(JOURNAL_ERROR, "keys", what, "folder", folder, "file", name);
    return false;
}

/* Others must not be able to read the key. */
static bool private_file(const char *folder, const char *name)
{
    char path[PATH_BYTES + 64];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &status) == 0 && (status.st_mode & 077) == 0;
}

static bool write_keys(const char *folder, const char *name, const struct masters *masters)
{
    char text[2 * (HEX + 1) + 1];
    hex_text(text, masters->seal, VAULT_KEY);
    text[HEX] = '\n';
    hex_text(text + HEX + 1, masters->audit, VAULT_KEY);
    text[2 * HEX + 1] = '\n';
    bool one = CRYPTO_memcmp(masters->seal, masters->audit, VAULT_KEY) == 0;
    bool written = files_write(folder, name, text, one ? HEX + 1 : sizeof text - 1, 0600);
    OPENSSL_cleanse(text, sizeof text);
    return written || complain("cannot write the vault key", folder, name);
}

static bool load_keys(const char *folder, const char *name, bool may_create,
                      struct masters *masters)
{
    size_t size;
    char *text = files_read(folder, name, 256, &size);
    if (!text && errno == ENOENT && may_create) {
        random_fill(masters->seal, VAULT_KEY);
        memcpy(masters->audit, masters->seal, VAULT_KEY);
        return write_keys(folder, name, masters);
    }
    if (!text)
        return complain("the vault key is missing; sealed values cannot be read without it", folder,
                        name);
    bool good = parse_keys(text, masters);
    OPENSSL_cleanse(text, size);
    free(text);
    if (!good)
        return complain("the vault key is not 64 hex digits", folder, name);
    return private_file(folder, name) ||
           complain("the vault key can be read by others; run chmod 600", folder, name);
}

static bool make_mark(const struct masters *masters, uint8_t mark[VAULT_KEY])
{
    return derive(masters->seal, "microvisor vault mark", mark);
}

/* Whether the database's mark is this key's; the first key of a database leaves its mark. */
static bool settle_mark(struct store *store, const struct masters *masters)
{
    uint8_t mark[VAULT_KEY], known[VAULT_KEY];
    size_t size = 0;
    if (!make_mark(masters, mark))
        return false;
    enum store_result result = store_meta_get(store, MARK_NAME, known, sizeof known, &size);
    if (result == STORE_NOT_FOUND)
        return store_meta_set(store, MARK_NAME, mark, sizeof mark) == STORE_OK;
    return result == STORE_OK && size == sizeof mark && CRYPTO_memcmp(mark, known, size) == 0;
}

/* Where the key lies: a folder and a name. */
struct key_place {
    char folder[PATH_BYTES];
    const char *name;
};

static struct key_place find_key(const char *folder, const char *path)
{
    struct key_place place = {.name = "vault.key"};
    const char *slash = strrchr(path, '/');
    snprintf(place.folder, sizeof place.folder, "%s", folder);
    if (path[0] != '\0') {
        place.name = slash ? slash + 1 : path;
        snprintf(place.folder, sizeof place.folder, "%.*s", slash ? (int)(slash - path) : 1,
                 slash ? path : ".");
    }
    return place;
}

static void next_name(const struct key_place *place, char out[PATH_BYTES])
{
    snprintf(out, PATH_BYTES, "%s" NEXT_NAME, place->name);
}

/* The new file takes the place of the old one. */
static bool put_in_force(const struct key_place *place)
{
    char from[2 * PATH_BYTES], to[2 * PATH_BYTES];
    snprintf(from, sizeof from, "%s/%s" NEXT_NAME, place->folder, place->name);
    snprintf(to, sizeof to, "%s/%s", place->folder, place->name);
    return rename(from, to) == 0 ||
           complain("cannot rename the new vault key", place->folder, place->name);
}

/* A rotation that was cut off between the database and the key file is brought to its end. */
static bool finish_rotation(struct store *store, const struct key_place *place,
                            struct masters *masters)
{
    char name[PATH_BYTES], path[2 * PATH_BYTES];
    next_name(place, name);
    snprintf(path, sizeof path, "%s/%s", place->folder, name);
    return access(path, F_OK) == 0 && load_keys(place->folder, name, false, masters) &&
           settle_mark(store, masters) && put_in_force(place);
}

static bool open_masters(struct masters *masters, struct store *store,
                         const struct key_place *place, bool may_create)
{
    if (!load_keys(place->folder, place->name, may_create, masters))
        return false;
    if (settle_mark(store, masters) || finish_rotation(store, place, masters))
        return true;
    journal(JOURNAL_ERROR, "keys", "the vault key is not the one of this database");
    return false;
}

static bool derive_keys(struct vault *vault, const struct masters *masters)
{
    return derive(masters->seal, "microvisor vault seal", vault->seal_key) &&
           derive(masters->audit, "microvisor vault audit", vault->audit_key);
}

static bool open_key(struct vault *vault, struct store *store, const char *folder, const char *path,
                     bool may_create)
{
    struct masters masters;
    struct key_place place = find_key(folder, path);
    bool opened = open_masters(&masters, store, &place, may_create) && derive_keys(vault, &masters);
    OPENSSL_cleanse(&masters, sizeof masters);
    return opened;
}

bool vault_open(struct vault *vault, struct store *store, const char *folder, const char *path)
{
    uint8_t known[VAULT_KEY];
    size_t size;
    bool is_new = store_meta_get(store, MARK_NAME, known, sizeof known, &size) == STORE_NOT_FOUND;
    return open_key(vault, store, folder, path, is_new);
}

bool vault_open_read(struct vault *vault, struct store *store, const char *folder, const char *path)
{
    return open_key(vault, store, folder, path, false);
}

void vault_close(struct vault *vault)
{
    OPENSSL_cleanse(vault, sizeof *vault);
}

/* ---- values ---- */

static int place_bytes(const struct vault_place *place, uint8_t out[PLACE_MAX])
{
    int size = snprintf((char *)out, PLACE_MAX, "%s%c%s%c%d%c%s", place->account_sid, 0,
                        place->device_sid, 0, (int)place->kind, 0, place->key);
    return size < PLACE_MAX ? size : -1;
}

bool vault_seal(const struct vault *vault, const struct vault_place *place, const void *text,
                size_t size, uint8_t *out)
{
    uint8_t where[PLACE_MAX];
    int got, where_size = place_bytes(place, where);
    uint8_t *nonce = out + 1, *body = nonce + NONCE_BYTES, *tag = body + size;
    out[0] = VERSION;
    random_fill(nonce, NONCE_BYTES);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool sealed =
        where_size > 0 && context &&
        EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, vault->seal_key, nonce) == 1 &&
        EVP_EncryptUpdate(context, NULL, &got, where, where_size) == 1 &&
        EVP_EncryptUpdate(context, body, &got, text, (int)size) == 1 &&
        EVP_EncryptFinal_ex(context, tag, &got) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag) == 1;
    EVP_CIPHER_CTX_free(context);
    return sealed;
}

char *vault_unseal(const struct vault *vault, const struct vault_place *place,
                   const uint8_t *sealed, size_t sealed_size, size_t *size)
{
    uint8_t where[PLACE_MAX], tag[TAG_BYTES];
    int got, where_size = place_bytes(place, where);
    if (sealed_size < VAULT_OVERHEAD || sealed[0] != VERSION || where_size < 0)
        return NULL;
    *size = sealed_size - VAULT_OVERHEAD;
    const uint8_t *nonce = sealed + 1, *body = nonce + NONCE_BYTES;
    memcpy(tag, body + *size, sizeof tag);
    char *text = memory_new(*size + 1);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool good = context &&
                EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, vault->seal_key, nonce) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
                EVP_DecryptUpdate(context, NULL, &got, where, where_size) == 1 &&
                EVP_DecryptUpdate(context, (uint8_t *)text, &got, body, (int)*size) == 1 &&
                EVP_DecryptFinal_ex(context, (uint8_t *)text + got, &got) == 1;
    EVP_CIPHER_CTX_free(context);
    if (good)
        return text;
    OPENSSL_cleanse(text, *size);
    free(text);
    return NULL;
}

/* ---- rotation ---- */

static bool reseal_one(struct store *store, const struct vault *old, const struct vault *next,
                       struct store_sealed *sealed)
{
    const struct vault_place place = {.account_sid = sealed->account_sid,
                                      .device_sid = sealed->device_sid,
                                      .kind = sealed->kind,
                                      .key = sealed->key};
    size_t size;
    char *text = vault_unseal(old, &place, sealed->sealed, sealed->sealed_size, &size);
    if (!text) {
        journal(JOURNAL_ERROR, "keys", "a sealed value is damaged; write it again or delete it",
                "device", sealed->device_sid, "key", sealed->key);
        return false;
    }
    bool done = vault_seal(next, &place, text, size, sealed->sealed) &&
                store_sealed_write(store, sealed) == STORE_OK;
    OPENSSL_cleanse(text, size);
    free(text);
    return done;
}

static bool reseal_all(struct store *store, const struct vault *old, const struct vault *next)
{
    struct store_sealed sealed = {.id = 0};
    enum store_result result;
    while ((result = store_sealed_next(store, sealed.id, &sealed)) == STORE_OK) {
        bool done = reseal_one(store, old, next, &sealed);
        free(sealed.sealed);
        if (!done)
            return false;
    }
    return result == STORE_NOT_FOUND;
}

bool vault_rotate_begin(struct store *store, const char *folder, const char *path)
{
    struct key_place place = find_key(folder, path);
    struct masters masters;
    struct vault old, next;
    uint8_t mark[VAULT_KEY];
    char name[PATH_BYTES];
    next_name(&place, name);
    bool done = open_masters(&masters, store, &place, false) && derive_keys(&old, &masters);
    if (done)
        random_fill(masters.seal, VAULT_KEY);
    done = done && derive_keys(&next, &masters) && make_mark(&masters, mark) &&
           write_keys(place.folder, name, &masters) && reseal_all(store, &old, &next) &&
           store_meta_set(store, MARK_NAME, mark, sizeof mark) == STORE_OK;
    OPENSSL_cleanse(&masters, sizeof masters);
    vault_close(&old);
    vault_close(&next);
    return done;
}

bool vault_rotate_end(const char *folder, const char *path)
{
    struct key_place place = find_key(folder, path);
    return put_in_force(&place);
}
