/* The device's end of the tunnel, from TLS up, against an OpenSSL server in the same process that
 * plays well, badly, or not at all. The clock of the fake kernel is pushed on where a test waits
 * long.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/sha.h>

#include "fake_kernel.h"
#include "formats/logrec.h"
#include "kernel/net/fetch.h"
#include "kernel/net/net.h"
#include "kernel/net/tls.h"
#include "kernel/time/time.h"
#include "pki.h"
#include "server.h"

#define NAME       "gateway.test"
#define WAIT_US    8000000u
#define BLOB_BYTES 100000u

typedef bool (*condition)(void);

static struct pki *pki, *stranger;
static uint8_t blob[BLOB_BYTES], manifest[700], manifest_hash[32];

/* Lets the client run until the condition holds. */
static bool pump(condition done)
{
    uint64_t end_us = time_us() - fake.skipped_us + WAIT_US;
    while (time_us() - fake.skipped_us < end_us) {
        net_poll();
        if (done())
            return true;
        usleep(200);
    }
    return false;
}

static bool connected(void)
{
    return net_connected();
}

static bool paused(void)
{
    return fake.status == MV_NETWORKSTATUS_DISCONNECTEDWITHLINKUP;
}

static bool has_manifest(void)
{
    return fake.manifests > 0;
}

static bool log_is_out(void)
{
    return fake.log_taken == fake.log_count;
}

static bool never(void)
{
    return false;
}

static void run_for_ms(uint32_t ms)
{
    uint64_t end_us = time_us() + ms * 1000ull;
    while (time_us() < end_us) {
        net_poll();
        usleep(200);
    }
}

static void begin(const struct identity *identity)
{
    fake_reset(identity);
    net_init();
}

static void begin_with(const struct server *server)
{
    begin(pki_identity(pki, pki, NAME, server->port));
}

static void finish(struct server *server)
{
    fake.wants_network = false;
    run_for_ms(20);
    server->stop = true;
    run_for_ms(20);
    server_stop(server);
}

/* ---- a server that plays well ---- */

struct well {
    atomic_uint log_records, app_records, reports;
    atomic_uint fetches;
    uint32_t cut_after; /* FETCH of the blob: hang up after so many bytes on the first connection */
};

static void send_blob(struct connection *connection, const struct tunnel_frame *open_frame,
                      const uint8_t *bytes, uint32_t size)
{
    struct well *well = connection->context;
    struct tunnel_open open;
    struct tunnel_frame frame;
    uint16_t stream = open_frame->stream;

    tunnel_open_parse(open_frame, &open);
    uint32_t credit = open.credit, at = open.offset;
    uint32_t end =
        open.length != 0 && open.offset + open.length < size ? open.offset + open.length : size;
    server_send_u32(connection, TUNNEL_ACCEPT, stream, size);
    while (at < end) {
        while (credit == 0) {
            if (!server_expect(connection, TUNNEL_CREDIT, &frame))
                return;
            if (frame.stream == stream)
                credit += tunnel_frame_u32(&frame);
        }
        uint32_t part = end - at < 1000 ? end - at : 1000;
        part = part < credit ? part : credit;
        server_send(connection, TUNNEL_DATA, stream, bytes + at, part);
        at += part;
        credit -= part;
        if (well->cut_after != 0 && connection->number == 0 && at >= well->cut_after)
            return;
    }
    server_send_u32(connection, TUNNEL_CLOSE, stream, TUNNEL_CLOSE_DONE);
}

static void take_log(struct connection *connection, const struct tunnel_frame *frame)
{
    struct well *well = connection->context;
    struct logrec record;
    for (uint32_t at = 0; at < frame->length;) {
        int32_t size = logrec_parse(frame->payload + at, frame->length - at, &record);
        if (size <= 0)
            return;
        at += (uint32_t)size;
        well->log_records++;
        well->app_records += record.type == LOGREC_APP_LOGGING;
    }
    server_send_u32(connection, TUNNEL_CREDIT, frame->stream, frame->length);
}

static void well_frame(struct connection *connection, const struct tunnel_frame *frame)
{
    struct well *well = connection->context;
    tunnel_ControlMessage message;
    struct tunnel_open open;

    if (frame->type == TUNNEL_DATA) {
        take_log(connection, frame);
    } else if (frame->type == TUNNEL_CONTROL && tunnel_control_parse(frame, &message)) {
        well->reports += message.which_message == tunnel_ControlMessage_update_report_tag;
    } else if (frame->type == TUNNEL_OPEN && tunnel_open_parse(frame, &open)) {
        if (open.kind == TUNNEL_LOG) {
            server_send_u32(connection, TUNNEL_ACCEPT, frame->stream, 0);
            server_send_u32(connection, TUNNEL_CREDIT, frame->stream, 4096);
        } else if (memcmp(open.hash, manifest_hash, 32) == 0) {
            send_blob(connection, frame, manifest, sizeof manifest);
        } else {
            well->fetches++;
            send_blob(connection, frame, blob, sizeof blob);
        }
    }
}

static void play_well(struct connection *connection)
{
    struct tunnel_frame frame;
    if (!server_welcome(connection, 60))
        return;
    server_send_target(connection, manifest_hash, sizeof manifest);
    while (server_receive(connection, &frame))
        well_frame(connection, &frame);
}

static void test_everything_well(void **state)
{
    struct well well = {0};
    struct server *server = server_start(pki, 0, false, play_well, &well);
    (void)state;
    begin_with(server);
    for (int i = 0; i < 500; i++)
        fake_app_log("a line of the application");
    assert_true(pump(connected));
    assert_int_equal(fake.status, MV_NETWORKSTATUS_CONNECTED);
    assert_true(fake.link_up);
    assert_true(fake.logging);
    assert_true(fake.wall_us > 1600000000000000u);
    assert_true(pump(has_manifest));
    assert_int_equal(fake.manifest_size, sizeof manifest);
    assert_memory_equal(fake.manifest, manifest, sizeof manifest);
    assert_true(pump(log_is_out));
    fake.report_changed = true;
    run_for_ms(100);
    assert_int_equal(well.app_records, 500);
    assert_int_equal(well.log_records, fake.log_count);
    assert_int_equal(well.reports, 1);
    print_message("arena peak on this host: %u bytes\n", tls_arena_peak_bytes());
    finish(server);
    assert_int_equal(fake.status, MV_NETWORKSTATUS_DELIBERATELYOFFLINE);
    assert_false(fake.link_up);
}

/* Reads a fetch to its end; returns the bytes. */
static uint32_t read_all(uint8_t *out, uint32_t size)
{
    uint32_t got = 0;
    uint64_t end_us = time_us() + WAIT_US;
    while (time_us() < end_us) {
        net_poll();
        int32_t part = fetch_read(out + got, size - got);
        if (part < 0)
            return got;
        got += (uint32_t)part;
    }
    return got;
}

static void test_fetch_and_ranges(void **state)
{
    static uint8_t out[BLOB_BYTES + 1];
    struct well well = {0};
    struct server *server = server_start(pki, 0, false, play_well, &well);
    uint8_t hash[32] = {1};
    (void)state;
    begin_with(server);
    assert_false(fetch_begin(hash, 0, 0)); /* not connected yet */
    assert_true(pump(has_manifest));
    assert_true(fetch_begin(hash, 0, 0));
    assert_int_equal(read_all(out, sizeof out), BLOB_BYTES);
    assert_memory_equal(out, blob, BLOB_BYTES);
    assert_int_equal(fetch_reason(), TUNNEL_CLOSE_DONE);
    assert_true(fetch_begin(hash, 99000, 500));
    assert_int_equal(read_all(out, sizeof out), 500);
    assert_memory_equal(out, blob + 99000, 500);
    /* One that is given up half way, then another: late data of the first must not show. */
    assert_true(fetch_begin(hash, 0, 0));
    run_for_ms(50);
    fetch_end();
    assert_int_equal(fetch_read(out, 1), -1);
    finish(server);
}

static void test_fetch_resumes_after_cut(void **state)
{
    static uint8_t out[BLOB_BYTES + 1];
    struct well well = {.cut_after = 30000};
    struct server *server = server_start(pki, 0, false, play_well, &well);
    uint8_t hash[32] = {1};
    (void)state;
    begin_with(server);
    assert_true(pump(has_manifest));
    assert_true(fetch_begin(hash, 0, 0));
    uint32_t got = read_all(out, sizeof out);
    assert_in_range(got, 20000, 30999);
    assert_int_equal(fetch_reason(), -1);
    assert_true(pump(paused));
    fake.skipped_us += 2000000;
    assert_true(pump(connected));
    assert_true(tls_resumed());
    fake.manifests = 0;
    assert_true(pump(has_manifest));
    assert_true(fetch_begin(hash, got, 0));
    got += read_all(out + got, sizeof out - got);
    assert_int_equal(got, BLOB_BYTES);
    assert_memory_equal(out, blob, BLOB_BYTES);
    finish(server);
}

/* The first connection takes log data and stores none of it; the second must get all of it. */
static void play_forgetful(struct connection *connection)
{
    struct well *well = connection->context;
    struct tunnel_frame frame;
    struct tunnel_open open;
    uint32_t taken = 0;

    if (connection->number > 0) {
        play_well(connection);
        return;
    }
    server_welcome(connection, 60);
    while (taken < 1500 && server_receive(connection, &frame)) {
        if (frame.type == TUNNEL_OPEN && tunnel_open_parse(&frame, &open)) {
            server_send_u32(connection, TUNNEL_ACCEPT, frame.stream, 0);
            server_send_u32(connection, TUNNEL_CREDIT, frame.stream, 4096);
        }
        taken += frame.type == TUNNEL_DATA ? frame.length : 0;
    }
    well->fetches = taken;
}

static void test_log_is_sent_again(void **state)
{
    struct well well = {0};
    struct server *server = server_start(pki, 0, false, play_forgetful, &well);
    (void)state;
    begin_with(server);
    for (int i = 0; i < 300; i++)
        fake_app_log("a line that must arrive");
    assert_true(pump(paused));
    assert_true(well.fetches > 0);
    fake.skipped_us += 2000000;
    assert_true(pump(connected));
    assert_true(pump(log_is_out));
    run_for_ms(100);
    assert_int_equal(well.app_records, 300);
    finish(server);
}

/* ---- who may talk ---- */

static void refused(const struct identity *identity, struct server *server, const char *words)
{
    begin(identity);
    assert_true(pump(paused));
    assert_false(net_connected());
    if (!fake_logged(words))
        print_error("logged instead: %s\n", fake_last_line());
    assert_true(fake_logged(words));
    finish(server);
}

static void test_server_of_another_authority(void **state)
{
    struct server *server = server_start(stranger, 0, false, play_well, NULL);
    (void)state;
    refused(pki_identity(pki, pki, NAME, server->port), server, "not from the pinned authority");
}

static void test_server_with_another_name(void **state)
{
    struct server *server = server_start(pki, 0, false, play_well, NULL);
    (void)state;
    refused(pki_identity(pki, pki, "other.test", server->port), server, "another name");
}

static void test_server_without_alpn(void **state)
{
    struct server *server = server_start(pki, 0, true, play_well, NULL);
    (void)state;
    refused(pki_identity(pki, pki, NAME, server->port), server, "does not speak microvisor/1");
}

static void test_device_of_another_authority(void **state)
{
    struct server *server = server_start(pki, 0, false, play_well, NULL);
    (void)state;
    refused(pki_identity(stranger, pki, NAME, server->port), server, "TLS handshake");
}

static void test_server_away_then_back(void **state)
{
    struct well well = {0};
    struct server *server = server_start(pki, 0, false, play_well, &well);
    uint16_t port = server->port;
    (void)state;
    server_stop(server);
    begin(pki_identity(pki, pki, NAME, port));
    assert_true(pump(paused));
    assert_true(fake.reasons & MV_NETWORKREASON_ENHANCECALM);
    assert_true(fake_logged("refuses the connection"));
    for (int i = 0; i < 20; i++) { /* twenty attempts: one line in the log, not twenty */
        fake.skipped_us += 300000000;
        run_for_ms(5);
    }
    assert_in_range(fake.log_count, 1, 2);
    fake_app_log("written while the server was away");
    server = server_start(pki, port, false, play_well, &well);
    bool again = false;
    for (int i = 0; i < 3 && !again; i++) { /* the last attempt may have failed just now */
        fake.skipped_us += 300000000;
        again = pump(connected);
    }
    assert_true(again);
    assert_false(fake.reasons & MV_NETWORKREASON_ENHANCECALM);
    assert_true(pump(log_is_out));
    run_for_ms(50);
    assert_int_equal(well.app_records, 1);
    finish(server);
}

/* ---- servers that break the protocol ---- */

struct rude {
    const uint8_t *bytes; /* sent behind the welcome */
    size_t size;
    bool before_welcome;
    atomic_uint goodbye;
};

static void play_rude(struct connection *connection)
{
    struct rude *rude = connection->context;
    tunnel_ControlMessage message;
    if (connection->number > 0)
        return;
    if (rude->before_welcome)
        server_expect_control(connection, tunnel_ControlMessage_hello_tag, &message);
    else
        server_welcome(connection, 60);
    server_send_raw(connection, rude->bytes, rude->size);
    rude->goodbye = server_goodbye(connection);
}

static void rude_case(const char *name, const uint8_t *bytes, size_t size, bool before_welcome)
{
    struct rude rude = {.bytes = bytes, .size = size, .before_welcome = before_welcome};
    struct server *server = server_start(pki, 0, false, play_rude, &rude);
    begin_with(server);
    if (!pump(paused))
        print_error("%s: the client stays\n", name);
    run_for_ms(20);
    finish(server);
    if (rude.goodbye != tunnel_GoodbyeReason_GOODBYE_PROTOCOL)
        print_error("%s: goodbye %u, last line: %s\n", name, rude.goodbye, fake_last_line());
    assert_int_equal(rude.goodbye, tunnel_GoodbyeReason_GOODBYE_PROTOCOL);
}

static void test_rude_servers(void **state)
{
    static const uint8_t oversize[] = {4, 0, 0, 1, 0x04, 0x01, 0, 0};
    static const uint8_t control_on_stream[] = {1, 0, 0, 5, 0, 0, 0, 0};
    static const uint8_t data_on_zero[] = {4, 0, 0, 0, 0, 1, 0, 0, 'x'};
    static const uint8_t empty_data[] = {4, 0, 0, 1, 0, 0, 0, 0};
    static const uint8_t short_credit[] = {5, 0, 0, 1, 0, 3, 0, 0, 0, 0, 0};
    static const uint8_t bad_protobuf[] = {1, 0, 0, 0, 0, 3, 0, 0, 0xFF, 0xFF, 0xFF};
    static const uint8_t odd_open[] = {2, 0, 0, 3, 0, 8, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t log_data[] = {4, 0, 0, 1, 0, 1, 0, 0, 'x'};
    /* Target {manifest_hash: 3 bytes, size 9}. */
    static const uint8_t short_hash[] = {1, 0,    0, 0, 0, 9, 0,    0, 0x22,
                                         7, 0x0A, 3, 1, 2, 3, 0x10, 9};
    (void)state;
    rude_case("oversize", oversize, sizeof oversize, false);
    rude_case("control on a stream", control_on_stream, sizeof control_on_stream, false);
    rude_case("data on stream 0", data_on_zero, sizeof data_on_zero, false);
    rude_case("empty data", empty_data, sizeof empty_data, false);
    rude_case("short credit", short_credit, sizeof short_credit, false);
    rude_case("broken protobuf", bad_protobuf, sizeof bad_protobuf, false);
    rude_case("open with an odd number", odd_open, sizeof odd_open, false);
    rude_case("data before welcome", log_data, sizeof log_data, true);
    rude_case("hash of three bytes", short_hash, sizeof short_hash, false);
}

/* Random bytes, many times: the client must end each connection and stay alive. */
static void play_noise(struct connection *connection)
{
    uint8_t noise[3000];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)(rand() >> 7);
    server_welcome(connection, 60);
    server_send_raw(connection, noise, 2000);
    server_send_raw(connection, noise + 2000, 1000);
    server_goodbye(connection);
}

static void test_noise(void **state)
{
    struct server *server = server_start(pki, 0, false, play_noise, NULL);
    (void)state;
    srand(7);
    begin_with(server);
    for (int i = 0; i < 25; i++) {
        fake.skipped_us += 300000000;
        run_for_ms(20);
    }
    assert_true(server->handshakes > 5);
    finish(server);
}

/* More data than the credit allows. */
static void play_greedy(struct connection *connection)
{
    struct rude *rude = connection->context;
    struct tunnel_frame frame;
    static const uint8_t bytes[1024];
    if (connection->number > 0)
        return;
    server_welcome(connection, 60);
    server_send_target(connection, manifest_hash, sizeof manifest);
    do {
        if (!server_expect(connection, TUNNEL_OPEN, &frame))
            return;
    } while (frame.payload[0] != TUNNEL_FETCH);
    uint16_t stream = frame.stream;
    server_send_u32(connection, TUNNEL_ACCEPT, stream, 8000);
    for (int i = 0; i < 5; i++)
        server_send(connection, TUNNEL_DATA, stream, bytes, sizeof bytes);
    rude->goodbye = server_goodbye(connection);
}

static void test_data_beyond_credit(void **state)
{
    struct rude rude = {0};
    struct server *server = server_start(pki, 0, false, play_greedy, &rude);
    (void)state;
    begin_with(server);
    assert_true(pump(paused));
    finish(server);
    assert_int_equal(rude.goodbye, tunnel_GoodbyeReason_GOODBYE_PROTOCOL);
}

/* A credit counter above its limit. */
static void play_lavish(struct connection *connection)
{
    struct rude *rude = connection->context;
    struct tunnel_frame frame;
    if (connection->number > 0)
        return;
    server_welcome(connection, 60);
    if (!server_expect(connection, TUNNEL_OPEN, &frame))
        return;
    server_send_u32(connection, TUNNEL_CREDIT, frame.stream, TUNNEL_CREDIT_MAX);
    server_send_u32(connection, TUNNEL_CREDIT, frame.stream, TUNNEL_CREDIT_MAX);
    rude->goodbye = server_goodbye(connection);
}

static void test_too_much_credit(void **state)
{
    struct rude rude = {0};
    struct server *server = server_start(pki, 0, false, play_lavish, &rude);
    (void)state;
    begin_with(server);
    assert_true(pump(paused));
    finish(server);
    assert_int_equal(rude.goodbye, tunnel_GoodbyeReason_GOODBYE_PROTOCOL);
}

/* Things that must be skipped: unknown frame types, unknown control messages, frames of streams
 * that are not open, an unknown stream kind (which gets CLOSE UNSUPPORTED). Byte by byte. */
static void play_odd_but_legal(struct connection *connection)
{
    struct well *well = connection->context;
    static const uint8_t bytes[] = {
        99, 1, 0, 7, 0, 2, 9, 9, 'x',  'y',                    /* unknown type */
        1,  0, 0, 0, 0, 3, 0, 0, 0xFA, 0x01, 0,                /* unknown message, field 31 */
        4,  0, 0, 9, 0, 1, 0, 0, 'z',                          /* data of no stream */
        6,  0, 0, 9, 0, 4, 0, 0, 0,    0,    0, 0,             /* close of no stream */
        2,  0, 0, 4, 0, 8, 0, 0, 77,   0,    0, 0, 0, 0, 0, 0, /* unknown kind */
    };
    struct tunnel_frame frame;
    if (!server_welcome(connection, 60))
        return;
    for (size_t i = 0; i < sizeof bytes; i++)
        server_send_raw(connection, bytes + i, 1);
    if (server_expect(connection, TUNNEL_CLOSE, &frame) && frame.stream == 4 &&
        tunnel_frame_u32(&frame) == TUNNEL_CLOSE_UNSUPPORTED)
        well->reports = 1;
    server_goodbye(connection);
}

static void test_unknown_things_are_skipped(void **state)
{
    struct well well = {0};
    struct server *server = server_start(pki, 0, false, play_odd_but_legal, &well);
    (void)state;
    begin_with(server);
    assert_true(pump(connected));
    run_for_ms(200);
    assert_true(net_connected());
    assert_int_equal(well.reports, 1);
    finish(server);
}

/* ---- keep-alive, restarts, goodbyes ---- */

static void play_pinging(struct connection *connection)
{
    struct well *well = connection->context;
    tunnel_ControlMessage message = {.which_message = tunnel_ControlMessage_ping_tag};
    server_welcome(connection, 10);
    message.message.ping.token = 4711;
    server_send_control(connection, &message);
    if (server_expect_control(connection, tunnel_ControlMessage_pong_tag, &message) &&
        message.message.pong.token == 4711)
        well->log_records = 1;
    message.which_message = tunnel_ControlMessage_restart_tag;
    message.message.restart.kind = tunnel_RestartKind_RESTART_APPLICATION;
    server_send_control(connection, &message);
    if (!server_expect_control(connection, tunnel_ControlMessage_ping_tag, &message))
        return;
    well->app_records = 1;
    message.which_message = tunnel_ControlMessage_pong_tag;
    message.message.pong.token = message.message.ping.token;
    message.message.pong.unix_us = 1800000000000000u;
    server_send_control(connection, &message);
    well->reports = server_goodbye(connection);
}

static void test_ping_and_silence(void **state)
{
    struct well well = {0};
    struct server *server = server_start(pki, 0, false, play_pinging, &well);
    (void)state;
    begin_with(server);
    assert_true(pump(connected));
    run_for_ms(100);
    assert_int_equal(well.log_records, 1); /* our pong */
    assert_int_equal(fake.restarts, 1);
    fake.skipped_us += 11000000;
    run_for_ms(100);
    assert_int_equal(well.app_records, 1); /* our ping */
    assert_in_range(fake.wall_us, 1800000000000000u, 1800000020000000u);
    fake.skipped_us += 26000000; /* 2.5 times the keep-alive without a word */
    assert_true(pump(paused));
    assert_true(fake_logged("silent"));
    run_for_ms(20);
    finish(server);
    assert_int_equal(well.reports, tunnel_GoodbyeReason_GOODBYE_IDLE);
}

static void play_mute(struct connection *connection)
{
    server_goodbye(connection);
}

static void test_no_welcome(void **state)
{
    struct server *server = server_start(pki, 0, false, play_mute, NULL);
    (void)state;
    begin_with(server);
    run_for_ms(200);
    assert_false(net_connected());
    fake.skipped_us += 21000000;
    assert_true(pump(paused));
    assert_true(fake_logged("did not answer the hello"));
    finish(server);
}

static void play_retired(struct connection *connection)
{
    tunnel_ControlMessage message = {.which_message = tunnel_ControlMessage_goodbye_tag};
    message.message.goodbye.reason = tunnel_GoodbyeReason_GOODBYE_RETIRED_DEVICE;
    server_send_control(connection, &message);
    server_goodbye(connection);
}

static void test_retired_device_stays_away(void **state)
{
    struct server *server = server_start(pki, 0, false, play_retired, NULL);
    (void)state;
    begin_with(server);
    assert_true(pump(paused));
    assert_true(fake_logged("retired"));
    fake.skipped_us += 3500000000u;
    run_for_ms(50);
    assert_int_equal(server->handshakes, 1);
    fake.skipped_us += 110000000u;
    run_for_ms(100);
    assert_int_equal(server->handshakes, 2);
    finish(server);
}

/* ---- manifests that do not arrive ---- */

static void play_no_manifest(struct connection *connection)
{
    struct well *well = connection->context;
    struct tunnel_frame frame;
    server_welcome(connection, 60);
    server_send_target(connection, manifest_hash, sizeof manifest);
    while (server_expect(connection, TUNNEL_OPEN, &frame)) {
        if (frame.payload[0] != TUNNEL_FETCH)
            continue;
        if (well->fetches++ == 0) {
            server_send_u32(connection, TUNNEL_CLOSE, frame.stream, TUNNEL_CLOSE_NOT_FOUND);
        } else {
            server_send_u32(connection, TUNNEL_ACCEPT, frame.stream, sizeof manifest);
            server_send(connection, TUNNEL_DATA, frame.stream, blob, sizeof manifest);
            server_send_u32(connection, TUNNEL_CLOSE, frame.stream, TUNNEL_CLOSE_DONE);
        }
    }
}

static void test_manifest_missing_or_wrong(void **state)
{
    struct well well = {0};
    struct server *server = server_start(pki, 0, false, play_no_manifest, &well);
    (void)state;
    begin_with(server);
    assert_true(pump(connected));
    run_for_ms(100);
    assert_true(fake_logged("cannot be fetched"));
    assert_int_equal(well.fetches, 1);
    fake.skipped_us += 31000000;
    run_for_ms(100);
    assert_int_equal(well.fetches, 2);
    assert_true(fake_logged("does not have its hash"));
    assert_int_equal(fake.manifests, 0);
    assert_true(net_connected());
    finish(server);
}

/* A server that reads nothing and pings without end: the client must neither hang nor grow. */
static void play_deaf(struct connection *connection)
{
    tunnel_ControlMessage message = {.which_message = tunnel_ControlMessage_ping_tag};
    server_welcome(connection, 60);
    for (int i = 0; i < 200000 && !*connection->stop; i++) {
        message.message.ping.token = (uint32_t)i;
        server_send_control(connection, &message);
    }
}

static void test_deaf_server(void **state)
{
    struct server *server = server_start(pki, 0, false, play_deaf, NULL);
    (void)state;
    begin_with(server);
    assert_true(pump(connected));
    for (int i = 0; i < 1000; i++)
        fake_app_log("nobody takes this");
    run_for_ms(500);
    fake.skipped_us += 400000000;
    run_for_ms(100);
    finish(server);
}

static void test_no_identity(void **state)
{
    (void)state;
    begin(NULL);
    assert_false(pump(never) && net_connected());
    assert_true(fake_logged("no identity"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_well),
        cmocka_unit_test(test_fetch_and_ranges),
        cmocka_unit_test(test_fetch_resumes_after_cut),
        cmocka_unit_test(test_log_is_sent_again),
        cmocka_unit_test(test_server_of_another_authority),
        cmocka_unit_test(test_server_with_another_name),
        cmocka_unit_test(test_server_without_alpn),
        cmocka_unit_test(test_device_of_another_authority),
        cmocka_unit_test(test_server_away_then_back),
        cmocka_unit_test(test_rude_servers),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_data_beyond_credit),
        cmocka_unit_test(test_too_much_credit),
        cmocka_unit_test(test_unknown_things_are_skipped),
        cmocka_unit_test(test_ping_and_silence),
        cmocka_unit_test(test_no_welcome),
        cmocka_unit_test(test_retired_device_stays_away),
        cmocka_unit_test(test_manifest_missing_or_wrong),
        cmocka_unit_test(test_deaf_server),
        cmocka_unit_test(test_no_identity),
    };
    signal(SIGPIPE, SIG_IGN);
    for (uint32_t i = 0; i < BLOB_BYTES; i++)
        blob[i] = (uint8_t)(i * 2654435761u >> 24);
    memcpy(manifest, blob + 5000, sizeof manifest);
    SHA256(manifest, sizeof manifest, manifest_hash);
    pki = pki_new(NAME);
    stranger = pki_new(NAME);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_free(pki);
    pki_free(stranger);
    return failed;
}
