// Records in the form that was asked for: table or fields for people, JSON, TSV.
#include "cli/output.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void out_json(const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text != NULL) {
        puts(text);
        fflush(stdout);
    }
    free(text);
}

// Scripts of the old form take the first of an array.
static void print_json_record(const struct cli *cli, const json_t *record)
{
    if (!cli->old_form) {
        out_json(record);
        return;
    }
    json_t *array = json_pack("[O]", record);
    out_json(array);
    json_decref(array);
}

static const char nothing[] = "-";

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
        return nothing;
    }
}

// Columns that a text takes, if each character of UTF-8 takes one.
static int width_of(const char *text)
{
    int width = 0;
    for (; *text != '\0'; text++) {
        width += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return width;
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
        int pad = i + 1 < count ? widths[i] - width_of(text) + 2 : 0;
        printf("%*s", pad > 0 ? pad : 0, "");
    }
    putchar('\n');
}

static void print_table(const json_t *rows, const struct out_column *columns, size_t count)
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
            int width = width_of(text_at(row, columns[i].path, buffer, sizeof buffer));
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

static void print_fields(const json_t *object, const struct out_column *columns, size_t count)
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

void out_tsv_text(const char *text)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, "\t\n\\");
        out_part(stdout, text, plain);
        text += plain;
        if (*text != '\0') {
            putchar('\\');
            putchar(*text == '\t' ? 't' : *text == '\n' ? 'n' : '\\');
            text++;
        }
    }
}

static void print_tsv_row(const json_t *row, const struct out_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char buffer[32];
        const char *text = text_at(row, columns[i].path, buffer, sizeof buffer);
        out_tsv_text(text == nothing ? "" : text);
        putchar(i + 1 < count ? '\t' : '\n');
    }
}

// The first line names the columns as the JSON does.
static void print_tsv(const json_t *rows, const struct out_column *columns, size_t count)
{
    size_t index;
    json_t *row;
    for (size_t i = 0; i < count; i++) {
        printf("%s%c", columns[i].path, i + 1 < count ? '\t' : '\n');
    }
    json_array_foreach(rows, index, row)
    {
        print_tsv_row(row, columns, count);
    }
}

void out_list(const struct cli *cli, const json_t *rows, const char *none,
              const struct out_column *columns, size_t count)
{
    if (cli->json) {
        out_json(rows);
    } else if (cli->tsv) {
        print_tsv(rows, columns, count);
    } else if (json_array_size(rows) == 0) {
        puts(none);
    } else {
        print_table(rows, columns, count);
    }
}

void out_record(const struct cli *cli, const json_t *record, const struct out_column *columns,
                size_t count)
{
    if (cli->json) {
        print_json_record(cli, record);
    } else if (cli->tsv) {
        json_t *rows = json_pack("[O]", record);
        print_tsv(rows, columns, count);
        json_decref(rows);
    } else {
        print_fields(record, columns, count);
    }
}

static void print_plain_fields(const json_t *record)
{
    enum { FIELDS_MAX = 16 };
    struct out_column columns[FIELDS_MAX];
    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)record, name, value)
    {
        if (count < FIELDS_MAX && !json_is_object(value) && !json_is_array(value)) {
            columns[count++] = (struct out_column){name, name};
        }
    }
    json_t *rows = json_pack("[O]", record);
    print_tsv(rows, columns, count);
    json_decref(rows);
}

void out_done(const struct cli *cli, const json_t *record, const char *format, ...)
{
    char message[1024];
    va_list arguments;
    if (cli->json) {
        print_json_record(cli, record);
    } else if (cli->tsv) {
        print_plain_fields(record);
    } else {
        va_start(arguments, format);
        vsnprintf(message, sizeof message, format, arguments);
        va_end(arguments);
        out_step(cli, "%s", message);
    }
}
