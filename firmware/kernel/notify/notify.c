/* Notification centres: see notify.h. */
#include "kernel/notify/notify.h"

#include <string.h>

#include "kernel/notify/handle.h"
#include "kernel/time/time.h"
#include "kernel/work/lock.h"

static struct centre {
    uintptr_t buffer; /* 0 = free */
    uint32_t size_bytes, next_bytes, irq;
} centres[NOTIFY_CENTRES];

static struct {
    bool used;
    enum MvSystemNotificationSource source;
    MvNotificationHandle centre;
    uint32_t tag;
} system_events[NOTIFY_SYSTEM_EVENTS];

static bool overlap(const struct centre *centre, uintptr_t buffer, uint32_t size_bytes)
{
    return buffer - centre->buffer < centre->size_bytes || centre->buffer - buffer < size_bytes;
}

/* One pass over all centres: conflicts, and a free place. */
static enum MvStatus place(const struct centre *wanted, struct centre **free_centre)
{
    *free_centre = NULL;
    for (struct centre *other = centres; other < centres + NOTIFY_CENTRES; other++) {
        if (other->buffer == 0) {
            *free_centre = other;
        } else if (overlap(other, wanted->buffer, wanted->size_bytes)) {
            return MV_STATUS_BUFFERALREADYINUSE;
        } else if (other->irq == wanted->irq) {
            return MV_STATUS_INVALIDINTERRUPT;
        }
    }
    return *free_centre != NULL ? MV_STATUS_OKAY : MV_STATUS_TOOMANYNOTIFICATIONBUFFERS;
}

enum MvStatus notify_open(const struct MvNotificationSetup *setup, MvNotificationHandle *handle)
{
    struct centre wanted = {(uintptr_t)setup->buffer, setup->buffer_size, 0, setup->irq};
    struct centre *centre;
    if (wanted.size_bytes < NOTIFY_BUFFER_MINIMUM || wanted.size_bytes % NOTIFY_RECORD_BYTES != 0) {
        return MV_STATUS_INVALIDBUFFERSIZE;
    }
    if (!notify_irq_usable(wanted.irq)) {
        return MV_STATUS_INVALIDINTERRUPT;
    }
    enum MvStatus status = place(&wanted, &centre);
    if (status != MV_STATUS_OKAY) {
        return status;
    }
    *handle = handle_new(HANDLE_NOTIFICATION, (uint8_t)(centre - centres));
    if (*handle == 0) {
        return MV_STATUS_TOOMANYNOTIFICATIONBUFFERS;
    }
    *centre = wanted;
    return MV_STATUS_OKAY;
}

enum MvStatus notify_close(MvNotificationHandle handle)
{
    int32_t index = handle_find(HANDLE_NOTIFICATION, handle);
    if (index < 0) {
        return MV_STATUS_INVALIDHANDLE;
    }
    handle_free(handle);
    centres[index].buffer = 0;
    centres[index].size_bytes = 0;
    return MV_STATUS_OKAY;
}

bool notify_exists(MvNotificationHandle handle)
{
    return handle_find(HANDLE_NOTIFICATION, handle) >= 0;
}

/* The application polls event_type, so that is written last. Word by word: the buffer may have any
 * alignment. */
static void write_record(uintptr_t place, uint64_t time_us_now, uint32_t type, uint32_t tag)
{
    volatile uint32_t *words = (volatile uint32_t *)place;
    words[0] = (uint32_t)time_us_now;
    words[1] = (uint32_t)(time_us_now >> 32);
    words[3] = tag;
    words[2] = type;
}

bool notify_post(MvNotificationHandle handle, enum MvEventType type, uint32_t tag)
{
    uint32_t lock = lock_take();
    int32_t index = handle_find(HANDLE_NOTIFICATION, handle);
    if (index >= 0) {
        struct centre *centre = &centres[index];
        write_record(centre->buffer + centre->next_bytes, time_us(), type, tag);
        centre->next_bytes += NOTIFY_RECORD_BYTES;
        if (centre->next_bytes == centre->size_bytes) {
            centre->next_bytes = 0;
        }
        notify_pend(centre->irq);
    }
    lock_release(lock);
    return index >= 0;
}

enum MvStatus notify_system_open(const struct MvOpenSystemNotificationParams *params,
                                 MvSystemEventHandle *handle)
{
    if (!notify_exists(params->notification_handle) ||
        (params->notification_source != MV_SYSTEMNOTIFICATIONSOURCE_NETWORK &&
         params->notification_source != MV_SYSTEMNOTIFICATIONSOURCE_UPDATE)) {
        return MV_STATUS_INVALIDHANDLE;
    }
    for (uint32_t i = 0; i < NOTIFY_SYSTEM_EVENTS; i++) {
        if (!system_events[i].used) {
            *handle = handle_new(HANDLE_SYSTEM_EVENT, (uint8_t)i);
            if (*handle == 0) {
                return MV_STATUS_UNAVAILABLE;
            }
            system_events[i].used = true;
            system_events[i].source = params->notification_source;
            system_events[i].centre = params->notification_handle;
            system_events[i].tag = params->notification_tag;
            return MV_STATUS_OKAY;
        }
    }
    return MV_STATUS_UNAVAILABLE;
}

enum MvStatus notify_system_close(MvSystemEventHandle handle)
{
    int32_t index = handle_find(HANDLE_SYSTEM_EVENT, handle);
    if (index < 0) {
        return MV_STATUS_INVALIDHANDLE;
    }
    handle_free(handle);
    system_events[index].used = false;
    return MV_STATUS_OKAY;
}

void notify_system(enum MvSystemNotificationSource source, enum MvEventType type)
{
    for (uint32_t i = 0; i < NOTIFY_SYSTEM_EVENTS; i++) {
        uint32_t lock = lock_take();
        bool bound = system_events[i].used && system_events[i].source == source;
        if (bound) {
            (void)notify_post(system_events[i].centre, type, system_events[i].tag);
        }
        lock_release(lock);
    }
}

void notify_reset(void)
{
    memset(centres, 0, sizeof centres);
    memset(system_events, 0, sizeof system_events);
}
