// completion: a bash script made from the table of commands.
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"

static void print_options(const struct cli_command *command)
{
    for (int i = 0; i < CLI_OPTIONS_MAX && command->options[i].name != NULL; i++) {
        printf("--%s ", command->options[i].name);
    }
    fputs("--json --profile --url --help", stdout);
}

static void print_first_words(void)
{
    char previous[64] = "";
    for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
        int length = (int)strcspn(command->name, " ");
        if (strncmp(previous, command->name, (size_t)length) != 0 || previous[length] != '\0') {
            snprintf(previous, sizeof previous, "%.*s", length, command->name);
            printf("%s ", previous);
        }
    }
}

static void print_second_words(void)
{
    for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
        const char *space = strchr(command->name, ' ');
        if (space != NULL) {
            printf("    '%.*s') words+=\" %s\" ;;&\n", (int)(space - command->name), command->name,
                   space + 1);
        }
    }
}

int command_completion(struct cli *cli)
{
    (void)cli;
    puts("_microvisor() {\n"
         "    local word=${COMP_WORDS[COMP_CWORD]} words=\n"
         "    if [ \"$COMP_CWORD\" -eq 1 ]; then");
    fputs("        words='", stdout);
    print_first_words();
    puts("'\n    elif [ \"$COMP_CWORD\" -eq 2 ] && [[ $word != -* ]]; then\n"
         "    case \"${COMP_WORDS[1]}\" in");
    print_second_words();
    puts("    esac\n    fi\n"
         "    if [[ $word == -* ]]; then\n"
         "    case \"${COMP_WORDS[*]:1}\" in");
    for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
        printf("    '%s'*) words='", command->name);
        print_options(command);
        puts("' ;;");
    }
    puts("    esac\n    fi\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
         "}\n"
         "complete -o default -F _microvisor microvisor");
    return CLI_OK;
}
