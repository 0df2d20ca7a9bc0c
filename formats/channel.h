/*
 * Messages on HTTP, MQTT and CONFIG streams of the tunnel (docs/tunnel.md §11 to §14).
 *
 * A message is an 8-byte header and a body; integers are big-endian, a "string" is a u16 length and
 * so many bytes, and what has no length of its own (an HTTP body, an MQTT payload) stands last. So
 * a request can be written in one pass into the application's send buffer, and a response be read
 * in place by offset. Pure functions over the caller's buffers: no I/O, no allocation. A parser
 * never reads outside the given size and never yields text outside it.
 */
#ifndef FORMATS_CHANNEL_H
#define FORMATS_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHANNEL_VERSION      1u
#define CHANNEL_HEADER_BYTES 8u
#define CHANNEL_MESSAGE_MAX  524288u /* header and body, either direction */
#define CHANNEL_RECEIVE_MIN  512u    /* smallest receive buffer that OPEN may announce */
#define CHANNEL_STRING_MAX   65535u

#define CHANNEL_HTTP_HEADERS_MAX          32u /* of a request */
#define CHANNEL_HTTP_RESPONSE_HEADERS_MAX 64u
#define CHANNEL_HTTP_TIMEOUT_MIN_MS       5000u
#define CHANNEL_HTTP_TIMEOUT_MAX_MS       10000u
#define CHANNEL_CONFIG_ITEMS_MAX          32u
#define CHANNEL_CONFIG_KEY_MAX            100u
#define CHANNEL_MQTT_CERTIFICATES_MAX     8u /* of each chain */
#define CHANNEL_MQTT_TOPICS_MAX           8u /* of one subscribe or unsubscribe */

/* Sizes of the fixed beginnings of bodies. */
#define CHANNEL_HTTP_REQUEST_FIXED    8u
#define CHANNEL_HTTP_RESPONSE_FIXED   16u
#define CHANNEL_HTTP_INDEX_ENTRY      4u
#define CHANNEL_CONFIG_REQUEST_FIXED  4u
#define CHANNEL_CONFIG_RESPONSE_FIXED 8u
#define CHANNEL_CONFIG_INDEX_ENTRY    8u
#define CHANNEL_MQTT_CONNECT_FIXED    12u
#define CHANNEL_MQTT_TOPICS_FIXED     8u /* subscribe and unsubscribe */
#define CHANNEL_MQTT_PUBLISH_FIXED    8u
#define CHANNEL_MQTT_STATE_FIXED      8u  /* connect response, disconnect response */
#define CHANNEL_MQTT_CODES_FIXED      12u /* (un)subscribe response; codes follow */
#define CHANNEL_MQTT_PUBLISHED_BYTES  12u
#define CHANNEL_MQTT_MESSAGE_FIXED    8u  /* topic and payload follow */
#define CHANNEL_MQTT_LOST_FIXED       12u /* topic follows */

enum channel_type {
    CHANNEL_HTTP_REQUEST = 0x01, /* device → cloud, once a stream */
    CHANNEL_HTTP_RESPONSE = 0x02,
    CHANNEL_CONFIG_REQUEST = 0x03, /* device → cloud, once a stream */
    CHANNEL_CONFIG_RESPONSE = 0x04,
    CHANNEL_MQTT_CONNECT = 0x10, /* device → cloud, once a stream */
    CHANNEL_MQTT_SUBSCRIBE = 0x11,
    CHANNEL_MQTT_UNSUBSCRIBE = 0x12,
    CHANNEL_MQTT_PUBLISH = 0x13,
    CHANNEL_MQTT_ACKNOWLEDGE = 0x14,
    CHANNEL_MQTT_DISCONNECT = 0x15,
    CHANNEL_MQTT_MESSAGE = 0x21, /* cloud → device: 0x20 + MvMqttReadableDataType */
    CHANNEL_MQTT_LOST = 0x22,
    CHANNEL_MQTT_CONNECTED = 0x23,
    CHANNEL_MQTT_SUBSCRIBED = 0x24,
    CHANNEL_MQTT_UNSUBSCRIBED = 0x25,
    CHANNEL_MQTT_PUBLISHED = 0x26,
    CHANNEL_MQTT_DISCONNECTED = 0x27,
};

/* Values of MvHttpResult. */
enum channel_http_result {
    CHANNEL_HTTP_OK = 0,
    CHANNEL_HTTP_UNSUPPORTED_SCHEME = 1,
    CHANNEL_HTTP_UNSUPPORTED_METHOD = 2,
    CHANNEL_HTTP_INVALID_HEADERS = 3,
    CHANNEL_HTTP_INVALID_TIMEOUT = 4,
    CHANNEL_HTTP_REQUEST_FAILED = 5,
    CHANNEL_HTTP_RESPONSE_TOO_LARGE = 6,
};

/* Values of MvConfigKeyFetchScope, …Store, MvConfigFetchResult and MvConfigKeyFetchResult. */
enum channel_config_scope { CHANNEL_SCOPE_ACCOUNT = 0, CHANNEL_SCOPE_DEVICE = 1 };
enum channel_config_store { CHANNEL_STORE_SECRET = 0, CHANNEL_STORE_CONFIG = 1 };
enum channel_config_result { CHANNEL_CONFIG_OK = 0, CHANNEL_CONFIG_RESPONSE_TOO_LARGE = 1 };
enum channel_item_result {
    CHANNEL_ITEM_OK = 0,
    CHANNEL_ITEM_NOT_FOUND = 1,
    CHANNEL_ITEM_SERVER_ERROR = 2,
};

/* Values of MvMqttRequestState. */
enum channel_mqtt_state {
    CHANNEL_MQTT_COMPLETED = 0,
    CHANNEL_MQTT_INVALID_PARAMETERS = 1,
    CHANNEL_MQTT_ALREADY_CONNECTED = 2,
    CHANNEL_MQTT_NOT_CONNECTED = 3,
    CHANNEL_MQTT_NXDOMAIN = 4,
    CHANNEL_MQTT_UNKNOWN_CA = 5,
    CHANNEL_MQTT_CERTIFICATE_EXPIRED = 6,
    CHANNEL_MQTT_SOCKET_ERROR = 7,
    CHANNEL_MQTT_CIRCUIT_BREAKER = 8,
};

enum channel_mqtt_flags {
    CHANNEL_MQTT_CLEAN_START = 0x01,
    CHANNEL_MQTT_WILL = 0x02,
    CHANNEL_MQTT_WILL_RETAIN = 0x04,
    CHANNEL_MQTT_TLS_CREDENTIALS = 0x08,
};

struct channel_text {
    const uint8_t *bytes; /* into the caller's buffer; not terminated, any bytes */
    uint32_t size;
};

struct channel_header {
    uint8_t type;        /* enum channel_type or unknown */
    uint32_t body_bytes; /* at most CHANNEL_MESSAGE_MAX − CHANNEL_HEADER_BYTES */
};

/* ---- both ends: header, writing and reading in one pass ---- */

/* Reads a header; false if it announces more than CHANNEL_MESSAGE_MAX. */
bool channel_header_parse(const uint8_t in[CHANNEL_HEADER_BYTES], struct channel_header *header);

/*
 * Writes one message into out[0..size). Never writes outside; what does not fit only sets
 * overflow. used counts header and body. channel_begin() leaves room for the header,
 * channel_end() writes it and returns the size of the message, or 0 upon overflow.
 */
struct channel_writer {
    uint8_t *out;
    uint32_t size, used;
    bool overflow;
};

void channel_begin(struct channel_writer *writer, uint8_t *out, uint32_t size);
void channel_put_u8(struct channel_writer *writer, uint32_t value);  /* above 255: 255 */
void channel_put_u16(struct channel_writer *writer, uint32_t value); /* above 65,535: overflow */
void channel_put_u32(struct channel_writer *writer, uint32_t value);
void channel_put_bytes(struct channel_writer *writer, const void *bytes, uint32_t size);
void channel_put_string(struct channel_writer *writer, const void *bytes, uint32_t size);
uint32_t channel_end(struct channel_writer *writer, enum channel_type type);

/*
 * Reads a body in[0..size). What goes beyond the end gives 0 or an empty text and sets bad, which
 * the caller checks once at the end.
 */
struct channel_reader {
    const uint8_t *in;
    uint32_t size, at;
    bool bad;
};

void channel_read(struct channel_reader *reader, const uint8_t *in, uint32_t size);
uint32_t channel_get_u8(struct channel_reader *reader);
uint32_t channel_get_u16(struct channel_reader *reader);
uint32_t channel_get_u32(struct channel_reader *reader);
struct channel_text channel_get_string(struct channel_reader *reader);
struct channel_text channel_get_rest(struct channel_reader *reader);

/* ---- HTTP ---- */

struct channel_http_request {
    uint32_t timeout_ms; /* as asked; not yet checked */
    struct channel_text method, url, body;
    uint32_t header_count;
    struct channel_text headers[CHANNEL_HTTP_HEADERS_MAX]; /* "Name: value" each */
};

/* Device: begins a request; then header_count strings, the body's bytes and channel_end(). */
void channel_http_begin(struct channel_writer *writer, uint8_t *out, uint32_t size,
                        uint32_t timeout_ms, uint32_t header_count, struct channel_text method,
                        struct channel_text url);

/* Cloud: false if malformed or too many headers. */
bool channel_http_request_parse(const uint8_t *body, uint32_t size,
                                struct channel_http_request *request);

/*
 * Fixed beginning of a response body. Header i is described by the index entry at
 * CHANNEL_HTTP_RESPONSE_FIXED + i × CHANNEL_HTTP_INDEX_ENTRY of the body; see channel_http_span().
 */
struct channel_http_response {
    uint32_t result; /* enum channel_http_result; unless OK all else is 0 */
    uint32_t status_code;
    uint32_t header_count;  /* at most CHANNEL_HTTP_RESPONSE_HEADERS_MAX */
    uint32_t headers_bytes; /* of all headers together, without the index */
    uint32_t body_offset;   /* of the HTTP body in the message's body */
    uint32_t body_length;   /* to the end of the message */
};

struct channel_span {
    uint32_t offset, length; /* in the message's body */
};

/* Reads the fixed beginning; body_bytes is that of the message's header. False if impossible. */
bool channel_http_response_parse(const uint8_t fixed[CHANNEL_HTTP_RESPONSE_FIXED],
                                 uint32_t body_bytes, struct channel_http_response *response);

/* Where the header of an index entry stands; false if it is not within the headers. */
bool channel_http_span(const struct channel_http_response *response,
                       const uint8_t entry[CHANNEL_HTTP_INDEX_ENTRY], struct channel_span *span);

/* Cloud: bytes of the message for these; more than CHANNEL_MESSAGE_MAX if impossible. */
uint32_t channel_http_response_size(uint32_t header_count, uint32_t headers_bytes,
                                    uint32_t body_length);

/*
 * Cloud: writes header, fixed part, index and headers; the caller puts the HTTP body and ends.
 * At most CHANNEL_HTTP_RESPONSE_HEADERS_MAX headers of 65,535 bytes together, else overflow.
 */
void channel_http_response_begin(struct channel_writer *writer, uint8_t *out, uint32_t size,
                                 uint32_t result, uint32_t status_code,
                                 const struct channel_text *headers, uint32_t header_count);

/* ---- CONFIG ---- */

struct channel_config_key {
    uint8_t scope, store; /* enum channel_config_scope, channel_config_store; not yet checked */
    struct channel_text key;
};

struct channel_config_request {
    uint32_t count;
    struct channel_config_key keys[CHANNEL_CONFIG_ITEMS_MAX];
};

/* Device: begins a request; then channel_config_put_key() count times and channel_end(). */
void channel_config_begin(struct channel_writer *writer, uint8_t *out, uint32_t size,
                          uint32_t count);
void channel_config_put_key(struct channel_writer *writer, uint32_t scope, uint32_t store,
                            struct channel_text key);

/* Cloud: false if malformed or too many keys. */
bool channel_config_request_parse(const uint8_t *body, uint32_t size,
                                  struct channel_config_request *request);

/* Fixed beginning of a response body. Item i: index entry at
 * CHANNEL_CONFIG_RESPONSE_FIXED + i × CHANNEL_CONFIG_INDEX_ENTRY; see channel_config_item(). */
struct channel_config_response {
    uint32_t result; /* enum channel_config_result; unless OK count is 0 */
    uint32_t count;
};

struct channel_config_item {
    uint8_t result;            /* enum channel_item_result */
    struct channel_span value; /* empty unless OK */
};

bool channel_config_response_parse(const uint8_t fixed[CHANNEL_CONFIG_RESPONSE_FIXED],
                                   uint32_t body_bytes, struct channel_config_response *response);
bool channel_config_item(const uint8_t entry[CHANNEL_CONFIG_INDEX_ENTRY], uint32_t count,
                         uint32_t body_bytes, struct channel_config_item *item);

struct channel_config_value {
    uint8_t result;
    struct channel_text value;
};

/* Cloud: writes a whole response; returns its size or 0 if it does not fit. */
uint32_t channel_config_response_write(uint8_t *out, uint32_t size, uint32_t result,
                                       const struct channel_config_value *values, uint32_t count);

/* ---- MQTT, device → cloud ---- */

/* Device: the fixed part of CONNECT, then these strings in this order, then channel_end(): host,
 * client id, user name, password, will topic, will payload, CA certificates, client certificates,
 * private key. What there is not is an empty string. */
struct channel_mqtt_connect_fixed {
    uint32_t protocol; /* 0: 3.1.1, 1: 5 */
    uint32_t authentication;
    uint32_t flags; /* enum channel_mqtt_flags */
    uint32_t will_qos;
    uint32_t port;
    uint32_t ca_count, certificate_count;
    uint32_t keepalive_s;
};

void channel_mqtt_connect_begin(struct channel_writer *writer, uint8_t *out, uint32_t size,
                                const struct channel_mqtt_connect_fixed *fixed);

struct channel_mqtt_connect {
    struct channel_mqtt_connect_fixed fixed;
    struct channel_text host, client_id, user_name, password, will_topic, will_payload;
    struct channel_text ca[CHANNEL_MQTT_CERTIFICATES_MAX];           /* DER */
    struct channel_text certificates[CHANNEL_MQTT_CERTIFICATES_MAX]; /* DER, own first */
    struct channel_text key;                                         /* PKCS #8, DER */
};

bool channel_mqtt_connect_parse(const uint8_t *body, uint32_t size,
                                struct channel_mqtt_connect *connect);

struct channel_mqtt_subscription {
    uint32_t qos, no_local, retain_as_published, retain_handling;
    struct channel_text topic;
};

struct channel_mqtt_topics {
    uint32_t correlation_id;
    uint32_t count; /* 0 to CHANNEL_MQTT_TOPICS_MAX */
    struct channel_mqtt_subscription topics[CHANNEL_MQTT_TOPICS_MAX]; /* unsubscribe: topic only */
};

/* Device: begins SUBSCRIBE or UNSUBSCRIBE; then count times channel_mqtt_put_subscription() or
 * channel_put_string(), and channel_end(). */
void channel_mqtt_topics_begin(struct channel_writer *writer, uint8_t *out, uint32_t size,
                               uint32_t correlation_id, uint32_t count);
void channel_mqtt_put_subscription(struct channel_writer *writer,
                                   const struct channel_mqtt_subscription *subscription);

bool channel_mqtt_subscribe_parse(const uint8_t *body, uint32_t size,
                                  struct channel_mqtt_topics *topics);
bool channel_mqtt_unsubscribe_parse(const uint8_t *body, uint32_t size,
                                    struct channel_mqtt_topics *topics);

struct channel_mqtt_publish {
    uint32_t correlation_id, qos, retain;
    struct channel_text topic, payload;
};

/* Device: PUBLISH up to the topic; then the payload's bytes and channel_end(). */
void channel_mqtt_publish_begin(struct channel_writer *writer, uint8_t *out, uint32_t size,
                                uint32_t correlation_id, uint32_t qos, uint32_t retain,
                                struct channel_text topic);
bool channel_mqtt_publish_parse(const uint8_t *body, uint32_t size,
                                struct channel_mqtt_publish *publish);

/* Device: whole messages; the size or 0. ACKNOWLEDGE's body is the u32 correlation id. */
uint32_t channel_mqtt_acknowledge_write(uint8_t *out, uint32_t size, uint32_t correlation_id);
uint32_t channel_mqtt_disconnect_write(uint8_t *out, uint32_t size);

/* ---- MQTT, cloud → device ---- */

/* CONNECTED and DISCONNECTED. */
struct channel_mqtt_outcome {
    uint32_t request_state; /* enum channel_mqtt_state */
    uint32_t reason_code;
};

bool channel_mqtt_outcome_parse(const uint8_t *body, uint32_t size,
                                struct channel_mqtt_outcome *outcome);
uint32_t channel_mqtt_outcome_write(uint8_t *out, uint32_t size, enum channel_type type,
                                    const struct channel_mqtt_outcome *outcome);

/* SUBSCRIBED and UNSUBSCRIBED: one code for each topic, none unless COMPLETED. */
struct channel_mqtt_codes {
    uint32_t request_state, correlation_id, count;
    uint8_t codes[CHANNEL_MQTT_TOPICS_MAX];
};

bool channel_mqtt_codes_parse(const uint8_t *body, uint32_t size, struct channel_mqtt_codes *codes);
uint32_t channel_mqtt_codes_write(uint8_t *out, uint32_t size, enum channel_type type,
                                  const struct channel_mqtt_codes *codes);

struct channel_mqtt_published {
    uint32_t request_state, correlation_id, reason_code;
};

bool channel_mqtt_published_parse(const uint8_t *body, uint32_t size,
                                  struct channel_mqtt_published *published);
uint32_t channel_mqtt_published_write(uint8_t *out, uint32_t size,
                                      const struct channel_mqtt_published *published);

/* MESSAGE. fixed is the beginning of the body: what stands behind it needs only body_bytes. */
struct channel_mqtt_message {
    uint32_t correlation_id; /* chosen by the cloud; wanted back in ACKNOWLEDGE if qos > 0 */
    uint8_t qos, retain;
    struct channel_span topic, payload; /* in the message's body */
};

bool channel_mqtt_message_parse(const uint8_t fixed[CHANNEL_MQTT_MESSAGE_FIXED],
                                uint32_t body_bytes, struct channel_mqtt_message *message);
uint32_t channel_mqtt_message_size(uint32_t topic_bytes, uint32_t payload_bytes);
/* message's spans are ignored. Returns the size or 0. */
uint32_t channel_mqtt_message_write(uint8_t *out, uint32_t size,
                                    const struct channel_mqtt_message *message,
                                    struct channel_text topic, struct channel_text payload);

/* LOST: a message that the device can never take. */
struct channel_mqtt_lost {
    uint32_t reason;           /* MvMqttLostMessageReason: 0 receive buffer too small */
    uint32_t message_length;   /* bytes of the payload that was lost */
    struct channel_span topic; /* cut to what the receive buffer takes */
};

bool channel_mqtt_lost_parse(const uint8_t fixed[CHANNEL_MQTT_LOST_FIXED], uint32_t body_bytes,
                             struct channel_mqtt_lost *lost);
uint32_t channel_mqtt_lost_write(uint8_t *out, uint32_t size, uint32_t reason,
                                 uint32_t message_length, struct channel_text topic);

#endif
