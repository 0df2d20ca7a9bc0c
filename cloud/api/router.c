/* The table of REST operations: see router.h. */
#include "cloud/api/router.h"

#include <string.h>

#include "cloud/api/apps.h"
#include "cloud/api/devices.h"
#include "cloud/api/extensions.h"
#include "cloud/api/keys.h"
#include "cloud/api/settings.h"

#define READ    .role = STORE_ROLE_READ
#define OPERATE .role = STORE_ROLE_OPERATE
#define ADMIN   .role = STORE_ROLE_ADMIN
#define DEVICE  .reach = ROUTE_DEVICE
#define SHARED  .reach = ROUTE_SHARED

/* Method, path, and whether a form is taken. */
#define GET(route)    .method = "GET", .path = (route)
#define DELETE(route) .method = "DELETE", .path = (route)
#define POST(route)   .method = "POST", .path = (route), .body = ROUTE_FORM

/* The five operations on one list of Configs or Secrets. */
#define SETTINGS(list, which, who)                                                                 \
    {GET(list), READ, .reach = (who), .handle = settings_list, .variant = (which)},                \
        {POST(list), OPERATE, .reach = (who), .handle = settings_create, .variant = (which)},      \
        {GET(list "/*"), READ, .reach = (who), .handle = settings_fetch, .variant = (which)},      \
        {POST(list "/*"), OPERATE, .reach = (who), .handle = settings_update, .variant = (which)}, \
    {                                                                                              \
        DELETE(list "/*"), OPERATE, .reach = (who), .handle = settings_delete, .variant = (which)  \
    }

static const struct route routes[] = {
    {GET("v1/Apps"), READ, SHARED, .handle = apps_list},
    {.method = "POST", .path = "v1/Apps", .body = ROUTE_UPLOAD, OPERATE, .handle = apps_create},
    {GET("v1/Apps/*"), READ, SHARED, .handle = apps_fetch, .cached = true},
    {DELETE("v1/Apps/*"), OPERATE, .handle = apps_delete},
    {GET("v1/Apps/*/Manifest"), READ, SHARED, .handle = apps_manifest},
    {GET("v1/Devices"), READ, DEVICE, .handle = devices_list},
    {GET("v1/Devices/*"), READ, DEVICE, .handle = devices_fetch, .cached = true},
    {POST("v1/Devices/*"), OPERATE, DEVICE, .handle = devices_update},
    SETTINGS("v1/Devices/*/Configs", SETTINGS_OF_DEVICE, ROUTE_DEVICE),
    SETTINGS("v1/Devices/*/Secrets", SETTINGS_OF_DEVICE | SETTINGS_SECRET, ROUTE_DEVICE),
    SETTINGS("v1/Configs", 0, ROUTE_ACCOUNT),
    SETTINGS("v1/Secrets", SETTINGS_SECRET, ROUTE_ACCOUNT),

    {POST("ext/v1/devices"), ADMIN, .handle = extension_provision},
    {DELETE("ext/v1/devices/*"), ADMIN, DEVICE, .handle = extension_retire},
    {GET("ext/v1/devices/*/logs"), READ, DEVICE, .handle = extension_logs},
    {GET("ext/v1/devices/*/logs/stream"), READ, DEVICE, .handle = extension_stream,
     .finish = extension_stream_finish},
    {GET("ext/v1/devices/*/status"), READ, DEVICE, .handle = extension_status,
     .finish = extension_status_finish},
    {GET("ext/v1/keys"), ADMIN, .handle = keys_list},
    {POST("ext/v1/keys"), ADMIN, .handle = keys_create, .finish = keys_finish},
    {GET("ext/v1/keys/*"), ADMIN, .handle = keys_fetch},
    {POST("ext/v1/keys/*"), ADMIN, .handle = keys_update, .finish = keys_finish},
    {DELETE("ext/v1/keys/*"), ADMIN, .handle = keys_delete, .finish = keys_finish},
    {POST("ext/v1/keys/*/rotate"), ADMIN, .handle = keys_rotate, .finish = keys_finish},
    {GET("ext/v1/audit"), ADMIN, .handle = audit_list},
    {GET("ext/v1/errors/*"), .open = true, .finish = extension_error},
    {GET("ext/v1/openapi.json"), .open = true, .finish = extension_description},
    {GET("metrics"), READ, .operator_only = true, .finish = extension_metrics},
    {GET("readyz"), .open = true, .handle = extension_health, .finish = extension_ready},
    {GET("healthz"), .open = true, .handle = extension_health},
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
