/* What sessions ask of the store: see jobs.h. */
#include "cloud/gateway/jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/base/clock.h"
#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/logs/text.h"

struct device_job {
    struct store_job job;
    struct session *session;
    char sid[SID_TEXT];
    char text[256]; /* kernel version, or reason of a close */
    bool has_report;
    struct device_report report;
    enum store_result result; /* STORE_IN_USE: the device is retired */
    bool suspended;           /* the account is */
    struct session_wish wish;
    struct store_log log; /* the connection record */
    bool logged;
};

/* ---- shared by all jobs ---- */

static void submit(struct session *session, struct store_job *job)
{
    session->jobs++;
    store_queue_submit(session->gateway->options.queue, job, true);
}

static void job_over(struct session *session)
{
    session->jobs--;
    session_release(session);
}

static void publish_logs(struct session *session, const struct store_log *logs, size_t count)
{
    struct bus_event event = {.topic = BUS_LOG_APPENDED, .logs = logs, .log_count = count};
    memcpy(event.device_sid, session->sid, sizeof event.device_sid);
    if (count > 0)
        bus_publish(session->gateway->options.bus, &event);
}

static struct device_job *device_job_new(struct session *session,
                                         bool (*run)(struct store_job *, struct store *),
                                         void (*done)(struct store_job *, bool))
{
    struct device_job *job = memory_new(sizeof *job);
    job->job.run = run;
    job->job.done = done;
    job->session = session;
    memcpy(job->sid, session->sid, sizeof job->sid);
    return job;
}

static void device_job_free(struct device_job *job)
{
    struct session *session = job->session;
    free(job->log.text);
    free(job);
    job_over(session);
}

static void wish_from_device(struct session_wish *wish, const struct store_device *device)
{
    wish->has_target = device->target_sid[0] != '\0';
    memcpy(wish->target_hash, device->target_hash, STORE_HASH);
    wish->target_size = (uint32_t)device->target_size;
    wish->target_generation = device->target_generation;
    wish->logging_expires_s = device->logging_expires_s;
    wish->restart_pending = device->restart_pending;
}

static enum store_result apply_report(struct store *store, struct store_device *device,
                                      const struct device_report *report)
{
    device->last_seen_s = device->date_reported_s = clock_unix_s();
    device->has_reported_hash = report->has_app;
    device->reported_sid[0] = '\0';
    if (report->has_app)
        memcpy(device->reported_hash, report->manifest_hash, STORE_HASH);
    device->update_state = report->state;
    device->update_error = report->error;
    device->has_update_hash = report->has_update_hash;
    memcpy(device->update_hash, report->update_hash, STORE_HASH);
    if (!report->has_app)
        return STORE_OK;
    return store_app_sid_by_hash(store, device->account_id, device->target_sid,
                                 device->reported_hash, device->reported_sid);
}

static void log_connection(struct device_job *job, struct store *store, int64_t device_id,
                           const char *text)
{
    log_make(&job->log, "connection", clock_unix_us(), text);
    job->logged = store_log_append(store, device_id, &job->log, 1) == STORE_OK;
}

/* ---- open ---- */

static bool run_open(struct store_job *store_job, struct store *store)
{
    struct device_job *job = (struct device_job *)store_job;
    struct store_device device;
    char text[80];
    job->result = store_device_find(store, job->sid, &device);
    if (job->result == STORE_OK && device.retired)
        job->result = STORE_IN_USE;
    job->suspended = job->result == STORE_OK && device.account_suspended;
    if (job->result != STORE_OK || job->suspended)
        return false;
    snprintf(device.kernel_version, sizeof device.kernel_version, "%.35s", job->text);
    job->result = apply_report(store, &device, &job->report);
    if (job->result == STORE_OK)
        job->result = store_device_write(store, &device);
    wish_from_device(&job->wish, &device);
    snprintf(text, sizeof text, "Connection established for device %s", job->sid);
    log_connection(job, store, device.id, text);
    return job->result == STORE_OK;
}

/* The device may come again: an account can be resumed. */
static void end_suspended(struct session *session)
{
    journal(JOURNAL_WARNING, "gateway", "device of a suspended account refused", "device",
            session->sid, "remote", session->transport.remote);
    session_end(session, tunnel_GOODBYE_BUSY, "account suspended");
}

static void done_open(struct store_job *store_job, bool failed)
{
    struct device_job *job = (struct device_job *)store_job;
    struct session *session = job->session;
    bool open = !failed && job->result == STORE_OK && !job->suspended;
    if (open) {
        session->opened = true;
        if (job->logged)
            publish_logs(session, &job->log, 1);
    }
    if (session->state == SESSION_CLOSED) {
        if (open)
            jobs_closed(session);
    } else if (open) {
        session_opened(session, &job->wish);
    } else if (!failed && job->suspended) {
        end_suspended(session);
    } else if (!failed && job->result == STORE_NOT_FOUND) {
        journal(JOURNAL_WARNING, "gateway", "unknown device refused", "device", session->sid,
                "remote", session->transport.remote);
        session_end(session, tunnel_GOODBYE_UNKNOWN_DEVICE, "unknown device");
    } else if (!failed && job->result == STORE_IN_USE) {
        journal(JOURNAL_WARNING, "gateway", "retired device refused", "device", session->sid,
                "remote", session->transport.remote);
        session_end(session, tunnel_GOODBYE_RETIRED_DEVICE, "retired device");
    } else {
        session_end(session, tunnel_GOODBYE_INTERNAL, "store failed");
    }
    device_job_free(job);
}

void jobs_open(struct session *session, const char *kernel_version,
               const struct device_report *report)
{
    struct device_job *job = device_job_new(session, run_open, done_open);
    snprintf(job->text, sizeof job->text, "%s", kernel_version);
    job->report = *report;
    submit(session, &job->job);
}

/* ---- refresh, report, restarted ---- */

static bool run_refresh(struct store_job *store_job, struct store *store)
{
    struct device_job *job = (struct device_job *)store_job;
    struct store_device device;
    job->result = store_device_find(store, job->sid, &device);
    if (job->result == STORE_OK && device.retired)
        job->result = STORE_IN_USE;
    if (job->result == STORE_OK)
        wish_from_device(&job->wish, &device);
    job->suspended = job->result == STORE_OK && device.account_suspended;
    return true;
}

static void done_refresh(struct store_job *store_job, bool failed)
{
    struct device_job *job = (struct device_job *)store_job;
    struct session *session = job->session;
    session->refreshing = false;
    if (session->state == SESSION_CLOSED)
        ;
    else if (failed || job->result == STORE_FAILED)
        session_end(session, tunnel_GOODBYE_INTERNAL, "store failed");
    else if (job->result != STORE_OK)
        session_end(session, tunnel_GOODBYE_RETIRED_DEVICE, "retired device");
    else if (job->suspended)
        end_suspended(session);
    else
        session_wished(session, &job->wish);
    device_job_free(job);
}

void jobs_refresh(struct session *session)
{
    session->refreshing = true;
    submit(session, &device_job_new(session, run_refresh, done_refresh)->job);
}

static void done_quietly(struct store_job *store_job, bool failed)
{
    struct device_job *job = (struct device_job *)store_job;
    if (failed || job->result == STORE_FAILED)
        journal(JOURNAL_ERROR, "gateway", "device state was not stored", "device", job->sid);
    if (!failed && job->logged)
        publish_logs(job->session, &job->log, 1);
    device_job_free(job);
}

static bool run_report(struct store_job *store_job, struct store *store)
{
    struct device_job *job = (struct device_job *)store_job;
    struct store_device device;
    job->result = store_device_find(store, job->sid, &device);
    if (job->result == STORE_OK)
        job->result = apply_report(store, &device, &job->report);
    if (job->result == STORE_OK)
        job->result = store_device_write(store, &device);
    return job->result == STORE_OK;
}

void jobs_report(struct session *session, const struct device_report *report)
{
    struct device_job *job = device_job_new(session, run_report, done_quietly);
    job->report = *report;
    submit(session, &job->job);
}

static bool run_restarted(struct store_job *store_job, struct store *store)
{
    struct device_job *job = (struct device_job *)store_job;
    struct store_device device;
    job->result = store_device_find(store, job->sid, &device);
    device.restart_pending = false;
    if (job->result == STORE_OK)
        job->result = store_device_write(store, &device);
    return job->result == STORE_OK;
}

static void done_restarted(struct store_job *store_job, bool failed)
{
    ((struct device_job *)store_job)->session->restart_clearing = false;
    done_quietly(store_job, failed);
}

void jobs_restarted(struct session *session)
{
    submit(session, &device_job_new(session, run_restarted, done_restarted)->job);
}

static bool run_closed(struct store_job *store_job, struct store *store)
{
    struct device_job *job = (struct device_job *)store_job;
    struct store_device device;
    char text[384];
    job->result = store_device_find(store, job->sid, &device);
    if (job->result != STORE_OK)
        return false;
    device.last_seen_s = clock_unix_s();
    job->result = store_device_write(store, &device);
    snprintf(text, sizeof text, "Connection closed for device %s: %s", job->sid, job->text);
    log_connection(job, store, device.id, text);
    return job->result == STORE_OK;
}

void jobs_closed(struct session *session)
{
    struct device_job *job = device_job_new(session, run_closed, done_quietly);
    snprintf(job->text, sizeof job->text, "%s", session->transport.reason);
    submit(session, &job->job);
}

/* ---- fetch ---- */

struct fetch_job {
    struct store_job job;
    struct session *session;
    char sid[SID_TEXT];
    uint16_t number;
    uint32_t serial, offset, total;
    uint8_t hash[STORE_HASH];
    enum store_result result;
    size_t size, got;
    uint8_t bytes[];
};

static bool run_fetch(struct store_job *store_job, struct store *store)
{
    struct fetch_job *job = (struct fetch_job *)store_job;
    job->result = store_blob_read(store, job->sid, job->hash, job->offset, job->bytes, job->size,
                                  &job->got, &job->total);
    return true;
}

static void done_fetch(struct store_job *store_job, bool failed)
{
    struct fetch_job *job = (struct fetch_job *)store_job;
    struct session *session = job->session;
    if (session->state != SESSION_CLOSED)
        session_fetched(session, job->number, job->serial, failed ? STORE_FAILED : job->result,
                        job->bytes, job->got, job->total);
    free(job);
    job_over(session);
}

void jobs_fetch(struct session *session, const struct session_stream *stream, uint32_t size)
{
    struct fetch_job *job = memory_new(sizeof *job + size);
    job->job.quiet = true;
    job->job.run = run_fetch;
    job->job.done = done_fetch;
    job->session = session;
    memcpy(job->sid, session->sid, sizeof job->sid);
    job->number = stream->number;
    job->serial = stream->serial;
    job->offset = stream->offset;
    memcpy(job->hash, stream->hash, STORE_HASH);
    job->size = size;
    submit(session, &job->job);
}

/* ---- logs ---- */

struct log_job {
    struct store_job job;
    struct session *session;
    char sid[SID_TEXT];
    uint16_t number;
    uint32_t serial, bytes;
    enum store_result result;
    struct store_log *logs;
    size_t count;
};

static bool run_log(struct store_job *store_job, struct store *store)
{
    struct log_job *job = (struct log_job *)store_job;
    struct store_device device;
    job->result = store_device_find(store, job->sid, &device);
    if (job->result == STORE_OK)
        job->result = store_log_append(store, device.id, job->logs, job->count);
    return job->result == STORE_OK;
}

static void done_log(struct store_job *store_job, bool failed)
{
    struct log_job *job = (struct log_job *)store_job;
    struct session *session = job->session;
    bool stored = !failed && job->result == STORE_OK;
    if (stored)
        publish_logs(session, job->logs, job->count);
    if (session->state != SESSION_CLOSED)
        session_logged(session, job->number, job->serial, job->bytes, stored);
    log_release(job->logs, job->count);
    free(job->logs);
    free(job);
    job_over(session);
}

void jobs_log(struct session *session, const struct session_stream *stream, struct store_log *logs,
              size_t count, uint32_t bytes)
{
    struct log_job *job = memory_new(sizeof *job);
    job->job.quiet = true; /* no record of the REST API tells of logs */
    job->job.run = run_log;
    job->job.done = done_log;
    job->session = session;
    memcpy(job->sid, session->sid, sizeof job->sid);
    job->number = stream->number;
    job->serial = stream->serial;
    job->bytes = bytes;
    job->count = count;
    job->logs = memory_new(count * sizeof *logs);
    memcpy(job->logs, logs, count * sizeof *logs);
    submit(session, &job->job);
}
