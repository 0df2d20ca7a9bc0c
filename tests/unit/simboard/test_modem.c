/* The whole modem on a simulated line: timing, flow control, a call, and through libslirp a ping
 * and a TCP connection to an echo server on the host's loopback. The peer's PPP is a minimal one
 * made here by hand; it shares no code with the modem's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench_time.h"
#include "board/modem.h"
#include "board/network.h"

#define FRAME_PS (10 * SIM_PS_PER_S / 921600)

struct bench {
    struct sched sched;
    struct modem modem;
    struct hostio io;
    struct network *network;
    bool rts;
    bool cts;
    sim_ps frame_ps;
    char text[8192]; /* everything received from the modem */
    size_t size;
    sim_ps first_byte;
    sim_ps last_byte;
    /* The peer's PPP. */
    uint8_t frame[2000];
    size_t frame_size;
    bool frame_escape;
    bool ppp;
    bool lcp_acked, lcp_done, ipcp_done;
    uint8_t packet[2000];
    size_t packet_size;
};

static uint16_t fcs16(const uint8_t *data, size_t size)
{
    uint16_t crc = 0xFFFF;

    for (size_t i = 0; i < size; i++) {
        unsigned x = (crc ^ data[i]) & 0xFF;

        x = (x ^ x << 4) & 0xFF;
        crc = (uint16_t)((crc >> 8) ^ (x << 8) ^ (x << 3) ^ (x >> 4));
    }
    return (uint16_t)~crc;
}

static void send_byte(struct bench *bench, uint8_t byte)
{
    pass(&bench->sched, FRAME_PS);
    modem_receive(&bench->modem, byte);
}

static void send_frame(struct bench *bench, uint16_t protocol, const uint8_t *data, size_t size)
{
    uint8_t frame[1700] = {0xFF, 0x03, (uint8_t)(protocol >> 8), (uint8_t)protocol};
    uint16_t fcs;

    memcpy(frame + 4, data, size);
    fcs = fcs16(frame, size + 4);
    frame[size + 4] = (uint8_t)fcs;
    frame[size + 5] = (uint8_t)(fcs >> 8);
    send_byte(bench, 0x7E);
    for (size_t i = 0; i < size + 6; i++) {
        if (frame[i] < 0x20 || frame[i] == 0x7D || frame[i] == 0x7E) {
            send_byte(bench, 0x7D);
            send_byte(bench, frame[i] ^ 0x20);
        } else {
            send_byte(bench, frame[i]);
        }
    }
    send_byte(bench, 0x7E);
}

/* Acknowledges every request and asks for the address; enough to get the link up. */
static void peer_control(struct bench *bench, uint16_t protocol, uint8_t *packet, size_t size)
{
    static const uint8_t address[] = {1, 7, 0, 10, 3, 6, 10, 0, 2, 15};
    static const uint8_t nothing[] = {1, 7, 0, 4};

    if (packet[0] == 1) {
        packet[0] = 2;
        send_frame(bench, protocol, packet, size);
        if (protocol == 0xC021)
            send_frame(bench, protocol, nothing, sizeof nothing);
        else
            send_frame(bench, protocol, address, sizeof address);
    } else if (packet[0] == 2) {
        bench->lcp_done |= protocol == 0xC021;
        bench->ipcp_done |= protocol == 0x8021;
    }
}

static void peer_frame(struct bench *bench)
{
    uint8_t frame[2000];
    size_t size = bench->frame_size;
    uint16_t protocol;

    memcpy(frame, bench->frame, size);
    bench->frame_size = 0;
    if (size < 6)
        return;
    assert_int_equal(fcs16(frame, size - 2), frame[size - 2] | frame[size - 1] << 8);
    protocol = (uint16_t)(frame[2] << 8 | frame[3]);
    if (protocol == 0x0021) {
        memcpy(bench->packet, frame + 4, size - 6);
        bench->packet_size = size - 6;
    } else {
        peer_control(bench, protocol, frame + 4, size - 6);
    }
}

static void from_modem(void *context, uint8_t byte)
{
    struct bench *bench = context;

    assert_true(bench->rts);
    bench->last_byte = sched_now(&bench->sched);
    if (bench->size == 0)
        bench->first_byte = bench->last_byte;
    if (!bench->ppp) {
        assert_true(bench->size < sizeof bench->text - 1);
        bench->text[bench->size++] = (char)byte;
        return;
    }
    if (byte == 0x7E) {
        /* Answers go out after this event. */
        return;
    }
    if (byte == 0x7D) {
        bench->frame_escape = true;
        return;
    }
    assert_true(bench->frame_size < sizeof bench->frame);
    bench->frame[bench->frame_size++] = bench->frame_escape ? byte ^ 0x20 : byte;
    bench->frame_escape = false;
}

static sim_ps frame_ps(void *context)
{
    return ((struct bench *)context)->frame_ps;
}

static bool line_ready(void *context)
{
    return ((struct bench *)context)->rts;
}

static void set_cts(void *context, bool ready)
{
    ((struct bench *)context)->cts = ready;
}

static void uplink(void *context, const uint8_t *packet, size_t size)
{
    struct bench *bench = context;

    if (bench->network != NULL)
        network_send(bench->network, packet, size);
}

static void downlink(void *context, const uint8_t *packet, size_t size)
{
    modem_downlink(&((struct bench *)context)->modem, packet, size);
}

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct modem_config config = {.sched = &bench->sched,
                                  .seed = 5,
                                  .line = {.context = bench,
                                           .send = from_modem,
                                           .frame_ps = frame_ps,
                                           .ready = line_ready,
                                           .set_cts = set_cts},
                                  .context = bench,
                                  .uplink = uplink};

    bench->rts = true;
    bench->frame_ps = FRAME_PS;
    sched_init(&bench->sched);
    assert_true(hostio_init(&bench->io));
    bench->network = network_new(&bench->io, downlink, bench);
    assert_non_null(bench->network);
    modem_init(&bench->modem, &config);
    modem_reset(&bench->modem);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;

    network_free(bench->network);
    hostio_close(&bench->io);
    free(bench);
    return 0;
}

static void say(struct bench *bench, const char *text)
{
    bench->size = 0;
    memset(bench->text, 0, sizeof bench->text);
    for (; *text != '\0'; text++)
        send_byte(bench, (uint8_t)*text);
}

/* Lets virtual time and the host's network run until `done` or some seconds have passed. A frame is
 * complete at its closing flag, which shows as a pause here: look for one after each stroke. */
static void run(struct bench *bench, const bool *done, size_t *packet)
{
    for (unsigned i = 0; i < 4000; i++) {
        for (unsigned j = 0; j < 400; j++) {
            size_t before = bench->frame_size;

            pass(&bench->sched, FRAME_PS);
            if (bench->ppp && before > 0 && bench->frame_size == before && !bench->frame_escape)
                peer_frame(bench);
        }
        if ((done != NULL && *done) || (packet != NULL && *packet != 0))
            return;
        hostio_wait(&bench->io, 500000);
        hostio_dispatch(&bench->io);
    }
}

static void dial(struct bench *bench)
{
    pass(&bench->sched, SIM_PS_PER_S);
    say(bench, "ATE0\r");
    pass(&bench->sched, SIM_PS_PER_MS);
    say(bench, "ATD*99#\r");
    for (unsigned i = 0; i < 10000 && strstr(bench->text, "CONNECT\r\n") == NULL; i++)
        pass(&bench->sched, FRAME_PS);
    assert_string_equal(bench->text, "\r\nCONNECT\r\n");
    bench->ppp = true;
    run(bench, &bench->ipcp_done, NULL);
    assert_true(modem_online(&bench->modem));
}

static void test_boot_and_registration(void **state)
{
    struct bench *bench = *state;

    assert_false(bench->cts);
    say(bench, "AT\r");
    pass(&bench->sched, 10 * SIM_PS_PER_MS);
    assert_string_equal(bench->text, "");
    pass(&bench->sched, 45 * SIM_PS_PER_MS);
    assert_true(bench->cts);
    say(bench, "ATE0+CREG?\r");
    pass(&bench->sched, 10 * SIM_PS_PER_MS);
    assert_non_null(strstr(bench->text, "+CREG: 0,2"));
    say(bench, "ATD*99#\r");
    pass(&bench->sched, 10 * SIM_PS_PER_MS);
    assert_string_equal(bench->text, "\r\nNO CARRIER\r\n");
    pass(&bench->sched, 200 * SIM_PS_PER_MS);
    say(bench, "AT+CREG?\r");
    pass(&bench->sched, 10 * SIM_PS_PER_MS);
    assert_non_null(strstr(bench->text, "+CREG: 0,1"));
}

static void test_bytes_take_their_time(void **state)
{
    struct bench *bench = *state;

    pass(&bench->sched, SIM_PS_PER_S);
    say(bench, "ATE0\r");
    pass(&bench->sched, SIM_PS_PER_MS);
    bench->frame_ps = 10 * SIM_PS_PER_S / 9600;
    say(bench, "AT\r");
    pass(&bench->sched, SIM_PS_PER_S);
    assert_int_equal(bench->size, 6);
    assert_int_equal(bench->last_byte - bench->first_byte, 5 * bench->frame_ps);
}

static void test_rts_holds_the_modem(void **state)
{
    struct bench *bench = *state;

    pass(&bench->sched, SIM_PS_PER_S);
    bench->rts = false;
    say(bench, "AT\r");
    pass(&bench->sched, SIM_PS_PER_S);
    assert_int_equal(bench->size, 0);
    bench->rts = true;
    modem_rts(&bench->modem, true);
    pass(&bench->sched, SIM_PS_PER_MS);
    assert_string_equal(bench->text, "AT\r\r\nOK\r\n");
}

static void test_cts_stops_the_chip(void **state)
{
    struct bench *bench = *state;
    unsigned sent = 0;

    pass(&bench->sched, SIM_PS_PER_S);
    bench->rts = false; /* echoes pile up */
    while (bench->cts && sent < 100000) {
        send_byte(bench, 'A');
        sent++;
    }
    assert_in_range(sent, 1000, MODEM_BUFFER_SIZE);
    bench->rts = true;
    bench->ppp = true; /* count nothing */
    modem_rts(&bench->modem, true);
    for (unsigned i = 0; i < sent; i++) {
        pass(&bench->sched, FRAME_PS);
        bench->frame_size = 0;
    }
    assert_true(bench->cts);
    assert_int_equal(bench->modem.bytes_dropped, 0);
}

static void test_escape_and_hang_up(void **state)
{
    struct bench *bench = *state;

    dial(bench);
    bench->ppp = false;
    pass(&bench->sched, 2 * SIM_PS_PER_S);
    say(bench, "+++");
    pass(&bench->sched, 900 * SIM_PS_PER_MS);
    assert_string_equal(bench->text, "");
    pass(&bench->sched, 200 * SIM_PS_PER_MS);
    assert_string_equal(bench->text, "\r\nOK\r\n");
    assert_true(modem_online(&bench->modem));
    say(bench, "ATH\r");
    pass(&bench->sched, SIM_PS_PER_S);
    assert_string_equal(bench->text, "\r\nOK\r\n");
    assert_false(modem_online(&bench->modem));
}

static void test_link_down(void **state)
{
    struct bench *bench = *state;

    dial(bench);
    bench->ppp = false;
    bench->size = 0;
    memset(bench->text, 0, sizeof bench->text);
    modem_set_link(&bench->modem, MODEM_LINK_DOWN);
    pass(&bench->sched, SIM_PS_PER_S);
    assert_string_equal(bench->text, "\r\nNO CARRIER\r\n");
    assert_false(modem_online(&bench->modem));
    say(bench, "ATD*99#\r");
    pass(&bench->sched, SIM_PS_PER_S);
    assert_string_equal(bench->text, "\r\nNO CARRIER\r\n");
    modem_set_link(&bench->modem, MODEM_LINK_UP);
    bench->lcp_done = bench->ipcp_done = false;
    dial(bench);
}

static void test_peer_terminates(void **state)
{
    static const uint8_t terminate[] = {5, 1, 0, 4};
    struct bench *bench = *state;

    dial(bench);
    send_frame(bench, 0xC021, terminate, sizeof terminate);
    pass(&bench->sched, 50 * SIM_PS_PER_MS);
    bench->ppp = false;
    bench->size = 0;
    memset(bench->text, 0, sizeof bench->text);
    pass(&bench->sched, 200 * SIM_PS_PER_MS);
    assert_string_equal(bench->text, "\r\nNO CARRIER\r\n");
}

/* --- IP by hand --- */

static uint16_t checksum(const uint8_t *data, size_t size, uint32_t sum)
{
    for (size_t i = 0; i + 1 < size; i += 2)
        sum += (uint32_t)(data[i] << 8 | data[i + 1]);
    if (size & 1)
        sum += (uint32_t)(data[size - 1] << 8);
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t)~sum;
}

static void send_ip(struct bench *bench, uint8_t protocol, const uint8_t *payload, size_t size)
{
    uint8_t packet[600] = {0x45, 0, 0,  0, 0, 1,  0,  0, 64, protocol,
                           0,    0, 10, 0, 2, 15, 10, 0, 2,  2};
    uint16_t sum;

    packet[2] = (uint8_t)((size + 20) >> 8);
    packet[3] = (uint8_t)(size + 20);
    sum = checksum(packet, 20, 0);
    packet[10] = (uint8_t)(sum >> 8);
    packet[11] = (uint8_t)sum;
    memcpy(packet + 20, payload, size);
    bench->packet_size = 0;
    send_frame(bench, 0x0021, packet, size + 20);
}

static void test_ping(void **state)
{
    struct bench *bench = *state;
    uint8_t echo[] = {8, 0, 0, 0, 0x12, 0x34, 0, 1, 'p', 'i', 'n', 'g'};
    uint16_t sum = checksum(echo, sizeof echo, 0);

    echo[2] = (uint8_t)(sum >> 8);
    echo[3] = (uint8_t)sum;
    dial(bench);
    send_ip(bench, 1, echo, sizeof echo);
    run(bench, NULL, &bench->packet_size);
    assert_int_equal(bench->packet_size, 32);
    assert_int_equal(bench->packet[20], 0); /* echo reply */
    assert_memory_equal(bench->packet + 24, echo + 4, 8);
}

struct tcp {
    uint16_t port;
    uint32_t sequence;
    uint32_t acknowledge;
};

static void send_tcp(struct bench *bench, struct tcp *tcp, uint8_t flags, const char *data)
{
    size_t size = 20 + strlen(data);
    uint8_t segment[200] = {0x9C,
                            0x40,
                            (uint8_t)(tcp->port >> 8),
                            (uint8_t)tcp->port,
                            (uint8_t)(tcp->sequence >> 24),
                            (uint8_t)(tcp->sequence >> 16),
                            (uint8_t)(tcp->sequence >> 8),
                            (uint8_t)tcp->sequence,
                            (uint8_t)(tcp->acknowledge >> 24),
                            (uint8_t)(tcp->acknowledge >> 16),
                            (uint8_t)(tcp->acknowledge >> 8),
                            (uint8_t)tcp->acknowledge,
                            0x50,
                            flags,
                            0x10,
                            0};
    uint32_t pseudo = 0x0A00 + 0x020F + 0x0A00 + 0x0202 + 6 + (uint32_t)size;
    uint16_t sum;

    for (size_t i = 20; i < size; i++)
        segment[i] = (uint8_t)data[i - 20];
    sum = checksum(segment, size, pseudo);
    segment[16] = (uint8_t)(sum >> 8);
    segment[17] = (uint8_t)sum;
    send_ip(bench, 6, segment, size);
}

static uint32_t field32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Accepts one connection and sends back what comes. */
static void *echo_server(void *argument)
{
    int listener = *(int *)argument;
    int fd = accept(listener, NULL, NULL);
    char data[256];
    ssize_t size;

    while (fd >= 0 && (size = read(fd, data, sizeof data)) > 0) {
        if (write(fd, data, (size_t)size) != size)
            break;
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static void test_tcp_echo_on_loopback(void **state)
{
    struct bench *bench = *state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7F000001)};
    socklen_t length = sizeof address;
    struct tcp tcp = {.sequence = 1000};
    pthread_t thread;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    tcp.port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&thread, NULL, echo_server, &listener), 0);
    dial(bench);

    send_tcp(bench, &tcp, 0x02, ""); /* SYN */
    run(bench, NULL, &bench->packet_size);
    assert_true(bench->packet_size >= 40);
    assert_int_equal(bench->packet[33] & 0x3F, 0x12); /* SYN ACK */
    assert_int_equal(field32(bench->packet + 28), 1001);
    tcp.sequence = 1001;
    tcp.acknowledge = field32(bench->packet + 24) + 1;
    send_tcp(bench, &tcp, 0x18, "echo me"); /* PSH ACK */
    for (unsigned i = 0; i < 5; i++) {
        size_t data;

        bench->packet_size = 0;
        run(bench, NULL, &bench->packet_size);
        data = 20 + (size_t)(bench->packet[32] >> 4) * 4;
        if (bench->packet_size > data) {
            assert_int_equal(bench->packet_size - data, 7);
            assert_memory_equal(bench->packet + data, "echo me", 7);
            break;
        }
        assert_int_not_equal(i, 4);
    }
    tcp.sequence += 7;
    tcp.acknowledge += 7;
    send_tcp(bench, &tcp, 0x14, ""); /* RST ACK */
    for (unsigned i = 0; i < 20; i++) {
        hostio_wait(&bench->io, 1000000);
        hostio_dispatch(&bench->io);
    }
    shutdown(listener, SHUT_RDWR);
    assert_int_equal(pthread_join(thread, NULL), 0);
    close(listener);
}

static void test_spoofed_source_is_dropped(void **state)
{
    struct bench *bench = *state;
    uint8_t packet[28] = {0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0, 0, 10, 0, 2, 99, 10, 0, 2, 2, 8};

    dial(bench);
    bench->packet_size = 0;
    send_frame(bench, 0x0021, packet, sizeof packet);
    for (unsigned i = 0; i < 100; i++)
        pass(&bench->sched, SIM_PS_PER_MS);
    assert_int_equal(bench->packet_size, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_boot_and_registration), TEST(test_bytes_take_their_time),
        TEST(test_rts_holds_the_modem),   TEST(test_cts_stops_the_chip),
        TEST(test_escape_and_hang_up),    TEST(test_link_down),
        TEST(test_peer_terminates),       TEST(test_ping),
        TEST(test_tcp_echo_on_loopback),  TEST(test_spoofed_source_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
