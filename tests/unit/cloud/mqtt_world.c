/* A world with an MQTT broker: see mqtt_world.h. */
#include "mqtt_world.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct server server;
struct device device;
char folder[] = "/tmp/mv-egress-test-XXXXXX";
static pid_t mosquitto;
int open_port, client_port, password_port;
uint16_t next_stream = 1;

/* ---- world ---- */

static void start_mosquitto(void)
{
    char path[128], command[256];
    char *argv[] = {"/usr/sbin/mosquitto", "-c", path, NULL};
    open_port = free_port();
    client_port = free_port();
    password_port = free_port();
    snprintf(command, sizeof command, "mosquitto_passwd -b -c %s/passwords someone secret", folder);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof path, "%s/mosquitto.conf", folder);
    FILE *file = fopen(path, "w");
    fprintf(file,
            "per_listener_settings true\nuser root\npersistence false\nlog_dest none\n"
            "max_inflight_messages 40\nmax_queued_messages 5000\n"
            "listener %d 127.0.0.1\nallow_anonymous true\n"
            "certfile %s/server.pem\nkeyfile %s/server.key\n"
            "listener %d 127.0.0.1\nallow_anonymous true\nrequire_certificate true\n"
            "cafile %s/ca.pem\ncertfile %s/server.pem\nkeyfile %s/server.key\n"
            "listener %d 127.0.0.1\nallow_anonymous false\npassword_file %s/passwords\n"
            "certfile %s/server.pem\nkeyfile %s/server.key\n",
            open_port, folder, folder, client_port, folder, folder, folder, password_port, folder,
            folder, folder);
    fclose(file);
    mosquitto = program_start(argv, NULL, 0);
    port_wait(password_port);
}

int mqtt_world_start(void **state)
{
    char config[256];
    (void)state;
    assert_non_null(mkdtemp(folder));
    pki_make(folder);
    start_mosquitto();
    snprintf(config, sizeof config,
             "{\"egress_allow_private\": true, \"egress_ca\": \"%s/ca.pem\"}", folder);
    /* What the sanitizer keeps of freed memory must not look like memory in use. */
    setenv("ASAN_OPTIONS", "detect_leaks=1:quarantine_size_mb=4", 1);
    server_new(&server);
    server_start(&server, config);
    return 0;
}

int mqtt_world_stop(void **state)
{
    char command[64];
    (void)state;
    server_free(&server);
    program_stop(mosquitto);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int mqtt_world_device(void **state)
{
    (void)state;
    channels_reset();
    device_provision(&server, &device, NULL);
    device_open(&server, &device, NULL);
    return 0;
}

int mqtt_world_no_device(void **state)
{
    (void)state;
    device_free(&device);
    return 0;
}

/* A client of mosquitto's; its output, which the caller frees. */
char *client(const char *arguments)
{
    char command[512], *text = calloc(1, 8192);
    snprintf(command, sizeof command, "timeout 20 %s --cafile %s/ca.pem", arguments, folder);
    FILE *out = popen(command, "r");
    size_t used = fread(text, 1, 8191, out);
    text[used] = '\0';
    int status = pclose(out);
    if (status != 0)
        print_error("%s: %d\n", command, status);
    assert_int_equal(status, 0);
    return text;
}

void others_publish(const char *topic, const char *payload, int qos, const char *more)
{
    char arguments[256];
    snprintf(arguments, sizeof arguments, "mosquitto_pub -h localhost -p %d -t %s -m '%s' -q %d %s",
             open_port, topic, payload, qos, more);
    free(client(arguments));
}

/* Starts a subscriber in the background that ends after so many messages. */
FILE *others_subscribe(const char *topic, int count)
{
    char command[512];
    snprintf(command, sizeof command,
             "timeout 20 stdbuf -oL mosquitto_sub -h localhost -p %d -t '%s' -q 2 -C %d -F '%%q "
             "%%r %%t %%p' "
             "--cafile %s/ca.pem -d 2>&1",
             open_port, topic, count, folder);
    FILE *out = popen(command, "r");
    char line[512];
    do
        assert_non_null(fgets(line, sizeof line, out));
    while (!strstr(line, "Subscribed"));
    return out;
}

void expect_line(FILE *out, const char *expected)
{
    char line[512];
    do
        assert_non_null(fgets(line, sizeof line, out));
    while (strncmp(line, "Client ", 7) == 0); /* what -d tells */
    line[strcspn(line, "\n")] = '\0';
    assert_string_equal(line, expected);
}

/* ---- messages ---- */

struct channel_text text_of(const char *text)
{
    struct channel_text out = {(const uint8_t *)text, (uint32_t)strlen(text)};
    return out;
}

void put_text(struct channel_writer *writer, const char *text)
{
    channel_put_string(writer, text ? text : "", text ? (uint32_t)strlen(text) : 0);
}

static void put_file(struct channel_writer *writer, const char *name)
{
    uint32_t size = 0;
    uint8_t *bytes = name ? file_bytes(folder, name, &size) : NULL;
    channel_put_string(writer, bytes, size);
    free(bytes);
}

void send_connect(struct channel *channel, const struct connect *connect)
{
    struct channel_writer writer;
    uint8_t message[8192];
    struct channel_mqtt_connect_fixed fixed = {
        .protocol = connect->protocol,
        .authentication = connect->user != NULL,
        .flags = connect->flags |
                 (connect->files.ca || connect->files.key ? CHANNEL_MQTT_TLS_CREDENTIALS : 0u),
        .will_qos = connect->will_qos,
        .port = (uint32_t)(connect->port ? connect->port : open_port),
        .ca_count = connect->files.ca != NULL,
        .certificate_count = connect->files.certificate != NULL,
        .keepalive_s = connect->keepalive_s};
    channel_mqtt_connect_begin(&writer, message, sizeof message, &fixed);
    put_text(&writer, connect->host ? connect->host : "localhost");
    put_text(&writer, connect->client_id);
    put_text(&writer, connect->user);
    put_text(&writer, connect->password);
    put_text(&writer, connect->will_topic);
    put_text(&writer, connect->will);
    if (connect->files.ca)
        put_file(&writer, connect->files.ca);
    if (connect->files.certificate)
        put_file(&writer, connect->files.certificate);
    put_file(&writer, connect->files.key);
    uint32_t size = channel_end(&writer, CHANNEL_MQTT_CONNECT);
    assert_true(size > 0);
    channel_send(channel, message, size);
}

void expect_outcome(struct channel *channel, uint8_t type, uint32_t state, uint32_t reason)
{
    struct channel_mqtt_outcome outcome;
    const uint8_t *body;
    uint32_t size;
    assert_int_equal(channel_receive(channel, &body, &size, 40000), type);
    assert_true(channel_mqtt_outcome_parse(body, size, &outcome));
    if (state == ANY_FAILURE)
        assert_int_not_equal(outcome.request_state, CHANNEL_MQTT_COMPLETED);
    else
        assert_int_equal(outcome.request_state, state);
    assert_int_equal(outcome.reason_code, reason);
}

void open_mqtt(struct channel *channel, const struct connect *connect, uint32_t receive_bytes)
{
    channel_open(channel, &device, TUNNEL_MQTT, next_stream, receive_bytes);
    next_stream += 2;
    send_connect(channel, connect);
    expect_outcome(channel, CHANNEL_MQTT_CONNECTED, 0, 0);
}

void subscribe(struct channel *channel, uint32_t id, const char *topic, uint32_t qos)
{
    struct channel_mqtt_subscription one = {.qos = qos, .topic = text_of(topic)};
    struct channel_writer writer;
    uint8_t message[512];
    channel_mqtt_topics_begin(&writer, message, sizeof message, id, 1);
    channel_mqtt_put_subscription(&writer, &one);
    channel_send(channel, message, channel_end(&writer, CHANNEL_MQTT_SUBSCRIBE));
}

void unsubscribe(struct channel *channel, uint32_t id, const char *topic)
{
    struct channel_writer writer;
    uint8_t message[512];
    channel_mqtt_topics_begin(&writer, message, sizeof message, id, 1);
    put_text(&writer, topic);
    channel_send(channel, message, channel_end(&writer, CHANNEL_MQTT_UNSUBSCRIBE));
}

void expect_codes(struct channel *channel, uint8_t type, uint32_t state, uint32_t id, int code)
{
    struct channel_mqtt_codes codes;
    const uint8_t *body;
    uint32_t size;
    assert_int_equal(channel_receive(channel, &body, &size, 10000), type);
    assert_true(channel_mqtt_codes_parse(body, size, &codes));
    assert_int_equal(codes.request_state, state);
    assert_int_equal(codes.correlation_id, id);
    assert_int_equal(codes.count, code < 0 ? 0 : 1);
    if (code >= 0)
        assert_int_equal(codes.codes[0], code);
}

void publish(struct channel *channel, uint32_t id, const char *topic, const char *payload,
             uint32_t qos, uint32_t retain)
{
    struct channel_writer writer;
    uint8_t message[512];
    channel_mqtt_publish_begin(&writer, message, sizeof message, id, qos, retain, text_of(topic));
    channel_put_bytes(&writer, payload, (uint32_t)strlen(payload));
    channel_send(channel, message, channel_end(&writer, CHANNEL_MQTT_PUBLISH));
}

void expect_published(struct channel *channel, uint32_t id, uint32_t state, uint32_t reason)
{
    struct channel_mqtt_published published;
    const uint8_t *body;
    uint32_t size;
    assert_int_equal(channel_receive(channel, &body, &size, 10000), CHANNEL_MQTT_PUBLISHED);
    assert_true(channel_mqtt_published_parse(body, size, &published));
    assert_int_equal(published.request_state, state);
    assert_int_equal(published.correlation_id, id);
    assert_int_equal(published.reason_code, reason);
}

/* The next message's correlation id. */
uint32_t expect_message(struct channel *channel, const char *topic, const char *payload,
                        uint32_t qos, uint32_t retain)
{
    struct channel_mqtt_message message;
    const uint8_t *body;
    uint32_t size;
    assert_int_equal(channel_receive(channel, &body, &size, 10000), CHANNEL_MQTT_MESSAGE);
    assert_true(size >= CHANNEL_MQTT_MESSAGE_FIXED);
    assert_true(channel_mqtt_message_parse(body, size, &message));
    assert_int_equal(message.qos, qos);
    assert_int_equal(message.retain, retain);
    assert_int_equal(message.topic.length, strlen(topic));
    assert_memory_equal(body + message.topic.offset, topic, message.topic.length);
    assert_int_equal(message.payload.length, strlen(payload));
    assert_memory_equal(body + message.payload.offset, payload, message.payload.length);
    return message.correlation_id;
}

void acknowledge(struct channel *channel, uint32_t id)
{
    uint8_t message[32];
    channel_send(channel, message, channel_mqtt_acknowledge_write(message, sizeof message, id));
}

void disconnect(struct channel *channel)
{
    uint8_t message[16];
    channel_send(channel, message, channel_mqtt_disconnect_write(message, sizeof message));
}

/* Nothing comes within the time. */
void expect_silence(struct channel *channel, int timeout_ms)
{
    const uint8_t *body;
    uint32_t size;
    assert_int_equal(channel_receive(channel, &body, &size, timeout_ms), 0);
}

void refused(const struct connect *connect, uint32_t request_state, uint32_t reason)
{
    struct channel channel;
    channel_open(&channel, &device, TUNNEL_MQTT, next_stream, 4096);
    next_stream += 2;
    send_connect(&channel, connect);
    expect_outcome(&channel, CHANNEL_MQTT_CONNECTED, request_state, reason);
    publish(&channel, 1, "t", "x", 0, 0);
    expect_published(&channel, 1, CHANNEL_MQTT_NOT_CONNECTED, 0);
    channel_close(&channel);
}
