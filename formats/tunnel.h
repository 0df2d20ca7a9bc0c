/*
 * Tunnel between a device and the cloud: frames and payloads as bytes (docs/tunnel.md).
 *
 * Pure functions over the caller's buffers, the same code at both ends: no I/O, no allocation, no
 * state but what the caller passes in. All integers on the wire are big-endian. A parser never
 * reads outside the given length and never yields a frame that breaks a limit below.
 */
#ifndef FORMATS_TUNNEL_H
#define FORMATS_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/tunnel.pb.h"

#define TUNNEL_ALPN         "microvisor/1"
#define TUNNEL_VERSION      1u
#define TUNNEL_HEADER_BYTES 8u
#define TUNNEL_PAYLOAD_MAX  1024u
#define TUNNEL_FRAME_MAX    (TUNNEL_HEADER_BYTES + TUNNEL_PAYLOAD_MAX)
#define TUNNEL_HASH_BYTES   32u
#define TUNNEL_STREAMS_MAX  8u       /* open at once on one connection, both openers together */
#define TUNNEL_CREDIT_MAX   1048576u /* outstanding credit of one direction of a stream, bytes */
#define TUNNEL_RECORD_MAX   2048u    /* plaintext of one TLS record, either direction */
#define TUNNEL_KEEPALIVE_S  60u      /* silence after which a side sends Ping; default */
#define TUNNEL_HELLO_S      10u      /* Hello must arrive this soon after the TLS handshake */
#define TUNNEL_DEFAULT_PORT 443u

enum tunnel_type {
    TUNNEL_CONTROL = 1, /* one protobuf ControlMessage; stream 0 only */
    TUNNEL_OPEN = 2,    /* opens a stream: struct tunnel_open */
    TUNNEL_ACCEPT = 3,  /* u32: FETCH: size of the whole blob in bytes; else 0 */
    TUNNEL_DATA = 4,    /* bytes of a stream, within the receiver's credit; at least one */
    TUNNEL_CREDIT = 5,  /* u32: so many more bytes may be sent to me on this stream */
    TUNNEL_CLOSE = 6,   /* u32 enum tunnel_close: the stream is over in both directions */
};

enum tunnel_kind {
    TUNNEL_FETCH = 1,
    TUNNEL_LOG = 2,
    TUNNEL_HTTP = 3, /* messages of formats/channel.h, as on the next two */
    TUNNEL_MQTT = 4,
    TUNNEL_CONFIG = 5,
    TUNNEL_DEBUG = 6, /* reserved */
};

enum tunnel_close {
    TUNNEL_CLOSE_DONE = 0,        /* everything asked for was sent */
    TUNNEL_CLOSE_CANCELLED = 1,   /* the sender of CLOSE lost interest */
    TUNNEL_CLOSE_NOT_FOUND = 2,   /* FETCH: no such blob */
    TUNNEL_CLOSE_FORBIDDEN = 3,   /* FETCH: this device is not entitled to it */
    TUNNEL_CLOSE_RANGE = 4,       /* FETCH: offset beyond the end */
    TUNNEL_CLOSE_UNSUPPORTED = 5, /* stream kind not known here */
    TUNNEL_CLOSE_LIMIT = 6,       /* too many streams, or a rate limit */
    TUNNEL_CLOSE_PROTOCOL = 7,    /* malformed payload on this stream */
    TUNNEL_CLOSE_INTERNAL = 8,    /* try again later */
};

enum tunnel_error {
    TUNNEL_ERROR_LENGTH = -1,  /* header announces more than TUNNEL_PAYLOAD_MAX */
    TUNNEL_ERROR_STREAM = -2,  /* CONTROL not on stream 0, or another known type on stream 0 */
    TUNNEL_ERROR_PAYLOAD = -3, /* payload of a known type has an impossible length or content */
    TUNNEL_ERROR_SPACE = -4,   /* caller's buffer is too small */
};

struct tunnel_frame {
    uint8_t type; /* enum tunnel_type, or an unknown value: skip the frame */
    uint16_t stream;
    uint16_t length;        /* of payload, bytes */
    const uint8_t *payload; /* into the caller's buffer */
};

struct tunnel_open {
    uint8_t kind;                    /* enum tunnel_kind or unknown */
    uint32_t credit;                 /* bytes that the opener allows the acceptor at once */
    uint8_t hash[TUNNEL_HASH_BYTES]; /* FETCH only: SHA-256 of the blob */
    uint32_t offset;                 /* FETCH only: first byte wanted */
    uint32_t length;                 /* FETCH only: bytes wanted, 0 = to the end */
    uint8_t version;                 /* HTTP, MQTT, CONFIG only: CHANNEL_VERSION */
    uint32_t receive_bytes;          /* HTTP, MQTT, CONFIG only: size of the receive buffer */
};

/* Big-endian integers on the wire. */
void tunnel_put_u32(uint8_t out[4], uint32_t value);
uint32_t tunnel_get_u32(const uint8_t in[4]);

/*
 * Takes the first frame from the received bytes in[0..size).
 * Returns the bytes that it occupies (≥ 8), 0 if more bytes are needed (never more than
 * TUNNEL_FRAME_MAX in all), or a tunnel_error: the connection is then beyond repair.
 * Checks the stream number and payload length of known types; unknown types pass.
 */
int32_t tunnel_frame_parse(const uint8_t *in, size_t size, struct tunnel_frame *frame);

/*
 * Writes a frame header and copies the payload behind it (payload may already stand at
 * out + TUNNEL_HEADER_BYTES). Returns the bytes written or a tunnel_error.
 */
int32_t tunnel_frame_write(uint8_t *out, size_t size, uint8_t type, uint16_t stream,
                           const uint8_t *payload, size_t length);

/* Writes an ACCEPT, CREDIT or CLOSE frame, whose payload is one u32. */
int32_t tunnel_frame_write_u32(uint8_t *out, size_t size, uint8_t type, uint16_t stream,
                               uint32_t value);

/* Value of an ACCEPT, CREDIT or CLOSE frame that tunnel_frame_parse() passed. */
uint32_t tunnel_frame_u32(const struct tunnel_frame *frame);

/* Writes an OPEN frame. Returns the bytes written or a tunnel_error. */
int32_t tunnel_frame_write_open(uint8_t *out, size_t size, uint16_t stream,
                                const struct tunnel_open *open);

/* Reads an OPEN payload; false if it is too short for its kind. Longer payloads are fine. */
bool tunnel_open_parse(const struct tunnel_frame *frame, struct tunnel_open *open);

/* Writes a CONTROL frame with the message. Returns the bytes written or a tunnel_error. */
int32_t tunnel_control_write(uint8_t *out, size_t size, const tunnel_ControlMessage *message);

/*
 * Decodes the payload of a CONTROL frame; false if malformed. An unknown message gives true with
 * message->which_message == 0: skip it.
 */
bool tunnel_control_parse(const struct tunnel_frame *frame, tunnel_ControlMessage *message);

/*
 * Adds to a credit counter; false (protocol error) if it would pass TUNNEL_CREDIT_MAX.
 */
bool tunnel_credit_add(uint32_t *credit, uint32_t more);

/* Whether a SID is two given capitals and 32 hexadecimal digits, exactly 34 characters. */
bool tunnel_sid_valid(const char *sid, const char prefix[2]);

#endif
