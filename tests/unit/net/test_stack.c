/* The whole of the kernel's network code, AT to tunnel, over the simulator's modem and libslirp to
 * an OpenSSL server on the host's loopback. In real time: the line has its 921,600 baud.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_kernel.h"
#include "kernel/net/fetch.h"
#include "kernel/net/net.h"
#include "kernel/time/time.h"
#include "pki.h"
#include "serial_modem.h"
#include "server.h"

#define NAME       "gateway.test"
#define BLOB_BYTES 150000u

typedef bool (*condition)(void);

static struct pki *pki;
static struct server *server;
static uint8_t blob[BLOB_BYTES];

static bool pump(condition done, uint32_t limit_ms)
{
    uint64_t end_us = time_us() + limit_ms * 1000ull;
    while (time_us() < end_us) {
        serial_modem_poll(100);
        net_poll();
        if (done())
            return true;
    }
    print_error("last line of the kernel: %s\n", fake_last_line());
    return false;
}

static bool connected(void)
{
    return net_connected();
}

static bool disconnected(void)
{
    return !net_connected();
}

static bool offline(void)
{
    return fake.status == MV_NETWORKSTATUS_DELIBERATELYOFFLINE;
}

/* Welcomes, and answers every FETCH with the blob as credit allows. */
static void serve(struct connection *connection)
{
    struct tunnel_frame frame;
    struct tunnel_open open;
    uint32_t credit = 0, at = 0;
    uint16_t stream = 0;

    if (!server_welcome(connection, 60))
        return;
    while (server_receive(connection, &frame)) {
        if (frame.type == TUNNEL_OPEN && tunnel_open_parse(&frame, &open) &&
            open.kind == TUNNEL_FETCH) {
            stream = frame.stream;
            credit = open.credit;
            at = open.offset;
            server_send_u32(connection, TUNNEL_ACCEPT, stream, BLOB_BYTES);
        } else if (frame.type == TUNNEL_CREDIT && frame.stream == stream) {
            credit += tunnel_frame_u32(&frame);
        }
        while (stream != 0 && credit > 0 && at < BLOB_BYTES) {
            uint32_t part = BLOB_BYTES - at < 1024 ? BLOB_BYTES - at : 1024;
            part = part < credit ? part : credit;
            server_send(connection, TUNNEL_DATA, stream, blob + at, part);
            at += part;
            credit -= part;
            if (at == BLOB_BYTES)
                server_send_u32(connection, TUNNEL_CLOSE, stream, TUNNEL_CLOSE_DONE);
        }
    }
}

static int set_up(void **state)
{
    struct identity *identity;
    static struct identity copy;
    (void)state;
    server = server_start(pki, 0, false, serve, NULL);
    copy = *pki_identity(pki, pki, NAME, server->port);
    identity = &copy;
    strcpy(identity->server_host, "10.0.2.2");
    fake_reset(identity);
    serial_modem_begin();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake.wants_network = false;
    assert_true(pump(offline, 10000));
    server_stop(server);
    serial_modem_end();
    return 0;
}

static void test_connects(void **state)
{
    uint64_t start_us = time_us();
    (void)state;
    assert_true(pump(connected, 10000));
    print_message("modem off to welcome: %u ms\n", (unsigned)((time_us() - start_us) / 1000));
}

static bool fetched(void)
{
    static uint8_t out[BLOB_BYTES];
    static uint32_t got;
    int32_t part = fetch_read(out + got, BLOB_BYTES - got);
    if (part > 0)
        got += (uint32_t)part;
    if (part >= 0)
        return false;
    assert_int_equal(got, BLOB_BYTES);
    assert_memory_equal(out, blob, BLOB_BYTES);
    got = 0;
    return true;
}

static void test_fetches_at_line_speed(void **state)
{
    uint8_t hash[32] = {0};
    (void)state;
    assert_true(pump(connected, 10000));
    uint64_t start_us = time_us();
    assert_true(fetch_begin(hash, 0, 0));
    assert_true(pump(fetched, 20000));
    uint64_t took_us = time_us() - start_us;
    print_message("fetch: %u KB/s of at most 92\n", (unsigned)(BLOB_BYTES * 1000ull / took_us));
}

static void test_noise_on_the_line(void **state)
{
    uint8_t hash[32] = {0};
    (void)state;
    assert_true(pump(connected, 10000));
    serial_modem_noise(40001);
    assert_true(fetch_begin(hash, 0, 0));
    assert_true(pump(fetched, 60000));
}

static void test_radio_lost_and_found(void **state)
{
    (void)state;
    assert_true(pump(connected, 10000));
    serial_modem_set_link(MODEM_LINK_DOWN);
    assert_true(pump(disconnected, 1000)); /* at once: the modem says NO CARRIER */
    assert_true(fake_logged("the network closed the connection"));
    serial_modem_set_link(MODEM_LINK_UP);
    assert_true(pump(connected, 30000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fetches_at_line_speed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_connects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_noise_on_the_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_radio_lost_and_found, set_up, tear_down),
    };
    signal(SIGPIPE, SIG_IGN);
    for (uint32_t i = 0; i < BLOB_BYTES; i++)
        blob[i] = (uint8_t)(i * 2654435761u >> 24);
    pki = pki_new(NAME);
    net_init();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_free(pki);
    return failed;
}
