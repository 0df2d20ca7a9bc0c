/* Throw-away P-256 keys and signatures that depend on a seed only, for boards that must come out
 * the same every time. Never for anything that has to be secret.
 */
#ifndef SIM_MVSIM_SIGNER_H
#define SIM_MVSIM_SIGNER_H

#include <stdbool.h>
#include <stdint.h>

#define SIGNER_KEY_SIZE       32u
#define SIGNER_POINT_SIZE     65u
#define SIGNER_SIGNATURE_SIZE 64u

/* A private key for a purpose. */
void signer_key(uint64_t seed, const char *purpose, uint8_t key[SIGNER_KEY_SIZE]);
/* Its public key, uncompressed. */
bool signer_public(const uint8_t key[SIGNER_KEY_SIZE], uint8_t point[SIGNER_POINT_SIZE]);
/* ECDSA over a SHA-256 hash: r then s. */
bool signer_sign(const uint8_t key[SIGNER_KEY_SIZE], const uint8_t hash[32],
                 uint8_t signature[SIGNER_SIGNATURE_SIZE]);

#endif
