// Help texts; see help.h.
#include "cli/help.h"

#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"

static void print_usage(FILE *to, const struct cli_command *command)
{
    fprintf(to, "usage: microvisor %s", command->name);
    for (int i = 0; i < CLI_ARGUMENTS_MAX && command->arguments[i].name != NULL; i++) {
        const struct cli_argument *argument = &command->arguments[i];
        fprintf(to, argument->optional ? " [%s]" : " %s", argument->name);
    }
    fprintf(to, command->options[0].name != NULL ? " [OPTIONS]\n" : "\n");
}

static void print_option(FILE *to, const struct cli_option *option)
{
    char left[64];
    char letter[8] = "    ";
    if (option->letter != 0) {
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    }
    snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name, option->value ? " " : "",
             option->value ? option->value : "");
    fprintf(to, "  %-34s %s\n", left, option->help);
}

static void print_global_options(FILE *to)
{
    fprintf(to, "\nglobal options:\n");
    for (const struct cli_option *option = cli_global_options; option->name != NULL; option++) {
        print_option(to, option);
    }
}

static void print_commands(FILE *to, const char *group)
{
    for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
        size_t length = group == NULL ? 0 : strlen(group);
        if (group == NULL ||
            (strncmp(command->name, group, length) == 0 && command->name[length] == ' ')) {
            fprintf(to, "  %-20s %s\n", command->name, command->summary);
        }
    }
}

void help_all(FILE *to)
{
    fprintf(to,
            "usage: microvisor COMMAND [ARGUMENTS] [OPTIONS]\n\n"
            "Bundles, uploads and deploys applications and looks after devices.\n\ncommands:\n");
    print_commands(to, NULL);
    print_global_options(to);
    fprintf(to,
            "      --version                      version of this program\n\n"
            "Where the cloud is and who you are: 'microvisor login', or the environment variables\n"
            "MICROVISOR_URL, MICROVISOR_ACCOUNT_SID and MICROVISOR_AUTH_TOKEN.\n"
            "Exit status: 0 done, 1 failed, 2 wrong usage, 3 may work if tried again.\n");
}

void help_group(FILE *to, const char *group)
{
    fprintf(to, "usage: microvisor %s COMMAND\n\ncommands:\n", group);
    print_commands(to, group);
}

void help_command(FILE *to, const struct cli_command *command)
{
    print_usage(to, command);
    fprintf(to, "\n%s.\n", command->summary);
    if (command->details != NULL) {
        fprintf(to, "%s\n", command->details);
    }
    if (command->arguments[0].name != NULL) {
        fprintf(to, "\narguments:\n");
    }
    for (int i = 0; i < CLI_ARGUMENTS_MAX && command->arguments[i].name != NULL; i++) {
        fprintf(to, "  %-34s %s\n", command->arguments[i].name, command->arguments[i].help);
    }
    if (command->options[0].name != NULL) {
        fprintf(to, "\noptions:\n");
    }
    for (int i = 0; i < CLI_OPTIONS_MAX && command->options[i].name != NULL; i++) {
        print_option(to, &command->options[i]);
    }
    print_global_options(to);
}

int command_help(struct cli *cli)
{
    const char *first = cli_argument(cli, 0), *second = cli_argument(cli, 1);
    int used;
    if (first == NULL) {
        help_all(stdout);
        return CLI_OK;
    }
    const struct cli_command *command = cli_find(first, second, &used);
    if (command != NULL && used == 1 + (second != NULL)) {
        help_command(stdout, command);
        return CLI_OK;
    }
    if (second == NULL && cli_group_exists(first)) {
        help_group(stdout, first);
        return CLI_OK;
    }
    return out_fail(cli, CLI_USAGE, "usage", "run 'microvisor help' for the commands",
                    "usage: unknown command '%s%s%s'", first, second != NULL ? " " : "",
                    second != NULL ? second : "");
}
