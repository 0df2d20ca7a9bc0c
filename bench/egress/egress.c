/*
 * What the cloud's egress costs: an HTTPS request through it beside the same one by curl, messages
 * of one device to a broker, memory of an idle connection to a broker. One JSON object a line.
 * Built from the tests' world (tests/unit/cloud/mqtt_world.h): real servers on loopback.
 */
#include "mqtt_world.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

enum { REQUESTS = 15, PUBLISHES = 2000, WINDOW = 15, DEVICES = 25, CHANNELS = 4 };

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void new_device(void)
{
    device_provision(&server, &device, NULL);
    device_open(&server, &device, NULL);
}

/* ---- HTTP ---- */

static void request_by_device(const char *url)
{
    struct channel channel;
    struct channel_writer writer;
    struct channel_http_response response;
    uint8_t message[512];
    const uint8_t *body;
    uint32_t size;
    channel_http_begin(&writer, message, sizeof message, 10000, 0, text_of("GET"), text_of(url));
    channel_open(&channel, &device, TUNNEL_HTTP, next_stream, 4096);
    next_stream += 2;
    channel_send(&channel, message, channel_end(&writer, CHANNEL_HTTP_REQUEST));
    assert_int_equal(channel_receive(&channel, &body, &size, 20000), CHANNEL_HTTP_RESPONSE);
    assert_true(channel_http_response_parse(body, size, &response));
    assert_int_equal(response.status_code, 200);
    channel_close(&channel);
}

static size_t on_nothing(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes, (void)context;
    return size * count;
}

static void request_by_curl(const char *url, const char *ca)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_nothing);
    assert_int_equal(curl_easy_perform(easy), CURLE_OK);
    curl_easy_cleanup(easy);
}

static void http(void **state)
{
    char url[64], ca[128];
    double through = 1e9, direct = 1e9;
    int port;
    (void)state;
    pid_t https = https_start(folder, "server", &port);
    snprintf(url, sizeof url, "https://localhost:%d/status/200", port);
    snprintf(ca, sizeof ca, "%s/ca.pem", folder);
    new_device();
    for (int i = 0; i < REQUESTS; i++) {
        double start = now_s();
        request_by_device(url);
        double between = now_s();
        request_by_curl(url, ca);
        through = between - start < through ? between - start : through;
        direct = now_s() - between < direct ? now_s() - between : direct;
    }
    printf("\n{\"name\": \"HTTPS request through the cloud, best of %d\", \"value\": %.2f, "
           "\"unit\": \"ms\", \"layer\": \"host\", \"peer\": \"curl alone\", \"peer_value\": %.2f, "
           "\"ratio\": %.2f}\n",
           REQUESTS, through * 1e3, direct * 1e3, through / direct);
    device_free(&device);
    program_stop(https);
}

/* ---- MQTT ---- */

static void take_published(struct channel *channel)
{
    const uint8_t *body;
    uint32_t size;
    assert_int_equal(channel_receive(channel, &body, &size, 20000), CHANNEL_MQTT_PUBLISHED);
}

static void publishes(void **state)
{
    struct channel channel;
    int answered = 0;
    (void)state;
    new_device();
    open_mqtt(&channel, &(struct connect){.client_id = "b", .flags = CHANNEL_MQTT_CLEAN_START},
              4096);
    double start = now_s();
    for (int i = 0; i < PUBLISHES; i++) {
        publish(&channel, (uint32_t)i, "bench", "a payload of some forty bytes, as sensors do", 1,
                0);
        for (; i - answered >= WINDOW; answered++)
            take_published(&channel);
    }
    for (; answered < PUBLISHES; answered++)
        take_published(&channel);
    printf("\n{\"name\": \"MQTT QoS 1 messages of one device\", \"value\": %.0f, \"unit\": "
           "\"messages/s\", \"layer\": \"host\"}\n",
           PUBLISHES / (now_s() - start));
    channel_close(&channel);
    device_free(&device);
}

static void connection_memory(void **state)
{
    static struct device devices[DEVICES];
    static struct channel channels[CHANNELS];
    (void)state;
    for (int i = 0; i < DEVICES; i++) {
        new_device();
        devices[i] = device;
    }
    long long before = server_resident_kb(&server);
    for (int i = 0; i < DEVICES; i++) {
        device = devices[i];
        for (int j = 0; j < CHANNELS; j++) {
            char id[32];
            snprintf(id, sizeof id, "idle-%d-%d", i, j);
            open_mqtt(&channels[j], &(struct connect){.protocol = 1, .client_id = id}, 4096);
        }
        for (int j = 0; j < CHANNELS; j++)
            channel_forget(&channels[j]); /* here; the stream stays open */
        devices[i] = device;
    }
    long long after = server_resident_kb(&server);
    printf("\n{\"name\": \"server memory of an idle MQTT connection\", \"value\": %.1f, \"unit\": "
           "\"KB\", \"layer\": \"host\"}\n",
           (double)(after - before) / (DEVICES * CHANNELS));
    for (int i = 0; i < DEVICES; i++)
        device_free(&devices[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(http), cmocka_unit_test(publishes),
                                       cmocka_unit_test(connection_memory)};
    return cmocka_run_group_tests(tests, mqtt_world_start, mqtt_world_stop);
}
