// Makes each system call that is complete, on its good path and with a pointer that is refused.
#include <stdint.h>

#include "mv_syscalls.h"

enum { ROUNDS = 64, LINE_BYTES = 32, DEVICE_ID_BYTES = 34 };

static uint8_t log_buffer[4096] __attribute__((aligned(512)));
static struct MvNotification ring[4] __attribute__((aligned(8)));
static uint8_t *const secure_memory = (uint8_t *)0x30080000u;

static void measure_getters(void)
{
    uint32_t hz;
    uint64_t us;
    uint8_t id[DEVICE_ID_BYTES];
    (void)mvNoOp();
    (void)mvGetSysClk(&hz);
    (void)mvGetHClk(&hz);
    (void)mvGetPClk1(&hz);
    (void)mvGetPClk2(&hz);
    (void)mvGetMicroseconds(&us);
    (void)mvGetWallTime(&us);
    (void)mvGetDeviceId(id, sizeof id);
    (void)mvGetDeviceId(secure_memory, sizeof id);
    (void)mvPeriphPeek32(0x46020C8Cu, &hz);
    (void)mvPeriphPoke32(0x46020C8Cu, 0, 0);
}

static void measure_notifications(void)
{
    struct MvNotificationSetup setup = {.irq = 45, .buffer = ring, .buffer_size = sizeof ring};
    MvNotificationHandle handle;
    if (mvSetupNotifications(&setup, &handle) == MV_STATUS_OKAY) {
        (void)mvTempTriggerNotification(handle, MV_EVENTTYPE_NETWORKSTATUSCHANGED, 1);
        (void)mvCloseNotifications(&handle);
    }
}

static void measure_log(void)
{
    static const uint8_t line[LINE_BYTES] = "a line of thirty-two characters";
    (void)mvServerLog(line, sizeof line);
    (void)mvServerLog(secure_memory, sizeof line);
}

int main(void)
{
    (void)mvServerLoggingInit(log_buffer, sizeof log_buffer);
    for (unsigned round = 0; round < ROUNDS; round++) {
        measure_getters();
        measure_notifications();
        measure_log();
    }
    for (;;) {
        __asm volatile("wfi");
    }
}
