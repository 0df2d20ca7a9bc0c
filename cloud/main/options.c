/* Options of microvisord: see options.h. */
#include "cloud/main/options.h"

#include <ctype.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <uv.h>

#include "cloud/base/form.h"
#include "formats/tunnel.h"

#define ENVIRONMENT "MICROVISORD_"

extern char **environ;

static const char help[] =
    "Usage: microvisord [COMMAND] --state DIR [options]\n"
    "\n"
    "The Microvisor cloud: REST API for developers, gateway for devices.\n"
    "\n"
    "Commands (none: serve; all but restore and vault also work beside a running server):\n"
    "  account create [--name TEXT]       make an account; prints its SID and token as JSON\n"
    "  account list                       the accounts, one JSON object a line\n"
    "  account suspend|resume SID         shut an account out, or let it in again\n"
    "  account rotate SID [--grace S]     a new token; the old one stays good for S seconds\n"
    "  account limit SID N|default        REST requests a second; 0: no limit\n"
    "  backup --to FILE                   everything that is kept, keys too, as one file\n"
    "  restore --from FILE                into a new state folder, and an empty database\n"
    "  vault rotate                       a new key for configs and secrets; stop the server "
    "first\n"
    "  verify-audit                       check the audit logs: exit status 1 if one was\n"
    "                                     tampered with\n"
    "\n"
    "Options:\n"
    "  --state DIR            folder for everything that is kept; created if missing\n"
    "  --api HOST:PORT        REST API listens here (default 127.0.0.1:0; 0: the port\n"
    "                         of last time, else any free one)\n"
    "  --gateway HOST:PORT    devices connect here (default 127.0.0.1:0)\n"
    "  --config FILE          JSON object with any of the options below\n"
    "  --egress-allow-private egress_allow_private true; never where devices are not your own\n"
    "  --egress-ca FILE       egress_ca\n"
    "  --verbose              log_level debug\n"
    "  --version, --help\n"
    "\n"
    "In the configuration file, or as MICROVISORD_NAME (capitals) in the environment, where lists\n"
    "are separated by commas; the environment wins:\n";

static const char help_end[] =
    "\n"
    "SIGHUP reads configuration, certificates and accounts again; options marked * take effect.\n"
    "When it is ready it writes DIR/run.json with its addresses. The credentials of the first\n"
    "start are in DIR/account.json.\n";

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.*"

enum kind { TEXT, PATH, NUMBER, TRUTH, HOST_NAMES, ANY_NAMES, LEVEL, FORMAT };

struct entry {
    const char *key;
    enum kind kind;
    size_t offset;
    long min, max;
    bool reloads; /* may change while the server runs */
    const char *help;
};

#define AT(field) offsetof(struct options, field)
// clang-format off
static const struct entry entries[] = {
    {"state", PATH, AT(state), 0, 0, false, "state folder"},
    {"store", PATH, AT(store), 0, 0, false,
     "sqlite (default), or where PostgreSQL is: postgresql://… or host=… dbname=…"},
    {"api", TEXT, AT(api), 0, 0, false, "HOST:PORT of the REST API"},
    {"gateway", TEXT, AT(gateway), 0, 0, false, "HOST:PORT for devices"},
    {"public_url", TEXT, AT(public_url), 0, 0, false, "stands before paths in answers"},
    {"gateway_host", TEXT, AT(advertised_host), 0, 0, false, "what new devices are told"},
    {"gateway_port", NUMBER, AT(advertised_port), 1, 65535, false, "the same"},
    {"gateway_names", HOST_NAMES, AT(gateway_names), 0, 0, false,
     "names in the gateway's certificate; devices verify the first"},
    {"keepalive_s", NUMBER, AT(keepalive_s), 1, 3600, false, "seconds between signs of life"},
    {"log_hold_s", NUMBER, AT(log_hold_s), 0, 3600, false,
     "how long the logging of a device that logs far too much is held (60); 0: never"},
    {"vault_key", PATH, AT(vault_key), 0, 0, false, "file with the key of what is sealed"},
    {"rate_limit", NUMBER, AT(rate_limit), 0, 1000000, true,
     "REST requests a second of an account; 0 (default): no limit"},
    {"request_timeout_s", NUMBER, AT(request_timeout_s), 1, 3600, false,
     "seconds in which a REST request must come in (default 20)"},
    {"api_tls", TRUTH, AT(api_tls), 0, 0, false, "true: HTTPS with a certificate made here"},
    {"api_names", ANY_NAMES, AT(api_names), 0, 0, true, "names and addresses in that certificate"},
    {"api_certificate", PATH, AT(api_certificate), 0, 0, true, "PEM file in its place"},
    {"api_key", PATH, AT(api_key), 0, 0, true, "PEM file with its key"},
    {"egress_allow_private", TRUTH, AT(egress_allow_private), 0, 0, false,
     "true: HTTP and MQTT of devices may reach private addresses too"},
    {"egress_ca", PATH, AT(egress_ca), 0, 0, false,
     "PEM file: authorities for HTTP and MQTT servers beside the system's"},
    {"egress_dns", TEXT, AT(egress_dns), 0, 0, false,
     "ADDRESS:PORT,… of name servers for these, in place of the system's"},
    {"log_level", LEVEL, AT(log_level), 0, 0, true, "debug, info, warning or error"},
    {"log_format", FORMAT, AT(log_json), 0, 0, true, "text, or json: one object a line"},
};
// clang-format on
#define ENTRIES (sizeof entries / sizeof entries[0])

static void print_help(void)
{
    fputs(help, stdout);
    for (size_t i = 0; i < ENTRIES; i++)
        printf("  %-16s %c %s\n", entries[i].key, entries[i].reloads ? '*' : ' ', entries[i].help);
    fputs(help_end, stdout);
}

static void set_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
}

static void set_defaults(struct options *options)
{
    static const char *const local[] = {"localhost", "127.0.0.1", "::1"};
    memset(options, 0, sizeof *options);
    set_text(options->api, OPTIONS_TEXT, "127.0.0.1:0");
    set_text(options->gateway, OPTIONS_TEXT, "127.0.0.1:0");
    set_text(options->gateway_names.names[0], OPTIONS_TEXT, "gateway.microvisor.local");
    options->gateway_names.count = 1;
    options->api_names.count = sizeof local / sizeof local[0];
    for (unsigned i = 0; i < sizeof local / sizeof local[0]; i++)
        set_text(options->api_names.names[i], OPTIONS_TEXT, local[i]);
    options->keepalive_s = TUNNEL_KEEPALIVE_S;
    options->request_timeout_s = 20;
    options->log_level = JOURNAL_INFO;
    options->log_hold_s = 60;
}

/* ---- one value, as text ---- */

static bool take_text(char *out, size_t size, const char *text)
{
    if (strlen(text) >= size)
        return false;
    set_text(out, size, text);
    return true;
}

static bool take_names(struct options_names *out, const char *allowed, const char *text)
{
    struct options_names names = {.count = 0};
    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        if (length == 0 || length > 64 || names.count == AUTHORITY_NAMES_MAX ||
            strspn(text, allowed) < length)
            return false;
        snprintf(names.names[names.count++], OPTIONS_TEXT, "%.*s", (int)length, text);
        text += length;
        text += *text == ',';
    }
    if (names.count > 0)
        *out = names;
    return names.count > 0;
}

/* The place of a word in a list; -1: it is not there. */
static int word_index(const char *const *words, const char *text)
{
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], text) == 0)
            return i;
    }
    return -1;
}

static bool take(struct options *options, const struct entry *entry, const char *text)
{
    static const char *const levels[] = {"debug", "info", "warning", "error", NULL};
    static const char *const formats[] = {"text", "json", NULL};
    void *out = (char *)options + entry->offset;
    int word;
    switch (entry->kind) {
    case TEXT:
        return take_text(out, OPTIONS_TEXT, text);
    case PATH:
        return take_text(out, OPTIONS_PATH, text);
    case NUMBER:
        return form_parse_integer(text, entry->min, entry->max, out);
    case TRUTH:
        return form_parse_bool(text, out);
    case HOST_NAMES:
        return take_names(out, NAME_CHARACTERS, text);
    case ANY_NAMES: /* addresses too */
        return take_names(out, NAME_CHARACTERS ":", text);
    case LEVEL:
        word = word_index(levels, text);
        *(enum journal_level *)out = (enum journal_level)(word < 0 ? 0 : word);
        return word >= 0;
    default:
        word = word_index(formats, text);
        *(bool *)out = word == 1;
        return word >= 0;
    }
}

/* ---- configuration file ---- */

static bool take_list(struct options *options, const struct entry *entry, const json_t *value)
{
    char text[AUTHORITY_NAMES_MAX * 80] = "";
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *name = json_string_value(json_array_get(value, i));
        size_t used = strlen(text);
        if (!name || strchr(name, ',') || used + strlen(name) + 2 > sizeof text)
            return false;
        snprintf(text + used, sizeof text - used, "%s%s", used > 0 ? "," : "", name);
    }
    return take(options, entry, text);
}

/* A value in the type that belongs to the option. */
static bool take_json(struct options *options, const struct entry *entry, const json_t *value)
{
    char number[32];
    bool is_list = entry->kind == HOST_NAMES || entry->kind == ANY_NAMES;
    if (json_is_array(value))
        return is_list && take_list(options, entry, value);
    if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        return entry->kind == NUMBER && take(options, entry, number);
    }
    if (json_is_boolean(value))
        return entry->kind == TRUTH && take(options, entry, json_is_true(value) ? "true" : "false");
    return json_is_string(value) && !is_list && entry->kind != NUMBER && entry->kind != TRUTH &&
           take(options, entry, json_string_value(value));
}

static const struct entry *find(const char *key)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        if (strcmp(entries[i].key, key) == 0)
            return &entries[i];
    }
    return NULL;
}

static bool complain(const char *where, const char *key)
{
    fprintf(stderr, "microvisord: %s: \"%s\" is unknown or has a wrong value\n", where, key);
    return false;
}

static bool read_file(struct options *options)
{
    json_error_t error;
    json_t *file = json_load_file(options->config, JSON_REJECT_DUPLICATES, &error);
    const char *key;
    json_t *value;
    bool good = json_is_object(file);
    if (!good)
        fprintf(stderr, "microvisord: %s:%d: %s\n", options->config, error.line,
                file ? "not a JSON object" : error.text);
    json_object_foreach(file, key, value)
    {
        const struct entry *entry = find(key);
        if (good && (!entry || !take_json(options, entry, value)))
            good = complain(options->config, key);
    }
    json_decref(file);
    return good;
}

/* ---- environment ---- */

static bool read_variable(struct options *options, const char *variable)
{
    char key[64], name[96];
    size_t length = strcspn(variable, "=");
    if (length >= sizeof key || variable[length] != '=')
        return complain("environment", variable);
    for (size_t i = 0; i < length; i++)
        key[i] = (char)tolower((unsigned char)variable[i]);
    key[length] = '\0';
    snprintf(name, sizeof name, ENVIRONMENT "%.*s", (int)length, variable);
    const struct entry *entry = find(key);
    bool capitals = strcspn(variable, "abcdefghijklmnopqrstuvwxyz") >= length;
    return (entry && capitals && take(options, entry, variable + length + 1)) ||
           complain("environment", name);
}

static bool read_environment(struct options *options)
{
    for (char **variable = environ; *variable; variable++) {
        if (strncmp(*variable, ENVIRONMENT, strlen(ENVIRONMENT)) == 0 &&
            !read_variable(options, *variable + strlen(ENVIRONMENT)))
            return false;
    }
    return true;
}

/* ---- command line ---- */

static const struct option long_options[] = {
    {"state", required_argument, NULL, 's'},
    {"api", required_argument, NULL, 'a'},
    {"gateway", required_argument, NULL, 'g'},
    {"config", required_argument, NULL, 'c'},
    {"to", required_argument, NULL, 't'},
    {"from", required_argument, NULL, 'f'},
    {"name", required_argument, NULL, 'n'},
    {"grace", required_argument, NULL, 'G'},
    {"egress-allow-private", no_argument, NULL, 'P'},
    {"egress-ca", required_argument, NULL, 'E'},
    {"verbose", no_argument, NULL, 'v'},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {"verify-audit", no_argument, NULL, 'A'},
    {NULL, 0, NULL, 0},
};

#define GRACE_MAX_S (7L * 24 * 3600)

static bool take_argument(struct options *options, int option)
{
    switch (option) {
    case 's':
        return take_text(options->state, OPTIONS_PATH, optarg);
    case 'a':
        return take_text(options->api, OPTIONS_TEXT, optarg);
    case 'g':
        return take_text(options->gateway, OPTIONS_TEXT, optarg);
    case 't':
        return take_text(options->to, OPTIONS_PATH, optarg);
    case 'f':
        return take_text(options->from, OPTIONS_PATH, optarg);
    case 'n':
        return take_text(options->name, OPTIONS_TEXT, optarg);
    case 'G':
        return form_parse_integer(optarg, 0, GRACE_MAX_S, &options->grace_s);
    case 'P':
        options->egress_allow_private = true;
        return true;
    case 'E':
        return take_text(options->egress_ca, OPTIONS_PATH, optarg);
    case 'v':
        options->verbose = true;
        options->log_level = JOURNAL_DEBUG;
        return true;
    case 'A':
        options->verify_audit = true;
        return true;
    default:
        return true;
    }
}

/* One pass over the arguments; the file must be known before the others count. */
static enum options_result read_arguments(struct options *options, int argc, char **argv,
                                          bool only_config)
{
    int option;
    optind = 1;
    opterr = only_config;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == '?')
            return OPTIONS_USAGE;
        if (option == 'h') {
            print_help();
            return OPTIONS_DONE;
        }
        if (option == 'V') {
            fputs("microvisord " MV_VERSION "\n", stdout);
            return OPTIONS_DONE;
        }
        if (option == 'c' && only_config && !take_text(options->config, OPTIONS_PATH, optarg))
            return OPTIONS_USAGE;
        if (!only_config && !take_argument(options, option))
            return OPTIONS_USAGE;
    }
    options->word_count = 0;
    for (int i = optind; i < argc; i++) {
        if (options->word_count == OPTIONS_WORDS)
            return OPTIONS_USAGE;
        options->words[options->word_count++] = argv[i];
    }
    return OPTIONS_RUN;
}

static bool known_command(struct options *options)
{
    static const struct {
        const char *words[2];
        unsigned count; /* with arguments */
    } commands[] = {
        {{"account", "create"}, 2}, {{"account", "list"}, 2},   {{"account", "suspend"}, 3},
        {{"account", "resume"}, 3}, {{"account", "rotate"}, 3}, {{"account", "limit"}, 4},
        {{"backup", NULL}, 1},      {{"restore", NULL}, 1},     {{"verify-audit", NULL}, 1},
        {{"vault", "rotate"}, 2},   {{"serve", NULL}, 1},
    };
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        bool same = options->word_count == commands[i].count &&
                    strcmp(options->words[0], commands[i].words[0]) == 0 &&
                    (!commands[i].words[1] || strcmp(options->words[1], commands[i].words[1]) == 0);
        if (same)
            return true;
    }
    return options->word_count == 0;
}

static bool consistent(struct options *options)
{
    if ((options->api_certificate[0] == '\0') != (options->api_key[0] == '\0'))
        return complain("options", "api_certificate and api_key: one without the other");
    options->api_tls |= options->api_key[0] != '\0';
    if (!known_command(options))
        fprintf(stderr, "microvisord: there is no command '%s' with these words\n",
                options->words[0]);
    else if (options->state[0] == '\0')
        fprintf(stderr, "microvisord: --state DIR is required\n");
    else
        return true;
    return false;
}

enum options_result options_read(struct options *options, int argc, char **argv)
{
    set_defaults(options);
    enum options_result result = read_arguments(options, argc, argv, true);
    if (result == OPTIONS_RUN && options->config[0] != '\0' && !read_file(options))
        return OPTIONS_USAGE;
    if (result == OPTIONS_RUN && !read_environment(options))
        result = OPTIONS_USAGE;
    if (result == OPTIONS_RUN)
        result = read_arguments(options, argc, argv, false);
    if (result == OPTIONS_RUN && !consistent(options))
        result = OPTIONS_USAGE;
    if (result == OPTIONS_USAGE)
        fprintf(stderr, "Try microvisord --help\n");
    return result;
}

const char *options_fixed_difference(const struct options *one, const struct options *other)
{
    static const size_t sizes[] = {[TEXT] = OPTIONS_TEXT,
                                   [PATH] = OPTIONS_PATH,
                                   [NUMBER] = sizeof(long),
                                   [TRUTH] = sizeof(bool),
                                   [HOST_NAMES] = sizeof(struct options_names)};
    for (size_t i = 0; i < ENTRIES; i++) {
        const char *a = (const char *)one + entries[i].offset;
        const char *b = (const char *)other + entries[i].offset;
        if (entries[i].reloads || entries[i].kind > HOST_NAMES)
            continue;
        bool text = entries[i].kind == TEXT || entries[i].kind == PATH;
        if (text ? strcmp(a, b) != 0 : memcmp(a, b, sizes[entries[i].kind]) != 0)
            return entries[i].key;
    }
    return NULL;
}

bool options_address(const char *text, struct sockaddr_storage *address)
{
    char host[OPTIONS_TEXT], *end;
    const char *colon = strrchr(text, ':');
    if (!colon || strlen(text) >= sizeof host)
        return false;
    size_t length = (size_t)(colon - text);
    memcpy(host, text, length);
    host[length] = '\0';
    long port = strtol(colon + 1, &end, 10);
    if (colon[1] == '\0' || *end != '\0' || port < 0 || port > 65535)
        return false;
    memset(address, 0, sizeof *address);
    if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = '\0';
        return uv_ip6_addr(host + 1, (int)port, (struct sockaddr_in6 *)address) == 0;
    }
    return uv_ip4_addr(host, (int)port, (struct sockaddr_in *)address) == 0;
}

void options_host(const struct sockaddr_storage *address, char *out, int size)
{
    if (address->ss_family == AF_INET6)
        uv_ip6_name((const struct sockaddr_in6 *)address, out, (size_t)size);
    else
        uv_ip4_name((const struct sockaddr_in *)address, out, (size_t)size);
}
