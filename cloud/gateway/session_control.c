/* Control messages of a session, and telling a device what is wanted of it. See session.h. */
#include <stdio.h>
#include <string.h>

#include "cloud/base/clock.h"
#include "cloud/base/journal.h"
#include "cloud/gateway/jobs.h"
#include "cloud/gateway/session.h"

/* Follows the device's clock: a smaller sample had less delay and is better; drift is tracked. */
static void follow_clock(struct session *session, uint64_t device_us, bool first)
{
    int64_t sample = (int64_t)(clock_unix_us() - device_us);
    if (first || sample < session->clock_offset_us)
        session->clock_offset_us = sample;
    else
        session->clock_offset_us += (sample - session->clock_offset_us) / 8;
}

/* False if a hash has neither 0 nor 32 bytes, or is missing where it must be. */
static bool report_take(struct device_report *report, bool has_app, const uint8_t *hash,
                        size_t hash_size, const uint8_t *update_hash, size_t update_size,
                        uint32_t state, uint32_t error)
{
    memset(report, 0, sizeof *report);
    if ((has_app && hash_size != STORE_HASH) || (update_size != 0 && update_size != STORE_HASH))
        return false;
    report->has_app = has_app;
    if (has_app)
        memcpy(report->manifest_hash, hash, STORE_HASH);
    report->has_update_hash = update_size == STORE_HASH;
    if (report->has_update_hash)
        memcpy(report->update_hash, update_hash, STORE_HASH);
    report->state = state;
    report->error = error;
    return true;
}

static void take_hello(struct session *session, const tunnel_Hello *hello)
{
    struct device_report report;
    if (session->state != SESSION_HELLO) {
        session_protocol_error(session, "second Hello");
        return;
    }
    if (strcmp(hello->device_id, session->sid) != 0) {
        session_protocol_error(session, "Hello names another device than the certificate");
        return;
    }
    if (hello->version_min > TUNNEL_VERSION || hello->version_max < TUNNEL_VERSION) {
        session_end(session, tunnel_GOODBYE_VERSION, "no common protocol version");
        return;
    }
    if (!report_take(&report, hello->has_app, hello->manifest_hash.bytes, hello->manifest_hash.size,
                     hello->update_hash.bytes, hello->update_hash.size,
                     (uint32_t)hello->update_state, (uint32_t)hello->update_error)) {
        session_protocol_error(session, "Hello has a hash of a wrong length");
        return;
    }
    follow_clock(session, hello->device_us, true);
    session->boot_id = hello->boot_id;
    session->state = SESSION_OPENING;
    session_arm_timer(session);
    jobs_open(session, hello->kernel_version, &report);
}

static void take_report(struct session *session, const tunnel_UpdateReport *update)
{
    struct device_report report;
    char state[12], error[12];
    if (!report_take(&report, update->has_app, update->manifest_hash.bytes,
                     update->manifest_hash.size, update->update_hash.bytes,
                     update->update_hash.size, (uint32_t)update->update_state,
                     (uint32_t)update->update_error)) {
        session_protocol_error(session, "UpdateReport has a hash of a wrong length");
        return;
    }
    snprintf(state, sizeof state, "%u", report.state);
    snprintf(error, sizeof error, "%u", report.error);
    journal(JOURNAL_INFO, "gateway", "update report", "device", session->sid, "state", state,
            "error", error);
    jobs_report(session, &report);
}

static void take_ping(struct session *session, const tunnel_Ping *ping)
{
    tunnel_ControlMessage answer = tunnel_ControlMessage_init_zero;
    answer.which_message = tunnel_ControlMessage_pong_tag;
    answer.message.pong.token = ping->token;
    answer.message.pong.unix_us = clock_unix_us();
    if (ping->device_us != 0)
        follow_clock(session, ping->device_us, false);
    session_send_control(session, &answer);
}

void session_control(struct session *session, const struct tunnel_frame *frame)
{
    tunnel_ControlMessage message;
    if (!tunnel_control_parse(frame, &message)) {
        session_protocol_error(session, "control message does not parse");
        return;
    }
    if (session->state == SESSION_HELLO &&
        message.which_message != tunnel_ControlMessage_hello_tag) {
        session_protocol_error(session, "the first message is not Hello");
        return;
    }
    switch (message.which_message) {
    case tunnel_ControlMessage_hello_tag:
        take_hello(session, &message.message.hello);
        break;
    case tunnel_ControlMessage_update_report_tag:
        take_report(session, &message.message.update_report);
        break;
    case tunnel_ControlMessage_ping_tag:
        take_ping(session, &message.message.ping);
        break;
    case tunnel_ControlMessage_pong_tag:
        if (message.message.pong.device_us != 0)
            follow_clock(session, message.message.pong.device_us, false);
        break;
    case tunnel_ControlMessage_goodbye_tag:
        session_end(session, tunnel_GOODBYE_NONE, "the device said Goodbye");
        break;
    default:
        break; /* unknown, or not for the cloud */
    }
}

/* ---- telling the device ---- */

static void tell_target(struct session *session, const struct session_wish *wish)
{
    tunnel_ControlMessage message = tunnel_ControlMessage_init_zero;
    message.which_message = tunnel_ControlMessage_target_tag;
    if (wish->has_target) {
        message.message.target.manifest_hash.size = STORE_HASH;
        memcpy(message.message.target.manifest_hash.bytes, wish->target_hash, STORE_HASH);
        message.message.target.manifest_size = wish->target_size;
    }
    session->told_generation = wish->target_generation;
    session_send_control(session, &message);
}

static void tell_restart(struct session *session)
{
    tunnel_ControlMessage message = tunnel_ControlMessage_init_zero;
    message.which_message = tunnel_ControlMessage_restart_tag;
    message.message.restart.kind = tunnel_RESTART_APPLICATION;
    session_send_control(session, &message);
    session->restart_clearing = true;
    jobs_restarted(session);
}

static void tell_logging(struct session *session, bool enabled)
{
    tunnel_ControlMessage message = tunnel_ControlMessage_init_zero;
    message.which_message = tunnel_ControlMessage_logging_switch_tag;
    message.message.logging_switch.enabled = enabled;
    session->told_logging = enabled;
    session_send_control(session, &message);
}

static void tell_welcome(struct session *session, bool logging)
{
    tunnel_ControlMessage message = tunnel_ControlMessage_init_zero;
    tunnel_Welcome *welcome = &message.message.welcome;
    message.which_message = tunnel_ControlMessage_welcome_tag;
    welcome->version = TUNNEL_VERSION;
    welcome->session_id = session->session_id;
    welcome->unix_us = clock_unix_us();
    welcome->logging_enabled = logging;
    welcome->keepalive_s = session->gateway->options.keepalive_s;
    session->told_logging = logging;
    session_send_control(session, &message);
}

/* A second connection of the same device takes the place of the first. */
static void take_place(struct session *session)
{
    struct presence_table *table = session->gateway->options.presence;
    struct presence *old = presence_find(table, session->sid);
    if (old)
        session_end((struct session *)((char *)old - offsetof(struct session, presence)),
                    tunnel_GOODBYE_REPLACED, "replaced by a newer connection");
    memcpy(session->presence.sid, session->sid, sizeof session->presence.sid);
    memcpy(session->presence.remote, session->transport.remote, sizeof session->presence.remote);
    session->presence.since_s = clock_unix_s();
    presence_add(table, &session->presence);
    session->present = true;
}

void session_opened(struct session *session, const struct session_wish *wish)
{
    journal(JOURNAL_INFO, "gateway", "device connected", "device", session->sid, "remote",
            session->transport.remote, "tls", session->transport.version, "resumed",
            session->transport.resumed ? "yes" : "no");
    take_place(session);
    session->state = SESSION_OPEN;
    session->logging_expires_s = wish->logging_expires_s;
    tell_welcome(session, wish->logging_expires_s > clock_unix_s());
    tell_target(session, wish);
    if (wish->restart_pending)
        tell_restart(session);
    session_arm_timer(session);
    session_streams_resume(session);
}

void session_hold_logging(struct session *session)
{
    uint64_t hold_ms = session->gateway->options.log_hold_s * 1000u;
    if (hold_ms == 0 || session->log_held_ms > 0)
        return;
    session->log_held_ms = uv_now(session->gateway->options.loop) + hold_ms;
    journal(JOURNAL_WARNING, "gateway", "device logs too much, its logging is held", "device",
            session->sid);
    if (session->told_logging)
        tell_logging(session, false);
    session_arm_timer(session);
}

void session_wished(struct session *session, const struct session_wish *wish)
{
    bool logging = wish->logging_expires_s > clock_unix_s() && session->log_held_ms == 0;
    if (session->state != SESSION_OPEN)
        return;
    session->logging_expires_s = wish->logging_expires_s;
    if (logging != session->told_logging)
        tell_logging(session, logging);
    if (wish->target_generation != session->told_generation)
        tell_target(session, wish);
    if (wish->restart_pending && !session->restart_clearing)
        tell_restart(session);
    session_arm_timer(session);
    if (session->refresh_again) {
        session->refresh_again = false;
        jobs_refresh(session);
    }
}

void session_refresh(struct session *session)
{
    if (session->state != SESSION_OPEN)
        return;
    if (session->refreshing)
        session->refresh_again = true;
    else
        jobs_refresh(session);
}
