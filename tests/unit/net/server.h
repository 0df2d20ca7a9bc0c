/* A tunnel server for the tests: OpenSSL on loopback in a thread, one connection at a time, each
 * played by a script of the test.
 */
#ifndef TEST_NET_SERVER_H
#define TEST_NET_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "formats/tunnel.h"
#include "pki.h"

struct connection {
    SSL *ssl;
    int fd;
    uint32_t number; /* 0 is the server's first */
    void *context;
    atomic_bool *stop;
    uint8_t in[8192];
    size_t in_size, in_used;
};

typedef void (*server_script)(struct connection *connection);

struct server {
    uint16_t port;
    atomic_uint handshakes, refused; /* so far */
    int listen_fd;
    pthread_t thread;
    atomic_bool stop;
    SSL_CTX *tls;
    server_script script;
    void *context;
    bool no_alpn;
};

/* Starts on a free port (or the given one), with certificates of pki; clients must come from its
 * authority. */
struct server *server_start(const struct pki *pki, uint16_t port, bool no_alpn,
                            server_script script, void *context);
void server_stop(struct server *server);

/* For scripts. Receiving waits at most 5 seconds; false then, or when the client is gone. */
bool server_receive(struct connection *connection, struct tunnel_frame *frame);
/* The next frame of that type; others are skipped. */
bool server_expect(struct connection *connection, uint8_t type, struct tunnel_frame *frame);
/* The next control message of that kind; other frames are skipped. */
bool server_expect_control(struct connection *connection, pb_size_t which,
                           tunnel_ControlMessage *message);
void server_send_raw(struct connection *connection, const void *data, size_t size);
void server_send(struct connection *connection, uint8_t type, uint16_t stream, const void *payload,
                 size_t size);
void server_send_u32(struct connection *connection, uint8_t type, uint16_t stream, uint32_t value);
void server_send_control(struct connection *connection, const tunnel_ControlMessage *message);
/* Waits for Hello and answers Welcome. */
bool server_welcome(struct connection *connection, uint32_t keepalive_s);
void server_send_target(struct connection *connection, const uint8_t hash[32], uint32_t size);
/* Waits for the client to go away, reading what it still says; the last Goodbye's reason. */
uint32_t server_goodbye(struct connection *connection);

#endif
