/*
 * The manifest signing key (P-256, PEM file mode 0600 in the state folder). Signature form:
 * ECDSA with SHA-256 over "twlo-mv-manifest-v1", NUL, body; 64 bytes r and s. Any thread.
 */
#ifndef CLOUD_KEYS_SIGNER_H
#define CLOUD_KEYS_SIGNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "formats/manifest.h"

struct signer {
    EVP_PKEY *key;
    uint64_t id;                        /* manifest_key_id of the public point */
    uint8_t point[MANIFEST_POINT_SIZE]; /* uncompressed */
};

bool signer_open(struct signer *signer, const char *folder);
void signer_close(struct signer *signer);

/* Deterministic: the same body always gets the same signature. */
bool signer_sign(const struct signer *signer, const uint8_t *body, size_t size,
                 uint8_t signature[MANIFEST_SIGNATURE_SIZE]);
bool signer_verify(const struct signer *signer, const uint8_t *body, size_t size,
                   const uint8_t signature[MANIFEST_SIGNATURE_SIZE]);

/* SHA-256 of bytes. */
void signer_sha256(const uint8_t *bytes, size_t size, uint8_t hash[MANIFEST_HASH_SIZE]);

#endif
