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

void response_word(void *to, uint32_t word)
{
    memcpy(to, &word, sizeof word);
}

/* An MQTT channel has messages of several types; the calls for others answer so. */
static enum MvStatus find_front(struct job *job, const struct response *kind)
{
    enum MvStatus status = channel_front(job->channel, &job->front);
    if (kind->message != 0 && (status == MV_STATUS_RESPONSENOTPRESENT ||
                               (status == MV_STATUS_OKAY && job->front.type != kind->message))) {
        return MV_STATUS_WRONGDATAREQUESTED;
    }
    return status == MV_STATUS_OKAY ? JOB_AGAIN : status;
}

static enum MvStatus decode(struct job *job, const struct response *kind)
{
    bool good = channel_words(job->channel, &job->front, 0, job->words, kind->words);
    return good ? JOB_AGAIN : MV_STATUS_CHANNELCLOSED;
}

/* The items of the kind, with the two of every response between its checks and the rest. */
static enum MvStatus do_item(struct job *job, const struct response *kind)
{
    uint32_t item = job->item++;
    if (item == kind->checks) {
        return find_front(job, kind);
    }
    if (item == kind->checks + 1u) {
        return decode(job, kind);
    }
    enum MvStatus status = kind->next(job, item < kind->checks ? item : item - 2);
    return status == JOB_DONE ? MV_STATUS_OKAY : status;
}

enum MvStatus response_step(struct job *job, const void *kind_of_response)
{
    const struct response *kind = kind_of_response;
    if (kind->size != 0 && !job->copied) {
        return job_copy_params(job, kind->size);
    }
    if (job->item >= kind->checks) {
        enum MvStatus status = job_channel(job, kind->channel);
        if (status != MV_STATUS_OKAY) {
            return status;
        }
        if (job->left != 0) {
            job_copy_out(job, &job->channel->receive);
            return JOB_AGAIN;
        }
    }
    return do_item(job, kind);
}
