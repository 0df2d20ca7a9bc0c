/* Running a scenario: see scenario.h. The parser is in scenario_parse.c. */
#include "world/scenario.h"

#include <stdio.h>
#include <string.h>

#include "soc/soc.h"

static bool is_expectation(const struct scenario_line *line)
{
    return line->kind <= SCENARIO_LAST_EXPECTATION;
}

static void tell(const struct scenario *scenario, const struct scenario_line *line, sim_ps now,
                 const char *what)
{
    char text[256];

    snprintf(text, sizeof text, "line %u %s at %.3f ms: %s", line->number, what,
             (double)now / (double)SIM_PS_PER_MS, line->source);
    if (scenario->owner.say != NULL)
        scenario->owner.say(scenario->owner.context, text);
}

static void judge(struct scenario *scenario, struct scenario_line *line, sim_ps now, bool met)
{
    line->settled = true;
    if (!met)
        scenario->failed = true;
    tell(scenario, line, now, met ? "met" : "NOT MET");
}

/* The event that an expectation waits for has happened. */
static void happened(struct scenario *scenario, struct scenario_line *line, sim_ps now)
{
    line->happened = true;
    judge(scenario, line, now, !line->negative);
}

static bool open_for(const struct scenario_line *line, enum scenario_kind kind, sim_ps now)
{
    return line->kind == kind && !line->settled && now >= line->from && now <= line->time;
}

/* One more byte of a stream: does it end with the text now? */
static bool tail_fits(struct scenario_line *line, uint8_t byte)
{
    if (line->tail_size == line->text_size)
        memmove(line->tail, line->tail + 1, --line->tail_size);
    line->tail[line->tail_size++] = (char)byte;
    return line->tail_size == line->text_size &&
           memcmp(line->tail, line->text, line->text_size) == 0;
}

void scenario_uart(struct scenario *scenario, sim_ps now, unsigned uart, uint8_t byte)
{
    for (unsigned i = 0; i < scenario->count; i++) {
        struct scenario_line *line = &scenario->lines[i];

        if (!open_for(line, SCENARIO_EXPECT_UART, now) || line->uart != uart)
            continue;
        if (tail_fits(line, byte))
            happened(scenario, line, now);
    }
}

void scenario_log(struct scenario *scenario, sim_ps now, const char *text)
{
    for (unsigned i = 0; i < scenario->count; i++) {
        struct scenario_line *line = &scenario->lines[i];

        if (open_for(line, SCENARIO_EXPECT_LOG, now) && strstr(text, line->text) != NULL)
            happened(scenario, line, now);
    }
}

void scenario_pin(struct scenario *scenario, sim_ps now, unsigned port, unsigned pin, bool level)
{
    for (unsigned i = 0; i < scenario->count; i++) {
        struct scenario_line *line = &scenario->lines[i];

        if (line->port != port || line->pin != pin)
            continue;
        if (open_for(line, SCENARIO_EXPECT_TOGGLES, now) && ++line->seen == line->count)
            happened(scenario, line, now);
        else if (open_for(line, SCENARIO_EXPECT_LEVEL, now) && !line->exact && line->level == level)
            happened(scenario, line, now);
    }
}

void scenario_spi(struct scenario *scenario, sim_ps now, unsigned bus, uint8_t out, uint8_t in)
{
    for (unsigned i = 0; i < scenario->count; i++) {
        struct scenario_line *line = &scenario->lines[i];

        if (open_for(line, SCENARIO_EXPECT_SPI, now) && line->bus == bus &&
            tail_fits(line, line->from_slave ? in : out))
            happened(scenario, line, now);
    }
}

/* True once the transfer has begun with all bytes of the line. */
static bool transfer_fits(struct scenario_line *line, unsigned sign, uint8_t value)
{
    bool reads = line->from_slave;

    switch (sign) {
    case SOC_I2C_SAW_WRITE:
    case SOC_I2C_SAW_READ:
        line->following = value == line->address && (sign == SOC_I2C_SAW_READ) == reads;
        line->seen = 0;
        return line->following && line->text_size == 0;
    case SOC_I2C_SAW_OUT:
    case SOC_I2C_SAW_IN:
        line->following = line->following && (sign == SOC_I2C_SAW_IN) == reads &&
                          value == (uint8_t)line->text[line->seen];
        return line->following && ++line->seen == line->text_size;
    default:
        line->following = false;
        return false;
    }
}

static void look_at_displays(struct scenario *scenario, sim_ps now)
{
    for (unsigned i = 0; i < scenario->count; i++) {
        struct scenario_line *line = &scenario->lines[i];

        if (open_for(line, SCENARIO_EXPECT_SHOWN, now) && !line->exact &&
            scenario->owner.shown != NULL && scenario->owner.shown(scenario->owner.context, line))
            happened(scenario, line, now);
    }
}

void scenario_i2c(struct scenario *scenario, sim_ps now, unsigned bus, unsigned sign, uint8_t value)
{
    for (unsigned i = 0; i < scenario->count; i++) {
        struct scenario_line *line = &scenario->lines[i];

        if (open_for(line, SCENARIO_EXPECT_I2C, now) && line->bus == bus &&
            transfer_fits(line, sign, value))
            happened(scenario, line, now);
    }
    if (sign == SOC_I2C_SAW_STOP)
        look_at_displays(scenario, now);
}

bool scenario_settled(const struct scenario *scenario)
{
    for (unsigned i = 0; i < scenario->count; i++) {
        const struct scenario_line *line = &scenario->lines[i];

        if (!line->settled && line->kind != SCENARIO_END)
            return false;
    }
    return true;
}

sim_ps scenario_next(const struct scenario *scenario)
{
    sim_ps next = scenario->end;

    if (!scenario->has_end && scenario_settled(scenario))
        return 0;
    for (unsigned i = 0; i < scenario->count; i++) {
        const struct scenario_line *line = &scenario->lines[i];

        if (line->settled)
            continue;
        if (line->time < next)
            next = line->time;
    }
    return next;
}

void scenario_next_counts(const struct scenario *scenario, uint64_t next[SCENARIO_COUNTS])
{
    memset(next, 0, SCENARIO_COUNTS * sizeof *next);
    for (unsigned i = 0; i < scenario->count; i++) {
        const struct scenario_line *line = &scenario->lines[i];
        uint64_t *least = &next[line->count_of];

        if (!line->settled && line->count_of != SCENARIO_NO_COUNT &&
            (*least == 0 || line->at_count < *least))
            *least = line->at_count;
    }
}

static bool level_now(const struct scenario *scenario, const struct scenario_line *line)
{
    return scenario->owner.level != NULL &&
           scenario->owner.level(scenario->owner.context, line->port, line->pin) == line->level;
}

static bool shown_now(const struct scenario *scenario, const struct scenario_line *line)
{
    return scenario->owner.shown != NULL && scenario->owner.shown(scenario->owner.context, line);
}

/* An expectation whose time is over. */
static void deadline(struct scenario *scenario, struct scenario_line *line, sim_ps now)
{
    bool met = (line->kind == SCENARIO_EXPECT_LEVEL && level_now(scenario, line)) ||
               (line->kind == SCENARIO_EXPECT_SHOWN && shown_now(scenario, line));

    judge(scenario, line, now, met != line->negative);
}

static void perform(struct scenario *scenario, struct scenario_line *line, sim_ps now)
{
    line->settled = true;
    if (line->kind == SCENARIO_END || scenario->owner.act == NULL)
        return;
    tell(scenario, line, now, "done");
    scenario->owner.act(scenario->owner.context, line);
}

void scenario_counted(struct scenario *scenario, sim_ps now, const uint64_t total[SCENARIO_COUNTS])
{
    for (unsigned i = 0; i < scenario->count; i++) {
        struct scenario_line *line = &scenario->lines[i];

        if (!line->settled && line->count_of != SCENARIO_NO_COUNT &&
            total[line->count_of] >= line->at_count)
            perform(scenario, line, now);
    }
}

enum scenario_verdict scenario_advance(struct scenario *scenario, sim_ps now)
{
    /* Expectations first: an action at the same time comes after them. */
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < scenario->count; i++) {
            struct scenario_line *line = &scenario->lines[i];

            if (line->settled || line->time > now || is_expectation(line) != (pass == 0))
                continue;
            if (is_expectation(line)) {
                deadline(scenario, line, now);
                continue;
            }
            perform(scenario, line, now);
        }
    }
    if (now >= scenario->end || (!scenario->has_end && scenario_settled(scenario)))
        return scenario_finish(scenario, now);
    return SCENARIO_RUNNING;
}

enum scenario_verdict scenario_finish(struct scenario *scenario, sim_ps now)
{
    for (unsigned i = 0; i < scenario->count; i++) {
        struct scenario_line *line = &scenario->lines[i];

        if (line->settled)
            continue;
        if (is_expectation(line)) {
            deadline(scenario, line, now);
        } else if (line->kind != SCENARIO_END) {
            judge(scenario, line, now, false); /* the run was over before */
        }
    }
    scenario->ended = true;
    return scenario->failed ? SCENARIO_FAILED : SCENARIO_PASSED;
}
