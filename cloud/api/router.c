/* The table of REST operations: see router.h. */
#include "cloud/api/router.h"

#include <string.h>

#include "cloud/api/apps.h"
#include "cloud/api/devices.h"
#include "cloud/api/extensions.h"
#include "cloud/api/settings.h"

/* The five operations on one list of Configs or Secrets. */
// clang-format off
#define SETTINGS(list, which)                                                                      \
    {.method = "GET", .path = list, .handle = settings_list, .variant = which},                    \
    {.method = "POST", .path = list, .body = ROUTE_FORM, .handle = settings_create,                \
     .variant = which},                                                                            \
    {.method = "GET", .path = list "/*", .handle = settings_fetch, .variant = which},              \
    {.method = "POST", .path = list "/*", .body = ROUTE_FORM, .handle = settings_update,           \
     .variant = which},                                                                            \
    {.method = "DELETE", .path = list "/*", .handle = settings_delete, .variant = which}
// clang-format on

static const struct route routes[] = {
    {.method = "GET", .path = "v1/Apps", .handle = apps_list},
    {.method = "POST", .path = "v1/Apps", .body = ROUTE_UPLOAD, .handle = apps_create},
    {.method = "GET", .path = "v1/Apps/*", .handle = apps_fetch},
    {.method = "DELETE", .path = "v1/Apps/*", .handle = apps_delete},
    {.method = "GET", .path = "v1/Apps/*/Manifest", .handle = apps_manifest},
    {.method = "GET", .path = "v1/Devices", .handle = devices_list},
    {.method = "GET", .path = "v1/Devices/*", .handle = devices_fetch},
    {.method = "POST", .path = "v1/Devices/*", .body = ROUTE_FORM, .handle = devices_update},

    SETTINGS("v1/Devices/*/Configs", SETTINGS_OF_DEVICE),
    SETTINGS("v1/Devices/*/Secrets", SETTINGS_OF_DEVICE | SETTINGS_SECRET),
    SETTINGS("v1/Configs", 0),
    SETTINGS("v1/Secrets", SETTINGS_SECRET),

    {.method = "POST", .path = "ext/v1/devices", .body = ROUTE_FORM, .handle = extension_provision},
    {.method = "DELETE", .path = "ext/v1/devices/*", .handle = extension_retire},
    {.method = "GET", .path = "ext/v1/devices/*/logs", .handle = extension_logs},
    {.method = "GET",
     .path = "ext/v1/devices/*/logs/stream",
     .handle = extension_stream,
     .finish = extension_stream_finish},
    {.method = "GET",
     .path = "ext/v1/devices/*/status",
     .handle = extension_status,
     .finish = extension_status_finish},
    {.method = "GET", .path = "ext/v1/errors/*", .open = true, .finish = extension_error},
    {.method = "GET", .path = "healthz", .open = true, .handle = extension_health},
};

/* Cuts the copy at slashes and decodes each piece; the number of segments, or -1. */
static int split_path(struct request *request, char *segments[REQUEST_SEGMENTS])
{
    int count = 0;
    memcpy(request->split, request->path, strlen(request->path) + 1);
    if (request->split[0] != '/')
        return -1;
    for (char *at = request->split + 1; at; count++) {
        if (count == REQUEST_SEGMENTS)
            return -1;
        char *slash = strchr(at, '/');
        if (slash)
            *slash = '\0';
        segments[count] = at;
        at = slash ? slash + 1 : NULL;
        if (!form_decode_segment(segments[count]))
            return -1;
    }
    return count;
}

static bool match(const char *pattern, char *const *segments, int count, const char **parameters)
{
    int found = 0;
    for (int i = 0; i < count; i++) {
        size_t length = strcspn(pattern, "/");
        bool any = length == 1 && pattern[0] == '*';
        if (length == 0 || segments[i][0] == '\0')
            return false;
        if (any)
            parameters[found++] = segments[i];
        else if (strlen(segments[i]) != length || memcmp(pattern, segments[i], length) != 0)
            return false;
        pattern += length;
        if (*pattern == '/')
            pattern++;
    }
    return *pattern == '\0';
}

enum router_result router_find(struct request *request, const char *method)
{
    char *segments[REQUEST_SEGMENTS];
    bool path_known = false;
    int count = split_path(request, segments);
    if (count < 0)
        return ROUTER_BAD_PATH;
    if (strcmp(method, "HEAD") == 0)
        method = "GET"; /* the server leaves the body out */
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (!match(routes[i].path, segments, count, request->parameters))
            continue;
        path_known = true;
        if (strcmp(routes[i].method, method) != 0)
            continue;
        request->route = &routes[i];
        return ROUTER_FOUND;
    }
    return path_known ? ROUTER_NO_METHOD : ROUTER_NO_PATH;
}
