// A fleet of simulated devices on one thread: TLS 1.2 with client certificates, and above it the
// tunnel (docs/tunnel.md) or MQTT. Only for benchmarks: the server's certificate is not verified,
// so that the client costs as little as it can.
#ifndef BENCH_FLEET_H
#define BENCH_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netinet/in.h>
#include <openssl/ssl.h>

#include "formats/tunnel.h"

enum member_state {
    MEMBER_NEW,
    MEMBER_TLS,     // connecting, or in the handshake
    MEMBER_WELCOME, // has said Hello (or CONNECT) and waits for the answer
    MEMBER_READY,
    MEMBER_GONE, // the connection failed or ended
};

struct member {
    int fd;
    SSL *ssl;
    enum member_state state;
    uint32_t events; // that epoll watches
    size_t in_used, out_used;
    uint8_t in[2 * TUNNEL_FRAME_MAX];
    uint8_t out[2 * TUNNEL_FRAME_MAX];
    char sid[35];
    X509 *certificate;
    uint32_t credit; // of its log stream
    uint64_t logs_sent, logs_stored;
    double ready_at; // seconds
};

struct fleet {
    SSL_CTX *context;
    EVP_PKEY *key; // all members share one: making keys is not what is measured
    struct sockaddr_in server;
    struct member *members;
    size_t count, in_progress, ready, gone;
    size_t concurrent; // handshakes at once
    size_t next;       // first member that was not connected yet
    bool only_tls;     // close after the handshake; `ready` counts them
    bool mqtt;
    int epoll;
    // Frames that are no part of connecting; may be NULL.
    void (*on_frame)(struct fleet *fleet, struct member *member, const struct tunnel_frame *frame);
};

// Reads FOLDER/key.pem and FOLDER/certificates (lines "SID BASE64-DER"), at most `count` of them.
// Ends the program with a message if that fails, as all functions here do.
void fleet_load(struct fleet *fleet, const char *folder, size_t count, uint16_t port);

// Connects members as `concurrent` allows and handles what comes, for at most `timeout_ms`.
void fleet_step(struct fleet *fleet, int timeout_ms);

// Connects all members and waits until they are ready.
void fleet_connect(struct fleet *fleet);

// Begins again with a member whose connection was closed.
void fleet_renew(struct fleet *fleet, struct member *member);

// Sends a frame; false if there is no room for it yet.
bool fleet_send(struct fleet *fleet, struct member *member, const uint8_t *frame, size_t size);

double fleet_now(void);

_Noreturn void fleet_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
