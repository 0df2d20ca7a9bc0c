/* Calls about notification centres. */
#include "kernel/calls/calls.h"

#include <string.h>

#include "kernel/calls/handlers.h"
#include "kernel/notify/notify.h"
#include "kernel/update/update.h"

/* A setup that is being compared with many centres: the call is made again for every few of them.
 */
static struct {
    struct MvNotificationSetup setup;
    struct calls_caller caller;
    uint32_t changes, next;
} look;

static bool going_on(const struct MvNotificationSetup *setup, struct calls_caller caller)
{
    return look.caller.stack == caller.stack && look.caller.back == caller.back &&
           look.changes == notify_changes() && look.setup.irq == setup->irq &&
           look.setup.buffer == setup->buffer && look.setup.buffer_size == setup->buffer_size;
}

static enum MvStatus look_or_open(const struct MvNotificationSetup *setup,
                                  MvNotificationHandle *handle)
{
    uint32_t next = 0;
    bool by_fault = calls_arrived_as_fault();
    if (by_fault && going_on(setup, calls_caller())) {
        next = look.next;
    }
    if (next < NOTIFY_CENTRES) {
        uint32_t before = next;
        enum MvStatus status = notify_look(setup, &next);
        if (status != MV_STATUS_OKAY) {
            return status;
        }
        if (by_fault ? next - before > NOTIFY_LOOK / 2 : next < NOTIFY_CENTRES) {
            if (calls_can_wait()) {
                look.setup = *setup;
                look.caller = calls_caller();
                look.changes = notify_changes();
                look.next = next;
                calls_wait();
            }
            return MV_STATUS_OKAY;
        }
    }
    look.caller.stack = 0;
    enum MvStatus status = notify_open(setup, handle);
    calls_wait_over();
    return status;
}

enum MvStatus call_mvSetupNotifications(const struct MvNotificationSetup *notifications,
                                        MvNotificationHandle *handle_out)
{
    struct MvNotificationSetup setup;
    MvNotificationHandle handle;
    if (!calls_copy_in(&setup, notifications, sizeof setup) ||
        !calls_may_write(handle_out, sizeof *handle_out) ||
        !calls_may_write(setup.buffer, setup.buffer_size)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    enum MvStatus status = look_or_open(&setup, &handle);
    if (status == MV_STATUS_OKAY && calls_again == 0) {
        memcpy(handle_out, &handle, sizeof handle);
    }
    return status;
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

enum MvStatus call_mvOpenSystemNotification(const struct MvOpenSystemNotificationParams *params,
                                            MvSystemEventHandle *handle)
{
    struct MvOpenSystemNotificationParams copy;
    MvSystemEventHandle opened;
    if (calls_from_handler()) {
        return MV_STATUS_UNAVAILABLE;
    }
    if (!calls_copy_in(&copy, params, sizeof copy) || !calls_may_write(handle, sizeof *handle)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    enum MvStatus status = notify_system_open(&copy, &opened);
    if (status == MV_STATUS_OKAY) {
        memcpy(handle, &opened, sizeof opened);
        if (copy.notification_source == MV_SYSTEMNOTIFICATIONSOURCE_UPDATE) {
            update_asked();
        }
    }
    return status;
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
