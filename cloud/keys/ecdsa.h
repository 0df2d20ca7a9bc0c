/*
 * Deterministic ECDSA on P-256 with SHA-256 (RFC 6979): the same message and key always give the
 * same signature, so the same bundle always gives the same App hash. (OpenSSL has it from 3.2 on.)
 */
#ifndef CLOUD_KEYS_ECDSA_H
#define CLOUD_KEYS_ECDSA_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/evp.h>

/* signature: r and s, 32 bytes each, big-endian. False if the key is not on P-256 or memory is
 * short. */
bool ecdsa_sign(EVP_PKEY *key, const uint8_t hash[32], uint8_t signature[64]);

#endif
