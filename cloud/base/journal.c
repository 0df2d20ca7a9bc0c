/* The program's own log: see journal.h. */
#include "cloud/base/journal.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cloud/base/clock.h"
#include "formats/logrec.h"

struct line {
    char bytes[2048];
    size_t used;
};

static atomic_int level_min = JOURNAL_INFO;
static atomic_bool as_json;

void journal_set_level(enum journal_level level)
{
    atomic_store(&level_min, (int)level);
}

void journal_set_json(bool json)
{
    atomic_store(&as_json, json);
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

static void put_pair(struct line *line, const char *key, const char *value)
{
    put_char(line, ' ');
    put_plain(line, key);
    put_char(line, '=');
    put_value(line, value);
}

static const char *const level_names[] = {"debug", "info", "warning", "error"};

static void put_text_line(struct line *line, const char *time, const char *level, const char *room,
                          const char *const *texts, size_t count)
{
    put_plain(line, time);
    put_char(line, ' ');
    put_plain(line, level);
    put_char(line, ' ');
    put_plain(line, room);
    put_char(line, ' ');
    put_value(line, texts[0]);
    for (size_t i = 1; i + 1 < count; i += 2)
        put_pair(line, texts[i], texts[i + 1] ? texts[i + 1] : "");
}

/* Bytes that are not UTF-8 are escaped one by one, so a line is valid whatever comes from outside;
 * what does not fit is left out by whole characters. */
static void put_json_text(struct line *line, const char *text, size_t reserve)
{
    put_char(line, '"');
    for (; *text != '\0' && line->used + 8 + reserve < sizeof line->bytes; text++) {
        unsigned char c = (unsigned char)*text;
        size_t length = logrec_utf8_length((const uint8_t *)text, strnlen(text, 4));
        if (length > 1) {
            for (size_t i = 0; i < length; i++)
                put_char(line, text[i]);
            text += length - 1;
            continue;
        }
        if (c < ' ' || c >= 0x7F) {
            char escape[8];
            snprintf(escape, sizeof escape, "\\u%04x", c);
            put_plain(line, escape);
            continue;
        }
        if (c == '"' || c == '\\')
            put_char(line, '\\');
        put_char(line, (char)c);
    }
    put_char(line, '"');
}

static void put_json_pair(struct line *line, const char *key, const char *value)
{
    if (line->used + strlen(key) + 16 > sizeof line->bytes)
        return;
    put_char(line, ',');
    put_json_text(line, key, 8);
    put_char(line, ':');
    put_json_text(line, value, 4);
}

static void put_json_line(struct line *line, const char *time, const char *level, const char *room,
                          const char *const *texts, size_t count)
{
    put_plain(line, "{\"time\":");
    put_json_text(line, time, 64);
    put_json_pair(line, "level", level);
    put_json_pair(line, "room", room);
    put_json_pair(line, "event", texts[0]);
    for (size_t i = 1; i + 1 < count; i += 2)
        put_json_pair(line, texts[i], texts[i + 1] ? texts[i + 1] : "");
    put_char(line, '}');
}

void journal_write(enum journal_level level, const char *room, const char *const *texts,
                   size_t count)
{
    if ((int)level < atomic_load(&level_min))
        return;
    struct line line = {.used = 0};
    char time[CLOCK_TEXT_US];
    clock_text_us(time, clock_unix_us());
    (atomic_load(&as_json) ? put_json_line : put_text_line)(&line, time, level_names[level], room,
                                                            texts, count);
    line.bytes[line.used++] = '\n';
    if (write(STDERR_FILENO, line.bytes, line.used) < 0)
        return; /* nowhere to report that stderr is gone */
}
