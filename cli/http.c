// See http.h.
#include "cli/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/http_library.h"

enum {
    BODY_SIZE_FIRST = 1024,
    BODY_SIZE_MAX = 16 * 1024 * 1024,
    CONNECT_TIMEOUT_MS = 10000,
    TIMEOUT_MS = 120000
};
enum { SILENCE_MAX_S = 60 }; // a stream without a byte for so long is taken to be dead

struct transfer {
    const struct http_library *library;
    CURL *curl;
    const struct http_request *request;
    struct http_answer *answer;
    size_t capacity;
};

static bool append(struct transfer *transfer, const char *bytes, size_t size)
{
    struct http_answer *answer = transfer->answer;
    if (size > BODY_SIZE_MAX - answer->size) {
        return false;
    }
    if (answer->size + size + 1 > transfer->capacity) {
        size_t capacity = 2 * (answer->size + size + 1);
        char *body = realloc(answer->body, capacity);
        if (body == NULL) {
            return false;
        }
        answer->body = body;
        transfer->capacity = capacity;
    }
    memcpy(answer->body + answer->size, bytes, size);
    answer->size += size;
    answer->body[answer->size] = '\0';
    return true;
}

static size_t on_bytes(char *bytes, size_t one, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t size = one * count;
    long status = 0;
    transfer->library->easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    if (transfer->request->stream == NULL || status != 200) {
        return append(transfer, bytes, size) ? size : CURL_WRITEFUNC_ERROR;
    }
    if (!transfer->request->stream(transfer->request->stream_context, bytes, size)) {
        transfer->answer->stream_ended = true;
        return CURL_WRITEFUNC_ERROR;
    }
    return size;
}

static char *form_body(const struct transfer *transfer, const struct http_request *request)
{
    size_t size = 1;
    for (size_t i = 0; i < HTTP_FIELDS_MAX && request->fields[i].name != NULL; i++) {
        const char *value = request->fields[i].value;
        size += value == NULL ? 0 : strlen(request->fields[i].name) + 3 * strlen(value) + 2;
    }
    char *body = calloc(1, size);
    size_t at = 0;
    for (size_t i = 0; body != NULL && i < HTTP_FIELDS_MAX && request->fields[i].name; i++) {
        if (request->fields[i].value == NULL) {
            continue;
        }
        char *value = transfer->library->easy_escape(transfer->curl, request->fields[i].value, 0);
        if (value == NULL) {
            free(body);
            return NULL;
        }
        at += (size_t)snprintf(body + at, size - at, "%s%s=%s", at == 0 ? "" : "&",
                               request->fields[i].name, value);
        transfer->library->free(value);
    }
    return body;
}

static curl_mime *multipart_body(const struct transfer *transfer,
                                 const struct http_request *request)
{
    const struct http_library *curl = transfer->library;
    curl_mime *mime = curl->mime_init(transfer->curl);
    curl_mimepart *part = curl->mime_addpart(mime);
    curl->mime_name(part, "File");
    curl->mime_filename(part, request->file_name);
    curl->mime_type(part, "application/zip");
    curl->mime_data(part, (const char *)request->file_bytes, request->file_size);
    for (size_t i = 0; i < HTTP_FIELDS_MAX && request->fields[i].name != NULL; i++) {
        if (request->fields[i].value != NULL) {
            part = curl->mime_addpart(mime);
            curl->mime_name(part, request->fields[i].name);
            curl->mime_data(part, request->fields[i].value, CURL_ZERO_TERMINATED);
        }
    }
    return mime;
}

static void set_limits(const struct transfer *transfer, const struct http_request *request)
{
    const struct http_library *curl = transfer->library;
    bool stream = request->stream != NULL;
    long timeout_ms = request->timeout_ms != 0 || stream ? request->timeout_ms : TIMEOUT_MS;
    curl->easy_setopt(transfer->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl->easy_setopt(transfer->curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl->easy_setopt(transfer->curl, CURLOPT_NOSIGNAL, 1L);
    curl->easy_setopt(transfer->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl->easy_setopt(transfer->curl, CURLOPT_NOPROXY, "127.0.0.1,localhost,::1");
    if (stream) {
        curl->easy_setopt(transfer->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl->easy_setopt(transfer->curl, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_MAX_S);
    }
}

static int on_progress(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    const struct http_request *request = context;
    (void)down_total;
    (void)down;
    if (up_total > 0) {
        request->progress(request->progress_context, (unsigned long long)up,
                          (unsigned long long)up_total);
    }
    return 0;
}

static void set_progress(const struct transfer *transfer, const struct http_request *request)
{
    const struct http_library *curl = transfer->library;
    if (request->progress != NULL) {
        curl->easy_setopt(transfer->curl, CURLOPT_NOPROGRESS, 0L);
        curl->easy_setopt(transfer->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
        curl->easy_setopt(transfer->curl, CURLOPT_XFERINFODATA, request);
    }
}

static void set_credentials(const struct transfer *transfer, const struct profile *profile)
{
    const struct http_library *curl = transfer->library;
    if (profile->account_sid[0] != '\0') {
        curl->easy_setopt(transfer->curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl->easy_setopt(transfer->curl, CURLOPT_USERNAME, profile->account_sid);
        curl->easy_setopt(transfer->curl, CURLOPT_PASSWORD, profile->auth_token);
    }
}

static CURLcode perform(const struct profile *profile, const struct http_request *request,
                        struct transfer *transfer)
{
    const struct http_library *curl = transfer->library;
    char url[4096];
    if (snprintf(url, sizeof url, "%s%s", profile->url, request->path) >= (int)sizeof url) {
        return CURLE_URL_MALFORMAT;
    }
    curl_mime *mime = NULL;
    char *form = NULL;
    curl->easy_setopt(transfer->curl, CURLOPT_URL, url);
    curl->easy_setopt(transfer->curl, CURLOPT_USERAGENT, "microvisor/" MV_VERSION);
    curl->easy_setopt(transfer->curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl->easy_setopt(transfer->curl, CURLOPT_WRITEDATA, transfer);
    curl->easy_setopt(transfer->curl, CURLOPT_ERRORBUFFER, transfer->answer->error);
    if (profile->ca_file[0] != '\0') {
        curl->easy_setopt(transfer->curl, CURLOPT_CAINFO, profile->ca_file);
    }
    set_limits(transfer, request);
    set_progress(transfer, request);
    set_credentials(transfer, profile);
    if (request->file_bytes != NULL) {
        mime = multipart_body(transfer, request);
        curl->easy_setopt(transfer->curl, CURLOPT_MIMEPOST, mime);
    } else if (strcmp(request->method, "POST") == 0) {
        form = form_body(transfer, request);
        if (form == NULL) {
            return CURLE_OUT_OF_MEMORY;
        }
        curl->easy_setopt(transfer->curl, CURLOPT_POSTFIELDS, form);
    } else if (strcmp(request->method, "GET") != 0) {
        curl->easy_setopt(transfer->curl, CURLOPT_CUSTOMREQUEST, request->method);
    }
    CURLcode code = curl->easy_perform(transfer->curl);
    curl->mime_free(mime);
    if (form != NULL) {
        explicit_bzero(form, strlen(form)); // it may hold a secret
    }
    free(form);
    return code;
}

bool http_send(const struct profile *profile, const struct http_request *request,
               struct http_answer *answer)
{
    static CURL *handle; // kept, so that a command's requests share one connection
    const struct http_library *curl = http_library();
    memset(answer, 0, sizeof *answer);
    answer->body = calloc(1, BODY_SIZE_FIRST);
    if (curl == NULL || answer->body == NULL) {
        snprintf(answer->error, sizeof answer->error, "libcurl.so.4 cannot be loaded");
        return false;
    }
    if (handle == NULL) {
        handle = curl->easy_init();
    } else {
        curl->easy_reset(handle); // forgets credentials and options, keeps the connection
    }
    if (handle == NULL) {
        return false;
    }
    struct transfer transfer = {.library = curl,
                                .curl = handle,
                                .request = request,
                                .answer = answer,
                                .capacity = BODY_SIZE_FIRST};
    _Static_assert(sizeof answer->error >= CURL_ERROR_SIZE, "room for libcurl's message");
    CURLcode code = perform(profile, request, &transfer);
    curl->easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &answer->status);
    answer->timed_out = code == CURLE_OPERATION_TIMEDOUT;
    if (code != CURLE_OK && answer->error[0] == '\0') {
        snprintf(answer->error, sizeof answer->error, "%s", curl->easy_strerror(code));
    }
    return code == CURLE_OK;
}

void http_answer_free(struct http_answer *answer)
{
    free(answer->body);
    answer->body = NULL;
}

bool http_escape(const char *text, char *to, size_t size)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    size_t at = 0;
    for (; *text != '\0'; text++) {
        if (at + 4 > size) {
            return false;
        }
        if (strchr(plain, *text) != NULL) {
            to[at++] = *text;
        } else {
            at += (size_t)snprintf(to + at, size - at, "%%%02X", (unsigned char)*text);
        }
    }
    to[at] = '\0';
    return true;
}
