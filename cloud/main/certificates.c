/* Certificate and key of the REST side: see server.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "cloud/api/tls.h"
#include "cloud/base/files.h"
#include "cloud/base/journal.h"
#include "cloud/keys/pem.h"
#include "cloud/main/server.h"

#define PEM_MAX (256 * 1024)

/* The certificate made here, with the CA's behind it. */
static char *made_certificate(struct server *server)
{
    const struct options_names *wanted = &server->options.api_names;
    const char *names[AUTHORITY_NAMES_MAX];
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;
    char *chain = NULL;
    for (unsigned i = 0; i < wanted->count; i++)
        names[i] = wanted->names[i];
    if (authority_server(&server->authority, server->options.state, "api", names, wanted->count,
                         &key, &certificate)) {
        char *own = pem_certificate_text(certificate), *ca = authority_ca_pem(&server->authority);
        if (own && ca && asprintf(&chain, "%s%s", own, ca) < 0)
            chain = NULL;
        free(own);
        free(ca);
    }
    EVP_PKEY_free(key);
    X509_free(certificate);
    return chain;
}

bool certificates_load(struct server *server)
{
    const struct options *options = &server->options;
    bool given = options->api_key[0] != '\0', set = false;
    size_t size;
    if (!options->api_tls)
        return true;
    char *certificate = given ? files_read_path(options->api_certificate, PEM_MAX, &size)
                              : made_certificate(server);
    char *key = given ? files_read_path(options->api_key, PEM_MAX, &size)
                      : files_read(options->state, "api.key.pem", PEM_MAX, &size);
    if (key && certificate)
        set = tls_set(key, certificate);
    else
        journal(JOURNAL_ERROR, "main", "cannot read certificate and key of the REST side");
    if (key)
        OPENSSL_cleanse(key, strlen(key));
    free(key);
    free(certificate);
    return set;
}
