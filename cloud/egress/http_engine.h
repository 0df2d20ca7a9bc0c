/* libcurl's multi interface on the loop: its sockets by uv_poll, its one timer by uv_timer. */
#ifndef CLOUD_EGRESS_HTTP_ENGINE_H
#define CLOUD_EGRESS_HTTP_ENGINE_H

#include <stdbool.h>

#include <curl/curl.h>
#include <uv.h>

struct http_engine;

struct http_engine *http_engine_start(uv_loop_t *loop); /* NULL after a journal line */
void http_engine_stop(struct http_engine *engine);

/* Starts a transfer; done(context, result) comes from the loop unless it is cancelled. The handle
 * stays the caller's. */
struct http_transfer {
    void (*done)(void *context, CURLcode result);
    void *context;
};

bool http_engine_add(struct http_engine *engine, CURL *easy, struct http_transfer *transfer);
void http_engine_remove(struct http_engine *engine, CURL *easy);

#endif
