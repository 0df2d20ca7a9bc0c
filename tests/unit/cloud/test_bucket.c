/* Token bucket: a burst at once, then the rate, to the token over any time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cloud/base/bucket.h"

static unsigned take(struct bucket *bucket, uint64_t from_ms, uint64_t to_ms, uint64_t step_ms)
{
    unsigned taken = 0;
    for (uint64_t now = from_ms; now < to_ms; now += step_ms)
        taken += bucket_take(bucket, now);
    return taken;
}

static void rates(void **state)
{
    static const uint32_t rates_per_s[] = {1, 3, 8, 200, 1000};
    (void)state;
    for (unsigned i = 0; i < sizeof rates_per_s / sizeof rates_per_s[0]; i++) {
        struct bucket bucket;
        bucket_init(&bucket, rates_per_s[i], 16, 5000);
        for (int j = 0; j < 16; j++)
            assert_true(bucket_take(&bucket, 5000));
        assert_false(bucket_take(&bucket, 5000));
        /* However often it is asked, an hour brings an hour's tokens. */
        unsigned taken = take(&bucket, 5001, 5001 + 3600 * 1000, 1);
        assert_in_range(taken, 3600 * rates_per_s[i] - 1, 3600 * rates_per_s[i]);
    }
}

static void burst(void **state)
{
    struct bucket bucket;
    (void)state;
    bucket_init(&bucket, 100, 10, 0);
    assert_int_equal(take(&bucket, 0, 20, 1), 10 + 1);
    bucket_fill(&bucket, 1000000000); /* a long pause fills it, and no more */
    assert_int_equal(bucket.tokens, 10);
    assert_true(bucket_take(&bucket, 1000000000));
    assert_int_equal(bucket.tokens, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rates), cmocka_unit_test(burst)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
