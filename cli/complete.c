// See complete.h.
#include "cli/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/output.h"

enum { ANSWER_MAX_MS = 2000 }; // a person waits for it between two keystrokes

// The line so far: what parsing it finds, without complaints.
struct line {
    struct cli cli;
    const char *current;              // the word that is being typed
    const char *prefix;               // "--option=" if it is typed in one word with its value
    size_t prefix_length;             // of `prefix`
    const char *group;                // first word of a command of two
    const struct cli_option *pending; // the option whose value is being typed
    int arguments;
    bool options_over;
};

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static void offer(const struct line *line, const char *word, const char *description)
{
    if (!starts_with(word, line->current) || strpbrk(word, "\t\n") != NULL) {
        return;
    }
    printf("%.*s", (int)line->prefix_length, line->prefix);
    out_text(stdout, word, 0);
    if (description != NULL && description[0] != '\0') {
        putchar('\t');
        out_text(stdout, description, 0);
    }
    putchar('\n');
}

static const struct cli_option *find_in(const struct cli_option *options, size_t most,
                                        const char *name, size_t length)
{
    for (size_t i = 0; i < most && options[i].name != NULL; i++) {
        if (strlen(options[i].name) == length && strncmp(options[i].name, name, length) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

static const struct cli_option *find_long(const struct line *line, const char *name, size_t length)
{
    const struct cli_option *option = NULL;
    if (line->cli.command != NULL) {
        option = find_in(line->cli.command->options, CLI_OPTIONS_MAX, name, length);
    }
    return option != NULL ? option : find_in(cli_global_options, CLI_OPTIONS_MAX, name, length);
}

static const struct cli_option *find_letter(const struct line *line, char letter)
{
    const struct cli_command *command = line->cli.command;
    for (int i = 0; command != NULL && i < CLI_OPTIONS_MAX && command->options[i].name; i++) {
        if (command->options[i].letter == letter) {
            return &command->options[i];
        }
    }
    return letter == 'o' ? find_in(cli_global_options, CLI_OPTIONS_MAX, "output", 6) : NULL;
}

static void keep_value(struct line *line, const struct cli_option *option, const char *value)
{
    if (strcmp(option->name, "profile") == 0) {
        line->cli.profile = value;
    } else if (strcmp(option->name, "url") == 0) {
        line->cli.url = value;
    }
    for (int i = 0; line->cli.command != NULL && i < CLI_OPTIONS_MAX; i++) {
        if (option == &line->cli.command->options[i]) {
            line->cli.values[i] = value;
        }
    }
}

static void read_option(struct line *line, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t length = equals == NULL ? strlen(word) : (size_t)(equals - word);
    const struct cli_option *option =
        word[1] == '-' ? find_long(line, word + 2, length - 2) : find_letter(line, word[1]);
    if (option == NULL || option->value == NULL) {
        return;
    }
    if (equals != NULL) {
        keep_value(line, option, equals + 1);
    } else if (word[1] == '-' || word[2] == '\0') {
        line->pending = option;
    }
}

static void read_plain(struct line *line, const char *word)
{
    int used;
    if (line->cli.command != NULL) {
        if (line->arguments < CLI_ARGUMENTS_MAX) {
            line->cli.arguments[line->arguments] = word;
        }
        line->arguments++;
        return;
    }
    const char *first = line->group == NULL ? word : line->group;
    line->cli.command = cli_find(first, line->group == NULL ? NULL : word, &used);
    line->group = word;
}

static void read_words(struct line *line, char **words, int count)
{
    for (int i = 0; i < count; i++) {
        const char *word = words[i];
        if (line->pending != NULL) {
            keep_value(line, line->pending, word);
            line->pending = NULL;
        } else if (strcmp(word, "--") == 0) {
            line->options_over = true;
        } else if (word[0] == '-' && word[1] != '\0' && !line->options_over) {
            read_option(line, word);
        } else {
            read_plain(line, word);
        }
    }
}

static void offer_commands(const struct line *line, const char *group)
{
    char previous[64] = "";
    size_t length = group == NULL ? 0 : strlen(group);
    for (const struct cli_command *command = cli_commands; command->name != NULL; command++) {
        const char *space = strchr(command->name, ' ');
        if (group != NULL) {
            if (starts_with(command->name, group) && command->name[length] == ' ') {
                offer(line, command->name + length + 1, command->summary);
            }
            continue;
        }
        char first[64];
        snprintf(first, sizeof first, "%.*s", (int)strcspn(command->name, " "), command->name);
        if (strcmp(first, previous) != 0) {
            offer(line, first, space == NULL ? command->summary : NULL);
            memcpy(previous, first, sizeof previous);
        }
    }
}

static void offer_options(const struct line *line, const struct cli_option *options)
{
    for (int i = 0; i < CLI_OPTIONS_MAX && options[i].name != NULL; i++) {
        char word[64];
        snprintf(word, sizeof word, "--%s", options[i].name);
        offer(line, word, options[i].help);
    }
}

// The records of one list of the cloud; NULL if it does not answer.
static json_t *fetch(const struct line *line, const char *path, const char *key)
{
    struct profile profile;
    struct http_answer answer;
    struct http_request request = {.method = "GET", .path = path, .timeout_ms = ANSWER_MAX_MS};
    json_t *rows = NULL;
    if (profile_load(&line->cli, &profile) != CLI_OK) {
        return NULL;
    }
    if (http_send(&profile, &request, &answer) && answer.status == 200) {
        json_t *page = json_loadb(answer.body, answer.size, 0, NULL);
        rows = json_incref(json_object_get(page, key));
        json_decref(page);
    }
    http_answer_free(&answer);
    explicit_bzero(&profile, sizeof profile);
    return rows;
}

static void offer_records(const struct line *line, const char *path, const char *key,
                          const char *name, const char *other)
{
    json_t *rows = fetch(line, path, key), *row;
    size_t index;
    json_array_foreach(rows, index, row)
    {
        const char *text = json_string_value(json_object_get(row, name));
        const char *more = other == NULL ? NULL : json_string_value(json_object_get(row, other));
        if (text != NULL && text[0] != '\0') {
            offer(line, text, more);
        }
        if (more != NULL && (text == NULL || line->current[0] != '\0')) {
            offer(line, more, text);
        }
    }
    json_decref(rows);
}

// Keys of configs or secrets, of the account or of the device that --device names.
static void offer_settings(const struct line *line)
{
    char path[1200], device[1024];
    bool secrets = starts_with(line->cli.command->name, "secrets");
    const char *name = cli_value(&line->cli, "device");
    if (name == NULL) {
        snprintf(path, sizeof path, "/v1/%s?PageSize=1000", secrets ? "Secrets" : "Configs");
    } else if (http_escape(name, device, sizeof device)) {
        snprintf(path, sizeof path, "/v1/Devices/%s/%s?PageSize=1000", device,
                 secrets ? "Secrets" : "Configs");
    } else {
        return;
    }
    offer_records(line, path, secrets ? "secrets" : "configs", "key", NULL);
}

static void offer_profiles(const struct line *line)
{
    json_t *names = profile_names(&line->cli), *name;
    size_t index;
    json_array_foreach(names, index, name)
    {
        offer(line, json_string_value(name), NULL);
    }
    json_decref(names);
}

static void offer_words(const struct line *line, const char *words)
{
    char word[32];
    for (; *words != '\0'; words += strspn(words, " ")) {
        size_t length = strcspn(words, " ");
        snprintf(word, sizeof word, "%.*s", (int)length, words);
        offer(line, word, NULL);
        words += length;
    }
}

// The value of an argument or option, by the name that the help gives it.
static void offer_value(struct line *line, const char *name)
{
    static const struct {
        const char *name, *words;
    } fixed[] = {
        {"BOOL", "true false"},
        {"ROLE", "read operate admin"},
        {"FORMAT", "table json tsv"},
        {"SHELL", "bash zsh fish"},
        {"TYPE", "app_logging connection crash ota_update server"},
        {"FILE", ":files"},
        {"PEM", ":files"},
        {"OUT", ":files"},
        {"PATH", ":files"},
        {"DIR", ":folders"},
    };
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (strcmp(name, fixed[i].name) == 0 && fixed[i].words[0] == ':') {
            puts(fixed[i].words);
        } else if (strcmp(name, fixed[i].name) == 0) {
            offer_words(line, fixed[i].words);
        }
    }
    if (strcmp(name, "DEVICE") == 0) {
        offer_records(line, "/v1/Devices?PageSize=1000", "devices", "unique_name", "sid");
    } else if (strcmp(name, "APP") == 0) {
        offer_records(line, "/v1/Apps?PageSize=1000", "apps", "unique_name", "sid");
    } else if (strcmp(name, "APIKEY") == 0) {
        offer_records(line, "/ext/v1/keys?PageSize=1000", "keys", "sid", NULL);
    } else if (strcmp(name, "KEY") == 0) {
        offer_settings(line);
    } else if (strcmp(name, "PROFILE") == 0) {
        offer_profiles(line);
    } else if (strcmp(name, "COMMAND") == 0) {
        offer_commands(line, NULL);
    } else if (strcmp(name, "SUBCOMMAND") == 0) {
        offer_commands(line, line->cli.arguments[0]);
    }
}

// "--option=value" in one word: the value is completed, the rest stays.
static const struct cli_option *split_current(struct line *line)
{
    const char *word = line->current;
    const char *equals = starts_with(word, "--") ? strchr(word, '=') : NULL;
    if (equals == NULL || line->options_over) {
        return NULL;
    }
    line->prefix = word;
    line->prefix_length = (size_t)(equals + 1 - word);
    line->current = equals + 1;
    return find_long(line, word + 2, (size_t)(equals - word) - 2);
}

static void offer_next(struct line *line)
{
    const struct cli_command *command = line->cli.command;
    if (line->pending == NULL) {
        line->pending = split_current(line);
    }
    if (line->pending != NULL) {
        offer_value(line, line->pending->value == NULL ? "" : line->pending->value);
    } else if (line->current[0] == '-' && !line->options_over) {
        if (command != NULL) {
            offer_options(line, command->options);
        }
        offer_options(line, cli_global_options);
    } else if (command == NULL) {
        offer_commands(line, line->group);
    } else if (line->arguments < CLI_ARGUMENTS_MAX &&
               command->arguments[line->arguments].name != NULL) {
        offer_value(line, command->arguments[line->arguments].name);
    }
}

int complete_words(char **words, int count)
{
    static const struct cli_command unknown = {.name = ""};
    struct line line = {.current = "", .prefix = ""};
    if (count > 0 && strcmp(words[0], "--") == 0) {
        words++;
        count--;
    }
    if (count == 0) {
        return CLI_OK;
    }
    fclose(stderr); // nobody asked for advice
    line.current = words[count - 1];
    read_words(&line, words, count - 1);
    if (line.cli.command == NULL && line.group != NULL && !cli_group_exists(line.group)) {
        line.cli.command = &unknown; // nothing can follow a word that is no command
    }
    offer_next(&line);
    return CLI_OK;
}
