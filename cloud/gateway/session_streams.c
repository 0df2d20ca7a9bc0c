/* Streams of a session, and what FETCH and LOG ones carry. See session.h and docs/tunnel.md §3, §4,
 * §6, §7. */
#include <stdio.h>
#include <string.h>

#include "cloud/base/clock.h"
#include "cloud/base/journal.h"
#include "cloud/gateway/jobs.h"
#include "cloud/gateway/session.h"
#include "cloud/logs/text.h"

#define FETCH_PIECE     16384u /* bytes read from the store at once */
#define LOG_CREDIT      8192u  /* bytes that a device may have under way to the store */
#define LOG_HOLD_EXCESS 5000u  /* records too many, without a pause, before logging is held */
#define LOGS_IN_A_FRAME (TUNNEL_PAYLOAD_MAX / LOGREC_HEADER_BYTES + 1) /* and one about losses */

struct session_stream *session_stream_find(struct session *session, uint16_t number)
{
    for (size_t i = 0; i < TUNNEL_STREAMS_MAX; i++) {
        if (number != 0 && session->streams[i].number == number)
            return &session->streams[i];
    }
    return NULL;
}

static struct session_stream *find_serial(struct session *session, uint16_t number, uint32_t serial)
{
    struct session_stream *stream = session_stream_find(session, number);
    return stream && stream->serial == serial ? stream : NULL;
}

static struct session_stream *find_free(struct session *session)
{
    for (size_t i = 0; i < TUNNEL_STREAMS_MAX; i++) {
        if (session->streams[i].number == 0)
            return &session->streams[i];
    }
    return NULL;
}

/* The stream is over, whoever ended it. */
static void stream_over(struct session *session, struct session_stream *stream, const char *how)
{
    char hash[2 * STORE_HASH + 1], sent[12];
    if (stream->kind == TUNNEL_FETCH) {
        hex_text(hash, stream->hash, STORE_HASH);
        snprintf(sent, sizeof sent, "%u", stream->sent);
        journal(JOURNAL_INFO, "gateway", "fetch ended", "device", session->sid, "hash", hash, "how",
                how, "sent", sent);
    }
    struct outlet *outlet = stream->outlet;
    stream->outlet = NULL;
    stream->number = 0;
    if (outlet)
        outlet_end(outlet);
}

static const char *close_text(enum tunnel_close reason)
{
    static const char *const texts[] = {"done",      "cancelled", "not found",
                                        "forbidden", "range",     "unsupported",
                                        "limit",     "protocol",  "internal"};
    return reason < sizeof texts / sizeof texts[0] ? texts[reason] : "unknown";
}

void session_stream_close(struct session *session, struct session_stream *stream,
                          enum tunnel_close reason)
{
    session_send_u32(session, TUNNEL_CLOSE, stream->number, reason);
    stream_over(session, stream, close_text(reason));
}

void session_streams_end(struct session *session)
{
    for (size_t i = 0; i < TUNNEL_STREAMS_MAX; i++) {
        if (session->streams[i].number != 0)
            stream_over(session, &session->streams[i], "connection lost");
    }
}

/* ---- FETCH ---- */

/* Asks the store for the next piece, if the device has room for it and the socket too. */
static void fetch_next(struct session *session, struct session_stream *stream)
{
    uint32_t size = FETCH_PIECE;
    if (stream->busy || transport_congested(&session->transport))
        return;
    if (stream->accepted && stream->credit == 0)
        return;
    if (stream->credit < size)
        size = stream->credit;
    if (!stream->to_the_end && stream->length < size)
        size = stream->length;
    stream->busy = true;
    jobs_fetch(session, stream, size);
}

/* The device learns the size first, even if it has given no credit yet. */
static bool fetch_accept(struct session *session, struct session_stream *stream, uint32_t total)
{
    if (stream->accepted)
        return true;
    if (stream->offset > total) {
        session_stream_close(session, stream, TUNNEL_CLOSE_RANGE);
        return false;
    }
    stream->accepted = true;
    if (stream->to_the_end || stream->length > total - stream->offset)
        stream->length = total - stream->offset;
    stream->to_the_end = false;
    session_send_u32(session, TUNNEL_ACCEPT, stream->number, total);
    return true;
}

static enum tunnel_close fetch_refusal(enum store_result result)
{
    return result == STORE_NOT_FOUND ? TUNNEL_CLOSE_NOT_FOUND : TUNNEL_CLOSE_INTERNAL;
}

void session_fetched(struct session *session, uint16_t number, uint32_t serial,
                     enum store_result result, const uint8_t *bytes, size_t size, uint32_t total)
{
    struct session_stream *stream = find_serial(session, number, serial);
    if (!stream)
        return; /* closed meanwhile */
    stream->busy = false;
    if (result != STORE_OK) {
        session_stream_close(session, stream, fetch_refusal(result));
        return;
    }
    if (stream->accepted && size == 0) {
        session_stream_close(session, stream, TUNNEL_CLOSE_INTERNAL); /* the file has shrunk */
        return;
    }
    if (!fetch_accept(session, stream, total))
        return;
    if (size > stream->length)
        size = stream->length;
    stream->offset += (uint32_t)size;
    stream->length -= (uint32_t)size;
    stream->credit -= (uint32_t)size;
    stream->sent += (uint32_t)size;
    while (size > 0) {
        size_t piece = size < TUNNEL_PAYLOAD_MAX ? size : TUNNEL_PAYLOAD_MAX;
        session_send_frame(session, TUNNEL_DATA, number, bytes, piece);
        bytes += piece;
        size -= piece;
    }
    if (stream->length == 0)
        session_stream_close(session, stream, TUNNEL_CLOSE_DONE);
    else
        fetch_next(session, stream);
}

/* ---- LOG ---- */

static void refill_log_tokens(struct session *session)
{
    bucket_fill(&session->log_bucket, uv_now(session->gateway->options.loop));
    if (session->log_bucket.tokens >= SESSION_LOG_BURST / 2)
        session->log_excess = 0;
}

/* Whether a record is kept: the switch, and the rate of this device. */
static bool log_wanted(struct session *session, const struct logrec *record)
{
    if (record->type == LOGREC_APP_LOGGING && session->state == SESSION_OPEN &&
        !session->told_logging)
        return false;
    if (bucket_take(&session->log_bucket, uv_now(session->gateway->options.loop)))
        return true;
    session->log_dropped++;
    if (++session->log_excess == LOG_HOLD_EXCESS)
        session_hold_logging(session);
    return false;
}

/* Takes a DATA payload apart; false if it is not whole records. */
static bool take_records(struct session *session, const struct tunnel_frame *frame,
                         struct store_log *logs, size_t *count)
{
    uint64_t now_us = clock_unix_us();
    size_t at = 0;
    while (at < frame->length) {
        struct logrec record;
        int32_t length = logrec_parse(frame->payload + at, frame->length - at, &record);
        if (length <= 0)
            return false;
        if (log_wanted(session, &record))
            log_from_record(&logs[(*count)++], &record, session->boot_id, session->clock_offset_us,
                            now_us);
        at += (size_t)length;
    }
    if (session->log_dropped > 0 && *count > 0) {
        char text[80];
        snprintf(text, sizeof text, "%u records dropped: more than %u a second%s",
                 session->log_dropped, SESSION_LOG_RATE_PER_S,
                 session->log_held_ms > 0 ? ", logging is held" : "");
        log_make(&logs[(*count)++], "lost", now_us, text);
        session->log_dropped = 0;
    }
    return true;
}

static void take_log_data(struct session *session, struct session_stream *stream,
                          const struct tunnel_frame *frame)
{
    struct store_log logs[LOGS_IN_A_FRAME];
    size_t count = 0;
    refill_log_tokens(session);
    bool whole = take_records(session, frame, logs, &count);
    if (!whole) {
        log_release(logs, count);
        session_stream_close(session, stream, TUNNEL_CLOSE_PROTOCOL);
    } else if (count > 0) {
        jobs_log(session, stream, logs, count, frame->length);
    } else {
        session_logged(session, stream->number, stream->serial, frame->length, true);
    }
}

void session_logged(struct session *session, uint16_t number, uint32_t serial, uint32_t bytes,
                    bool stored)
{
    struct session_stream *stream = find_serial(session, number, serial);
    if (!stream)
        return;
    if (!stored) {
        session_stream_close(session, stream, TUNNEL_CLOSE_INTERNAL);
        return;
    }
    stream->credit += bytes;
    session_send_u32(session, TUNNEL_CREDIT, number, bytes);
}

/* ---- frames ---- */

static void refuse_open(struct session *session, uint16_t number, enum tunnel_close reason)
{
    session_send_u32(session, TUNNEL_CLOSE, number, reason);
}

static bool is_channel(uint8_t kind)
{
    return kind == TUNNEL_HTTP || kind == TUNNEL_MQTT || kind == TUNNEL_CONFIG;
}

static bool is_known(uint8_t kind)
{
    return kind == TUNNEL_FETCH || kind == TUNNEL_LOG || is_channel(kind);
}

static void take_open(struct session *session, const struct tunnel_frame *frame)
{
    struct tunnel_open open;
    struct session_stream *stream = find_free(session);
    if (frame->stream % 2 == 0 || session_stream_find(session, frame->stream)) {
        session_protocol_error(session, "OPEN with a number that is not free");
        return;
    }
    bool parsed = tunnel_open_parse(frame, &open);
    if (parsed && open.credit > TUNNEL_CREDIT_MAX) {
        session_protocol_error(session, "more credit than is allowed");
        return;
    }
    if (!parsed || !stream || !is_known(open.kind)) {
        refuse_open(session, frame->stream,
                    !parsed   ? TUNNEL_CLOSE_PROTOCOL
                    : !stream ? TUNNEL_CLOSE_LIMIT
                              : TUNNEL_CLOSE_UNSUPPORTED);
        return;
    }
    memset(stream, 0, sizeof *stream);
    stream->session = session;
    stream->number = frame->stream;
    stream->kind = open.kind;
    stream->serial = ++session->stream_serial;
    if (is_channel(open.kind)) {
        session_channel_open(session, stream, &open);
        return;
    }
    if (open.kind == TUNNEL_LOG) {
        stream->accepted = true;
        stream->credit = LOG_CREDIT;
        session_send_u32(session, TUNNEL_ACCEPT, stream->number, 0);
        session_send_u32(session, TUNNEL_CREDIT, stream->number, LOG_CREDIT);
        return;
    }
    stream->credit = open.credit;
    memcpy(stream->hash, open.hash, sizeof stream->hash);
    stream->offset = open.offset;
    stream->length = open.length;
    stream->to_the_end = open.length == 0;
    fetch_next(session, stream);
}

static void take_data(struct session *session, struct session_stream *stream,
                      const struct tunnel_frame *frame)
{
    uint32_t allowed = stream->kind == TUNNEL_LOG ? stream->credit : 0;
    if (stream->outlet) {
        session_channel_data(session, stream, frame);
        return;
    }
    if (frame->length > allowed) {
        session_protocol_error(session, "DATA without credit");
        return;
    }
    stream->credit -= frame->length;
    take_log_data(session, stream, frame);
}

static void take_credit(struct session *session, struct session_stream *stream, uint32_t more)
{
    if (stream->kind == TUNNEL_LOG)
        return; /* the cloud sends nothing on it */
    if (stream->outlet)
        session_channel_credit(session, stream, more);
    else if (!tunnel_credit_add(&stream->credit, more))
        session_protocol_error(session, "more credit than is allowed");
    else
        fetch_next(session, stream);
}

void session_stream_frame(struct session *session, const struct tunnel_frame *frame)
{
    if (frame->type == TUNNEL_OPEN) {
        take_open(session, frame);
        return;
    }
    struct session_stream *stream = session_stream_find(session, frame->stream);
    if (!stream)
        return; /* it may have crossed our CLOSE */
    if (frame->type == TUNNEL_DATA)
        take_data(session, stream, frame);
    else if (frame->type == TUNNEL_CREDIT)
        take_credit(session, stream, tunnel_frame_u32(frame));
    else if (frame->type == TUNNEL_CLOSE)
        stream_over(session, stream, "closed by the device");
}

void session_streams_resume(struct session *session)
{
    unsigned first = session->stream_turn++; /* none is always the last to find room */
    for (unsigned i = 0; i < TUNNEL_STREAMS_MAX; i++) {
        struct session_stream *stream = &session->streams[(first + i) % TUNNEL_STREAMS_MAX];
        if (stream->number != 0 && stream->kind == TUNNEL_FETCH)
            fetch_next(session, stream);
        else if (stream->outlet)
            outlet_resume(stream->outlet);
    }
}
