/* A TLS client connection: see tls_link.h. */
#include "cloud/egress/tls_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/egress/address.h"

#define ATTEMPT_MS  8000u /* for one address */
#define FINISH_MS   5000u /* for the last bytes */
#define TURN_BYTES  16384 /* read at once, so that no server keeps the loop */
#define LINK_MEMORY 32768 /* what a TLS connection takes, roughly */

enum link_state { LINK_CONNECTING, LINK_HANDSHAKE, LINK_OPEN, LINK_GONE };

struct attempt {
    uv_poll_t poll; /* first: handles cast */
    struct tls_link *link;
    int fd;
};

struct tls_link {
    struct egress *egress;
    const struct tls_link_events *events; /* NULL: finishing */
    void *owner;
    enum link_state state;
    SSL_CTX *context;
    SSL *ssl;
    char *host;
    struct resolver_answer found;
    unsigned next_address;
    struct attempt *attempt;
    uv_timer_t
        timer; /* of the attempt; then to look for bytes that TLS has buffered; then to end */
    bool reading, wants_write; /* wants_write: TLS waits for room */
    uint8_t *out;
    size_t out_at, out_used, out_size;
    uint64_t progress_ms;
};

static void on_poll(uv_poll_t *poll, int status, int events);
static void next_attempt(struct tls_link *link);

static uint64_t now_ms(const struct tls_link *link)
{
    return uv_now(link->egress->options.loop);
}

static void count(struct tls_link *link, long bytes)
{
    if (link->events)
        link->events->on_memory(link->owner, bytes);
}

/* ---- end ---- */

static void on_attempt_closed(uv_handle_t *handle)
{
    free(handle);
}

static void drop_attempt(struct tls_link *link)
{
    struct attempt *attempt = link->attempt;
    if (!attempt)
        return;
    link->attempt = NULL;
    uv_poll_stop(&attempt->poll);
    uv_close((uv_handle_t *)&attempt->poll, on_attempt_closed);
    close(attempt->fd);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct tls_link *link = handle->data;
    link->egress->link_count--;
    free(link);
}

static void drop_out(struct tls_link *link)
{
    if (link->out)
        OPENSSL_cleanse(link->out, link->out_size);
    free(link->out);
    link->out = NULL;
    link->out_at = link->out_used = link->out_size = 0;
}

static void forget_owner(struct tls_link *link)
{
    count(link, -(long)(link->out_size + LINK_MEMORY));
    link->events = NULL;
}

static void destroy(struct tls_link *link)
{
    if (link->state == LINK_GONE)
        return;
    forget_owner(link);
    link->state = LINK_GONE;
    if (link->ssl && SSL_is_init_finished(link->ssl))
        SSL_shutdown(link->ssl);
    ERR_clear_error();
    SSL_free(link->ssl);
    link->ssl = NULL;
    drop_attempt(link);
    SSL_CTX_free(link->context);
    free(link->host);
    drop_out(link);
    uv_close((uv_handle_t *)&link->timer, on_timer_closed);
}

void tls_link_abort(struct tls_link *link)
{
    destroy(link);
}

static void fail(struct tls_link *link, enum tls_link_failure failure, const char *why)
{
    const struct tls_link_events *events = link->events;
    void *owner = link->owner;
    journal(JOURNAL_DEBUG, "egress", "connection ended", "host", link->host, "reason", why);
    destroy(link);
    if (events)
        events->on_failed(owner, failure);
}

static void on_finish_limit(uv_timer_t *timer)
{
    destroy(timer->data);
}

/* ---- why TLS failed ---- */

static enum tls_link_failure failure_of_verify(long result)
{
    switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return TLS_LINK_EXPIRED;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_INVALID_CA:
        return TLS_LINK_UNKNOWN_CA;
    default:
        return TLS_LINK_SOCKET;
    }
}

static void fail_tls(struct tls_link *link, const char *what)
{
    unsigned long error = ERR_peek_last_error();
    long verified = SSL_get_verify_result(link->ssl);
    enum tls_link_failure failure = TLS_LINK_SOCKET;
    const char *why = error ? ERR_reason_error_string(error) : NULL;
    if (verified != X509_V_OK) {
        failure = failure_of_verify(verified);
        why = X509_verify_cert_error_string(verified);
    } else if (ERR_GET_REASON(error) == SSL_R_TLSV1_ALERT_UNKNOWN_CA) {
        failure = TLS_LINK_UNKNOWN_CA;
    } else if (ERR_GET_REASON(error) == SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED) {
        failure = TLS_LINK_EXPIRED;
    }
    fail(link, failure, why ? why : what);
}

/* ---- what to wait for ---- */

static void arm(struct tls_link *link)
{
    int events = 0;
    if (!link->attempt)
        return;
    if (link->state == LINK_CONNECTING || link->wants_write)
        events |= UV_WRITABLE;
    if (link->state == LINK_HANDSHAKE || (link->state == LINK_OPEN && link->reading))
        events |= UV_READABLE;
    if (events)
        uv_poll_start(&link->attempt->poll, events, on_poll);
    else
        uv_poll_stop(&link->attempt->poll);
}

/* ---- open ---- */

static void pump_out(struct tls_link *link)
{
    bool had = link->out_used > link->out_at;
    link->wants_write = false;
    while (link->state == LINK_OPEN && link->out_used > link->out_at) {
        size_t piece = link->out_used - link->out_at;
        ERR_clear_error();
        int sent = SSL_write(link->ssl, link->out + link->out_at,
                             piece < TURN_BYTES ? (int)piece : TURN_BYTES);
        if (sent > 0) {
            link->out_at += (size_t)sent;
            link->progress_ms = now_ms(link);
            continue;
        }
        int error = SSL_get_error(link->ssl, sent);
        link->wants_write = error == SSL_ERROR_WANT_WRITE;
        if (error != SSL_ERROR_WANT_WRITE && error != SSL_ERROR_WANT_READ)
            fail_tls(link, "cannot write");
        return;
    }
    if (!had || link->state != LINK_OPEN)
        return;
    count(link, -(long)link->out_size);
    drop_out(link);
    if (link->events)
        link->events->on_drained(link->owner);
    else
        destroy(link);
}

static void on_kick(uv_timer_t *timer);

static void pump_in(struct tls_link *link)
{
    uint8_t bytes[4096];
    int total = 0;
    while (link->state == LINK_OPEN && link->reading && link->events) {
        if (total >= TURN_BYTES) {
            if (SSL_pending(link->ssl) > 0)
                uv_timer_start(&link->timer, on_kick, 0, 0);
            break;
        }
        ERR_clear_error();
        int got = SSL_read(link->ssl, bytes, sizeof bytes);
        if (got > 0) {
            total += got;
            link->events->on_bytes(link->owner, bytes, (size_t)got);
            continue;
        }
        int error = SSL_get_error(link->ssl, got);
        if (error == SSL_ERROR_ZERO_RETURN)
            fail(link, TLS_LINK_SOCKET, "closed by the server");
        else if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
            fail_tls(link, "connection lost");
        break;
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
}

static void pump(struct tls_link *link)
{
    pump_out(link);
    if (link->state == LINK_OPEN)
        pump_in(link);
    if (link->state == LINK_OPEN)
        arm(link);
}

static void on_kick(uv_timer_t *timer)
{
    pump(timer->data);
}

/* Never from within the caller's call. */
static void kick(struct tls_link *link)
{
    if (link->state == LINK_OPEN && link->events)
        uv_timer_start(&link->timer, on_kick, 0, 0);
}

/* ---- handshake ---- */

static bool begin_tls(struct tls_link *link)
{
    struct sockaddr_storage address;
    link->ssl = SSL_new(link->context);
    if (!link->ssl || SSL_set_fd(link->ssl, link->attempt->fd) != 1)
        return false;
    SSL_set_connect_state(link->ssl);
    if (address_parse(link->host, 0, &address))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(link->ssl), link->host) == 1;
    return SSL_set1_host(link->ssl, link->host) == 1 &&
           SSL_set_tlsext_host_name(link->ssl, link->host) == 1;
}

static void handshake(struct tls_link *link)
{
    ERR_clear_error();
    int result = SSL_do_handshake(link->ssl);
    int error = SSL_get_error(link->ssl, result);
    link->wants_write = result != 1 && error == SSL_ERROR_WANT_WRITE;
    if (result == 1) {
        link->state = LINK_OPEN;
        link->progress_ms = now_ms(link);
        uv_timer_stop(&link->timer);
        link->events->on_open(link->owner);
        if (link->state == LINK_OPEN)
            pump(link);
    } else if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        arm(link);
    } else {
        fail_tls(link, "handshake failed");
    }
}

/* ---- connecting ---- */

static void on_attempt_limit(uv_timer_t *timer)
{
    struct tls_link *link = timer->data;
    if (link->state == LINK_CONNECTING)
        next_attempt(link);
    else
        fail(link, TLS_LINK_SOCKET, "handshake took too long");
}

static void connected(struct tls_link *link)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(link->attempt->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
        next_attempt(link);
        return;
    }
    link->state = LINK_HANDSHAKE;
    if (begin_tls(link))
        handshake(link);
    else
        fail(link, TLS_LINK_SOCKET, "cannot begin TLS");
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct tls_link *link = ((struct attempt *)poll)->link;
    (void)status; /* the socket's own error tells more */
    (void)events;
    if (link->state == LINK_CONNECTING)
        connected(link);
    else if (link->state == LINK_HANDSHAKE)
        handshake(link);
    else if (link->state == LINK_OPEN)
        pump(link);
}

static int open_socket(const struct sockaddr_storage *address)
{
    int one = 1, fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t size =
        address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    if (connect(fd, (const struct sockaddr *)address, size) == 0 || errno == EINPROGRESS)
        return fd;
    close(fd);
    return -1;
}

static bool attempt_address(struct tls_link *link, const struct sockaddr_storage *address)
{
    if (!egress_address_allowed(link->egress, (const struct sockaddr *)address))
        return false;
    int fd = open_socket(address);
    if (fd < 0)
        return false;
    struct attempt *attempt = memory_new(sizeof *attempt);
    attempt->link = link;
    attempt->fd = fd;
    if (uv_poll_init_socket(link->egress->options.loop, &attempt->poll, fd) != 0) {
        close(fd);
        free(attempt);
        return false;
    }
    link->attempt = attempt;
    uv_timer_start(&link->timer, on_attempt_limit, ATTEMPT_MS, 0);
    arm(link);
    return true;
}

static void next_attempt(struct tls_link *link)
{
    drop_attempt(link);
    while (link->next_address < link->found.count) {
        if (attempt_address(link, &link->found.addresses[link->next_address++]))
            return;
    }
    fail(link, TLS_LINK_SOCKET, "no address can be reached");
}

static void on_begin(uv_timer_t *timer)
{
    next_attempt(timer->data);
}

struct tls_link *tls_link_open(struct egress *egress, SSL_CTX *context, const char *host,
                               const struct resolver_answer *found,
                               const struct tls_link_events *events, void *owner)
{
    struct tls_link *link = memory_new(sizeof *link);
    link->egress = egress;
    link->events = events;
    link->owner = owner;
    link->context = context;
    SSL_CTX_up_ref(context);
    link->host = memory_copy(host, strlen(host));
    link->found = *found;
    egress->link_count++;
    uv_timer_init(egress->options.loop, &link->timer);
    link->timer.data = link;
    uv_timer_start(&link->timer, on_begin, 0, 0);
    count(link, LINK_MEMORY);
    return link;
}

/* ---- use ---- */

static void make_room(struct tls_link *link, size_t size)
{
    size_t pending = link->out_used - link->out_at;
    if (size <= link->out_size - link->out_used)
        return;
    size_t grown = 2 * (pending + size);
    uint8_t *out = memory_new(grown);
    if (pending > 0)
        memcpy(out, link->out + link->out_at, pending);
    count(link, (long)grown - (long)link->out_size);
    drop_out(link);
    link->out = out;
    link->out_size = grown;
    link->out_used = pending;
}

void tls_link_send(struct tls_link *link, const uint8_t *bytes, size_t size)
{
    if (size == 0 || link->state == LINK_GONE)
        return;
    if (tls_link_pending(link) == 0)
        link->progress_ms = now_ms(link);
    make_room(link, size);
    memcpy(link->out + link->out_used, bytes, size);
    link->out_used += size;
    kick(link);
}

size_t tls_link_pending(const struct tls_link *link)
{
    return link->out_used - link->out_at;
}

uint64_t tls_link_stalled_ms(const struct tls_link *link)
{
    return tls_link_pending(link) > 0 ? now_ms(link) - link->progress_ms : 0;
}

void tls_link_read(struct tls_link *link, bool on)
{
    if (link->reading == on)
        return;
    link->reading = on;
    if (on)
        kick(link);
    else if (link->state == LINK_OPEN)
        arm(link);
}

void tls_link_finish(struct tls_link *link)
{
    if (link->state != LINK_OPEN || tls_link_pending(link) == 0) {
        destroy(link);
        return;
    }
    forget_owner(link);
    link->reading = false;
    uv_timer_start(&link->timer, on_finish_limit, FINISH_MS, 0);
    link->wants_write = true; /* the next turn writes */
    arm(link);
}
