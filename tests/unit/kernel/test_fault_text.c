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

static void names_what_was_touched(void **state)
{
    (void)state;
    char text[FAULT_TEXT_SIZE];
    struct fault_report report = {.kind = FAULT_SECURE,
                                  .pc = 0x08001234,
                                  .sfsr = 0x48,
                                  .sfar = 0x30090000,
                                  .frame_valid = true};
    fault_text(&report, text, sizeof text);
    assert_non_null(strstr(text, "SecureFault AUVIOL TOUCHED=kernel-RAM PC=0x08001234"));
    assert_non_null(strstr(text, "SFAR=0x30090000"));
    report.sfar = 0x520C0800;
    fault_text(&report, text, sizeof text);
    assert_non_null(strstr(text, " TOUCHED=RNG "));
    report.sfar = 0x50000000; /* TIM2 */
    fault_text(&report, text, sizeof text);
    assert_non_null(strstr(text, " TOUCHED=secure-alias-of-peripheral "));
    report = (struct fault_report){
        .kind = FAULT_SECURE, .pc = 0x0C1FE014, .sfsr = 1, .frame_valid = true};
    fault_text(&report, text, sizeof text);
    assert_non_null(strstr(text, "SecureFault INVEP TOUCHED=call-veneers PC=0x0c1fe014"));
    report = (struct fault_report){.kind = FAULT_GTZC,
                                   .pc = 0x08001238,
                                   .illegal = {8, 0, 1u << 13, 0, 1},
                                   .frame_valid = true};
    fault_text(&report, text, sizeof text);
    assert_non_null(
        strstr(text, "IllegalAccess TOUCHED=TIM5,RNG TZIC2_1=0x00000001 PC=0x08001238"));
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
        cmocka_unit_test(names_what_was_touched),
        cmocka_unit_test(all_bits_fit),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
