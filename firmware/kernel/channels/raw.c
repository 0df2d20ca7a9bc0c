/* Raw channels, as applications of 2021 used them: bytes as they are. The one endpoint, "log",
 * makes log lines of what is written; nothing is ever received. */
#include <string.h>

#include "kernel/calls/handlers.h"
#include "kernel/channels/response.h"
#include "kernel/work/work.h"

enum MvStatus call_mvReadChannel(MvChannelHandle handle, uint8_t **read_pointer_out,
                                 uint32_t *length_out)
{
    struct channel *channel;
    enum MvStatus status = job_find(handle, MV_CHANNELTYPE_OPAQUEBYTES, &channel);
    if (status == MV_STATUS_UNAVAILABLE) {
        return status;
    }
    if (!response_may_write_word(read_pointer_out) || !response_may_write_word(length_out)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    if (status == MV_STATUS_OKAY && channel->state == CHANNEL_OVER) {
        return MV_STATUS_CHANNELCLOSED;
    }
    if (status == MV_STATUS_OKAY) {
        response_word(read_pointer_out, JOB_WORD(channel->receive.memory));
        response_word(length_out, 0);
    }
    return status;
}

/* More than there was is consumed as far as there was some. */
enum MvStatus call_mvReadChannelComplete(MvChannelHandle handle, uint32_t consumed)
{
    struct channel *channel;
    (void)consumed;
    enum MvStatus status = job_find(handle, MV_CHANNELTYPE_OPAQUEBYTES, &channel);
    bool over = status == MV_STATUS_OKAY && channel->state == CHANNEL_OVER;
    return over ? MV_STATUS_CHANNELCLOSED : status;
}

/* ---- Writing: handle, data, length, where to write a length ---- */

static enum MvStatus check_write(struct job *job)
{
    const uint8_t *data = (const uint8_t *)(uintptr_t)job->call.argument[1];
    uint32_t length = job->call.argument[2];
    bool good = response_may_write_word((void *)(uintptr_t)job->call.argument[3]) &&
                (length == 0 || calls_may_read(data, length));
    job->item = 1;
    return good ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
}

static enum MvStatus begin_write(struct job *job, bool all)
{
    uint32_t length = job->call.argument[2];
    void *out = (void *)(uintptr_t)job->call.argument[3];
    enum MvStatus status = job_channel(job, MV_CHANNELTYPE_OPAQUEBYTES);
    if (status != MV_STATUS_OKAY) {
        return status;
    }
    if (job->channel->state == CHANNEL_OVER) {
        return MV_STATUS_CHANNELCLOSED;
    }
    uint32_t room = job->channel->send.size - job->channel->send.used;
    if (length > room) {
        job->channel->refused = true;
        length = room;
        if (all) {
            response_word(out, room);
            return MV_STATUS_INVALIDBUFFERSIZE;
        }
    }
    job_writes(job);
    job->place = (uint8_t *)(uintptr_t)job->call.argument[1];
    job->left = job->written = length;
    job->at = 0;
    job->item = 2;
    return JOB_AGAIN;
}

/* kind: not NULL for all or nothing, whose result is the room then left. */
static enum MvStatus write_step(struct job *job, const void *kind)
{
    if (job->item == 0) {
        return check_write(job);
    }
    if (job->item == 1) {
        return begin_write(job, kind != NULL);
    }
    enum MvStatus status = job_channel(job, MV_CHANNELTYPE_OPAQUEBYTES);
    if (status != MV_STATUS_OKAY) {
        return status;
    }
    struct channel *channel = job->channel;
    if (channel->state == CHANNEL_OVER) {
        return MV_STATUS_CHANNELCLOSED;
    }
    if (job->left != 0) {
        job_copy_in(job, &channel->send);
        return JOB_AGAIN;
    }
    channel->send.used += job->written;
    channel->turn++;
    response_word((void *)(uintptr_t)job->call.argument[3],
                  kind != NULL ? channel->send.size - channel->send.used : job->written);
    work_wake();
    return MV_STATUS_OKAY;
}

enum MvStatus call_mvWriteChannelStream(MvChannelHandle handle, const uint8_t *data, uint32_t len,
                                        uint32_t *written)
{
    return job_run(write_step, NULL, handle, JOB_WORD(data), len, JOB_WORD(written));
}

enum MvStatus call_mvWriteChannel(MvChannelHandle handle, const uint8_t *data, uint32_t len,
                                  uint32_t *available)
{
    static const char all;
    return job_run(write_step, &all, handle, JOB_WORD(data), len, JOB_WORD(available));
}
