/* See sign.h. */
#include "sign.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

bool sign_keygen(const char *path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    int fd = key == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    bool good = file != NULL && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;
    if (file != NULL && fclose(file) != 0) {
        good = false;
    }
    EVP_PKEY_free(key);
    if (!good) {
        perror(path);
    }
    return good;
}

EVP_PKEY *sign_key_load(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        return NULL;
    }
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    char group[32] = "";
    if (key == NULL ||
        EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                       NULL) != 1 ||
        strcmp(group, "prime256v1") != 0) {
        fprintf(stderr, "mvimage: %s: not a P-256 private key\n", path);
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

bool sign_point(EVP_PKEY *key, uint8_t point[SIGN_POINT_SIZE])
{
    size_t length = 0;
    return EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                          "uncompressed") == 1 &&
           EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, SIGN_POINT_SIZE,
                                           &length) == 1 &&
           length == SIGN_POINT_SIZE && point[0] == 0x04;
}

uint64_t sign_key_id(const uint8_t tag[2], const uint8_t point[SIGN_POINT_SIZE])
{
    uint8_t message[2 + SIGN_POINT_SIZE];
    uint8_t digest[SHA256_DIGEST_LENGTH];
    memcpy(message, tag, 2);
    memcpy(message + 2, point, SIGN_POINT_SIZE);
    SHA256(message, sizeof message, digest);
    uint64_t id = 0;
    for (unsigned i = 0; i < 8; i++) {
        id = id << 8 | digest[i];
    }
    return id;
}

bool sign_data(EVP_PKEY *key, const uint8_t *data, size_t size, uint8_t signature[64])
{
    uint8_t der[80];
    size_t der_size = sizeof der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL &&
                EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestSign(context, der, &der_size, data, size) == 1;
    EVP_MD_CTX_free(context);
    const uint8_t *at = der;
    ECDSA_SIG *pair = good ? d2i_ECDSA_SIG(NULL, &at, (long)der_size) : NULL;
    good = pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, 32) == 32 &&
           BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + 32, 32) == 32;
    ECDSA_SIG_free(pair);
    if (!good) {
        fprintf(stderr, "mvimage: cannot sign\n");
    }
    return good;
}
