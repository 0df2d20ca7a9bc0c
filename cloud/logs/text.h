/*
 * Log records as the API shows them, and dating of device records.
 */
#ifndef CLOUD_LOGS_TEXT_H
#define CLOUD_LOGS_TEXT_H

#include <jansson.h>

#include "cloud/store/store.h"
#include "formats/logrec.h"

/* {"time":"…Z","type":"app_logging","message":"…","sequence":N,"device_sequence":N} */
json_t *log_json(const struct store_log *log);

/* A record of the cloud's own about a device; text is copied. */
void log_make(struct store_log *log, const char *type, uint64_t time_us, const char *text);

/* A device's record; offset_us is what takes its clock to the wall clock, never past now_us. */
void log_from_record(struct store_log *log, const struct logrec *record, uint64_t boot_id,
                     int64_t offset_us, uint64_t now_us);

/* Frees the texts of records. */
void log_release(struct store_log *logs, size_t count);

#endif
