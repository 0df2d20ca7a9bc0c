/*
 * The device certificate authority and the gateway's own certificate, kept as PEM files in the
 * state folder (keys mode 0600). All keys are P-256. The CA is read-only after opening: any thread;
 * the gateway's certificate belongs to the loop thread.
 */
#ifndef CLOUD_KEYS_AUTHORITY_H
#define CLOUD_KEYS_AUTHORITY_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#define AUTHORITY_NAMES_MAX 8

struct authority {
    EVP_PKEY *ca_key, *gateway_key;
    X509 *ca_certificate, *gateway_certificate;
};

enum authority_result {
    AUTHORITY_OK = 0,
    AUTHORITY_NOT_A_REQUEST, /* not a PEM PKCS#10 request, or its self-signature is wrong */
    AUTHORITY_NOT_P256,      /* the request's key is not on P-256 */
    AUTHORITY_FAILED,
};

/*
 * Loads or creates the CA; loads the gateway certificate, or issues a new one if there is none, if
 * it soon expires or if its names are not these. The first name is the one devices verify.
 */
bool authority_open(struct authority *authority, const char *folder, const char *const *names,
                    size_t name_count);
/*
 * Key and certificate of a server under the names (DNS names or addresses): folder/BASE.key.pem and
 * BASE.cert.pem, issued anew as above. The caller frees both, also after false.
 */
bool authority_server(const struct authority *authority, const char *folder, const char *base,
                      const char *const *names, size_t name_count, EVP_PKEY **key,
                      X509 **certificate);

/* Reads the gateway's certificate again, or issues a new one as above; the old one stays after
 * false. */
bool authority_renew(struct authority *authority, const char *folder, const char *const *names,
                     size_t name_count);

void authority_close(struct authority *authority);

/* Issues a device certificate for a request: subject CN and DNS name are the SID, whatever the
 * request says. PEM text that the caller frees. */
enum authority_result authority_issue(const struct authority *authority, const char *request_pem,
                                      const char *device_sid, char **certificate_pem);

/* PEM text of the CA certificate that the caller frees; NULL if it failed. */
char *authority_ca_pem(const struct authority *authority);

/* The SID in a verified device certificate; false if it has none. */
bool authority_device_sid(X509 *certificate, char sid[35]);

/* Whether a key is on P-256. */
bool authority_is_p256(EVP_PKEY *key);

#endif
