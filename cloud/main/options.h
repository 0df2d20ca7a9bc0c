/*
 * Options of microvisord: command line over environment (MICROVISORD_…) over configuration file
 * (JSON) over defaults. File and environment know the same options; one that is unknown is an
 * error.
 */
#ifndef CLOUD_MAIN_OPTIONS_H
#define CLOUD_MAIN_OPTIONS_H

#include <stdbool.h>

#include <netinet/in.h>

#include "cloud/base/journal.h"
#include "cloud/keys/authority.h"

#define OPTIONS_TEXT  256
#define OPTIONS_PATH  4096
#define OPTIONS_WORDS 4

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_USAGE };

struct options_names {
    char names[AUTHORITY_NAMES_MAX][OPTIONS_TEXT];
    unsigned count;
};

struct options {
    /* What to do: words before the first option; none: serve. */
    const char *words[OPTIONS_WORDS];
    unsigned word_count;
    char to[OPTIONS_PATH], from[OPTIONS_PATH]; /* backup, restore */
    char name[OPTIONS_TEXT];                   /* account create */
    long grace_s;                              /* account rotate */
    bool verify_audit;                         /* only check the audit logs */
    bool verbose;
    char config[OPTIONS_PATH];

    char state[OPTIONS_PATH];
    char store[OPTIONS_PATH];                      /* "sqlite", or where PostgreSQL is */
    char api[OPTIONS_TEXT], gateway[OPTIONS_TEXT]; /* HOST:PORT to listen on */
    char public_url[OPTIONS_TEXT];
    char advertised_host[OPTIONS_TEXT]; /* what devices are told; "": as listened on */
    long advertised_port;
    char vault_key[OPTIONS_PATH]; /* file with the key of the vault; "": vault.key in the state */
    struct options_names gateway_names, api_names; /* of certificates made here */
    long keepalive_s;
    long log_hold_s; /* how long a device that logs far too much is kept silent */
    bool api_tls;    /* also set by the next two */
    char api_certificate[OPTIONS_PATH], api_key[OPTIONS_PATH]; /* PEM files; "": made here */
    bool egress_allow_private;     /* devices may have the cloud reach private addresses too */
    char egress_dns[OPTIONS_TEXT]; /* name servers, "ADDRESS:PORT,…"; "": the system's */
    char egress_ca[OPTIONS_PATH];  /* PEM: authorities beside the system's; "": none */
    long request_timeout_s;
    long rate_limit; /* REST requests a second of an account; 0: no limit */
    enum journal_level log_level;
    bool log_json;
};

/* Reads arguments, environment and file; prints help, version or what is wrong itself. */
enum options_result options_read(struct options *options, int argc, char **argv);

/* The first option in which both differ although it cannot change while the server runs; NULL: all
 * can. */
const char *options_fixed_difference(const struct options *one, const struct options *other);

/* "HOST:PORT", "[IPV6]:PORT": numeric addresses only, so that nothing blocks on a resolver. */
bool options_address(const char *text, struct sockaddr_storage *address);

/* The host part as text. */
void options_host(const struct sockaddr_storage *address, char *out, int size);

#endif
