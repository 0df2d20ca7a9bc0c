/* Calls about the network. */
#include "kernel/calls/calls.h"

#include <string.h>

#include "kernel/calls/handlers.h"
#include "kernel/channels/job.h"
#include "kernel/net_policy/policy.h"

static enum MvStatus request_step(struct job *job, const void *kind)
{
    const void *params = (const void *)(uintptr_t)job->call.argument[0];
    void *handle_out = (void *)(uintptr_t)job->call.argument[1];
    MvNetworkHandle handle;
    (void)kind;
    uint32_t item = job->item++;
    if (item < 2) {
        bool good = item == 0 ? calls_copy_in(&job->copy.network, params, sizeof job->copy.network)
                              : calls_may_write(handle_out, sizeof handle);
        return good ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
    }
    enum MvStatus status = policy_request(&job->copy.network, &handle);
    if (status == MV_STATUS_OKAY) {
        memcpy(handle_out, &handle, sizeof handle);
    }
    return status;
}

enum MvStatus call_mvRequestNetwork(const struct MvRequestNetworkParams *params,
                                    MvNetworkHandle *handle)
{
    return job_run_anywhere(request_step, NULL, JOB_WORD(params), JOB_WORD(handle), 0, 0);
}

enum MvStatus call_mvReleaseNetwork(MvNetworkHandle *handle)
{
    MvNetworkHandle open;
    if (!calls_may_write(handle, sizeof *handle)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    memcpy(&open, handle, sizeof open);
    enum MvStatus status = policy_release(open);
    if (status == MV_STATUS_OKAY) {
        open = 0;
        memcpy(handle, &open, sizeof open);
    }
    return status;
}

enum MvStatus call_mvGetNetworkStatus(MvNetworkHandle handle, enum MvNetworkStatus *status)
{
    enum MvNetworkStatus now = policy_status();
    if (!calls_may_write(status, sizeof *status)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    if (!policy_handle_exists(handle)) {
        return MV_STATUS_INVALIDHANDLE;
    }
    memcpy(status, &now, sizeof now);
    return MV_STATUS_OKAY;
}

enum MvStatus call_mvGetNetworkReasons(enum MvNetworkReason *reasons, uint32_t *request_ref_count)
{
    uint32_t now = policy_reasons(), count = policy_handle_count();
    if (!calls_may_write(reasons, sizeof *reasons) ||
        !calls_may_write(request_ref_count, sizeof *request_ref_count)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    memcpy(reasons, &now, sizeof now);
    memcpy(request_ref_count, &count, sizeof count);
    return MV_STATUS_OKAY;
}
