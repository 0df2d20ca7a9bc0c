/* The extensions: see extensions.h. */
#include "cloud/api/extensions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/api/api.h"
#include "cloud/api/devices.h"
#include "cloud/api/names.h"
#include "cloud/base/clock.h"
#include "cloud/base/memory.h"
#include "cloud/logs/reader.h"
#include "cloud/logs/text.h"

#define LOGS_DEFAULT 100
#define LOGS_MAX     1000

static json_t *provision_json(struct request *request, const struct store_device *device,
                              const char *certificate)
{
    const struct api_options *options = api_options(request->api);
    char point[2 * MANIFEST_POINT_SIZE + 1];
    char *ca = authority_ca_pem(options->authority);
    hex_text(point, options->signer->point, MANIFEST_POINT_SIZE);
    json_t *json = json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:i, s:[s]}", "sid", device->sid,
                             "unique_name", json_text_or_null(device->unique_name), "certificate",
                             certificate, "ca_certificate", ca ? ca : "", "server_name",
                             options->server_name, "gateway_host", options->gateway_host,
                             "gateway_port", options->gateway_port, "manifest_signers", point);
    free(ca);
    return json;
}

void extension_provision(struct request *request, struct store *store)
{
    struct store_device device = {.account_id = request->access.account_id};
    char *certificate = NULL;
    const char *csr = form_get(&request->form, "Csr");
    const char *name = form_get(&request->form, "UniqueName");
    if (name && !name_take(name, device.unique_name)) {
        request_error(request, API_ERROR_PARAMETER, "UniqueName is not valid");
        return;
    }
    sid_make(device.sid, "UV");
    device.logging_expires_s = clock_unix_s() + API_LOGGING_S;
    enum authority_result issued = AUTHORITY_NOT_A_REQUEST;
    if (csr)
        issued =
            authority_issue(api_options(request->api)->authority, csr, device.sid, &certificate);
    if (issued != AUTHORITY_OK) {
        request_error(request, issued == AUTHORITY_FAILED ? API_ERROR_INTERNAL : API_ERROR_CSR,
                      NULL);
        return;
    }
    enum store_result result = store_device_add(store, &device);
    if (result == STORE_OK)
        request_answer(request, 201, provision_json(request, &device, certificate));
    else
        request_store_error(request, result);
    free(certificate);
}

void extension_retire(struct request *request, struct store *store)
{
    struct store_device device;
    if (!device_find(request, store, &device))
        return;
    device.retired = true;
    device.unique_name[0] = '\0';
    device.target_sid[0] = '\0';
    device.date_updated_s = clock_unix_s();
    enum store_result result = store_device_write(store, &device);
    if (result == STORE_OK)
        result = store_setting_delete_all(store, device.id);
    if (result != STORE_OK) {
        request_store_error(request, result);
        return;
    }
    request_changed(request, device.sid);
    request_answer(request, 204, NULL);
}

/* An optional number of the query; false after an error answer. */
static bool take_number(struct request *request, const char *name, long min, long max, long *value)
{
    const char *text = form_get(&request->query, name);
    if (!text || form_parse_integer(text, min, max, value))
        return true;
    char message[80];
    snprintf(message, sizeof message, "%s must be a whole number from %ld to %ld", name, min, max);
    request_error(request, API_ERROR_PARAMETER, message);
    return false;
}

void extension_logs(struct request *request, struct store *store)
{
    struct store_device device;
    long limit = LOGS_DEFAULT, from = -1;
    size_t count = 0;
    int64_t after = 0;
    if (!take_number(request, "limit", 1, LOGS_MAX, &limit) ||
        !take_number(request, "from", 0, 1000000000000000000L, &from) ||
        !device_find(request, store, &device))
        return;
    struct store_log *logs = memory_new((size_t)limit * sizeof *logs);
    enum store_result result = STORE_OK;
    if (from >= 0)
        after = from;
    else
        result = store_log_tail(store, device.id, (size_t)limit, &after);
    if (result == STORE_OK)
        result = store_log_read(store, device.id, after, logs, (size_t)limit, &count);
    if (result == STORE_OK) {
        json_t *records = json_array();
        for (size_t i = 0; i < count; i++)
            json_array_append_new(records, log_json(&logs[i]));
        request_answer(request, 200, json_pack("{s:o}", "logs", records));
    } else {
        request_store_error(request, result);
    }
    log_release(logs, count);
    free(logs);
}

/* What extension_stream() leaves for the loop, in place of an answer. */
static json_t *stream_plan(const struct store_device *device, int64_t after)
{
    return json_pack("{s:s, s:I, s:I}", "sid", device->sid, "id", (json_int_t)device->id, "after",
                     (json_int_t)after);
}

void extension_stream(struct request *request, struct store *store)
{
    struct store_device device;
    long from = -1;
    int64_t after = 0;
    if (!take_number(request, "from", 0, 1000000000000000000L, &from))
        return;
    if (request->last_event_id[0] != '\0' &&
        !form_parse_integer(request->last_event_id, 0, 1000000000000000000L, &from)) {
        request_error(request, API_ERROR_PARAMETER, "Last-Event-ID is not one of this server");
        return;
    }
    if (!device_find(request, store, &device))
        return;
    enum store_result result = STORE_OK;
    if (from >= 0)
        after = from;
    else
        result = store_log_tail(store, device.id, 0, &after);
    if (result == STORE_OK)
        request_answer(request, 200, stream_plan(&device, after));
    else
        request_store_error(request, result);
}

void extension_stream_finish(struct request *request)
{
    const char *sid = "";
    json_int_t id = 0, after = 0;
    if (request->status != 200)
        return;
    json_unpack(request->answer, "{s:s, s:I, s:I}", "sid", &sid, "id", &id, "after", &after);
    request->stream = log_reader_open(api_options(request->api)->readers, sid, id, after, request);
    if (!request->stream)
        request_error(request, API_ERROR_BUSY, NULL);
}

void extension_error(struct request *request)
{
    long code = 0;
    const struct api_error_entry *entry = api_error_find(0);
    if (form_parse_integer(request->parameters[0], 1, 99999, &code))
        entry = api_error_find((int)code);
    if (entry->status == 0)
        request_not_found(request);
    else
        request_answer(request, 200,
                       json_pack("{s:i, s:i, s:s}", "code", entry->code, "status", entry->status,
                                 "message", entry->message));
}

void extension_health(struct request *request, struct store *store)
{
    if (store_check(store) == STORE_OK)
        request_answer(request, 200,
                       json_pack("{s:s, s:s}", "status", "ok", "version", MV_VERSION));
    else
        request_error(request, API_ERROR_INTERNAL, NULL);
}

void extension_ready(struct request *request)
{
    if (!api_ready(request->api))
        request_error(request, API_ERROR_BUSY, "The server is going down");
}

void extension_metrics(struct request *request)
{
    request_answer(request, 200, NULL);
    request->text = api_metrics(request->api);
    request->text_type = "text/plain; version=0.0.4; charset=utf-8";
}
