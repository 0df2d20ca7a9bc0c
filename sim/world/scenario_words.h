/* The words of one statement of a scenario, and a place among them. For scenario_parse.c
 * and scenario_inject.c. */
#ifndef SIM_WORLD_SCENARIO_WORDS_H
#define SIM_WORLD_SCENARIO_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "world/scenario.h"

#define WORDS_MAX 64u

struct word {
    char text[SCENARIO_TEXT_MAX];
    size_t size;
    bool quoted;
};

struct parser {
    struct word words[WORDS_MAX];
    unsigned count, next; /* `next`: not taken yet */
    struct scenario_line *line;
    bool has_at, has_within, has_from;
    const char *why;
};

/* Keeps the first reason why the statement is wrong; always false. */
bool scenario_wrong(struct parser *parser, const char *why);
/* Cuts a line into words; quotes and comments are done with. */
bool scenario_split(struct parser *parser, const char *text);
/* The next word if it is not a quoted text, else "". */
const char *scenario_peek(const struct parser *parser);
/* Takes the next word if it is this one. */
bool scenario_take(struct parser *parser, const char *text);
/* "uart2", "lpuart1": into the line's uart. False without a reason if it is none. */
bool scenario_take_uart(struct parser *parser);
/* A decimal number with this unit behind it, in thousandths. */
bool scenario_take_milli(struct parser *parser, const char *unit, int32_t *milli);
/* A number below the limit. */
bool scenario_take_index(struct parser *parser, unsigned limit, int32_t *index);
/* A memory address: "0x" and up to eight hexadecimal digits. */
bool scenario_take_memory(struct parser *parser, uint32_t *address);

/* scenario_inject.c: what a bench does to the chip. False: the next word begins none of that and
 * nothing is taken; `good` is false if the rest is wrong. */
bool scenario_injection(struct parser *parser, bool *good);

#endif
