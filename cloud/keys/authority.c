/* The device certificate authority: see authority.h. */
#include "cloud/keys/authority.h"

#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "cloud/base/journal.h"
#include "cloud/keys/pem.h"
#include "formats/tunnel.h"

#define DAY_S             (24L * 3600)
#define CA_DAYS           (20L * 365)
#define SERVER_DAYS       825L
#define SERVER_RENEW_DAYS 60L
#define REQUEST_LIMIT     16384

bool authority_is_p256(EVP_PKEY *key)
{
    char group[32];
    size_t length;
    return key && EVP_PKEY_is_a(key, "EC") &&
           EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                          &length) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

static bool set_serial(X509 *certificate)
{
    unsigned char bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    bytes[0] = (unsigned char)((bytes[0] & 0x7F) | 0x40); /* positive and of full length */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool set = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    return set;
}

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool added = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

/* A version 3 certificate with subject CN, not yet signed; issuer NULL: itself. */
static X509 *certificate_start(const char *common_name, EVP_PKEY *key, X509 *issuer, long days)
{
    X509 *certificate = X509_new();
    if (!certificate)
        return NULL;
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME *issuer_name = issuer ? X509_get_subject_name(issuer) : name;
    if (X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
                                   -1, -1, 0) == 1 &&
        X509_set_issuer_name(certificate, issuer_name) == 1 &&
        X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S) &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), days * DAY_S) &&
        X509_set_pubkey(certificate, key) == 1)
        return certificate;
    X509_free(certificate);
    return NULL;
}

static X509 *ca_create(EVP_PKEY *key)
{
    X509 *certificate = certificate_start("Microvisor device CA", key, NULL, CA_DAYS);
    if (certificate &&
        add_extension(certificate, certificate, NID_basic_constraints,
                      "critical,CA:TRUE,pathlen:0") &&
        add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
        add_extension(certificate, certificate, NID_subject_key_identifier, "hash") &&
        X509_sign(certificate, key, EVP_sha256()) > 0)
        return certificate;
    X509_free(certificate);
    return NULL;
}

static X509 *leaf_create(const struct authority *authority, const char *common_name,
                         const char *dns_names, const char *usage, EVP_PKEY *key, long days)
{
    X509 *ca = authority->ca_certificate;
    X509 *certificate = certificate_start(common_name, key, ca, days);
    if (certificate && add_extension(certificate, ca, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(certificate, ca, NID_key_usage, "critical,digitalSignature") &&
        add_extension(certificate, ca, NID_ext_key_usage, usage) &&
        add_extension(certificate, ca, NID_authority_key_identifier, "keyid:always") &&
        add_extension(certificate, ca, NID_subject_alt_name, dns_names) &&
        X509_sign(certificate, authority->ca_key, EVP_sha256()) > 0)
        return certificate;
    X509_free(certificate);
    return NULL;
}

static bool is_address(const char *name)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

static bool server_usable(const struct authority *authority, X509 *certificate, EVP_PKEY *key,
                          const char *const *names, size_t name_count)
{
    time_t renew = time(NULL) + SERVER_RENEW_DAYS * DAY_S;
    if (X509_check_private_key(certificate, key) != 1 ||
        X509_verify(certificate, authority->ca_key) != 1 ||
        X509_cmp_time(X509_get0_notAfter(certificate), &renew) <= 0)
        return false;
    for (size_t i = 0; i < name_count; i++) {
        if ((is_address(names[i]) ? X509_check_ip_asc(certificate, names[i], 0)
                                  : X509_check_host(certificate, names[i], 0, 0, NULL)) != 1)
            return false;
    }
    return true;
}

static X509 *server_issue(const struct authority *authority, EVP_PKEY *key,
                          const char *const *names, size_t name_count)
{
    char alternative[1024] = "";
    size_t used = 0;
    for (size_t i = 0; i < name_count; i++) {
        int more = snprintf(alternative + used, sizeof alternative - used, "%s%s:%s", i ? "," : "",
                            is_address(names[i]) ? "IP" : "DNS", names[i]);
        if (more < 0 || (size_t)more >= sizeof alternative - used)
            return NULL;
        used += (size_t)more;
    }
    return leaf_create(authority, names[0], alternative, "serverAuth", key, SERVER_DAYS);
}

bool authority_server(const struct authority *authority, const char *folder, const char *base,
                      const char *const *names, size_t name_count, EVP_PKEY **key,
                      X509 **certificate)
{
    char key_file[64], certificate_file[64];
    snprintf(key_file, sizeof key_file, "%s.key.pem", base);
    snprintf(certificate_file, sizeof certificate_file, "%s.cert.pem", base);
    *certificate = NULL;
    *key = pem_key_open(folder, key_file);
    if (!*key)
        return false;
    X509 *old = pem_certificate_load(folder, certificate_file);
    if (old && server_usable(authority, old, *key, names, name_count)) {
        *certificate = old;
        return true;
    }
    X509_free(old);
    *certificate = server_issue(authority, *key, names, name_count);
    return *certificate && pem_certificate_save(folder, certificate_file, *certificate);
}

static bool ca_open(struct authority *authority, const char *folder)
{
    authority->ca_key = pem_key_open(folder, "ca.key.pem");
    if (!authority->ca_key)
        return false;
    authority->ca_certificate = pem_certificate_load(folder, "ca.cert.pem");
    if (authority->ca_certificate)
        return X509_check_private_key(authority->ca_certificate, authority->ca_key) == 1;
    authority->ca_certificate = ca_create(authority->ca_key);
    return authority->ca_certificate &&
           pem_certificate_save(folder, "ca.cert.pem", authority->ca_certificate);
}

bool authority_open(struct authority *authority, const char *folder, const char *const *names,
                    size_t name_count)
{
    memset(authority, 0, sizeof *authority);
    bool opened = ca_open(authority, folder) &&
                  authority_server(authority, folder, "gateway", names, name_count,
                                   &authority->gateway_key, &authority->gateway_certificate);
    if (!opened)
        journal(JOURNAL_ERROR, "keys", "cannot open the device CA", "folder", folder);
    return opened;
}

bool authority_renew(struct authority *authority, const char *folder, const char *const *names,
                     size_t name_count)
{
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;
    bool renewed =
        authority_server(authority, folder, "gateway", names, name_count, &key, &certificate);
    if (renewed) {
        EVP_PKEY_free(authority->gateway_key);
        X509_free(authority->gateway_certificate);
        authority->gateway_key = key;
        authority->gateway_certificate = certificate;
        return true;
    }
    EVP_PKEY_free(key);
    X509_free(certificate);
    journal(JOURNAL_ERROR, "keys", "the gateway's certificate cannot be read; the old one stays");
    return false;
}

void authority_close(struct authority *authority)
{
    X509_free(authority->ca_certificate);
    X509_free(authority->gateway_certificate);
    EVP_PKEY_free(authority->ca_key);
    EVP_PKEY_free(authority->gateway_key);
    memset(authority, 0, sizeof *authority);
}

static X509_REQ *request_read(const char *pem)
{
    size_t size = strlen(pem);
    if (size > REQUEST_LIMIT)
        return NULL;
    BIO *bio = BIO_new_mem_buf(pem, (int)size);
    X509_REQ *request = bio ? PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return request;
}

enum authority_result authority_issue(const struct authority *authority, const char *request_pem,
                                      const char *device_sid, char **certificate_pem)
{
    char dns[64];
    enum authority_result result = AUTHORITY_NOT_A_REQUEST;
    X509 *certificate = NULL;
    X509_REQ *request = request_read(request_pem);
    EVP_PKEY *key = request ? X509_REQ_get0_pubkey(request) : NULL;
    *certificate_pem = NULL;
    if (!key)
        goto end;
    result = AUTHORITY_NOT_P256;
    if (!authority_is_p256(key))
        goto end;
    result = AUTHORITY_NOT_A_REQUEST;
    if (X509_REQ_verify(request, key) != 1)
        goto end;
    result = AUTHORITY_FAILED;
    snprintf(dns, sizeof dns, "DNS:%s", device_sid);
    certificate = leaf_create(authority, device_sid, dns, "clientAuth", key, CA_DAYS);
    if (certificate)
        *certificate_pem = pem_certificate_text(certificate);
    if (*certificate_pem)
        result = AUTHORITY_OK;
end:
    X509_free(certificate);
    X509_REQ_free(request);
    return result;
}

char *authority_ca_pem(const struct authority *authority)
{
    return pem_certificate_text(authority->ca_certificate);
}

bool authority_device_sid(X509 *certificate, char sid[35])
{
    char name[64];
    X509_NAME *subject = X509_get_subject_name(certificate);
    int length = X509_NAME_get_text_by_NID(subject, NID_commonName, name, sizeof name);
    if (length != 34 || strlen(name) != 34 || !tunnel_sid_valid(name, "UV"))
        return false;
    memcpy(sid, name, 35);
    return true;
}
