/* See pki.h. */
#include "pki.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#define DEVICE_ID "UV0123456789abcdef0123456789abcdef"

static void extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    X509_add_ext(certificate, made, -1);
    X509_EXTENSION_free(made);
}

static X509 *certificate_new(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *certificate = X509_new();
    char san[200] = "DNS:";
    static long serial;

    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, issuer != NULL ? X509_get_subject_name(issuer) : subject);
    if (issuer == NULL) {
        extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
        extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        strncat(san, name, sizeof san - 5);
        extension(certificate, issuer, NID_subject_alt_name, san);
    }
    X509_sign(certificate, issuer_key, EVP_sha256());
    return certificate;
}

struct pki *pki_new(const char *server_name)
{
    struct pki *pki = calloc(1, sizeof *pki);
    pki->authority_key = EVP_EC_gen("P-256");
    pki->server_key = EVP_EC_gen("P-256");
    pki->device_key = EVP_EC_gen("P-256");
    pki->authority =
        certificate_new(pki->authority_key, "test authority", NULL, pki->authority_key);
    pki->server = certificate_new(pki->server_key, server_name, pki->authority, pki->authority_key);
    pki->device = certificate_new(pki->device_key, DEVICE_ID, pki->authority, pki->authority_key);
    return pki;
}

void pki_free(struct pki *pki)
{
    X509_free(pki->authority);
    X509_free(pki->server);
    X509_free(pki->device);
    EVP_PKEY_free(pki->authority_key);
    EVP_PKEY_free(pki->server_key);
    EVP_PKEY_free(pki->device_key);
    free(pki);
}

static uint16_t der(X509 *certificate, uint8_t *out)
{
    return (uint16_t)i2d_X509(certificate, &out);
}

const struct identity *pki_identity(const struct pki *pki, const struct pki *authority,
                                    const char *server_name, uint16_t port)
{
    static struct identity identity;
    static uint8_t device_der[IDENTITY_CERTIFICATE_MAX], authority_der[IDENTITY_CERTIFICATE_MAX];
    BIGNUM *scalar = NULL;

    memset(&identity, 0, sizeof identity);
    strcpy(identity.device_id, DEVICE_ID);
    strcpy(identity.server_host, "127.0.0.1");
    strncpy(identity.server_name, server_name, sizeof identity.server_name - 1);
    identity.server_port = port;
    EVP_PKEY_get_bn_param(pki->device_key, OSSL_PKEY_PARAM_PRIV_KEY, &scalar);
    BN_bn2binpad(scalar, identity.private_key, IDENTITY_KEY_SIZE);
    BN_clear_free(scalar);
    identity.device_certificate = device_der;
    identity.device_certificate_size = der(pki->device, device_der);
    identity.ca_certificate = authority_der;
    identity.ca_certificate_size = der(authority->authority, authority_der);
    return &identity;
}
