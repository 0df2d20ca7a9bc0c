/* Live log readers: see reader.h. */
#include "cloud/logs/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/base/memory.h"
#include "cloud/logs/text.h"

#define READER_BUFFER 65536
#define READER_BATCH  16   /* records read from the store at once; they must fit an empty buffer */
#define READER_LAG    5000 /* records that come while one is behind, more than it takes: too slow */
#define NOTICE_BYTES  200

struct log_reader {
    struct log_readers *readers;
    struct log_reader *next;
    void *context;
    char device_sid[SID_TEXT];
    int64_t device_id;
    int64_t cursor; /* last record put into the buffer */
    bool behind;    /* the store has, or may have, records behind the cursor */
    bool loading;   /* a job is on its way */
    bool again;     /* records came meanwhile, which that job may not have seen */
    bool starved;   /* the owner found nothing and waits for wake() */
    bool closed;    /* the owner is gone; freed when the job is back */
    bool dropped;   /* too slow: the buffer ends with the notice, and nothing more comes */
    int64_t lag;    /* records that came while it was behind, less those it took from the store */
    char buffer[READER_BUFFER];
    size_t start, end;
    /* Filled by the store thread. */
    struct store_job job;
    struct store_log logs[READER_BATCH];
    size_t log_count;
};

struct log_readers {
    struct store_queue *queue;
    void (*wake)(void *context);
    struct log_reader *first;
    size_t count;
    bool ending;
    uv_timer_t heartbeat;
};

static void load(struct log_reader *reader);

static void wake(struct log_reader *reader)
{
    if (!reader->starved || reader->closed)
        return;
    reader->starved = false;
    reader->readers->wake(reader->context);
}

static bool put(struct log_reader *reader, const char *bytes, size_t size)
{
    if (reader->start > 0) {
        memmove(reader->buffer, reader->buffer + reader->start, reader->end - reader->start);
        reader->end -= reader->start;
        reader->start = 0;
    }
    if (size > sizeof reader->buffer - NOTICE_BYTES - reader->end)
        return false; /* a notice always fits */
    memcpy(reader->buffer + reader->end, bytes, size);
    reader->end += size;
    return true;
}

/* A record as the bytes of an event, which the caller frees. */
static char *render(const struct store_log *log, size_t *size)
{
    char *event = NULL;
    json_t *json = log_json(log);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    int length =
        text ? asprintf(&event, "id: %lld\ndata: %s\n\n", (long long)log->cursor, text) : 0;
    *size = length > 0 ? (size_t)length : 0;
    free(text);
    json_decref(json);
    return length > 0 ? event : NULL;
}

static bool put_event(struct log_reader *reader, int64_t cursor, const char *event, size_t size)
{
    if (!put(reader, event, size))
        return false;
    reader->cursor = cursor;
    return true;
}

/* False if there is no room (nothing is then written). */
static bool put_log(struct log_reader *reader, const struct store_log *log)
{
    size_t size;
    char *event = render(log, &size);
    bool fits = put_event(reader, log->cursor, event ? event : "", size);
    free(event);
    return fits;
}

/* The last event of a reader that is too slow. It may come again and read on from the cursor. */
static void drop(struct log_reader *reader)
{
    int length = snprintf(reader->buffer + reader->end, sizeof reader->buffer - reader->end,
                          "event: dropped\ndata: {\"reason\":\"this reader is too slow; read on "
                          "from the cursor\",\"sequence\":%lld}\n\n",
                          (long long)reader->cursor);
    reader->end += (size_t)length;
    reader->dropped = true;
    reader->behind = false;
}

static bool run_load(struct store_job *job, struct store *store)
{
    struct log_reader *reader =
        (struct log_reader *)((char *)job - offsetof(struct log_reader, job));
    reader->log_count = 0;
    store_log_read(store, reader->device_id, reader->cursor, reader->logs, READER_BATCH,
                   &reader->log_count);
    return true;
}

static void done_load(struct store_job *job, bool failed)
{
    struct log_reader *reader =
        (struct log_reader *)((char *)job - offsetof(struct log_reader, job));
    size_t count = failed ? 0 : reader->log_count, i = 0;
    reader->loading = false;
    if (!reader->closed) {
        while (!reader->dropped && i < count && put_log(reader, &reader->logs[i]))
            i++;
        reader->lag = reader->lag > (int64_t)i ? reader->lag - (int64_t)i : 0;
        if (count < READER_BATCH && i == count && !failed)
            reader->behind = reader->again;
        if (reader->dropped)
            reader->behind = false;
        reader->again = false;
    }
    log_release(reader->logs, reader->log_count);
    reader->log_count = 0;
    if (reader->closed) {
        free(reader);
        return;
    }
    if (reader->end > reader->start)
        wake(reader);
    else if (reader->behind)
        load(reader);
}

static void load(struct log_reader *reader)
{
    if (reader->loading || reader->closed || reader->readers->ending)
        return;
    reader->job.quiet = true;
    reader->job.run = run_load;
    reader->job.done = done_load;
    reader->loading = store_queue_submit(reader->readers->queue, &reader->job, false);
}

static void count_lag(struct log_reader *reader, size_t count)
{
    reader->lag = reader->behind ? reader->lag + (int64_t)count : 0;
    if (reader->lag > READER_LAG)
        drop(reader);
}

static bool concerned(const struct log_reader *reader, const struct bus_event *event)
{
    return !reader->dropped && strcmp(reader->device_sid, event->device_sid) == 0;
}

/* A record is made into an event once, for all that keep up. */
static void spread(struct log_readers *readers, const struct bus_event *event,
                   const struct store_log *log)
{
    char *text = NULL;
    size_t size = 0;
    for (struct log_reader *reader = readers->first; reader; reader = reader->next) {
        if (!concerned(reader, event) || reader->behind || log->cursor <= reader->cursor)
            continue;
        if (!text)
            text = render(log, &size);
        if (!put_event(reader, log->cursor, text ? text : "", size))
            reader->behind = true;
    }
    free(text);
}

static void on_event(void *context, const struct bus_event *event)
{
    struct log_readers *readers = context;
    if (event->topic != BUS_LOG_APPENDED)
        return;
    for (struct log_reader *reader = readers->first; reader; reader = reader->next) {
        if (concerned(reader, event) && reader->loading)
            reader->again = reader->behind = true;
    }
    for (size_t i = 0; i < event->log_count; i++)
        spread(readers, event, &event->logs[i]);
    for (struct log_reader *reader = readers->first; reader; reader = reader->next) {
        if (!concerned(reader, event))
            continue;
        count_lag(reader, event->log_count);
        if (reader->end > reader->start)
            wake(reader);
        else if (reader->behind)
            load(reader);
    }
}

static void on_heartbeat(uv_timer_t *timer)
{
    struct log_readers *readers = timer->data;
    for (struct log_reader *reader = readers->first; reader; reader = reader->next) {
        if (reader->end > reader->start || reader->dropped)
            continue;
        put(reader, ": \n\n", 4);
        wake(reader);
        if (reader->behind)
            load(reader); /* the queue may have been full */
    }
}

struct log_readers *log_readers_start(uv_loop_t *loop, struct store_queue *queue, struct bus *bus,
                                      void (*wake_owner)(void *context))
{
    struct log_readers *readers = memory_new(sizeof *readers);
    readers->queue = queue;
    readers->wake = wake_owner;
    uv_timer_init(loop, &readers->heartbeat);
    readers->heartbeat.data = readers;
    uv_timer_start(&readers->heartbeat, on_heartbeat, LOG_HEARTBEAT_S * 1000,
                   LOG_HEARTBEAT_S * 1000);
    bus_subscribe(bus, on_event, readers);
    return readers;
}

void log_readers_end(struct log_readers *readers)
{
    readers->ending = true;
    for (struct log_reader *reader = readers->first; reader; reader = reader->next)
        wake(reader);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void log_readers_stop(struct log_readers *readers)
{
    uv_close((uv_handle_t *)&readers->heartbeat, on_closed);
}

struct log_reader *log_reader_open(struct log_readers *readers, const char *device_sid,
                                   int64_t device_id, int64_t after, void *context)
{
    if (readers->count >= LOG_READERS_MAX || readers->ending)
        return NULL;
    struct log_reader *reader = memory_new(sizeof *reader);
    reader->readers = readers;
    reader->context = context;
    snprintf(reader->device_sid, sizeof reader->device_sid, "%s", device_sid);
    reader->device_id = device_id;
    reader->cursor = after;
    reader->behind = true;
    reader->next = readers->first;
    readers->first = reader;
    readers->count++;
    put(reader, ": \n\n", 4); /* so that the client sees the answer's header at once */
    load(reader);
    return reader;
}

void log_reader_close(struct log_reader *reader)
{
    struct log_reader **link = &reader->readers->first;
    while (*link != reader)
        link = &(*link)->next;
    *link = reader->next;
    reader->readers->count--;
    reader->closed = true;
    if (!reader->loading)
        free(reader);
}

ssize_t log_reader_take(struct log_reader *reader, char *out, size_t size)
{
    size_t there = reader->end - reader->start;
    if (there == 0) {
        if (reader->readers->ending || reader->dropped)
            return -1;
        if (reader->behind)
            load(reader);
        reader->starved = true;
        return 0;
    }
    if (size > there)
        size = there;
    memcpy(out, reader->buffer + reader->start, size);
    reader->start += size;
    return (ssize_t)size;
}
