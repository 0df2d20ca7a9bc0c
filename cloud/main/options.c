/* Options of microvisord: see options.h. */
#include "cloud/main/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <uv.h>

#include "formats/tunnel.h"

static const char help[] =
    "Usage: microvisord --state DIR [options]\n"
    "\n"
    "The Microvisor cloud: REST API for developers, gateway for devices.\n"
    "\n"
    "  --state DIR            folder for everything that is kept; created if missing\n"
    "  --api HOST:PORT        REST API listens here (default 127.0.0.1:0; 0: the port\n"
    "                         of last time, else any free one)\n"
    "  --gateway HOST:PORT    devices connect here (default 127.0.0.1:0)\n"
    "  --config FILE          JSON object with any of: state, api, gateway, public_url,\n"
    "                         gateway_host, gateway_port, gateway_names, keepalive_s,\n"
    "                         rate_limit (REST requests a second; 0, the default: no limit),\n"
    "                         vault_key (file with the key of stored configs and secrets)\n"
    "                         api_tls (true: HTTPS with a certificate made here), api_names\n"
    "                         (of that certificate), api_certificate and api_key (PEM files)\n"
    "  --verify-audit         check the audit log instead of serving: exit status 0 if it is\n"
    "                         whole, 1 if not; also beside a running server\n"
    "  --verbose              more lines on stderr\n"
    "  --version, --help\n"
    "\n"
    "When it is ready it writes DIR/run.json with its addresses. The credentials of the first\n"
    "start are in DIR/account.json.\n";

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.*"

static void set_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
}

static void set_defaults(struct options *options)
{
    memset(options, 0, sizeof *options);
    set_text(options->api, OPTIONS_TEXT, "127.0.0.1:0");
    set_text(options->gateway, OPTIONS_TEXT, "127.0.0.1:0");
    set_text(options->names[0], OPTIONS_TEXT, "gateway.microvisor.local");
    options->name_count = 1;
    static const char *const local[] = {"localhost", "127.0.0.1", "::1"};
    options->api_name_count = sizeof local / sizeof local[0];
    for (unsigned i = 0; i < sizeof local / sizeof local[0]; i++)
        set_text(options->api_names[i], OPTIONS_TEXT, local[i]);
    options->keepalive_s = TUNNEL_KEEPALIVE_S;
}

static bool bad_key(const char *file, const char *key)
{
    fprintf(stderr, "microvisord: %s: \"%s\" is unknown or has a wrong value\n", file, key);
    return false;
}

static bool take_names(json_t *value, const char *allowed, char (*names)[OPTIONS_TEXT],
                       unsigned *name_count)
{
    size_t count = json_array_size(value);
    if (count == 0 || count > AUTHORITY_NAMES_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(value, i));
        if (!name || name[0] == '\0' || strspn(name, allowed) != strlen(name) || strlen(name) > 64)
            return false;
        set_text(names[i], OPTIONS_TEXT, name);
    }
    *name_count = (unsigned)count;
    return true;
}

static bool take_integer(json_t *value, long long min, long long max, long long *out)
{
    if (!json_is_integer(value))
        return false;
    *out = json_integer_value(value);
    return *out >= min && *out <= max;
}

static bool take_key(struct options *options, const char *key, json_t *value)
{
    const struct {
        const char *key;
        char *out;
        size_t size;
    } texts[] = {
        {"state", options->state, sizeof options->state},
        {"api", options->api, OPTIONS_TEXT},
        {"gateway", options->gateway, OPTIONS_TEXT},
        {"public_url", options->public_url, OPTIONS_TEXT},
        {"gateway_host", options->advertised_host, OPTIONS_TEXT},
        {"api_certificate", options->api_certificate, sizeof options->api_certificate},
        {"api_key", options->api_key, sizeof options->api_key},
        {"vault_key", options->vault_key, sizeof options->vault_key},
    };
    long long number = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(key, texts[i].key) != 0)
            continue;
        const char *text = json_string_value(value);
        if (!text || strlen(text) >= texts[i].size)
            return false;
        set_text(texts[i].out, texts[i].size, text);
        return true;
    }
    if (strcmp(key, "gateway_names") == 0)
        return take_names(value, NAME_CHARACTERS, options->names, &options->name_count);
    if (strcmp(key, "api_names") == 0) /* addresses too */
        return take_names(value, NAME_CHARACTERS ":", options->api_names, &options->api_name_count);
    if (strcmp(key, "api_tls") == 0 && json_is_boolean(value)) {
        options->api_tls = json_is_true(value);
        return true;
    }
    if (strcmp(key, "gateway_port") == 0 && take_integer(value, 1, 65535, &number))
        options->advertised_port = (int)number;
    else if (strcmp(key, "rate_limit") == 0 && take_integer(value, 0, 1000000, &number))
        options->rate_limit = (unsigned)number;
    else if (strcmp(key, "keepalive_s") == 0 && take_integer(value, 1, 3600, &number))
        options->keepalive_s = (unsigned)number;
    else
        return false;
    return true;
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
        if (good && !take_key(options, key, value))
            good = bad_key(options->config, key);
    }
    json_decref(file);
    if (good && (options->api_certificate[0] == '\0') != (options->api_key[0] == '\0'))
        good = bad_key(options->config, "api_certificate and api_key: one without the other");
    options->api_tls |= options->api_key[0] != '\0';
    return good;
}

static const struct option long_options[] = {
    {"state", required_argument, NULL, 's'},
    {"api", required_argument, NULL, 'a'},
    {"gateway", required_argument, NULL, 'g'},
    {"config", required_argument, NULL, 'c'},
    {"verbose", no_argument, NULL, 'v'},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {"verify-audit", no_argument, NULL, 'A'},
    {NULL, 0, NULL, 0},
};

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
        if (option == 'h' || option == 'V') {
            fputs(option == 'h' ? help : "microvisord " MV_VERSION "\n", stdout);
            return OPTIONS_DONE;
        }
        if (option == 'c' && only_config)
            set_text(options->config, sizeof options->config, optarg);
        if (only_config)
            continue;
        if (option == 's')
            set_text(options->state, sizeof options->state, optarg);
        else if (option == 'a')
            set_text(options->api, OPTIONS_TEXT, optarg);
        else if (option == 'g')
            set_text(options->gateway, OPTIONS_TEXT, optarg);
        else if (option == 'A')
            options->verify_audit = true;
        else if (option == 'v')
            options->verbose = true;
    }
    return optind == argc ? OPTIONS_RUN : OPTIONS_USAGE;
}

enum options_result options_read(struct options *options, int argc, char **argv)
{
    set_defaults(options);
    enum options_result result = read_arguments(options, argc, argv, true);
    if (result == OPTIONS_RUN && options->config[0] != '\0' && !read_file(options))
        return OPTIONS_USAGE;
    if (result == OPTIONS_RUN)
        result = read_arguments(options, argc, argv, false);
    if (result == OPTIONS_RUN && options->state[0] == '\0') {
        fprintf(stderr, "microvisord: --state DIR is required\n");
        result = OPTIONS_USAGE;
    }
    if (result == OPTIONS_USAGE)
        fprintf(stderr, "Try microvisord --help\n");
    return result;
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
