/* Virtual time: order of events, ties, cancelling, re-arming. */
#include "harness.h"

static unsigned order[16], fired;

static void note(void *context)
{
    order[fired++] = (unsigned)(uintptr_t)context;
}

static void events_fire_in_order_of_time_then_of_arming(void **state)
{
    struct sched sched;
    struct sim_event e[5];

    (void)state;
    sched_init(&sched);
    fired = 0;
    for (unsigned i = 0; i < 5; i++) {
        sim_event_init(&e[i], note, (void *)(uintptr_t)i);
    }
    sched_at(&sched, &e[0], 50);
    sched_at(&sched, &e[1], 10);
    sched_at(&sched, &e[2], 50);
    sched_at(&sched, &e[3], 20);
    sched_at(&sched, &e[4], 10);
    assert_int_equal(sched_next(&sched), 10);
    sched_cancel(&sched, &e[3]);
    sched_advance(&sched, 49);
    assert_int_equal(fired, 2);
    sched_advance(&sched, 100);
    assert_int_equal(fired, 4);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 4);
    assert_int_equal(order[2], 0);
    assert_int_equal(order[3], 2);
    assert_int_equal(sched_next(&sched), SIM_NEVER);
    assert_int_equal(sched_now(&sched), 100);
}

static struct sched *again_sched;
static struct sim_event again_event;

static void again(void *context)
{
    (void)context;
    assert_int_equal(sched_now(again_sched), (sim_ps)(fired + 1) * 10);
    if (++fired < 4) {
        sched_at(again_sched, &again_event, (sim_ps)(fired + 1) * 10);
    }
}

static void handler_sees_its_due_time_and_may_arm_again(void **state)
{
    struct sched sched;

    (void)state;
    sched_init(&sched);
    again_sched = &sched;
    fired = 0;
    sim_event_init(&again_event, again, NULL);
    sched_at(&sched, &again_event, 10);
    sched_advance(&sched, 1000);
    assert_int_equal(fired, 4);
}

static void heap_keeps_order_under_load(void **state)
{
    static struct sim_event e[200];
    struct sched sched;
    uint32_t seed = 1;

    (void)state;
    sched_init(&sched);
    fired = 0;
    for (unsigned i = 0; i < 200; i++) {
        seed = seed * 1664525u + 1013904223u;
        sim_event_init(&e[i], note, NULL);
        sched_at(&sched, &e[i], seed >> 12);
    }
    for (unsigned i = 0; i < 200; i += 3) {
        sched_cancel(&sched, &e[i]);
    }
    for (sim_ps last = 0; sched.count > 0;) {
        sim_ps next = sched_next(&sched);

        assert_true(next >= last);
        last = next;
        fired = 0;
        sched_advance(&sched, next);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_fire_in_order_of_time_then_of_arming),
        cmocka_unit_test(handler_sees_its_due_time_and_may_arm_again),
        cmocka_unit_test(heap_keeps_order_under_load),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
