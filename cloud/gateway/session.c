/* A device's session: life, frames and timer. See session.h. */
#include "cloud/gateway/session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/base/clock.h"
#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/gateway/jobs.h"

#define HANDSHAKE_MS   10000u
#define FLUSH_LIMIT_MS 2000u /* for the last bytes of a connection that ends */
#define BUSY_RETRY_S   60u

static uint64_t loop_ms(const struct session *session)
{
    return uv_now(session->gateway->options.loop);
}

/* ---- end ---- */

void session_release(struct session *session)
{
    if (session->jobs > 0 || !session->transport_gone || !session->timer_gone)
        return;
    struct gateway *gateway = session->gateway;
    if (session->previous)
        session->previous->next = session->next;
    else
        gateway->sessions = session->next;
    if (session->next)
        session->next->previous = session->previous;
    gateway->count--;
    egress_share_release(session->share);
    free(session->partial);
    free(session);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct session *session = handle->data;
    session->timer_gone = true;
    session_release(session);
}

/* The session takes no more part in anything; its bytes may still be on their way out. */
static void leave(struct session *session)
{
    if (session->state == SESSION_CLOSED)
        return;
    session->state = SESSION_CLOSED;
    session_streams_end(session);
    if (session->present)
        presence_remove(session->gateway->options.presence, &session->presence);
    session->present = false;
}

static void on_closed(struct transport *transport)
{
    struct session *session = (struct session *)transport;
    bool known = session->sid[0] != '\0';
    leave(session);
    journal(known ? JOURNAL_INFO : JOURNAL_WARNING, "gateway",
            known ? "device disconnected" : "connection refused", "device", session->sid, "remote",
            transport->remote, "reason", transport->reason);
    session->transport_gone = true;
    if (session->opened)
        jobs_closed(session);
    uv_close((uv_handle_t *)&session->timer, on_timer_closed);
}

static uint32_t retry_after_s(tunnel_GoodbyeReason reason)
{
    if (reason == tunnel_GOODBYE_SHUTDOWN)
        return 1;
    return reason == tunnel_GOODBYE_BUSY ? BUSY_RETRY_S : 0;
}

void session_end(struct session *session, tunnel_GoodbyeReason reason, const char *text)
{
    if (session->state == SESSION_CLOSED)
        return;
    tunnel_ControlMessage message = tunnel_ControlMessage_init_zero;
    message.which_message = tunnel_ControlMessage_goodbye_tag;
    message.message.goodbye.reason = reason;
    message.message.goodbye.retry_after_s = retry_after_s(reason);
    session_send_control(session, &message);
    leave(session);
    transport_finish(&session->transport, text);
    session_arm_timer(session);
}

void session_protocol_error(struct session *session, const char *what)
{
    journal(JOURNAL_WARNING, "gateway", "protocol error", "device", session->sid, "remote",
            session->transport.remote, "what", what);
    session_end(session, tunnel_GOODBYE_PROTOCOL, what);
}

/* ---- sending ---- */

void session_send_frame(struct session *session, uint8_t type, uint16_t stream,
                        const uint8_t *payload, size_t size)
{
    uint8_t frame[TUNNEL_FRAME_MAX];
    int32_t length = tunnel_frame_write(frame, sizeof frame, type, stream, payload, size);
    assert(length > 0);
    session->sent_ms = loop_ms(session);
    transport_send(&session->transport, frame, (size_t)length);
}

void session_send_u32(struct session *session, uint8_t type, uint16_t stream, uint32_t value)
{
    uint8_t payload[4];
    tunnel_put_u32(payload, value);
    session_send_frame(session, type, stream, payload, sizeof payload);
}

void session_send_control(struct session *session, const tunnel_ControlMessage *message)
{
    uint8_t frame[TUNNEL_FRAME_MAX];
    int32_t length = tunnel_control_write(frame, sizeof frame, message);
    assert(length > 0);
    session->sent_ms = loop_ms(session);
    transport_send(&session->transport, frame, (size_t)length);
}

/* ---- receiving ---- */

static void take_frame(struct session *session, const struct tunnel_frame *frame)
{
    session->heard_ms = loop_ms(session);
    if (frame->type == TUNNEL_CONTROL)
        session_control(session, frame);
    else if (session->state == SESSION_HELLO)
        session_protocol_error(session, "the first frame is not Hello");
    else if (frame->type <= TUNNEL_CLOSE && frame->type >= TUNNEL_OPEN)
        session_stream_frame(session, frame);
    /* Frames of unknown types are skipped. */
}

static const char *frame_error_text(int32_t error)
{
    switch (error) {
    case TUNNEL_ERROR_LENGTH:
        return "frame is too long";
    case TUNNEL_ERROR_STREAM:
        return "frame is on the wrong stream";
    default:
        return "frame has an impossible payload";
    }
}

/* Takes the frames that are complete; the beginning of the next one stays in partial. */
static void take_frames(struct session *session)
{
    size_t at = 0;
    while (session->state != SESSION_CLOSED) {
        struct tunnel_frame frame;
        int32_t length =
            tunnel_frame_parse(session->partial + at, session->partial_used - at, &frame);
        if (length < 0) {
            session_protocol_error(session, frame_error_text(length));
            return;
        }
        if (length == 0)
            break;
        take_frame(session, &frame);
        at += (size_t)length;
    }
    memmove(session->partial, session->partial + at, session->partial_used - at);
    session->partial_used -= at;
    if (session->partial_used > 0)
        return;
    free(session->partial); /* an idle session holds no buffer */
    session->partial = NULL;
}

static void on_bytes(struct transport *transport, const uint8_t *bytes, size_t size)
{
    struct session *session = (struct session *)transport;
    while (size > 0 && session->state != SESSION_CLOSED) {
        size_t room = TUNNEL_FRAME_MAX - session->partial_used;
        size_t piece = size < room ? size : room;
        if (!session->partial)
            session->partial = memory_new(TUNNEL_FRAME_MAX);
        memcpy(session->partial + session->partial_used, bytes, piece);
        session->partial_used += piece;
        bytes += piece;
        size -= piece;
        take_frames(session);
    }
}

static void on_secure(struct transport *transport)
{
    struct session *session = (struct session *)transport;
    X509 *certificate = SSL_get0_peer_certificate(transport->ssl);
    if (!authority_device_sid(certificate, session->sid)) {
        journal(JOURNAL_WARNING, "gateway", "certificate names no device", "remote",
                transport->remote);
        session_end(session, tunnel_GOODBYE_UNKNOWN_DEVICE, "certificate names no device");
        return;
    }
    session->state = SESSION_HELLO;
    session->started_ms = session->heard_ms = session->sent_ms = loop_ms(session);
    session_arm_timer(session);
}

static void on_drained(struct transport *transport)
{
    struct session *session = (struct session *)transport;
    if (session->state == SESSION_OPEN)
        session_streams_resume(session);
}

/* ---- timer ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Loop time at which the logging switch expires, or a hold ends; far away if neither does. */
static uint64_t logging_end_ms(const struct session *session)
{
    int64_t left_s = session->logging_expires_s - clock_unix_s();
    if (session->log_held_ms > 0)
        return session->log_held_ms;
    if (!session->told_logging)
        return UINT64_MAX;
    return loop_ms(session) + (left_s > 0 ? (uint64_t)left_s * 1000u : 0u);
}

static void on_timer(uv_timer_t *timer)
{
    struct session *session = timer->data;
    uint64_t now = loop_ms(session), keepalive = session->gateway->options.keepalive_s * 1000u;
    switch (session->state) {
    case SESSION_CLOSED:
        transport_abort(&session->transport, "");
        return;
    case SESSION_HANDSHAKE:
        transport_abort(&session->transport, "handshake took too long");
        return;
    case SESSION_HELLO:
        session_end(session, tunnel_GOODBYE_IDLE, "no Hello");
        return;
    case SESSION_OPENING:
    case SESSION_OPEN:
        break;
    }
    if (now - session->heard_ms >= keepalive * 5 / 2) {
        session_end(session, tunnel_GOODBYE_IDLE, "nothing heard for too long");
        return;
    }
    if (now - session->sent_ms >= keepalive) {
        tunnel_ControlMessage message = tunnel_ControlMessage_init_zero;
        message.which_message = tunnel_ControlMessage_ping_tag;
        message.message.ping.token = (uint32_t)now;
        session_send_control(session, &message);
    }
    if (logging_end_ms(session) <= now) {
        session->log_held_ms = 0;
        session->log_excess = 0;
        session_refresh(session);
    }
    session_arm_timer(session);
}

void session_arm_timer(struct session *session)
{
    uint64_t now = loop_ms(session), keepalive = session->gateway->options.keepalive_s * 1000u;
    uint64_t due = now + FLUSH_LIMIT_MS;
    if (session->transport_gone)
        return;
    if (session->state == SESSION_HANDSHAKE)
        due = session->started_ms + HANDSHAKE_MS;
    else if (session->state == SESSION_HELLO)
        due = session->started_ms + TUNNEL_HELLO_S * 1000u;
    else if (session->state != SESSION_CLOSED)
        due = earlier(earlier(session->sent_ms + keepalive, session->heard_ms + keepalive * 5 / 2),
                      logging_end_ms(session) == UINT64_MAX ? UINT64_MAX
                                                            : logging_end_ms(session) + 1);
    uv_timer_start(&session->timer, on_timer, due > now ? due - now : 1, 0);
}

/* ---- start ---- */

void session_accept(struct gateway *gateway, uv_stream_t *listener)
{
    static const struct transport_events events = {
        .on_secure = on_secure,
        .on_bytes = on_bytes,
        .on_drained = on_drained,
        .on_closed = on_closed,
    };
    struct session *session = memory_new(sizeof *session);
    session->gateway = gateway;
    if (!transport_start(&session->transport, listener, gateway->tls, &events)) {
        free(session);
        return;
    }
    uv_timer_init(gateway->options.loop, &session->timer);
    session->timer.data = session;
    session->next = gateway->sessions;
    if (session->next)
        session->next->previous = session;
    gateway->sessions = session;
    gateway->count++;
    random_fill((uint8_t *)&session->session_id, sizeof session->session_id);
    session->started_ms = session->heard_ms = session->sent_ms = loop_ms(session);
    bucket_init(&session->log_bucket, SESSION_LOG_RATE_PER_S, SESSION_LOG_BURST,
                session->started_ms);
    session_arm_timer(session);
}
