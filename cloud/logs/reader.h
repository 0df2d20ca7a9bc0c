/*
 * Live log readers (server-sent events). A reader has a cursor in the log store and a bounded
 * buffer. While it keeps up, new records go straight into the buffer; when they no longer fit it
 * falls back to reading from the store, so a slow reader costs no memory and loses nothing. One
 * that falls too far behind is dropped: its last event says so, with the cursor to read on from.
 * Loop thread only.
 */
#ifndef CLOUD_LOGS_READER_H
#define CLOUD_LOGS_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <uv.h>

#include "cloud/bus/bus.h"
#include "cloud/store/queue.h"

#define LOG_READERS_MAX 256
#define LOG_HEARTBEAT_S 15

struct log_readers;
struct log_reader;

/* wake() is called when a reader that had nothing to give has bytes, or has ended. */
struct log_readers *log_readers_start(uv_loop_t *loop, struct store_queue *queue, struct bus *bus,
                                      void (*wake)(void *context));

/* Ends all readers (they give what they have, then their end). Their owners close them. */
void log_readers_end(struct log_readers *readers);

/* Frees after the last reader is closed. The loop must be run once more. */
void log_readers_stop(struct log_readers *readers);

/* Opens a reader of a device behind a cursor; NULL if there are too many. */
struct log_reader *log_reader_open(struct log_readers *readers, const char *device_sid,
                                   int64_t device_id, int64_t after, void *context);
void log_reader_close(struct log_reader *reader);

/* Takes bytes out: > 0 the number, 0 nothing now (wake will be called), -1 the end. */
ssize_t log_reader_take(struct log_reader *reader, char *out, size_t size);

#endif
