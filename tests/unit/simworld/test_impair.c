/* Loss, delay and reordering of packets by a seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "world/impair.h"

#define PACKETS 1000u

struct received {
    struct sched sched;
    unsigned count;
    uint16_t number[PACKETS];
    sim_ps time[PACKETS];
};

static void receive(void *context, const uint8_t *packet, size_t size)
{
    struct received *received = context;

    assert_int_equal(size, 2);
    received->time[received->count] = received->sched.now;
    received->number[received->count++] = (uint16_t)(packet[0] | packet[1] << 8);
}

/* One packet every 10 ms. */
static void run(struct received *received, const struct impair_quality *quality, uint64_t seed)
{
    struct impair *impair;

    memset(received, 0, sizeof *received);
    sched_init(&received->sched);
    impair = impair_new(&received->sched, quality, seed, receive, received);
    assert_non_null(impair);
    for (unsigned i = 0; i < PACKETS; i++) {
        uint8_t packet[2] = {(uint8_t)i, (uint8_t)(i >> 8)};

        sched_advance(&received->sched, i * 10 * SIM_PS_PER_MS);
        impair_send(impair, packet, sizeof packet);
    }
    sched_advance(&received->sched, (PACKETS + 100) * 10 * SIM_PS_PER_MS);
    impair_free(impair);
}

static struct received a, b;

static void perfect_links_change_nothing(void **state)
{
    (void)state;
    run(&a, &(struct impair_quality){0}, 1);
    assert_int_equal(a.count, PACKETS);
    for (unsigned i = 0; i < PACKETS; i++) {
        assert_int_equal(a.number[i], i);
        assert_true(a.time[i] - i * 10 * SIM_PS_PER_MS <= SIM_PS_PER_MS * 10);
    }
}

static void seeds_repeat(void **state)
{
    const struct impair_quality quality = {100, 50, 40, 20};

    (void)state;
    run(&a, &quality, 1);
    run(&b, &quality, 1);
    assert_int_equal(a.count, b.count);
    assert_memory_equal(a.number, b.number, sizeof a.number);
    assert_memory_equal(a.time, b.time, sizeof a.time);
    run(&b, &quality, 2);
    assert_memory_not_equal(a.number, b.number, sizeof a.number);
}

static void loses_about_what_was_asked_for(void **state)
{
    (void)state;
    run(&a, &(struct impair_quality){.loss_permille = 200}, 3);
    assert_in_range(a.count, 750, 850);
}

static void delays_and_keeps_order(void **state)
{
    (void)state;
    run(&a, &(struct impair_quality){.delay_ms = 100, .jitter_ms = 50}, 4);
    assert_int_equal(a.count, PACKETS);
    for (unsigned i = 0; i < PACKETS; i++) {
        assert_int_equal(a.number[i], i);
        assert_in_range((a.time[i] / SIM_PS_PER_MS) - i * 10, 100, 150);
    }
}

static void reorders(void **state)
{
    unsigned overtaken = 0;

    (void)state;
    run(&a, &(struct impair_quality){.reorder_permille = 100, .delay_ms = 30}, 5);
    assert_int_equal(a.count, PACKETS);
    for (unsigned i = 1; i < PACKETS; i++)
        overtaken += a.number[i] < a.number[i - 1];
    assert_in_range(overtaken, 50, 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(perfect_links_change_nothing),
        cmocka_unit_test(seeds_repeat),
        cmocka_unit_test(loses_about_what_was_asked_for),
        cmocka_unit_test(delays_and_keeps_order),
        cmocka_unit_test(reorders),
    };

    return cmocka_run_group_tests_name("link quality", tests, NULL, NULL);
}
