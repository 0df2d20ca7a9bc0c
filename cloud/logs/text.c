/* Log records as the API shows them: see text.h. */
#include "cloud/logs/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/base/clock.h"
#include "cloud/base/memory.h"

json_t *log_json(const struct store_log *log)
{
    char time[CLOCK_TEXT_US];
    clock_text_us(time, log->time_us);
    return json_pack("{s:s, s:s, s:s, s:I, s:I}", "time", time, "type", log->type, "message",
                     log->text, "sequence", (json_int_t)log->cursor, "device_sequence",
                     (json_int_t)log->device_sequence);
}

void log_make(struct store_log *log, const char *type, uint64_t time_us, const char *text)
{
    memset(log, 0, sizeof *log);
    snprintf(log->type, sizeof log->type, "%s", type);
    log->time_us = time_us;
    log->text = memory_copy(text, strlen(text));
}

void log_from_record(struct store_log *log, const struct logrec *record, uint64_t boot_id,
                     int64_t offset_us, uint64_t now_us)
{
    char text[3 * LOGREC_TEXT_MAX + 1];
    const char *name = logrec_type_name(record->type);
    size_t length = logrec_text_utf8(text, sizeof text, record->text, record->text_bytes);
    memset(log, 0, sizeof *log);
    if (name)
        snprintf(log->type, sizeof log->type, "%s", name);
    else
        snprintf(log->type, sizeof log->type, "type_%u", record->type);
    log->time_us = record->device_us + (uint64_t)offset_us; /* wraps as it should */
    if (log->time_us > now_us)
        log->time_us = now_us;
    log->device_sequence = record->sequence;
    log->boot_id = boot_id;
    log->text = memory_copy(text, length);
}

void log_release(struct store_log *logs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(logs[i].text);
}
