/* P-256 signing keys as PEM files, by OpenSSL. */
#ifndef TOOLS_MVIMAGE_SIGN_H
#define TOOLS_MVIMAGE_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#define SIGN_POINT_SIZE 65

/* Makes a key and writes it with mode 0600; an existing file is never replaced. */
bool sign_keygen(const char *path);
/* Loads a key; NULL (and a message) unless it is a P-256 private key. */
EVP_PKEY *sign_key_load(const char *path);
/* The public half: 04 ‖ x ‖ y. */
bool sign_point(EVP_PKEY *key, uint8_t point[SIGN_POINT_SIZE]);
/* First 8 bytes, big-endian, of SHA-256(tag ‖ point). */
uint64_t sign_key_id(const uint8_t tag[2], const uint8_t point[SIGN_POINT_SIZE]);
/* ECDSA over SHA-256 of the data, as r ‖ s. */
bool sign_data(EVP_PKEY *key, const uint8_t *data, size_t size, uint8_t signature[64]);

#endif
