/* The device gateway: see gateway.h. */
#include "cloud/gateway/gateway.h"

#include <stdlib.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/gateway/session.h"

#define BACKLOG 1024

static void on_event(void *context, const struct bus_event *event)
{
    struct gateway *gateway = context;
    if (event->topic != BUS_DEVICE_CHANGED)
        return;
    struct presence *presence = presence_find(gateway->options.presence, event->device_sid);
    if (presence)
        session_refresh((struct session *)((char *)presence - offsetof(struct session, presence)));
}

/* A connection must be accepted to be refused. */
static void on_refused_closed(uv_handle_t *handle)
{
    free(handle);
}

static void refuse(uv_stream_t *listener)
{
    uv_tcp_t *tcp = memory_new(sizeof *tcp);
    if (uv_tcp_init(listener->loop, tcp) != 0) {
        free(tcp);
        return;
    }
    uv_accept(listener, (uv_stream_t *)tcp);
    uv_close((uv_handle_t *)tcp, on_refused_closed);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct gateway *gateway = listener->data;
    if (status < 0) {
        journal(JOURNAL_WARNING, "gateway", "cannot accept", "error", uv_strerror(status));
        return;
    }
    if (gateway->count >= GATEWAY_SESSIONS_MAX) {
        journal(JOURNAL_WARNING, "gateway", "too many connections");
        refuse(listener);
        return;
    }
    session_accept(gateway, listener);
}

struct gateway *gateway_start(const struct gateway_options *options)
{
    struct gateway *gateway = memory_new(sizeof *gateway);
    gateway->options = *options;
    gateway->tls = transport_context_new(options->authority);
    if (!gateway->tls) {
        free(gateway);
        return NULL;
    }
    uv_tcp_init(options->loop, &gateway->listener);
    gateway->listener.data = gateway;
    gateway->listening = true;
    int result = uv_tcp_bind(&gateway->listener, options->address, 0);
    if (result == 0)
        result = uv_listen((uv_stream_t *)&gateway->listener, BACKLOG, on_connection);
    if (result == 0) {
        bus_subscribe(options->bus, on_event, gateway);
        return gateway;
    }
    journal(JOURNAL_ERROR, "gateway", "cannot listen", "error", uv_strerror(result));
    gateway_quiesce(gateway);
    uv_run(options->loop, UV_RUN_NOWAIT);
    gateway_free(gateway);
    return NULL;
}

int gateway_port(const struct gateway *gateway)
{
    struct sockaddr_storage address;
    int size = sizeof address;
    if (uv_tcp_getsockname(&gateway->listener, (struct sockaddr *)&address, &size) != 0)
        return 0;
    if (address.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

bool gateway_reload(struct gateway *gateway)
{
    SSL_CTX *tls = transport_context_new(gateway->options.authority);
    if (!tls)
        return false;
    SSL_CTX_free(gateway->tls); /* connections hold on to it */
    gateway->tls = tls;
    return true;
}

void gateway_refresh_all(struct gateway *gateway)
{
    for (struct session *session = gateway->sessions; session; session = session->next) {
        if (session->opened)
            session_refresh(session);
    }
}

void gateway_quiesce(struct gateway *gateway)
{
    gateway->stopping = true;
    if (gateway->listening)
        uv_close((uv_handle_t *)&gateway->listener, NULL);
    gateway->listening = false;
    for (struct session *session = gateway->sessions, *next; session; session = next) {
        next = session->next;
        session_end(session, tunnel_GOODBYE_SHUTDOWN, "server is going down");
    }
}

unsigned gateway_active(const struct gateway *gateway)
{
    return gateway->count;
}

void gateway_cut(struct gateway *gateway)
{
    for (struct session *session = gateway->sessions, *next; session; session = next) {
        next = session->next;
        transport_abort(&session->transport, "server is going down");
    }
}

void gateway_free(struct gateway *gateway)
{
    SSL_CTX_free(gateway->tls);
    free(gateway);
}
