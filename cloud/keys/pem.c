/* Keys and certificates as PEM files: see pem.h. */
#include "cloud/keys/pem.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>

#include "cloud/base/files.h"
#include "cloud/base/journal.h"
#include "cloud/base/memory.h"

#define PEM_LIMIT 65536

static EVP_PKEY *key_create(const char *folder, const char *name)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    if (key && bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1) {
        long size = BIO_get_mem_data(bio, &text);
        if (files_write(folder, name, text, (size_t)size, 0600)) {
            OPENSSL_cleanse(text, (size_t)size);
            BIO_free(bio);
            return key;
        }
    }
    BIO_free(bio);
    EVP_PKEY_free(key);
    return NULL;
}

EVP_PKEY *pem_key_open(const char *folder, const char *name)
{
    size_t size;
    char *text = files_read(folder, name, PEM_LIMIT, &size);
    if (!text)
        return key_create(folder, name);
    BIO *bio = BIO_new_mem_buf(text, (int)size);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    OPENSSL_cleanse(text, size);
    free(text);
    if (!key)
        journal(JOURNAL_ERROR, "keys", "not a private key", "file", name);
    return key;
}

X509 *pem_certificate_load(const char *folder, const char *name)
{
    size_t size;
    char *text = files_read(folder, name, PEM_LIMIT, &size);
    if (!text)
        return NULL;
    BIO *bio = BIO_new_mem_buf(text, (int)size);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    free(text);
    return certificate;
}

char *pem_certificate_text(X509 *certificate)
{
    char *text = NULL, *copy = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio && PEM_write_bio_X509(bio, certificate) == 1) {
        long size = BIO_get_mem_data(bio, &text);
        copy = memory_copy(text, (size_t)size);
    }
    BIO_free(bio);
    return copy;
}

bool pem_certificate_save(const char *folder, const char *name, X509 *certificate)
{
    char *text = pem_certificate_text(certificate);
    bool saved = text && files_write(folder, name, text, strlen(text), 0644);
    free(text);
    return saved;
}
