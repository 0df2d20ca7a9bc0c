/*
 * Records of a TLS 1.2 connection with AES-GCM after its handshake (RFC 5246 §6.2, RFC 5288), so
 * that an idle device costs two keys here and not a whole library object. The handshake is
 * OpenSSL's, and so are the ciphers. No renegotiation, no compression. Loop thread.
 */
#ifndef CLOUD_GATEWAY_RECORD_H
#define CLOUD_GATEWAY_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#define RECORD_HEADER   5u
#define RECORD_OVERHEAD (RECORD_HEADER + 8u + 16u) /* header, explicit nonce, tag */
#define RECORD_TEXT_MAX 16384u
#define RECORD_MAX      (RECORD_TEXT_MAX + RECORD_OVERHEAD)

enum record_type {
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    RECORD_DATA = 23,
};

struct record_direction {
    uint8_t key[32], salt[4];
    uint64_t sequence; /* of the next record */
};

struct record_layer {
    struct record_direction in, out;
    uint8_t key_bytes; /* 16 or 32 */
    uint16_t text_max; /* of a record that we send, bytes */
};

/* Takes over from a server's SSL object whose handshake is over and that has neither sent nor
 * received anything since. send_max: bytes a record at most. False: it is not TLS 1.2 with AES-GCM;
 * nothing was changed. */
bool record_take_over(struct record_layer *layer, SSL *ssl, size_t send_max);

/* Writes one record of size <= text_max bytes; out gets size + RECORD_OVERHEAD. */
bool record_seal(struct record_layer *layer, enum record_type type, const uint8_t *bytes,
                 size_t size, uint8_t *out);

/* Whole size of the record that begins with these RECORD_HEADER bytes; 0: no record may be so. */
size_t record_size(const uint8_t header[RECORD_HEADER]);

/* Opens one whole record in place: *text and the result are its plaintext. -1: it is not authentic;
 * the connection must end. */
int record_open(struct record_layer *layer, uint8_t *record, size_t size, uint8_t *type,
                uint8_t **text);

#endif
