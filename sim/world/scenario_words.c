/* See scenario_words.h. */
#include "world/scenario_words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "soc/soc.h"

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

/* --- values --- */

bool scenario_take_uart(struct parser *parser)
{
    static const char *const names[][2] = {
        [SOC_USART1] = {"usart1", "uart1"}, [SOC_USART2] = {"usart2", "uart2"},
        [SOC_USART3] = {"usart3", "uart3"}, [SOC_UART4] = {"uart4", "uart4"},
        [SOC_UART5] = {"uart5", "uart5"},   [SOC_LPUART1] = {"lpuart1", "lpuart1"}};

    for (unsigned i = 0; i < SOC_UARTS; i++) {
        if (scenario_take(parser, names[i][0]) || scenario_take(parser, names[i][1])) {
            parser->line->uart = (uint8_t)i;
            return true;
        }
    }
    return false;
}

bool scenario_take_milli(struct parser *parser, const char *unit, int32_t *milli)
{
    const char *text = scenario_peek(parser);
    char *end = NULL;
    double value = strpbrk(text, "0123456789") != NULL ? strtod(text, &end) : 0;

    if (end == NULL || strcmp(end, unit) != 0 || value < -1e6 || value > 1e6)
        return scenario_wrong(parser, "expected a number");
    *milli = (int32_t)(value * 1000 + (value < 0 ? -0.5 : 0.5));
    parser->next++;
    return true;
}

bool scenario_take_index(struct parser *parser, unsigned limit, int32_t *index)
{
    const char *text = scenario_peek(parser);
    char *end = NULL;
    unsigned long value = isdigit((unsigned char)*text) ? strtoul(text, &end, 10) : limit;

    if (value >= limit || *end != '\0')
        return scenario_wrong(parser, "expected a smaller number");
    *index = (int32_t)value;
    parser->next++;
    return true;
}

bool scenario_take_memory(struct parser *parser, uint32_t *address)
{
    const char *text = scenario_peek(parser);
    char *end = NULL;
    unsigned long long value = UINT64_MAX;

    if (strncmp(text, "0x", 2) == 0)
        value = strtoull(text, &end, 16);
    if (end == NULL || value > UINT32_MAX || *end != '\0')
        return scenario_wrong(parser, "expected a register such as r0 or an address such as "
                                      "0x20000000");
    *address = (uint32_t)value;
    parser->next++;
    return true;
}
