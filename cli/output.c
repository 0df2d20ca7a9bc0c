// See output.h.
#include "cli/output.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool out_coloured(FILE *to)
{
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return isatty(fileno(to)) && (no_color == NULL || no_color[0] == '\0') &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

static void print_error_json(enum cli_exit status, const char *code, const char *hint,
                             const char *message)
{
    char doc[96];
    snprintf(doc, sizeof doc, "cli/README.md#%s", code);
    json_t *error = json_pack("{s:s, s:s, s:s?, s:s, s:b}", "code", code, "message", message,
                              "hint", hint, "doc", doc, "retryable", status == CLI_TRY_AGAIN);
    char *text = error == NULL ? NULL : json_dumps(error, JSON_COMPACT);
    fprintf(stderr, "%s\n", text == NULL ? "{\"code\":\"encoding\"}" : text);
    free(text);
    json_decref(error);
}

int out_fail(const struct cli *cli, enum cli_exit status, const char *code, const char *hint,
             const char *format, ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    out_progress(cli, NULL);
    fflush(stdout);
    if (cli->json) {
        print_error_json(status, code, hint, message);
        return status;
    }
    bool colour = out_coloured(stderr);
    fputs(colour ? "\033[1;31merror:\033[0m " : "error: ", stderr);
    out_text(stderr, message, 7);
    fputc('\n', stderr);
    if (hint != NULL) {
        fputs(colour ? "\033[2m  next:\033[0m " : "  next: ", stderr);
        out_text(stderr, hint, 8);
        fputc('\n', stderr);
    }
    return status;
}

void out_warn(const struct cli *cli, const char *format, ...)
{
    if (cli->json) {
        return;
    }
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    fputs(out_coloured(stderr) ? "\033[33mwarning:\033[0m " : "warning: ", stderr);
    out_text(stderr, message, 9);
    fputc('\n', stderr);
}

void out_step(const struct cli *cli, const char *format, ...)
{
    if (cli->json) {
        return;
    }
    out_progress(cli, NULL);
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    out_text(stdout, message, 0);
    putchar('\n');
    fflush(stdout);
}

void out_progress(const struct cli *cli, const char *text)
{
    static bool shown;
    if (cli->json || !isatty(STDERR_FILENO) || (text == NULL && !shown)) {
        return;
    }
    fprintf(stderr, "\r\033[K%s", text == NULL ? "" : text);
    fflush(stderr);
    shown = text != NULL;
}

void out_json(const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text != NULL) {
        puts(text);
        fflush(stdout);
    }
    free(text);
}

void out_text(FILE *to, const char *text, size_t indent)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at == '\n') {
            fprintf(to, "\n%*s", (int)indent, "");
        } else if (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) {
            at++; // C1 control characters in UTF-8 steer terminals too
            fprintf(to, "\\x%02x", *at);
        } else if ((*at < 0x20 && *at != '\t') || *at == 0x7f) {
            fprintf(to, "\\x%02x", *at);
        } else {
            fputc(*at, to);
        }
    }
}

// The value at a path of an object as text; `buffer` is used for numbers.
static const char *text_at(const json_t *object, const char *path, char *buffer, size_t size)
{
    while (object != NULL) {
        char name[64];
        size_t length = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)length, path);
        object = json_object_get(object, name);
        if (path[length] == '\0') {
            break;
        }
        path += length + 1;
    }
    switch (object == NULL ? JSON_NULL : json_typeof(object)) {
    case JSON_STRING:
        return json_string_value(object);
    case JSON_INTEGER:
        snprintf(buffer, size, "%lld", (long long)json_integer_value(object));
        return buffer;
    case JSON_TRUE:
        return "yes";
    case JSON_FALSE:
        return "no";
    default:
        return "-";
    }
}

static void print_title(const char *title, int width)
{
    bool colour = out_coloured(stdout);
    printf("%s%-*s%s", colour ? "\033[1m" : "", width, title, colour ? "\033[0m" : "");
}

static void print_row(const json_t *row, const struct out_column *columns, const int *widths,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char buffer[32];
        const char *text = text_at(row, columns[i].path, buffer, sizeof buffer);
        out_text(stdout, text, 0);
        int pad = i + 1 < count ? widths[i] - (int)strlen(text) + 2 : 0;
        printf("%*s", pad > 0 ? pad : 0, "");
    }
    putchar('\n');
}

void out_table(const json_t *rows, const struct out_column *columns, size_t count)
{
    enum { COLUMNS_MAX = 8 };
    int widths[COLUMNS_MAX] = {0};
    size_t index;
    json_t *row;
    for (size_t i = 0; i < count && i < COLUMNS_MAX; i++) {
        widths[i] = (int)strlen(columns[i].title);
        json_array_foreach(rows, index, row)
        {
            char buffer[32];
            int width = (int)strlen(text_at(row, columns[i].path, buffer, sizeof buffer));
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    for (size_t i = 0; i < count; i++) {
        print_title(columns[i].title, i + 1 < count ? widths[i] + 2 : 0);
    }
    putchar('\n');
    json_array_foreach(rows, index, row)
    {
        print_row(row, columns, widths, count);
    }
}

void out_fields(const json_t *object, const struct out_column *columns, size_t count)
{
    int width = 0;
    for (size_t i = 0; i < count; i++) {
        int length = (int)strlen(columns[i].title);
        width = length > width ? length : width;
    }
    for (size_t i = 0; i < count; i++) {
        char buffer[32];
        print_title(columns[i].title, width + 2);
        out_text(stdout, text_at(object, columns[i].path, buffer, sizeof buffer), 0);
        putchar('\n');
    }
}
