/* The scenario language and its judgement, without a board. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/cpu.h"
#include "soc/inject.h"
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
        {"at 1ms explode", "line 1: expected expect, place, pin, type, link, cut"},
        {"place bmp280 on i2c1 at 0x76", "line 1: expected mcp9808, lis3dh, ht16k33 or answers"},
        {"place mcp9808 on i2c5 at 0x18", "line 1: expected on i2c1 to i2c4"},
        {"place mcp9808 on i2c1 at 18", "line 1: expected an address of 7 bits"},
        {"place mcp9808 on i2c1 at 0x20", "line 1: the part cannot have this address"},
        {"place lis3dh on i2c1 at 0x19 as", "line 1: expected a name"},
        {"place lis3dh on i2c1 at 0x19 as a b", "line 1: something follows"},
        {"place lis3dh on i2c1 at 0x19\nplace lis3dh on i2c2 at 0x19", "line 2: two parts have"},
        {"place lis3dh on i2c1 at 0x19\nat 1s lis3dh temperature 3",
         "line 2: the part is of anoth"},
        {"at 1s oven temperature 300", "line 1: no part of this name is placed"},
        {"expect oven shows 01", "line 1: no part of this name is placed"},
        {"at 1s oven temperature hot", "line 1: expected a number"},
        {"at 1s oven explodes", "line 1: expected expect, place"},
        {"expect i2c1 0x70", "line 1: expected write or read"},
        {"expect i2c1 write 0x80", "line 1: expected an address of 7 bits"},
        {"expect spi1 write", "line 1: expected bytes"},
        {"expect d shows row 15 00 01", "line 1: a display has 16 rows"},
        {"at 1s d key 3 0 down", "line 1: expected a smaller number"},
        {"at 1s d key 2 0", "line 1: expected down or up"},
        {"at 1s pin PA0 1.2", "line 1: expected a number"},
        {"at 1s i2c1 sends 0x30", "line 1: expected writes or reads"},
        {"at 1s i2c1 reads 0x30 200", "line 1: expected a smaller number"},
        {"at instruction cut power", "line 1: expected a number from 1 on"},
        {"at instruction 0 cut power", "line 1: expected a number from 1 on"},
        {"at flash 3 cut power", "line 1: expected operation"},
        {"at nor operation 3x cut power", "line 1: expected a number from 1 on"},
        {"at instruction 5 expect pin PA1 low", "line 1: only what happens to the board"},
        {"at instruction 5 end", "line 1: only what happens to the board"},
        {"at instruction 5 at 3s cut power", "line 1: a time is given twice"},
        {"within instruction 5 cut power", "line 1: expected a time"},
        {"skip 1", "line 1: an action needs at TIME"},
        {"at 1s skip 0", "line 1: expected a number of instructions from 1 to 7"},
        {"at 1s skip 8", "line 1: expected a smaller number"},
        {"at 1s flip r16 bit 0", "line 1: expected a register such as r0"},
        {"at 1s flip s32 bit 0", "line 1: expected a register such as r0"},
        {"at 1s flip 0x100000000 bit 0", "line 1: expected a register such as r0"},
        {"at 1s flip r3 bit 32", "line 1: expected a smaller number"},
        {"at 1s flip 0x20000000 bit 8", "line 1: expected a smaller number"},
        {"at 1s flip r3", "line 1: expected bit and 0 to 31"},
        {"supply vdd 3V", "line 1: an action needs at TIME"},
        {"at 1s supply vcore 1V", "line 1: expected vdd, vdda, vddusb, vddio2 or vbat"},
        {"at 1s supply vdd 3", "line 1: expected a voltage from 0V to 5V"},
        {"at 1s supply vdd -1V", "line 1: expected a voltage from 0V to 5V"},
        {"at 1s supply vdd 5.1V", "line 1: expected a voltage from 0V to 5V"},
        {"at 1s temperature 85", "line 1: expected temperature chip"},
        {"at 1s temperature chip hot", "line 1: expected degrees Celsius"},
        {"at 1s temperature chip 201", "line 1: expected degrees Celsius"},
        {"at 1s flash 8 ecc corrected", "line 1: expected the address of a flash"},
        {"at 1s flash 0x08200000 ecc corrected", "line 1: expected the address of a flash"},
        {"at 1s flash 0x08000000 ecc", "line 1: expected ecc and corrected, detected or none"},
        {"at 1s flash 0x08000000 detected", "line 1: expected ecc and corrected"},
        {"at 1s ram 0x20000000 ecc detected", "line 1: expected an address in SRAM2"},
        {"at 1s uart2 says 41", "line 1: expected receives"},
        {"at 1s uart2 receives", "line 1: expected break, or a word"},
        {"at 1s uart2 receives 200", "line 1: expected break, or a word"},
        {"at 1s uart2 receives 41 smell", "line 1: something follows"},
        {"at 1s lse breaks", "line 1: expected fails or recovers"},
        {"at 1s tamper 0", "line 1: expected an internal tamper event"},
        {"at 1s tamper 14", "line 1: expected an internal tamper event"},
        {"at 1s debugger detaches", "line 1: expected attaches"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(parse(cases[i].text));
        if (strncmp(error, cases[i].expected, strlen(cases[i].expected)) != 0)
            fail_msg("%s: %s", cases[i].text, error);
    }
}

static const struct scenario_line *action(const char *text)
{
    if (!parse(text))
        fail_msg("%s: %s", text, error);
    return &scenario.lines[0];
}

static void what_a_bench_does_to_the_chip(void **state)
{
    static const struct {
        const char *text;
        enum scenario_kind kind;
        int32_t value[2];
        uint32_t memory;
        bool level;
    } cases[] = {
        {"at 2s supply vdd 1.6V", SCENARIO_SUPPLY, {SOC_VDD, 1600}, 0, false},
        {"supply vbat 0V at 2s", SCENARIO_SUPPLY, {SOC_VBAT, 0}, 0, false},
        {"at instruction 7 supply vddio2 0.9V", SCENARIO_SUPPLY, {SOC_VDDIO2, 900}, 0, false},
        {"at 1s temperature chip -40", SCENARIO_CHIP_TEMPERATURE, {-40000}, 0, false},
        {"at 3s flash 0x08001000 ecc corrected",
         SCENARIO_FLASH_ECC,
         {SOC_ECC_CORRECTED},
         0x08001000,
         false},
        {"at flash operation 2 flash 0x0c1ffff0 ecc detected",
         SCENARIO_FLASH_ECC,
         {SOC_ECC_DETECTED},
         0x0C1FFFF0,
         false},
        {"at 3s flash 0x08001000 ecc none", SCENARIO_FLASH_ECC, {SOC_ECC_NONE}, 0x08001000, false},
        {"at 3s ram 0x30030010 ecc detected",
         SCENARIO_RAM_ECC,
         {SOC_ECC_DETECTED},
         0x30030010,
         false},
        {"at 3s ram 0x40036400 ecc corrected",
         SCENARIO_RAM_ECC,
         {SOC_ECC_CORRECTED},
         0x40036400,
         false},
        {"at 3s uart2 receives 41 parity noise",
         SCENARIO_RECEIVES,
         {0x41, SOC_UART_PARITY | SOC_UART_NOISE},
         0,
         false},
        {"at 3s uart2 receives 1ff framing",
         SCENARIO_RECEIVES,
         {0x1FF, SOC_UART_FRAMING},
         0,
         false},
        {"at 3s usart2 receives break", SCENARIO_RECEIVES, {0, SOC_UART_BREAK}, 0, false},
        {"at 4s lse fails", SCENARIO_LSE, {0}, 0, false},
        {"at 4s lse recovers", SCENARIO_LSE, {0}, 0, true},
        {"at 4s hse fails", SCENARIO_HSE, {0}, 0, false},
        {"at 4s rng fails", SCENARIO_RNG, {0}, 0, false},
        {"at 4s tamper 13", SCENARIO_TAMPER, {13}, 0, false},
        {"at 4s debugger attaches", SCENARIO_DEBUGGER, {0}, 0, false},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct scenario_line *line = action(cases[i].text);

        assert_int_equal(line->kind, cases[i].kind);
        assert_int_equal(line->value[0], cases[i].value[0]);
        assert_int_equal(line->value[1], cases[i].value[1]);
        assert_int_equal(line->memory, cases[i].memory);
        assert_int_equal(line->level, cases[i].level);
        assert_true(line->kind != SCENARIO_RECEIVES || line->uart == SOC_USART2);
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

static void transfer(sim_ps now, unsigned sign, uint8_t address, const char *bytes, size_t count)
{
    bool reads = sign == SOC_I2C_SAW_READ;

    scenario_i2c(&scenario, now, 0, sign, address);
    for (size_t i = 0; i < count; i++)
        scenario_i2c(&scenario, now, 0, reads ? SOC_I2C_SAW_IN : SOC_I2C_SAW_OUT,
                     (uint8_t)bytes[i]);
    scenario_i2c(&scenario, now, 0, SOC_I2C_SAW_STOP, 0);
}

static void bus_transfers_are_judged_by_how_they_begin(void **state)
{
    (void)state;
    assert_true(
        parse("expect i2c1 write 0x70 0x00 3f within 9ms\nexpect i2c1 read 0x18 within 9ms\n"
              "expect no i2c1 write 0x70 3F\nend at 10ms"));
    transfer(1 * MS, SOC_I2C_SAW_WRITE, 0x70, "\x01\x00\x3f", 3);
    transfer(2 * MS, SOC_I2C_SAW_WRITE, 0x71, "\x00\x3f", 2);
    transfer(3 * MS, SOC_I2C_SAW_READ, 0x70, "\x00\x3f", 2);
    assert_false(scenario.lines[0].settled);
    assert_false(scenario.lines[1].settled);
    transfer(4 * MS, SOC_I2C_SAW_WRITE, 0x70, "\x00\x3f\x22", 3);
    transfer(5 * MS, SOC_I2C_SAW_READ, 0x18, "", 0);
    assert_true(scenario.lines[0].happened && scenario.lines[1].happened);
    assert_int_equal(scenario_advance(&scenario, 10 * MS), SCENARIO_PASSED);
    assert_true(parse("expect spi2 read 01 00 02 within 1ms"));
    scenario_spi(&scenario, 1, 0, 0xFF, 1);
    for (unsigned i = 0; i < 3; i++)
        scenario_spi(&scenario, 1, 1, 0xFF, (uint8_t[]){1, 0, 2}[i]);
    assert_int_equal(scenario_advance(&scenario, 2), SCENARIO_PASSED);
}

static void parts_have_names_and_values(void **state)
{
    (void)state;
    assert_true(parse("at 1s oven temperature -31.0625\nplace mcp9808 on i2c3 at 0x1f as oven\n"
                      "place lis3dh on i2c3 at 0x18\nat 1s lis3dh acceleration 0.5 -1 1.001\n"
                      "at 1s pin PA0 1.25V"));
    assert_int_equal(scenario.lines[0].value[0], -31063);
    assert_int_equal(scenario.lines[0].place, 1);
    assert_int_equal(scenario.lines[1].bus, 2);
    assert_int_equal(scenario.lines[3].value[1], -1000);
    assert_int_equal(scenario.lines[3].value[2], 1001);
    assert_int_equal(scenario.lines[4].value[0], 1250);
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

    *order = *order * 10 + (unsigned)(line->kind - SCENARIO_DRIVE + 1);
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
    assert_int_equal(order, 1234);
    assert_memory_equal(scenario.lines[3].text, "x\n", 2);
}

static unsigned acts;
static struct scenario_line last_act;

static void remember_act(void *context, const struct scenario_line *line)
{
    (void)context;
    acts++;
    last_act = *line;
}

static void actions_at_counts(void **state)
{
    uint64_t counts[SCENARIO_COUNTS];

    (void)state;
    assert_true(parse("at instruction 900 skip 3\nat instruction 500 flip s31 bit 31\n"
                      "cut power at flash operation 7\nat nor operation 2 flip 0x0c100000 bit 7\n"
                      "end at 1s\n"));
    scenario.owner.act = remember_act;
    acts = 0;
    scenario_next_counts(&scenario, counts);
    assert_int_equal(counts[SCENARIO_INSTRUCTIONS], 500);
    assert_int_equal(counts[SCENARIO_FLASH_OPERATIONS], 7);
    assert_int_equal(counts[SCENARIO_NOR_OPERATIONS], 2);
    assert_int_equal(scenario_next(&scenario), 1000 * MS);

    scenario_counted(&scenario, 1 * MS,
                     (uint64_t[SCENARIO_COUNTS]){
                         [SCENARIO_INSTRUCTIONS] = 500, [SCENARIO_FLASH_OPERATIONS] = 6});
    assert_int_equal(acts, 1);
    assert_int_equal(last_act.kind, SCENARIO_FLIP_REGISTER);
    assert_int_equal(last_act.value[0], CPU_S0 + 31);
    assert_int_equal(last_act.value[1], 31);
    scenario_next_counts(&scenario, counts);
    assert_int_equal(counts[SCENARIO_INSTRUCTIONS], 900);

    scenario_counted(&scenario, 2 * MS, (uint64_t[SCENARIO_COUNTS]){[SCENARIO_NOR_OPERATIONS] = 2});
    assert_int_equal(last_act.kind, SCENARIO_FLIP_MEMORY);
    assert_int_equal(last_act.memory, 0x0C100000);
    scenario_counted(&scenario, 3 * MS, (uint64_t[SCENARIO_COUNTS]){[SCENARIO_INSTRUCTIONS] = 950});
    assert_int_equal(last_act.kind, SCENARIO_SKIP);
    assert_int_equal(last_act.value[0], 3);
    assert_int_equal(acts, 3);
    /* The power cut never came: a fault that was not injected proves nothing. */
    assert_int_equal(scenario_advance(&scenario, 1000 * MS), SCENARIO_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_name_their_line),
        cmocka_unit_test(what_a_bench_does_to_the_chip),
        cmocka_unit_test(actions_at_counts),
        cmocka_unit_test(times_stand_before_or_behind),
        cmocka_unit_test(text_is_found_across_writes),
        cmocka_unit_test(late_or_early_text_does_not_count),
        cmocka_unit_test(logs_and_their_absence),
        cmocka_unit_test(bus_transfers_are_judged_by_how_they_begin),
        cmocka_unit_test(parts_have_names_and_values),
        cmocka_unit_test(levels_at_and_until),
        cmocka_unit_test(toggles_are_counted),
        cmocka_unit_test(actions_happen_once_and_in_time),
    };

    return cmocka_run_group_tests_name("scenarios", tests, NULL, NULL);
}
