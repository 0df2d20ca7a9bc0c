/* HTTP messages of a channel: see channel.h. */
#include "formats/channel.h"

void channel_http_begin(struct channel_writer *writer, uint8_t *out, uint32_t size,
                        uint32_t timeout_ms, uint32_t header_count, struct channel_text method,
                        struct channel_text url)
{
    channel_begin(writer, out, size);
    channel_put_u32(writer, timeout_ms);
    channel_put_u16(writer, header_count);
    channel_put_u16(writer, 0);
    channel_put_string(writer, method.bytes, method.size);
    channel_put_string(writer, url.bytes, url.size);
}

bool channel_http_request_parse(const uint8_t *body, uint32_t size,
                                struct channel_http_request *request)
{
    struct channel_reader reader;
    channel_read(&reader, body, size);
    request->timeout_ms = channel_get_u32(&reader);
    request->header_count = channel_get_u16(&reader);
    channel_get_u16(&reader);
    request->method = channel_get_string(&reader);
    request->url = channel_get_string(&reader);
    if (request->header_count > CHANNEL_HTTP_HEADERS_MAX)
        return false;
    for (uint32_t i = 0; i < request->header_count; i++)
        request->headers[i] = channel_get_string(&reader);
    request->body = channel_get_rest(&reader);
    return !reader.bad;
}

bool channel_http_response_parse(const uint8_t fixed[CHANNEL_HTTP_RESPONSE_FIXED],
                                 uint32_t body_bytes, struct channel_http_response *response)
{
    struct channel_reader reader;
    channel_read(&reader, fixed, CHANNEL_HTTP_RESPONSE_FIXED);
    response->result = channel_get_u32(&reader);
    response->status_code = channel_get_u32(&reader);
    response->header_count = channel_get_u32(&reader);
    response->headers_bytes = channel_get_u32(&reader);
    if (response->header_count > CHANNEL_HTTP_RESPONSE_HEADERS_MAX ||
        response->headers_bytes > CHANNEL_STRING_MAX)
        return false;
    response->body_offset = CHANNEL_HTTP_RESPONSE_FIXED +
                            response->header_count * CHANNEL_HTTP_INDEX_ENTRY +
                            response->headers_bytes;
    if (response->body_offset > body_bytes)
        return false;
    response->body_length = body_bytes - response->body_offset;
    return true;
}

bool channel_http_span(const struct channel_http_response *response,
                       const uint8_t entry[CHANNEL_HTTP_INDEX_ENTRY], struct channel_span *span)
{
    struct channel_reader reader;
    channel_read(&reader, entry, CHANNEL_HTTP_INDEX_ENTRY);
    uint32_t offset = channel_get_u16(&reader);
    span->length = channel_get_u16(&reader);
    if (offset > response->headers_bytes || span->length > response->headers_bytes - offset)
        return false;
    span->offset = response->body_offset - response->headers_bytes + offset;
    return true;
}

uint32_t channel_http_response_size(uint32_t header_count, uint32_t headers_bytes,
                                    uint32_t body_length)
{
    if (header_count > CHANNEL_HTTP_RESPONSE_HEADERS_MAX || headers_bytes > CHANNEL_STRING_MAX ||
        body_length > CHANNEL_MESSAGE_MAX)
        return CHANNEL_MESSAGE_MAX + 1;
    return CHANNEL_HEADER_BYTES + CHANNEL_HTTP_RESPONSE_FIXED +
           header_count * CHANNEL_HTTP_INDEX_ENTRY + headers_bytes + body_length;
}

void channel_http_response_begin(struct channel_writer *writer, uint8_t *out, uint32_t size,
                                 uint32_t result, uint32_t status_code,
                                 const struct channel_text *headers, uint32_t header_count)
{
    uint32_t total = 0;
    channel_begin(writer, out, size);
    if (header_count > CHANNEL_HTTP_RESPONSE_HEADERS_MAX) {
        writer->overflow = true;
        return;
    }
    for (uint32_t i = 0; i < header_count; i++) {
        if (headers[i].size > CHANNEL_STRING_MAX - total) {
            writer->overflow = true;
            return;
        }
        total += headers[i].size;
    }
    channel_put_u32(writer, result);
    channel_put_u32(writer, status_code);
    channel_put_u32(writer, header_count);
    channel_put_u32(writer, total);
    for (uint32_t i = 0, at = 0; i < header_count; i++) {
        channel_put_u16(writer, at);
        channel_put_u16(writer, headers[i].size);
        at += headers[i].size;
    }
    for (uint32_t i = 0; i < header_count; i++)
        channel_put_bytes(writer, headers[i].bytes, headers[i].size);
}
