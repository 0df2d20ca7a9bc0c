/*
 * Certificate and key of the REST side, exchanged while connections are open: a handshake takes
 * what is valid when it begins. libmicrohttpd's callback carries no context, so there is one for
 * the process. Loop thread.
 */
#ifndef CLOUD_API_TLS_H
#define CLOUD_API_TLS_H

#include <stdbool.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

/* PEM texts, the certificate with its chain. False after a journal line: the old ones stay. */
bool tls_set(const char *key_pem, const char *certificate_pem);

/* For MHD_OPTION_HTTPS_CERT_CALLBACK. */
int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *authorities, int authority_count,
                 const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                 gnutls_pcert_st **certificates, unsigned *certificate_count,
                 gnutls_privkey_t *key);

/* After the last connection. */
void tls_clear(void);

#endif
