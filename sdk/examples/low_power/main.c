// Low power: an application that is awake for a few seconds now and then.
//
// Deep sleep needs the network down, and ends with a restart: mvGetWakeReason tells what ended it.
// Whatever the application does, the device looks for updates when the bundle's check-in time is
// over.
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "mv_syscalls.h"

// TIM2 is not used as a timer, so its interrupt can announce notifications; this sample polls.
enum { TIM2_IRQ = 45, RING_RECORDS = 4, AWAKE_MS = 2000 };

static uint8_t log_buffer[2048] __attribute__((aligned(512)));
static struct MvNotification ring[RING_RECORDS];

static void say(const char *line)
{
    (void)mvServerLog((const uint8_t *)line, (uint16_t)strlen(line));
}

// Asks for the network and waits until it is there, for a minute at most.
static bool connect(MvNetworkHandle *network)
{
    const struct MvNotificationSetup setup = {
        .irq = TIM2_IRQ, .buffer = ring, .buffer_size = sizeof ring};
    struct MvRequestNetworkParams params = {.version = 1};
    enum MvNetworkStatus status = MV_NETWORKSTATUS_CONNECTING;
    if (mvSetupNotifications(&setup, &params.v1.notification_handle) != MV_STATUS_OKAY ||
        mvRequestNetwork(&params, network) != MV_STATUS_OKAY) {
        return false;
    }
    for (uint32_t i = 0; i < 600 && status != MV_NETWORKSTATUS_CONNECTED; i++) {
        clock_wait_ms(100);
        (void)mvGetNetworkStatus(*network, &status);
    }
    return status == MV_NETWORKSTATUS_CONNECTED;
}

int main(void)
{
    char line[64];
    uint64_t clock_us = 0;
    MvNetworkHandle network = 0;
    enum MvWakeReason reason = MV_WAKEREASON_COLDBOOT;
    clock_stop();
    (void)mvServerLoggingInit(log_buffer, sizeof log_buffer);
    (void)mvGetWakeReason(&reason);
    bool set = mvGetWallTime(&clock_us) == MV_STATUS_OKAY; // goes on through deep sleep
    snprintf(line, sizeof line, "awake, reason %u, clock %s", (unsigned)reason,
             set ? "set" : "not set");
    say(line);
    if (connect(&network)) {
        // The work of the day; lines that are logged need time to leave.
        clock_wait_ms(AWAKE_MS);
    }
    (void)mvReleaseNetwork(&network);
    if (SLEEP_SECONDS != 0) {
        clock_wake_after(SLEEP_SECONDS);
    }
    while (mvDeepSleep(MV_DEEPSLEEPMODE_STANDBY) == MV_STATUS_MICROVISORBUSY) {
        clock_wait_ms(500); // until the link is down and the kernel has what it wants
    }
    say("deep sleep is refused");
    for (;;) {
        __asm volatile("wfi");
    }
}
