/* Notification centres: see notify.h. */
#include "kernel/notify/notify.h"

#include <string.h>

#include "kernel/notify/handle.h"
#include "kernel/time/time.h"
#include "kernel/work/lock.h"

static struct centre {
    uintptr_t next; /* where the next record goes */
    uint32_t irq;
} centres[NOTIFY_CENTRES];

static struct {
    enum MvSystemNotificationSource source;
    MvNotificationHandle centre;
    uint32_t tag;
} system_events[NOTIFY_SYSTEM_EVENTS];
static uint32_t events_used; /* bit n: system_events[n] is open */

/* Memory of each centre; {0, 0} overlaps nothing. */
static struct span {
    uintptr_t first, end;
} spans[NOTIFY_CENTRES];
static uint32_t changes;      /* counts openings and closings */
static uint32_t used;         /* bit n: centres[n] is open */
static uint32_t irqs_used[4]; /* interrupts of open centres */

bool notify_irq_taken(uint32_t irq)
{
    return (irqs_used[irq / 32] >> irq % 32 & 1u) != 0;
}

uint32_t notify_changes(void)
{
    return changes;
}

bool notify_uses(uintptr_t first, uintptr_t end, uint32_t *next)
{
    uint32_t centre = *next, count = centre + NOTIFY_LOOK;
    uint32_t highest = used == 0 ? 0 : 32u - (uint32_t)__builtin_clz(used);
    for (uint32_t stop = count < highest ? count : highest; centre < stop; centre++) {
        if (first < spans[centre].end && spans[centre].first < end) {
            return true;
        }
    }
    *next = centre < highest ? centre : NOTIFY_CENTRES;
    return false;
}

enum MvStatus notify_look(const struct MvNotificationSetup *setup, uint32_t *next)
{
    uintptr_t first = (uintptr_t)setup->buffer, end = first + setup->buffer_size;
    if (setup->buffer_size < NOTIFY_BUFFER_MINIMUM ||
        setup->buffer_size % NOTIFY_RECORD_BYTES != 0) {
        return MV_STATUS_INVALIDBUFFERSIZE;
    }
    if (!notify_irq_usable(setup->irq)) {
        return MV_STATUS_INVALIDINTERRUPT;
    }
    return notify_uses(first, end, next) ? MV_STATUS_BUFFERALREADYINUSE : MV_STATUS_OKAY;
}

enum MvStatus notify_open(const struct MvNotificationSetup *setup, MvNotificationHandle *handle)
{
    uintptr_t buffer = (uintptr_t)setup->buffer, end = buffer + setup->buffer_size;
    if (notify_irq_taken(setup->irq)) {
        return MV_STATUS_INVALIDINTERRUPT;
    }
    if (used == UINT32_MAX) {
        return MV_STATUS_TOOMANYNOTIFICATIONBUFFERS;
    }
    uint32_t index = (uint32_t)__builtin_ctz(~used);
    *handle = handle_new(HANDLE_NOTIFICATION, (uint8_t)index);
    if (*handle == 0) {
        return MV_STATUS_TOOMANYNOTIFICATIONBUFFERS;
    }
    centres[index] = (struct centre){buffer, setup->irq};
    spans[index] = (struct span){buffer, end};
    used |= 1u << index;
    changes++;
    irqs_used[setup->irq / 32] |= 1u << setup->irq % 32;
    return MV_STATUS_OKAY;
}

enum MvStatus notify_close(MvNotificationHandle handle)
{
    int32_t index = handle_find(HANDLE_NOTIFICATION, handle);
    if (index < 0) {
        return MV_STATUS_INVALIDHANDLE;
    }
    handle_free(handle);
    used &= ~(1u << index);
    changes++;
    spans[index] = (struct span){0, 0};
    irqs_used[centres[index].irq / 32] &= ~(1u << centres[index].irq % 32);
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
        write_record(centre->next, time_us(), type, tag);
        centre->next += NOTIFY_RECORD_BYTES;
        if (centre->next == spans[index].end) {
            centre->next = spans[index].first;
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
    uint32_t index = (uint32_t)__builtin_ctz(~events_used);
    *handle = index < NOTIFY_SYSTEM_EVENTS ? handle_new(HANDLE_SYSTEM_EVENT, (uint8_t)index) : 0;
    if (*handle == 0) {
        return MV_STATUS_UNAVAILABLE;
    }
    events_used |= 1u << index;
    system_events[index].source = params->notification_source;
    system_events[index].centre = params->notification_handle;
    system_events[index].tag = params->notification_tag;
    return MV_STATUS_OKAY;
}

enum MvStatus notify_system_close(MvSystemEventHandle handle)
{
    int32_t index = handle_find(HANDLE_SYSTEM_EVENT, handle);
    if (index < 0) {
        return MV_STATUS_INVALIDHANDLE;
    }
    handle_free(handle);
    events_used &= ~(1u << index);
    return MV_STATUS_OKAY;
}

void notify_system(enum MvSystemNotificationSource source, enum MvEventType type)
{
    for (uint32_t i = 0; i < NOTIFY_SYSTEM_EVENTS; i++) {
        uint32_t lock = lock_take();
        bool bound = (events_used >> i & 1u) != 0 && system_events[i].source == source;
        if (bound) {
            (void)notify_post(system_events[i].centre, type, system_events[i].tag);
        }
        lock_release(lock);
    }
}

void notify_reset(void)
{
    used = 0;
    changes++;
    memset(spans, 0, sizeof spans);
    memset(irqs_used, 0, sizeof irqs_used);
    events_used = 0;
}
