/*
 * A bundle coming in as multipart/form-data: streamed into an unnamed temporary file with a limit.
 * Parts: File (the bundle, required) and UniqueName (optional).
 */
#ifndef CLOUD_API_UPLOAD_H
#define CLOUD_API_UPLOAD_H

#include <stddef.h>

#include <microhttpd.h>

#include "cloud/api/errors.h"
#include "cloud/store/store.h"

struct upload {
    struct MHD_PostProcessor *post;
    int fd;
    size_t size; /* of the file so far, bytes */
    bool has_file, finished;
    int error; /* enum api_error, 0 while all is well */
    char name[STORE_NAME_BYTES + 1];
    size_t name_size;
};

/* NULL if the request is not multipart/form-data. */
struct upload *upload_open(struct MHD_Connection *connection, const char *folder);

/* Takes a piece of the body; errors are remembered, the rest is then skipped. */
void upload_take(struct upload *upload, const char *bytes, size_t size);

/* The body is over: checks that it was whole. */
void upload_finish(struct upload *upload);

void upload_close(struct upload *upload);

#endif
