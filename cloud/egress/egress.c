/* The egress: see egress.h. */
#include "cloud/egress/egress.h"

#include <inttypes.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/egress/address.h"
#include "cloud/egress/http_engine.h"
#include "cloud/egress/resolver.h"

#define CHAIN_MAX     8 /* certificates between the server's and the authority's */
#define CIPHERS_TLS12 "HIGH:!aNULL:!eNULL:!kDHE:!kDH:!PSK:!SRP"

/* Read once: a bundle of authorities takes longer to parse than a handshake. */
static X509_STORE *load_authorities(const char *ca_file)
{
    X509_STORE *store = X509_STORE_new();
    bool good = store && X509_STORE_set_default_paths(store) == 1;
    if (good && ca_file[0] != '\0' && X509_STORE_load_file(store, ca_file) != 1)
        good = false;
    if (good)
        return store;
    journal(JOURNAL_ERROR, "egress", "cannot read the authorities", "file", ca_file, "error",
            ERR_reason_error_string(ERR_peek_last_error()));
    X509_STORE_free(store);
    return NULL;
}

struct egress *egress_start(const struct egress_options *options)
{
    struct egress *egress = memory_new(sizeof *egress);
    egress->options = *options;
    egress->authorities = load_authorities(options->ca_file);
    if (egress->authorities)
        egress->resolver = resolver_start(options->loop, options->dns);
    if (egress->resolver)
        egress->http = http_engine_start(options->loop);
    if (egress->http)
        return egress;
    egress_stop(egress);
    return NULL;
}

unsigned egress_active(const struct egress *egress)
{
    return egress->outlet_count + egress->link_count;
}

void egress_stop(struct egress *egress)
{
    if (egress->http)
        http_engine_stop(egress->http);
    if (egress->resolver)
        resolver_stop(egress->resolver);
    X509_STORE_free(egress->authorities);
    free(egress);
}

struct egress_share *egress_share_new(const struct egress *egress)
{
    struct egress_share *share = memory_new(sizeof *share);
    share->references = 1;
    bucket_init(&share->opens, EGRESS_OPENS_PER_S, EGRESS_OPENS_BURST,
                uv_now(egress->options.loop));
    return share;
}

void egress_share_release(struct egress_share *share)
{
    if (share && --share->references == 0)
        free(share);
}

bool egress_restrict_tls(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_verify_depth(context, CHAIN_MAX);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, CIPHERS_TLS12) == 1 &&
           SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384:P-521") == 1;
}

bool egress_has_memory(const struct egress *egress, const struct egress_share *share)
{
    return egress->buffered < EGRESS_MEMORY_MAX && share->buffered < EGRESS_SHARE_MAX;
}

bool egress_may_buffer(const struct egress *egress, const struct egress_share *share)
{
    return egress->buffered < EGRESS_MEMORY_MAX && share->buffered < 4 * EGRESS_SHARE_MAX;
}

bool egress_address_allowed(struct egress *egress, const struct sockaddr *address)
{
    if (egress->options.allow_private || (address_is_public(address) && !address_is_own(address)))
        return true;
    egress->counters.addresses_refused++;
    return false;
}

/* ---- metrics ---- */

static void line(FILE *out, const char *name, const char *type, const char *help, uint64_t value)
{
    fprintf(out, "# HELP microvisor_%s %s\n# TYPE microvisor_%s %s\nmicrovisor_%s %" PRIu64 "\n",
            name, help, name, type, name, value);
}

void egress_metrics(const struct egress *egress, FILE *out)
{
    static const char *const results[] = {
        "ok",     "unsupported_scheme", "unsupported_method", "invalid_headers", "invalid_timeout",
        "failed", "too_large"};
    const struct egress_counters *counters = &egress->counters;
    fprintf(out, "# HELP microvisor_egress_http_requests_total HTTP requests of applications by "
                 "result.\n# TYPE microvisor_egress_http_requests_total counter\n");
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++)
        fprintf(out, "microvisor_egress_http_requests_total{result=\"%s\"} %" PRIu64 "\n",
                results[i], counters->http_requests[i]);
    line(out, "egress_http_active", "gauge", "HTTP requests under way.", egress->http_count);
    line(out, "egress_mqtt_connections", "gauge", "Connections to brokers.", egress->mqtt_count);
    line(out, "egress_mqtt_connects_total", "counter", "Connections to brokers begun.",
         counters->mqtt_connects);
    line(out, "egress_mqtt_connect_failures_total", "counter", "Of these, not accepted.",
         counters->mqtt_failures);
    line(out, "egress_mqtt_received_total", "counter", "Messages from brokers.",
         counters->mqtt_received);
    line(out, "egress_mqtt_lost_total", "counter", "Of these, larger than the device's buffer.",
         counters->mqtt_lost);
    line(out, "egress_mqtt_published_total", "counter", "Messages to brokers.",
         counters->mqtt_published);
    line(out, "egress_mqtt_circuit_breaks_total", "counter",
         "Connections ended because messages came too fast.", counters->mqtt_breaks);
    line(out, "egress_config_fetches_total", "counter", "Fetches of configs and secrets.",
         counters->config_fetches);
    line(out, "egress_config_items_total", "counter", "Configs given to devices.",
         counters->config_items);
    line(out, "egress_secret_items_total", "counter", "Secrets given to devices.",
         counters->secret_items);
    line(out, "egress_channels", "gauge", "Channel streams.", egress->outlet_count);
    line(out, "egress_refused_total", "counter", "Channels refused because of a limit.",
         counters->refused);
    line(out, "egress_addresses_refused_total", "counter",
         "Connections to addresses that devices may not reach.", counters->addresses_refused);
    line(out, "egress_buffered_bytes", "gauge", "Memory held for channels.", egress->buffered);
}
