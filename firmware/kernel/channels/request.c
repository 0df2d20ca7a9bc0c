/* Requests: see request.h. */
#include "kernel/channels/request.h"

#include <string.h>

#include "formats/channel.h"
#include "kernel/work/work.h"

/* Room that the message may still take. */
static uint32_t room(const struct job *job)
{
    const struct lent *send = &job->channel->send;
    return send->size - send->used - job->written;
}

static enum MvStatus no_room(const struct job *job, uint32_t bytes)
{
    const struct request *kind = job->call.kind;
    if (kind->too_long == MV_STATUS_INVALIDBUFFERSIZE ||
        bytes > job->channel->send.size - job->written) {
        return kind->too_long;
    }
    job->channel->refused = true;
    return MV_STATUS_RATELIMITED;
}

enum MvStatus request_put(struct job *job, const void *bytes, uint32_t count)
{
    if (count > room(job)) {
        return no_room(job, count);
    }
    lent_put(&job->channel->send, job->channel->send.used + job->written, bytes, count);
    job->written += count;
    return JOB_AGAIN;
}

enum MvStatus request_bytes(struct job *job, const struct MvSizedString *string,
                            enum MvStatus fault)
{
    if (string->length != 0 && !calls_may_read(string->data, string->length)) {
        return fault;
    }
    if (string->length > room(job)) {
        return no_room(job, string->length);
    }
    job->place = (uint8_t *)(uintptr_t)string->data;
    job->left = string->length;
    job->at = job->written;
    job->written += string->length;
    return JOB_AGAIN;
}

enum MvStatus request_string(struct job *job, const struct MvSizedString *string,
                             enum MvStatus fault)
{
    const struct request *kind = job->call.kind;
    uint16_t length = __builtin_bswap16((uint16_t)string->length);
    if (string->length > CHANNEL_STRING_MAX) {
        return kind->too_long;
    }
    enum MvStatus status = request_put(job, &length, sizeof length);
    return status == JOB_AGAIN ? request_bytes(job, string, fault) : status;
}

enum MvStatus request_element(void *to, const void *array, uint32_t index, uint32_t size,
                              enum MvStatus fault)
{
    bool good = calls_copy_in(to, (const uint8_t *)array + index * size, size);
    return good ? MV_STATUS_OKAY : fault;
}

/* The channel, if a request of this kind may go over it now. */
static enum MvStatus check(struct job *job, const struct request *kind)
{
    enum MvStatus status = job_channel(job, kind->channel);
    if (status != MV_STATUS_OKAY) {
        return status;
    }
    if (job->channel->state == CHANNEL_OVER) {
        return MV_STATUS_CHANNELCLOSED;
    }
    if (kind->once && job->channel->requested) {
        return MV_STATUS_REQUESTALREADYSENT;
    }
    return MV_STATUS_OKAY;
}

static enum MvStatus first_step(struct job *job, const struct request *kind)
{
    enum MvStatus status = check(job, kind);
    if (status != MV_STATUS_OKAY) {
        return status;
    }
    if (kind->allowed != NULL && kind->allowed(job->channel) != MV_STATUS_OKAY) {
        job->channel->refused = true;
        return MV_STATUS_RATELIMITED;
    }
    job_writes(job);
    job->item = 1;
    job->written = CHANNEL_HEADER_BYTES;
    if (job->written > job->channel->send.size - job->channel->send.used) {
        job->written = 0;
        return no_room(job, CHANNEL_HEADER_BYTES);
    }
    return JOB_AGAIN;
}

static void commit(struct job *job, const struct request *kind)
{
    struct channel *channel = job->channel;
    uint32_t header[2] = {kind->message, __builtin_bswap32(job->written - CHANNEL_HEADER_BYTES)};
    lent_put(&channel->send, channel->send.used, header, sizeof header);
    channel->send.used += job->written;
    channel->turn++;
    channel->requested = channel->requested || kind->once;
    if (kind->sent != NULL) {
        kind->sent(channel);
    }
    work_wake();
}

enum MvStatus request_step(struct job *job, const void *kind_of_request)
{
    const struct request *kind = kind_of_request;
    if (!job->copied) {
        return job_copy_params(job, kind->size);
    }
    if (job->item == 0) {
        return first_step(job, kind);
    }
    enum MvStatus status = check(job, kind);
    if (status != MV_STATUS_OKAY) {
        return status;
    }
    if (job->left != 0) {
        job_copy_in(job, &job->channel->send);
        return JOB_AGAIN;
    }
    status = kind->put(job, job->item - 1);
    job->item++;
    if (status == JOB_DONE) {
        commit(job, kind);
        return MV_STATUS_OKAY;
    }
    if (status == MV_STATUS_LATEFAULT) {
        channel_fail(job->channel);
    }
    return status;
}
