/* Calls about notification centres. */
#include "kernel/calls/calls.h"

#include <string.h>

#include "kernel/calls/handlers.h"
#include "kernel/channels/job.h"
#include "kernel/notify/notify.h"
#include "kernel/update/update.h"

/* Compared with a few of the open centres at a time; from the first one on again if another task
 * has opened or closed one meanwhile. */
static enum MvStatus look_or_open(struct job *job)
{
    const struct MvNotificationSetup *setup = &job->copy.notifications;
    MvNotificationHandle handle;
    if (job->words[0] != notify_changes()) {
        job->words[0] = notify_changes();
        job->at = 0;
    }
    if (job->at < NOTIFY_CENTRES) {
        enum MvStatus status = notify_look(setup, &job->at);
        return status == MV_STATUS_OKAY ? JOB_AGAIN : status;
    }
    enum MvStatus status = notify_open(setup, &handle);
    if (status == MV_STATUS_OKAY) {
        memcpy((void *)(uintptr_t)job->call.argument[1], &handle, sizeof handle);
    }
    return status;
}

static enum MvStatus setup_step(struct job *job, const void *kind)
{
    const struct MvNotificationSetup *setup = &job->copy.notifications;
    uintptr_t first = (uintptr_t)setup->buffer;
    const void *from = (const void *)(uintptr_t)job->call.argument[0];
    bool good;
    (void)kind;
    switch (job->item++) {
    case 0:
        good = calls_copy_in(&job->copy.notifications, from, sizeof *setup);
        return good ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
    case 1:
        good =
            calls_may_write((void *)(uintptr_t)job->call.argument[1], sizeof(MvNotificationHandle));
        return good ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
    case 2:
        good = calls_may_write(setup->buffer, setup->buffer_size);
        return good ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
    case 3:
        job->words[0] = ~notify_changes();
        return channel_uses(first, first + setup->buffer_size) ? MV_STATUS_BUFFERALREADYINUSE
                                                               : JOB_AGAIN;
    default:
        return look_or_open(job);
    }
}

enum MvStatus call_mvSetupNotifications(const struct MvNotificationSetup *notifications,
                                        MvNotificationHandle *handle_out)
{
    return job_run_anywhere(setup_step, NULL, JOB_WORD(notifications), JOB_WORD(handle_out), 0, 0);
}

enum MvStatus call_mvCloseNotifications(MvNotificationHandle *handle_in_out)
{
    MvNotificationHandle handle;
    if (!calls_may_write(handle_in_out, sizeof *handle_in_out)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    memcpy(&handle, handle_in_out, sizeof handle);
    enum MvStatus status = notify_close(handle);
    if (status == MV_STATUS_OKAY) {
        handle = 0;
        memcpy(handle_in_out, &handle, sizeof handle);
    }
    return status;
}

enum MvStatus call_mvTempTriggerNotification(MvNotificationHandle handle, enum MvEventType type,
                                             uint32_t tag)
{
    return notify_post(handle, type, tag) ? MV_STATUS_OKAY : MV_STATUS_INVALIDHANDLE;
}

static enum MvStatus system_step(struct job *job, const void *kind)
{
    const struct MvOpenSystemNotificationParams *params = &job->copy.system;
    const void *from = (const void *)(uintptr_t)job->call.argument[0];
    void *handle_out = (void *)(uintptr_t)job->call.argument[1];
    MvSystemEventHandle handle;
    (void)kind;
    uint32_t item = job->item++;
    if (item < 2) {
        bool good = item == 0 ? calls_copy_in(&job->copy.system, from, sizeof *params)
                              : calls_may_write(handle_out, sizeof handle);
        return good ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
    }
    enum MvStatus status = notify_system_open(params, &handle);
    if (status == MV_STATUS_OKAY) {
        memcpy(handle_out, &handle, sizeof handle);
        if (params->notification_source == MV_SYSTEMNOTIFICATIONSOURCE_UPDATE) {
            update_asked();
        }
    }
    return status;
}

enum MvStatus call_mvOpenSystemNotification(const struct MvOpenSystemNotificationParams *params,
                                            MvSystemEventHandle *handle)
{
    return job_run(system_step, NULL, JOB_WORD(params), JOB_WORD(handle), 0, 0);
}

/* The call knows no error for a bad pointer: there is no handle behind it. */
enum MvStatus call_mvCloseSystemNotification(MvSystemEventHandle *handle)
{
    MvSystemEventHandle open;
    if (calls_from_handler()) {
        return MV_STATUS_UNAVAILABLE;
    }
    if (!calls_may_write(handle, sizeof *handle)) {
        return MV_STATUS_INVALIDHANDLE;
    }
    memcpy(&open, handle, sizeof open);
    enum MvStatus status = notify_system_close(open);
    if (status == MV_STATUS_OKAY) {
        open = 0;
        memcpy(handle, &open, sizeof open);
    }
    return status;
}
