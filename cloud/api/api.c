/* The REST server: see api.h. A request's way: on_uri → on_access (header, body, end) → dispatch →
 * store thread → on_job_done → on_access once more, which sends → on_completed. */
#include "cloud/api/api.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "cloud/api/fields.h"
#include "cloud/api/cache.h"
#include "cloud/api/intake.h"
#include "cloud/api/limiter.h"
#include "cloud/api/metrics.h"
#include "cloud/api/names.h"
#include "cloud/api/record.h"
#include "cloud/api/request.h"
#include "cloud/api/router.h"
#include "cloud/api/tls.h"
#include "cloud/api/upload.h"
#include "cloud/api/waiting.h"
#include "cloud/base/clock.h"
#include "cloud/base/journal.h"
#include "cloud/base/memory.h"

#define CONNECTION_TIMEOUT_S 60 /* without progress; event streams have heartbeats */
#define CONNECTIONS_SPARE    64 /* that come before those are gone that must go */
#define SWEEP_MS             1000
#define SWALLOW_LIMIT        (8u * 1024 * 1024) /* body bytes read past an early error */
#define TLS_PRIORITIES       "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define STREAM_BLOCK         4096

struct api {
    struct api_options options;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    uv_timer_t timer, sweep;
    struct waiting waiting;
    struct limiters limiters; /* one for each account that asked for something */
    struct metrics metrics;
    struct cache cache;
    unsigned active;
    bool stopping;
    int handles; /* still open */
};

static void run_daemon(struct api *api);

/* ---- driving libmicrohttpd ---- */

static void on_timer(uv_timer_t *timer)
{
    run_daemon(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run_daemon(poll->data);
}

static void run_daemon(struct api *api)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms = 0;
    MHD_run(api->daemon);
    if (MHD_get_timeout(api->daemon, &timeout_ms) == MHD_YES)
        uv_timer_start(&api->timer, on_timer, timeout_ms, 0);
    else
        uv_timer_stop(&api->timer);
}

static void resume(struct request *request)
{
    MHD_resume_connection(request->connection);
    uv_timer_start(&request->api->timer, on_timer, 0, 0);
}

static void on_sweep(uv_timer_t *timer)
{
    struct api *api = timer->data;
    waiting_sweep(&api->waiting, uv_now(timer->loop));
    run_daemon(api); /* it accepts again only when it runs once more after its limit */
}

static struct waiting_one *waiting_of(struct request *request)
{
    return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
        ->socket_context;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **one,
                          enum MHD_ConnectionNotificationCode code)
{
    struct api *api = context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        waiting_close(&api->waiting, *one);
        return;
    }
    int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    *one = waiting_open(&api->waiting, fd, uv_now(api->options.loop));
}

void api_stream_wake(void *context)
{
    resume(context);
}

/* ---- sending ---- */

static void add_cors(struct MHD_Response *response)
{
    MHD_add_response_header(response, "Access-Control-Allow-Origin", "*");
    MHD_add_response_header(response, "Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS");
    MHD_add_response_header(response, "Access-Control-Allow-Headers",
                            "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, "
                            "If-None-Match, If-Unmodified-Since, Last-Event-ID");
    MHD_add_response_header(response, "Access-Control-Allow-Credentials", "true");
    MHD_add_response_header(response, "Access-Control-Expose-Headers", "ETag, WWW-Authenticate");
}

static ssize_t on_stream_read(void *context, uint64_t position, char *out, size_t size)
{
    struct request *request = context;
    (void)position;
    ssize_t got = log_reader_take(request->stream, out, size);
    if (got < 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (got == 0)
        MHD_suspend_connection(request->connection);
    return got;
}

static struct MHD_Response *make_response(struct request *request)
{
    struct MHD_Response *response = NULL;
    if (request->stream) {
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, on_stream_read,
                                                     request, NULL);
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
        MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
        add_cors(response);
        return response;
    }
    if (request->text) {
        response = MHD_create_response_from_buffer(strlen(request->text), request->text,
                                                   MHD_RESPMEM_MUST_COPY);
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, request->text_type);
        add_cors(response);
        return response;
    }
    char *text = request->answer ? json_dumps(request->answer, JSON_COMPACT) : NULL;
    if (!text)
        return MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    add_cors(response);
    return response;
}

static enum MHD_Result send_answer(struct request *request)
{
    if (request->status != 204 && !request->answer && !request->text)
        request_error(request, API_ERROR_INTERNAL, NULL);
    struct MHD_Response *response = make_response(request);
    if (!response)
        return MHD_NO;
    if (request->status == 401)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
                                "Basic realm=\"Microvisor API\"");
    if (request->status == 503 || request->status == 429)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    if (request->preflight)
        add_cors(response);
    request->state = REQUEST_ANSWERED;
    metrics_count(&request->api->metrics, request->status, uv_hrtime() - request->started_ns);
    enum MHD_Result result =
        MHD_queue_response(request->connection, (unsigned)request->status, response);
    bool keep = request->route && request->route->cached && request->status == 200;
    if (!keep || !cache_put(&request->api->cache, request, response))
        MHD_destroy_response(response);
    return result;
}

/* Answers at once if the store has not changed since the same was asked. */
static bool send_kept(struct request *request, enum MHD_Result *result)
{
    struct api *api = request->api;
    struct MHD_Response *response = NULL;
    if (request->route->cached)
        response = cache_get(&api->cache, request, store_queue_changes(api->options.queue));
    if (!response)
        return false;
    request->status = 200;
    request->state = REQUEST_ANSWERED;
    metrics_count(&api->metrics, 200, uv_hrtime() - request->started_ns);
    *result = MHD_queue_response(request->connection, 200, response);
    return true;
}

/* ---- store thread and workers ---- */

static struct request *request_of(struct store_job *job)
{
    return (struct request *)((char *)job - offsetof(struct request, job));
}

static bool run_job(struct store_job *job, struct store *store)
{
    struct request *request = request_of(job);
    request->read_changes = store_queue_changes(request->api->options.queue);
    request->read_s = clock_unix_s();
    request->route->handle(request, store);
    if (request->status < 400 && record_request(request, store) != STORE_OK)
        request_error(request, API_ERROR_INTERNAL, NULL);
    return request->status < 400;
}

static void make_ready(struct request *request)
{
    if (request->route->finish)
        request->route->finish(request);
    request->state = REQUEST_READY;
    resume(request);
}

static void on_job_done(struct store_job *job, bool failed)
{
    struct request *request = request_of(job);
    if (failed)
        request_error(request, API_ERROR_INTERNAL, NULL);
    if (request->changed && request->status < 400) {
        struct bus_event event = {.topic = BUS_DEVICE_CHANGED};
        memcpy(event.device_sid, request->changed_sid, sizeof event.device_sid);
        bus_publish(request->api->options.bus, &event);
    }
    make_ready(request);
}

/* False: the store is busy. */
static bool submit(struct request *request)
{
    request->job.quiet = strcmp(request->route->method, "GET") == 0;
    request->job.run = run_job;
    request->job.done = on_job_done;
    return store_queue_submit(request->api->options.queue, &request->job, false);
}

static void on_check(uv_work_t *work)
{
    struct request *request = work->data;
    intake_check(request->intake, request->upload->fd, request->upload->size,
                 request->api->options.signer);
}

static void on_checked(uv_work_t *work, int status)
{
    struct request *request = work->data;
    const struct intake *intake = request->intake;
    if (status != 0)
        request_error(request, API_ERROR_INTERNAL, NULL);
    else if (intake->error)
        request_error(request, (enum api_error)intake->error,
                      intake->message[0] ? intake->message : NULL);
    else if (submit(request))
        return;
    else
        request_error(request, API_ERROR_BUSY, NULL);
    make_ready(request);
}

/* ---- the request's body ---- */

static bool start_upload(struct request *request)
{
    struct upload *upload = request->upload;
    upload_finish(upload);
    if (upload->error) {
        request_error(request, (enum api_error)upload->error, NULL);
        return false;
    }
    request->intake = memory_new(sizeof *request->intake);
    if (!form_is_utf8(upload->name) || !name_take(upload->name, request->intake->unique_name)) {
        request_error(request, API_ERROR_PARAMETER, "UniqueName is not valid");
        return false;
    }
    request->work.data = request;
    if (uv_queue_work(request->api->options.loop, &request->work, on_check, on_checked) == 0)
        return true;
    request_error(request, API_ERROR_BUSY, NULL);
    return false;
}

static bool parse_form(struct request *request)
{
    if (fields_parse(request))
        return true;
    request_error(request, API_ERROR_PARAMETER,
                  "The body is not a form of at most 32 fields in UTF-8");
    return false;
}

/* The request is complete: gives it away, or answers it. */
static enum MHD_Result dispatch(struct request *request)
{
    waiting_end(&request->api->waiting, waiting_of(request));
    if (request->status != 0)
        return send_answer(request);
    if (request->route->body == ROUTE_FORM && !parse_form(request))
        return send_answer(request);
    if (!request->route->handle) {
        request->route->finish(request);
        return send_answer(request);
    }
    enum MHD_Result result;
    if (send_kept(request, &result))
        return result;
    bool given = request->upload ? start_upload(request) : submit(request);
    if (!given) {
        if (request->status == 0)
            request_error(request, API_ERROR_BUSY, NULL);
        return send_answer(request);
    }
    request->state = REQUEST_RUNNING;
    MHD_suspend_connection(request->connection);
    return MHD_YES;
}

static enum MHD_Result take_body(struct request *request, const char *bytes, size_t size)
{
    request->received += size;
    waiting_of(request)->received += size;
    if (request->received > SWALLOW_LIMIT)
        return MHD_NO;
    if (request->status != 0)
        return MHD_YES;
    if (request->upload) {
        upload_take(request->upload, bytes, size);
        return MHD_YES;
    }
    if (request->route->body != ROUTE_FORM)
        return MHD_YES;
    if (size > REQUEST_BODY_MAX - request->body_size) {
        request_error(request, API_ERROR_TOO_LARGE, NULL);
        return MHD_YES;
    }
    if (!request->body)
        request->body = memory_new(REQUEST_BODY_MAX + 1);
    memcpy(request->body + request->body_size, bytes, size);
    request->body_size += size;
    return MHD_YES;
}

/* ---- the request's header ---- */

static const char *header(struct request *request, const char *name)
{
    const char *value = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
    return value ? value : "";
}

static const char *scheme(const struct api *api)
{
    return api->options.tls ? "https" : "http";
}

/* URLs in answers must be reachable for the client, so they repeat the host that it asked for. */
static void set_base_url(struct request *request)
{
    const char *host = header(request, MHD_HTTP_HEADER_HOST);
    const char *public_url = request->api->options.public_url;
    size_t length = strlen(host);
    bool usable = length > 0 && length < 256;
    for (size_t i = 0; i < length && usable; i++)
        usable = isalnum((unsigned char)host[i]) || strchr("-._:[]", host[i]);
    if (public_url[0] != '\0')
        snprintf(request->base_url, sizeof request->base_url, "%s", public_url);
    else if (usable)
        snprintf(request->base_url, sizeof request->base_url, "%s://%s", scheme(request->api),
                 host);
    else
        snprintf(request->base_url, sizeof request->base_url, "%s://127.0.0.1:%d",
                 scheme(request->api), api_port(request->api));
}

/* Fills request->access. */
static bool identify(struct request *request, const char *sid, const char *token)
{
    const struct api_options *options = &request->api->options;
    struct access *access = &request->access;
    const struct store_key *key = keyring_check(options->keyring, sid, token);
    const struct store_account *account = key ? accounts_by_id(options->accounts, key->account_id)
                                              : accounts_check(options->accounts, sid, token);
    if (!account)
        return false;
    access->account_id = account->id;
    memcpy(access->account_sid, account->sid, sizeof access->account_sid);
    access->is_operator = accounts_is_operator(options->accounts, account->id);
    access->role = key ? key->role : STORE_ROLE_ADMIN;
    access->key_id = key ? key->id : 0;
    access->limited = key && key->limited;
    snprintf(access->actor, sizeof access->actor, "%s", sid);
    if (account->suspended)
        request_error(request, API_ERROR_SUSPENDED, NULL);
    return true;
}

/* Decided by the route alone, so that the answer says nothing about what exists. */
static bool permitted(const struct request *request)
{
    const struct route *route = request->route;
    const struct access *access = &request->access;
    if (route->open)
        return true;
    return access->role >= route->role && (!access->limited || route->reach != ROUTE_ACCOUNT) &&
           (access->is_operator || !route->operator_only);
}

/* Takes a token from the account's bucket. */
static bool within_limit(struct request *request)
{
    struct api *api = request->api;
    const struct store_account *account =
        accounts_by_id(api->options.accounts, request->access.account_id);
    unsigned rate = api->options.rate_limit, wait_s;
    if (account && account->rate_limit >= 0)
        rate = (unsigned)account->rate_limit;
    struct limiter *limiter =
        limiters_of(&api->limiters, request->access.account_id, rate, uv_hrtime() / 1000000);
    return limiter_take(limiter, uv_hrtime() / 1000000, &wait_s);
}

static bool authenticated(struct request *request)
{
    char *token = NULL;
    char *sid = MHD_basic_auth_get_username_password(request->connection, &token);
    bool known = sid && token && identify(request, sid, token);
    if (token)
        OPENSSL_cleanse(token, strlen(token));
    MHD_free(sid);
    MHD_free(token);
    return known;
}

static void begin(struct request *request, const char *method)
{
    set_base_url(request);
    snprintf(request->last_event_id, sizeof request->last_event_id, "%s",
             header(request, "Last-Event-ID"));
    if (strcmp(method, "OPTIONS") == 0) {
        request->preflight = true;
        request_answer(request, 204, NULL);
        return;
    }
    enum router_result found = request->too_long ? ROUTER_BAD_PATH : router_find(request, method);
    bool open = found == ROUTER_FOUND && request->route->open;
    if (!open && !authenticated(request))
        request_error(request, API_ERROR_AUTHENTICATE, NULL);
    else if (!open && !within_limit(request))
        request_error(request, API_ERROR_TOO_MANY, NULL);
    else if (request->status != 0)
        return; /* the account is suspended */
    else if (found == ROUTER_NO_METHOD)
        request_error(request, API_ERROR_METHOD, NULL);
    else if (found != ROUTER_FOUND)
        request_not_found(request);
    else if (!permitted(request))
        request_error(request, API_ERROR_FORBIDDEN, NULL);
    else if (!form_parse(&request->query, request->query_text, strlen(request->query_text)))
        request_error(request, API_ERROR_PARAMETER, "The query is not valid");
    if (request->status == 0 && request->route->body == ROUTE_FORM && !fields_accepted(request))
        request_error(request, API_ERROR_PARAMETER,
                      "Send parameters as application/x-www-form-urlencoded or "
                      "multipart/form-data");
    if (request->status != 0 || request->route->body != ROUTE_UPLOAD)
        return;
    request->upload = upload_open(request->connection, request->api->options.folder);
    if (!request->upload)
        request_error(request, API_ERROR_UPLOAD_FORM, NULL);
}

static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    size_t length = strcspn(uri, "?");
    const char *query = uri[length] == '?' ? uri + length + 1 : "";
    size_t query_length = strlen(query);
    bool too_long =
        length >= REQUEST_PATH_MAX || query_length > REQUEST_QUERY_MAX || !form_is_utf8(uri);
    if (too_long)
        length = query_length = 0;
    struct request *request = memory_new(sizeof *request + 2 * (length + 1) + query_length + 1);
    request->api = context;
    request->connection = connection;
    request->started_ns = uv_hrtime();
    request->api->active++;
    request->too_long = too_long;
    request->path = request->texts;
    request->split = request->path + length + 1;
    request->query_text = request->split + length + 1;
    memcpy(request->path, uri, length);
    memcpy(request->query_text, query, query_length);
    return request;
}

static enum MHD_Result on_access(void *context, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *bytes,
                                 size_t *size, void **request_slot)
{
    struct request *request = *request_slot;
    (void)context;
    (void)connection;
    (void)url;
    (void)version;
    switch (request->state) {
    case REQUEST_NEW:
        request->state = REQUEST_READING;
        waiting_begin(&request->api->waiting, waiting_of(request),
                      uv_now(request->api->options.loop));
        begin(request, method);
        /* Who asks before sending is told at once; others first send what they have, because a
         * connection closed upon unread bytes would lose the answer. */
        if (request->status != 0 && header(request, MHD_HTTP_HEADER_EXPECT)[0] != '\0')
            return send_answer(request);
        return MHD_YES;
    case REQUEST_READING:
        if (*size == 0)
            return dispatch(request);
        enum MHD_Result result = take_body(request, bytes, *size);
        *size = 0;
        return result;
    case REQUEST_READY:
        return send_answer(request);
    default:
        return MHD_YES;
    }
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request_slot,
                         enum MHD_RequestTerminationCode code)
{
    struct request *request = *request_slot;
    (void)context;
    (void)connection;
    (void)code;
    if (!request)
        return;
    request->api->active--;
    waiting_begin(&request->api->waiting, waiting_of(request), uv_now(request->api->options.loop));
    if (request->stream)
        log_reader_close(request->stream);
    upload_close(request->upload);
    intake_free(request->intake);
    json_decref(request->answer);
    free(request->body);
    free(request->changed_key);
    free(request->text);
    free(request);
    *request_slot = NULL;
}

/* Segments are decoded after the path is split, so nothing is decoded here. */
static size_t on_unescape(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

static void on_error_log(void *context, const char *format, va_list arguments)
{
    char text[256];
    (void)context;
    vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\n")] = '\0';
    journal(JOURNAL_DEBUG, "api", "http", "message", text);
}

/* ---- life ---- */

const struct api_options *api_options(const struct api *api)
{
    return &api->options;
}

int api_port(const struct api *api)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(api->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}

unsigned api_active(const struct api *api)
{
    return api->active;
}

char *api_metrics(const struct api *api)
{
    const struct api_options *options = &api->options;
    struct metrics_now now = {.egress = options->egress,
                              .devices_connected = options->presence->count,
                              .requests_active = api->active,
                              .store_jobs_waiting = store_queue_pending(options->queue),
                              .api_keys = options->keyring->count};
    return metrics_text(&api->metrics, &now);
}

void api_set_rate_limit(struct api *api, unsigned rate_limit)
{
    api->options.rate_limit = rate_limit;
}

bool api_ready(const struct api *api)
{
    return !api->stopping;
}

struct api *api_start(const struct api_options *options)
{
    struct api *api = memory_new(sizeof *api);
    api->options = *options;
    waiting_init(&api->waiting, options->request_limit_ms);
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    if (options->address->sa_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    if (options->tls)
        flags |= MHD_USE_TLS;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)tls_retrieve},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES},
        {MHD_OPTION_END, 0, NULL}};
    if (!options->tls)
        tls[0].option = MHD_OPTION_END;
    api->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_access, api, MHD_OPTION_EXTERNAL_LOGGER, on_error_log, NULL,
        MHD_OPTION_SOCK_ADDR, options->address, MHD_OPTION_URI_LOG_CALLBACK, on_uri, api,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, api, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape,
        NULL, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S,
        MHD_OPTION_CONNECTION_LIMIT, api->waiting.connections_max + CONNECTIONS_SPARE,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, api, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (!api->daemon) {
        journal(JOURNAL_ERROR, "api",
                "cannot listen; is the port taken, or the certificate wrong?");
        free(api);
        return NULL;
    }
    int descriptor = MHD_get_daemon_info(api->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    uv_timer_init(options->loop, &api->timer);
    uv_poll_init(options->loop, &api->poll, descriptor);
    uv_timer_init(options->loop, &api->sweep);
    api->timer.data = api->poll.data = api->sweep.data = api;
    api->handles = 3;
    uv_timer_start(&api->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    uv_poll_start(&api->poll, UV_READABLE, on_poll);
    return api;
}

void api_quiesce(struct api *api)
{
    api->stopping = true;
    int listener = MHD_quiesce_daemon(api->daemon);
    if (listener >= 0)
        close(listener);
    uv_timer_start(&api->timer, on_timer, 0, 0);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct api *api = handle->data;
    if (--api->handles > 0)
        return;
    limiters_free(&api->limiters);
    cache_free(&api->cache);
    free(api);
}

void api_stop(struct api *api)
{
    uv_poll_stop(&api->poll);
    MHD_run(api->daemon);
    MHD_stop_daemon(api->daemon);
    uv_close((uv_handle_t *)&api->poll, on_handle_closed);
    uv_close((uv_handle_t *)&api->timer, on_handle_closed);
    uv_close((uv_handle_t *)&api->sweep, on_handle_closed);
}
