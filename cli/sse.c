// See sse.h; the rules are those of the HTML standard, section "Server-sent events".
#include "cli/sse.h"

#include <stdio.h>
#include <string.h>

void sse_init(struct sse *sse, sse_function function, void *context)
{
    memset(sse, 0, sizeof *sse);
    sse->function = function;
    sse->context = context;
}

void sse_reset(struct sse *sse)
{
    sse->line_size = 0;
    sse->line_too_long = false;
    sse->after_cr = false;
    sse->event[0] = '\0';
    sse->data_size = 0;
    sse->has_data = false;
}

static void add_data(struct sse *sse, const char *value)
{
    size_t length = strlen(value);
    if (sse->data_size + length + 2 > sizeof sse->data) {
        return; // larger than any record; the rest is cut
    }
    if (sse->has_data) {
        sse->data[sse->data_size++] = '\n';
    }
    memcpy(sse->data + sse->data_size, value, length + 1);
    sse->data_size += length;
    sse->has_data = true;
}

static bool dispatch(struct sse *sse)
{
    bool more = true;
    if (sse->has_data) {
        more = sse->function(sse->context, sse->event, sse->id, sse->data);
    }
    sse->event[0] = '\0';
    sse->data_size = 0;
    sse->has_data = false;
    return more;
}

static bool end_line(struct sse *sse)
{
    bool usable = !sse->line_too_long;
    sse->line[sse->line_size] = '\0';
    sse->line_too_long = false;
    if (sse->line_size == 0) {
        return usable ? dispatch(sse) : true;
    }
    sse->line_size = 0;
    char *value = strchr(sse->line, ':');
    if (!usable || value == sse->line) {
        return true; // a comment keeps the connection alive
    }
    if (value != NULL) {
        *value++ = '\0';
        value += *value == ' ';
    }
    const char *text = value == NULL ? "" : value;
    if (strcmp(sse->line, "data") == 0) {
        add_data(sse, text);
    } else if (strcmp(sse->line, "event") == 0) {
        snprintf(sse->event, sizeof sse->event, "%s", text);
    } else if (strcmp(sse->line, "id") == 0 && strlen(text) < sizeof sse->id) {
        memcpy(sse->id, text, strlen(text) + 1);
    }
    return true;
}

bool sse_feed(struct sse *sse, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char c = bytes[i];
        bool second_half = c == '\n' && sse->after_cr;
        sse->after_cr = c == '\r';
        if (second_half) {
            continue;
        }
        if (c == '\n' || c == '\r') {
            if (!end_line(sse)) {
                return false;
            }
        } else if (sse->line_size + 1 < sizeof sse->line) {
            sse->line[sse->line_size++] = c;
        } else {
            sse->line_too_long = true;
        }
    }
    return true;
}
