/* REST requests of the tests: see support.h. */
#include "support.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

struct text {
    char *bytes;
    size_t size;
};

static size_t on_bytes(char *bytes, size_t one, size_t size, void *context)
{
    struct text *text = context;
    text->bytes = realloc(text->bytes, text->size + one * size + 1);
    memcpy(text->bytes + text->size, bytes, one * size);
    text->size += one * size;
    text->bytes[text->size] = '\0';
    return one * size;
}

static struct answer perform(CURL *curl, const struct server *server, const char *user,
                             const char *password, const char *path)
{
    char url[8192];
    struct text body = {calloc(1, 1), 0}, headers = {calloc(1, 1), 0};
    struct answer answer = {.status = 0};
    snprintf(url, sizeof url, "%s%s", server->url, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &headers);
    if (user) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, password);
    }
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK)
        print_error("%s: %s\n", path, curl_easy_strerror(code));
    assert_int_equal(code, CURLE_OK);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    answer.body = body.bytes;
    answer.body_size = body.size;
    answer.headers = headers.bytes;
    answer.json = json_loadb(body.bytes, body.size, JSON_DECODE_ANY, NULL);
    return answer;
}

struct answer rest_as(const struct server *server, const char *user, const char *password,
                      const char *method, const char *path, const char *form)
{
    CURL *curl = curl_easy_init();
    assert_non_null(curl);
    if (form)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form);
    if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    struct answer answer = perform(curl, server, user, password, path);
    curl_easy_cleanup(curl);
    return answer;
}

struct answer rest(const struct server *server, const char *method, const char *path,
                   const char *form)
{
    return rest_as(server, server->account_sid, server->auth_token, method, path, form);
}

struct answer rest_upload(const struct server *server, const void *bytes, size_t size,
                          const char *name)
{
    CURL *curl = curl_easy_init();
    assert_non_null(curl);
    curl_mime *mime = curl_mime_init(curl);
    curl_mimepart *part = curl_mime_addpart(mime);
    curl_mime_name(part, "File");
    curl_mime_filename(part, "bundle.zip");
    curl_mime_data(part, bytes, size);
    if (name) {
        part = curl_mime_addpart(mime);
        curl_mime_name(part, "UniqueName");
        curl_mime_data(part, name, CURL_ZERO_TERMINATED);
    }
    curl_easy_setopt(curl, CURLOPT_MIMEPOST, mime);
    struct answer answer =
        perform(curl, server, server->account_sid, server->auth_token, "/v1/Apps");
    curl_mime_free(mime);
    curl_easy_cleanup(curl);
    return answer;
}

void answer_free(struct answer *answer)
{
    json_decref(answer->json);
    free(answer->headers);
    free(answer->body);
    memset(answer, 0, sizeof *answer);
}

static json_t *at(const struct answer *answer, const char *path)
{
    char copy[256], *save = NULL;
    json_t *value = answer->json;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key = strtok_r(copy, ".", &save); key && value; key = strtok_r(NULL, ".", &save)) {
        if (json_is_array(value))
            value = json_array_get(value, strtoul(key, NULL, 10));
        else
            value = json_object_get(value, key);
    }
    return value;
}

const char *answer_text(const struct answer *answer, const char *path)
{
    const char *text = json_string_value(at(answer, path));
    return text ? text : "";
}

long long answer_number(const struct answer *answer, const char *path)
{
    json_t *value = at(answer, path);
    if (json_is_boolean(value))
        return json_is_true(value);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

void assert_error(struct answer answer, long status, long long code)
{
    if (answer.status != status || !answer.json || answer_number(&answer, "code") != code)
        print_error("expected %ld %lld, got %ld %s\n", status, code, answer.status, answer.body);
    assert_int_equal(answer.status, status);
    assert_non_null(answer.json);
    assert_int_equal(answer_number(&answer, "code"), code);
    assert_int_equal(answer_number(&answer, "status"), status);
    assert_true(strlen(answer_text(&answer, "message")) > 0);
    assert_true(strlen(answer_text(&answer, "more_info")) > 0);
    answer_free(&answer);
}

int stream_open(const struct server *server, const char *path)
{
    char user[128], base64[256], request[1024];
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *port = strrchr(server->url, ':');
    address.sin_port = htons((uint16_t)atoi(port + 1));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    int size = snprintf(user, sizeof user, "%s:%s", server->account_sid, server->auth_token);
    EVP_EncodeBlock((unsigned char *)base64, (unsigned char *)user, size);
    size = snprintf(request, sizeof request,
                    "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\n\r\n", path,
                    base64);
    assert_int_equal(write(fd, request, (size_t)size), size);
    return fd;
}

bool stream_wait(int fd, const char *text, int seconds)
{
    char seen[262144];
    size_t used = 0;
    time_t end = time(NULL) + seconds;
    seen[0] = '\0';
    while (time(NULL) <= end && used + 1 < sizeof seen) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        if (poll(&poll_fd, 1, 200) <= 0)
            continue;
        ssize_t got = read(fd, seen + used, sizeof seen - 1 - used);
        if (got <= 0)
            break;
        used += (size_t)got;
        seen[used] = '\0';
        if (strstr(seen, text))
            return true;
    }
    print_error("not in the stream: %s; seen: %s\n", text, seen);
    return false;
}
