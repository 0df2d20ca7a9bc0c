/* The log: rings in hostile memory, order, losses, rate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fakes.h"
#include "kernel/log/line.h"
#include "kernel/log/log.h"
#include "kernel/log/ring.h"

static uint8_t buffer[1024] __attribute__((aligned(4))), record[LOGREC_BYTES_MAX];

static struct logrec text_record(const char *text)
{
    return (struct logrec){.type = LOGREC_APP_LOGGING,
                           .text_bytes = (uint16_t)strlen(text),
                           .text = (const uint8_t *)text};
}

static void drain(void)
{
    while (log_peek(record, sizeof record) != 0) {
        log_consume();
    }
}

static int reset(void **state)
{
    (void)state;
    fake_time_us += 100000000;
    log_app_reset();
    log_init();
    log_set_enabled(true);
    drain();
    return 0;
}

static void ring_keeps_order_over_its_end(void **state)
{
    (void)state;
    struct log_ring ring;
    char text[32];
    log_ring_open(&ring, buffer, 512);
    for (uint32_t i = 0; i < 1000; i++) {
        struct line line;
        line_begin(&line, text, sizeof text);
        line_add(&line, "record ");
        line_add_decimal(&line, i);
        struct logrec in = text_record(text), out;
        assert_true(log_ring_put(&ring, &in));
        uint32_t size = log_ring_peek(&ring, record, sizeof record);
        assert_int_equal(logrec_parse(record, size, &out), size);
        assert_int_equal(out.text_bytes, strlen(text));
        assert_memory_equal(out.text, text, out.text_bytes);
        log_ring_drop(&ring);
    }
    assert_int_equal(ring.used, 0);
}

static void full_ring_refuses(void **state)
{
    static const char text[] __attribute__((aligned(4))) = "0123456789abcdef";
    (void)state;
    struct log_ring ring;
    struct logrec in = text_record(text); /* 32 bytes with its header */
    log_ring_open(&ring, buffer, 512);
    for (uint32_t i = 0; i < 16; i++) {
        assert_true(log_ring_put(&ring, &in));
    }
    assert_false(log_ring_put(&ring, &in));
    log_ring_drop(&ring);
    assert_true(log_ring_put(&ring, &in));
}

/* Any content of the memory: no access outside, no endless loop. */
static void hostile_memory(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (uint32_t round = 0; round < 2000; round++) {
        struct log_ring ring;
        struct logrec in = text_record("some text");
        log_ring_open(&ring, buffer, 512);
        for (uint32_t i = 0; i < 5; i++) {
            (void)log_ring_put(&ring, &in);
        }
        for (uint32_t i = 0; i < 512; i++) {
            random = random * 1664525u + 1013904223u;
            if (random >> 30 == 0) {
                buffer[i] = (uint8_t)(random >> 16);
            }
        }
        for (uint32_t i = 0; i < 64 && ring.used != 0; i++) {
            uint32_t size = log_ring_peek(&ring, record, sizeof record);
            assert_true(size <= sizeof record);
            log_ring_drop(&ring);
        }
        assert_int_equal(ring.used, 0);
    }
}

static enum MvStatus app_writes(const uint8_t *text, uint32_t size)
{
    const struct log_message message = {text, size, 0x20000000, 0x08000101};
    enum MvStatus status;
    bool again = false;
    do {
        status = log_app_write(&message, &again);
    } while (again);
    return status;
}

static void statuses(void **state)
{
    (void)state;
    const uint8_t *text = (const uint8_t *)"hello";
    assert_int_equal(app_writes(text, 5), MV_STATUS_UNAVAILABLE);
    assert_int_equal(log_app_init(buffer, 512), MV_STATUS_OKAY);
    assert_int_equal(app_writes(text, 497), MV_STATUS_LOGMESSAGETOOLONG);
    assert_int_equal(app_writes(text, 5), MV_STATUS_OKAY);
    log_set_enabled(false);
    assert_int_equal(app_writes(text, 5), MV_STATUS_LOGGINGDISABLEDBYSERVER);
    log_set_enabled(true);
    struct logrec out;
    uint32_t size = log_peek(record, sizeof record);
    assert_int_equal(logrec_parse(record, size, &out), size);
    assert_int_equal(out.type, LOGREC_APP_LOGGING);
    assert_memory_equal(out.text, "hello", 5);
    assert_int_equal(log_peek(record, 10), 0);
    log_consume();
    assert_int_equal(log_peek(record, sizeof record), 0);
}

/* What waits when the cloud switches logging off is not sent later. The kernel's own lines are. */
static void hold_drops_what_waits(void **state)
{
    (void)state;
    struct logrec out;
    assert_int_equal(log_app_init(buffer, 512), MV_STATUS_OKAY);
    assert_int_equal(app_writes((const uint8_t *)"one", 3), MV_STATUS_OKAY);
    assert_int_equal(app_writes((const uint8_t *)"two", 3), MV_STATUS_OKAY);
    log_set_enabled(false);
    log_system(LOGREC_KERNEL, "kernel");
    log_system(LOGREC_APP_LOGGING, "a raw channel's");
    uint32_t size = log_peek(record, sizeof record);
    assert_int_equal(logrec_parse(record, size, &out), size);
    assert_int_equal(out.type, LOGREC_KERNEL);
    log_consume();
    assert_int_equal(log_peek(record, sizeof record), 0);
    log_set_enabled(true);
    assert_int_equal(log_peek(record, sizeof record), 0);
    assert_int_equal(app_writes((const uint8_t *)"three", 5), MV_STATUS_OKAY);
    size = log_peek(record, sizeof record);
    assert_int_equal(logrec_parse(record, size, &out), size);
    assert_memory_equal(out.text, "three", 5);
}

static void losses_are_told(void **state)
{
    (void)state;
    struct logrec out;
    char long_text[200];
    memset(long_text, 'x', sizeof long_text);
    long_text[sizeof long_text - 1] = 0;
    for (uint32_t i = 0; i < 40; i++) {
        log_system(LOGREC_KERNEL, long_text);
    }
    bool told = false;
    while (log_peek(record, sizeof record) != 0) {
        (void)logrec_parse(record, sizeof record, &out);
        told = told || out.type == LOGREC_LOST;
        log_consume();
    }
    assert_true(told);
}

static void rate_is_limited(void **state)
{
    (void)state;
    static uint8_t big[0x8000];
    (void)log_app_init(big, sizeof big);
    uint32_t accepted = 0;
    while (app_writes((const uint8_t *)"x", 1) == MV_STATUS_OKAY) {
        accepted++;
    }
    assert_int_equal(accepted, 256);
    assert_int_equal(app_writes((const uint8_t *)"x", 1), MV_STATUS_INVALIDBUFFERSIZE);
    fake_time_us += 1000000;
    assert_int_equal(app_writes((const uint8_t *)"x", 1), MV_STATUS_OKAY);
}

static void records_survive_the_application(void **state)
{
    (void)state;
    (void)log_app_init(buffer, 512);
    (void)app_writes((const uint8_t *)"last words", 10);
    log_app_reset();
    memset(buffer, 0, sizeof buffer);
    struct logrec out;
    uint32_t size = log_peek(record, sizeof record);
    assert_int_equal(logrec_parse(record, size, &out), size);
    assert_int_equal(out.type, LOGREC_APP_LOGGING);
    assert_memory_equal(out.text, "last words", 10);
    assert_int_equal(app_writes((const uint8_t *)"x", 1), MV_STATUS_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(ring_keeps_order_over_its_end, reset),
        cmocka_unit_test_setup(full_ring_refuses, reset),
        cmocka_unit_test_setup(hostile_memory, reset),
        cmocka_unit_test_setup(statuses, reset),
        cmocka_unit_test_setup(hold_drops_what_waits, reset),
        cmocka_unit_test_setup(losses_are_told, reset),
        cmocka_unit_test_setup(rate_is_limited, reset),
        cmocka_unit_test_setup(records_survive_the_application, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
