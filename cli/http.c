// See http.h.
#include "cli/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

enum { BODY_SIZE_MAX = 16 * 1024 * 1024, CONNECT_TIMEOUT_MS = 10000, TIMEOUT_MS = 120000 };
enum { SILENCE_MAX_S = 60 }; // a stream without a byte for so long is taken to be dead

struct transfer {
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
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    if (transfer->request->stream == NULL || status != 200) {
        return append(transfer, bytes, size) ? size : CURL_WRITEFUNC_ERROR;
    }
    if (!transfer->request->stream(transfer->request->stream_context, bytes, size)) {
        transfer->answer->stream_ended = true;
        return CURL_WRITEFUNC_ERROR;
    }
    return size;
}

static char *form_body(CURL *curl, const struct http_request *request)
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
        char *value = curl_easy_escape(curl, request->fields[i].value, 0);
        if (value == NULL) {
            free(body);
            return NULL;
        }
        at += (size_t)snprintf(body + at, size - at, "%s%s=%s", at == 0 ? "" : "&",
                               request->fields[i].name, value);
        curl_free(value);
    }
    return body;
}

static curl_mime *multipart_body(CURL *curl, const struct http_request *request)
{
    curl_mime *mime = curl_mime_init(curl);
    curl_mimepart *part = curl_mime_addpart(mime);
    curl_mime_name(part, "File");
    curl_mime_filename(part, request->file_name);
    curl_mime_type(part, "application/zip");
    curl_mime_data(part, (const char *)request->file_bytes, request->file_size);
    for (size_t i = 0; i < HTTP_FIELDS_MAX && request->fields[i].name != NULL; i++) {
        if (request->fields[i].value != NULL) {
            part = curl_mime_addpart(mime);
            curl_mime_name(part, request->fields[i].name);
            curl_mime_data(part, request->fields[i].value, CURL_ZERO_TERMINATED);
        }
    }
    return mime;
}

static void set_limits(CURL *curl, const struct http_request *request)
{
    bool stream = request->stream != NULL;
    long timeout_ms = request->timeout_ms != 0 || stream ? request->timeout_ms : TIMEOUT_MS;
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "127.0.0.1,localhost,::1");
    if (stream) {
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_MAX_S);
    }
}

static void set_credentials(CURL *curl, const struct profile *profile)
{
    if (profile->account_sid[0] != '\0') {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(curl, CURLOPT_USERNAME, profile->account_sid);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, profile->auth_token);
    }
}

static CURLcode perform(CURL *curl, const struct profile *profile,
                        const struct http_request *request, struct transfer *transfer)
{
    char url[4096];
    if (snprintf(url, sizeof url, "%s%s", profile->url, request->path) >= (int)sizeof url) {
        return CURLE_URL_MALFORMAT;
    }
    curl_mime *mime = NULL;
    char *form = NULL;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "microvisor/" MV_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->answer->error);
    set_limits(curl, request);
    set_credentials(curl, profile);
    if (request->file_bytes != NULL) {
        mime = multipart_body(curl, request);
        curl_easy_setopt(curl, CURLOPT_MIMEPOST, mime);
    } else if (strcmp(request->method, "POST") == 0) {
        form = form_body(curl, request);
        if (form == NULL) {
            return CURLE_OUT_OF_MEMORY;
        }
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form);
    } else if (strcmp(request->method, "GET") != 0) {
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    }
    CURLcode code = curl_easy_perform(curl);
    curl_mime_free(mime);
    free(form);
    return code;
}

bool http_send(const struct profile *profile, const struct http_request *request,
               struct http_answer *answer)
{
    static bool started; // curl_global_init is costly, and most help or usage runs need no network
    memset(answer, 0, sizeof *answer);
    if (!started) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        started = true;
    }
    struct transfer transfer = {
        .curl = curl_easy_init(), .request = request, .answer = answer, .capacity = 1024};
    answer->body = calloc(1, transfer.capacity);
    if (transfer.curl == NULL || answer->body == NULL) {
        curl_easy_cleanup(transfer.curl);
        return false;
    }
    _Static_assert(sizeof answer->error >= CURL_ERROR_SIZE, "room for libcurl's message");
    CURLcode code = perform(transfer.curl, profile, request, &transfer);
    curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_cleanup(transfer.curl);
    answer->timed_out = code == CURLE_OPERATION_TIMEDOUT;
    if (code != CURLE_OK && answer->error[0] == '\0') {
        snprintf(answer->error, sizeof answer->error, "%s", curl_easy_strerror(code));
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
