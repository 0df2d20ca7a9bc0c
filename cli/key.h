// P-256 keys of the developer and of a device being made, by OpenSSL. All in memory.
#ifndef CLI_KEY_H
#define CLI_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEY_POINT_SIZE = 65, KEY_SCALAR_SIZE = 32 };

typedef struct evp_pkey_st key_pair;

// A new key pair; NULL if there is no randomness or memory. Free with key_free.
key_pair *key_generate(void);
void key_free(key_pair *key);

// The uncompressed public point. False if the key is not on P-256.
bool key_point(key_pair *key, uint8_t point[KEY_POINT_SIZE]);

// The private scalar, big-endian.
bool key_scalar(const key_pair *key, uint8_t scalar[KEY_SCALAR_SIZE]);

// PEM texts, NUL-terminated; free with key_text_free, which overwrites them. NULL on failure.
char *key_private_pem(key_pair *key);
char *key_public_pem(key_pair *key);
char *key_signing_request_pem(key_pair *key);
void key_text_free(char *text);

// The public point of a PEM public key (or of the public half of a private one). False if it is no
// P-256 key.
bool key_point_of_pem(const char *pem, size_t size, uint8_t point[KEY_POINT_SIZE]);

// DER of one PEM certificate. Returns its size, 0 if there is none or it does not fit.
size_t key_certificate_der(const char *pem, size_t size, uint8_t *der, size_t capacity);

#endif
