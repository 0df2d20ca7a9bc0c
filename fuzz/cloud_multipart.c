// Multipart bodies from hostile bytes, through libmicrohttpd as in the server: as an upload, and as
// the parameters of a POST. Whatever comes in, what is taken over is bounded and valid UTF-8.
// fuzz-libs: mv_cloud
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cloud/api/fields.h"
#include "cloud/api/upload.h"
#include "formats/host/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define BODY_MAX 32768 // fits a socket's buffer, so that one thread can play both sides

static struct MHD_Daemon *daemon_of_all;
static bool completed;

static void check_fields(struct request *request)
{
    if (!fields_accepted(request) || !fields_parse(request))
        return;
    if (request->form.count > FORM_FIELDS_MAX)
        abort();
    for (size_t i = 0; i < request->form.count; i++) {
        if (!form_is_utf8(request->form.fields[i].name) ||
            !form_is_utf8(request->form.fields[i].value))
            abort();
    }
}

static void check_upload(struct request *request)
{
    struct upload *upload = request->upload;
    upload_finish(upload);
    if (!upload->error && !upload->has_file)
        abort();
    if (upload->size > BUNDLE_ZIP_SIZE_MAX || upload->name_size > STORE_NAME_BYTES)
        abort();
}

static enum MHD_Result on_access(void *context, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *bytes,
                                 size_t *size, void **slot)
{
    struct request *request = *slot;
    (void)context;
    (void)url;
    (void)method;
    (void)version;
    if (!request) {
        *slot = request = calloc(1, sizeof *request);
        if (!request)
            return MHD_NO;
        request->connection = connection;
        request->body = calloc(1, BODY_MAX + 1);
        request->upload = upload_open(connection, "/tmp");
        return request->upload && request->body ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        upload_take(request->upload, bytes, *size);
        memcpy(request->body + request->body_size, bytes, *size);
        request->body_size += *size;
        *size = 0;
        return MHD_YES;
    }
    check_upload(request);
    check_fields(request);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = MHD_queue_response(connection, 204, response);
    MHD_destroy_response(response);
    return result;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode code)
{
    struct request *request = *slot;
    (void)context;
    (void)connection;
    (void)code;
    completed = true;
    if (!request)
        return;
    upload_close(request->upload);
    free(request->body);
    free(request);
}

static void send_request(int fd, const uint8_t *bytes, size_t size)
{
    char head[256];
    int length = snprintf(head, sizeof head,
                          "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: "
                          "multipart/form-data; boundary=edge\r\nContent-Length: %zu\r\n\r\n",
                          size);
    if (write(fd, head, (size_t)length) != length || write(fd, bytes, size) != (ssize_t)size)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int fds[2];
    struct sockaddr address = {.sa_family = AF_UNIX};
    if (!daemon_of_all)
        daemon_of_all =
            MHD_start_daemon(MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, on_access, NULL,
                             MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (!daemon_of_all || size > BODY_MAX ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
        return 0;
    send_request(fds[1], bytes, size);
    completed = false;
    if (MHD_add_connection(daemon_of_all, fds[0], &address, sizeof address) != MHD_YES)
        abort();
    for (int i = 0; i < 10000 && !completed; i++)
        MHD_run(daemon_of_all);
    if (!completed)
        abort();
    close(fds[1]);
    MHD_run(daemon_of_all);
    return 0;
}
