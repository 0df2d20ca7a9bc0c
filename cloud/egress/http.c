/*
 * HTTP channels: one request of the application, executed by libcurl, one response.
 *
 * The name is resolved here and libcurl is given only addresses that devices may reach; the address
 * of each socket is checked once more when it is opened. No connection, TLS session, cookie or
 * resolved name is shared between requests, so no device can prepare one for another, and libcurl
 * keeps nothing of a request that is over. The response is never
 * collected beyond what the device's receive buffer takes.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/egress/address.h"
#include "cloud/egress/outlet.h"
#include "cloud/egress/http_engine.h"
#include "cloud/egress/http_rules.h"
#include "cloud/egress/resolver.h"

struct http_outlet {
    struct outlet outlet;
    bool requested, active; /* active: counted in egress->http_count */
    uint64_t started_ms;
    uint32_t timeout_ms;
    CURL *easy;
    CURLSH *names; /* its own cache of names */
    CURLU *url;
    char *host, *authority; /* curl's */
    unsigned port;
    struct curl_slist *headers, *pinned;
    uint8_t *body;
    uint32_t body_size;
    struct http_transfer transfer;
    struct resolver_question *question;
    bool transferring;

    struct channel_text lines[CHANNEL_HTTP_RESPONSE_HEADERS_MAX]; /* of the response */
    uint32_t line_count, lines_bytes;
    uint8_t *response;
    uint32_t response_used, response_size;
    bool too_large;
};

static struct http_outlet *http_of(struct outlet *outlet)
{
    return (struct http_outlet *)outlet;
}

/* ---- the end ---- */

static void drop_lines(struct http_outlet *http)
{
    for (uint32_t i = 0; i < http->line_count; i++)
        free((void *)http->lines[i].bytes);
    http->line_count = http->lines_bytes = 0;
}

/* Gives up or cleans up; the channel may stay open behind its response. */
static void drop_call(struct http_outlet *http)
{
    struct egress *egress = http->outlet.egress;
    if (http->question)
        resolver_give_up(http->question);
    if (http->transferring)
        http_engine_remove(egress->http, http->easy);
    curl_easy_cleanup(http->easy);
    curl_share_cleanup(http->names);
    curl_slist_free_all(http->headers);
    curl_slist_free_all(http->pinned);
    curl_free(http->host);
    free(http->authority);
    curl_url_cleanup(http->url);
    if (http->body)
        OPENSSL_cleanse(http->body, http->body_size);
    free(http->body);
    free(http->response);
    drop_lines(http);
    outlet_count(&http->outlet, -(long)(http->body_size + http->response_size));
    http->question = NULL;
    http->easy = NULL;
    http->names = NULL;
    http->headers = http->pinned = NULL;
    http->host = http->authority = NULL;
    http->url = NULL;
    http->body = http->response = NULL;
    http->body_size = http->response_size = http->response_used = 0;
    http->transferring = false;
    egress->http_count -= http->active;
    http->active = false;
    outlet_tick(&http->outlet, false);
}

static void answer(struct http_outlet *http, enum channel_http_result result, long status)
{
    bool good = result == CHANNEL_HTTP_OK;
    uint32_t count = good ? http->line_count : 0;
    uint32_t size = channel_http_response_size(count, good ? http->lines_bytes : 0,
                                               good ? http->response_used : 0);
    struct channel_writer writer;
    uint8_t *message = memory_new(size);
    channel_http_response_begin(&writer, message, size, result, good ? (uint32_t)status : 0,
                                http->lines, count);
    if (good)
        channel_put_bytes(&writer, http->response, http->response_used);
    size = channel_end(&writer, CHANNEL_HTTP_RESPONSE);
    http->outlet.egress->counters.http_requests[result]++;
    outlet_send(&http->outlet, message, size);
    free(message);
    drop_call(http);
}

/* ---- libcurl's callbacks ---- */

static bool fits(struct http_outlet *http, uint32_t more_lines, size_t more_bytes, size_t more_body)
{
    uint32_t room = http->outlet.receive_bytes;
    if (more_bytes > CHANNEL_STRING_MAX || more_body > CHANNEL_MESSAGE_MAX ||
        channel_http_response_size(http->line_count + more_lines,
                                   http->lines_bytes + (uint32_t)more_bytes,
                                   http->response_used + (uint32_t)more_body) > room)
        http->too_large = true;
    return !http->too_large;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct http_outlet *http = context;
    size_t total = size * count, length = total;
    while (length > 0 && (bytes[length - 1] == '\r' || bytes[length - 1] == '\n'))
        length--;
    if (length >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        drop_lines(http); /* of an interim response */
        return total;
    }
    if (length == 0)
        return total;
    if (!fits(http, 1, length, 0))
        return 0;
    http->lines[http->line_count].bytes = (const uint8_t *)memory_copy(bytes, length);
    http->lines[http->line_count++].size = (uint32_t)length;
    http->lines_bytes += (uint32_t)length;
    return total;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http_outlet *http = context;
    size_t total = size * count;
    if (!fits(http, 0, 0, total) || !egress_may_buffer(http->outlet.egress, http->outlet.share))
        return 0;
    if (http->response_used + total > http->response_size) {
        uint32_t grown = http->response_used + (uint32_t)total;
        if (grown < 2 * http->response_size)
            grown = 2 * http->response_size;
        uint8_t *response = memory_new(grown);
        if (http->response_used > 0)
            memcpy(response, http->response, http->response_used);
        free(http->response);
        outlet_count(&http->outlet, (long)grown - (long)http->response_size);
        http->response = response;
        http->response_size = grown;
    }
    memcpy(http->response + http->response_used, bytes, total);
    http->response_used += (uint32_t)total;
    return total;
}

static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_outlet *http = context;
    (void)purpose;
    if (!egress_address_allowed(http->outlet.egress, &address->addr))
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static CURLcode on_tls(CURL *easy, void *tls, void *context)
{
    struct http_outlet *http = context;
    (void)easy;
    SSL_CTX_set1_cert_store(tls, http->outlet.egress->authorities);
    return egress_restrict_tls(tls) ? CURLE_OK : CURLE_SSL_CONNECT_ERROR;
}

static void on_transferred(void *context, CURLcode result)
{
    struct http_outlet *http = context;
    long status = 0;
    http->transferring = false;
    curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    if (result != CURLE_OK)
        journal(JOURNAL_DEBUG, "egress", "HTTP request failed", "device", http->outlet.device_sid,
                "error", curl_easy_strerror(result));
    if (http->too_large)
        answer(http, CHANNEL_HTTP_RESPONSE_TOO_LARGE, 0);
    else if (result != CURLE_OK)
        answer(http, CHANNEL_HTTP_REQUEST_FAILED, 0);
    else
        answer(http, CHANNEL_HTTP_OK, status);
}

/* ---- the transfer ---- */

static uint64_t elapsed_ms(const struct http_outlet *http)
{
    return uv_now(http->outlet.egress->options.loop) - http->started_ms;
}

static void set_security(struct http_outlet *http)
{
    CURL *easy = http->easy;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, http);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, http);
}

static void set_request(struct http_outlet *http, uint64_t left_ms)
{
    CURL *easy = http->easy;
    curl_easy_setopt(easy, CURLOPT_CURLU, http->url);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers);
    curl_easy_setopt(easy, CURLOPT_RESOLVE, http->pinned);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* never wait for a resolver's thread */
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
}

/* Adds "host:port:address,address" for libcurl; false if no address may be reached. */
static bool pin(struct http_outlet *http, const struct resolver_answer *found)
{
    char text[1024];
    size_t used = (size_t)snprintf(text, sizeof text, "%s:%u:", http->host, http->port),
           first = used;
    for (unsigned i = 0; i < found->count && used < sizeof text - 64; i++) {
        const struct sockaddr_storage *address = &found->addresses[i];
        bool v6 = address->ss_family == AF_INET6;
        char number[INET6_ADDRSTRLEN];
        if (!egress_address_allowed(http->outlet.egress, (const struct sockaddr *)address))
            continue;
        inet_ntop(address->ss_family,
                  v6 ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
                     : (const void *)&((const struct sockaddr_in *)address)->sin_addr,
                  number, sizeof number);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%s%s",
                                 used > first ? "," : "", v6 ? "[" : "", number, v6 ? "]" : "");
    }
    if (used == first)
        return false;
    if (http->host[0] != '[')
        http->pinned = curl_slist_append(NULL, text);
    return true;
}

static void on_resolved(void *context, const struct resolver_answer *found)
{
    struct http_outlet *http = context;
    uint64_t elapsed = elapsed_ms(http);
    http->question = NULL;
    if (found->result != RESOLVER_OK || elapsed >= http->timeout_ms || !pin(http, found)) {
        answer(http, CHANNEL_HTTP_REQUEST_FAILED, 0);
        return;
    }
    set_security(http);
    set_request(http, http->timeout_ms - elapsed);
    http->transfer = (struct http_transfer){.done = on_transferred, .context = http};
    http->transferring = http_engine_add(http->outlet.egress->http, http->easy, &http->transfer);
    if (!http->transferring)
        answer(http, CHANNEL_HTTP_REQUEST_FAILED, 0);
}

/* libcurl keeps the time of a transfer; this is for the resolver. */
static void http_tick(struct outlet *outlet)
{
    struct http_outlet *http = http_of(outlet);
    if (http->question && elapsed_ms(http) >= http->timeout_ms)
        answer(http, CHANNEL_HTTP_REQUEST_FAILED, 0);
}

/* ---- the request ---- */

static enum channel_http_result take_url(struct http_outlet *http, struct channel_text text)
{
    char *url = memory_copy(text.bytes, text.size), *scheme = NULL, *port = NULL;
    enum channel_http_result result = CHANNEL_HTTP_REQUEST_FAILED;
    size_t size = text.size;
    http->url = curl_url();
    if (!http->url || strlen(url) != size || size < 9)
        result = strncasecmp(url, "https://", 8) == 0 ? result : CHANNEL_HTTP_UNSUPPORTED_SCHEME;
    else if (strncasecmp(url, "https://", 8) != 0)
        result = CHANNEL_HTTP_UNSUPPORTED_SCHEME;
    else if (curl_url_set(http->url, CURLUPART_URL, url, 0) == CURLUE_OK &&
             curl_url_get(http->url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
             curl_url_get(http->url, CURLUPART_HOST, &http->host, 0) == CURLUE_OK &&
             curl_url_get(http->url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
             strcmp(scheme, "https") == 0)
        result = CHANNEL_HTTP_OK;
    if (result == CHANNEL_HTTP_OK) {
        http->port = (unsigned)strtoul(port, NULL, 10);
        char *own = NULL;
        bool has_port = curl_url_get(http->url, CURLUPART_PORT, &own, 0) == CURLUE_OK;
        curl_free(own);
        if (asprintf(&http->authority, has_port ? "%s:%u" : "%s", http->host, http->port) < 0)
            abort();
    }
    curl_free(scheme);
    curl_free(port);
    free(url);
    return result;
}

static bool append(struct http_outlet *http, const char *line)
{
    struct curl_slist *longer = curl_slist_append(http->headers, line);
    if (longer)
        http->headers = longer;
    return longer != NULL;
}

/* libcurl takes "Name:" as "leave it out" and "Name;" as an empty value. */
static bool append_header(struct http_outlet *http, struct channel_text header)
{
    char *line = memory_copy(header.bytes, header.size), *colon = strchr(line, ':');
    if (colon[1 + strspn(colon + 1, " \t")] == '\0')
        memcpy(colon, ";", 2);
    bool appended = append(http, line);
    free(line);
    return appended;
}

static bool is_content_type(struct channel_text header)
{
    return header.size > 13 && strncasecmp((const char *)header.bytes, "Content-Type:", 13) == 0;
}

static enum channel_http_result take_headers(struct http_outlet *http,
                                             const struct channel_http_request *request)
{
    bool typed = false, good = append(http, "Expect:");
    for (uint32_t i = 0; i < request->header_count && good; i++) {
        switch (http_header_check(request->headers[i], http->authority, request->body.size)) {
        case HTTP_HEADER_INVALID:
            return CHANNEL_HTTP_INVALID_HEADERS;
        case HTTP_HEADER_OURS:
            break;
        case HTTP_HEADER_SEND:
            typed |= is_content_type(request->headers[i]);
            good = append_header(http, request->headers[i]);
        }
    }
    if (!typed) /* libcurl would call any body a form */
        good = good && append(http, "Content-Type:");
    return good ? CHANNEL_HTTP_OK : CHANNEL_HTTP_REQUEST_FAILED;
}

static void take_method(struct http_outlet *http, const struct channel_http_request *request)
{
    char *method = memory_copy(request->method.bytes, request->method.size);
    bool sends = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
                 strcmp(method, "PATCH") == 0 || request->body.size > 0;
    if (strcmp(method, "HEAD") == 0) {
        curl_easy_setopt(http->easy, CURLOPT_NOBODY, 1L);
        free(method);
        return;
    }
    if (sends) {
        http->body = (uint8_t *)memory_copy(request->body.bytes, request->body.size);
        http->body_size = request->body.size;
        outlet_count(&http->outlet, (long)http->body_size);
        curl_easy_setopt(http->easy, CURLOPT_POSTFIELDSIZE, (long)http->body_size);
        curl_easy_setopt(http->easy, CURLOPT_POSTFIELDS, (char *)http->body);
    }
    curl_easy_setopt(http->easy, CURLOPT_CUSTOMREQUEST, method); /* copied */
    free(method);
}

/* In the order of the result codes. */
static enum channel_http_result take_request(struct http_outlet *http,
                                             const struct channel_http_request *request)
{
    enum channel_http_result result = take_url(http, request->url);
    if (result == CHANNEL_HTTP_UNSUPPORTED_SCHEME)
        return result;
    if (!http_method_supported(request->method))
        return CHANNEL_HTTP_UNSUPPORTED_METHOD;
    if (result != CHANNEL_HTTP_OK)
        return result;
    result = take_headers(http, request);
    if (result != CHANNEL_HTTP_OK)
        return result;
    if (request->timeout_ms < CHANNEL_HTTP_TIMEOUT_MIN_MS ||
        request->timeout_ms > CHANNEL_HTTP_TIMEOUT_MAX_MS)
        return CHANNEL_HTTP_INVALID_TIMEOUT;
    http->timeout_ms = request->timeout_ms;
    http->easy = curl_easy_init();
    http->names = curl_share_init();
    if (!http->easy || !http->names ||
        curl_share_setopt(http->names, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) != CURLSHE_OK ||
        curl_easy_setopt(http->easy, CURLOPT_SHARE, http->names) != CURLE_OK)
        return CHANNEL_HTTP_REQUEST_FAILED;
    take_method(http, request);
    return CHANNEL_HTTP_OK;
}

static bool http_message(struct outlet *outlet, uint8_t type, const uint8_t *body, uint32_t size)
{
    struct http_outlet *http = http_of(outlet);
    struct egress *egress = outlet->egress;
    struct channel_http_request request;
    if (type != CHANNEL_HTTP_REQUEST)
        return true;
    if (http->requested || !channel_http_request_parse(body, size, &request))
        return false;
    http->requested = true;
    if (egress->http_count >= EGRESS_HTTP_MAX) {
        egress->counters.refused++;
        outlet_fail(outlet, TUNNEL_CLOSE_LIMIT);
        return true;
    }
    http->active = true;
    egress->http_count++;
    http->started_ms = uv_now(egress->options.loop);
    enum channel_http_result result = take_request(http, &request);
    if (result != CHANNEL_HTTP_OK) {
        answer(http, result, 0);
        return true;
    }
    outlet_tick(outlet, true);
    http->question = resolver_ask(egress->resolver, http->host, http->port, on_resolved, http);
    return true;
}

static void http_end(struct outlet *outlet)
{
    drop_call(http_of(outlet));
    outlet_done(outlet);
}

const struct outlet_kind outlet_http = {
    .size = sizeof(struct http_outlet),
    .message = http_message,
    .tick = http_tick,
    .end = http_end,
};
