/*
 * For tests of MQTT channels: a cloud, a device, a real mosquitto with TLS behind them, its own
 * clients (libmosquitto) as the other side of each exchange, and messages of the channel in short.
 */
#ifndef TESTS_CLOUD_MQTT_WORLD_H
#define TESTS_CLOUD_MQTT_WORLD_H

#include <stdio.h>

#include "channels.h"

#define ANY_FAILURE 0xFFFFFFFFu

extern struct server server;
extern struct device device;
extern char folder[];                             /* of keys and certificates, see egress_pki.sh */
extern int open_port, client_port, password_port; /* the broker's, by what it wants of a client */
extern uint16_t next_stream;

/* Group and test fixtures. */
int mqtt_world_start(void **state);
int mqtt_world_stop(void **state);
int mqtt_world_device(void **state);
int mqtt_world_no_device(void **state);

/* A client of mosquitto's; its output, which the caller frees. */
char *client(const char *arguments);
void others_publish(const char *topic, const char *payload, int qos, const char *more);
/* Starts a subscriber in the background that ends after so many messages. */
FILE *others_subscribe(const char *topic, int count);
void expect_line(FILE *out, const char *expected);

struct credentials {
    const char *ca, *certificate, *key; /* files; NULL: none */
};

struct connect {
    uint32_t protocol, flags, keepalive_s, will_qos;
    int port;
    const char *host, *client_id, *user, *password, *will_topic, *will;
    struct credentials files;
};

struct channel_text text_of(const char *text);
void put_text(struct channel_writer *writer, const char *text);
void send_connect(struct channel *channel, const struct connect *connect);
void open_mqtt(struct channel *channel, const struct connect *connect, uint32_t receive_bytes);
/* CONNECT fails with this, and nothing works afterwards. */
void refused(const struct connect *connect, uint32_t request_state, uint32_t reason);
void subscribe(struct channel *channel, uint32_t id, const char *topic, uint32_t qos);
void unsubscribe(struct channel *channel, uint32_t id, const char *topic);
void publish(struct channel *channel, uint32_t id, const char *topic, const char *payload,
             uint32_t qos, uint32_t retain);
void acknowledge(struct channel *channel, uint32_t id);
void disconnect(struct channel *channel);

void expect_outcome(struct channel *channel, uint8_t type, uint32_t state, uint32_t reason);
/* code -1: no codes. */
void expect_codes(struct channel *channel, uint8_t type, uint32_t state, uint32_t id, int code);
void expect_published(struct channel *channel, uint32_t id, uint32_t state, uint32_t reason);
/* The next message's correlation id. */
uint32_t expect_message(struct channel *channel, const char *topic, const char *payload,
                        uint32_t qos, uint32_t retain);
/* Nothing comes within the time. */
void expect_silence(struct channel *channel, int timeout_ms);

#endif
