// The calls that nearly every old application makes, in the way they make them.
#include <string.h>

#include "mv_syscalls.h"
#include "tasks.h"

static struct {
    MvNotificationHandle notification;
    MvNetworkHandle network;
} handles;
static volatile struct MvNotification centre[8] __attribute__((aligned(8)));
static uint8_t log_buffer[4096] __attribute__((aligned(512)));

static void task(void)
{
    static const char text[] = "[DEBUG] old application";
    enum MvNetworkStatus status;
    if (mvGetNetworkStatus(handles.network, &status) == MV_STATUS_OKAY &&
        status == MV_NETWORKSTATUS_CONNECTED) {
        mvServerLog((const uint8_t *)text, (uint16_t)strlen(text));
    }
}

int main(void)
{
    mvServerLoggingInit(log_buffer, sizeof(log_buffer));
    memset((void *)centre, 0, sizeof(centre));
    struct MvNotificationSetup setup = {
        .irq = 41, .buffer = (struct MvNotification *)centre, .buffer_size = sizeof(centre)};
    mvSetupNotifications(&setup, &handles.notification);
    struct MvRequestNetworkParams params = {
        .version = 1, .v1 = {.notification_handle = handles.notification, .notification_tag = 1}};
    mvRequestNetwork(&params, &handles.network);
    tasks_run(task);
}
