/* TLS: see tls.h. */
#include "kernel/net/tls.h"

#include <string.h>

#include "formats/tunnel.h"
#include "kernel/net/random.h"
#include "kernel/net/transport.h"

#include "mbedtls/memory_buffer_alloc.h"
#include "mbedtls/ssl.h"
#include "mbedtls/ssl_internal.h"
#include "mbedtls/platform_util.h"

/* 13.8 KiB are used at the peak, in a full handshake. Host tests need more: longer pointers. */
#ifndef TLS_ARENA_BYTES
#define TLS_ARENA_BYTES (16u * 1024u)
#endif

#define BLOCK_HEADER_BYTES (8u * sizeof(void *))
#define WRITE_MAX          TUNNEL_RECORD_MAX

static uint8_t arena[TLS_ARENA_BYTES] __attribute__((aligned(8)));

static struct {
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
    mbedtls_x509_crt authority, certificate;
    mbedtls_pk_context key;
    mbedtls_ssl_session session; /* of the last connection, for resumption */
    const char *server_name;
    const char *error;
    uint32_t writing; /* size of the record that waits to be sent */
    bool usable, open, has_session, resuming;
} tls;

static const char *const alpn[] = {TUNNEL_ALPN, NULL};
static const int suites[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0};
static const mbedtls_ecp_group_id curves[] = {MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_NONE};
static const int signature_hashes[] = {MBEDTLS_MD_SHA256, MBEDTLS_MD_NONE};

void tls_arena_init(void)
{
    mbedtls_memory_buffer_alloc_init(arena, sizeof arena);
}

uint32_t tls_arena_peak_bytes(void)
{
    size_t bytes = 0, blocks = 0;
    mbedtls_memory_buffer_alloc_max_get(&bytes, &blocks);
    return (uint32_t)(bytes + blocks * BLOCK_HEADER_BYTES);
}

static int on_send(void *context, const unsigned char *data, size_t size)
{
    int32_t sent = transport_send(data, (uint32_t)size);
    (void)context;
    if (sent == 0)
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    return sent > 0 ? (int)sent : MBEDTLS_ERR_SSL_CONN_EOF;
}

static int on_receive(void *context, unsigned char *buffer, size_t size)
{
    int32_t got = transport_receive(buffer, (uint32_t)size);
    (void)context;
    if (got == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    return got > 0 ? (int)got : MBEDTLS_ERR_SSL_CONN_EOF;
}

/* The private key as Mbed TLS wants it: scalar and the point that belongs to it. */
static bool load_key(const uint8_t scalar[IDENTITY_KEY_SIZE])
{
    mbedtls_ecp_keypair *pair;
    if (mbedtls_pk_setup(&tls.key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) != 0)
        return false;
    pair = mbedtls_pk_ec(tls.key);
    return mbedtls_ecp_read_key(MBEDTLS_ECP_DP_SECP256R1, pair, scalar, IDENTITY_KEY_SIZE) == 0 &&
           mbedtls_ecp_check_privkey(&pair->grp, &pair->d) == 0 &&
           mbedtls_ecp_mul(&pair->grp, &pair->Q, &pair->d, &pair->grp.G, net_random_fill, NULL) ==
               0;
}

static bool load_certificates(const struct identity *identity)
{
    return mbedtls_x509_crt_parse_der_nocopy(&tls.authority, identity->ca_certificate,
                                             identity->ca_certificate_size) == 0 &&
           mbedtls_x509_crt_parse_der_nocopy(&tls.certificate, identity->device_certificate,
                                             identity->device_certificate_size) == 0;
}

static bool configure(void)
{
    mbedtls_ssl_config *config = &tls.config;
    if (mbedtls_ssl_config_defaults(config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0)
        return false;
    mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_ciphersuites(config, suites);
    mbedtls_ssl_conf_curves(config, curves);
    mbedtls_ssl_conf_sig_hashes(config, signature_hashes);
    mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(config, &tls.authority, NULL);
    mbedtls_ssl_conf_rng(config, net_random_fill, NULL);
    mbedtls_ssl_conf_session_tickets(config, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
    return mbedtls_ssl_conf_max_frag_len(config, MBEDTLS_SSL_MAX_FRAG_LEN_2048) == 0 &&
           mbedtls_ssl_conf_alpn_protocols(config, (const char **)(uintptr_t)alpn) == 0 &&
           mbedtls_ssl_conf_own_cert(config, &tls.certificate, &tls.key) == 0;
}

bool tls_init(const struct identity *identity)
{
    mbedtls_ssl_config_init(&tls.config);
    mbedtls_ssl_init(&tls.ssl);
    mbedtls_x509_crt_init(&tls.authority);
    mbedtls_x509_crt_init(&tls.certificate);
    mbedtls_pk_init(&tls.key);
    mbedtls_ssl_session_init(&tls.session);
    tls.server_name = identity->server_name;
    tls.error = "";
    tls.usable = load_key(identity->private_key) && load_certificates(identity) && configure();
    return tls.usable;
}

static void forget_session(void)
{
    mbedtls_ssl_session_free(&tls.session);
    mbedtls_ssl_session_init(&tls.session);
    tls.has_session = false;
}

bool tls_open(void)
{
    tls_close();
    tls.error = "out of memory";
    if (!tls.usable)
        return false;
    tls.open = true;
    tls.writing = 0;
    tls.resuming = false;
    if (mbedtls_ssl_setup(&tls.ssl, &tls.config) != 0 ||
        mbedtls_ssl_set_hostname(&tls.ssl, tls.server_name) != 0)
        return false;
    mbedtls_ssl_set_bio(&tls.ssl, NULL, on_send, on_receive, NULL);
    if (tls.has_session && mbedtls_ssl_set_session(&tls.ssl, &tls.session) != 0)
        forget_session();
    tls.error = "";
    return true;
}

static const char *certificate_error(void)
{
    uint32_t flags = mbedtls_ssl_get_verify_result(&tls.ssl);
    if (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED)
        return "server certificate is not from the pinned authority";
    if (flags & MBEDTLS_X509_BADCERT_CN_MISMATCH)
        return "server certificate is for another name";
    return "server certificate does not verify";
}

static const char *handshake_error(int error)
{
    switch (error) {
    case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
    case MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE:
        return certificate_error();
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
        return "server refuses the TLS handshake (is this device's certificate known there?)";
    case MBEDTLS_ERR_SSL_CONN_EOF:
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
        return "server closed the connection in the TLS handshake";
    case MBEDTLS_ERR_SSL_ALLOC_FAILED:
    case MBEDTLS_ERR_X509_ALLOC_FAILED:
    case MBEDTLS_ERR_MPI_ALLOC_FAILED:
    case MBEDTLS_ERR_PK_ALLOC_FAILED:
        return "out of memory in the TLS handshake";
    default:
        return "TLS handshake failed";
    }
}

static bool alpn_agreed(void)
{
    const char *chosen = mbedtls_ssl_get_alpn_protocol(&tls.ssl);
    return chosen != NULL && strcmp(chosen, TUNNEL_ALPN) == 0;
}

static void keep_session(void)
{
    forget_session();
    tls.has_session = mbedtls_ssl_get_session(&tls.ssl, &tls.session) == 0;
    if (!tls.has_session)
        forget_session();
}

/* As mbedtls_ssl_handshake(), but looks at the resumption flag before it is freed at the end. */
static int handshake_steps(void)
{
    int error = 0;
    while (error == 0 && tls.ssl.state != MBEDTLS_SSL_HANDSHAKE_OVER) {
        tls.resuming = tls.ssl.handshake->resume != 0;
        error = mbedtls_ssl_handshake_step(&tls.ssl);
    }
    return error;
}

enum tls_state tls_handshake(void)
{
    int error = handshake_steps();
    transport_flush();
    if (error == MBEDTLS_ERR_SSL_WANT_READ || error == MBEDTLS_ERR_SSL_WANT_WRITE)
        return TLS_AGAIN;
    if (error != 0) {
        tls.error = handshake_error(error);
        forget_session(); /* a stale ticket must not spoil the next attempt */
        return TLS_FAILED;
    }
    if (!alpn_agreed()) {
        tls.error = "server does not speak " TUNNEL_ALPN;
        return TLS_FAILED;
    }
    keep_session();
    return TLS_READY;
}

const char *tls_error(void)
{
    return tls.error;
}

bool tls_resumed(void)
{
    return tls.resuming;
}

/* A record that was encrypted but not yet sent is finished with its own size, whatever the caller
 * has added meanwhile. */
int32_t tls_write(const uint8_t *data, uint32_t size_bytes)
{
    int result;
    if (tls.writing == 0)
        tls.writing = size_bytes < WRITE_MAX ? size_bytes : WRITE_MAX;
    result = mbedtls_ssl_write(&tls.ssl, data, tls.writing);
    transport_flush();
    if (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE)
        return 0;
    tls.writing = 0;
    if (result > 0)
        return result;
    tls.error = "connection lost";
    return -1;
}

int32_t tls_read(uint8_t *buffer, uint32_t size_bytes)
{
    int result = mbedtls_ssl_read(&tls.ssl, buffer, size_bytes);
    if (result > 0)
        return result;
    if (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE)
        return 0;
    if (result == 0 || result == MBEDTLS_ERR_SSL_CONN_EOF ||
        result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        tls.error = "server closed the connection";
    else
        tls.error = "broken TLS record";
    return -1;
}

void tls_close(void)
{
    if (!tls.open)
        return;
    if (tls.ssl.state == MBEDTLS_SSL_HANDSHAKE_OVER) {
        mbedtls_ssl_close_notify(&tls.ssl);
        transport_flush();
    }
    mbedtls_ssl_free(&tls.ssl);
    mbedtls_ssl_init(&tls.ssl);
    tls.open = false;
}
