/* The audit log's record of a request: see record.h. */
#include "cloud/api/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/api/api.h"
#include "cloud/base/memory.h"
#include "cloud/keys/audit.h"

#define PARAMETER_NAME_MAX 64
#define PARAMETER_TEXT_MAX 256

/* Parameters that say nothing to a reader of the log, or must not be in it. */
static bool is_confidential(const char *name)
{
    return strcmp(name, "Value") == 0 || strcmp(name, "Csr") == 0;
}

static json_t *parameters_json(const struct request *request)
{
    json_t *json = json_object();
    for (size_t i = 0; i < request->form.count; i++) {
        const struct form_field *field = &request->form.fields[i];
        bool readable = !is_confidential(field->name) && strlen(field->value) <= PARAMETER_TEXT_MAX;
        if (strlen(field->name) <= PARAMETER_NAME_MAX)
            json_object_set_new(json, field->name,
                                readable ? json_string(field->value) : json_null());
    }
    /* What an upload made, whose form is not kept. */
    static const char *const made[] = {"unique_name", "hash"};
    for (size_t i = 0; request->upload && i < sizeof made / sizeof made[0]; i++)
        json_object_set(json, made[i], json_object_get(request->answer, made[i]));
    return json;
}

/* SID of what was changed: from the answer, else as the handler found it. */
static const char *object_sid(const struct request *request)
{
    const char *sid = json_string_value(json_object_get(request->answer, "sid"));
    if (!sid)
        sid = json_string_value(json_object_get(request->answer, "device_sid"));
    return sid ? sid : request->object;
}

/* Copies as much UTF-8 text as fits, without half a character at the end. */
static void copy_cut(char *out, size_t size, const char *text)
{
    size_t length = strnlen(text, size - 1);
    while (text[length] != '\0' && length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
        length--;
    memcpy(out, text, length);
    out[length] = '\0';
}

enum store_result record_request(const struct request *request, struct store *store)
{
    if (strcmp(request->route->method, "GET") == 0)
        return STORE_OK;
    struct store_audit *record = memory_new(sizeof *record);
    record->account_id = request->access.account_id;
    json_t *json = parameters_json(request);
    char *parameters = json_dumps(json, JSON_COMPACT);
    bool fits = parameters && strlen(parameters) < sizeof record->parameters;
    snprintf(record->parameters, sizeof record->parameters, "%s", fits ? parameters : "{}");
    snprintf(record->actor, sizeof record->actor, "%s", request->access.actor);
    snprintf(record->operation, sizeof record->operation, "%s /%s", request->route->method,
             request->route->path);
    copy_cut(record->path, sizeof record->path, request->path);
    snprintf(record->object, sizeof record->object, "%s", object_sid(request));
    enum store_result result =
        audit_append(store, api_options(request->api)->vault, request->access.account_sid, record);
    free(parameters);
    json_decref(json);
    free(record);
    return result;
}
