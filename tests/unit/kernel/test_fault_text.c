/* Crash lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/isolation/fault.h"
#include "kernel/log/line.h"

static void names_the_cause(void **state)
{
    (void)state;
    char text[FAULT_TEXT_SIZE];
    struct fault_report report = {.kind = FAULT_HARD,
                                  .pc = 0x08001234,
                                  .lr = 0x08005679,
                                  .cfsr = 1u << 16,
                                  .frame_valid = true};
    uint32_t length = fault_text(&report, text, sizeof text);
    assert_int_equal(length, strlen(text));
    assert_non_null(strstr(text, "HardFault UNDEFINSTR PC=0x08001234 LR=0x08005679"));
    assert_non_null(strstr(text, " R12=0x00000000"));
}

static void all_bits_fit(void **state)
{
    (void)state;
    char text[FAULT_TEXT_SIZE];
    struct fault_report report;
    memset(&report, 0xFF, sizeof report);
    report.kind = FAULT_GTZC;
    report.frame_valid = true;
    assert_true(fault_text(&report, text, sizeof text) < sizeof text);
    report.kind = 99;
    report.frame_valid = false;
    assert_true(fault_text(&report, text, 8) < 8);
    assert_int_equal(strlen(text), 7);
}

static void numbers(void **state)
{
    (void)state;
    char text[16];
    struct line line;
    line_begin(&line, text, sizeof text);
    line_add_decimal(&line, 0);
    line_add_decimal(&line, 4294967295u);
    assert_string_equal(text, "04294967295");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_cause),
        cmocka_unit_test(all_bits_fit),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
