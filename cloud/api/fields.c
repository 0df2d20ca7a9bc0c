/* The parameters of a POST: see fields.h. */
#include "cloud/api/fields.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cloud/base/memory.h"

#define POST_BUFFER 4096

/* Fields of a multipart body, copied out one behind the other, each with a NUL. */
struct parts {
    struct form *form;
    char *text;
    size_t used, room;
    bool failed;
};

static const char *type_of(const struct request *request)
{
    const char *type = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                   MHD_HTTP_HEADER_CONTENT_TYPE);
    return type ? type : "";
}

static bool is_type(const char *type, const char *wanted)
{
    size_t length = strlen(wanted);
    return strncasecmp(type, wanted, length) == 0 && strchr("; \t", type[length]);
}

static bool is_multipart(const char *type)
{
    return is_type(type, "multipart/form-data");
}

bool fields_accepted(struct request *request)
{
    const char *type = type_of(request);
    return type[0] == '\0' || is_type(type, "application/x-www-form-urlencoded") ||
           is_multipart(type);
}

/* Appends bytes and a NUL; the next piece of the same value begins on that NUL. */
static bool append(struct parts *parts, const char *bytes, size_t size)
{
    if (size + 1 > parts->room - parts->used || memchr(bytes, '\0', size))
        return false;
    memcpy(parts->text + parts->used, bytes, size);
    parts->used += size;
    parts->text[parts->used] = '\0';
    return true;
}

static bool begin_field(struct parts *parts, const char *key)
{
    struct form *form = parts->form;
    if (form->count == FORM_FIELDS_MAX)
        return false;
    char *name = parts->text + parts->used;
    if (!append(parts, key, strlen(key)))
        return false;
    parts->used++;
    if (parts->used == parts->room)
        return false;
    parts->text[parts->used] = '\0';
    form->fields[form->count++] =
        (struct form_field){.name = name, .value = parts->text + parts->used};
    return true;
}

static enum MHD_Result on_part(void *context, enum MHD_ValueKind kind, const char *key,
                               const char *filename, const char *type, const char *encoding,
                               const char *bytes, uint64_t offset, size_t size)
{
    struct parts *parts = context;
    (void)kind;
    (void)filename;
    (void)type;
    (void)encoding;
    if (offset == 0 && parts->form->count > 0)
        parts->used++; /* behind the last value's NUL */
    parts->failed |= !key || parts->used >= parts->room ||
                     (offset == 0 && !begin_field(parts, key)) || !append(parts, bytes, size);
    return parts->failed ? MHD_NO : MHD_YES;
}

static bool all_utf8(const struct form *form)
{
    for (size_t i = 0; i < form->count; i++) {
        if (!form_is_utf8(form->fields[i].name) || !form_is_utf8(form->fields[i].value))
            return false;
    }
    return true;
}

/* A multipart body ends with its last boundary; one that was cut short does not. */
static bool parse_multipart(struct request *request)
{
    /* A name comes from a header of a part, so names and values together fit the body's size, but
     * for the NULs. */
    struct parts parts = {.form = &request->form,
                          .room = request->body_size + 3 * (FORM_FIELDS_MAX + 1)};
    parts.text = memory_new(parts.room);
    request->form.count = 0;
    struct MHD_PostProcessor *post =
        MHD_create_post_processor(request->connection, POST_BUFFER, on_part, &parts);
    bool whole = post && MHD_post_process(post, request->body, request->body_size) == MHD_YES;
    if (post && MHD_destroy_post_processor(post) != MHD_YES)
        whole = false;
    free(request->body);
    request->body = parts.text; /* the fields point into it */
    return whole && !parts.failed && all_utf8(&request->form);
}

bool fields_parse(struct request *request)
{
    if (!request->body)
        request->body = memory_new(1);
    if (is_multipart(type_of(request)))
        return parse_multipart(request);
    return form_parse(&request->form, request->body, request->body_size);
}
