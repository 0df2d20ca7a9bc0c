// Parsing of the command line against the table of commands.
#include "cli/cli.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/complete.h"
#include "cli/help.h"
#include "cli/output.h"

// Words left to parse. Options may stand anywhere; "--" ends them.
struct words {
    char **next;
    int left;
    bool options_over;
};

static const char *take(struct words *words)
{
    words->left--;
    return *words->next++;
}

static bool names_command(const char *name, const char *first, const char *second, int *used)
{
    if (name == NULL) {
        return false;
    }
    size_t length = strcspn(name, " ");
    if (strlen(first) != length || strncmp(name, first, length) != 0) {
        return false;
    }
    *used = name[length] == ' ' ? 2 : 1;
    return *used == 1 || (second != NULL && strcmp(name + length + 1, second) == 0);
}

const struct cli_command *cli_find(const char *first, const char *second, int *used)
{
    for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
        if (names_command(command->name, first, second, used) ||
            names_command(command->alias, first, second, used)) {
            return command;
        }
    }
    return NULL;
}

bool cli_group_exists(const char *first)
{
    size_t length = strlen(first);
    for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
        if (strncmp(command->name, first, length) == 0 && command->name[length] == ' ') {
            return true;
        }
    }
    return false;
}

static int option_index(const struct cli_command *command, const char *name, size_t length)
{
    for (int i = 0; i < CLI_OPTIONS_MAX && command->options[i].name != NULL; i++) {
        const struct cli_option *option = &command->options[i];
        bool by_name = strlen(option->name) == length && strncmp(option->name, name, length) == 0;
        bool by_alias = option->alias != NULL && strlen(option->alias) == length &&
                        strncmp(option->alias, name, length) == 0;
        if (by_name || by_alias) {
            return i;
        }
    }
    return -1;
}

static int letter_index(const struct cli_command *command, char letter)
{
    for (int i = 0; i < CLI_OPTIONS_MAX && command->options[i].name != NULL; i++) {
        if (command->options[i].letter == letter) {
            return i;
        }
    }
    return -1;
}

static int usage_error(const struct cli *cli, const char *message, const char *word)
{
    char hint[128] = "run 'microvisor --help' for the commands";
    if (cli->command != NULL) {
        snprintf(hint, sizeof hint, "run 'microvisor %s --help'", cli->command->name);
    }
    return out_fail(cli, CLI_USAGE, "usage", hint, "usage: %s '%s'", message, word);
}

const struct cli_option cli_global_options[] = {
    {"json", 0, NULL, "results and errors as JSON, one value on a line", NULL},
    {"tsv", 0, NULL, "results as tab-separated values", NULL},
    {"output", 'o', "FORMAT", "table, json or tsv", NULL},
    {"dry-run", 0, NULL, "check, say what would be done, change nothing", NULL},
    {"profile", 0, "PROFILE", "profile of the configuration file (MICROVISOR_PROFILE)", NULL},
    {"url", 0, "URL", "address of the cloud (MICROVISOR_URL)", NULL},
    {"help", 'h', NULL, "this help", NULL},
    {0},
};

static bool set_format(struct cli *cli, const char *format)
{
    cli->json = strcmp(format, "json") == 0;
    cli->tsv = strcmp(format, "tsv") == 0;
    bool known = cli->json || cli->tsv || strcmp(format, "table") == 0 ||
                 strcmp(format, "columns") == 0 || strcmp(format, "text") == 0;
    if (!known) {
        usage_error(cli, "--output takes table, json or tsv, not", format);
    }
    return known;
}

static bool take_global_switch(struct cli *cli, const char *name)
{
    if (strcmp(name, "json") == 0 || strcmp(name, "tsv") == 0) {
        return set_format(cli, name);
    }
    if (strcmp(name, "dry-run") == 0) {
        cli->dry_run = true;
    }
    return true;
}

// Options that every command takes. 1: was one of them; 0: not; -1: error shown.
static int take_global(struct cli *cli, const char *name, size_t length, const char *value,
                       struct words *words)
{
    const struct cli_option *option = cli_global_options;
    while (option->name != NULL &&
           (strlen(option->name) != length || strncmp(option->name, name, length) != 0)) {
        option++;
    }
    if (option->name == NULL) {
        return 0;
    }
    if (option->value == NULL) {
        if (value != NULL) {
            usage_error(cli, "no value may be given to option", option->name);
            return -1;
        }
        return take_global_switch(cli, option->name) ? 1 : -1;
    }
    if (value == NULL && words->left == 0) {
        usage_error(cli, "a value is needed for option", option->name);
        return -1;
    }
    value = value != NULL ? value : take(words);
    if (strcmp(option->name, "profile") == 0) {
        cli->profile = value;
    } else if (strcmp(option->name, "url") == 0) {
        cli->url = value;
    } else if (!set_format(cli, value)) {
        return -1;
    }
    return 1;
}

static int set_option(struct cli *cli, int index, const char *value, struct words *words)
{
    const struct cli_option *option = &cli->command->options[index];
    if (option->value == NULL) {
        if (value != NULL) {
            return usage_error(cli, "no value may be given to option", option->name);
        }
        cli->values[index] = "";
        return CLI_OK;
    }
    if (value == NULL && words->left == 0) {
        return usage_error(cli, "a value is needed for option", option->name);
    }
    cli->values[index] = value != NULL ? value : take(words);
    return CLI_OK;
}

static int parse_argument(struct cli *cli, const char *word)
{
    for (int i = 0; i < CLI_ARGUMENTS_MAX && cli->command->arguments[i].name != NULL; i++) {
        if (cli->arguments[i] == NULL) {
            cli->arguments[i] = word;
            return CLI_OK;
        }
    }
    return usage_error(cli, "one argument too many:", word);
}

static int parse_long(struct cli *cli, const char *word, struct words *words)
{
    const char *name = word + 2;
    size_t length = strcspn(name, "=");
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    int index = cli->command == NULL ? -1 : option_index(cli->command, name, length);
    if (index >= 0) {
        return set_option(cli, index, value, words);
    }
    if (cli->old_form && length == 3 && strncmp(name, "sid", 3) == 0 &&
        (value != NULL || words->left > 0)) {
        return parse_argument(cli, value != NULL ? value : take(words)); // it was an option there
    }
    int global = take_global(cli, name, length, value, words);
    if (global != 0) {
        return global > 0 ? CLI_OK : CLI_USAGE;
    }
    return usage_error(cli, "unknown option", word);
}

static int parse_short(struct cli *cli, const char *word, struct words *words)
{
    const char *value = word[2] != '\0' ? word + 2 + (word[2] == '=') : NULL;
    int index = cli->command == NULL ? -1 : letter_index(cli->command, word[1]);
    if (index >= 0) {
        return set_option(cli, index, value, words);
    }
    if (word[1] == 'o') {
        return take_global(cli, "output", 6, value, words) > 0 ? CLI_OK : CLI_USAGE;
    }
    return usage_error(cli, "unknown option", word);
}

static int parse_words(struct cli *cli, struct words *words)
{
    assert(cli->command != NULL);
    int status = CLI_OK;
    while (status == CLI_OK && words->left > 0) {
        const char *word = take(words);
        if (words->options_over || word[0] != '-' || word[1] == '\0') {
            status = parse_argument(cli, word);
        } else if (strcmp(word, "--") == 0) {
            words->options_over = true;
        } else if (word[1] == '-') {
            status = parse_long(cli, word, words);
        } else {
            status = parse_short(cli, word, words);
        }
    }
    for (int i = 0; status == CLI_OK && i < CLI_ARGUMENTS_MAX; i++) {
        const struct cli_argument *argument = &cli->command->arguments[i];
        if (argument->name != NULL && !argument->optional && cli->arguments[i] == NULL) {
            return usage_error(cli, "missing argument", argument->name);
        }
    }
    return status;
}

static bool asks_for_help(const struct words *words)
{
    for (int i = 0; i < words->left && strcmp(words->next[i], "--") != 0; i++) {
        if (strcmp(words->next[i], "--help") == 0 || strcmp(words->next[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

// The old tool wrote "microvisor:apps:bundle"; scripts that say "apps:bundle" are understood.
static int choose_colon_form(struct cli *cli, char *word, struct words *words)
{
    static const char *const prefixes[] = {"api:microvisor:v1:", "microvisor:"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strncmp(word, prefixes[i], strlen(prefixes[i])) == 0) {
            word += strlen(prefixes[i]);
            break;
        }
    }
    char *colon = strchr(word, ':');
    const char *second = NULL;
    if (colon != NULL) {
        *colon = '\0';
        second = strcmp(colon + 1, "fetch") == 0 ? "show" : colon + 1;
    }
    int used;
    cli->command = cli_find(word, second, &used);
    if (cli->command == NULL || used != (second == NULL ? 1 : 2)) {
        cli->command = NULL;
        return usage_error(cli, "unknown command", word);
    }
    take(words);
    cli->old_form = true;
    return CLI_OK;
}

static int choose_command(struct cli *cli, struct words *words)
{
    char *first = words->next[0];
    if (strchr(first, ':') != NULL) {
        return choose_colon_form(cli, first, words);
    }
    int used;
    const char *second = words->left > 1 ? words->next[1] : NULL;
    cli->command = cli_find(first, second, &used);
    if (cli->command != NULL) {
        words->next += used;
        words->left -= used;
        return CLI_OK;
    }
    if (!cli_group_exists(first)) {
        return usage_error(cli, "unknown command", first);
    }
    if (second == NULL || second[0] == '-') {
        help_group(stdout, first);
        return asks_for_help(words) ? -1 : usage_error(cli, "a command is missing after", first);
    }
    return out_fail(cli, CLI_USAGE, "usage", "run 'microvisor --help' for the commands",
                    "usage: unknown command '%s %s'", first, second);
}

// Options before the command. -1: done, exit with 0.
static int parse_leading(struct cli *cli, struct words *words)
{
    while (words->left > 0 && words->next[0][0] == '-') {
        const char *word = take(words);
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            help_all(stdout);
            return -1;
        }
        if (strcmp(word, "--version") == 0) {
            printf("microvisor %s\n", MV_VERSION);
            return -1;
        }
        int status = word[1] == '-' ? parse_long(cli, word, words) : parse_short(cli, word, words);
        if (status != CLI_OK) {
            return status;
        }
    }
    return CLI_OK;
}

int cli_main(int argc, char **argv)
{
    struct cli cli = {0};
    struct words words = {.next = argv + 1, .left = argc - 1};
    for (int i = 1; i < argc; i++) { // so that even an error in the words before it is JSON
        cli.json = cli.json || strcmp(argv[i], "--json") == 0;
    }
    int status = parse_leading(&cli, &words);
    if (status != CLI_OK) {
        return status < 0 ? CLI_OK : status;
    }
    if (words.left > 0 && strcmp(words.next[0], "complete") == 0) {
        return complete_words(words.next + 1, words.left - 1);
    }
    if (words.left == 0) {
        help_all(stderr);
        return CLI_USAGE;
    }
    status = choose_command(&cli, &words);
    if (status != CLI_OK) {
        return status < 0 ? CLI_OK : status;
    }
    if (asks_for_help(&words)) {
        help_command(stdout, cli.command);
        return CLI_OK;
    }
    status = parse_words(&cli, &words);
    status = status == CLI_OK ? cli.command->run(&cli) : status;
    return status == CLI_DRY_RUN ? CLI_OK : status;
}

const char *cli_argument(const struct cli *cli, unsigned index)
{
    return cli->arguments[index];
}

const char *cli_value(const struct cli *cli, const char *name)
{
    int index = option_index(cli->command, name, strlen(name));
    return index < 0 ? NULL : cli->values[index];
}

bool cli_switch(const struct cli *cli, const char *name)
{
    return cli_value(cli, name) != NULL;
}

bool cli_number(const struct cli *cli, const char *name, unsigned long least, unsigned long most,
                unsigned long fallback, unsigned long *number)
{
    const char *text = cli_value(cli, name);
    *number = fallback;
    if (text == NULL) {
        return true;
    }
    char *end;
    errno = 0;
    *number = strtoul(text, &end, 10);
    if (errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0' && *number >= least &&
        *number <= most) {
        return true;
    }
    out_fail(cli, CLI_USAGE, "usage", NULL,
             "usage: --%s takes a whole number from %lu to %lu, not '%s'", name, least, most, text);
    return false;
}
