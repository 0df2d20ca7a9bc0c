// Log records: bytes as specified, limits, and text that is not UTF-8.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "formats/logrec.h"

static void bytes(void **state)
{
    (void)state;
    static const uint8_t expected[] = {1, 3, 0, 2, 1, 2, 3, 4, 0, 0, 0, 1, 0, 0, 0, 2, 'h', 'i'};
    uint8_t out[64];
    struct logrec back, record = {.type = LOGREC_APP_LOGGING,
                                  .text_bytes = 2,
                                  .sequence = 0x01020304,
                                  .device_us = 0x100000002,
                                  .text = (const uint8_t *)"hi"};
    assert_int_equal(logrec_write(out, sizeof out, &record), sizeof expected);
    assert_memory_equal(out, expected, sizeof expected);
    for (size_t size = 0; size < sizeof expected; size++)
        assert_int_equal(logrec_parse(out, size, &back), 0);
    assert_int_equal(logrec_parse(out, sizeof out, &back), sizeof expected);
    assert_int_equal(back.sequence, 0x01020304);
    assert_true(back.device_us == 0x100000002);
    assert_memory_equal(back.text, "hi", 2);
    assert_int_equal(logrec_write(out, sizeof expected - 1, &record), LOGREC_ERROR_SPACE);
}

static void limits(void **state)
{
    (void)state;
    uint8_t out[LOGREC_BYTES_MAX], text[LOGREC_TEXT_MAX + 1] = {0};
    struct logrec back, record = {.text = text, .text_bytes = LOGREC_TEXT_MAX};
    assert_int_equal(logrec_write(out, sizeof out, &record), LOGREC_BYTES_MAX);
    assert_int_equal(logrec_parse(out, sizeof out, &back), LOGREC_BYTES_MAX);
    record.text_bytes++;
    assert_int_equal(logrec_write(out, sizeof out, &record), LOGREC_ERROR_LENGTH);
    out[0] = 2;
    assert_int_equal(logrec_parse(out, sizeof out, &back), LOGREC_ERROR_VERSION);
    out[0] = 1;
    out[2] = 0xFF;
    assert_int_equal(logrec_parse(out, sizeof out, &back), LOGREC_ERROR_LENGTH);
    record.text_bytes = 0;
    assert_int_equal(logrec_write(out, sizeof out, &record), LOGREC_HEADER_BYTES);
}

static void expect_text(const char *in, size_t size, const char *expected)
{
    char out[64];
    assert_int_equal(logrec_text_utf8(out, sizeof out, (const uint8_t *)in, size),
                     strlen(expected));
    assert_string_equal(out, expected);
}

#define MARK "\xef\xbf\xbd"

static void text(void **state)
{
    (void)state;
    char out[8];
    expect_text("plain", 5, "plain");
    expect_text("a\nb\t", 4, "a\nb\t");
    expect_text("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    expect_text("a\xff"
                "b",
                3, "a" MARK "b");
    expect_text("\xc3", 1, MARK);
    expect_text("\xe2\x82", 2, MARK MARK);
    expect_text("\xc0\xaf", 2, MARK MARK);
    expect_text("\xed\xa0\x80", 3, MARK MARK MARK);
    expect_text("\xf4\x90\x80\x80", 4, MARK MARK MARK MARK);
    expect_text("\xe0\x80\x80", 3, MARK MARK MARK);
    expect_text("\xf0\x80\x80\x80", 4, MARK MARK MARK MARK);
    expect_text("a\0b", 3, "a" MARK "b");
    expect_text("", 0, "");
    // Cut at a character boundary.
    assert_int_equal(logrec_text_utf8(out, 4, (const uint8_t *)"ab\xc3\xa4", 4), 2);
    assert_string_equal(out, "ab");
    assert_int_equal(logrec_text_utf8(out, 1, (const uint8_t *)"ab", 2), 0);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(logrec_type_name(LOGREC_CONNECTION), "connection");
    assert_string_equal(logrec_type_name(LOGREC_OTA_UPDATE), "ota_update");
    assert_string_equal(logrec_type_name(LOGREC_APP_LOGGING), "app_logging");
    assert_null(logrec_type_name(0));
    assert_null(logrec_type_name(255));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes),
        cmocka_unit_test(limits),
        cmocka_unit_test(text),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
