/* What an application's HTTP request may say. Pure functions over hostile text. */
#ifndef CLOUD_EGRESS_HTTP_RULES_H
#define CLOUD_EGRESS_HTTP_RULES_H

#include "formats/channel.h"

enum http_header_use {
    HTTP_HEADER_INVALID,
    HTTP_HEADER_SEND,
    HTTP_HEADER_OURS, /* agrees with what is sent anyway: leave it out */
};

/* GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS. */
bool http_method_supported(struct channel_text method);

/*
 * "Name: value": a token, a colon, a value without control characters. Headers that steer the
 * connection are the cloud's own; Host and Content-Length pass if they say what is true.
 * authority: "host" or "host:port" of the URL.
 */
enum http_header_use http_header_check(struct channel_text header, const char *authority,
                                       uint32_t body_bytes);

#endif
