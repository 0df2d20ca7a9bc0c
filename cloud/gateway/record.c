/* TLS 1.2 records with AES-GCM: see record.h. */
#include "cloud/gateway/record.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#define NONCE_EXPLICIT 8u
#define TAG            16u
#define RANDOM         32u
#define MASTER         48u
#define AAD            13u
#define KEY_BLOCK      (2u * 32u + 2u * 4u)

/* ---- keys ---- */

/* RFC 5246 §6.3: key_block = PRF(master_secret, "key expansion", server_random + client_random). */
static bool expand(SSL *ssl, const char *digest, uint8_t *block, size_t size)
{
    static char label[] = "key expansion";
    uint8_t master[MASTER], randoms[2 * RANDOM];
    bool done = false;
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_PRF, NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    if (context && SSL_get_server_random(ssl, randoms, RANDOM) == RANDOM &&
        SSL_get_client_random(ssl, randoms + RANDOM, RANDOM) == RANDOM &&
        SSL_SESSION_get_master_key(SSL_get_session(ssl), master, sizeof master) == MASTER) {
        OSSL_PARAM parameters[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)digest, 0),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master, sizeof master),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, label, sizeof label - 1),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, randoms, sizeof randoms),
            OSSL_PARAM_construct_end()};
        done = EVP_KDF_derive(context, block, size, parameters) == 1;
    }
    OPENSSL_cleanse(master, sizeof master);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return done;
}

/* What the client asked for with the extension of RFC 6066 §4, or send_max if that is less. */
static size_t text_max(SSL *ssl, size_t send_max)
{
    unsigned code = SSL_SESSION_get_max_fragment_length(SSL_get_session(ssl));
    size_t wanted = code >= 1 && code <= 4 ? (size_t)256 << code : RECORD_TEXT_MAX;
    return wanted < send_max ? wanted : send_max;
}

bool record_take_over(struct record_layer *layer, SSL *ssl, size_t send_max)
{
    uint8_t block[KEY_BLOCK];
    const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
    int nid = cipher ? SSL_CIPHER_get_cipher_nid(cipher) : NID_undef;
    if (SSL_version(ssl) != TLS1_2_VERSION || (nid != NID_aes_128_gcm && nid != NID_aes_256_gcm))
        return false;
    size_t key = nid == NID_aes_128_gcm ? 16 : 32, size = 2 * key + 2 * sizeof layer->in.salt;
    const EVP_MD *digest = SSL_CIPHER_get_handshake_digest(cipher);
    if (!digest || !expand(ssl, EVP_MD_get0_name(digest), block, size))
        return false;
    memset(layer, 0, sizeof *layer);
    layer->key_bytes = (uint8_t)key;
    layer->text_max = (uint16_t)text_max(ssl, send_max);
    memcpy(layer->in.key, block, key);
    memcpy(layer->out.key, block + key, key);
    memcpy(layer->in.salt, block + 2 * key, sizeof layer->in.salt);
    memcpy(layer->out.salt, block + 2 * key + sizeof layer->in.salt, sizeof layer->out.salt);
    layer->in.sequence = layer->out.sequence = 1; /* Finished was 0 on both sides */
    OPENSSL_cleanse(block, sizeof block);
    return true;
}

/* ---- records ---- */

static void put_u64(uint8_t *out, uint64_t number)
{
    for (int i = 7; i >= 0; i--, number >>= 8)
        out[i] = (uint8_t)number;
}

static void make_aad(uint8_t aad[AAD], uint64_t sequence, uint8_t type, size_t size)
{
    put_u64(aad, sequence);
    aad[8] = type;
    aad[9] = 3;
    aad[10] = 3;
    aad[11] = (uint8_t)(size >> 8);
    aad[12] = (uint8_t)size;
}

/* One context serves all connections, so that none of them keeps one. */
static EVP_CIPHER_CTX *start(const struct record_layer *layer,
                             const struct record_direction *direction, const uint8_t *explicit,
                             bool encrypt)
{
    static EVP_CIPHER_CTX *context;
    static EVP_CIPHER *ciphers[2];
    uint8_t nonce[sizeof direction->salt + NONCE_EXPLICIT];
    EVP_CIPHER **cipher = &ciphers[layer->key_bytes == 32];
    if (!context)
        context = EVP_CIPHER_CTX_new();
    if (!*cipher)
        *cipher =
            EVP_CIPHER_fetch(NULL, layer->key_bytes == 32 ? "AES-256-GCM" : "AES-128-GCM", NULL);
    memcpy(nonce, direction->salt, sizeof direction->salt);
    memcpy(nonce + sizeof direction->salt, explicit, NONCE_EXPLICIT);
    bool started = context && *cipher &&
                   EVP_CipherInit_ex2(context, *cipher, direction->key, nonce, encrypt, NULL) == 1;
    return started ? context : NULL;
}

bool record_seal(struct record_layer *layer, enum record_type type, const uint8_t *bytes,
                 size_t size, uint8_t *out)
{
    uint8_t aad[AAD], *nonce = out + RECORD_HEADER, *text = nonce + NONCE_EXPLICIT;
    size_t length = NONCE_EXPLICIT + size + TAG;
    int done = 0, last = 0;
    out[0] = (uint8_t)type;
    out[1] = 3;
    out[2] = 3;
    out[3] = (uint8_t)(length >> 8);
    out[4] = (uint8_t)length;
    /* The sequence number as the nonce: it never comes twice under one key. */
    put_u64(nonce, layer->out.sequence);
    make_aad(aad, layer->out.sequence, (uint8_t)type, size);
    EVP_CIPHER_CTX *context = start(layer, &layer->out, nonce, true);
    layer->out.sequence++;
    return context && EVP_EncryptUpdate(context, NULL, &done, aad, AAD) == 1 &&
           EVP_EncryptUpdate(context, text, &done, bytes, (int)size) == 1 &&
           EVP_EncryptFinal_ex(context, text + done, &last) == 1 && done + last == (int)size &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG, text + size) == 1;
}

size_t record_size(const uint8_t header[RECORD_HEADER])
{
    size_t length = (size_t)header[3] << 8 | header[4];
    bool plausible = header[0] >= RECORD_ALERT && header[0] <= RECORD_DATA && header[1] == 3 &&
                     header[2] == 3 && length >= NONCE_EXPLICIT + TAG &&
                     length <= RECORD_MAX - RECORD_HEADER;
    return plausible ? RECORD_HEADER + length : 0;
}

int record_open(struct record_layer *layer, uint8_t *record, size_t size, uint8_t *type,
                uint8_t **text)
{
    uint8_t aad[AAD], *nonce = record + RECORD_HEADER, *content = nonce + NONCE_EXPLICIT;
    int done = 0, last = 0;
    if (size < RECORD_OVERHEAD || record_size(record) != size)
        return -1;
    size_t length = size - RECORD_OVERHEAD;
    make_aad(aad, layer->in.sequence, record[0], length);
    EVP_CIPHER_CTX *context = start(layer, &layer->in, nonce, false);
    layer->in.sequence++;
    bool good = context && EVP_DecryptUpdate(context, NULL, &done, aad, AAD) == 1 &&
                EVP_DecryptUpdate(context, content, &done, content, (int)length) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG, content + length) == 1 &&
                EVP_DecryptFinal_ex(context, content + done, &last) == 1;
    *type = record[0];
    *text = content;
    return good && done + last == (int)length ? (int)length : -1;
}
