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
    if (cli->json || cli->tsv) {
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

bool out_is_terminal(const struct cli *cli)
{
    return !cli->json && !cli->tsv && isatty(STDERR_FILENO);
}

void out_bar(const struct cli *cli, unsigned long long done, unsigned long long total,
             const char *text)
{
    enum { WIDTH = 30 };
    char line[160];
    int full = total == 0 ? 0 : (int)(done >= total ? WIDTH : done * WIDTH / total);
    snprintf(line, sizeof line, "  [%.*s%.*s] %3d %%  %s", full, "##############################",
             WIDTH - full, "..............................",
             total == 0 ? 0 : (int)(done >= total ? 100 : done * 100 / total), text);
    out_progress(cli, line);
}

void out_progress(const struct cli *cli, const char *text)
{
    static bool shown;
    if (!out_is_terminal(cli) || (text == NULL && !shown)) {
        return;
    }
    fprintf(stderr, "\r\033[K%s", text == NULL ? "" : text);
    fflush(stderr);
    shown = text != NULL;
}

static void print_safe(FILE *to, const char *text, size_t length, size_t indent)
{
    const unsigned char *end = (const unsigned char *)text + length;
    for (const unsigned char *at = (const unsigned char *)text; at < end; at++) {
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

void out_text(FILE *to, const char *text, size_t indent)
{
    print_safe(to, text, strlen(text), indent);
}

void out_part(FILE *to, const char *text, size_t length)
{
    print_safe(to, text, length, 0);
}
