/* The gateway's own TLS records against a client that OpenSSL makes: every cipher and version, any
 * way to cut them, and attacks on them. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>

#define RECORDS_MAX 8192

static struct server server;
static size_t largest; /* record that came, bytes behind its header */

static int start(void **state)
{
    (void)state;
    server_new(&server);
    server_start(&server, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    server_free(&server);
    return 0;
}

/* ---- records by hand ---- */

/* What SSL_write() makes of a Ping, without sending it. */
static size_t seal_ping(struct device *device, uint32_t token, uint8_t out[RECORDS_MAX])
{
    uint8_t frame[TUNNEL_FRAME_MAX];
    tunnel_ControlMessage message = tunnel_ControlMessage_init_zero;
    message.which_message = tunnel_ControlMessage_ping_tag;
    message.message.ping.token = token;
    int32_t size = tunnel_control_write(frame, sizeof frame, &message);
    BIO *memory = BIO_new(BIO_s_mem());
    SSL_set0_wbio(device->ssl, memory);
    device_send(device, frame, (size_t)size);
    int sealed = BIO_read(memory, out, RECORDS_MAX);
    assert_true(sealed > (int)size);
    SSL_set0_wbio(device->ssl, BIO_new_socket(device->fd, BIO_NOCLOSE));
    return (size_t)sealed;
}

static void send_raw(struct device *device, const uint8_t *bytes, size_t size)
{
    assert_int_equal(write(device->fd, bytes, size), size);
}

static void expect_pong(struct device *device, uint32_t token)
{
    tunnel_ControlMessage message = device_expect(device, tunnel_ControlMessage_pong_tag);
    assert_int_equal(message.message.pong.token, token);
}

static void ping(struct device *device, uint32_t token)
{
    uint8_t record[RECORDS_MAX];
    send_raw(device, record, seal_ping(device, token, record));
    expect_pong(device, token);
}

/* ---- every cipher and version ---- */

static void use_aes256(SSL_CTX *context)
{
    SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES256-GCM-SHA384");
}

static void use_chacha(SSL_CTX *context)
{
    SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-CHACHA20-POLY1305");
}

static void use_tls13(SSL_CTX *context)
{
    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
}

static void use_small_fragments(SSL_CTX *context)
{
    SSL_CTX_set_tlsext_max_fragment_length(context, TLSEXT_max_fragment_length_512);
}

static void no_master_extension(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_EXTENDED_MASTER_SECRET);
}

static void on_record(int write, int version, int type, const void *bytes, size_t size, SSL *ssl,
                      void *context)
{
    const uint8_t *header = bytes;
    (void)version;
    (void)ssl;
    (void)context;
    if (!write && type == SSL3_RT_HEADER && size == 5 && header[0] == SSL3_RT_APPLICATION_DATA) {
        size_t length = (size_t)header[3] << 8 | header[4];
        largest = length > largest ? length : largest;
    }
}

/* Pings, a blob down, log records up, and an orderly end. */
static void converse(struct device *device, const char *app, const uint8_t *image, size_t size)
{
    char path[128], form[80];
    uint32_t total, reason;
    uint8_t hash[32], *got = malloc(size + 1);
    sha256(image, size, hash);
    snprintf(path, sizeof path, "/v1/Devices/%s", device->sid);
    snprintf(form, sizeof form, "TargetApp=%s", app);
    struct answer answer = rest(&server, "POST", path, form);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    device_expect(device, tunnel_ControlMessage_target_tag);
    for (uint32_t i = 1; i <= 300; i++)
        ping(device, i);
    assert_int_equal(device_fetch(device, 1, hash, 0, 0, got, size + 1, &total, &reason), size);
    assert_memory_equal(got, image, size);
    free(got);
    SSL_shutdown(device->ssl);
    assert_true(device_closed(device, 5000));
}

static void versions(void **state)
{
    static const struct {
        const char *what;
        void (*adjust)(SSL_CTX *context);
        size_t record_max; /* text, nonce and tag */
    } cases[] = {
        {"AES-128-GCM", NULL, TUNNEL_RECORD_MAX + 24},
        {"AES-256-GCM", use_aes256, TUNNEL_RECORD_MAX + 24},
        {"ChaCha20", use_chacha, TUNNEL_RECORD_MAX + 16},
        {"TLS 1.3", use_tls13, TUNNEL_RECORD_MAX + 17},
        {"fragments of 512 bytes", use_small_fragments, 512 + 24},
        {"no extended master secret", no_master_extension, TUNNEL_RECORD_MAX + 24},
    };
    char app[40];
    uint8_t *image = noise(40000, 91);
    (void)state;
    app_upload(&server, 40000, 91, app);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct device device;
        device_provision(&server, &device, NULL);
        device.adjust = cases[i].adjust;
        largest = 0;
        device_open(&server, &device, NULL);
        SSL_set_msg_callback(device.ssl, on_record);
        converse(&device, app, image, 40000);
        if (largest > cases[i].record_max)
            print_error("%s: %zu\n", cases[i].what, largest);
        assert_in_range(largest, 1, cases[i].record_max);
        device_free(&device);
    }
    assert_true(server_logged(&server, "closed by the device"));
    free(image);
}

/* ---- records in pieces ---- */

static void pieces(void **state)
{
    struct device device;
    uint8_t records[RECORDS_MAX];
    size_t size = 0;
    (void)state;
    device_provision(&server, &device, NULL);
    device_open(&server, &device, NULL);
    size = seal_ping(&device, 1, records);
    for (size_t i = 0; i < size; i++) {
        send_raw(&device, records + i, 1);
        usleep(500);
    }
    expect_pong(&device, 1);
    for (size_t cut = 1; cut < 60; cut++) { /* three records, the second cut somewhere */
        size = seal_ping(&device, 10, records);
        size_t first = size;
        size += seal_ping(&device, 11, records + size);
        size += seal_ping(&device, 12, records + size);
        send_raw(&device, records, first + cut);
        usleep(1000);
        send_raw(&device, records + first + cut, size - first - cut);
        for (uint32_t token = 10; token <= 12; token++)
            expect_pong(&device, token);
    }
    device_free(&device);
}

/* ---- attacks ---- */

static bool is_pong(const struct got_frame *got)
{
    const struct tunnel_frame frame = {
        .type = got->type, .stream = got->stream, .length = got->length, .payload = got->payload};
    tunnel_ControlMessage message;
    return got->type == TUNNEL_CONTROL && tunnel_control_parse(&frame, &message) &&
           message.which_message == tunnel_ControlMessage_pong_tag;
}

/* The connection ends, and nothing of what was sent had an effect. */
static void assert_ended(struct device *device, const char *what)
{
    struct got_frame frame;
    bool pong = false;
    while (device_receive(device, &frame, 500))
        pong |= is_pong(&frame);
    if (pong || !device_closed(device, 5000))
        print_error("%s\n", what);
    assert_false(pong);
    assert_true(device_closed(device, 5000));
    device_disconnect(device);
}

static void forged(void **state)
{
    struct device device;
    uint8_t record[RECORDS_MAX];
    char what[48];
    (void)state;
    device_provision(&server, &device, NULL);
    device_open(&server, &device, NULL);
    size_t size = seal_ping(&device, 1, record);
    device_disconnect(&device);
    for (size_t at = 0; at < size; at += at < 16 ? 1 : 5) {
        device_open(&server, &device, NULL);
        seal_ping(&device, 1, record);
        record[at] ^= 0x01;
        send_raw(&device, record, size);
        if (at == 3 || at == 4) { /* a longer or shorter record: make it complete */
            uint8_t more[512] = {0};
            send_raw(&device, more, sizeof more);
        }
        snprintf(what, sizeof what, "bit of byte %zu", at);
        assert_ended(&device, what);
    }
    device_free(&device);
}

static void replayed(void **state)
{
    struct device device;
    uint8_t first[RECORDS_MAX], second[RECORDS_MAX];
    (void)state;
    device_provision(&server, &device, NULL);
    device_open(&server, &device, NULL);
    size_t size = seal_ping(&device, 1, first);
    send_raw(&device, first, size);
    expect_pong(&device, 1);
    send_raw(&device, first, size); /* once more */
    assert_ended(&device, "replay");

    device_open(&server, &device, NULL);
    seal_ping(&device, 1, first); /* lost on the way */
    size = seal_ping(&device, 2, second);
    send_raw(&device, second, size);
    assert_ended(&device, "gap");

    device_open(&server, &device, NULL);
    send_raw(&device, first, size); /* of another connection */
    assert_ended(&device, "other connection");
    assert_true(server_logged(&server, "a record is not authentic"));
    device_free(&device);
}

static void malformed(void **state)
{
    static const struct {
        const char *what;
        uint8_t bytes[8];
    } cases[] = {
        {"too long", {23, 3, 3, 0xFF, 0xFF}},   {"too short", {23, 3, 3, 0, 23}},
        {"version", {23, 3, 1, 0, 64}},         {"type", {24, 3, 3, 0, 64}},
        {"change cipher", {20, 3, 3, 0, 1, 1}}, {"text", {'G', 'E', 'T', ' ', '/', ' '}},
    };
    struct device device;
    (void)state;
    device_provision(&server, &device, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        device_open(&server, &device, NULL);
        send_raw(&device, cases[i].bytes, sizeof cases[i].bytes);
        assert_ended(&device, cases[i].what);
    }
    device_open(&server, &device, NULL);
    assert_int_equal(SSL_renegotiate(device.ssl), 1);
    assert_int_not_equal(SSL_do_handshake(device.ssl), 1);
    assert_true(server_logged(&server, "renegotiation"));
    device_disconnect(&device);
    device_open(&server, &device, NULL);
    device_free(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions), cmocka_unit_test(pieces),    cmocka_unit_test(forged),
        cmocka_unit_test(replayed), cmocka_unit_test(malformed),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
