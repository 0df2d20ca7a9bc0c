/* What an HTTP request may say: see http_rules.h. */
#include "cloud/egress/http_rules.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool http_method_supported(struct channel_text method)
{
    static const char *const methods[] = {"GET",    "HEAD",  "POST",   "PUT",
                                          "DELETE", "PATCH", "OPTIONS"};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (method.size == strlen(methods[i]) && memcmp(method.bytes, methods[i], method.size) == 0)
            return true;
    }
    return false;
}

/* RFC 9110 §5.6.2. */
static bool is_token(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        uint8_t c = bytes[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (!letter && !(c >= '0' && c <= '9') && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return size > 0;
}

static bool same(const uint8_t *bytes, uint32_t size, const char *text)
{
    return size == strlen(text) && strncasecmp((const char *)bytes, text, size) == 0;
}

static bool steers_connection(const uint8_t *name, uint32_t size)
{
    static const char *const names[] = {
        "Connection", "Keep-Alive", "TE", "Trailer", "Upgrade", "Expect", "Transfer-Encoding"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (same(name, size, names[i]))
            return true;
    }
    return size > 6 && strncasecmp((const char *)name, "Proxy-", 6) == 0;
}

enum http_header_use http_header_check(struct channel_text header, const char *authority,
                                       uint32_t body_bytes)
{
    const uint8_t *colon = header.size > 0 ? memchr(header.bytes, ':', header.size) : NULL;
    if (!colon || header.size > 16384)
        return HTTP_HEADER_INVALID;
    uint32_t name_size = (uint32_t)(colon - header.bytes);
    const uint8_t *value = colon + 1, *end = header.bytes + header.size;
    if (!is_token(header.bytes, name_size) || steers_connection(header.bytes, name_size))
        return HTTP_HEADER_INVALID;
    for (const uint8_t *at = value; at < end; at++) {
        if ((*at < 0x20 && *at != '\t') || *at == 0x7F)
            return HTTP_HEADER_INVALID;
    }
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    char length[12];
    snprintf(length, sizeof length, "%u", body_bytes);
    if (same(header.bytes, name_size, "Host"))
        return same(value, (uint32_t)(end - value), authority) ? HTTP_HEADER_OURS
                                                               : HTTP_HEADER_INVALID;
    if (same(header.bytes, name_size, "Content-Length"))
        return same(value, (uint32_t)(end - value), length) ? HTTP_HEADER_OURS
                                                            : HTTP_HEADER_INVALID;
    return HTTP_HEADER_SEND;
}
