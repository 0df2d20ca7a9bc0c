/* A TLS server connection: see transport.h. */
#include "cloud/gateway/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "formats/tunnel.h"

#define CIPHERS_TLS12                                                                              \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305"
#define READ_BYTES       16384
#define ALERT_FATAL      2u
#define ALERT_CLOSE      0u
#define ALERT_BAD_RECORD 20u
#define ALERT_UNEXPECTED 10u

struct write_request {
    uv_write_t request;
    struct transport *transport;
    size_t size, capacity;
    uint8_t bytes[];
};

#define OUT_BYTES 512 /* first size of a write; most messages fit */

/* ---- the ends that TLS reads from and writes to ---- */

static int bio_read(BIO *bio, char *bytes, int size)
{
    struct transport *transport = BIO_get_data(bio);
    size_t count = transport->in_size < (size_t)size ? transport->in_size : (size_t)size;
    BIO_clear_retry_flags(bio);
    if (count == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(bytes, transport->in, count);
    transport->in += count;
    transport->in_size -= count;
    return (int)count;
}

/* Room for size more bytes of what the socket is to get; NULL: no memory. */
static uint8_t *out_room(struct transport *transport, size_t size)
{
    struct write_request *out = transport->out;
    size_t used = out ? out->size : 0, needed = used + size;
    if (!out || needed > out->capacity) {
        size_t capacity = needed > OUT_BYTES ? 2 * needed : OUT_BYTES;
        out = realloc(out, sizeof *out + capacity);
        if (!out)
            return NULL; /* the old one is still there and is freed with the transport */
        out->transport = transport;
        out->capacity = capacity;
        transport->out = out;
    }
    out->size = needed;
    return out->bytes + used;
}

static int bio_write(BIO *bio, const char *bytes, int size)
{
    uint8_t *room = out_room(BIO_get_data(bio), (size_t)size);
    BIO_clear_retry_flags(bio);
    if (!room)
        return -1;
    memcpy(room, bytes, (size_t)size);
    return size;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

/* Made once; lives as long as the program. */
static BIO_METHOD *bio_method(void)
{
    static BIO_METHOD *method;
    if (!method) {
        method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "transport");
        if (method) {
            BIO_meth_set_read(method, bio_read);
            BIO_meth_set_write(method, bio_write);
            BIO_meth_set_ctrl(method, bio_control);
        }
    }
    return method;
}

/* ---- context ---- */

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                   const unsigned char *in, unsigned in_size, void *context)
{
    (void)ssl;
    (void)context;
    size_t wanted = strlen(TUNNEL_ALPN);
    for (unsigned at = 0; at < in_size; at += 1u + in[at]) {
        unsigned length = in[at];
        if (length > in_size - at - 1)
            break;
        if (length == wanted && memcmp(in + at + 1, TUNNEL_ALPN, wanted) == 0) {
            *out = in + at + 1;
            *out_size = (unsigned char)length;
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool context_configure(SSL_CTX *context, const struct authority *authority)
{
    static const unsigned char id[] = "microvisor-gateway";
    X509_STORE *roots = SSL_CTX_get_cert_store(context);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); /* devices keep tickets */
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_verify_depth(context, 1);
    SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
    SSL_CTX_set_max_send_fragment(context, TUNNEL_RECORD_MAX);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, CIPHERS_TLS12) == 1 &&
           SSL_CTX_set1_groups_list(context, "P-256") == 1 &&
           SSL_CTX_set1_sigalgs_list(context, "ECDSA+SHA256:ECDSA+SHA384") == 1 &&
           SSL_CTX_set1_client_sigalgs_list(context, "ECDSA+SHA256") == 1 &&
           SSL_CTX_set_session_id_context(context, id, sizeof id - 1) == 1 &&
           SSL_CTX_use_certificate(context, authority->gateway_certificate) == 1 &&
           SSL_CTX_use_PrivateKey(context, authority->gateway_key) == 1 &&
           X509_STORE_add_cert(roots, authority->ca_certificate) == 1 &&
           SSL_CTX_add_client_CA(context, authority->ca_certificate) == 1;
}

SSL_CTX *transport_context_new(const struct authority *authority)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context && context_configure(context, authority))
        return context;
    journal(JOURNAL_ERROR, "gateway", "cannot set TLS up", "error",
            ERR_reason_error_string(ERR_peek_last_error()));
    SSL_CTX_free(context);
    return NULL;
}

/* ---- closing ---- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct transport *transport = handle->data;
    SSL_free(transport->ssl);
    transport->ssl = NULL;
    OPENSSL_cleanse(&transport->records, sizeof transport->records);
    free(transport->partial);
    transport->partial = NULL;
    free(transport->out);
    transport->out = NULL;
    transport->events->on_closed(transport);
}

void transport_abort(struct transport *transport, const char *reason)
{
    if (transport->closing)
        return;
    transport->closing = true;
    if (transport->reason[0] == '\0')
        snprintf(transport->reason, sizeof transport->reason, "%s", reason);
    uv_close((uv_handle_t *)&transport->tcp, on_handle_closed);
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    struct transport *transport = request->data;
    if (status < 0 || !transport->lingering)
        transport_abort(transport, "");
}

/* ---- sending ---- */

static void on_written(uv_write_t *request, int status)
{
    struct write_request *write = (struct write_request *)request;
    struct transport *transport = write->transport;
    transport->pending -= write->size;
    free(write);
    if (transport->closing)
        return;
    if (status < 0)
        transport_abort(transport, uv_strerror(status));
    else if (transport->pending == 0 && transport->secure && !transport->finishing)
        transport->events->on_drained(transport);
}

/* Gives what TLS has produced to the socket. */
static void flush(struct transport *transport)
{
    struct write_request *write = transport->out;
    if (!write || transport->closing)
        return;
    transport->out = NULL;
    uv_buf_t buffer = uv_buf_init((char *)write->bytes, (unsigned)write->size);
    transport->pending += write->size;
    int result = uv_write(&write->request, (uv_stream_t *)&transport->tcp, &buffer, 1, on_written);
    if (result != 0) {
        transport->pending -= write->size;
        free(write);
        transport_abort(transport, uv_strerror(result));
    }
}

/* Bytes as one record or several, behind what the socket is to get. */
static bool seal(struct transport *transport, enum record_type type, const uint8_t *bytes,
                 size_t size)
{
    while (size > 0) {
        size_t piece = size < transport->records.text_max ? size : transport->records.text_max;
        uint8_t *room = out_room(transport, piece + RECORD_OVERHEAD);
        if (!room || !record_seal(&transport->records, type, bytes, piece, room))
            return false;
        bytes += piece;
        size -= piece;
    }
    return true;
}

void transport_send(struct transport *transport, const uint8_t *bytes, size_t size)
{
    if (transport->closing || transport->finishing || !transport->secure)
        return;
    ERR_clear_error();
    bool sent = transport->ssl ? SSL_write(transport->ssl, bytes, (int)size) == (int)size
                               : seal(transport, RECORD_DATA, bytes, size);
    if (!sent)
        transport_abort(transport, "TLS write failed");
    else
        flush(transport);
}

bool transport_congested(const struct transport *transport)
{
    return transport->pending >= TRANSPORT_PENDING_MAX;
}

static void say_close(struct transport *transport)
{
    static const uint8_t alert[] = {1, ALERT_CLOSE};
    if (transport->ssl)
        SSL_shutdown(transport->ssl);
    else
        seal(transport, RECORD_ALERT, alert, sizeof alert);
}

static void finish(struct transport *transport, const char *reason, bool linger)
{
    if (transport->closing || transport->finishing)
        return;
    snprintf(transport->reason, sizeof transport->reason, "%s", reason);
    if (transport->secure)
        say_close(transport);
    flush(transport);
    if (transport->closing)
        return;
    transport->finishing = true;
    transport->lingering = linger;
    transport->shutdown.data = transport;
    if (uv_shutdown(&transport->shutdown, (uv_stream_t *)&transport->tcp, on_shutdown) != 0)
        transport_abort(transport, "");
}

void transport_finish(struct transport *transport, const char *reason)
{
    finish(transport, reason, true);
}

/* ---- receiving ---- */

static void fail_tls(struct transport *transport, const char *what)
{
    char reason[160];
    unsigned long error = ERR_peek_last_error();
    const char *detail = error ? ERR_reason_error_string(error) : NULL;
    long verify = SSL_get_verify_result(transport->ssl);
    if (verify != X509_V_OK)
        detail = X509_verify_cert_error_string(verify);
    snprintf(reason, sizeof reason, "%s: %s", what, detail ? detail : "connection ended");
    finish(transport, reason, false); /* the alert goes out first */
}

static const char *peer_problem(SSL *ssl)
{
    const unsigned char *protocol;
    unsigned length;
    SSL_get0_alpn_selected(ssl, &protocol, &length);
    if (length != strlen(TUNNEL_ALPN) || memcmp(protocol, TUNNEL_ALPN, length) != 0)
        return "no ALPN protocol " TUNNEL_ALPN;
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK)
        return "no verified certificate";
    if (!authority_is_p256(X509_get0_pubkey(certificate)))
        return "certificate is not on P-256";
    return NULL;
}

/* OpenSSL read no byte behind the handshake, because it reads record by record. */
static void take_over(struct transport *transport)
{
    if (transport->closing || transport->finishing || SSL_has_pending(transport->ssl) ||
        !record_take_over(&transport->records, transport->ssl, TUNNEL_RECORD_MAX))
        return;
    SSL_set_quiet_shutdown(transport->ssl, 1);
    SSL_shutdown(transport->ssl); /* only notes that it is over; its ticket stays good */
    SSL_free(transport->ssl);
    transport->ssl = NULL;
}

/* True when the handshake is over. */
static bool handshake(struct transport *transport)
{
    int result = SSL_do_handshake(transport->ssl);
    if (result != 1) {
        int error = SSL_get_error(transport->ssl, result);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
            fail_tls(transport, "handshake failed");
        return false;
    }
    const char *problem = peer_problem(transport->ssl);
    if (problem) {
        finish(transport, problem, false);
        return false;
    }
    transport->secure = true;
    transport->version = SSL_get_version(transport->ssl);
    transport->resumed = SSL_session_reused(transport->ssl) == 1;
    flush(transport);
    transport->events->on_secure(transport);
    take_over(transport);
    return true;
}

static void decrypt_by_library(struct transport *transport)
{
    uint8_t bytes[4096];
    while (!transport->closing && !transport->finishing) {
        ERR_clear_error();
        int got = SSL_read(transport->ssl, bytes, sizeof bytes);
        if (got > 0) {
            transport->events->on_bytes(transport, bytes, (size_t)got);
            continue;
        }
        int error = SSL_get_error(transport->ssl, got);
        if (error == SSL_ERROR_ZERO_RETURN)
            finish(transport, "closed by the device", false);
        else if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
            fail_tls(transport, "TLS error");
        return;
    }
}

/* ---- receiving, records ---- */

struct partial_record {
    size_t used, wanted; /* bytes that are there, and that there must be to go on */
    uint8_t bytes[];
};

/* The connection ends with a fatal alert. */
static void fail_record(struct transport *transport, uint8_t code, const char *reason)
{
    const uint8_t alert[] = {ALERT_FATAL, code};
    seal(transport, RECORD_ALERT, alert, sizeof alert);
    finish(transport, reason, false);
}

static void take_alert(struct transport *transport, const uint8_t *text, int size)
{
    char reason[48];
    if (size == 2 && text[1] == ALERT_CLOSE) {
        finish(transport, "closed by the device", false);
        return;
    }
    snprintf(reason, sizeof reason, "TLS alert %d from the device", size == 2 ? text[1] : -1);
    finish(transport, reason, false);
}

/* A whole record, which is opened in place. */
static void take_record(struct transport *transport, uint8_t *record, size_t size)
{
    uint8_t type = 0, *text = NULL;
    int length = record_open(&transport->records, record, size, &type, &text);
    if (length < 0)
        fail_record(transport, ALERT_BAD_RECORD, "TLS error: a record is not authentic");
    else if (type == RECORD_ALERT)
        take_alert(transport, text, length);
    else if (type != RECORD_DATA)
        fail_record(transport, ALERT_UNEXPECTED, "TLS error: renegotiation");
    else if (length > 0)
        transport->events->on_bytes(transport, text, (size_t)length);
}

/* Begins to collect a record, or goes on to collect the whole of one whose header is there. */
static bool collect(struct transport *transport, size_t wanted)
{
    struct partial_record *partial =
        realloc(transport->partial, sizeof(struct partial_record) + wanted);
    if (!partial) {
        transport_abort(transport, "no memory");
        return false;
    }
    if (!transport->partial)
        partial->used = 0;
    partial->wanted = wanted;
    transport->partial = partial;
    return true;
}

/* The partial record has all that was wanted: its header, or the whole. */
static void complete(struct transport *transport)
{
    struct partial_record *partial = transport->partial;
    size_t size = record_size(partial->bytes);
    if (size == 0) {
        fail_record(transport, ALERT_UNEXPECTED, "TLS error: not a record");
    } else if (partial->used < size) {
        collect(transport, size);
    } else {
        transport->partial = NULL; /* what the record leads to may end the connection */
        take_record(transport, partial->bytes, size);
        free(partial);
    }
}

static void fill_partial(struct transport *transport)
{
    struct partial_record *partial = transport->partial;
    size_t missing = partial->wanted - partial->used;
    size_t piece = missing < transport->in_size ? missing : transport->in_size;
    memcpy(partial->bytes + partial->used, transport->in, piece);
    partial->used += piece;
    transport->in += piece;
    transport->in_size -= piece;
    if (partial->used == partial->wanted)
        complete(transport);
}

/* Whole records where they lie; what is left of the last one is kept. */
static void decrypt_records(struct transport *transport)
{
    while (transport->in_size > 0 && !transport->closing && !transport->finishing) {
        size_t size = transport->in_size >= RECORD_HEADER ? record_size(transport->in) : 0;
        if (transport->partial) {
            fill_partial(transport);
        } else if (transport->in_size < RECORD_HEADER || size > transport->in_size) {
            collect(transport, size ? size : RECORD_HEADER);
        } else if (size == 0) {
            fail_record(transport, ALERT_UNEXPECTED, "TLS error: not a record");
        } else {
            uint8_t *record = transport->in;
            transport->in += size;
            transport->in_size -= size;
            take_record(transport, record, size);
        }
    }
}

static void decrypt(struct transport *transport)
{
    ERR_clear_error();
    if (!transport->secure && !handshake(transport))
        return;
    if (transport->ssl)
        decrypt_by_library(transport);
    else
        decrypt_records(transport);
}

/* All reads on the loop share one buffer: libuv fills and hands it back within one turn. */
static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    static char bytes[READ_BYTES];
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(bytes, sizeof bytes);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct transport *transport = stream->data;
    if (got == 0)
        return;
    if (got < 0) {
        transport_abort(transport, got == UV_EOF ? "connection ended" : uv_strerror((int)got));
        return;
    }
    if (transport->finishing)
        return;
    transport->in = (uint8_t *)buffer->base;
    transport->in_size = (size_t)got;
    decrypt(transport);
    transport->in_size = 0; /* the rest of a connection that is over */
    if (!transport->closing && !transport->finishing)
        flush(transport);
}

/* ---- start ---- */

static void name_remote(struct transport *transport)
{
    struct sockaddr_storage address;
    int length = sizeof address, port = 0;
    char host[46] = "?";
    if (uv_tcp_getpeername(&transport->tcp, (struct sockaddr *)&address, &length) == 0) {
        if (address.ss_family == AF_INET6) {
            uv_ip6_name((struct sockaddr_in6 *)&address, host, sizeof host);
            port = ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
        } else {
            uv_ip4_name((struct sockaddr_in *)&address, host, sizeof host);
            port = ntohs(((struct sockaddr_in *)&address)->sin_port);
        }
    }
    snprintf(transport->remote, sizeof transport->remote, "%s:%d", host, port);
}

static bool tls_start(struct transport *transport, SSL_CTX *context)
{
    BIO_METHOD *method = bio_method();
    BIO *bio = method ? BIO_new(method) : NULL;
    transport->ssl = SSL_new(context);
    if (!bio || !transport->ssl) {
        BIO_free(bio);
        SSL_free(transport->ssl);
        transport->ssl = NULL;
        return false;
    }
    BIO_set_data(bio, transport);
    BIO_set_init(bio, 1);
    SSL_set_bio(transport->ssl, bio, bio);
    SSL_set_accept_state(transport->ssl);
    return true;
}

bool transport_start(struct transport *transport, uv_stream_t *listener, SSL_CTX *context,
                     const struct transport_events *events)
{
    memset(transport, 0, sizeof *transport);
    transport->events = events;
    if (uv_tcp_init(listener->loop, &transport->tcp) != 0)
        return false;
    transport->tcp.data = transport;
    if (uv_accept(listener, (uv_stream_t *)&transport->tcp) != 0 ||
        !tls_start(transport, context) ||
        uv_read_start((uv_stream_t *)&transport->tcp, on_allocate, on_read) != 0) {
        transport_abort(transport, "cannot accept");
        return true; /* on_closed follows */
    }
    uv_tcp_nodelay(&transport->tcp, 1);
    name_remote(transport);
    return true;
}
