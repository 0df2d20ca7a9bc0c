/*
 * MQTT channels: a device on the tunnel, a real mosquitto behind the cloud, and mosquitto's own
 * clients (libmosquitto) as the other side of each exchange.
 */
#include "mqtt_world.h"

#include <stdlib.h>
#include <string.h>

/* ---- good ways, in both versions ---- */

static void exchange(uint32_t protocol)
{
    struct channel channel;
    char topic[32];
    snprintf(topic, sizeof topic, "exchange/%u", protocol);
    open_mqtt(&channel,
              &(struct connect){.protocol = protocol,
                                .client_id = "exchange",
                                .flags = CHANNEL_MQTT_CLEAN_START,
                                .keepalive_s = 60},
              4096);
    subscribe(&channel, 7, topic, 2);
    expect_codes(&channel, CHANNEL_MQTT_SUBSCRIBED, 0, 7, 2);
    FILE *others = others_subscribe("out/#", 3);
    for (uint32_t qos = 0; qos < 3; qos++) {
        char payload[32], out_topic[32], expected[96];
        snprintf(payload, sizeof payload, "payload %u", qos);
        snprintf(out_topic, sizeof out_topic, "out/%u", qos);
        others_publish(topic, payload, (int)qos, "");
        uint32_t id = expect_message(&channel, topic, payload, qos, 0);
        if (qos > 0)
            acknowledge(&channel, id);
        publish(&channel, 100 + qos, out_topic, payload, qos, 0);
        expect_published(&channel, 100 + qos, 0, 0);
        snprintf(expected, sizeof expected, "%u 0 %s %s", qos, out_topic, payload);
        expect_line(others, expected);
    }
    assert_int_equal(pclose(others), 0);
    unsubscribe(&channel, 8, topic);
    expect_codes(&channel, CHANNEL_MQTT_UNSUBSCRIBED, 0, 8, 0);
    others_publish(topic, "unheard", 1, "");
    expect_silence(&channel, 300);
    disconnect(&channel);
    expect_outcome(&channel, CHANNEL_MQTT_DISCONNECTED, 0, 0);
    publish(&channel, 200, "late", "x", 1, 0);
    expect_published(&channel, 200, CHANNEL_MQTT_NOT_CONNECTED, 0);
    subscribe(&channel, 201, "late", 0);
    expect_codes(&channel, CHANNEL_MQTT_SUBSCRIBED, CHANNEL_MQTT_NOT_CONNECTED, 201, -1);
    disconnect(&channel);
    expect_outcome(&channel, CHANNEL_MQTT_DISCONNECTED, CHANNEL_MQTT_NOT_CONNECTED, 0);
    channel_close(&channel);
}

static void exchange_3(void **state)
{
    (void)state;
    exchange(0);
}

static void exchange_5(void **state)
{
    (void)state;
    exchange(1);
}

/* A retained message is kept and comes marked; reasons of version 5 reach the application. */
static void retained_and_reasons(void **state)
{
    struct channel channel;
    (void)state;
    open_mqtt(&channel,
              &(struct connect){.protocol = 1, .client_id = "r", .flags = CHANNEL_MQTT_CLEAN_START},
              4096);
    publish(&channel, 1, "nobody/listens", "x", 1, 0);
    expect_published(&channel, 1, 0, 0x10); /* no matching subscribers */
    publish(&channel, 2, "kept", "for later", 1, 1);
    expect_published(&channel, 2, 0, 0x10);
    subscribe(&channel, 3, "kept", 0);
    expect_codes(&channel, CHANNEL_MQTT_SUBSCRIBED, 0, 3, 0);
    expect_message(&channel, "kept", "for later", 0, 1);
    unsubscribe(&channel, 4, "never/subscribed");
    expect_codes(&channel, CHANNEL_MQTT_UNSUBSCRIBED, 0, 4, 0x11); /* no subscription existed */
    channel_close(&channel);
}

static void will(void **state)
{
    struct channel channel;
    struct connect connect = {.client_id = "mortal",
                              .flags = CHANNEL_MQTT_CLEAN_START | CHANNEL_MQTT_WILL,
                              .will_qos = 1,
                              .will_topic = "out/will",
                              .will = "it is gone"};
    (void)state;
    for (uint32_t protocol = 0; protocol < 2; protocol++) {
        connect.protocol = protocol;
        FILE *others = others_subscribe("out/will", 1);
        open_mqtt(&channel, &connect, 4096);
        channel_close(&channel); /* without DISCONNECT */
        expect_line(others, "1 0 out/will it is gone");
        assert_int_equal(pclose(others), 0);
    }
    FILE *others = others_subscribe("out/#", 1);
    open_mqtt(&channel, &connect, 4096);
    disconnect(&channel);
    expect_outcome(&channel, CHANNEL_MQTT_DISCONNECTED, 0, 0);
    channel_close(&channel);
    others_publish("out/end", "no will came before", 1, "");
    expect_line(others, "1 0 out/end no will came before");
    assert_int_equal(pclose(others), 0);
}

/* What the device has not acknowledged comes again in the next connection of the session. */
static void unacknowledged(void **state)
{
    struct channel channel;
    (void)state;
    for (uint32_t protocol = 0; protocol < 2; protocol++) {
        struct connect connect = {.protocol = protocol,
                                  .client_id = protocol ? "keeps-5" : "keeps-3"};
        for (uint32_t qos = 1; qos < 3; qos++) {
            open_mqtt(&channel, &connect, 4096);
            subscribe(&channel, 1, "kept/session", 2);
            expect_codes(&channel, CHANNEL_MQTT_SUBSCRIBED, 0, 1, 2);
            others_publish("kept/session", "hold on to it", (int)qos, "");
            expect_message(&channel, "kept/session", "hold on to it", qos, 0);
            channel_close(&channel);
            open_mqtt(&channel, &connect, 4096);
            acknowledge(&channel,
                        expect_message(&channel, "kept/session", "hold on to it", qos, 0));
            disconnect(&channel);
            expect_outcome(&channel, CHANNEL_MQTT_DISCONNECTED, 0, 0);
            channel_close(&channel);
            open_mqtt(&channel, &connect, 4096);
            expect_silence(&channel, 300);
            channel_close(&channel);
        }
    }
}

/* ---- identities ---- */

static void client_certificates(void **state)
{
    struct channel channel;
    struct connect connect = {.client_id = "c",
                              .flags = CHANNEL_MQTT_CLEAN_START,
                              .port = client_port,
                              .files = {"ca.der", "client.der", "client.key.der"}};
    (void)state;
    open_mqtt(&channel, &connect, 4096);
    channel_close(&channel);
    connect.files = (struct credentials){"ca.der", "client_rsa.der", "client_rsa.key.der"};
    open_mqtt(&channel, &connect, 4096);
    channel_close(&channel);
    /* Keys with which each handshake would take the server long. */
    connect.files = (struct credentials){"ca.der", "client_huge.der", "client_huge.key.der"};
    refused(&connect, CHANNEL_MQTT_INVALID_PARAMETERS, 0);
    connect.files = (struct credentials){"ca.der", "client_odd.der", "client_odd.key.der"};
    refused(&connect, CHANNEL_MQTT_INVALID_PARAMETERS, 0);
    connect.files = (struct credentials){"ca.der", NULL, NULL}; /* the broker wants one */
    refused(&connect, CHANNEL_MQTT_SOCKET_ERROR, 0);
    connect.files = (struct credentials){"ca.der", "foreign.der", "foreign.key.der"};
    refused(&connect, ANY_FAILURE, 0); /* with TLS 1.3 the broker's reason may be lost */
    connect.files = (struct credentials){"ca.der", "client.der", "server.key.der"};
    refused(&connect, CHANNEL_MQTT_INVALID_PARAMETERS, 0);
    connect.files = (struct credentials){"ca.der", "client.pem", "client.key.der"};
    refused(&connect, CHANNEL_MQTT_INVALID_PARAMETERS, 0);
    connect.files = (struct credentials){"ca.der", "client.der", "client.key"};
    refused(&connect, CHANNEL_MQTT_INVALID_PARAMETERS, 0);
    connect.files = (struct credentials){"other.der", "client.der", "client.key.der"};
    refused(&connect, CHANNEL_MQTT_UNKNOWN_CA, 0); /* ours for the broker's certificate */
}

static void passwords(void **state)
{
    struct channel channel;
    struct connect connect = {.client_id = "p",
                              .flags = CHANNEL_MQTT_CLEAN_START,
                              .port = password_port,
                              .user = "someone",
                              .password = "secret"};
    (void)state;
    open_mqtt(&channel, &connect, 4096);
    channel_close(&channel);
    connect.password = "wrong";
    refused(&connect, CHANNEL_MQTT_COMPLETED, 5); /* not authorized */
    connect.protocol = 1;
    refused(&connect, CHANNEL_MQTT_COMPLETED, 0x87);
    connect.user = NULL;
    refused(&connect, CHANNEL_MQTT_COMPLETED, 0x87);
    assert_false(server_log_has(&server, "secret"));
}

static void certificates(void **state)
{
    static const struct {
        const char *name;
        uint32_t state;
    } cases[] = {{"foreign", CHANNEL_MQTT_UNKNOWN_CA},
                 {"expired", CHANNEL_MQTT_CERTIFICATE_EXPIRED},
                 {"misnamed", CHANNEL_MQTT_SOCKET_ERROR}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct connect connect = {.client_id = "c"};
        pid_t rogue =
            script_start("rogue_broker.py", "silent", folder, cases[i].name, &connect.port);
        refused(&connect, cases[i].state, 0);
        program_stop(rogue);
    }
    refused(&(struct connect){.client_id = "c", .host = "broker.invalid"}, CHANNEL_MQTT_NXDOMAIN,
            0);
    refused(&(struct connect){.client_id = "c", .port = 1}, CHANNEL_MQTT_SOCKET_ERROR, 0);
    refused(&(struct connect){.client_id = "c", .host = "a b"}, CHANNEL_MQTT_INVALID_PARAMETERS, 0);
    refused(&(struct connect){.client_id = "c", .protocol = 2}, CHANNEL_MQTT_INVALID_PARAMETERS, 0);
    refused(&(struct connect){.client_id = "c", .keepalive_s = 70000},
            CHANNEL_MQTT_INVALID_PARAMETERS, 0);
    refused(&(struct connect){.client_id = "c", .flags = CHANNEL_MQTT_WILL, .will_topic = "a/#"},
            CHANNEL_MQTT_INVALID_PARAMETERS, 0);
}

/* The rule for addresses holds for brokers as it does for HTTP. */
static void private_addresses(void **state)
{
    struct server strict, all = server;
    char config[128];
    (void)state;
    snprintf(config, sizeof config, "{\"egress_ca\": \"%s/ca.pem\"}", folder);
    server_new(&strict);
    server_start(&strict, config);
    server = strict;
    mqtt_world_device(NULL);
    refused(&(struct connect){.client_id = "c"}, CHANNEL_MQTT_SOCKET_ERROR, 0);
    refused(&(struct connect){.client_id = "c", .host = "127.0.0.1"}, CHANNEL_MQTT_SOCKET_ERROR, 0);
    refused(&(struct connect){.client_id = "c", .host = "::ffff:127.0.0.1"},
            CHANNEL_MQTT_SOCKET_ERROR, 0);
    mqtt_world_no_device(NULL);
    server_free(&strict);
    server = all;
}

/* ---- limits ---- */

static void bad_requests(void **state)
{
    struct channel channel;
    (void)state;
    open_mqtt(&channel, &(struct connect){.client_id = "b", .flags = CHANNEL_MQTT_CLEAN_START},
              4096);
    publish(&channel, 1, "wild/#", "x", 0, 0);
    expect_published(&channel, 1, CHANNEL_MQTT_INVALID_PARAMETERS, 0);
    publish(&channel, 2, "", "x", 0, 0);
    expect_published(&channel, 2, CHANNEL_MQTT_INVALID_PARAMETERS, 0);
    publish(&channel, 3, "t", "x", 3, 0);
    expect_published(&channel, 3, CHANNEL_MQTT_INVALID_PARAMETERS, 0);
    publish(&channel, 4, "\xff\xfe", "x", 0, 0);
    expect_published(&channel, 4, CHANNEL_MQTT_INVALID_PARAMETERS, 0);
    subscribe(&channel, 5, "a#", 0);
    expect_codes(&channel, CHANNEL_MQTT_SUBSCRIBED, CHANNEL_MQTT_INVALID_PARAMETERS, 5, -1);
    subscribe(&channel, 6, "a/#/b", 0);
    expect_codes(&channel, CHANNEL_MQTT_SUBSCRIBED, CHANNEL_MQTT_INVALID_PARAMETERS, 6, -1);
    subscribe(&channel, 7, "t", 3);
    expect_codes(&channel, CHANNEL_MQTT_SUBSCRIBED, CHANNEL_MQTT_INVALID_PARAMETERS, 7, -1);
    acknowledge(&channel, 12345); /* of nothing */
    send_connect(&channel, &(struct connect){.client_id = "again"});
    expect_outcome(&channel, CHANNEL_MQTT_CONNECTED, CHANNEL_MQTT_ALREADY_CONNECTED, 0);
    subscribe(&channel, 8, "+/x/#", 1); /* still well */
    expect_codes(&channel, CHANNEL_MQTT_SUBSCRIBED, 0, 8, 1);
    static const uint8_t cut[] = {CHANNEL_MQTT_PUBLISH, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3};
    channel_send(&channel, cut, sizeof cut);
    assert_int_equal(channel_closes(&channel, 5000), TUNNEL_CLOSE_PROTOCOL);
    channel_close(&channel);
}

/* A message that never fits is told of, and the broker is rid of it. */
static void lost(void **state)
{
    struct channel channel;
    struct channel_mqtt_lost information;
    const uint8_t *body;
    uint32_t size;
    char command[300];
    (void)state;
    snprintf(command, sizeof command, "head -c 100000 /dev/zero >%s/big", folder);
    assert_int_equal(system(command), 0);
    open_mqtt(&channel, &(struct connect){.client_id = "small"}, 512);
    subscribe(&channel, 1, "big/#", 2);
    expect_codes(&channel, CHANNEL_MQTT_SUBSCRIBED, 0, 1, 2);
    for (int qos = 0; qos < 3; qos++) {
        char arguments[256];
        snprintf(arguments, sizeof arguments,
                 "mosquitto_pub -h localhost -p %d -t big/one -q %d -f %s/big", open_port, qos,
                 folder);
        free(client(arguments));
        assert_int_equal(channel_receive(&channel, &body, &size, 10000), CHANNEL_MQTT_LOST);
        assert_true(channel_mqtt_lost_parse(body, size, &information));
        assert_int_equal(information.reason, 0);
        assert_int_equal(information.message_length, 100000);
        assert_memory_equal(body + information.topic.offset, "big/one", 7);
    }
    others_publish("big/small", "fits", 1, "");
    acknowledge(&channel, expect_message(&channel, "big/small", "fits", 1, 0));
    channel_close(&channel);
    open_mqtt(&channel, &(struct connect){.client_id = "small"}, 512);
    expect_silence(&channel, 300);
    channel_close(&channel);
}

/* Sixteen messages wait for acknowledgement, the others in the cloud or at the broker; none is lost
 * or doubled, and what the device asks meanwhile is answered. */
static void acknowledgement_window(void **state)
{
    enum { MESSAGES = 40, WINDOW = 16 };
    (void)state;
    for (uint32_t protocol = 0; protocol < 2; protocol++) {
        struct channel channel;
        uint32_t ids[MESSAGES];
        char payload[16], command[400];
        open_mqtt(&channel,
                  &(struct connect){
                      .protocol = protocol, .client_id = "w", .flags = CHANNEL_MQTT_CLEAN_START},
                  65536);
        subscribe(&channel, 1, "window", 1);
        expect_codes(&channel, CHANNEL_MQTT_SUBSCRIBED, 0, 1, 1);
        snprintf(command, sizeof command,
                 "seq 0 %d | timeout 20 mosquitto_pub -h localhost -p %d -t window -q 1 -l "
                 "--cafile %s/ca.pem",
                 MESSAGES - 1, open_port, folder);
        assert_int_equal(system(command), 0);
        for (int i = 0; i < MESSAGES; i++) {
            snprintf(payload, sizeof payload, "%d", i);
            if (i >= WINDOW)
                acknowledge(&channel, ids[i - WINDOW]);
            ids[i] = expect_message(&channel, "window", payload, 1, 0);
            if (i != WINDOW - 1)
                continue;
            expect_silence(&channel, 400);
            publish(&channel, 77, "elsewhere", "x", 1, 0);
            expect_published(&channel, 77, 0, protocol ? 0x10 : 0);
        }
        channel_close(&channel);
    }
}

/* A device that reads nothing of one channel holds up neither its other channels nor others. */
static void slow_device(void **state)
{
    struct channel slow, quick;
    struct connect connect = {.client_id = "slow", .flags = CHANNEL_MQTT_CLEAN_START};
    char command[400];
    (void)state;
    open_mqtt(&slow, &connect, 2048);
    subscribe(&slow, 1, "stream", 0);
    expect_codes(&slow, CHANNEL_MQTT_SUBSCRIBED, 0, 1, 0);
    connect.client_id = "quick";
    open_mqtt(&quick, &connect, 2048);
    slow.mean = true;
    snprintf(command, sizeof command,
             "yes 'some line of text that fills the buffers' | head -n 800 | timeout 20 "
             "mosquitto_pub -h localhost -p %d -t stream -q 0 -l --cafile %s/ca.pem",
             open_port, folder);
    assert_int_equal(system(command), 0);
    subscribe(&quick, 2, "other", 0);
    expect_codes(&quick, CHANNEL_MQTT_SUBSCRIBED, 0, 2, 0);
    others_publish("other", "comes through", 0, "");
    expect_message(&quick, "other", "comes through", 0, 0);
    channel_close(&quick);
    channel_close(&slow);
}

/* Answers may overtake each other, but each comes once. */
static void take_published(struct channel *channel, bool *seen, uint32_t count)
{
    struct channel_mqtt_published published;
    const uint8_t *body;
    uint32_t size;
    assert_int_equal(channel_receive(channel, &body, &size, 10000), CHANNEL_MQTT_PUBLISHED);
    assert_true(channel_mqtt_published_parse(body, size, &published));
    assert_int_equal(published.request_state, CHANNEL_MQTT_COMPLETED);
    /* With QoS 1 mosquitto tells that nobody subscribed. */
    assert_int_equal(published.reason_code, published.correlation_id % 2 == 0 ? 0x10 : 0);
    assert_true(published.correlation_id < count && !seen[published.correlation_id]);
    seen[published.correlation_id] = true;
}

/* Credit is given back while the broker takes what is published; every one is answered. */
static void many_publishes(void **state)
{
    enum { MESSAGES = 300 };
    struct channel channel;
    char payload[400];
    uint32_t answered = 0;
    bool seen[MESSAGES] = {false};
    (void)state;
    memset(payload, 'p', sizeof payload - 1);
    payload[sizeof payload - 1] = '\0';
    open_mqtt(&channel,
              &(struct connect){.protocol = 1, .client_id = "m", .flags = CHANNEL_MQTT_CLEAN_START},
              4096);
    for (uint32_t i = 0; i < MESSAGES; i++) {
        publish(&channel, i, "many", payload, 1 + i % 2, 0);
        for (; i - answered >= 15; answered++)
            take_published(&channel, seen, MESSAGES);
    }
    for (; answered < MESSAGES; answered++)
        take_published(&channel, seen, MESSAGES);
    channel_close(&channel);
}

#define WITH_DEVICE(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, mqtt_world_device, mqtt_world_no_device)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DEVICE(exchange_3),   WITH_DEVICE(exchange_5),     WITH_DEVICE(retained_and_reasons),
        WITH_DEVICE(will),         WITH_DEVICE(unacknowledged), WITH_DEVICE(client_certificates),
        WITH_DEVICE(passwords),    WITH_DEVICE(certificates),   cmocka_unit_test(private_addresses),
        WITH_DEVICE(bad_requests), WITH_DEVICE(lost),           WITH_DEVICE(acknowledgement_window),
        WITH_DEVICE(slow_device),  WITH_DEVICE(many_publishes),
    };
    return cmocka_run_group_tests(tests, mqtt_world_start, mqtt_world_stop);
}
