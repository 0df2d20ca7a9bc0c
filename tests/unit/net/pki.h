/* Keys and certificates for the tests, made afresh with OpenSSL. */
#ifndef TEST_NET_PKI_H
#define TEST_NET_PKI_H

#include <openssl/x509.h>

#include "formats/identity.h"

struct pki {
    EVP_PKEY *authority_key, *server_key, *device_key;
    X509 *authority, *server, *device;
};

/* An authority, a server certificate for server_name, a device certificate. */
struct pki *pki_new(const char *server_name);
void pki_free(struct pki *pki);
/* The factory record of the device; authority may be another pki's. The result lives in static
 * memory until the next call. */
const struct identity *pki_identity(const struct pki *pki, const struct pki *authority,
                                    const char *server_name, uint16_t port);

#endif
