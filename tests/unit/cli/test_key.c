// Keys: what is written can be read back. (Other curves: commands.sh.)
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "cli/key.h"

static void test_both_halves_give_the_same_point(void **state)
{
    (void)state;
    key_pair *key = key_generate();
    uint8_t point[KEY_POINT_SIZE], again[KEY_POINT_SIZE], scalar[KEY_SCALAR_SIZE] = {0};
    assert_non_null(key);
    assert_true(key_point(key, point));
    assert_int_equal(point[0], 4);
    assert_true(key_scalar(key, scalar));
    char *public_pem = key_public_pem(key), *private_pem = key_private_pem(key);
    assert_true(key_point_of_pem(public_pem, strlen(public_pem), again));
    assert_memory_equal(point, again, sizeof point);
    memset(again, 0, sizeof again);
    assert_true(key_point_of_pem(private_pem, strlen(private_pem), again));
    assert_memory_equal(point, again, sizeof point);
    key_text_free(public_pem);
    key_text_free(private_pem);
    key_free(key);
}

static void test_signing_request(void **state)
{
    (void)state;
    key_pair *key = key_generate();
    char *csr = key_signing_request_pem(key);
    assert_non_null(csr);
    assert_memory_equal(csr, "-----BEGIN CERTIFICATE REQUEST-----", 35);
    key_text_free(csr);
    key_free(key);
}

static void test_other_texts(void **state)
{
    (void)state;
    uint8_t point[KEY_POINT_SIZE], der[64];
    assert_false(key_point_of_pem("", 0, point));
    assert_false(key_point_of_pem("no pem", 6, point));
    assert_int_equal(key_certificate_der("no pem", 6, der, sizeof der), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_halves_give_the_same_point),
        cmocka_unit_test(test_signing_request),
        cmocka_unit_test(test_other_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
