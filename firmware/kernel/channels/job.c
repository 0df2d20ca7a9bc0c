/* Calls in steps: see job.h. */
#include "kernel/channels/job.h"

#include <stddef.h>
#include <string.h>

#include "kernel/time/time.h"

/* A task that was deleted in the middle of its call leaves a job behind; one that looks the same
 * much later is not its. */
#define FORGOTTEN_US 1000000u

/* As many tasks may be in such calls at once without any of them having to begin again. */
#define JOBS 3u

static struct job jobs[JOBS];

void job_reset(void)
{
    for (struct job *job = jobs; job < jobs + JOBS; job++) {
        job->call.step = NULL;
    }
}

static bool is_same(const struct job_call *a, const struct job_call *b)
{
    return a->caller.stack == b->caller.stack && a->caller.back == b->caller.back &&
           a->step == b->step && a->kind == b->kind && a->argument[0] == b->argument[0] &&
           a->argument[1] == b->argument[1] && a->argument[2] == b->argument[2] &&
           a->argument[3] == b->argument[3];
}

static void begin(struct job *job)
{
    job->channel = NULL;
    job->writes = job->copied = false;
    job->item = job->left = job->written = 0;
}

static struct job *find(const struct job_call *call, uint32_t now_us)
{
    for (struct job *job = jobs; job < jobs + JOBS; job++) {
        if (is_same(call, &job->call) && now_us - job->looked_us <= FORGOTTEN_US) {
            return job;
        }
    }
    return NULL;
}

/* A new job in a free place, or in that of the one not asked for longest. */
static void place(const struct job_call *call, uint32_t now_us)
{
    struct job *oldest = jobs;
    for (struct job *job = jobs; job < jobs + JOBS && oldest->call.step != NULL; job++) {
        if (job->call.step == NULL || now_us - job->looked_us > now_us - oldest->looked_us) {
            oldest = job;
        }
    }
    oldest->call = *call;
    oldest->looked_us = now_us;
    begin(oldest);
}

/* One step of the call, which arrived as a fault. */
static enum MvStatus run(const struct job_call *call)
{
    uint32_t now_us = time_us_low();
    struct job *job = find(call, now_us);
    enum MvStatus status = JOB_AGAIN;
    if (job == NULL) {
        place(call, now_us);
    } else {
        job->looked_us = now_us;
        status = call->step(job, call->kind);
    }
    if (status == JOB_AGAIN) {
        calls_wait();
        return MV_STATUS_OKAY;
    }
    job->call.step = NULL;
    calls_wait_over();
    return status;
}

enum MvStatus job_run(job_step step, const void *kind, uint32_t a, uint32_t b, uint32_t c,
                      uint32_t d)
{
    if (calls_from_handler()) {
        return MV_STATUS_UNAVAILABLE;
    }
    if (!calls_can_wait()) {
        return MV_STATUS_OKAY; /* made again as a fault */
    }
    struct job_call call = {step, kind, {a, b, c, d}, calls_caller()};
    return run(&call);
}

enum MvStatus job_run_anywhere(job_step step, const void *kind, uint32_t a, uint32_t b, uint32_t c,
                               uint32_t d)
{
    if (!calls_can_wait()) {
        return MV_STATUS_OKAY;
    }
    struct job_call call = {step, kind, {a, b, c, d}, calls_caller()};
    return run(&call);
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
    } else if (one->turn != channel->turn || (one->writes && channel->writer != one)) {
        begin(one);
        return JOB_AGAIN;
    }
    return MV_STATUS_OKAY;
}

enum MvStatus job_copy_params(struct job *one, uint32_t size)
{
    one->copied = true;
    return calls_copy_in(&one->copy, (const void *)(uintptr_t)one->call.argument[1], size)
               ? JOB_AGAIN
               : MV_STATUS_PARAMETERFAULT;
}

void job_writes(struct job *one)
{
    one->writes = true;
    one->channel->writer = one;
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
