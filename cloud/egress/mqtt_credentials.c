/* TLS context of a connection to a broker: see mqtt.h. */
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "cloud/base/journal.h"
#include "cloud/egress/mqtt.h"

#define RSA_BITS_MAX 4096

static X509 *certificate_of(struct channel_text der)
{
    const unsigned char *at = der.bytes;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.size);
    if (certificate && at == der.bytes + der.size)
        return certificate;
    X509_free(certificate);
    return NULL;
}

/* The loop signs with the key, so one that takes long is refused: beyond RSA with 4,096 bits, and
 * curves that are not the usual ones. */
static bool key_usable(EVP_PKEY *key)
{
    char group[32];
    size_t size;
    if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"))
        return EVP_PKEY_get_bits(key) <= RSA_BITS_MAX;
    if (EVP_PKEY_is_a(key, "ED25519"))
        return true;
    return EVP_PKEY_is_a(key, "EC") &&
           EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
           (strcmp(group, SN_X9_62_prime256v1) == 0 || strcmp(group, SN_secp384r1) == 0 ||
            strcmp(group, SN_secp521r1) == 0);
}

static EVP_PKEY *key_of(struct channel_text der)
{
    const unsigned char *at = der.bytes;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.size);
    EVP_PKEY *key = info && at == der.bytes + der.size ? EVP_PKCS82PKEY(info) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info);
    return key;
}

/* The application's authorities stand in place of the system's. */
static bool use_authorities(SSL_CTX *context, const struct channel_mqtt_connect *connect)
{
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN); /* an intermediate may be trusted */
    for (uint32_t i = 0; i < connect->fixed.ca_count; i++) {
        X509 *certificate = certificate_of(connect->ca[i]);
        bool added = certificate && X509_STORE_add_cert(store, certificate) == 1;
        X509_free(certificate);
        if (!added)
            return false;
    }
    return true;
}

static bool use_own(SSL_CTX *context, const struct channel_mqtt_connect *connect)
{
    EVP_PKEY *key = key_of(connect->key);
    bool good = key && key_usable(key);
    for (uint32_t i = 0; i < connect->fixed.certificate_count && good; i++) {
        X509 *certificate = certificate_of(connect->certificates[i]);
        good = certificate && (i == 0 ? SSL_CTX_use_certificate(context, certificate)
                                      : SSL_CTX_add1_chain_cert(context, certificate)) == 1;
        X509_free(certificate);
    }
    good = good && SSL_CTX_use_PrivateKey(context, key) == 1 &&
           SSL_CTX_check_private_key(context) == 1;
    EVP_PKEY_free(key);
    return good;
}

static bool configure(SSL_CTX *context, const struct egress *egress,
                      const struct channel_mqtt_connect *connect)
{
    bool own = connect->fixed.flags & CHANNEL_MQTT_TLS_CREDENTIALS;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (!egress_restrict_tls(context))
        return false;
    if (!own || connect->fixed.ca_count == 0)
        SSL_CTX_set1_cert_store(context, egress->authorities);
    else if (!use_authorities(context, connect))
        return false;
    if (!own || (connect->fixed.certificate_count == 0 && connect->key.size == 0))
        return true;
    return connect->fixed.certificate_count > 0 && use_own(context, connect);
}

SSL_CTX *mqtt_credentials(const struct egress *egress, const struct channel_mqtt_connect *connect)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    ERR_clear_error();
    if (context && configure(context, egress, connect))
        return context;
    ERR_clear_error();
    SSL_CTX_free(context);
    return NULL;
}
