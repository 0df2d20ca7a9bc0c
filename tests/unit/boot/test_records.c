/* Record store against a flash model, with the power cut at every operation in every way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/flash.h"
#include "flash_model.h"
#include "kernel/storage/records.h"
#include "layout.h"

#define KEY_A RECORD_APP
#define KEY_B RECORD_TARGET

/* A value that can be recognised: its number, repeated. */
static uint32_t value_make(uint8_t *data, uint32_t number)
{
    uint32_t size = 20 + number * 37 % 300;
    memset(data, (int)(number & 0xFF), size);
    memcpy(data, &number, sizeof number);
    return size;
}

/* The number of the value stored under the key, or -1. Fails the test if it is a mixture. */
static long value_read(enum record_key key)
{
    uint8_t data[RECORDS_SIZE_MAX], expected[RECORDS_SIZE_MAX];
    int32_t size = records_get(key, data, sizeof data);
    if (size < 0) {
        return -1;
    }
    uint32_t number;
    memcpy(&number, data, sizeof number);
    assert_int_equal((uint32_t)size, value_make(expected, number));
    assert_memory_equal(data, expected, (size_t)size);
    return (long)number;
}

static bool value_write(enum record_key key, uint32_t number)
{
    uint8_t data[RECORDS_SIZE_MAX];
    uint32_t size = value_make(data, number);
    return records_set(key, data, size);
}

static void set_get_remove(void **state)
{
    (void)state;
    model_reset();
    assert_true(records_init());
    assert_int_equal(value_read(KEY_A), -1);
    assert_true(value_write(KEY_A, 1));
    assert_true(value_write(KEY_B, 2));
    assert_true(value_write(KEY_A, 3));
    assert_true(records_init());
    assert_int_equal(value_read(KEY_A), 3);
    assert_int_equal(value_read(KEY_B), 2);
    assert_true(records_remove(KEY_A));
    assert_true(records_init());
    assert_int_equal(value_read(KEY_A), -1);
    assert_int_equal(value_read(KEY_B), 2);
    uint8_t small[4];
    assert_int_equal(records_get(KEY_B, small, sizeof small), -1);
    uint8_t large[RECORDS_SIZE_MAX + 1] = {0};
    assert_false(records_set(KEY_A, large, sizeof large));
    assert_false(records_set(KEY_A, large, 0));
}

static void same_value_writes_nothing(void **state)
{
    (void)state;
    model_reset();
    assert_true(records_init());
    assert_true(value_write(KEY_A, 5));
    model_cut_at(MODEL_NEVER, TEAR_NOTHING);
    assert_true(value_write(KEY_A, 5));
    assert_int_equal(model_operations(), 0);
}

static void many_generations(void **state)
{
    (void)state;
    model_reset();
    assert_true(records_init());
    assert_true(value_write(KEY_B, 1000));
    for (uint32_t number = 0; number < 2000; number++) {
        assert_true(value_write(KEY_A, number));
        assert_int_equal(value_read(KEY_A), number);
    }
    assert_true(records_init());
    assert_int_equal(value_read(KEY_A), 1999);
    assert_int_equal(value_read(KEY_B), 1000);
}

static void garbage_is_no_store(void **state)
{
    (void)state;
    model_reset();
    memset(model_bank2 + (LAYOUT_RECORDS_BASE - LAYOUT_BANK2_BASE), 0x5C, LAYOUT_RECORDS_SIZE);
    assert_true(records_init());
    assert_true(value_write(KEY_A, 9));
    assert_true(records_init());
    assert_int_equal(value_read(KEY_A), 9);
}

/* The last values that records_set said were stored. */
static long done_a, done_b;

static void workload(void)
{
    assert_true(records_init());
    for (uint32_t number = 0; number < 130; number++) {
        if (value_write(KEY_A, number)) {
            done_a = number;
        }
        if (number % 7 == 0 && value_write(KEY_B, number)) {
            done_b = number;
        }
    }
}

static void after_the_cut(void)
{
    assert_true(records_init());
    long a = value_read(KEY_A), b = value_read(KEY_B);
    /* The last value that was promised, or the one being written. */
    assert_true(a == done_a || a == done_a + 1);
    assert_true(b == done_b || b == done_b + 7 || (done_b == -1 && b == 0));
    /* And the store goes on working. */
    assert_true(value_write(KEY_A, 5000));
    assert_true(value_write(KEY_B, 6000));
    assert_true(records_init());
    assert_int_equal(value_read(KEY_A), 5000);
    assert_int_equal(value_read(KEY_B), 6000);
}

static void cut_everywhere(void **state)
{
    (void)state;
    for (int tear = 0; tear < TEAR_KINDS; tear++) {
        for (uint32_t at = 0;; at++) {
            done_a = done_b = -1;
            model_reset();
            model_cut_at(at, (enum model_tear)tear);
            if (!model_run(workload)) {
                break; /* the whole workload took fewer operations */
            }
            model_cut_at(MODEL_NEVER, TEAR_NOTHING);
            after_the_cut();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_get_remove),   cmocka_unit_test(same_value_writes_nothing),
        cmocka_unit_test(many_generations), cmocka_unit_test(garbage_is_no_store),
        cmocka_unit_test(cut_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
