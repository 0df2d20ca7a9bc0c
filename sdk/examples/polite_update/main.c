// Polite update: a job that no update may interrupt.
//
// The bundle says how long an update may have to wait (--maximum-politeness-time). The kernel
// downloads it meanwhile and tells of it by a notification; when the job is done, mvRestart lets
// the new application in.
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "mv_syscalls.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define NVIC_ISER1        REGISTER(0xE000E104u)
#define NVIC_ICPR1        REGISTER(0xE000E284u)

// TIM2 is not used as a timer, so its interrupt can announce notifications.
enum { TIM2_IRQ = 45, RING_RECORDS = 4, TAG_UPDATE = 1 };

static uint8_t log_buffer[4096] __attribute__((aligned(512)));
static struct MvNotification ring[RING_RECORDS];
static volatile bool update_waits;

void TIM2_IRQHandler(void);

void TIM2_IRQHandler(void)
{
    for (unsigned i = 0; i < RING_RECORDS; i++) {
        if (ring[i].event_type == MV_EVENTTYPE_UPDATEDOWNLOADED) {
            update_waits = true;
        }
        ring[i].event_type = MV_EVENTTYPE_NOEVENT;
    }
}

static void say(const char *line)
{
    (void)mvServerLog((const uint8_t *)line, (uint16_t)strlen(line));
}

static bool listen(void)
{
    MvNotificationHandle centre;
    MvSystemEventHandle event;
    const struct MvNotificationSetup setup = {
        .irq = TIM2_IRQ, .buffer = ring, .buffer_size = sizeof ring};
    if (mvSetupNotifications(&setup, &centre) != MV_STATUS_OKAY) {
        return false;
    }
    NVIC_ICPR1 = 1u << (TIM2_IRQ - 32);
    NVIC_ISER1 = 1u << (TIM2_IRQ - 32);
    const struct MvOpenSystemNotificationParams params = {.notification_handle = centre,
                                                          .notification_tag = TAG_UPDATE,
                                                          .notification_source =
                                                              MV_SYSTEMNOTIFICATIONSOURCE_UPDATE};
    return mvOpenSystemNotification(&params, &event) == MV_STATUS_OKAY;
}

static uint64_t seconds(void)
{
    uint64_t now_us = 0;
    (void)mvGetMicroseconds(&now_us);
    return now_us / 1000000u;
}

static void do_the_job(void)
{
    uint64_t end_s = seconds() + JOB_SECONDS;
    say("job begins");
    while (seconds() < end_s) {
    }
    say("job done");
}

int main(void)
{
    char line[64];
    enum MvWakeReason reason = MV_WAKEREASON_COLDBOOT;
    (void)mvServerLoggingInit(log_buffer, sizeof log_buffer);
    (void)mvGetWakeReason(&reason);
    snprintf(line, sizeof line, "polite update, wake reason %u", (unsigned)reason);
    say(line);
    if (!listen()) {
        say("no notifications");
    }
    for (;;) {
        do_the_job();
        if (update_waits) {
            say("letting the update in");
            enum MvStatus status = mvRestart(MV_RESTARTMODE_AUTOAPPLYUPDATE);
            snprintf(line, sizeof line, "mvRestart: %u", (unsigned)status); // it failed
            say(line);
        }
    }
}
