/* The program's own log: see journal.h. */
#include "cloud/base/journal.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cloud/base/clock.h"

struct line {
    char bytes[2048];
    size_t used;
};

static enum journal_level level_min = JOURNAL_INFO;

void journal_set_level(enum journal_level level)
{
    level_min = level;
}

static void put_char(struct line *line, char c)
{
    if (line->used + 2 < sizeof line->bytes) /* one byte stays for the newline */
        line->bytes[line->used++] = c;
}

static void put_plain(struct line *line, const char *text)
{
    for (; *text != '\0'; text++)
        put_char(line, *text);
}

static bool needs_quotes(const char *text)
{
    if (*text == '\0')
        return true;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c <= ' ' || c >= 0x7F || c == '"' || c == '=' || c == '\\')
            return true;
    }
    return false;
}

static void put_value(struct line *line, const char *text)
{
    if (!needs_quotes(text)) {
        put_plain(line, text);
        return;
    }
    put_char(line, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < ' ' || c >= 0x7F) {
            char hex[5];
            snprintf(hex, sizeof hex, "\\x%02x", c);
            put_plain(line, hex);
            continue;
        }
        if (c == '"' || c == '\\')
            put_char(line, '\\');
        put_char(line, (char)c);
    }
    put_char(line, '"');
}

void journal_write(enum journal_level level, const char *room, const char *const *texts,
                   size_t count)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    if (level < level_min)
        return;
    struct line line = {.used = 0};
    char time[CLOCK_TEXT_US];
    clock_text_us(time, clock_unix_us());
    put_plain(&line, time);
    put_char(&line, ' ');
    put_plain(&line, names[level]);
    put_char(&line, ' ');
    put_plain(&line, room);
    put_char(&line, ' ');
    put_value(&line, texts[0]);
    for (size_t i = 1; i + 1 < count; i += 2) {
        put_char(&line, ' ');
        put_plain(&line, texts[i]);
        put_char(&line, '=');
        put_value(&line, texts[i + 1] ? texts[i + 1] : "");
    }
    line.bytes[line.used++] = '\n';
    if (write(STDERR_FILENO, line.bytes, line.used) < 0)
        return; /* nowhere to report that stderr is gone */
}
