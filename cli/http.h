// Requests to the cloud over HTTP, by libcurl. Nothing of libcurl is started before the first one.
#ifndef CLI_HTTP_H
#define CLI_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/profile.h"

enum { HTTP_FIELDS_MAX = 32 };

struct http_field {
    const char *name;
    const char *value; // NULL: the field is left out
};

// Bytes of a streamed answer as they come; false ends the transfer.
typedef bool (*http_stream_function)(void *context, const char *bytes, size_t size);

// How much of a request has been sent.
typedef void (*http_progress_function)(void *context, unsigned long long done,
                                       unsigned long long total);

struct http_request {
    const char *method; // GET, POST or DELETE
    const char *path;   // from the first slash, already escaped
    struct http_field fields[HTTP_FIELDS_MAX];
    const char *file_name; // with file_bytes: multipart, the part "File"
    const uint8_t *file_bytes;
    size_t file_size;
    http_stream_function stream; // instead of collecting the body; only for status 200
    void *stream_context;
    http_progress_function progress; // of what is sent; or NULL
    void *progress_context;
    const char *dry_run_path; // what --dry-run fetches to see that the object is there, if not path
    long timeout_ms;          // of the whole transfer; 0: none (streams) or the default (others)
};

struct http_answer {
    long status; // of HTTP; 0 if no answer came
    char *body;  // NUL-terminated, never NULL after http_send; free with http_answer_free
    size_t size;
    bool stream_ended; // the stream function returned false
    bool timed_out;    // timeout_ms has passed
    char error[256];   // why no answer came
};

// Sends a request and waits for the whole answer. False if no (complete) answer came.
bool http_send(const struct profile *profile, const struct http_request *request,
               struct http_answer *answer);

void http_answer_free(struct http_answer *answer);

// Escapes one segment of a path. False if it does not fit.
bool http_escape(const char *text, char *to, size_t size);

#endif
