/* libcurl on the loop: see http_engine.h. */
#include "cloud/egress/http_engine.h"

#include <stdlib.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"

struct http_engine {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t timer;
};

struct socket_poll {
    uv_poll_t poll; /* first: handles cast */
    struct http_engine *engine;
    curl_socket_t fd;
};

static void report_done(struct http_engine *engine)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(engine->multi, &left)) != NULL) {
        struct http_transfer *transfer = NULL;
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
        curl_multi_remove_handle(engine->multi, easy);
        transfer->done(transfer->context, result);
    }
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct socket_poll *socket = (struct socket_poll *)poll;
    struct http_engine *engine = socket->engine; /* the socket may go during the action */
    int running, flags = status < 0 ? CURL_CSELECT_ERR : 0;
    flags |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
    flags |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
    curl_multi_socket_action(engine->multi, socket->fd, flags, &running);
    report_done(engine);
}

static void on_timer(uv_timer_t *timer)
{
    struct http_engine *engine = timer->data;
    int running;
    curl_multi_socket_action(engine->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    report_done(engine);
}

static int on_timeout(CURLM *multi, long timeout_ms, void *context)
{
    struct http_engine *engine = context;
    (void)multi;
    if (timeout_ms < 0)
        uv_timer_stop(&engine->timer);
    else
        uv_timer_start(&engine->timer, on_timer, timeout_ms > 0 ? (uint64_t)timeout_ms : 1, 0);
    return 0;
}

static void on_poll_closed(uv_handle_t *handle)
{
    free(handle);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *mine)
{
    struct http_engine *engine = context;
    struct socket_poll *socket = mine;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (socket)
            uv_close((uv_handle_t *)&socket->poll, on_poll_closed);
        curl_multi_assign(engine->multi, fd, NULL);
        return 0;
    }
    if (!socket) {
        socket = memory_new(sizeof *socket);
        socket->engine = engine;
        socket->fd = fd;
        if (uv_poll_init_socket(engine->loop, &socket->poll, fd) != 0) {
            free(socket);
            return -1;
        }
        curl_multi_assign(engine->multi, fd, socket);
    }
    uv_poll_start(&socket->poll,
                  (what & CURL_POLL_IN ? UV_READABLE : 0) |
                      (what & CURL_POLL_OUT ? UV_WRITABLE : 0),
                  on_poll);
    return 0;
}

bool http_engine_add(struct http_engine *engine, CURL *easy, struct http_transfer *transfer)
{
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    return curl_multi_add_handle(engine->multi, easy) == CURLM_OK;
}

void http_engine_remove(struct http_engine *engine, CURL *easy)
{
    curl_multi_remove_handle(engine->multi, easy);
}

struct http_engine *http_engine_start(uv_loop_t *loop)
{
    struct http_engine *engine = memory_new(sizeof *engine);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        engine->multi = curl_multi_init();
    if (!engine->multi) {
        journal(JOURNAL_ERROR, "egress", "cannot start libcurl");
        free(engine);
        return NULL;
    }
    engine->loop = loop;
    uv_timer_init(loop, &engine->timer);
    engine->timer.data = engine;
    curl_multi_setopt(engine->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(engine->multi, CURLMOPT_SOCKETDATA, engine);
    curl_multi_setopt(engine->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(engine->multi, CURLMOPT_TIMERDATA, engine);
    return engine;
}

static void on_engine_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void http_engine_stop(struct http_engine *engine)
{
    curl_multi_cleanup(engine->multi);
    uv_close((uv_handle_t *)&engine->timer, on_engine_closed);
}
