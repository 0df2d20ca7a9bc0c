/*
 * MQTT control packets, versions 3.1.1 and 5 (OASIS), as a client writes and reads them. Pure
 * functions: a parser never reads outside the given size and never yields text outside it.
 *
 * Own code instead of libmosquitto, whose receiving side acknowledges a message before its callback
 * sees it and takes packets of up to 256 MB into memory (docs/decisions.md).
 */
#ifndef CLOUD_EGRESS_MQTT_PACKET_H
#define CLOUD_EGRESS_MQTT_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/channel.h"

#define MQTT_HEADER_MAX 5u         /* type and remaining length */
#define MQTT_LENGTH_MAX 268435455u /* of a remaining length */

enum mqtt_type {
    MQTT_CONNECT = 1,
    MQTT_CONNACK = 2,
    MQTT_PUBLISH = 3,
    MQTT_PUBACK = 4,
    MQTT_PUBREC = 5,
    MQTT_PUBREL = 6,
    MQTT_PUBCOMP = 7,
    MQTT_SUBSCRIBE = 8,
    MQTT_SUBACK = 9,
    MQTT_UNSUBSCRIBE = 10,
    MQTT_UNSUBACK = 11,
    MQTT_PINGREQ = 12,
    MQTT_PINGRESP = 13,
    MQTT_DISCONNECT = 14,
};

/* ---- writing: the result is allocated, the caller frees it ---- */

struct mqtt_bytes {
    uint8_t *bytes;
    size_t size;
};

/* receive_maximum: QoS 1 and 2 messages that may wait for acknowledgement (5 only). The texts have
 * been checked (mqtt_rules.h). */
struct mqtt_bytes mqtt_write_connect(const struct channel_mqtt_connect *connect,
                                     uint32_t receive_maximum);
struct mqtt_bytes mqtt_write_subscribe(bool v5, uint16_t id,
                                       const struct channel_mqtt_topics *topics);
struct mqtt_bytes mqtt_write_unsubscribe(bool v5, uint16_t id,
                                         const struct channel_mqtt_topics *topics);
/* id is left out with QoS 0. */
struct mqtt_bytes mqtt_write_publish(bool v5, uint16_t id,
                                     const struct channel_mqtt_publish *publish);
/* PUBACK, PUBREC, PUBREL, PUBCOMP: success, the same bytes in both versions. */
struct mqtt_bytes mqtt_write_ack(enum mqtt_type type, uint16_t id);
/* PINGREQ, DISCONNECT. */
struct mqtt_bytes mqtt_write_empty(enum mqtt_type type);

/* ---- reading ---- */

struct mqtt_header {
    uint8_t type, flags;
    uint32_t header_bytes; /* 2 to 5 */
    uint32_t body_bytes;
};

/* 1: read; 0: more bytes are needed; -1: malformed. */
int mqtt_read_header(const uint8_t *in, size_t size, struct mqtt_header *header);

struct mqtt_connack {
    bool session_present;
    uint8_t reason;
    uint32_t receive_maximum;     /* 65,535 unless the broker says less */
    uint32_t maximum_packet_size; /* MQTT_LENGTH_MAX + 5 unless the broker says less */
    bool has_keep_alive;
    uint32_t keep_alive_s; /* the broker's, which replaces ours */
};

bool mqtt_read_connack(bool v5, const uint8_t *body, size_t size, struct mqtt_connack *connack);

struct mqtt_publish {
    uint8_t qos, retain;
    uint16_t id; /* 0 with QoS 0 */
    struct channel_text topic;
    uint32_t payload_offset, payload_bytes; /* in the body */
};

/*
 * Reads the beginning of a PUBLISH: size bytes of the body are there, header->body_bytes are to
 * come in all. 1: read; 0: more bytes are needed; -1: malformed.
 */
int mqtt_read_publish(bool v5, const struct mqtt_header *header, const uint8_t *body, size_t size,
                      struct mqtt_publish *publish);

/* PUBACK, PUBREC, PUBREL, PUBCOMP. */
struct mqtt_ack {
    uint16_t id;
    uint8_t reason;
};

bool mqtt_read_ack(bool v5, const uint8_t *body, size_t size, struct mqtt_ack *ack);

/* SUBACK and UNSUBACK; UNSUBACK has no codes in 3.1.1. */
struct mqtt_codes {
    uint16_t id;
    struct channel_text codes;
};

bool mqtt_read_codes(bool v5, const uint8_t *body, size_t size, struct mqtt_codes *codes);

/* DISCONNECT of the broker (5 only). */
bool mqtt_read_disconnect(const uint8_t *body, size_t size, uint8_t *reason);

#endif
