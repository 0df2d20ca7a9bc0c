/*
 * What sessions ask of the store. Each call makes one job; the answer comes as a call of one of the
 * session_… functions on the loop, unless the session has closed meanwhile.
 */
#ifndef CLOUD_GATEWAY_JOBS_H
#define CLOUD_GATEWAY_JOBS_H

#include "cloud/gateway/session.h"

/* What a device says about its application, in Hello and UpdateReport. */
struct device_report {
    bool has_app;
    uint8_t manifest_hash[STORE_HASH];
    uint32_t state, error;
    bool has_update_hash;
    uint8_t update_hash[STORE_HASH];
};

/* Looks the device up, notes its report and the connection → session_opened(), or Goodbye. */
void jobs_open(struct session *session, const char *kernel_version,
               const struct device_report *report);

/* → session_wished() */
void jobs_refresh(struct session *session);

void jobs_report(struct session *session, const struct device_report *report);

/* The restart that was pending has been sent. */
void jobs_restarted(struct session *session);

/* The connection is over. */
void jobs_closed(struct session *session);

/* → session_fetched() */
void jobs_fetch(struct session *session, const struct session_stream *stream, uint32_t size);

/* → session_logged(). Takes the texts of the records over. */
void jobs_log(struct session *session, const struct session_stream *stream, struct store_log *logs,
              size_t count, uint32_t bytes);

#endif
