// See key.h.
#include "cli/key.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

key_pair *key_generate(void)
{
    return EVP_EC_gen("P-256");
}

void key_free(key_pair *key)
{
    EVP_PKEY_free(key);
}

static bool is_p256(const key_pair *key)
{
    char group[64] = "";
    size_t length = 0;
    return EVP_PKEY_is_a(key, "EC") == 1 &&
           EVP_PKEY_get_group_name(key, group, sizeof group, &length) == 1 &&
           (strcmp(group, "prime256v1") == 0 || strcmp(group, "P-256") == 0);
}

bool key_point(key_pair *key, uint8_t point[KEY_POINT_SIZE])
{
    if (!is_p256(key) ||
        EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                       OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) != 1) {
        return false;
    }
    unsigned char *encoded = NULL;
    size_t size = EVP_PKEY_get1_encoded_public_key(key, &encoded);
    bool ok = size == KEY_POINT_SIZE && encoded[0] == 0x04;
    if (ok) {
        memcpy(point, encoded, KEY_POINT_SIZE);
    }
    OPENSSL_free(encoded);
    return ok;
}

bool key_scalar(const key_pair *key, uint8_t scalar[KEY_SCALAR_SIZE])
{
    BIGNUM *number = NULL;
    bool ok = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 &&
              BN_bn2binpad(number, scalar, KEY_SCALAR_SIZE) == KEY_SCALAR_SIZE;
    BN_clear_free(number);
    return ok;
}

// Takes the text out of a memory BIO and frees the BIO.
static char *take_text(BIO *bio, bool written)
{
    char *bytes = NULL;
    char *text = NULL;
    long size = written ? BIO_get_mem_data(bio, &bytes) : 0;
    if (size > 0) {
        text = strndup(bytes, (size_t)size);
        OPENSSL_cleanse(bytes, (size_t)size);
    }
    BIO_free(bio);
    return text;
}

char *key_private_pem(key_pair *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    bool written =
        bio != NULL && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
    return take_text(bio, written);
}

char *key_public_pem(key_pair *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    return take_text(bio, bio != NULL && PEM_write_bio_PUBKEY(bio, key) == 1);
}

static X509_REQ *make_request(key_pair *key)
{
    X509_REQ *request = X509_REQ_new();
    X509_NAME *name = request == NULL ? NULL : X509_REQ_get_subject_name(request);
    // The cloud chooses the device's SID and with it the name in the certificate.
    if (name == NULL ||
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"new device",
                                   -1, -1, 0) != 1 ||
        X509_REQ_set_pubkey(request, key) != 1 || X509_REQ_sign(request, key, EVP_sha256()) <= 0) {
        X509_REQ_free(request);
        return NULL;
    }
    return request;
}

char *key_signing_request_pem(key_pair *key)
{
    X509_REQ *request = make_request(key);
    BIO *bio = BIO_new(BIO_s_mem());
    bool written = request != NULL && bio != NULL && PEM_write_bio_X509_REQ(bio, request) == 1;
    X509_REQ_free(request);
    return take_text(bio, written);
}

void key_text_free(char *text)
{
    if (text != NULL) {
        OPENSSL_cleanse(text, strlen(text));
    }
    free(text);
}

bool key_point_of_pem(const char *pem, size_t size, uint8_t point[KEY_POINT_SIZE])
{
    BIO *bio = BIO_new_mem_buf(pem, (int)size);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    if (key == NULL && bio != NULL && BIO_reset(bio) == 1) {
        key = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"");
    }
    bool ok = key != NULL && key_point(key, point);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return ok;
}

size_t key_certificate_der(const char *pem, size_t size, uint8_t *der, size_t capacity)
{
    BIO *bio = BIO_new_mem_buf(pem, (int)size);
    X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
    int length = certificate == NULL ? 0 : i2d_X509(certificate, NULL);
    size_t written = 0;
    if (length > 0 && (size_t)length <= capacity) {
        written = (size_t)i2d_X509(certificate, &der);
    }
    X509_free(certificate);
    BIO_free(bio);
    return written;
}
