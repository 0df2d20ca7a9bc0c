/* What channels need besides the tunnel: handles that are numbers, and a count of what their owner
 * was told. */
#include "fake_channels.h"

#include <string.h>

#include "kernel/channels/channel.h"
#include "kernel/channels/job.h"
#include "kernel/notify/handle.h"
#include "kernel/notify/notify.h"
#include "kernel/time/time.h"

struct fake_channels fake_channels;

void fake_channels_reset(void)
{
    channels_reset();
    memset(&fake_channels, 0, sizeof fake_channels);
}

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
    (void)tag;
    fake_channels.readable += type == MV_EVENTTYPE_CHANNELDATAREADABLE;
    fake_channels.space += type == MV_EVENTTYPE_CHANNELDATAWRITESPACE;
    fake_channels.over += type == MV_EVENTTYPE_CHANNELNOTCONNECTED;
    return true;
}

void job_reset(void)
{
}

uint32_t time_us_low(void)
{
    return (uint32_t)time_us();
}
