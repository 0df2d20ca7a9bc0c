/* Forms and path segments as the different clients send them. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "cloud/base/form.h"

static struct form form;
static char text[4096];

static bool parse(const char *body)
{
    snprintf(text, sizeof text, "%s", body);
    return form_parse(&form, text, strlen(body));
}

static void values(void **state)
{
    (void)state;
    assert_true(parse("UniqueName=My+device&TargetApp=a%20b&Empty=&Flag"));
    assert_int_equal(form.count, 4);
    assert_string_equal(form_get(&form, "UniqueName"), "My device");
    assert_string_equal(form_get(&form, "TargetApp"), "a b");
    assert_string_equal(form_get(&form, "Empty"), "");
    assert_string_equal(form_get(&form, "Flag"), "");
    assert_null(form_get(&form, "uniquename"));
    assert_true(parse("A=bare space & B=1"));
    assert_string_equal(form_get(&form, "A"), "bare space ");
    assert_true(parse("a=1&a=2"));
    assert_string_equal(form_get(&form, "a"), "2");
    assert_true(parse(""));
    assert_int_equal(form.count, 0);
    assert_true(parse("&&=&"));
    assert_true(parse("a=b=c%3Dd"));
    assert_string_equal(form_get(&form, "a"), "b=c=d");
    assert_true(parse("a=100%&b=%zz&c=%4"));
    assert_string_equal(form_get(&form, "a"), "100%");
    assert_string_equal(form_get(&form, "b"), "%zz");
    assert_string_equal(form_get(&form, "c"), "%4");
    assert_true(parse("k=%C3%A4%e2%82%ac"));
    assert_string_equal(form_get(&form, "k"), "\xc3\xa4\xe2\x82\xac");
}

static void refused(void **state)
{
    (void)state;
    assert_false(parse("a=%00"));
    assert_false(parse("a=%ff"));
    assert_false(parse("a=%ed%a0%80")); /* a surrogate */
    assert_false(parse("a=%c0%af"));    /* overlong */
    memcpy(text, "a=\0b", 5);
    assert_false(form_parse(&form, text, 4));
    for (size_t i = 0; i < 4 * (FORM_FIELDS_MAX + 1); i++)
        text[i] = "x=1&"[i % 4];
    assert_false(form_parse(&form, text, 4 * (FORM_FIELDS_MAX + 1)));
}

static void segments(void **state)
{
    (void)state;
    snprintf(text, sizeof text, "%s", "a%2Fb%3Fc+d%2520");
    assert_true(form_decode_segment(text));
    assert_string_equal(text, "a/b?c+d%20"); /* '+' stays, and it is decoded once */
    snprintf(text, sizeof text, "%s", "%00");
    assert_false(form_decode_segment(text));
}

static void scalars(void **state)
{
    (void)state;
    bool flag;
    long number;
    assert_true(form_parse_bool("TRUE", &flag) && flag);
    assert_true(form_parse_bool("False", &flag) && !flag);
    assert_false(form_parse_bool("1", &flag));
    assert_false(form_parse_bool("", &flag));
    assert_true(form_parse_integer("1000", 1, 1000, &number));
    assert_int_equal(number, 1000);
    assert_false(form_parse_integer("1001", 1, 1000, &number));
    assert_false(form_parse_integer("0", 1, 1000, &number));
    assert_false(form_parse_integer("", 0, 10, &number));
    assert_false(form_parse_integer("-1", 0, 10, &number));
    assert_false(form_parse_integer("99999999999999999999999", 0, 10, &number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(refused),
        cmocka_unit_test(segments),
        cmocka_unit_test(scalars),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
