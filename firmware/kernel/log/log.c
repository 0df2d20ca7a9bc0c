/* Logging: see log.h. Sequence numbers are given out when a record is offered, so a lost one leaves
 * a gap that the cloud can see. */
#include "kernel/log/log.h"

#include <string.h>

#include "kernel/log/line.h"
#include "kernel/log/ring.h"
#include "kernel/time/time.h"
#include "kernel/work/lock.h"
#include "kernel/work/work.h"

#define SYSTEM_BYTES 4096u
/* The application's records: a burst, and then so many a second. */
#define RATE_BURST      256u
#define RATE_PER_SECOND 128u
#define RATE_STEP_US    (1000000u / RATE_PER_SECOND)

static uint8_t system_memory[SYSTEM_BYTES] __attribute__((aligned(4)));
static struct log_ring system_ring, app_ring;
static uint32_t sequence, lost;
static bool enabled = true;
static struct log_ring *peeked;
static struct {
    uint32_t tokens, since_us;
} rate;

/* Messages are copied step by step: records of the application's ring whose text is not
 * complete. A writer that does not come back for a while was ended. */
#define WRITERS      4u
#define STEP_BYTES   512u
#define ABANDONED_US 1000000u
static struct writer {
    struct log_message message;
    bool busy;
    uint32_t record; /* start of the record in the ring */
    uint32_t place, done, since_us;
} writers[WRITERS];

void log_init(void)
{
    log_ring_open(&system_ring, system_memory, sizeof system_memory);
    rate.tokens = RATE_BURST;
}

static struct logrec new_record(uint8_t type, const void *text, uint32_t size)
{
    struct logrec record = {.type = type,
                            .text_bytes = (uint16_t)size,
                            .sequence = sequence,
                            .device_us = time_us(),
                            .text = text};
    sequence++;
    return record;
}

void log_system(uint8_t type, const char *text)
{
    uint32_t size = strlen(text);
    if (type == LOGREC_APP_LOGGING && !enabled) {
        return;
    }
    uint32_t lock = lock_take();
    struct logrec record =
        new_record(type, text, size < LOGREC_TEXT_MAX ? size : (uint32_t)LOGREC_TEXT_MAX);
    if (!log_ring_put(&system_ring, &record)) {
        lost++;
    }
    lock_release(lock);
}

/* Tells once how many records were lost, as soon as there is room for saying so. */
static void report_lost(void)
{
    char text[32];
    struct line line;
    if (lost == 0) {
        return;
    }
    line_begin(&line, text, sizeof text);
    line_add_decimal(&line, lost);
    line_add(&line, " records lost");
    struct logrec record = new_record(LOGREC_LOST, text, line.length);
    if (log_ring_put(&system_ring, &record)) {
        lost = 0;
    }
}

/* The oldest record of the application still gets its text. */
static bool being_written(void)
{
    for (uint32_t i = 0; i < WRITERS; i++) {
        struct writer *writer = &writers[i];
        if (writer->busy && writer->record == app_ring.read) {
            uint32_t lock = lock_take();
            writer->busy = writer->busy && time_us_low() - writer->since_us < ABANDONED_US;
            lock_release(lock);
            return writer->busy;
        }
    }
    return false;
}

uint32_t log_peek(uint8_t *record, uint32_t size)
{
    uint32_t lock = lock_take();
    report_lost();
    lock_release(lock);
    peeked = &system_ring;
    uint32_t found = log_ring_peek(&system_ring, record, size);
    if (found == 0 && system_ring.used == 0 && !being_written()) {
        while (!enabled && app_ring.used != 0) {
            log_ring_drop(&app_ring); /* the cloud's hold is on those too that wait */
        }
        peeked = &app_ring;
        found = log_ring_peek(&app_ring, record, size);
    }
    return found;
}

void log_consume(void)
{
    if (peeked != NULL) {
        log_ring_drop(peeked);
        peeked = NULL;
    }
}

void log_set_enabled(bool on)
{
    enabled = on;
}

/* ---- The application's side ---- */

enum MvStatus log_app_init(uint8_t *buffer, uint32_t length_bytes)
{
    log_ring_open(&app_ring, buffer, length_bytes);
    memset(writers, 0, sizeof writers);
    return MV_STATUS_OKAY;
}

static bool rate_allows(void)
{
    uint32_t now_us = time_us_low(), passed = (now_us - rate.since_us) / RATE_STEP_US;
    if (passed >= RATE_BURST) {
        rate.tokens = RATE_BURST;
        rate.since_us = now_us;
    } else {
        rate.tokens = rate.tokens + passed < RATE_BURST ? rate.tokens + passed : RATE_BURST;
        rate.since_us += passed * RATE_STEP_US;
    }
    if (rate.tokens == 0) {
        return false;
    }
    rate.tokens--;
    return true;
}

static enum MvStatus may_write(uint32_t length_bytes)
{
    if (app_ring.memory == NULL) {
        return MV_STATUS_UNAVAILABLE;
    }
    if (length_bytes > LOGREC_TEXT_MAX || length_bytes + LOG_RING_OVERHEAD > app_ring.size) {
        return MV_STATUS_LOGMESSAGETOOLONG;
    }
    if (!enabled) {
        return MV_STATUS_LOGGINGDISABLEDBYSERVER;
    }
    if (!rate_allows()) {
        return MV_STATUS_INVALIDBUFFERSIZE;
    }
    return MV_STATUS_OKAY;
}

static bool same(const struct log_message *a, const struct log_message *b)
{
    return a->text == b->text && a->stack == b->stack && a->back == b->back &&
           a->length_bytes == b->length_bytes;
}

static struct writer *writer_of(const struct log_message *message)
{
    for (struct writer *writer = writers; writer < writers + WRITERS; writer++) {
        if (writer->busy && same(&writer->message, message)) {
            return writer;
        }
    }
    return NULL;
}

static enum MvStatus begin(const struct log_message *message)
{
    struct writer *writer = writers;
    while (writer < writers + WRITERS && writer->busy) {
        writer++;
    }
    enum MvStatus status = may_write(message->length_bytes);
    if (status != MV_STATUS_OKAY || writer == writers + WRITERS) {
        return status != MV_STATUS_OKAY ? status : MV_STATUS_INVALIDBUFFERSIZE;
    }
    struct logrec record = new_record(LOGREC_APP_LOGGING, message->text, message->length_bytes);
    uint32_t start = (app_ring.read + app_ring.used) % app_ring.size;
    uint32_t place = log_ring_reserve(&app_ring, &record);
    if (place == LOG_RING_FULL) {
        lost++;
        return MV_STATUS_INVALIDBUFFERSIZE;
    }
    *writer = (struct writer){*message, true, start, place, 0, time_us_low()};
    return MV_STATUS_OKAY;
}

enum MvStatus log_app_write(const struct log_message *message, bool *again)
{
    struct writer *writer = writer_of(message);
    if (writer == NULL) {
        enum MvStatus status = begin(message);
        *again = status == MV_STATUS_OKAY;
        return status;
    }
    uint32_t left = message->length_bytes - writer->done;
    uint32_t bytes = left < STEP_BYTES ? left : STEP_BYTES;
    log_ring_write(&app_ring, (writer->place + writer->done) % app_ring.size,
                   message->text + writer->done, bytes);
    writer->done += bytes;
    writer->since_us = time_us_low();
    *again = bytes < left;
    if (!*again) {
        writer->busy = false;
        work_wake();
    }
    return MV_STATUS_OKAY;
}

void log_app_reset(void)
{
    uint8_t record[LOGREC_BYTES_MAX];
    uint32_t size;
    while ((size = log_ring_peek(&app_ring, record, sizeof record)) != 0) {
        struct logrec parsed;
        if (logrec_parse(record, size, &parsed) != (int32_t)size ||
            !log_ring_put(&system_ring, &parsed)) {
            lost++;
        }
        log_ring_drop(&app_ring);
    }
    log_ring_open(&app_ring, NULL, 0);
    memset(writers, 0, sizeof writers);
    if (peeked == &app_ring) {
        peeked = NULL;
    }
}
