/*
 * An MQTT channel: one connection to one broker for one application (docs/tunnel.md §14). Its
 * halves: mqtt.c has the life of the connection and what the device asks for, mqtt_broker.c what
 * the broker sends, mqtt_credentials.c the TLS context.
 *
 * Back-pressure: nothing is read from the broker while the device takes nothing or has too many
 * messages to acknowledge, and no credit goes to the device while the broker takes nothing.
 */
#ifndef CLOUD_EGRESS_MQTT_H
#define CLOUD_EGRESS_MQTT_H

#include "cloud/egress/mqtt_packet.h"
#include "cloud/egress/outlet.h"
#include "cloud/egress/resolver.h"
#include "cloud/egress/tls_link.h"

#define MQTT_OPEN_S        30u    /* from CONNECT to the broker's answer */
#define MQTT_PING_MS       5000u  /* for an answer, beside the keep-alive time */
#define MQTT_STALL_MS      60000u /* a broker that takes no byte is given up */
#define MQTT_UNACKED_MAX   16u    /* messages that the device has not acknowledged */
#define MQTT_PUBLISHES_MAX 32u    /* without an answer; devices keep to 16 */
#define MQTT_PENDING_HI    65536u
#define MQTT_HELD_MAX      65536u /* bytes that wait for acknowledgement of those before them */
#define MQTT_RATE_PER_S    200u   /* messages from the broker; above the burst: circuit breaker */
#define MQTT_BURST         1000u
#define MQTT_PACKET_SLACK  16384u /* of properties, above the device's receive buffer */

enum mqtt_state {
    MQTT_IDLE,      /* no CONNECT yet */
    MQTT_RESOLVING, /* the broker's name */
    MQTT_OPENING,   /* TCP and TLS */
    MQTT_GREETING,  /* CONNECT is sent */
    MQTT_CONNECTED,
    MQTT_OVER, /* refused or disconnected: everything is answered with "not connected" */
};

/* A message that the broker wants acknowledged. */
struct mqtt_unacked {
    uint32_t correlation_id;
    uint16_t id;
    uint8_t qos;
};

/* A message that waits until the device has acknowledged others. Brokers of version 3.1.1 know no
 * receive maximum, and what they send behind it must be read: the device may wait for that before
 * it acknowledges anything. */
struct mqtt_held {
    struct mqtt_held *next;
    uint32_t correlation_id;
    uint16_t id;
    uint8_t qos;
    uint32_t size;
    uint8_t message[]; /* for the device */
};

/* A message of the device that the broker has not yet acknowledged. */
struct mqtt_outgoing {
    bool sent, released; /* released: PUBREL is sent */
    uint8_t qos, reason; /* of the broker's PUBREC */
    uint16_t id;
    uint32_t correlation_id;
    struct mqtt_bytes packet; /* until it is sent */
};

/* The one SUBSCRIBE or UNSUBSCRIBE that is serviced. */
struct mqtt_service {
    bool busy;
    uint16_t id;
    uint32_t correlation_id, count;
};

struct mqtt_outlet {
    struct outlet outlet; /* first: casts */
    enum mqtt_state state;
    bool v5;
    char *host;
    unsigned port;
    SSL_CTX *context;
    struct mqtt_bytes connect; /* the packet, until it is sent */
    struct resolver_question *question;
    struct tls_link *link;
    uint32_t opening_s;
    uint32_t keepalive_s;
    uint64_t sent_ms, ping_ms; /* ping_ms 0: none is unanswered */

    uint8_t *in; /* packets not yet taken */
    uint32_t in_used, in_size;
    uint32_t skip; /* bytes to come of a message that is too large */
    bool blocked;  /* the next message waits for acknowledgements, and too many do */
    bool taking;   /* inside take_fronts() */

    struct mqtt_unacked unacked[MQTT_UNACKED_MAX];
    uint32_t unacked_count, next_correlation_id;
    struct mqtt_held *held; /* first to last */
    uint32_t held_bytes;

    struct mqtt_outgoing outgoing[MQTT_PUBLISHES_MAX]; /* oldest first */
    uint32_t outgoing_count, waiting_bytes, under_way;
    uint32_t receive_maximum, maximum_packet_size; /* the broker's */
    uint16_t next_id;
    struct mqtt_service subscribe, unsubscribe;

    struct bucket received;
};

/* ---- mqtt_credentials.c ---- */

/* NULL: a certificate or the key cannot be used. */
SSL_CTX *mqtt_credentials(const struct egress *egress, const struct channel_mqtt_connect *connect);

/* ---- mqtt.c ---- */

/* Sends and frees a packet. */
void mqtt_send(struct mqtt_outlet *mqtt, struct mqtt_bytes packet);
void mqtt_free(struct mqtt_bytes *packet);

/* The connection is over: answers what is unanswered, then says why. */
void mqtt_over(struct mqtt_outlet *mqtt, enum channel_mqtt_state state, uint32_t reason_code);

void mqtt_answer_codes(struct mqtt_outlet *mqtt, enum channel_type type,
                       const struct channel_mqtt_codes *codes);
void mqtt_answer_published(struct mqtt_outlet *mqtt, uint32_t correlation_id,
                           enum channel_mqtt_state state, uint32_t reason_code);

/* Messages that wait for the broker's window. */
void mqtt_send_waiting(struct mqtt_outlet *mqtt);
void mqtt_outgoing_done(struct mqtt_outlet *mqtt, uint32_t index);

/* ---- mqtt_broker.c ---- */

/* Bytes of the broker. */
void mqtt_take(struct mqtt_outlet *mqtt, const uint8_t *bytes, size_t size);

/* The device has acknowledged, or has room again: goes on with what came before. */
void mqtt_resume(struct mqtt_outlet *mqtt);
void mqtt_drop_all(struct mqtt_outlet *mqtt);

#endif
