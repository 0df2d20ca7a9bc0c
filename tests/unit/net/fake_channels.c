/* What channels need besides the tunnel when no application has one. tests/unit/kernel shows what
 * they do. */
#include "kernel/channels/job.h"
#include "kernel/notify/handle.h"
#include "kernel/notify/notify.h"
#include "kernel/time/time.h"

uint32_t handle_new(enum handle_type type, uint8_t index)
{
    (void)type;
    return index + 1u;
}

int32_t handle_find(enum handle_type type, uint32_t handle)
{
    (void)type;
    return handle >= 1 && handle <= CHANNELS_MAX ? (int32_t)handle - 1 : -1;
}

void handle_free(uint32_t handle)
{
    (void)handle;
}

bool notify_post(MvNotificationHandle handle, enum MvEventType type, uint32_t tag)
{
    (void)handle;
    (void)type;
    (void)tag;
    return true;
}

void job_reset(void)
{
}

uint32_t time_us_low(void)
{
    return (uint32_t)time_us();
}
