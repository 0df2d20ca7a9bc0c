// libcurl, loaded when the first request is made. It drags in thirty other libraries, which would
// more than double the time that every other command takes to start.
#ifndef CLI_HTTP_LIBRARY_H
#define CLI_HTTP_LIBRARY_H

#include <stdbool.h>

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#define HTTP_LIBRARY_FUNCTIONS(X)                                                                  \
    X(easy_init)                                                                                   \
    X(easy_reset)                                                                                  \
    X(easy_setopt)                                                                                 \
    X(easy_getinfo)                                                                                \
    X(easy_perform)                                                                                \
    X(easy_strerror)                                                                               \
    X(easy_escape)                                                                                 \
    X(free)                                                                                        \
    X(global_init)                                                                                 \
    X(mime_init)                                                                                   \
    X(mime_addpart)                                                                                \
    X(mime_name)                                                                                   \
    X(mime_filename)                                                                               \
    X(mime_type)                                                                                   \
    X(mime_data)                                                                                   \
    X(mime_free)

// One pointer for each function, of the type that libcurl's header declares.
// NOLINTNEXTLINE(bugprone-macro-parentheses): a declaration, where parentheses would be wrong
#define HTTP_LIBRARY_POINTER(name) __typeof__(&curl_##name) name;
struct http_library {
    HTTP_LIBRARY_FUNCTIONS(HTTP_LIBRARY_POINTER)
};

// The loaded and initialized library; NULL if it is not there.
const struct http_library *http_library(void);

#endif
