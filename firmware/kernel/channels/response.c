/* Reading of messages: see response.h. */
#include "kernel/channels/response.h"

#include <string.h>

#include "formats/channel.h"

enum MvStatus response_check_buffer(const struct job *job, uint32_t address, uint32_t size)
{
    (void)job;
    bool good = size == 0 || calls_may_write((const void *)(uintptr_t)address, size);
    return good ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
}

bool response_may_write_word(const void *to)
{
    return calls_may_write(to, sizeof(uint32_t));
}

enum MvStatus response_check_sized(const struct job *job, const struct MvSizedStringBuffer *buffer)
{
    if (!response_may_write_word(buffer->length)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    return response_check_buffer(job, JOB_WORD(buffer->data), buffer->size);
}

void response_copy(struct job *job, uint32_t offset, uint32_t length, uint8_t *to)
{
    job->at = CHANNEL_HEADER_BYTES + offset;
    job->left = length;
    job->place = to;
}

enum MvStatus response_front(struct channel *channel, uint8_t type, struct channel_front *front)
{
    enum MvStatus status = channel_front(channel, front);
    bool other =
        status == MV_STATUS_RESPONSENOTPRESENT || (status == MV_STATUS_OKAY && front->type != type);
    return other ? MV_STATUS_WRONGDATAREQUESTED : status;
}

void response_word(void *to, uint32_t word)
{
    memcpy(to, &word, sizeof word);
}

static enum MvStatus first_step(struct job *job, const struct response *kind)
{
    const void *params = (const void *)(uintptr_t)job->call.argument[1];
    if (kind->size != 0 && !calls_copy_in(&job->copy, params, kind->size)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    return kind->next(job, job->item++);
}

enum MvStatus response_step(struct job *job, const void *kind_of_response)
{
    const struct response *kind = kind_of_response;
    enum MvStatus status;
    if (job->item == 0) {
        return first_step(job, kind);
    }
    status = job_channel(job, kind->channel);
    if (status != MV_STATUS_OKAY) {
        return status;
    }
    if (job->left != 0) {
        job_copy_out(job, &job->channel->receive);
        return JOB_AGAIN;
    }
    status = kind->next(job, job->item++);
    return status == JOB_DONE ? MV_STATUS_OKAY : status;
}
