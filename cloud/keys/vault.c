/* Encryption at rest: see vault.h. */
#include "cloud/keys/vault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* ---- the key file ---- */

static bool derive(const uint8_t master[VAULT_KEY], const char *label, uint8_t out[VAULT_KEY])
{
    unsigned size = VAULT_KEY;
    return HMAC(EVP_sha256(), master, VAULT_KEY, (const unsigned char *)label, strlen(label), out,
                &size) != NULL;
}

static bool parse_hex(const char *text, uint8_t out[VAULT_KEY])
{
    size_t length = strspn(text, "0123456789abcdefABCDEF");
    if (length != 2 * VAULT_KEY || strspn(text + length, "\r\n") != strlen(text + length))
        return false;
    for (size_t i = 0; i < VAULT_KEY; i++) {
        char byte[3] = {text[2 * i], text[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
    return true;
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

static bool create_key(const char *folder, const char *name, uint8_t master[VAULT_KEY])
{
    char text[2 * VAULT_KEY + 2];
    random_fill(master, VAULT_KEY);
    hex_text(text, master, VAULT_KEY);
    text[2 * VAULT_KEY] = '\n';
    bool written = files_write(folder, name, text, sizeof text - 1, 0600);
    OPENSSL_cleanse(text, sizeof text);
    return written || complain("cannot write the vault key", folder, name);
}

static bool load_key(const char *folder, const char *name, bool may_create,
                     uint8_t master[VAULT_KEY])
{
    size_t size;
    char *text = files_read(folder, name, 256, &size);
    if (!text && errno == ENOENT && may_create)
        return create_key(folder, name, master);
    if (!text)
        return complain("the vault key is missing; sealed values cannot be read without it", folder,
                        name);
    bool good = parse_hex(text, master);
    OPENSSL_cleanse(text, size);
    free(text);
    if (!good)
        return complain("the vault key is not 64 hex digits", folder, name);
    return private_file(folder, name) ||
           complain("the vault key can be read by others; run chmod 600", folder, name);
}

/* The database's mark must be this key's; the first key of a database leaves its mark. */
static bool settle_mark(struct store *store, const uint8_t master[VAULT_KEY])
{
    uint8_t mark[VAULT_KEY], known[VAULT_KEY];
    size_t size = 0;
    if (!derive(master, "microvisor vault mark", mark))
        return false;
    enum store_result result = store_meta_get(store, MARK_NAME, known, sizeof known, &size);
    if (result == STORE_NOT_FOUND)
        return store_meta_set(store, MARK_NAME, mark, sizeof mark) == STORE_OK;
    if (result == STORE_OK && size == sizeof mark && CRYPTO_memcmp(mark, known, size) == 0)
        return true;
    journal(JOURNAL_ERROR, "keys", "the vault key is not the one of this database");
    return false;
}

static bool open_key(struct vault *vault, struct store *store, const char *folder, const char *path,
                     bool may_create)
{
    char parent[PATH_BYTES];
    uint8_t master[VAULT_KEY];
    const char *name = "vault.key";
    const char *slash = strrchr(path, '/');
    snprintf(parent, sizeof parent, "%s", folder);
    if (path[0] != '\0') {
        name = slash ? slash + 1 : path;
        snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - path) : 1,
                 slash ? path : ".");
    }
    bool opened = load_key(parent, name, may_create, master) && settle_mark(store, master) &&
                  derive(master, "microvisor vault seal", vault->seal_key) &&
                  derive(master, "microvisor vault audit", vault->audit_key);
    OPENSSL_cleanse(master, sizeof master);
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
