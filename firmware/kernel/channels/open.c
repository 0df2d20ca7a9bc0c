/* Opening and closing of channels, and why one is closed. */
#include <string.h>

#include "kernel/calls/handlers.h"
#include "kernel/channels/job.h"
#include "kernel/net_policy/policy.h"
#include "kernel/notify/notify.h"

#define VERSION      1u
#define BUFFER_LIMIT 0x80000u /* of all the application's memory */

/* ---- Opening: one check after another ---- */

static enum MvStatus check_version(const struct job *job)
{
    void *handle_out = (void *)(uintptr_t)job->call.argument[1];
    if (!calls_may_write(handle_out, sizeof(MvChannelHandle))) {
        return MV_STATUS_PARAMETERFAULT;
    }
    return job->copy.open.version == VERSION ? JOB_AGAIN : MV_STATUS_UNSUPPORTEDSTRUCTUREVERSION;
}

static enum MvStatus check_objects(const struct job *job)
{
    const struct MvOpenChannelParams *params = &job->copy.open;
    bool good = notify_exists(params->v1.notification_handle) &&
                policy_handle_exists(params->v1.network_handle);
    return good ? JOB_AGAIN : MV_STATUS_INVALIDHANDLE;
}

/* Raw channels, of early applications, receive into whatever they have. */
static enum MvStatus check_sizes(const struct job *job)
{
    const struct MvOpenChannelParams *params = &job->copy.open;
    uint32_t receive = params->v1.receive_buffer_len, send = params->v1.send_buffer_len;
    bool raw = params->v1.channel_type == MV_CHANNELTYPE_OPAQUEBYTES;
    if (JOB_WORD(params->v1.send_buffer) % CHANNEL_BUFFER_UNIT != 0 ||
        (!raw && JOB_WORD(params->v1.receive_buffer) % CHANNEL_BUFFER_UNIT != 0)) {
        return MV_STATUS_INVALIDBUFFERALIGNMENT;
    }
    if (send == 0 || send > BUFFER_LIMIT || receive == 0 || receive > BUFFER_LIMIT ||
        send % CHANNEL_BUFFER_UNIT != 0 || (!raw && receive % CHANNEL_BUFFER_UNIT != 0)) {
        return MV_STATUS_INVALIDBUFFERSIZE;
    }
    return JOB_AGAIN;
}

static enum MvStatus check_buffer(const uint8_t *buffer, uint32_t size)
{
    return calls_may_write(buffer, size) ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
}

/* A few centres at a time; from the first one on again if one was opened or closed meanwhile. */
static enum MvStatus check_centres(struct job *job, const uint8_t *buffer, uint32_t size)
{
    uintptr_t first = (uintptr_t)buffer;
    if (job->words[0] != notify_changes()) {
        job->words[0] = notify_changes();
        job->at = 0;
    }
    if (notify_uses(first, first + size, &job->at)) {
        return MV_STATUS_BUFFERALREADYINUSE;
    }
    if (job->at < NOTIFY_CENTRES) {
        job->item--;
    } else {
        job->at = 0; /* for the other buffer */
    }
    return JOB_AGAIN;
}

/* The end of either buffer does not wrap: it lies in the application's memory. */
static enum MvStatus check_overlap(const struct job *job)
{
    const struct MvOpenChannelParams *params = &job->copy.open;
    uintptr_t receive = (uintptr_t)params->v1.receive_buffer;
    uintptr_t send = (uintptr_t)params->v1.send_buffer;
    uintptr_t receive_end = receive + params->v1.receive_buffer_len;
    uintptr_t send_end = send + params->v1.send_buffer_len;
    bool used = (receive < send_end && send < receive_end) || channel_uses(receive, receive_end) ||
                channel_uses(send, send_end);
    return used ? MV_STATUS_BUFFERALREADYINUSE : JOB_AGAIN;
}

/* The cloud has no endpoints to choose from; early applications logged through a raw channel. */
static enum MvStatus check_endpoint(const struct job *job)
{
    const struct MvOpenChannelParams *params = &job->copy.open;
    const struct MvSizedString *endpoint = &params->v1.endpoint;
    static const char raw_endpoint[3] = "log";
    char copy[sizeof raw_endpoint];
    if (endpoint->length != 0 && !calls_may_read(endpoint->data, endpoint->length)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    switch (params->v1.channel_type) {
    case MV_CHANNELTYPE_MQTT:
    case MV_CHANNELTYPE_HTTP:
    case MV_CHANNELTYPE_CONFIGFETCH:
        return JOB_AGAIN;
    case MV_CHANNELTYPE_OPAQUEBYTES:
        break;
    default:
        return MV_STATUS_UNKNOWNCHANNELTYPE;
    }
    if (endpoint->length != sizeof copy) {
        return MV_STATUS_UNKNOWNCHANNELENDPOINT;
    }
    memcpy(copy, endpoint->data, sizeof copy);
    bool known = memcmp(copy, raw_endpoint, sizeof copy) == 0;
    return known ? JOB_AGAIN : MV_STATUS_UNKNOWNCHANNELENDPOINT;
}

static enum MvStatus open(struct job *job)
{
    MvChannelHandle handle;
    if (policy_status() != MV_NETWORKSTATUS_CONNECTED) {
        return MV_STATUS_NETWORKNOTCONNECTED;
    }
    enum MvStatus status = channel_create(&job->copy.open, &handle);
    if (status == MV_STATUS_OKAY) {
        memcpy((void *)(uintptr_t)job->call.argument[1], &handle, sizeof handle);
    }
    return status;
}

/* Another task may have opened a channel since the check, so overlaps are looked for last. */
static enum MvStatus open_step(struct job *job, const void *kind)
{
    const struct MvOpenChannelParams *params = &job->copy.open;
    const void *from = (const void *)(uintptr_t)job->call.argument[0];
    enum MvStatus status;
    (void)kind;
    switch (job->item++) {
    case 0:
        return calls_copy_in(&job->copy.open, from, sizeof job->copy.open)
                   ? JOB_AGAIN
                   : MV_STATUS_PARAMETERFAULT;
    case 1:
        return check_version(job);
    case 2:
        return check_objects(job);
    case 3:
        job->at = 0;
        return check_sizes(job);
    case 4:
        return check_buffer(params->v1.receive_buffer, params->v1.receive_buffer_len);
    case 5:
        return check_buffer(params->v1.send_buffer, params->v1.send_buffer_len);
    case 6:
        return check_centres(job, params->v1.receive_buffer, params->v1.receive_buffer_len);
    case 7:
        return check_centres(job, params->v1.send_buffer, params->v1.send_buffer_len);
    case 8:
        return check_endpoint(job);
    default:
        status = check_overlap(job);
        return status == JOB_AGAIN ? open(job) : status;
    }
}

enum MvStatus call_mvOpenChannel(const struct MvOpenChannelParams *params, MvChannelHandle *handle)
{
    return job_run(open_step, NULL, JOB_WORD(params), JOB_WORD(handle), 0, 0);
}

/* ---- Closing ---- */

static enum MvStatus find(MvChannelHandle handle, struct channel **channel)
{
    *channel = channel_find_any(handle);
    return *channel != NULL ? MV_STATUS_OKAY : MV_STATUS_INVALIDHANDLE;
}

enum MvStatus call_mvCloseChannel(MvChannelHandle *handle)
{
    MvChannelHandle open;
    struct channel *channel;
    if (calls_from_handler()) {
        return MV_STATUS_UNAVAILABLE;
    }
    if (!calls_may_write(handle, sizeof *handle)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    memcpy(&open, handle, sizeof open);
    enum MvStatus status = find(open, &channel);
    if (status == MV_STATUS_OKAY) {
        channel_destroy(channel);
        open = 0;
        memcpy(handle, &open, sizeof open);
    }
    return status;
}

enum MvStatus call_mvGetChannelClosureReason(MvChannelHandle handle,
                                             enum MvClosureReason *reason_out)
{
    struct channel *channel;
    if (calls_from_handler()) {
        return MV_STATUS_UNAVAILABLE;
    }
    if (!calls_may_write(reason_out, sizeof *reason_out)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    enum MvStatus status = find(handle, &channel);
    if (status == MV_STATUS_OKAY) {
        enum MvClosureReason reason = channel->state == CHANNEL_OPENING
                                          ? MV_CLOSUREREASON_NOTYETOPEN
                                          : (enum MvClosureReason)channel->reason;
        memcpy(reason_out, &reason, sizeof reason);
    }
    return status;
}
