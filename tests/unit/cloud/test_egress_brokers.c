/* MQTT channels: brokers that misbehave over real TLS, see rogue_broker.py. */
#include "mqtt_world.h"

#include <stdio.h>

static void with_rogue(const char *how, struct channel *channel, pid_t *rogue,
                       const struct connect *given)
{
    struct connect connect = *given;
    *rogue = script_start("rogue_broker.py", how, folder, "server", &connect.port);
    connect.client_id = how;
    channel_open(channel, &device, TUNNEL_MQTT, next_stream, 4096);
    next_stream += 2;
    send_connect(channel, &connect);
}

static void rogue_before_connack(void **state)
{
    static const char *const ways[] = {"closes", "garbage", "silent"};
    struct channel channels[3];
    pid_t rogues[3];
    (void)state;
    for (int i = 0; i < 3; i++)
        with_rogue(ways[i], &channels[i], &rogues[i], &(struct connect){.keepalive_s = 5});
    for (int i = 0; i < 2; i++) {
        expect_outcome(&channels[i], CHANNEL_MQTT_CONNECTED, CHANNEL_MQTT_SOCKET_ERROR, 0);
        channel_close(&channels[i]);
    }
    channel_close(&channels[2]); /* the time limit is 30 s: here the device gives up */
    for (int i = 0; i < 3; i++)
        program_stop(rogues[i]);
}

static void rogue_after_connack(void **state)
{
    struct channel channel;
    pid_t rogue;
    (void)state;
    with_rogue("closes_later", &channel, &rogue, &(struct connect){.keepalive_s = 60});
    expect_outcome(&channel, CHANNEL_MQTT_CONNECTED, 0, 0);
    publish(&channel, 9, "t", "x", 1, 0); /* every request is answered */
    expect_published(&channel, 9, CHANNEL_MQTT_NOT_CONNECTED, 0);
    expect_outcome(&channel, CHANNEL_MQTT_DISCONNECTED, CHANNEL_MQTT_SOCKET_ERROR, 0);
    channel_close(&channel);
    program_stop(rogue);

    with_rogue("wrong_codes", &channel, &rogue, &(struct connect){.keepalive_s = 60});
    expect_outcome(&channel, CHANNEL_MQTT_CONNECTED, 0, 0);
    subscribe(&channel, 5, "t", 0);
    expect_codes(&channel, CHANNEL_MQTT_SUBSCRIBED, CHANNEL_MQTT_NOT_CONNECTED, 5, -1);
    expect_outcome(&channel, CHANNEL_MQTT_DISCONNECTED, CHANNEL_MQTT_SOCKET_ERROR, 0);
    channel_close(&channel);
    program_stop(rogue);
}

/* No PINGRESP comes: the keep-alive time and five seconds later the connection is given up. */
static void rogue_never_answers(void **state)
{
    struct channel channel;
    pid_t rogue;
    (void)state;
    with_rogue("never_answers", &channel, &rogue, &(struct connect){.keepalive_s = 1});
    expect_outcome(&channel, CHANNEL_MQTT_CONNECTED, 0, 0);
    expect_outcome(&channel, CHANNEL_MQTT_DISCONNECTED, CHANNEL_MQTT_SOCKET_ERROR, 0);
    channel_close(&channel);
    program_stop(rogue);
}

/* Takes messages as fast as they come until the circuit breaker ends it. */
static void rogue_floods(void **state)
{
    struct channel channel;
    const uint8_t *body;
    uint32_t size, messages = 0;
    pid_t rogue;
    uint8_t type;
    (void)state;
    with_rogue("floods", &channel, &rogue, &(struct connect){.keepalive_s = 60});
    expect_outcome(&channel, CHANNEL_MQTT_CONNECTED, 0, 0);
    while ((type = channel_receive(&channel, &body, &size, 10000)) == CHANNEL_MQTT_MESSAGE)
        messages++;
    assert_int_equal(type, CHANNEL_MQTT_DISCONNECTED);
    struct channel_mqtt_outcome outcome;
    assert_true(channel_mqtt_outcome_parse(body, size, &outcome));
    assert_int_equal(outcome.request_state, CHANNEL_MQTT_CIRCUIT_BREAKER);
    assert_true(messages >= 1000);
    channel_close(&channel);
    program_stop(rogue);
}

/* A packet of 200 MB passes through in pieces; what follows it is read. */
static void rogue_huge(void **state)
{
    struct channel channel;
    struct channel_mqtt_lost information;
    const uint8_t *body;
    uint32_t size;
    pid_t rogue;
    (void)state;
    with_rogue("huge", &channel, &rogue, &(struct connect){.keepalive_s = 60});
    expect_outcome(&channel, CHANNEL_MQTT_CONNECTED, 0, 0);
    long long before = server_resident_kb(&server);
    assert_int_equal(channel_receive(&channel, &body, &size, 20000), CHANNEL_MQTT_LOST);
    assert_true(channel_mqtt_lost_parse(body, size, &information));
    assert_int_equal(information.message_length, 200000000);
    assert_memory_equal(body + information.topic.offset, "huge", 4);
    const uint8_t *message_body;
    assert_int_equal(channel_receive(&channel, &message_body, &size, 60000), CHANNEL_MQTT_MESSAGE);
    assert_true(server_resident_kb(&server) - before < 50000);
    publish(&channel, 1, "t", "x", 0, 0); /* now the packet of another type */
    expect_published(&channel, 1, 0, 0);
    expect_outcome(&channel, CHANNEL_MQTT_DISCONNECTED, CHANNEL_MQTT_SOCKET_ERROR, 0);
    channel_close(&channel);
    program_stop(rogue);
}

/* Answers that the broker does not read are bounded too, and another channel goes on. */
static void rogue_floods_releases(void **state)
{
    struct channel channel, other;
    pid_t rogue;
    (void)state;
    with_rogue("floods_releases", &channel, &rogue, &(struct connect){.keepalive_s = 60});
    expect_outcome(&channel, CHANNEL_MQTT_CONNECTED, 0, 0);
    long long before = server_resident_kb(&server);
    expect_silence(&channel, 1000);
    assert_true(server_resident_kb(&server) - before < 50000);
    open_mqtt(&other, &(struct connect){.client_id = "o", .flags = CHANNEL_MQTT_CLEAN_START}, 4096);
    channel_close(&other);
    channel_close(&channel);
    program_stop(rogue);
}

#define WITH_DEVICE(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, mqtt_world_device, mqtt_world_no_device)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DEVICE(rogue_before_connack), WITH_DEVICE(rogue_after_connack),
        WITH_DEVICE(rogue_never_answers),  WITH_DEVICE(rogue_floods),
        WITH_DEVICE(rogue_huge),           WITH_DEVICE(rogue_floods_releases),
    };
    return cmocka_run_group_tests(tests, mqtt_world_start, mqtt_world_stop);
}
