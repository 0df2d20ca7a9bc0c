/* Tunnel client: see tunnel.h. One receive buffer holds at most one frame, one send buffer a few;
 * frames are read only while an answer to each of them would still fit, so a cloud that does not
 * read cannot make memory grow.
 */
#include "kernel/net/tunnel.h"

#include <string.h>

#include "abi/mv_syscalls.h"
#include "formats/logrec.h"
#include "kernel/app/app.h"
#include "kernel/channels/stream.h"
#include "kernel/log/log.h"
#include "kernel/net/fetch_share.h"
#include "kernel/net/log_keep.h"
#include "kernel/net/restart.h"
#include "kernel/net/target.h"
#include "kernel/net/tls.h"
#include "kernel/time/time.h"
#include "kernel/update/update.h"

#define CONTROL_BYTES    224u /* room that any control frame, OPEN, CREDIT or CLOSE fits */
#define SEND_BYTES       (TUNNEL_FRAME_MAX + 4u * CONTROL_BYTES)
#define FRAMES_PER_POLL  8u
#define WELCOME_LIMIT_US 20000000u
#define LOG_REOPEN_US    5000000u
#define KEEPALIVE_MIN_S  5u
#define KEEPALIVE_MAX_S  3600u

_Static_assert(tunnel_ControlMessage_size + TUNNEL_HEADER_BYTES <= CONTROL_BYTES, "control room");

enum log_state { LOG_CLOSED, LOG_OPENING, LOG_OPEN };

static struct {
    const char *device_id;
    uint64_t boot_id;
    enum tunnel_status status;
    const char *error;
    uint32_t retry_after_s;
    uint64_t started_us, sent_us, received_us, ping_us, keepalive_us;
    uint32_t ping_token;
    bool ping_open;
    uint16_t last_stream; /* device streams have odd numbers */
    enum log_state log_state;
    uint16_t log_stream;
    uint32_t log_credit;
    bool log_window; /* the first credit has come: what follows are receipts */
    uint64_t log_retry_us;
    uint32_t in_size, out_size;
    uint8_t in[TUNNEL_FRAME_MAX];
    uint8_t out[SEND_BYTES];
} tunnel;

static struct log_keep log_keep; /* outlives connections */

static tunnel_ControlMessage message; /* too large for the stack; used by one function at a time */

void tunnel_init(const char *device_id, uint64_t boot_id)
{
    tunnel.device_id = device_id;
    tunnel.boot_id = boot_id;
    tunnel.status = TUNNEL_ENDED;
    tunnel.error = "";
}

const char *tunnel_error(void)
{
    return tunnel.error;
}

uint32_t tunnel_retry_after_s(void)
{
    return tunnel.retry_after_s;
}

/* ---- sending ---- */

static bool out_has_room(uint32_t bytes)
{
    return SEND_BYTES - tunnel.out_size >= bytes;
}

/* Takes the result of a frame writer. */
static void queued(int32_t bytes)
{
    if (bytes > 0)
        tunnel.out_size += (uint32_t)bytes;
}

static uint8_t *out_end(void)
{
    return tunnel.out + tunnel.out_size;
}

static void send_control(void)
{
    queued(tunnel_control_write(out_end(), SEND_BYTES - tunnel.out_size, &message));
}

static void send_u32(uint8_t type, uint16_t stream, uint32_t value)
{
    queued(tunnel_frame_write_u32(out_end(), SEND_BYTES - tunnel.out_size, type, stream, value));
}

static void begin_message(pb_size_t which)
{
    memset(&message, 0, sizeof message);
    message.which_message = which;
}

static void flush(void)
{
    while (tunnel.out_size > 0) {
        int32_t sent = tls_write(tunnel.out, tunnel.out_size);
        if (sent < 0) {
            tunnel.status = TUNNEL_ENDED;
            tunnel.error = tls_error();
        }
        if (sent <= 0)
            return;
        tunnel.out_size -= (uint32_t)sent;
        memmove(tunnel.out, tunnel.out + sent, tunnel.out_size);
        tunnel.sent_us = time_us();
    }
}

static void fill_hash(void *field_bytes, pb_size_t *field_size, const uint8_t hash[32])
{
    memcpy(field_bytes, hash, TUNNEL_HASH_BYTES);
    *field_size = TUNNEL_HASH_BYTES;
}

static void send_hello(void)
{
    tunnel_Hello *hello = &message.message.hello;
    struct update_report report = update_report_get();

    begin_message(tunnel_ControlMessage_hello_tag);
    hello->version_min = hello->version_max = TUNNEL_VERSION;
    strncpy(hello->device_id, tunnel.device_id, sizeof hello->device_id - 1);
    strncpy(hello->kernel_version, MV_KERNEL_VERSION_TEXT, sizeof hello->kernel_version - 1);
    hello->device_us = time_us();
    hello->boot_id = tunnel.boot_id;
    hello->wake_reason = (uint32_t)app_wake_reason();
    hello->has_app = report.has_app;
    if (report.has_app)
        fill_hash(hello->manifest_hash.bytes, &hello->manifest_hash.size, report.manifest_hash);
    if (report.has_target)
        fill_hash(hello->update_hash.bytes, &hello->update_hash.size, report.target_hash);
    hello->update_state = (tunnel_UpdateState)report.state;
    hello->update_error = (tunnel_UpdateError)report.error;
    send_control();
}

static void send_report(void)
{
    tunnel_UpdateReport *out = &message.message.update_report;
    struct update_report report = update_report_get();

    begin_message(tunnel_ControlMessage_update_report_tag);
    out->has_app = report.has_app;
    if (report.has_app)
        fill_hash(out->manifest_hash.bytes, &out->manifest_hash.size, report.manifest_hash);
    if (report.has_target)
        fill_hash(out->update_hash.bytes, &out->update_hash.size, report.target_hash);
    out->update_state = (tunnel_UpdateState)report.state;
    out->update_error = (tunnel_UpdateError)report.error;
    send_control();
}

/* ---- ending ---- */

static void end(const char *why)
{
    tunnel.status = TUNNEL_ENDED;
    tunnel.error = why;
}

static void say_goodbye(tunnel_GoodbyeReason reason)
{
    if (!out_has_room(CONTROL_BYTES))
        return;
    begin_message(tunnel_ControlMessage_goodbye_tag);
    message.message.goodbye.reason = reason;
    send_control();
    flush();
}

static void violated(const char *what)
{
    say_goodbye(tunnel_GoodbyeReason_GOODBYE_PROTOCOL);
    end(what);
}

/* ---- control messages ---- */

static void set_clock(uint64_t unix_us)
{
    if (unix_us != 0)
        time_set_wall(unix_us);
}

static void on_welcome(const tunnel_Welcome *welcome)
{
    uint32_t keepalive_s = welcome->keepalive_s;
    if (tunnel.status != TUNNEL_GREETING || welcome->version != TUNNEL_VERSION) {
        violated("server chose no version that this device speaks");
        return;
    }
    if (keepalive_s == 0)
        keepalive_s = TUNNEL_KEEPALIVE_S;
    if (keepalive_s < KEEPALIVE_MIN_S)
        keepalive_s = KEEPALIVE_MIN_S;
    if (keepalive_s > KEEPALIVE_MAX_S)
        keepalive_s = KEEPALIVE_MAX_S;
    tunnel.keepalive_us = keepalive_s * 1000000ull;
    set_clock(welcome->unix_us);
    log_set_enabled(welcome->logging_enabled);
    fetch_connected(true);
    tunnel.status = TUNNEL_RUNNING;
}

static void on_ping(uint32_t token)
{
    begin_message(tunnel_ControlMessage_pong_tag);
    message.message.pong.token = token;
    message.message.pong.device_us = time_us();
    send_control();
}

static void on_pong(const tunnel_Pong *pong)
{
    uint64_t round_trip_us = time_us() - tunnel.ping_us;
    if (!tunnel.ping_open || pong->token != tunnel.ping_token)
        return;
    tunnel.ping_open = false;
    if (pong->unix_us != 0)
        set_clock(pong->unix_us + round_trip_us / 2);
}

static const char *goodbye_text(tunnel_GoodbyeReason reason)
{
    switch (reason) {
    case tunnel_GoodbyeReason_GOODBYE_VERSION:
        return "server speaks no version of this device";
    case tunnel_GoodbyeReason_GOODBYE_UNKNOWN_DEVICE:
        return "server does not know this device";
    case tunnel_GoodbyeReason_GOODBYE_RETIRED_DEVICE:
        return "this device is retired";
    case tunnel_GoodbyeReason_GOODBYE_REPLACED:
        return "replaced by a newer connection";
    case tunnel_GoodbyeReason_GOODBYE_SHUTDOWN:
        return "server goes down";
    case tunnel_GoodbyeReason_GOODBYE_BUSY:
        return "server is busy";
    default:
        return "server said goodbye";
    }
}

#define STRANGER_RETRY_S 3600u /* docs/tunnel.md §8 */
#define RETRY_MAX_S      86400u

static void on_goodbye(const tunnel_Goodbye *goodbye)
{
    bool stranger = goodbye->reason == tunnel_GoodbyeReason_GOODBYE_UNKNOWN_DEVICE ||
                    goodbye->reason == tunnel_GoodbyeReason_GOODBYE_RETIRED_DEVICE;
    tunnel.retry_after_s =
        goodbye->retry_after_s < RETRY_MAX_S ? goodbye->retry_after_s : RETRY_MAX_S;
    if (stranger && tunnel.retry_after_s < STRANGER_RETRY_S)
        tunnel.retry_after_s = STRANGER_RETRY_S;
    end(goodbye_text(goodbye->reason));
}

static void on_target(const tunnel_Target *target)
{
    if (target->manifest_hash.size == 0)
        return; /* none assigned: keep what runs */
    if (target->manifest_hash.size != TUNNEL_HASH_BYTES || target->manifest_size == 0 ||
        target->manifest_size > FETCH_RING_BYTES)
        violated("server names an impossible manifest");
    else
        target_want(target->manifest_hash.bytes, target->manifest_size);
}

/* Messages that only a welcomed connection may see. */
static void on_running(void)
{
    switch (message.which_message) {
    case tunnel_ControlMessage_time_tag:
        set_clock(message.message.time.unix_us);
        break;
    case tunnel_ControlMessage_target_tag:
        on_target(&message.message.target);
        break;
    case tunnel_ControlMessage_logging_switch_tag:
        log_set_enabled(message.message.logging_switch.enabled);
        break;
    case tunnel_ControlMessage_restart_tag:
        restart_request(message.message.restart.kind == tunnel_RestartKind_RESTART_KERNEL);
        break;
    case tunnel_ControlMessage_pong_tag:
        on_pong(&message.message.pong);
        break;
    default:
        break; /* unknown, or a message that only devices send: skipped */
    }
}

static void on_control(const struct tunnel_frame *frame)
{
    if (!tunnel_control_parse(frame, &message)) {
        violated("server sent a broken control message");
        return;
    }
    switch (message.which_message) {
    case tunnel_ControlMessage_welcome_tag:
        on_welcome(&message.message.welcome);
        break;
    case tunnel_ControlMessage_goodbye_tag:
        on_goodbye(&message.message.goodbye);
        break;
    case tunnel_ControlMessage_ping_tag:
        on_ping(message.message.ping.token);
        break;
    default:
        if (tunnel.status == TUNNEL_RUNNING)
            on_running();
        break;
    }
}

/* ---- streams ---- */

static bool is_log(uint16_t stream)
{
    return tunnel.log_state != LOG_CLOSED && stream == tunnel.log_stream;
}

static bool is_fetch(uint16_t stream)
{
    const struct fetch_stream *fetch = fetch_shared();
    return fetch->state == FETCH_OPEN && stream == fetch->stream;
}

/* The next odd number that no open stream has. */
static uint16_t next_stream(void)
{
    do {
        tunnel.last_stream = (uint16_t)(tunnel.last_stream + 2);
    } while (is_log(tunnel.last_stream) || is_fetch(tunnel.last_stream) ||
             stream_is_channel(tunnel.last_stream));
    return tunnel.last_stream;
}

static void on_open(const struct tunnel_frame *frame)
{
    if (frame->stream % 2 != 0)
        violated("server opened a stream with a device's number");
    else
        send_u32(TUNNEL_CLOSE, frame->stream, TUNNEL_CLOSE_UNSUPPORTED);
}

static void on_data(const struct tunnel_frame *frame)
{
    if (is_fetch(frame->stream)) {
        if (!fetch_stream_data(fetch_shared(), frame->payload, frame->length))
            violated("server sent more than it had credit for");
    } else if (is_log(frame->stream)) {
        violated("server sent data on the log stream");
    } else if (!stream_data(frame->stream, frame->payload, frame->length)) {
        violated("server sent more than a channel's credit");
    }
}

static void on_credit(const struct tunnel_frame *frame)
{
    uint32_t more = tunnel_frame_u32(frame);
    if (!is_log(frame->stream)) {
        if (!stream_credit(frame->stream, more))
            violated("server gave a channel too much credit");
        return;
    }
    if (!tunnel_credit_add(&tunnel.log_credit, more))
        violated("server gave too much credit");
    else if (tunnel.log_window)
        log_keep_stored(&log_keep, more);
    tunnel.log_window = true;
}

static void on_accept(const struct tunnel_frame *frame)
{
    if (is_log(frame->stream))
        tunnel.log_state = LOG_OPEN;
    else
        stream_accepted(frame->stream);
}

static void on_close(const struct tunnel_frame *frame)
{
    if (is_fetch(frame->stream)) {
        fetch_stream_over(fetch_shared(), (int32_t)tunnel_frame_u32(frame));
    } else if (is_log(frame->stream)) {
        tunnel.log_state = LOG_CLOSED;
        tunnel.log_retry_us = time_us() + LOG_REOPEN_US;
        if (tunnel_frame_u32(frame) == TUNNEL_CLOSE_PROTOCOL)
            log_keep_give_up(&log_keep);
    } else {
        stream_closed(frame->stream, tunnel_frame_u32(frame));
    }
}

static void on_frame(const struct tunnel_frame *frame)
{
    bool control = frame->type == TUNNEL_CONTROL;
    if (tunnel.status == TUNNEL_GREETING && !control) {
        violated("server sent something before its welcome");
        return;
    }
    switch (frame->type) {
    case TUNNEL_CONTROL:
        on_control(frame);
        break;
    case TUNNEL_OPEN:
        on_open(frame);
        break;
    case TUNNEL_ACCEPT:
        on_accept(frame);
        break;
    case TUNNEL_DATA:
        on_data(frame);
        break;
    case TUNNEL_CREDIT:
        on_credit(frame);
        break;
    case TUNNEL_CLOSE:
        on_close(frame);
        break;
    default:
        break; /* unknown types are skipped */
    }
}

/* ---- receiving ---- */

/* Acts on the first frame in the buffer if it is whole. */
static bool take_frame(void)
{
    struct tunnel_frame frame;
    int32_t size = tunnel_frame_parse(tunnel.in, tunnel.in_size, &frame);
    if (size < 0)
        violated("server sent a frame that breaks the protocol");
    if (size <= 0)
        return false;
    tunnel.received_us = time_us();
    on_frame(&frame);
    tunnel.in_size -= (uint32_t)size;
    memmove(tunnel.in, tunnel.in + size, tunnel.in_size);
    return true;
}

/* False when there is nothing more to do now. */
static bool receive_some(void)
{
    int32_t got;
    if (take_frame())
        return true;
    if (tunnel.status == TUNNEL_ENDED)
        return false;
    got = tls_read(tunnel.in + tunnel.in_size, sizeof tunnel.in - tunnel.in_size);
    if (got < 0)
        end(tls_error());
    if (got <= 0)
        return false;
    tunnel.in_size += (uint32_t)got;
    return true;
}

static void receive(void)
{
    for (uint32_t i = 0; i < 2 * FRAMES_PER_POLL; i++) {
        if (tunnel.status == TUNNEL_ENDED || !out_has_room(2 * CONTROL_BYTES) || !receive_some())
            return;
    }
}

/* ---- log ---- */

static void open_log(void)
{
    struct tunnel_open open = {.kind = TUNNEL_LOG};
    tunnel.log_stream = next_stream();
    tunnel.log_state = LOG_OPENING;
    tunnel.log_credit = 0;
    tunnel.log_window = false;
    log_keep_again(&log_keep);
    queued(
        tunnel_frame_write_open(out_end(), SEND_BYTES - tunnel.out_size, tunnel.log_stream, &open));
}

/* Moves waiting records to where they are kept until the cloud has them. */
static void collect_records(void)
{
    uint8_t *room;
    while ((room = log_keep_room(&log_keep)) != NULL) {
        uint32_t size = log_peek(room, LOGREC_BYTES_MAX);
        if (size == 0)
            return;
        log_keep_added(&log_keep, size);
        log_consume();
    }
}

static void send_records(void)
{
    uint32_t limit = tunnel.log_credit, size;
    const uint8_t *records;

    if (limit > TUNNEL_PAYLOAD_MAX)
        limit = TUNNEL_PAYLOAD_MAX;
    records = log_keep_next(&log_keep, limit, &size);
    if (size == 0)
        return;
    queued(tunnel_frame_write(out_end(), SEND_BYTES - tunnel.out_size, TUNNEL_DATA,
                              tunnel.log_stream, records, size));
    log_keep_sent(&log_keep, size);
    tunnel.log_credit -= size;
}

static void log_poll(void)
{
    collect_records();
    if (log_keep.size == 0)
        return;
    if (tunnel.log_state == LOG_CLOSED) {
        if (time_us() >= tunnel.log_retry_us && out_has_room(2 * CONTROL_BYTES))
            open_log();
    } else if (out_has_room(TUNNEL_FRAME_MAX + 2 * CONTROL_BYTES)) {
        send_records();
    }
}

/* ---- fetch ---- */

static void fetch_poll(void)
{
    struct fetch_stream *fetch = fetch_shared();
    uint16_t cancelled, stream;
    uint32_t grant;

    if (!out_has_room(3 * CONTROL_BYTES))
        return;
    cancelled = fetch_take_cancelled();
    if (cancelled != 0)
        send_u32(TUNNEL_CLOSE, cancelled, TUNNEL_CLOSE_CANCELLED);
    if (fetch->state == FETCH_WANTED) {
        stream = next_stream();
        queued(tunnel_frame_write_open(out_end(), SEND_BYTES - tunnel.out_size, stream,
                                       &fetch->request));
        fetch_stream_opened(fetch, stream);
    }
    grant = fetch_stream_grant(fetch);
    if (grant > 0) {
        send_u32(TUNNEL_CREDIT, fetch->stream, grant);
        fetch_stream_granted(fetch, grant);
    }
}

/* ---- channels of the application ---- */

/* Whether the channel's stream was closed, opened, or given credit. */
static bool channel_manage(uint32_t index)
{
    struct tunnel_open open;
    uint32_t value;
    uint16_t stream = stream_take_cancelled(index, &value);
    if (stream != 0) {
        send_u32(TUNNEL_CLOSE, stream, value);
        return true;
    }
    stream = next_stream();
    if (stream_take_open(index, stream, &open)) {
        queued(tunnel_frame_write_open(out_end(), SEND_BYTES - tunnel.out_size, stream, &open));
        return true;
    }
    stream = stream_take_grant(index, &value);
    if (stream != 0)
        send_u32(TUNNEL_CREDIT, stream, value);
    return stream != 0;
}

/* The payload is taken to where it will be sent from. */
static bool channel_send(uint32_t index)
{
    uint32_t size;
    uint16_t stream =
        stream_take_data(index, out_end() + TUNNEL_HEADER_BYTES, TUNNEL_PAYLOAD_MAX, &size);
    if (stream != 0)
        queued(tunnel_frame_write(out_end(), SEND_BYTES - tunnel.out_size, TUNNEL_DATA, stream,
                                  out_end() + TUNNEL_HEADER_BYTES, size));
    return stream != 0;
}

/* Whether anything was sent. */
static bool channels_round(void)
{
    bool any = false;
    for (uint32_t i = 0; i < CHANNELS_MAX; i++) {
        if (out_has_room(3 * CONTROL_BYTES))
            any = channel_manage(i) || any;
        if (out_has_room(TUNNEL_FRAME_MAX + 2 * CONTROL_BYTES))
            any = channel_send(i) || any;
        flush();
    }
    return any;
}

static void channels_poll(void)
{
    for (uint32_t i = 0; i < FRAMES_PER_POLL && channels_round(); i++)
        ;
    stream_raw_poll();
}

/* ---- keep-alive and the whole ---- */

static void keepalive_poll(void)
{
    uint64_t now_us = time_us();
    uint64_t heard_us = now_us - tunnel.received_us, said_us = now_us - tunnel.sent_us;

    if (heard_us > tunnel.keepalive_us * 5 / 2) {
        say_goodbye(tunnel_GoodbyeReason_GOODBYE_IDLE);
        end("server went silent");
        return;
    }
    /* Also when only the server is quiet: a ping makes a living one speak. */
    if ((heard_us < tunnel.keepalive_us && said_us < tunnel.keepalive_us) ||
        now_us - tunnel.ping_us < tunnel.keepalive_us || !out_has_room(2 * CONTROL_BYTES))
        return;
    begin_message(tunnel_ControlMessage_ping_tag);
    message.message.ping.token = ++tunnel.ping_token;
    message.message.ping.device_us = tunnel.ping_us = now_us;
    tunnel.ping_open = true;
    send_control();
}

static void running_poll(void)
{
    if (update_report_changed() && out_has_room(2 * CONTROL_BYTES))
        send_report();
    target_poll();
    fetch_poll();
    log_poll();
    channels_poll();
    keepalive_poll();
}

void tunnel_start(void)
{
    tunnel.status = TUNNEL_GREETING;
    tunnel.error = "";
    tunnel.retry_after_s = 0;
    tunnel.in_size = tunnel.out_size = 0;
    tunnel.last_stream = 0xFFFF; /* so that the first number is 1 */
    tunnel.log_state = LOG_CLOSED;
    tunnel.log_retry_us = 0;
    tunnel.ping_open = false;
    tunnel.ping_us = time_us();
    tunnel.keepalive_us = TUNNEL_KEEPALIVE_S * 1000000ull;
    tunnel.started_us = tunnel.sent_us = tunnel.received_us = time_us();
    fetch_connected(false);
    send_hello();
}

enum tunnel_status tunnel_poll(void)
{
    if (tunnel.status == TUNNEL_ENDED)
        return TUNNEL_ENDED;
    flush();
    receive();
    if (tunnel.status == TUNNEL_GREETING && time_us() - tunnel.started_us > WELCOME_LIMIT_US)
        end("server did not answer the hello");
    if (tunnel.status == TUNNEL_RUNNING)
        running_poll();
    if (tunnel.status != TUNNEL_ENDED)
        flush();
    return tunnel.status;
}

void tunnel_stop(tunnel_GoodbyeReason reason)
{
    if (tunnel.status != TUNNEL_ENDED)
        say_goodbye(reason);
    tunnel.status = TUNNEL_ENDED;
    fetch_connected(false);
    target_lost();
}
