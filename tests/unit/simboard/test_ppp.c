/* Framing against the values of RFC 1662, and the negotiation against packets made by hand from
 * RFC 1661, 1332 and 1877. Nothing here uses the encoder under test to judge itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench_time.h"
#include "board/ppp.h"

#define OUT_MAX 8192

struct bench {
    struct sched sched;
    struct ppp ppp;
    uint8_t out[OUT_MAX];
    size_t out_size;
    size_t out_read;
    uint8_t packet[2000];
    size_t packet_size;
    unsigned opened;
    unsigned closed;
};

static void take_bytes(void *context, const uint8_t *data, size_t size)
{
    struct bench *bench = context;

    assert_true(bench->out_size + size <= OUT_MAX);
    memcpy(bench->out + bench->out_size, data, size);
    bench->out_size += size;
}

static void take_packet(void *context, const uint8_t *packet, size_t size)
{
    struct bench *bench = context;

    memcpy(bench->packet, packet, size);
    bench->packet_size = size;
}

static void count_open(void *context)
{
    ((struct bench *)context)->opened++;
}

static void count_close(void *context)
{
    ((struct bench *)context)->closed++;
}

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct ppp_config config = {
        .sched = &bench->sched,
        .own_address = {10, 0, 2, 2},
        .peer_address = {10, 0, 2, 15},
        .dns_address = {10, 0, 2, 3},
        .magic = 0x11223344,
        .context = bench,
        .transmit = take_bytes,
        .packet = take_packet,
        .opened = count_open,
        .closed = count_close,
    };

    sched_init(&bench->sched);
    ppp_init(&bench->ppp, &config);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

/* --- an independent, deliberately simple framer --- */

/* CRC-16/X-25 the long way round: most significant bit first over reflected bytes. */
static uint16_t slow_fcs(const uint8_t *data, size_t size)
{
    uint16_t crc = 0xFFFF;
    uint16_t out = 0;

    for (size_t i = 0; i < size; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            unsigned in = (data[i] >> bit & 1u) ^ (unsigned)(crc >> 15);

            crc = (uint16_t)(crc << 1);
            if (in)
                crc ^= 0x1021;
        }
    }
    crc = (uint16_t)~crc;
    for (unsigned bit = 0; bit < 16; bit++)
        out |= (uint16_t)((crc >> bit & 1u) << (15 - bit));
    return out;
}

/* Everything that may be escaped is escaped. */
static void give_raw(struct bench *bench, const uint8_t *frame, size_t size)
{
    uint8_t all[1700];
    uint16_t fcs = slow_fcs(frame, size);

    memcpy(all, frame, size);
    all[size] = (uint8_t)fcs;
    all[size + 1] = (uint8_t)(fcs >> 8);
    ppp_receive(&bench->ppp, 0x7E);
    for (size_t i = 0; i < size + 2; i++) {
        if (all[i] < 0x20 || all[i] == 0x7E || all[i] == 0x7D) {
            ppp_receive(&bench->ppp, 0x7D);
            ppp_receive(&bench->ppp, all[i] ^ 0x20);
        } else {
            ppp_receive(&bench->ppp, all[i]);
        }
    }
    ppp_receive(&bench->ppp, 0x7E);
}

/* ff 03, protocol, packet */
static void give(struct bench *bench, uint16_t protocol, const uint8_t *packet, size_t size)
{
    uint8_t frame[1600] = {0xFF, 0x03, (uint8_t)(protocol >> 8), (uint8_t)protocol};

    memcpy(frame + 4, packet, size);
    give_raw(bench, frame, size + 4);
}

#define GIVE(bench, protocol, ...)                                                                 \
    give(bench, protocol, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* Takes the next frame that the link has sent, unstuffed, without its check sequence. */
static size_t next_frame(struct bench *bench, uint8_t *frame)
{
    size_t size = 0;
    bool escape = false;

    while (bench->out_read < bench->out_size) {
        uint8_t byte = bench->out[bench->out_read++];

        if (byte == 0x7E) {
            if (size == 0)
                continue;
            if (size < 4)
                fail_msg("a frame of %zu bytes", size);
            assert_int_equal(slow_fcs(frame, size - 2), frame[size - 2] | frame[size - 1] << 8);
            return size - 2;
        }
        if (byte == 0x7D) {
            escape = true;
            continue;
        }
        frame[size++] = escape ? byte ^ 0x20 : byte;
        escape = false;
    }
    assert_int_equal(size, 0);
    return 0;
}

static void expect_frame(struct bench *bench, const uint8_t *expected, size_t size)
{
    uint8_t frame[1700] = {0};
    size_t got = next_frame(bench, frame);

    assert_int_equal(got, size);
    assert_memory_equal(frame, expected, size);
}

#define EXPECT(bench, ...)                                                                         \
    expect_frame(bench, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void expect_silence(struct bench *bench)
{
    uint8_t frame[1700] = {0};

    assert_int_equal(next_frame(bench, frame), 0);
}

#define LCP  0xFF, 0x03, 0xC0, 0x21
#define IPCP 0xFF, 0x03, 0x80, 0x21
#define OUR_OPTIONS                                                                                \
    0x02, 0x06, 0, 0, 0, 0, 0x05, 0x06, 0x11, 0x22, 0x33, 0x44, 0x07, 0x02, 0x08, 0x02

static void open_lcp(struct bench *bench)
{
    ppp_start(&bench->ppp);
    EXPECT(bench, LCP, 1, 1, 0, 20, OUR_OPTIONS);
    GIVE(bench, 0xC021, 2, 1, 0, 20, OUR_OPTIONS);
    expect_silence(bench);
    GIVE(bench, 0xC021, 1, 0x77, 0, 14, 5, 6, 0xDE, 0xAD, 0xBE, 0xEF, 1, 4, 0x05, 0xDC);
    EXPECT(bench, LCP, 2, 0x77, 0, 14, 5, 6, 0xDE, 0xAD, 0xBE, 0xEF, 1, 4, 0x05, 0xDC);
    EXPECT(bench, IPCP, 1, 1, 0, 10, 3, 6, 10, 0, 2, 2);
}

static void open_all(struct bench *bench)
{
    open_lcp(bench);
    GIVE(bench, 0x8021, 2, 1, 0, 10, 3, 6, 10, 0, 2, 2);
    GIVE(bench, 0x8021, 1, 9, 0, 10, 3, 6, 10, 0, 2, 15);
    EXPECT(bench, IPCP, 2, 9, 0, 10, 3, 6, 10, 0, 2, 15);
    assert_int_equal(bench->opened, 1);
}

static void test_fcs_check_value(void **state)
{
    (void)state;
    assert_int_equal((uint16_t)~hdlc_fcs(0xFFFF, (const uint8_t *)"123456789", 9), 0x906E);
    assert_int_equal(slow_fcs((const uint8_t *)"123456789", 9), 0x906E);
}

static void test_encoder_escapes_what_it_must(void **state)
{
    static const uint8_t frame[] = {0x7E, 0x7D, 0x11, 0x13, 0x41};
    uint8_t out[HDLC_ENCODED_MAX(sizeof frame)];
    size_t size;

    (void)state;
    size = hdlc_encode(frame, sizeof frame, 1u << 0x11, out);
    assert_memory_equal(out, ((uint8_t[]){0x7E, 0x7D, 0x5E, 0x7D, 0x5D, 0x7D, 0x31, 0x13, 0x41}),
                        9);
    assert_true(size >= 12 && out[size - 1] == 0x7E);
}

static void test_receiver_survives_rubbish(void **state)
{
    struct hdlc_receiver receiver;
    uint32_t seed = 1;

    (void)state;
    hdlc_receiver_init(&receiver);
    for (unsigned i = 0; i < 200000; i++) {
        seed = seed * 1103515245 + 12345;
        hdlc_receive(&receiver, (uint8_t)(seed >> 16));
    }
    for (unsigned i = 0; i < 5000; i++) /* longer than any frame */
        assert_int_equal(hdlc_receive(&receiver, 0x41), 0);
    assert_int_equal(hdlc_receive(&receiver, 0x7E), 0);
    assert_true(receiver.bad > 0);
}

static void test_negotiation(void **state)
{
    struct bench *bench = *state;

    open_lcp(bench);
    GIVE(bench, 0x8021, 2, 1, 0, 10, 3, 6, 10, 0, 2, 2);
    /* Asks for an address, both name servers and VJ compression. */
    GIVE(bench, 0x8021, 1, 1, 0, 28, 3, 6, 0, 0, 0, 0, 2, 6, 0, 0x2D, 15, 1, 0x81, 6, 0, 0, 0, 0,
         0x83, 6, 0, 0, 0, 0);
    EXPECT(bench, IPCP, 4, 1, 0, 16, 2, 6, 0, 0x2D, 15, 1, 0x83, 6, 0, 0, 0, 0);
    GIVE(bench, 0x8021, 1, 2, 0, 16, 3, 6, 0, 0, 0, 0, 0x81, 6, 0, 0, 0, 0);
    EXPECT(bench, IPCP, 3, 2, 0, 16, 3, 6, 10, 0, 2, 15, 0x81, 6, 10, 0, 2, 3);
    assert_int_equal(bench->opened, 0);
    GIVE(bench, 0x8021, 1, 3, 0, 16, 3, 6, 10, 0, 2, 15, 0x81, 6, 10, 0, 2, 3);
    EXPECT(bench, IPCP, 2, 3, 0, 16, 3, 6, 10, 0, 2, 15, 0x81, 6, 10, 0, 2, 3);
    assert_int_equal(bench->opened, 1);
    pass(&bench->sched, 60 * SIM_PS_PER_S);
    expect_silence(bench);
    assert_int_equal(bench->closed, 0);
}

static void test_requests_are_repeated_then_given_up(void **state)
{
    struct bench *bench = *state;

    ppp_start(&bench->ppp);
    for (uint8_t id = 1; id <= 10; id++) {
        EXPECT(bench, LCP, 1, id, 0, 20, OUR_OPTIONS);
        expect_silence(bench);
        assert_int_equal(bench->closed, 0);
        pass(&bench->sched, 3 * SIM_PS_PER_S);
    }
    assert_int_equal(bench->closed, 1);
}

static void test_refused_options_are_dropped(void **state)
{
    struct bench *bench = *state;

    ppp_start(&bench->ppp);
    EXPECT(bench, LCP, 1, 1, 0, 20, OUR_OPTIONS);
    GIVE(bench, 0xC021, 4, 1, 0, 8, 7, 2, 8, 2);
    EXPECT(bench, LCP, 1, 2, 0, 16, 0x02, 0x06, 0, 0, 0, 0, 0x05, 0x06, 0x11, 0x22, 0x33, 0x44);
    /* An answer with a stale id counts for nothing. */
    GIVE(bench, 0xC021, 2, 1, 0, 20, OUR_OPTIONS);
    expect_silence(bench);
}

static void test_lcp_answers(void **state)
{
    struct bench *bench = *state;

    ppp_start(&bench->ppp);
    EXPECT(bench, LCP, 1, 1, 0, 20, OUR_OPTIONS);
    /* Authentication of ourselves and multilink are rejected together. */
    GIVE(bench, 0xC021, 1, 5, 0, 14, 3, 4, 0xC0, 0x23, 1, 4, 0x05, 0xDC, 0x12, 2);
    EXPECT(bench, LCP, 4, 5, 0, 10, 3, 4, 0xC0, 0x23, 0x12, 2);
    /* A loop: our own magic number comes back. */
    GIVE(bench, 0xC021, 1, 6, 0, 10, 5, 6, 0x11, 0x22, 0x33, 0x44);
    EXPECT(bench, LCP, 3, 6, 0, 10, 5, 6, 0xEE, 0xDD, 0xCC, 0xBB);
    /* An MRU too small to be of use. */
    GIVE(bench, 0xC021, 1, 7, 0, 8, 1, 4, 0, 10);
    EXPECT(bench, LCP, 3, 7, 0, 8, 1, 4, 0, 128);
}

static void test_echo_and_unknown_codes(void **state)
{
    struct bench *bench = *state;

    open_all(bench);
    GIVE(bench, 0xC021, 9, 0x21, 0, 10, 0xDE, 0xAD, 0xBE, 0xEF, 'h', 'i');
    EXPECT(bench, LCP, 10, 0x21, 0, 10, 0x11, 0x22, 0x33, 0x44, 'h', 'i');
    GIVE(bench, 0xC021, 11, 0x22, 0, 8, 0, 0, 0, 0);
    expect_silence(bench);
    GIVE(bench, 0xC021, 99, 0x23, 0, 4);
    EXPECT(bench, LCP, 7, 2, 0, 8, 99, 0x23, 0, 4);
    /* CCP is not spoken. */
    GIVE(bench, 0x80FD, 1, 1, 0, 4);
    EXPECT(bench, LCP, 8, 3, 0, 10, 0x80, 0xFD, 1, 1, 0, 4);
}

static void test_pap_is_acknowledged(void **state)
{
    struct bench *bench = *state;

    open_lcp(bench);
    GIVE(bench, 0xC023, 1, 4, 0, 8, 1, 'a', 1, 'b');
    EXPECT(bench, 0xFF, 0x03, 0xC0, 0x23, 2, 4, 0, 5, 0);
}

static void test_packets_and_compression(void **state)
{
    struct bench *bench = *state;
    uint8_t ip[40] = {0x45};
    uint8_t frame[50] = {0x21};

    open_all(bench);
    assert_true(ppp_send_packet(&bench->ppp, ip, sizeof ip));
    {
        uint8_t expected[44] = {0xFF, 0x03, 0x00, 0x21, 0x45};

        expect_frame(bench, expected, sizeof expected);
    }
    give(bench, 0x0021, ip, sizeof ip);
    assert_int_equal(bench->packet_size, 40);
    /* The peer may leave out what we agreed to: address, control, high byte of the protocol. */
    bench->packet_size = 0;
    memcpy(frame + 1, ip, sizeof ip);
    give_raw(bench, frame, 41);
    assert_int_equal(bench->packet_size, 40);
    assert_false(ppp_send_packet(&bench->ppp, frame, 1501));
}

static void test_peer_accm_is_honoured(void **state)
{
    struct bench *bench = *state;
    uint8_t ip[20] = {0x45, 0x11, 0x01};

    ppp_start(&bench->ppp);
    EXPECT(bench, LCP, 1, 1, 0, 20, OUR_OPTIONS);
    GIVE(bench, 0xC021, 2, 1, 0, 20, OUR_OPTIONS);
    GIVE(bench, 0xC021, 1, 2, 0, 14, 2, 6, 0, 2, 0, 0, 7, 2, 8, 2); /* 0x11 only; PFC, ACFC */
    EXPECT(bench, LCP, 2, 2, 0, 14, 2, 6, 0, 2, 0, 0, 7, 2, 8, 2);
    {
        uint8_t frame[1700] = {0};

        next_frame(bench, frame);
    }
    GIVE(bench, 0x8021, 2, 1, 0, 10, 3, 6, 10, 0, 2, 2);
    GIVE(bench, 0x8021, 1, 9, 0, 10, 3, 6, 10, 0, 2, 15);
    bench->out_read = bench->out_size;
    assert_true(ppp_send_packet(&bench->ppp, ip, sizeof ip));
    assert_memory_equal(bench->out + bench->out_read,
                        ((uint8_t[]){0x7E, 0x21, 0x45, 0x7D, 0x31, 0x01, 0x00}), 7);
}

static void test_terminate(void **state)
{
    struct bench *bench = *state;

    open_all(bench);
    GIVE(bench, 0xC021, 5, 0x30, 0, 4);
    EXPECT(bench, LCP, 6, 0x30, 0, 4);
    assert_false(ppp_is_open(&bench->ppp));
    assert_int_equal(bench->closed, 0);
    pass(&bench->sched, 200 * SIM_PS_PER_MS);
    assert_int_equal(bench->closed, 1);
}

static void test_our_close(void **state)
{
    struct bench *bench = *state;

    open_all(bench);
    ppp_close(&bench->ppp);
    EXPECT(bench, LCP, 5, 2, 0, 4);
    GIVE(bench, 0xC021, 6, 2, 0, 4);
    assert_int_equal(bench->closed, 1);
}

static void test_renegotiation(void **state)
{
    struct bench *bench = *state;

    open_all(bench);
    GIVE(bench, 0xC021, 1, 0x40, 0, 4);
    EXPECT(bench, LCP, 1, 2, 0, 20, OUR_OPTIONS);
    EXPECT(bench, LCP, 2, 0x40, 0, 4);
    assert_false(ppp_is_open(&bench->ppp));
    GIVE(bench, 0xC021, 2, 2, 0, 20, OUR_OPTIONS);
    EXPECT(bench, IPCP, 1, 2, 0, 10, 3, 6, 10, 0, 2, 2);
}

static void test_malformed_packets(void **state)
{
    struct bench *bench = *state;

    ppp_start(&bench->ppp);
    EXPECT(bench, LCP, 1, 1, 0, 20, OUR_OPTIONS);
    GIVE(bench, 0xC021, 1, 1, 0, 200, 1, 4);     /* length beyond the frame */
    GIVE(bench, 0xC021, 1, 1, 0, 3);             /* length below the header */
    GIVE(bench, 0xC021, 1);                      /* no header */
    give_raw(bench, (const uint8_t[]){0xC0}, 1); /* no protocol */
    GIVE(bench, 0x0021, 0x45);                   /* IP before LCP is open */
    GIVE(bench, 0xC021, 1, 1, 0, 6, 1, 0);       /* option without a length */
    GIVE(bench, 0xC021, 1, 1, 0, 7, 1, 4, 5);    /* option beyond the packet */
    expect_silence(bench);
    GIVE(bench, 0xC021, 1, 1, 0, 4);
    EXPECT(bench, LCP, 2, 1, 0, 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fcs_check_value),
        cmocka_unit_test(test_encoder_escapes_what_it_must),
        cmocka_unit_test(test_receiver_survives_rubbish),
        TEST(test_negotiation),
        TEST(test_requests_are_repeated_then_given_up),
        TEST(test_refused_options_are_dropped),
        TEST(test_lcp_answers),
        TEST(test_echo_and_unknown_codes),
        TEST(test_pap_is_acknowledged),
        TEST(test_packets_and_compression),
        TEST(test_peer_accm_is_honoured),
        TEST(test_terminate),
        TEST(test_our_close),
        TEST(test_renegotiation),
        TEST(test_malformed_packets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
