/* The scenario language and its judgement, without a board. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "soc/soc.h"
#include "world/scenario.h"

#define MS SIM_PS_PER_MS

static struct scenario scenario;
static char error[128];

static bool parse(const char *text)
{
    return scenario_parse(&scenario, text, error, sizeof error);
}

static void send(sim_ps now, const char *text)
{
    for (; *text != '\0'; text++)
        scenario_uart(&scenario, now, SOC_USART2, (uint8_t)*text);
}

static void errors_name_their_line(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", "nothing is asked for"},
        {"# only a comment\n", "nothing is asked for"},
        {"end at 1s\nexpect", "line 2: expected a serial line"},
        {"\n\nexpect uart2 text", "line 3: expected a text in double quotes"},
        {"expect uart2 \"abc", "line 1: a text has no closing quote"},
        {"expect log \"a\\q\"", "line 1: in a text only"},
        {"pin PA5 high", "line 1: an action needs at TIME"},
        {"at 5 end", "line 1: expected a time"},
        {"at 5h end", "line 1: expected a time"},
        {"at 1ms at 2ms end", "line 1: a time is given twice"},
        {"at 1ms within 2ms expect pin PA1 low", "line 1: at and within exclude each other"},
        {"at 1ms pin PK5 high", "line 1: expected a pin"},
        {"at 1ms pin PA16 high", "line 1: expected a pin"},
        {"at 1ms pin PA1 up", "line 1: expected high or low"},
        {"at 1ms cut cable", "line 1: expected cut power"},
        {"at 1ms link sideways", "line 1: expected down, up or stall"},
        {"at 1ms end now", "line 1: something follows"},
        {"expect pin PA5 toggles 0", "line 1: expected a number of toggles"},
        {"from 3s within 2s expect log \"a\"", "line 1: from is later than the deadline"},
        {"at 1ms explode", "line 1: expected expect, pin, type, link, cut or end"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(parse(cases[i].text));
        if (strncmp(error, cases[i].expected, strlen(cases[i].expected)) != 0)
            fail_msg("%s: %s", cases[i].text, error);
    }
}

static void times_stand_before_or_behind(void **state)
{
    (void)state;
    assert_true(parse("at 1500us end\nexpect pin PC13 toggles 3 within 4s # why\nend at 0.5s"));
    assert_int_equal(scenario.count, 3);
    assert_int_equal(scenario.end, 1500 * SIM_PS_PER_US);
    assert_int_equal(scenario.lines[1].time, 4000 * MS);
    assert_int_equal(scenario.lines[1].port, 2);
    assert_int_equal(scenario.lines[1].pin, 13);
    assert_int_equal(scenario.lines[2].time, 500 * MS);
}

static void text_is_found_across_writes(void **state)
{
    (void)state;
    assert_true(parse("within 10ms expect uart2 \"aab\"\nwithin 10ms expect uart1 \"a\""));
    send(1 * MS, "xa");
    send(2 * MS, "aa");
    assert_false(scenario_settled(&scenario));
    send(3 * MS, "b");
    assert_true(scenario.lines[0].happened);
    assert_false(scenario_settled(&scenario));
    assert_int_equal(scenario_next(&scenario), 10 * MS);
    assert_int_equal(scenario_advance(&scenario, 10 * MS), SCENARIO_FAILED);
}

static void late_or_early_text_does_not_count(void **state)
{
    (void)state;
    assert_true(parse("from 5ms within 10ms expect uart2 \"hi\"\nend at 20ms"));
    send(4 * MS, "hi");
    assert_false(scenario.lines[0].happened);
    assert_int_equal(scenario_advance(&scenario, 10 * MS), SCENARIO_RUNNING);
    send(11 * MS, "hi");
    assert_int_equal(scenario_advance(&scenario, 20 * MS), SCENARIO_FAILED);
    assert_true(parse("from 5ms within 10ms expect uart2 \"hi\""));
    send(7 * MS, "hi");
    assert_int_equal(scenario_next(&scenario), 0);
    assert_int_equal(scenario_advance(&scenario, 7 * MS), SCENARIO_PASSED);
}

static void logs_and_their_absence(void **state)
{
    (void)state;
    assert_true(parse("expect log \"ready\" within 1s\nexpect no log \"crash\"\nend at 2s"));
    scenario_log(&scenario, 10 * MS, "all is ready now");
    assert_int_equal(scenario_next(&scenario), 2000 * MS);
    assert_int_equal(scenario_advance(&scenario, 2000 * MS), SCENARIO_PASSED);
    assert_true(parse("expect no log \"crash\"\nend at 2s"));
    scenario_log(&scenario, 10 * MS, "a crash");
    assert_int_equal(scenario_advance(&scenario, 2000 * MS), SCENARIO_FAILED);
}

static bool pa5_is_high(void *context, unsigned port, unsigned pin)
{
    return *(bool *)context && port == 0 && pin == 5;
}

static void levels_at_and_until(void **state)
{
    bool high = true;

    (void)state;
    assert_true(parse("at 10ms expect pin PA5 high\nat 20ms expect pin PA5 low\nend at 30ms"));
    scenario.owner.level = pa5_is_high;
    scenario.owner.context = &high;
    scenario_pin(&scenario, 5 * MS, 0, 5, false);
    assert_false(scenario.lines[1].settled);
    assert_int_equal(scenario_advance(&scenario, 10 * MS), SCENARIO_RUNNING);
    high = false;
    assert_int_equal(scenario_advance(&scenario, 20 * MS), SCENARIO_RUNNING);
    assert_int_equal(scenario_advance(&scenario, 30 * MS), SCENARIO_PASSED);
    assert_true(parse("within 10ms expect pin PA5 high"));
    scenario_pin(&scenario, 5 * MS, 0, 5, true);
    assert_int_equal(scenario_advance(&scenario, 5 * MS), SCENARIO_PASSED);
}

static void toggles_are_counted(void **state)
{
    (void)state;
    assert_true(parse("within 1s expect pin PA5 toggles 3"));
    scenario_pin(&scenario, 1 * MS, 0, 5, true);
    scenario_pin(&scenario, 2 * MS, 0, 4, true);
    scenario_pin(&scenario, 2 * MS, 1, 5, true);
    scenario_pin(&scenario, 3 * MS, 0, 5, false);
    assert_false(scenario_settled(&scenario));
    scenario_pin(&scenario, 4 * MS, 0, 5, true);
    assert_true(scenario_settled(&scenario));
}

static unsigned acted;

static void count_act(void *context, const struct scenario_line *line)
{
    unsigned *order = context;

    *order = *order * 10 + (unsigned)line->kind;
    acted++;
}

static void actions_happen_once_and_in_time(void **state)
{
    unsigned order = 0;

    (void)state;
    acted = 0;
    assert_true(parse("at 2s link down\nat 1s pin PC13 low\ncut power at 3s\n"
                      "at 1s type uart2 \"x\\n\"\nend at 4s"));
    scenario.owner.act = count_act;
    scenario.owner.context = &order;
    while (scenario_advance(&scenario, scenario_next(&scenario)) == SCENARIO_RUNNING)
        assert_true(acted <= 4);
    assert_int_equal(order, 4567);
    assert_memory_equal(scenario.lines[3].text, "x\n", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_name_their_line),
        cmocka_unit_test(times_stand_before_or_behind),
        cmocka_unit_test(text_is_found_across_writes),
        cmocka_unit_test(late_or_early_text_does_not_count),
        cmocka_unit_test(logs_and_their_absence),
        cmocka_unit_test(levels_at_and_until),
        cmocka_unit_test(toggles_are_counted),
        cmocka_unit_test(actions_happen_once_and_in_time),
    };

    return cmocka_run_group_tests_name("scenarios", tests, NULL, NULL);
}
