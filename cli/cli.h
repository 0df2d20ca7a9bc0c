// One invocation of the program: the command that was chosen and what was given to it.
//
// A command is one line of the table in commands.c and one function. Its function returns the exit
// status of the program; everything it needs comes from struct cli.
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_TRY_AGAIN = 3, // the same command may work later
    CLI_DRY_RUN = 100, // inside the program only: --dry-run ends here; the exit status is 0
};

enum { CLI_ARGUMENTS_MAX = 3, CLI_OPTIONS_MAX = 20 };

struct cli;

struct cli_argument {
    const char *name; // in capitals, as in the help
    bool optional;
    const char *help;
};

struct cli_option {
    const char *name;  // without the dashes
    char letter;       // one-letter form, or 0
    const char *value; // name of the value in the help; NULL: a switch
    const char *help;
    const char *alias; // another accepted name, not shown; or NULL
};

struct cli_command {
    const char *name;  // one or two words
    const char *alias; // accepted as well, not shown; or NULL
    const char *summary;
    const char *details; // a paragraph for the command's own help; or NULL
    struct cli_argument arguments[CLI_ARGUMENTS_MAX];
    struct cli_option options[CLI_OPTIONS_MAX];
    int (*run)(struct cli *cli);
};

struct cli {
    const struct cli_command *command;
    const char *arguments[CLI_ARGUMENTS_MAX];
    const char *values[CLI_OPTIONS_MAX]; // by index of the option; "" for a switch that is on
    bool json;
    bool tsv;            // tab-separated values; errors are sentences
    bool dry_run;        // nothing is changed, neither in the cloud nor in a file
    bool old_form;       // "apps:create": JSON results are arrays, as scripts of that form expect
    const char *profile; // --profile, or NULL
    const char *url;     // --url, or NULL
};

extern const struct cli_command cli_commands[];      // ends with a name of NULL
extern const struct cli_option cli_global_options[]; // of every command; ends with a name of NULL

// Finds the command that the words name, by name or alias; *used becomes the number of words that
// are its name. `second` may be NULL. NULL if there is none.
const struct cli_command *cli_find(const char *first, const char *second, int *used);

// Whether commands of two words begin with this one.
bool cli_group_exists(const char *first);

// Parses the command line, runs the command, returns the exit status.
int cli_main(int argc, char **argv);

// Argument by position; NULL if it was left out.
const char *cli_argument(const struct cli *cli, unsigned index);

// Value of an option of this command; NULL if it was not given.
const char *cli_value(const struct cli *cli, const char *name);

// Whether a switch was given.
bool cli_switch(const struct cli *cli, const char *name);

// A whole number from an option, `fallback` if it was not given. False after an error was shown.
bool cli_number(const struct cli *cli, const char *name, unsigned long least, unsigned long most,
                unsigned long fallback, unsigned long *number);

#endif
