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
    sim_ps now = 5 * SIM_PS_PER_MS;

    (void)state;
    pace_start(&pace, now, 1000 * MS_NS);
    assert_int_equal(pace_limit(&pace, now, 1000 * MS_NS), now);
    assert_int_equal(pace_wait_ns(&pace, now, 15 * SIM_PS_PER_MS, 1000 * MS_NS), 10 * MS_NS);
    assert_int_equal(pace_wait_ns(&pace, now, 15 * SIM_PS_PER_MS, 1020 * MS_NS), 0);
    assert_int_equal(pace_limit(&pace, now, 1020 * MS_NS), 25 * SIM_PS_PER_MS);
}

/* 100 ms behind: it comes back at twice the speed of the wall clock and stops there. */
static void test_pace_catches_up(void **state)
{
    struct pace pace;
    sim_ps now = 0;
    uint64_t wall = 1000 * MS_NS;

    (void)state;
    pace_start(&pace, now, wall);
    pace_limit(&pace, now, wall + 100 * MS_NS);
    wall += 100 * MS_NS;
    assert_int_equal(pace_wait_ns(&pace, now, 20 * SIM_PS_PER_MS, wall), 10 * MS_NS);
    for (unsigned i = 1; i < 10; i++) {
        wall += 10 * MS_NS;
        now = pace_limit(&pace, now, wall);
        assert_int_equal(now, i * 20 * SIM_PS_PER_MS);
    }
    wall += 20 * MS_NS;
    now = pace_limit(&pace, now, wall);
    assert_int_equal(now, 210 * SIM_PS_PER_MS);
}

static void test_pace_forgets_a_suspended_host(void **state)
{
    struct pace pace;

    (void)state;
    pace_start(&pace, 0, 0);
    assert_int_equal(pace_limit(&pace, 0, PACE_LAG_MAX_NS + MS_NS), 0);
    assert_int_equal(pace_limit(&pace, 0, PACE_LAG_MAX_NS + 3 * MS_NS), 2 * SIM_PS_PER_MS);
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
        cmocka_unit_test(test_link_script),
        cmocka_unit_test(test_bad_link_scripts),
        cmocka_unit_test(test_pace),
        cmocka_unit_test(test_pace_catches_up),
        cmocka_unit_test(test_pace_forgets_a_suspended_host),
        cmocka_unit_test(test_link_script_is_bounded),
        cmocka_unit_test(test_hostio_wakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
