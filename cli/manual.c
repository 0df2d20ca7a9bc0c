// man: manual pages, made from the table of commands in the form that man(1) reads: one of the
// program and one of each command, as git(1) and git-log(1).
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/file.h"
#include "cli/output.h"

enum { NAME_SIZE = 64 };

// Text in roff: backslashes, leading dots and quotes have a meaning of their own there.
static void put_text(FILE *page, const char *text)
{
    bool line_start = true;
    for (; *text != '\0'; text++) {
        if (line_start && (*text == '.' || *text == '\'')) {
            fputs("\\&", page);
        }
        if (*text == '\\') {
            fputs("\\e", page);
        } else if (*text == '-') {
            fputs("\\-", page);
        } else {
            fputc(*text, page);
        }
        if (*text == '\n') {
            fputs(".br\n", page);
        }
        line_start = *text == '\n';
    }
}

static void put_line(FILE *page, const char *before, const char *text, const char *after)
{
    fputs(before, page);
    put_text(page, text);
    fprintf(page, "%s\n", after);
}

static void put_option(FILE *page, const struct cli_option *option)
{
    fputs(".TP\n.B ", page);
    if (option->letter != 0) {
        fprintf(page, "\\-%c, ", option->letter);
    }
    put_line(page, "\\-\\-", option->name, "");
    if (option->value != NULL) {
        put_line(page, "(with a value: ", option->value, ")");
    }
    put_line(page, "", option->help, "");
}

// "apps bundle" as "microvisor-apps-bundle", in capitals for the title.
static void page_name(const struct cli_command *command, char *name, bool capitals)
{
    snprintf(name, NAME_SIZE, "microvisor-%s", command->name);
    for (; *name != '\0'; name++) {
        *name = *name == ' ' ? '-' : capitals ? (char)toupper((unsigned char)*name) : *name;
    }
}

static void put_synopsis(FILE *page, const struct cli_command *command)
{
    put_line(page, ".B microvisor ", command->name, "");
    for (int i = 0; i < CLI_ARGUMENTS_MAX && command->arguments[i].name != NULL; i++) {
        const struct cli_argument *argument = &command->arguments[i];
        fprintf(page, argument->optional ? "[\\fI%s\\fR]\n" : "\\fI%s\\fR\n", argument->name);
    }
    fputs("[\\fIOPTIONS\\fR]\n", page);
}

static void put_global_options(FILE *page)
{
    fputs(".SH \"OPTIONS OF EVERY COMMAND\"\n", page);
    for (const struct cli_option *option = cli_global_options; option->name != NULL; option++) {
        put_option(page, option);
    }
}

static void put_end(FILE *page)
{
    fputs(".SH ENVIRONMENT\n"
          ".B MICROVISOR_URL, MICROVISOR_ACCOUNT_SID, MICROVISOR_AUTH_TOKEN\n"
          "say which cloud and account to use;\n.B MICROVISOR_PROFILE\nnames a profile,\n"
          ".B MICROVISOR_CA_FILE\nthe CA of the cloud,\n"
          ".B MV_DEVICE_SID\nthe device to deploy to;\n.B NO_COLOR\nswitches colour off.\n"
          ".SH FILES\n.I ~/.config/microvisor/config.json\n"
          ".SH \"EXIT STATUS\"\n0 done, 1 failed, 2 wrong usage, 3 may work if tried again.\n",
          page);
}

static void put_command_page(FILE *page, const struct cli_command *command)
{
    char name[NAME_SIZE];
    page_name(command, name, true);
    fprintf(page, ".TH %s 1 \"\" \"microvisor " MV_VERSION "\" \"User Commands\"\n.SH NAME\n",
            name);
    page_name(command, name, false);
    put_text(page, name);
    put_line(page, " \\- ", command->summary, "");
    fputs(".SH SYNOPSIS\n", page);
    put_synopsis(page, command);
    fputs(".SH DESCRIPTION\n", page);
    put_line(page, "", command->summary, ".");
    if (command->details != NULL) {
        put_line(page, ".PP\n", command->details, "");
    }
    for (int i = 0; i < CLI_ARGUMENTS_MAX && command->arguments[i].name != NULL; i++) {
        put_line(page, ".TP\n.I ", command->arguments[i].name, "");
        put_line(page, "", command->arguments[i].help, "");
    }
    if (command->options[0].name != NULL) {
        fputs(".SH OPTIONS\n", page);
    }
    for (int i = 0; i < CLI_OPTIONS_MAX && command->options[i].name != NULL; i++) {
        put_option(page, &command->options[i]);
    }
    put_global_options(page);
    put_end(page);
    fputs(".SH \"SEE ALSO\"\n.BR microvisor (1)\n", page);
}

static void put_program_page(FILE *page)
{
    fputs(".TH MICROVISOR 1 \"\" \"microvisor " MV_VERSION "\" \"User Commands\"\n"
          ".SH NAME\nmicrovisor \\- deploy applications to devices and look after them\n"
          ".SH SYNOPSIS\n.B microvisor\n.I COMMAND\n[\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]\n"
          ".SH DESCRIPTION\nEach command has a page of its own, for example\n"
          ".BR microvisor\\-deploy (1).\n.SH COMMANDS\n",
          page);
    for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
        put_line(page, ".TP\n.B ", command->name, "");
        put_line(page, "", command->summary, "");
    }
    put_global_options(page);
    put_end(page);
}

// `command` NULL: the page of the program. The caller frees *text.
static bool make_page(const struct cli_command *command, char **text, size_t *size)
{
    FILE *page = open_memstream(text, size);
    if (page == NULL) {
        return false;
    }
    if (command == NULL) {
        put_program_page(page);
    } else {
        put_command_page(page, command);
    }
    return fclose(page) == 0;
}

static int write_page(const struct cli *cli, const char *folder, const struct cli_command *command)
{
    char path[4096], name[NAME_SIZE] = "microvisor", *text = NULL;
    size_t size = 0;
    if (command != NULL) {
        page_name(command, name, false);
    }
    snprintf(path, sizeof path, "%s/%s.1", folder, name);
    int status = make_page(command, &text, &size)
                     ? file_write(cli, path, text, size, 0644)
                     : out_fail(cli, CLI_FAILED, "memory", NULL, "there is not enough memory");
    free(text);
    return status;
}

static int write_pages(const struct cli *cli, const char *folder)
{
    int status = write_page(cli, folder, NULL);
    for (const struct cli_command *command = cli_commands;
         command->name != NULL && (status == CLI_OK || status == CLI_DRY_RUN); command++) {
        status = write_page(cli, folder, command);
    }
    return status;
}

int command_man(struct cli *cli)
{
    const char *first = cli_argument(cli, 0), *second = cli_argument(cli, 1);
    const char *folder = cli_value(cli, "out");
    const struct cli_command *command = NULL;
    int used = 0;
    if (folder != NULL) {
        return write_pages(cli, folder);
    }
    if (first != NULL) {
        command = cli_find(first, second, &used);
    }
    if (first != NULL && (command == NULL || used != 1 + (second != NULL))) {
        return out_fail(cli, CLI_USAGE, "usage", "run 'microvisor help' for the commands",
                        "usage: there is no command of that name");
    }
    char *text = NULL;
    size_t size = 0;
    if (!make_page(command, &text, &size)) {
        return out_fail(cli, CLI_FAILED, "memory", NULL, "there is not enough memory");
    }
    fwrite(text, 1, size, stdout);
    free(text);
    return CLI_OK;
}
