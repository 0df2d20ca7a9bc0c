// Server-sent events: bytes in, whole events out. A pure state machine with fixed limits.
#ifndef CLI_SSE_H
#define CLI_SSE_H

#include <stdbool.h>
#include <stddef.h>

enum { SSE_DATA_MAX = 128 * 1024, SSE_ID_MAX = 128, SSE_LINE_MAX = 128 * 1024 };

// Called for each event; `data` is NUL-terminated. False stops the parsing.
typedef bool (*sse_function)(void *context, const char *event, const char *id, const char *data);

struct sse {
    sse_function function;
    void *context;
    char line[SSE_LINE_MAX];
    size_t line_size;
    bool line_too_long; // the line is dropped
    bool after_cr;      // a line feed that follows belongs to the carriage return
    char event[32];
    char id[SSE_ID_MAX]; // of the last event; stays over events without one
    char data[SSE_DATA_MAX];
    size_t data_size;
    bool has_data;
};

void sse_init(struct sse *sse, sse_function function, void *context);

// Drops a half-received event (the connection broke); keeps the id.
void sse_reset(struct sse *sse);

// Feeds bytes. False if the function returned false.
bool sse_feed(struct sse *sse, const char *bytes, size_t size);

#endif
