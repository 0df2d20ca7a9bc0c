/* Certificate and key of the REST side: see tls.h. */
#include "cloud/api/tls.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"

#define CHAIN_MAX 8

/* One pair. A handshake may still use an earlier one, so they are kept to the end; a new one is
 * made only if the texts have changed. */
struct identity {
    struct identity *before;
    char *texts; /* both, to see a change */
    gnutls_pcert_st chain[CHAIN_MAX];
    unsigned count;
    gnutls_privkey_t key;
};

static struct identity *current;

static void identity_free(struct identity *identity)
{
    for (unsigned i = 0; i < identity->count; i++)
        gnutls_pcert_deinit(&identity->chain[i]);
    if (identity->key)
        gnutls_privkey_deinit(identity->key);
    if (identity->texts)
        gnutls_memset(identity->texts, 0, strlen(identity->texts));
    free(identity->texts);
    free(identity);
}

static gnutls_datum_t datum(const char *text)
{
    return (gnutls_datum_t){.data = (unsigned char *)(uintptr_t)text,
                            .size = (unsigned)strlen(text)};
}

static int load(struct identity *identity, const char *key_pem, const char *certificate_pem)
{
    gnutls_datum_t key = datum(key_pem), chain = datum(certificate_pem);
    unsigned count = CHAIN_MAX;
    int result =
        gnutls_pcert_list_import_x509_raw(identity->chain, &count, &chain, GNUTLS_X509_FMT_PEM, 0);
    identity->count = result < 0 ? 0 : count;
    if (result >= 0)
        result = gnutls_privkey_init(&identity->key);
    if (result >= 0)
        result = gnutls_privkey_import_x509_raw(identity->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
    return result;
}

/* A certificate that is not this key's would fail every handshake. */
static bool belongs(const struct identity *identity)
{
    unsigned char of_key[64], of_certificate[64];
    size_t key_size = sizeof of_key, certificate_size = sizeof of_certificate;
    gnutls_pubkey_t pubkey = NULL;
    bool same = gnutls_pubkey_init(&pubkey) >= 0 &&
                gnutls_pubkey_import_privkey(pubkey, identity->key, 0, 0) >= 0 &&
                gnutls_pubkey_get_key_id(pubkey, GNUTLS_KEYID_USE_SHA256, of_key, &key_size) >= 0 &&
                gnutls_pubkey_get_key_id(identity->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256,
                                         of_certificate, &certificate_size) >= 0 &&
                key_size == certificate_size && memcmp(of_key, of_certificate, key_size) == 0;
    if (pubkey)
        gnutls_pubkey_deinit(pubkey);
    return same;
}

bool tls_set(const char *key_pem, const char *certificate_pem)
{
    size_t key_size = strlen(key_pem), size = key_size + strlen(certificate_pem);
    struct identity *identity = memory_new(sizeof *identity);
    identity->texts = memory_new(size + 1);
    memcpy(identity->texts, key_pem, key_size);
    memcpy(identity->texts + key_size, certificate_pem, size - key_size);
    if (current && strcmp(current->texts, identity->texts) == 0) {
        identity_free(identity);
        return true;
    }
    int result = load(identity, key_pem, certificate_pem);
    if (result >= 0 && identity->count > 0 && belongs(identity)) {
        identity->before = current;
        current = identity;
        return true;
    }
    journal(JOURNAL_ERROR, "api", "certificate and key of the REST side cannot be used", "error",
            result < 0 ? gnutls_strerror(result) : "the key is not the certificate's");
    identity_free(identity);
    return false;
}

int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *authorities, int authority_count,
                 const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                 gnutls_pcert_st **certificates, unsigned *certificate_count, gnutls_privkey_t *key)
{
    (void)session;
    (void)authorities;
    (void)authority_count;
    (void)algorithms;
    (void)algorithm_count;
    if (!current)
        return -1;
    *certificates = current->chain;
    *certificate_count = current->count;
    *key = current->key;
    return 0;
}

void tls_clear(void)
{
    while (current) {
        struct identity *before = current->before;
        identity_free(current);
        current = before;
    }
}
