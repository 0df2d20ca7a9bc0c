// See http_library.h.
#include "cli/http_library.h"

#include <dlfcn.h>
#include <string.h>

// POSIX lets a data pointer hold a function; ISO C has no cast for that, so the bytes are copied.
static bool find(void *handle, const char *name, void *pointer)
{
    void *symbol = dlsym(handle, name);
    memcpy(pointer, &symbol, sizeof symbol);
    return symbol != NULL;
}

const struct http_library *http_library(void)
{
    static struct http_library library;
    static bool tried, ready;
    if (tried) {
        return ready ? &library : NULL;
    }
    tried = true;
    void *handle = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
    bool found = handle != NULL;
#define HTTP_LIBRARY_FIND(name) found = found && find(handle, "curl_" #name, &library.name);
    HTTP_LIBRARY_FUNCTIONS(HTTP_LIBRARY_FIND)
    ready = found && library.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return ready ? &library : NULL;
}
