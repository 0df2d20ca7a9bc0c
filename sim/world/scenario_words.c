/* See scenario_words.h. */
#include "world/scenario_words.h"

#include <ctype.h>
#include <string.h>

bool scenario_wrong(struct parser *parser, const char *why)
{
    if (parser->why == NULL)
        parser->why = why;
    return false;
}

static int escape(char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case '"':
    case '\\':
        return c;
    default:
        return -1;
    }
}

/* A quoted text; returns what follows, NULL if it is not well formed. */
static const char *read_quoted(struct parser *parser, struct word *word, const char *at)
{
    word->quoted = true;
    for (at++; *at != '"'; at++) {
        int c = (unsigned char)*at;

        if (c == '\\')
            c = escape(*++at);
        if (c <= 0 || word->size == sizeof word->text - 1) {
            scenario_wrong(parser, c == 0    ? "a text has no closing quote"
                                   : c == -1 ? "in a text only \\n \\r \\t \\\" \\\\ are known"
                                             : "a text is longer than 127 characters");
            return NULL;
        }
        word->text[word->size++] = (char)c;
    }
    return at + 1;
}

static const char *read_plain(struct parser *parser, struct word *word, const char *at)
{
    for (; *at != '\0' && !isspace((unsigned char)*at) && *at != '"' && *at != '#'; at++) {
        if (word->size == sizeof word->text - 1) {
            scenario_wrong(parser, "a word is too long");
            return NULL;
        }
        word->text[word->size++] = *at;
    }
    return at;
}

bool scenario_split(struct parser *parser, const char *at)
{
    for (;;) {
        struct word *word = &parser->words[parser->count];

        while (isspace((unsigned char)*at))
            at++;
        if (*at == '\0' || *at == '#')
            return true;
        if (parser->count == WORDS_MAX)
            return scenario_wrong(parser, "too many words");
        memset(word, 0, sizeof *word);
        at = *at == '"' ? read_quoted(parser, word, at) : read_plain(parser, word, at);
        if (at == NULL)
            return false;
        parser->count++;
    }
}

const char *scenario_peek(const struct parser *parser)
{
    const struct word *word = &parser->words[parser->next];

    return parser->next < parser->count && !word->quoted ? word->text : "";
}

bool scenario_take(struct parser *parser, const char *text)
{
    if (strcmp(scenario_peek(parser), text) != 0)
        return false;
    parser->next++;
    return true;
}
