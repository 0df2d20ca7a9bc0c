// man: the manual page, made from the table of commands in the form that man(1) reads.
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"

// Text in roff: backslashes, leading dots and quotes have a meaning of their own there.
static void print_text(const char *text)
{
    bool line_start = true;
    for (; *text != '\0'; text++) {
        if (line_start && (*text == '.' || *text == '\'')) {
            fputs("\\&", stdout);
        }
        if (*text == '\\') {
            fputs("\\e", stdout);
        } else if (*text == '-') {
            fputs("\\-", stdout);
        } else {
            putchar(*text);
        }
        line_start = *text == '\n';
    }
}

static void print_line(const char *before, const char *text, const char *after)
{
    fputs(before, stdout);
    print_text(text);
    puts(after);
}

static void print_option(const struct cli_option *option)
{
    puts(".TP");
    fputs(".B ", stdout);
    if (option->letter != 0) {
        printf("\\-%c, ", option->letter);
    }
    print_line("\\-\\-", option->name, "");
    if (option->value != NULL) {
        print_line("(with a value: ", option->value, ")");
    }
    print_line("", option->help, "");
}

static void print_command(const struct cli_command *command)
{
    fputs(".SS \"", stdout);
    print_text(command->name);
    for (int i = 0; i < CLI_ARGUMENTS_MAX && command->arguments[i].name != NULL; i++) {
        const struct cli_argument *argument = &command->arguments[i];
        printf(argument->optional ? " [%s]" : " %s", argument->name);
    }
    puts("\"");
    print_line("", command->summary, ".");
    if (command->details != NULL) {
        puts(".PP");
        print_line("", command->details, "");
    }
    for (int i = 0; i < CLI_ARGUMENTS_MAX && command->arguments[i].name != NULL; i++) {
        puts(".TP");
        print_line(".I ", command->arguments[i].name, "");
        print_line("", command->arguments[i].help, "");
    }
    for (int i = 0; i < CLI_OPTIONS_MAX && command->options[i].name != NULL; i++) {
        print_option(&command->options[i]);
    }
}

int command_man(struct cli *cli)
{
    (void)cli;
    puts(".TH MICROVISOR 1 \"\" \"microvisor " MV_VERSION "\" \"User Commands\"\n"
         ".SH NAME\nmicrovisor \\- deploy applications to devices and look after them\n"
         ".SH SYNOPSIS\n.B microvisor\n.I COMMAND\n[\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]\n"
         ".SH COMMANDS");
    for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
        print_command(command);
    }
    puts(".SH \"OPTIONS OF EVERY COMMAND\"\n"
         ".TP\n.B \\-\\-json\nMachine-readable output and errors, one JSON value on a line.\n"
         ".TP\n.B \\-\\-profile NAME\nProfile of the configuration file.\n"
         ".TP\n.B \\-\\-url URL\nAddress of the cloud.\n"
         ".TP\n.B \\-\\-help\nHelp on the command.\n"
         ".SH ENVIRONMENT\n"
         ".B MICROVISOR_URL, MICROVISOR_ACCOUNT_SID, MICROVISOR_AUTH_TOKEN\n"
         "say which cloud and account to use;\n.B MICROVISOR_PROFILE\nnames a profile,\n"
         ".B MV_DEVICE_SID\nthe device to deploy to;\n.B NO_COLOR\nswitches colour off.\n"
         ".SH FILES\n.I ~/.config/microvisor/config.json\n"
         ".SH \"EXIT STATUS\"\n0 done, 1 failed, 2 wrong usage, 3 may work if tried again.");
    return CLI_OK;
}
