/* The words of one statement of a scenario, and a place among them. For scenario_parse.c. */
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

#endif
