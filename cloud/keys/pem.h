/* Keys and certificates as PEM files in the state folder. */
#ifndef CLOUD_KEYS_PEM_H
#define CLOUD_KEYS_PEM_H

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

/* Loads folder/name, or creates a P-256 key there with mode 0600; NULL after a journal line. */
EVP_PKEY *pem_key_open(const char *folder, const char *name);

/* NULL if the file is not there or holds no certificate. */
X509 *pem_certificate_load(const char *folder, const char *name);
bool pem_certificate_save(const char *folder, const char *name, X509 *certificate);

/* PEM text that the caller frees. */
char *pem_certificate_text(X509 *certificate);

#endif
