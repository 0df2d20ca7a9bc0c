/* Answers and JSON conventions: see request.h. */
#include "cloud/api/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cloud/base/clock.h"

void request_answer(struct request *request, int status, json_t *answer)
{
    json_decref(request->answer);
    request->status = status;
    request->answer = answer;
}

void request_error(struct request *request, enum api_error code, const char *message)
{
    char more[REQUEST_BASE_MAX + 64];
    const struct api_error_entry *entry = api_error_find(code);
    snprintf(more, sizeof more, "%s/ext/v1/errors/%d", request->base_url, (int)code);
    json_t *error =
        json_pack("{s:i, s:s, s:s, s:i}", "code", (int)code, "message",
                  message ? message : entry->message, "more_info", more, "status", entry->status);
    request_answer(request, entry->status, error);
}

void request_not_found(struct request *request)
{
    char message[REQUEST_PATH_MAX + 64];
    snprintf(message, sizeof message, "The requested resource %s was not found", request->path);
    request_error(request, API_ERROR_NOT_FOUND, message);
}

void request_store_error(struct request *request, enum store_result result)
{
    switch (result) {
    case STORE_NOT_FOUND:
        request_not_found(request);
        break;
    case STORE_NAME_TAKEN:
        request_error(request, API_ERROR_CONFLICT, NULL);
        break;
    case STORE_IN_USE:
        request_error(request, API_ERROR_APP_TARGETED, NULL);
        break;
    default:
        request_error(request, API_ERROR_INTERNAL, NULL);
        break;
    }
}

void request_changed(struct request *request, const char *device_sid)
{
    request->changed = true;
    snprintf(request->changed_sid, sizeof request->changed_sid, "%s", device_sid);
}

json_t *json_text_or_null(const char *text)
{
    return text[0] != '\0' ? json_string(text) : json_null();
}

json_t *json_date_or_null(int64_t unix_s)
{
    char text[CLOCK_TEXT_S];
    if (unix_s == 0)
        return json_null();
    clock_text_s(text, unix_s);
    return json_string(text);
}

json_t *json_hash_or_null(bool present, const uint8_t hash[STORE_HASH])
{
    char text[8 + 2 * STORE_HASH] = "sha256:";
    if (!present)
        return json_null();
    hex_text(text + 7, hash, STORE_HASH);
    return json_string(text);
}

json_t *json_url(const struct request *request, const char *format, ...)
{
    char url[REQUEST_BASE_MAX + 2048];
    va_list arguments;
    size_t used = (size_t)snprintf(url, sizeof url, "%s", request->base_url);
    va_start(arguments, format);
    vsnprintf(url + used, sizeof url - used, format, arguments);
    va_end(arguments);
    return json_string(url);
}
