// Server-sent events, fed in every possible cut.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/sse.h"

struct seen {
    char text[1024];
    unsigned stop_after;
    unsigned events;
};

static bool on_event(void *context, const char *event, const char *id, const char *data)
{
    struct seen *seen = context;
    size_t length = strlen(seen->text);
    snprintf(seen->text + length, sizeof seen->text - length, "(%s|%s|%s)", event, id, data);
    return ++seen->events != seen->stop_after;
}

static struct sse *sse;

static int setup(void **state)
{
    (void)state;
    sse = malloc(sizeof *sse);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(sse);
    return 0;
}

static const char stream[] = ": hello\n\n"
                             "id: 7\ndata: one\n\n"
                             "event: log\r\ndata: two\r\ndata:three\r\n\r\n"
                             "data\n\n"
                             "unknown: x\nid: 9\rdata:  four\r\r"
                             "data: cut off";
static const char expected[] = "(|7|one)(log|7|two\nthree)(|7|)(|9| four)";

static void test_any_cut(void **state)
{
    (void)state;
    for (size_t step = 1; step < sizeof stream; step++) {
        struct seen seen = {0};
        sse_init(sse, on_event, &seen);
        for (size_t at = 0; at < sizeof stream - 1; at += step) {
            size_t left = sizeof stream - 1 - at;
            assert_true(sse_feed(sse, stream + at, left < step ? left : step));
        }
        assert_string_equal(seen.text, expected);
    }
}

static void test_stop(void **state)
{
    (void)state;
    struct seen seen = {.stop_after = 2};
    sse_init(sse, on_event, &seen);
    assert_false(sse_feed(sse, stream, sizeof stream - 1));
    assert_int_equal(seen.events, 2);
}

static void test_reset_keeps_the_id(void **state)
{
    (void)state;
    struct seen seen = {0};
    sse_init(sse, on_event, &seen);
    assert_true(sse_feed(sse, "id: 5\ndata: lost", 16));
    sse_reset(sse);
    assert_true(sse_feed(sse, "data: next\n\n", 12));
    assert_string_equal(seen.text, "(|5|next)");
}

static void test_endless_line(void **state)
{
    (void)state;
    struct seen seen = {0};
    char block[4096];
    memset(block, 'x', sizeof block);
    sse_init(sse, on_event, &seen);
    assert_true(sse_feed(sse, "data: ", 6));
    for (size_t i = 0; i < 100; i++) {
        assert_true(sse_feed(sse, block, sizeof block));
    }
    assert_true(sse_feed(sse, "\n\ndata: after\n\n", 15));
    assert_string_equal(seen.text, "(||after)");
}

static void test_endless_event(void **state)
{
    (void)state;
    struct seen seen = {.stop_after = 1};
    sse_init(sse, on_event, &seen);
    for (size_t i = 0; i < 100000; i++) {
        assert_true(sse_feed(sse, "data: 0123456789\n", 17));
    }
    assert_false(sse_feed(sse, "\n", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_any_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stop, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset_keeps_the_id, setup, teardown),
        cmocka_unit_test_setup_teardown(test_endless_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_endless_event, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
