/* HTTP: one request and one response a channel. What is wrong with a request besides its size is
 * found in the cloud and comes back as the response's result. */
#include <string.h>

#include "formats/channel.h"
#include "kernel/calls/handlers.h"
#include "kernel/channels/request.h"
#include "kernel/channels/response.h"

/* ---- The request ---- */

static enum MvStatus put_numbers(struct job *job)
{
    const struct MvHttpRequest *request = &job->copy.http;
    if (request->num_headers > CHANNEL_HTTP_HEADERS_MAX) {
        return MV_STATUS_TOOMANYELEMENTS;
    }
    if (request->num_headers != 0 &&
        !calls_may_read(request->headers, request->num_headers * sizeof *request->headers)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    uint32_t words[2] = {__builtin_bswap32(request->timeout_ms),
                         __builtin_bswap32(request->num_headers << 16)};
    return request_put(job, words, sizeof words);
}

static enum MvStatus put_header(struct job *job, uint32_t index)
{
    struct MvHttpHeader header;
    enum MvStatus status =
        request_element(&header, job->copy.http.headers, index, sizeof header, MV_STATUS_LATEFAULT);
    struct MvSizedString string = {header.data, header.length};
    return status == MV_STATUS_OKAY ? request_string(job, &string, MV_STATUS_LATEFAULT) : status;
}

static enum MvStatus put(struct job *job, uint32_t item)
{
    const struct MvHttpRequest *request = &job->copy.http;
    switch (item) {
    case 0:
        return put_numbers(job);
    case 1:
        return request_string(job, &request->method, MV_STATUS_PARAMETERFAULT);
    case 2:
        return request_string(job, &request->url, MV_STATUS_PARAMETERFAULT);
    default:
        break;
    }
    item -= 3;
    if (item < request->num_headers) {
        return put_header(job, item);
    }
    return item == request->num_headers
               ? request_bytes(job, &request->body, MV_STATUS_PARAMETERFAULT)
               : JOB_DONE;
}

static const struct request http_request = {
    .channel = MV_CHANNELTYPE_HTTP,
    .message = CHANNEL_HTTP_REQUEST,
    .once = true,
    .size = sizeof(struct MvHttpRequest),
    .put = put,
    .too_long = MV_STATUS_INVALIDBUFFERSIZE,
};

enum MvStatus call_mvSendHttpRequest(MvChannelHandle handle, const struct MvHttpRequest *request)
{
    return REQUEST_CALL(&http_request, handle, request);
}

/* ---- The response ---- */

/* The fixed beginning of a response, checked. */
struct head {
    uint32_t result, status, headers, body_offset, body_length;
};

static bool read_head(const struct job *job, struct head *head)
{
    const uint32_t *words = job->words;
    head->result = words[0];
    head->status = words[1];
    head->headers = words[2];
    head->body_offset =
        CHANNEL_HTTP_RESPONSE_FIXED + words[2] * CHANNEL_HTTP_INDEX_ENTRY + words[3];
    if (words[2] > CHANNEL_HTTP_RESPONSE_HEADERS_MAX || words[3] > CHANNEL_STRING_MAX ||
        head->body_offset > job->front.body_bytes) {
        channel_fail(job->channel);
        return false;
    }
    head->body_length = job->front.body_bytes - head->body_offset;
    return true;
}

static enum MvStatus next_of_data(struct job *job, uint32_t item)
{
    struct MvHttpResponseData *out = (struct MvHttpResponseData *)(uintptr_t)job->call.argument[1];
    struct head head;
    if (item == 0) {
        return response_check_buffer(job, job->call.argument[1], sizeof *out);
    }
    if (!read_head(job, &head)) {
        return MV_STATUS_CHANNELCLOSED;
    }
    struct MvHttpResponseData data = {(enum MvHttpResult)head.result, head.status, head.headers,
                                      head.body_length};
    memcpy(out, &data, sizeof data);
    return JOB_DONE;
}

static const struct response data_response = {
    .channel = MV_CHANNELTYPE_HTTP, .checks = 1, .words = 4, .next = next_of_data};

enum MvStatus call_mvReadHttpResponseData(MvChannelHandle handle,
                                          struct MvHttpResponseData *response_data)
{
    return RESPONSE_CALL(&data_response, handle, response_data);
}

/* ---- A header, the body: handle, which one or where, buffer, size ---- */

static enum MvStatus read_span(struct job *job, uint32_t offset, uint32_t length)
{
    uint32_t size = job->call.argument[3];
    response_copy(job, offset, length < size ? length : size,
                  (uint8_t *)(uintptr_t)job->call.argument[2]);
    return JOB_AGAIN;
}

static enum MvStatus begin_header(struct job *job)
{
    struct head head;
    uint32_t index = job->call.argument[1], entry;
    if (!read_head(job, &head)) {
        return MV_STATUS_CHANNELCLOSED;
    }
    if (head.result != MV_HTTPRESULT_OK) {
        return MV_STATUS_REQUESTUNSUCCESSFUL;
    }
    if (index >= head.headers) {
        return MV_STATUS_INDEXINVALID;
    }
    uint32_t texts = CHANNEL_HTTP_RESPONSE_FIXED + head.headers * CHANNEL_HTTP_INDEX_ENTRY;
    if (!channel_words(job->channel, &job->front,
                       CHANNEL_HTTP_RESPONSE_FIXED + index * CHANNEL_HTTP_INDEX_ENTRY, &entry, 1)) {
        return MV_STATUS_CHANNELCLOSED;
    }
    uint32_t offset = texts + (entry >> 16), length = entry & 0xFFFFu;
    if (offset + length > head.body_offset) {
        channel_fail(job->channel);
        return MV_STATUS_CHANNELCLOSED;
    }
    return read_span(job, offset, length);
}

static enum MvStatus begin_body(struct job *job)
{
    struct head head;
    uint32_t offset = job->call.argument[1];
    if (!read_head(job, &head)) {
        return MV_STATUS_CHANNELCLOSED;
    }
    if (head.result != MV_HTTPRESULT_OK) {
        return MV_STATUS_REQUESTUNSUCCESSFUL;
    }
    if (offset > head.body_length) {
        return MV_STATUS_OFFSETINVALID;
    }
    return read_span(job, head.body_offset + offset, head.body_length - offset);
}

static enum MvStatus next(struct job *job, uint32_t item, enum MvStatus (*begin)(struct job *job))
{
    switch (item) {
    case 0:
        return response_check_buffer(job, job->call.argument[2], job->call.argument[3]);
    case 1:
        return begin(job);
    default:
        return JOB_DONE;
    }
}

static enum MvStatus next_of_header(struct job *job, uint32_t item)
{
    return next(job, item, begin_header);
}

static enum MvStatus next_of_body(struct job *job, uint32_t item)
{
    return next(job, item, begin_body);
}

static const struct response header_response = {
    .channel = MV_CHANNELTYPE_HTTP, .checks = 1, .words = 4, .next = next_of_header};
static const struct response body_response = {
    .channel = MV_CHANNELTYPE_HTTP, .checks = 1, .words = 4, .next = next_of_body};

enum MvStatus call_mvReadHttpResponseHeader(MvChannelHandle handle, uint32_t header_index,
                                            uint8_t *buf, uint32_t size)
{
    return job_run(response_step, &header_response, handle, header_index, JOB_WORD(buf), size);
}

enum MvStatus call_mvReadHttpResponseBody(MvChannelHandle handle, uint32_t offset, uint8_t *buf,
                                          uint32_t size)
{
    return job_run(response_step, &body_response, handle, offset, JOB_WORD(buf), size);
}
