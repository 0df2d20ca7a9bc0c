/*
 * Options of microvisord: command line over configuration file (JSON) over defaults.
 */
#ifndef CLOUD_MAIN_OPTIONS_H
#define CLOUD_MAIN_OPTIONS_H

#include <stdbool.h>

#include <netinet/in.h>

#include "cloud/keys/authority.h"

#define OPTIONS_TEXT 256

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_USAGE };

struct options {
    char state[4096];
    char config[4096];
    char api[OPTIONS_TEXT], gateway[OPTIONS_TEXT]; /* HOST:PORT to listen on */
    char public_url[OPTIONS_TEXT];
    char advertised_host[OPTIONS_TEXT]; /* what devices are told; "": as listened on */
    int advertised_port;
    char vault_key[4096]; /* file with the key of the vault; "": vault.key in the state folder */
    char names[AUTHORITY_NAMES_MAX][OPTIONS_TEXT]; /* of the gateway certificate */
    unsigned name_count;
    unsigned keepalive_s;
    bool api_tls;                              /* also set by the next two */
    char api_certificate[4096], api_key[4096]; /* PEM files; "": made by the server's own CA */
    char api_names[AUTHORITY_NAMES_MAX][OPTIONS_TEXT]; /* of a certificate made here */
    unsigned api_name_count;
    unsigned rate_limit; /* REST requests a second of the account; 0: no limit */
    bool verbose;
    bool verify_audit; /* only check the audit log */
};

/* Reads arguments and file; prints help, version or what is wrong itself. */
enum options_result options_read(struct options *options, int argc, char **argv);

/* "HOST:PORT", "[IPV6]:PORT": numeric addresses only, so that nothing blocks on a resolver. */
bool options_address(const char *text, struct sockaddr_storage *address);

/* The host part as text. */
void options_host(const struct sockaddr_storage *address, char *out, int size);

#endif
