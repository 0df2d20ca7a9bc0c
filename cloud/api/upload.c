/* A bundle coming in: see upload.h. */
#include "cloud/api/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "formats/host/bundle.h"

#define POST_BUFFER 8192

static void take_file(struct upload *upload, const char *bytes, uint64_t offset, size_t size)
{
    if (offset != upload->size || size > BUNDLE_ZIP_SIZE_MAX - upload->size) {
        /* A second part of the same name starts at offset 0 again. */
        bool second = offset != upload->size;
        upload->error = second ? API_ERROR_UPLOAD_FORM : API_ERROR_UPLOAD_TOO_LARGE;
        return;
    }
    upload->has_file = true;
    while (size > 0) {
        /* Into the page cache: short, and in pieces as they come from the network. */
        ssize_t done = write(upload->fd, bytes, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            journal(JOURNAL_ERROR, "api", "cannot write an upload", "error", strerror(errno));
            upload->error = API_ERROR_INTERNAL;
            return;
        }
        upload->size += (size_t)done;
        bytes += done;
        size -= (size_t)done;
    }
}

static void take_name(struct upload *upload, const char *bytes, size_t size)
{
    if (size > STORE_NAME_BYTES - upload->name_size || memchr(bytes, '\0', size)) {
        upload->error = API_ERROR_PARAMETER;
        return;
    }
    memcpy(upload->name + upload->name_size, bytes, size);
    upload->name_size += size;
}

static enum MHD_Result on_part(void *context, enum MHD_ValueKind kind, const char *key,
                               const char *filename, const char *content_type,
                               const char *transfer_encoding, const char *data, uint64_t offset,
                               size_t size)
{
    struct upload *upload = context;
    (void)kind;
    (void)filename;
    (void)content_type;
    (void)transfer_encoding;
    if (key && strcmp(key, "File") == 0)
        take_file(upload, data, offset, size);
    else if (key && strcmp(key, "UniqueName") == 0 && size > 0)
        take_name(upload, data, size);
    return upload->error ? MHD_NO : MHD_YES;
}

static int temporary_file(const char *folder)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/upload-XXXXXX", folder);
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    else
        journal(JOURNAL_ERROR, "api", "cannot create a temporary file", "error", strerror(errno));
    return fd;
}

struct upload *upload_open(struct MHD_Connection *connection, const char *folder)
{
    const char *type =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
    if (!type || strncasecmp(type, "multipart/form-data", 19) != 0)
        return NULL;
    struct upload *upload = memory_new(sizeof *upload);
    upload->post = MHD_create_post_processor(connection, POST_BUFFER, on_part, upload);
    upload->fd = upload->post ? temporary_file(folder) : -1;
    if (upload->post && upload->fd < 0)
        upload->error = API_ERROR_INTERNAL;
    if (!upload->post) {
        free(upload);
        return NULL;
    }
    return upload;
}

void upload_take(struct upload *upload, const char *bytes, size_t size)
{
    if (upload->error)
        return;
    if (MHD_post_process(upload->post, bytes, size) != MHD_YES && !upload->error)
        upload->error = API_ERROR_UPLOAD_FORM;
}

void upload_finish(struct upload *upload)
{
    enum MHD_Result whole = MHD_destroy_post_processor(upload->post);
    upload->post = NULL;
    if (!upload->error && (whole != MHD_YES || !upload->has_file))
        upload->error = API_ERROR_UPLOAD_FORM;
}

void upload_close(struct upload *upload)
{
    if (!upload)
        return;
    if (upload->post)
        MHD_destroy_post_processor(upload->post);
    if (upload->fd >= 0)
        close(upload->fd);
    free(upload);
}
