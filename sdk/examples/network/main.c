// Network: asks for a connection and logs its state as it changes.
//
// The kernel connects by itself until an application first asks for the network. From then on the
// application's handles decide: a device without one goes offline when the kernel has no reason of
// its own.
#include "mv_events.h"
#include "mv_log.h"
#include "mv_syscalls.h"

enum { TIM2_IRQ = 45, RING_RECORDS = 8, TAG_NETWORK = 1, TAG_SYSTEM = 2 };

static struct MvNotification ring[RING_RECORDS];
static struct mv_events events;

void TIM2_IRQHandler(void);
void TIM2_IRQHandler(void)
{
}

static const char *status_text(enum MvNetworkStatus status)
{
    static const char *const texts[] = {"deliberately offline", "connected", "connecting",
                                        "link up, no server"};
    return status < sizeof texts / sizeof *texts ? texts[status] : "unknown";
}

static void log_state(MvNetworkHandle network)
{
    enum MvNetworkStatus status = MV_NETWORKSTATUS_CONNECTING;
    enum MvNetworkReason reasons = MV_NETWORKREASON_NOTCONNECTING;
    uint32_t handles = 0;
    (void)mvGetNetworkStatus(network, &status);
    (void)mvGetNetworkReasons(&reasons, &handles);
    mv_log("network: %s, reasons 0x%lx, %lu handle(s)", status_text(status), (unsigned long)reasons,
           (unsigned long)handles);
}

// The platform's own state, told even while this application holds no network handle.
static void watch_system(void)
{
    MvSystemEventHandle system;
    const struct MvOpenSystemNotificationParams params = {events.handle, TAG_SYSTEM,
                                                          MV_SYSTEMNOTIFICATIONSOURCE_NETWORK};
    if (mvOpenSystemNotification(&params, &system) != MV_STATUS_OKAY) {
        mv_log("no system notifications");
    }
}

int main(void)
{
    MvNetworkHandle network = 0;
    struct MvNotification event;
    mv_log_start();
    if (mv_events_open(&events, ring, RING_RECORDS, TIM2_IRQ) != MV_STATUS_OKAY) {
        mv_log("no notifications");
    }
    watch_system();
    const struct MvRequestNetworkParams params = {.version = 1, .v1 = {events.handle, TAG_NETWORK}};
    enum MvStatus status = mvRequestNetwork(&params, &network);
    mv_log("mvRequestNetwork: %u", (unsigned)status);
    log_state(network); // nobody tells of a state that was there before
    for (;;) {
        mv_events_wait(&events, &event);
        if (event.event_type == MV_EVENTTYPE_NETWORKSTATUSCHANGED && event.tag == TAG_NETWORK) {
            log_state(network);
        }
    }
}
