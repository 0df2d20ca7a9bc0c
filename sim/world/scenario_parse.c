/* The scenario language, line by line:
 *
 *   statement = { time } ( expectation | action ) { time } | place
 *   time      = ( "at" | "within" | "from" ) NUMBER ( "us" | "ms" | "s" )
 *             | "at" ( "instruction" | "flash" "operation" | "nor" "operation" ) N
 *   expectation = "expect" [ "no" ] ( UART TEXT | "log" TEXT | "pin" PIN ( LEVEL | "toggles" N )
 *             | I2C ( "write" | "read" ) ADDRESS BYTES | SPI ( "write" | "read" ) BYTES
 *             | NAME "shows" [ "row" N ] BYTES )
 *   action    = "pin" PIN ( LEVEL | VOLTS "V" ) | "type" UART TEXT
 *             | "link" ( "down" | "up" | "stall" ) | "cut" "power" | "end"
 *             | SPI ( "answers" | "clocks" ) BYTES
 *             | I2C ( "writes" ADDRESS BYTES | "reads" ADDRESS N )
 *             | "skip" N | "flip" ( REGISTER | ADDRESS ) "bit" N
 *             | NAME ( "temperature" C | "acceleration" X Y Z | "key" COLUMN BIT ( "down" | "up" )
 *             | "answers" BYTES ) | what scenario_inject.c takes
 *   place     = "place" PART "on" I2C "at" ADDRESS [ "as" NAME ]
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board/parts.h"
#include "cpu/cpu.h"
#include "soc/soc.h"
#include "world/scenario.h"
#include "world/scenario_words.h"
#include "world/world.h"

#define LINE_MAX 512u

/* --- parts of a statement --- */

static bool take_duration(struct parser *parser, sim_ps *time)
{
    static const struct {
        const char *unit;
        sim_ps ps;
    } units[] = {{"us", SIM_PS_PER_US}, {"ms", SIM_PS_PER_MS}, {"s", SIM_PS_PER_S}};
    const char *text = scenario_peek(parser);
    char *end = NULL;
    double value = isdigit((unsigned char)*text) ? strtod(text, &end) : -1;

    for (unsigned i = 0; end != NULL && i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].unit) == 0 && value * (double)units[i].ps < 1e18) {
            *time = (sim_ps)(value * (double)units[i].ps + 0.5);
            parser->next++;
            return true;
        }
    }
    return scenario_wrong(parser, "expected a time such as 250ms, 1.5s or 40us");
}

/* "instruction 1234", "flash operation 7", "nor operation 3"; false without a reason if it is none
 * of these. */
static bool take_count(struct parser *parser)
{
    struct scenario_line *line = parser->line;
    const char *text;
    char *end = NULL;

    if (scenario_take(parser, "instruction"))
        line->count_of = SCENARIO_INSTRUCTIONS;
    else if (scenario_take(parser, "flash"))
        line->count_of = SCENARIO_FLASH_OPERATIONS;
    else if (scenario_take(parser, "nor"))
        line->count_of = SCENARIO_NOR_OPERATIONS;
    else
        return false;
    if (line->count_of != SCENARIO_INSTRUCTIONS && !scenario_take(parser, "operation"))
        return scenario_wrong(parser, "expected operation and its number");
    text = scenario_peek(parser);
    if (isdigit((unsigned char)*text))
        line->at_count = strtoull(text, &end, 10);
    if (end == NULL || *end != '\0' || line->at_count == 0 || line->at_count > UINT64_MAX / 2)
        return scenario_wrong(parser, "expected a number from 1 on");
    parser->next++;
    return true;
}

static bool take_times(struct parser *parser)
{
    for (;;) {
        bool *seen = scenario_take(parser, "at")       ? &parser->has_at
                     : scenario_take(parser, "within") ? &parser->has_within
                     : scenario_take(parser, "from")   ? &parser->has_from
                                                       : NULL;

        if (seen == NULL)
            return true;
        if (*seen)
            return scenario_wrong(parser, "a time is given twice");
        *seen = true;
        if (seen == &parser->has_at && take_count(parser))
            continue;
        if (parser->why != NULL)
            return false;
        if (!take_duration(parser,
                           seen == &parser->has_from ? &parser->line->from : &parser->line->time))
            return false;
    }
}

static bool take_text(struct parser *parser)
{
    const struct word *word = &parser->words[parser->next];

    if (parser->next == parser->count || !word->quoted || word->size == 0)
        return scenario_wrong(parser, "expected a text in double quotes");
    memcpy(parser->line->text, word->text, sizeof word->text);
    parser->line->text_size = word->size;
    parser->next++;
    return true;
}

/* "PA5". */
static bool take_pin(struct parser *parser)
{
    const char *text = scenario_peek(parser);
    char *end;
    unsigned long pin;

    if (text[0] != 'P' || text[1] < 'A' || text[1] > 'I' || !isdigit((unsigned char)text[2]))
        return scenario_wrong(parser, "expected a pin from PA0 to PI15");
    pin = strtoul(text + 2, &end, 10);
    if (*end != '\0' || pin > 15)
        return scenario_wrong(parser, "expected a pin from PA0 to PI15");
    parser->line->port = (uint8_t)(text[1] - 'A');
    parser->line->pin = (uint8_t)pin;
    parser->next++;
    return true;
}

static bool take_level(struct parser *parser)
{
    if (scenario_take(parser, "high"))
        parser->line->level = true;
    else if (!scenario_take(parser, "low"))
        return scenario_wrong(parser, "expected high or low");
    return true;
}

static bool take_expected_pin(struct parser *parser)
{
    char *end;
    unsigned long count;

    if (!take_pin(parser))
        return false;
    if (!scenario_take(parser, "toggles")) {
        parser->line->kind = SCENARIO_EXPECT_LEVEL;
        return take_level(parser) || scenario_wrong(parser, "expected high, low or toggles");
    }
    parser->line->kind = SCENARIO_EXPECT_TOGGLES;
    count = strtoul(scenario_peek(parser), &end, 10);
    if (count == 0 || count > 1000000000 || *end != '\0')
        return scenario_wrong(parser, "expected a number of toggles");
    parser->line->count = (unsigned)count;
    parser->next++;
    return true;
}

/* --- buses and parts --- */

/* "i2c1", "spi3". */
static bool take_bus(struct parser *parser, const char *name, unsigned count)
{
    const char *text = scenario_peek(parser);
    size_t length = strlen(name);

    if (strncmp(text, name, length) != 0 || text[length] < '1' ||
        text[length] >= (char)('1' + count) || text[length + 1] != '\0')
        return false;
    parser->line->bus = (uint8_t)(text[length] - '1');
    parser->next++;
    return true;
}

static bool take_i2c(struct parser *parser)
{
    return take_bus(parser, "i2c", 4);
}

static bool take_spi(struct parser *parser)
{
    return take_bus(parser, "spi", 3);
}

static bool take_address(struct parser *parser)
{
    const char *text = scenario_peek(parser);
    char *end = NULL;
    unsigned long value = strncmp(text, "0x", 2) == 0 ? strtoul(text, &end, 16) : 0x80;

    if (value > 0x7F || *end != '\0')
        return scenario_wrong(parser, "expected an address of 7 bits such as 0x18");
    parser->line->address = (uint8_t)value;
    parser->next++;
    return true;
}

/* A byte of two hexadecimal digits, with or without 0x. */
static bool take_byte(struct parser *parser)
{
    const char *text = scenario_peek(parser);
    struct scenario_line *line = parser->line;

    text += strncmp(text, "0x", 2) == 0 ? 2 : 0;
    if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]) || text[2] != '\0')
        return false;
    line->text[line->text_size++] = (char)strtoul(text, NULL, 16);
    parser->next++;
    return true;
}

/* As many as there are, at least `minimum`. */
static bool take_bytes(struct parser *parser, size_t minimum)
{
    parser->line->text_size = 0;
    while (take_byte(parser))
        ;
    return parser->line->text_size >= minimum ||
           scenario_wrong(parser, "expected bytes such as 3F 00");
}

static bool take_direction(struct parser *parser)
{
    parser->line->from_slave = scenario_take(parser, "read");
    return parser->line->from_slave || scenario_take(parser, "write") ||
           scenario_wrong(parser, "expected write or read");
}

static bool take_name(struct parser *parser)
{
    const char *text = scenario_peek(parser);
    size_t length = strlen(text);

    if (!isalpha((unsigned char)*text) || length >= SCENARIO_NAME_MAX)
        return false;
    memcpy(parser->line->name, text, length + 1);
    parser->next++;
    return true;
}

static bool take_place(struct parser *parser)
{
    struct scenario_line *line = parser->line;
    unsigned kind = 0;

    while (kind < PART_KINDS && !scenario_take(parser, part_name((enum part_kind)kind)))
        kind++;
    if (kind == PART_KINDS)
        return scenario_wrong(parser, "expected mcp9808, lis3dh, ht16k33 or answers");
    line->kind = SCENARIO_PLACE;
    line->part_kind = (uint8_t)kind;
    snprintf(line->name, sizeof line->name, "%s", part_name((enum part_kind)kind));
    if (!scenario_take(parser, "on") || !take_i2c(parser))
        return scenario_wrong(parser, "expected on i2c1 to i2c4");
    if (!scenario_take(parser, "at") || !take_address(parser))
        return scenario_wrong(parser, "expected at and an address of 7 bits such as 0x18");
    if (!part_address_allowed((enum part_kind)kind, line->address))
        return scenario_wrong(parser, "the part cannot have this address");
    if (scenario_take(parser, "as") && !take_name(parser))
        return scenario_wrong(parser, "expected a name of at most 23 letters");
    return parser->next == parser->count ||
           scenario_wrong(parser, "something follows the statement");
}

static bool take_shown(struct parser *parser)
{
    struct scenario_line *line = parser->line;

    line->kind = SCENARIO_EXPECT_SHOWN;
    line->part_kind = PART_HT16K33;
    if (!take_name(parser) || !scenario_take(parser, "shows"))
        return scenario_wrong(parser,
                              "expected a serial line (uart2 ...), log, pin, a bus or a part");
    if (scenario_take(parser, "row") && !scenario_take_index(parser, 16, &line->value[0]))
        return false;
    if (!take_bytes(parser, 1))
        return false;
    return (size_t)line->value[0] + line->text_size <= 16 ||
           scenario_wrong(parser, "a display has 16 rows");
}

/* What happens to a part that has been placed. */
static bool take_part_action(struct parser *parser)
{
    struct scenario_line *line = parser->line;

    if (!take_name(parser))
        return false;
    if (scenario_take(parser, "temperature")) {
        line->kind = SCENARIO_TEMPERATURE;
        line->part_kind = PART_MCP9808;
        return scenario_take_milli(parser, "", &line->value[0]);
    }
    if (scenario_take(parser, "acceleration")) {
        line->kind = SCENARIO_ACCELERATION;
        line->part_kind = PART_LIS3DH;
        return scenario_take_milli(parser, "", &line->value[0]) &&
               scenario_take_milli(parser, "", &line->value[1]) &&
               scenario_take_milli(parser, "", &line->value[2]);
    }
    if (scenario_take(parser, "key")) {
        line->kind = SCENARIO_KEY;
        line->part_kind = PART_HT16K33;
        if (!scenario_take_index(parser, 3, &line->value[0]) ||
            !scenario_take_index(parser, 13, &line->value[1]))
            return false;
        line->level = scenario_take(parser, "down");
        return line->level || scenario_take(parser, "up") ||
               scenario_wrong(parser, "expected down or up");
    }
    line->kind = SCENARIO_PART_ANSWERS;
    line->part_kind = PART_ANSWERS;
    return scenario_take(parser, "answers") ? take_bytes(parser, 1) : false;
}

static bool take_expectation(struct parser *parser)
{
    parser->line->negative = scenario_take(parser, "no");
    if (scenario_take(parser, "log")) {
        parser->line->kind = SCENARIO_EXPECT_LOG;
        return take_text(parser);
    }
    if (scenario_take(parser, "pin"))
        return take_expected_pin(parser);
    parser->line->kind = SCENARIO_EXPECT_UART;
    if (scenario_take_uart(parser))
        return take_text(parser);
    parser->line->kind = SCENARIO_EXPECT_I2C;
    if (take_i2c(parser))
        return take_direction(parser) && take_address(parser) && take_bytes(parser, 0);
    parser->line->kind = SCENARIO_EXPECT_SPI;
    if (take_spi(parser))
        return take_direction(parser) && take_bytes(parser, 1);
    return take_shown(parser);
}

static bool take_link(struct parser *parser)
{
    static const char *const words[] = {
        [LINK_CHANGE_DOWN] = "down", [LINK_CHANGE_UP] = "up", [LINK_CHANGE_STALL] = "stall"};

    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (scenario_take(parser, words[i])) {
            parser->line->link = (enum link_change)i;
            return true;
        }
    }
    return scenario_wrong(parser, "expected down, up or stall");
}

/* Another master on a bus, with the chip as slave. */
static bool take_other_master(struct parser *parser)
{
    struct scenario_line *line = parser->line;

    line->kind = SCENARIO_OTHER_MASTER;
    line->from_slave = scenario_take(parser, "reads");
    if (!line->from_slave && !scenario_take(parser, "writes"))
        return scenario_wrong(parser, "expected writes or reads");
    if (!take_address(parser))
        return false;
    return line->from_slave ? scenario_take_index(parser, SOC_I2C_OTHER_BYTES, &line->value[0])
                            : take_bytes(parser, 0);
}

/* --- faults --- */

static bool take_skip(struct parser *parser)
{
    struct scenario_line *line = parser->line;

    line->kind = SCENARIO_SKIP;
    return (scenario_take_index(parser, WORLD_SKIP_MAX + 1, &line->value[0]) &&
            line->value[0] > 0) ||
           scenario_wrong(parser, "expected a number of instructions from 1 to 7");
}

/* "r0" to "r15", "sp", "lr", "pc", "xpsr", "msp_ns", "s31" and the like. */
static bool take_register(struct parser *parser, int32_t *reg)
{
    static const struct {
        const char *name;
        enum cpu_reg reg;
    } named[] = {{"sp", CPU_R0 + 13},
                 {"lr", CPU_R0 + 14},
                 {"pc", CPU_R0 + 15},
                 {"xpsr", CPU_XPSR},
                 {"msp_s", CPU_MSP_S},
                 {"psp_s", CPU_PSP_S},
                 {"msp_ns", CPU_MSP_NS},
                 {"psp_ns", CPU_PSP_NS},
                 {"msplim_s", CPU_MSPLIM_S},
                 {"psplim_s", CPU_PSPLIM_S},
                 {"msplim_ns", CPU_MSPLIM_NS},
                 {"psplim_ns", CPU_PSPLIM_NS},
                 {"control_s", CPU_CONTROL_S},
                 {"control_ns", CPU_CONTROL_NS},
                 {"primask_s", CPU_PRIMASK_S},
                 {"primask_ns", CPU_PRIMASK_NS},
                 {"basepri_s", CPU_BASEPRI_S},
                 {"basepri_ns", CPU_BASEPRI_NS},
                 {"faultmask_s", CPU_FAULTMASK_S},
                 {"faultmask_ns", CPU_FAULTMASK_NS},
                 {"fpscr", CPU_FPSCR}};
    const char *text = scenario_peek(parser);
    unsigned long limit = *text == 'r' ? 16 : *text == 's' ? 32 : 0, number = limit;
    char *end = NULL;

    for (unsigned i = 0; i < sizeof named / sizeof *named; i++) {
        if (scenario_take(parser, named[i].name)) {
            *reg = (int32_t)named[i].reg;
            return true;
        }
    }
    if (limit > 0 && isdigit((unsigned char)text[1]))
        number = strtoul(text + 1, &end, 10);
    if (number >= limit || *end != '\0')
        return false;
    *reg = (int32_t)((*text == 'r' ? CPU_R0 : CPU_S0) + number);
    parser->next++;
    return true;
}

static bool take_flip(struct parser *parser)
{
    struct scenario_line *line = parser->line;
    bool reg = take_register(parser, &line->value[0]);

    line->kind = reg ? SCENARIO_FLIP_REGISTER : SCENARIO_FLIP_MEMORY;
    if (!reg && !scenario_take_memory(parser, &line->memory))
        return false;
    return (scenario_take(parser, "bit") &&
            scenario_take_index(parser, reg ? 32 : 8, &line->value[1])) ||
           scenario_wrong(parser, reg ? "expected bit and 0 to 31" : "expected bit and 0 to 7");
}

static bool take_action(struct parser *parser)
{
    bool good;

    if (scenario_take(parser, "pin")) {
        parser->line->kind = SCENARIO_DRIVE;
        if (!take_pin(parser))
            return false;
        if (!isdigit((unsigned char)*scenario_peek(parser)))
            return take_level(parser);
        parser->line->kind = SCENARIO_ANALOG;
        return scenario_take_milli(parser, "V", &parser->line->value[0]) ||
               scenario_wrong(parser, "expected a voltage such as 1.2V");
    }
    if (scenario_take(parser, "type")) {
        parser->line->kind = SCENARIO_TYPE;
        return scenario_take_uart(parser) ? take_text(parser)
                                          : scenario_wrong(parser, "expected a serial line");
    }
    if (scenario_take(parser, "link")) {
        parser->line->kind = SCENARIO_LINK;
        return take_link(parser);
    }
    if (scenario_take(parser, "cut")) {
        parser->line->kind = SCENARIO_CUT_POWER;
        return scenario_take(parser, "power") || scenario_wrong(parser, "expected cut power");
    }
    if (scenario_injection(parser, &good))
        return good;
    if (take_i2c(parser))
        return take_other_master(parser);
    if (scenario_take(parser, "skip"))
        return take_skip(parser);
    if (scenario_take(parser, "flip"))
        return take_flip(parser);
    if (take_spi(parser)) {
        parser->line->kind = SCENARIO_SPI_CLOCKS;
        if (scenario_take(parser, "clocks"))
            return take_bytes(parser, 1);
        parser->line->kind = SCENARIO_SPI_ANSWERS;
        return scenario_take(parser, "answers")
                   ? take_bytes(parser, 1)
                   : scenario_wrong(parser, "expected answers or clocks, and bytes");
    }
    parser->line->kind = SCENARIO_END;
    return scenario_take(parser, "end") || take_part_action(parser) ||
           scenario_wrong(parser,
                          "expected expect, place, pin, type, link, cut, skip, flip, end, a bus, a "
                          "part, supply, temperature, flash, ram, a serial line, lse, hse, rng, "
                          "tamper or debugger");
}

static bool check_times(struct parser *parser, bool expectation)
{
    if (parser->has_at && parser->has_within)
        return scenario_wrong(parser, "at and within exclude each other");
    if (!expectation && (!parser->has_at || parser->has_within || parser->has_from))
        return scenario_wrong(parser, "an action needs at TIME and no other time");
    if (parser->line->count_of != SCENARIO_NO_COUNT &&
        (expectation || parser->line->kind == SCENARIO_END))
        return scenario_wrong(parser, "only what happens to the board can be at a count");
    if (parser->line->from > parser->line->time)
        return scenario_wrong(parser, "from is later than the deadline");
    parser->line->exact = parser->has_at;
    return true;
}

static bool take_statement(struct parser *parser)
{
    bool expectation;

    if (scenario_take(parser, "place"))
        return take_place(parser);
    if (!take_times(parser))
        return false;
    expectation = scenario_take(parser, "expect");
    if (!(expectation ? take_expectation(parser) : take_action(parser)) || !take_times(parser))
        return false;
    if (parser->next != parser->count)
        return scenario_wrong(parser, "something follows the statement");
    return check_times(parser, expectation);
}

/* --- the file --- */

static void add_line(struct scenario *scenario)
{
    struct scenario_line *line = &scenario->lines[scenario->count++];

    if (line->kind == SCENARIO_PLACE)
        line->settled = true; /* the owner does it before power-on */

    if (line->kind != SCENARIO_END)
        return;
    scenario->has_end = true;
    if (line->time < scenario->end)
        scenario->end = line->time;
}

static bool parse_line(struct scenario *scenario, unsigned number, const char *text,
                       const char **why)
{
    struct parser *parser = calloc(1, sizeof *parser);
    bool good;

    *why = "out of memory";
    if (parser == NULL)
        return false;
    good = scenario_split(parser, text);
    if (good && parser->count > 0) {
        if (scenario->count == SCENARIO_LINES_MAX) {
            good = scenario_wrong(parser, "more than 256 statements");
        } else {
            parser->line = &scenario->lines[scenario->count];
            *parser->line = (struct scenario_line){.number = number, .time = SIM_NEVER};
            text += strspn(text, " \t");
            snprintf(parser->line->source, sizeof parser->line->source, "%.*s",
                     (int)strcspn(text, "\r"), text);
            good = take_statement(parser);
            if (good)
                add_line(scenario);
        }
    }
    *why = parser->why;
    free(parser);
    return good;
}

/* --- names --- */

/* The line that places the part which `line` names. */
static bool resolve(struct scenario *scenario, struct scenario_line *line, const char **why)
{
    for (unsigned i = 0; i < scenario->count; i++) {
        const struct scenario_line *place = &scenario->lines[i];

        if (place->kind != SCENARIO_PLACE || strcmp(place->name, line->name) != 0)
            continue;
        line->place = i;
        *why = "the part is of another kind";
        return place->part_kind == line->part_kind;
    }
    *why = "no part of this name is placed";
    return false;
}

/* Two parts must differ in name, and in address if they share a bus. */
static bool alone(const struct scenario *scenario, unsigned index, const char **why)
{
    const struct scenario_line *line = &scenario->lines[index];

    for (unsigned i = 0; i < index; i++) {
        const struct scenario_line *other = &scenario->lines[i];

        if (other->kind != SCENARIO_PLACE)
            continue;
        *why = "two parts have the same name; say as NAME";
        if (strcmp(other->name, line->name) == 0)
            return false;
        *why = "two parts on one bus have the same address";
        if (other->bus == line->bus && other->address == line->address)
            return false;
    }
    return true;
}

static bool check_parts(struct scenario *scenario, char *error, size_t error_size)
{
    unsigned parts = 0;

    for (unsigned i = 0; i < scenario->count; i++) {
        struct scenario_line *line = &scenario->lines[i];
        const char *why = "more than 8 parts";
        bool good = true;

        if (line->kind == SCENARIO_PLACE)
            good = ++parts <= PARTS_MAX && alone(scenario, i, &why);
        else if (line->name[0] != '\0')
            good = resolve(scenario, line, &why);
        if (!good) {
            snprintf(error, error_size, "line %u: %s", line->number, why);
            return false;
        }
    }
    return true;
}

bool scenario_parse(struct scenario *scenario, const char *text, char *error, size_t error_size)
{
    memset(scenario, 0, sizeof *scenario);
    scenario->end = SIM_NEVER;
    for (unsigned number = 1; *text != '\0'; number++) {
        size_t length = strcspn(text, "\n");
        char line[LINE_MAX];
        const char *why = "the line is too long";

        if (length < sizeof line)
            snprintf(line, sizeof line, "%.*s", (int)length, text);
        if (length >= sizeof line || !parse_line(scenario, number, line, &why)) {
            snprintf(error, error_size, "line %u: %s", number, why);
            return false;
        }
        text += length + (text[length] != '\0');
    }
    if (scenario->count > 0)
        return check_parts(scenario, error, error_size);
    snprintf(error, error_size, "nothing is asked for");
    return false;
}
