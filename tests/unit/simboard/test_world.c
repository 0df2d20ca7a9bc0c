/* Link scripts and wall-clock pacing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "world/hostio.h"
#include "world/link_script.h"
#include "world/pace.h"

#define MS_NS UINT64_C(1000000)

static void test_link_script(void **state)
{
    struct link_script script;
    char error[128];

    (void)state;
    assert_true(link_script_parse(&script, "# radio\n100 down\n\n 250 up # back\n250 stall", error,
                                  sizeof error));
    assert_int_equal(script.count, 3);
    assert_int_equal(script.steps[0].time_ms, 100);
    assert_int_equal(script.steps[0].change, LINK_CHANGE_DOWN);
    assert_int_equal(script.steps[1].change, LINK_CHANGE_UP);
    assert_int_equal(script.steps[2].change, LINK_CHANGE_STALL);
    assert_true(link_script_parse(&script, "", error, sizeof error));
    assert_int_equal(script.count, 0);
}

static void test_bad_link_scripts(void **state)
{
    static const char *const bad[] = {"down", "1 sideways", "x up", "1 up 2", "5 up\n4 down"};
    struct link_script script;
    char error[128];

    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(link_script_parse(&script, bad[i], error, sizeof error));
        assert_non_null(strstr(error, i == 4 ? "line 2" : "line 1"));
    }
}

static void test_link_script_is_bounded(void **state)
{
    static char text[LINK_SCRIPT_MAX * 16];
    struct link_script script;
    char error[128];
    size_t used = 0;

    (void)state;
    for (unsigned i = 0; i < LINK_SCRIPT_MAX + 5; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%u up\n", i);
    assert_false(link_script_parse(&script, text, error, sizeof error));
}

static void test_pace(void **state)
{
    struct pace pace;

    (void)state;
    pace_start(&pace, 5 * SIM_PS_PER_MS, 1000 * MS_NS);
    assert_int_equal(pace_wait_ns(&pace, 5 * SIM_PS_PER_MS, 1000 * MS_NS), 0);
    assert_int_equal(pace_wait_ns(&pace, 15 * SIM_PS_PER_MS, 1000 * MS_NS), 10 * MS_NS);
    assert_int_equal(pace_wait_ns(&pace, 15 * SIM_PS_PER_MS, 1020 * MS_NS), 0);
    assert_int_equal(pace_virtual(&pace, 1020 * MS_NS), 25 * SIM_PS_PER_MS);
    /* A short lag is made up for, a long one is forgotten. */
    pace_forgive(&pace, 5 * SIM_PS_PER_MS, 1100 * MS_NS);
    assert_int_equal(pace_virtual(&pace, 1100 * MS_NS), 105 * SIM_PS_PER_MS);
    pace_forgive(&pace, 5 * SIM_PS_PER_MS, 9000 * MS_NS);
    assert_int_equal(pace_virtual(&pace, 9000 * MS_NS), 5 * SIM_PS_PER_MS);
}

static void test_hostio_wakes(void **state)
{
    struct hostio io;
    uint64_t before;

    (void)state;
    assert_true(hostio_init(&io));
    hostio_wake(&io);
    hostio_wait(&io, HOSTIO_FOREVER);
    hostio_dispatch(&io);
    before = hostio_now_ns();
    hostio_wait(&io, 5 * MS_NS); /* the wake has been used up */
    hostio_dispatch(&io);
    assert_true(hostio_now_ns() - before >= 4 * MS_NS);
    hostio_close(&io);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link_script),  cmocka_unit_test(test_bad_link_scripts),
        cmocka_unit_test(test_pace),         cmocka_unit_test(test_link_script_is_bounded),
        cmocka_unit_test(test_hostio_wakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
