/* Calls in steps: see job.h. */
#include "kernel/channels/job.h"

#include <stddef.h>
#include <string.h>

#include "kernel/time/time.h"

/* A task that was deleted in the middle of its call leaves a job behind; one that looks the same
 * much later is not its. */
#define FORGOTTEN_US 1000000u

static struct job job;

void job_reset(void)
{
    job.call.step = NULL;
}

static bool is_same(const struct job_call *a, const struct job_call *b)
{
    return a->step == b->step && a->kind == b->kind && a->caller.stack == b->caller.stack &&
           a->caller.back == b->caller.back && a->argument[0] == b->argument[0] &&
           a->argument[1] == b->argument[1] && a->argument[2] == b->argument[2] &&
           a->argument[3] == b->argument[3];
}

static void begin(void)
{
    job.channel = NULL;
    job.item = job.left = job.written = 0;
}

static enum MvStatus answer(const struct job_call *call)
{
    uint32_t now_us = time_us_low();
    if (!is_same(call, &job.call) || now_us - job.looked_us > FORGOTTEN_US) {
        job.call = *call;
        begin();
    }
    job.looked_us = now_us;
    return call->step(&job, call->kind);
}

enum MvStatus job_run(job_step step, const void *kind, uint32_t a, uint32_t b, uint32_t c,
                      uint32_t d)
{
    if (calls_from_handler()) {
        return MV_STATUS_UNAVAILABLE;
    }
    return job_run_anywhere(step, kind, a, b, c, d);
}

enum MvStatus job_run_anywhere(job_step step, const void *kind, uint32_t a, uint32_t b, uint32_t c,
                               uint32_t d)
{
    if (!calls_can_wait()) {
        return MV_STATUS_OKAY; /* made again as a fault */
    }
    struct job_call call = {step, kind, {a, b, c, d}, calls_caller()};
    enum MvStatus status = answer(&call);
    if (status == JOB_AGAIN) {
        calls_wait();
        return MV_STATUS_OKAY;
    }
    job.call.step = NULL;
    calls_wait_over();
    return status;
}

enum MvStatus job_channel(struct job *one, enum MvChannelType type)
{
    struct channel *channel = channel_find(one->call.argument[0], type);
    if (channel == NULL) {
        return MV_STATUS_INVALIDHANDLE;
    }
    if (one->channel == NULL) {
        one->channel = channel;
        one->turn = channel->turn;
    } else if (one->turn != channel->turn) {
        begin();
        return JOB_AGAIN;
    }
    return MV_STATUS_OKAY;
}

static uint32_t chunk(const struct job *one)
{
    return one->left < JOB_CHUNK_BYTES ? one->left : JOB_CHUNK_BYTES;
}

static void copied(struct job *one, uint32_t bytes)
{
    one->place += bytes;
    one->at += bytes;
    one->left -= bytes;
}

void job_copy_in(struct job *one, const struct lent *to)
{
    uint32_t bytes = chunk(one);
    lent_put(to, to->used + one->at, one->place, bytes);
    copied(one, bytes);
}

void job_copy_out(struct job *one, const struct lent *from)
{
    uint32_t bytes = chunk(one);
    lent_get(from, one->at, one->place, bytes);
    copied(one, bytes);
}

enum MvStatus job_find(MvChannelHandle handle, enum MvChannelType type, struct channel **channel)
{
    if (calls_from_handler()) {
        return MV_STATUS_UNAVAILABLE;
    }
    *channel = channel_find(handle, type);
    return *channel != NULL ? MV_STATUS_OKAY : MV_STATUS_INVALIDHANDLE;
}
