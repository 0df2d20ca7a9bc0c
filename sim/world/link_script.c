/* Parser of link scripts. */
#include "world/link_script.h"

#include <stdio.h>
#include <string.h>

static const char *const words[] = {
    [LINK_CHANGE_DOWN] = "down", [LINK_CHANGE_UP] = "up", [LINK_CHANGE_STALL] = "stall"};

static bool find_word(const char *word, enum link_change *change)
{
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], word) == 0) {
            *change = (enum link_change)i;
            return true;
        }
    }
    return false;
}

/* One line without its comment; empty ones are fine. */
static bool parse_line(struct link_script *script, const char *line)
{
    struct link_step *step = &script->steps[script->count];
    unsigned long long time_ms;
    char word[8];
    char rest[2];
    int fields = sscanf(line, "%15llu %7s %1s", &time_ms, word, rest);

    if (fields == EOF)
        return true;
    if (fields != 2 || !find_word(word, &step->change) || script->count == LINK_SCRIPT_MAX - 1)
        return false;
    if (script->count > 0 && time_ms < step[-1].time_ms)
        return false;
    step->time_ms = time_ms;
    script->count++;
    return true;
}

bool link_script_parse(struct link_script *script, const char *text, char *error, size_t error_size)
{
    unsigned number = 1;

    script->count = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        char line[128];

        snprintf(line, sizeof line, "%.*s", (int)(length < 127 ? length : 127), text);
        line[strcspn(line, "#")] = '\0';
        if (!parse_line(script, line)) {
            snprintf(error, error_size, "line %u: expected \"TIME_MS down|up|stall\"", number);
            return false;
        }
        text += length + (text[length] != '\0');
        number++;
    }
    return true;
}
