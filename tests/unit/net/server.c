/* See server.h. */
#include "server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 5000

static const unsigned char alpn[] = "\x0cmicrovisor/1";

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                       const unsigned char *in, unsigned in_size, void *context)
{
    (void)ssl;
    (void)context;
    if (SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_size, alpn, sizeof alpn - 1, in,
                              in_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *context_new(const struct pki *pki, bool no_alpn)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_use_certificate(tls, pki->server);
    SSL_CTX_use_PrivateKey(tls, pki->server_key);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(tls), pki->authority);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_session_id_context(tls, (const unsigned char *)"test", 4);
    SSL_CTX_set_max_send_fragment(tls, TUNNEL_RECORD_MAX);
    if (!no_alpn)
        SSL_CTX_set_alpn_select_cb(tls, choose_alpn, NULL);
    return tls;
}

static void serve(struct server *server, int fd)
{
    struct connection *connection = calloc(1, sizeof *connection);
    struct timeval limit = {.tv_sec = WAIT_MS / 1000};
    int on = 1;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection->fd = fd;
    connection->ssl = SSL_new(server->tls);
    connection->context = server->context;
    connection->stop = &server->stop;
    SSL_set_fd(connection->ssl, fd);
    if (SSL_accept(connection->ssl) == 1) {
        connection->number = atomic_fetch_add(&server->handshakes, 1);
        server->script(connection);
    } else {
        atomic_fetch_add(&server->refused, 1);
    }
    SSL_free(connection->ssl);
    close(fd);
    free(connection);
}

static void *run(void *context)
{
    struct server *server = context;
    while (!server->stop) {
        struct pollfd wait = {.fd = server->listen_fd, .events = POLLIN};
        if (poll(&wait, 1, 20) > 0) {
            int fd = accept(server->listen_fd, NULL, NULL);
            if (fd >= 0)
                serve(server, fd);
        }
    }
    return NULL;
}

struct server *server_start(const struct pki *pki, uint16_t port, bool no_alpn,
                            server_script script, void *context)
{
    struct server *server = calloc(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t size = sizeof address;
    int on = 1;

    server->tls = context_new(pki, no_alpn);
    server->script = script;
    server->context = context;
    server->listen_fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(server->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(server->listen_fd, (struct sockaddr *)&address, sizeof address) != 0)
        abort();
    listen(server->listen_fd, 4);
    getsockname(server->listen_fd, (struct sockaddr *)&address, &size);
    server->port = ntohs(address.sin_port);
    pthread_create(&server->thread, NULL, run, server);
    return server;
}

void server_stop(struct server *server)
{
    server->stop = true;
    pthread_join(server->thread, NULL);
    close(server->listen_fd);
    SSL_CTX_free(server->tls);
    free(server);
}

bool server_receive(struct connection *connection, struct tunnel_frame *frame)
{
    memmove(connection->in, connection->in + connection->in_used,
            connection->in_size - connection->in_used);
    connection->in_size -= connection->in_used;
    connection->in_used = 0;
    for (;;) {
        int32_t size = tunnel_frame_parse(connection->in, connection->in_size, frame);
        if (size > 0) {
            connection->in_used = (size_t)size;
            return true;
        }
        int got = size < 0 || *connection->stop
                      ? -1
                      : SSL_read(connection->ssl, connection->in + connection->in_size,
                                 (int)(sizeof connection->in - connection->in_size));
        if (got <= 0)
            return false;
        connection->in_size += (size_t)got;
    }
}

bool server_expect(struct connection *connection, uint8_t type, struct tunnel_frame *frame)
{
    while (server_receive(connection, frame))
        if (frame->type == type)
            return true;
    return false;
}

bool server_expect_control(struct connection *connection, pb_size_t which,
                           tunnel_ControlMessage *message)
{
    struct tunnel_frame frame;
    while (server_expect(connection, TUNNEL_CONTROL, &frame))
        if (tunnel_control_parse(&frame, message) && message->which_message == which)
            return true;
    return false;
}

void server_send_raw(struct connection *connection, const void *data, size_t size)
{
    (void)!SSL_write(connection->ssl, data, (int)size);
}

void server_send(struct connection *connection, uint8_t type, uint16_t stream, const void *payload,
                 size_t size)
{
    uint8_t out[TUNNEL_FRAME_MAX];
    int32_t bytes = tunnel_frame_write(out, sizeof out, type, stream, payload, size);
    if (bytes > 0)
        server_send_raw(connection, out, (size_t)bytes);
}

void server_send_u32(struct connection *connection, uint8_t type, uint16_t stream, uint32_t value)
{
    uint8_t payload[4];
    tunnel_put_u32(payload, value);
    server_send(connection, type, stream, payload, sizeof payload);
}

void server_send_control(struct connection *connection, const tunnel_ControlMessage *message)
{
    uint8_t out[TUNNEL_FRAME_MAX];
    int32_t bytes = tunnel_control_write(out, sizeof out, message);
    if (bytes > 0)
        server_send_raw(connection, out, (size_t)bytes);
}

bool server_welcome(struct connection *connection, uint32_t keepalive_s)
{
    tunnel_ControlMessage message;
    if (!server_expect_control(connection, tunnel_ControlMessage_hello_tag, &message))
        return false;
    memset(&message, 0, sizeof message);
    message.which_message = tunnel_ControlMessage_welcome_tag;
    message.message.welcome.version = TUNNEL_VERSION;
    message.message.welcome.session_id = connection->number + 1;
    message.message.welcome.unix_us = (uint64_t)time(NULL) * 1000000u;
    message.message.welcome.logging_enabled = true;
    message.message.welcome.keepalive_s = keepalive_s;
    server_send_control(connection, &message);
    return true;
}

void server_send_target(struct connection *connection, const uint8_t hash[32], uint32_t size)
{
    tunnel_ControlMessage message = {.which_message = tunnel_ControlMessage_target_tag};
    memcpy(message.message.target.manifest_hash.bytes, hash, 32);
    message.message.target.manifest_hash.size = 32;
    message.message.target.manifest_size = size;
    server_send_control(connection, &message);
}

uint32_t server_goodbye(struct connection *connection)
{
    tunnel_ControlMessage message;
    uint32_t reason = 0;
    while (server_expect_control(connection, tunnel_ControlMessage_goodbye_tag, &message))
        reason = message.message.goodbye.reason;
    return reason;
}
