// What the suites of kernel_calls check only once in an application's life, or by ending it.
#include "costs.h"
#include "mv_syscalls.h"
#include "report.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define NVIC_ISER1        REGISTER(0xE000E104u)
#define NVIC_ICER1        REGISTER(0xE000E184u)
#define NVIC_ISPR1        REGISTER(0xE000E204u)
#define NVIC_ICPR1        REGISTER(0xE000E284u)

#define SECURE_RAM ((void *)0x30080000u)

enum { IRQ_TIM3 = 46, IRQ_TIM5 = 48, IRQ_TIM7 = 50 };

void test_power(void)
{
    enum MvWakeReason reason;
    check_equal("mvGetWakeReason", mvGetWakeReason(&reason), MV_STATUS_OKAY);
    check_equal("mvSystemLedEnable", mvSystemLedEnable(0), MV_STATUS_OKAY);
    check_equal("mvSystemLedEnable", mvSystemLedEnable(1), MV_STATUS_OKAY);
    check_equal("mvPowerSave", mvPowerSave((enum MvPowerSavingMode)9), MV_STATUS_PARAMETERFAULT);
    // With an interrupt that waits, it does not sleep: nothing would wake it here.
    __asm volatile("cpsid i" ::: "memory");
    NVIC_ISER1 = 1u << (IRQ_TIM3 - 32);
    NVIC_ISPR1 = 1u << (IRQ_TIM3 - 32);
    check_equal("mvPowerSave", mvPowerSave(MV_POWERSAVINGMODE_SLEEP), MV_STATUS_OKAY);
    NVIC_ICER1 = 1u << (IRQ_TIM3 - 32);
    NVIC_ICPR1 = 1u << (IRQ_TIM3 - 32);
    __asm volatile("cpsie i" ::: "memory");
    check_equal("mvDeepSleep", mvDeepSleep((enum MvDeepSleepMode)9), MV_STATUS_PARAMETERFAULT);
    check_equal("mvRestart", mvRestart((enum MvRestartMode)9), MV_STATUS_PARAMETERFAULT);
}

void test_fast_costs(void)
{
    check_equal("set", mvSetFastInterrupt(IRQ_TIM5), MV_STATUS_INVALIDINTERRUPT);
    check_equal("enable", mvEnableFastInterrupt(IRQ_TIM7), MV_STATUS_INVALIDINTERRUPT);
    check_equal("disable", mvDisableFastInterrupt(IRQ_TIM7), MV_STATUS_INVALIDINTERRUPT);
    check_equal("clear", mvClearFastInterrupt(IRQ_TIM7), MV_STATUS_INVALIDINTERRUPT);
    check_equal("set", mvSetFastInterrupt(IRQ_TIM7), MV_STATUS_OKAY);
    check_equal("enable", mvEnableFastInterrupt(IRQ_TIM7), MV_STATUS_OKAY);
    check_equal("disable all", mvDisableAllFastInterrupts(), MV_STATUS_OKAY);
    check_equal("enable all", mvEnableAllFastInterrupts(), MV_STATUS_OKAY);
    check_equal("disable", mvDisableFastInterrupt(IRQ_TIM7), MV_STATUS_OKAY);
    check_equal("clear", mvClearFastInterrupt(IRQ_TIM7), MV_STATUS_OKAY);
}

void test_network_costs(void)
{
    static struct MvNotification ring[4];
    const struct MvNotificationSetup setup = {
        .irq = IRQ_TIM3, .buffer = ring, .buffer_size = sizeof ring};
    struct MvRequestNetworkParams params = {.version = 1};
    struct MvOpenSystemNotificationParams system = {.notification_source =
                                                        MV_SYSTEMNOTIFICATIONSOURCE_NETWORK};
    MvNotificationHandle centre;
    MvNetworkHandle network;
    MvSystemEventHandle event;
    enum MvNetworkStatus status;
    enum MvNetworkReason reasons;
    uint32_t count;
    check_equal("centre", mvSetupNotifications(&setup, &centre), MV_STATUS_OKAY);
    params.v1.notification_handle = system.notification_handle = centre;
    check_equal("request", mvRequestNetwork(&params, &network), MV_STATUS_OKAY);
    check_equal("status", mvGetNetworkStatus(network, &status), MV_STATUS_OKAY);
    check_equal("reasons", mvGetNetworkReasons(&reasons, &count), MV_STATUS_OKAY);
    check_equal("release", mvReleaseNetwork(&network), MV_STATUS_OKAY);
    check_equal("released", mvReleaseNetwork(&network), MV_STATUS_INVALIDHANDLE);
    check_equal("no status", mvGetNetworkStatus(network, &status), MV_STATUS_INVALIDHANDLE);
    check_equal("request", mvRequestNetwork(SECURE_RAM, &network), MV_STATUS_PARAMETERFAULT);
    check_equal("reasons", mvGetNetworkReasons(SECURE_RAM, &count), MV_STATUS_PARAMETERFAULT);
    check_equal("event", mvOpenSystemNotification(&system, &event), MV_STATUS_OKAY);
    check_equal("no event", mvCloseSystemNotification(&centre), MV_STATUS_INVALIDHANDLE);
    check_equal("event", mvCloseSystemNotification(&event), MV_STATUS_OKAY);
    system.notification_handle = 0;
    check_equal("event", mvOpenSystemNotification(&system, &event), MV_STATUS_INVALIDHANDLE);
    check_equal("centre", mvCloseNotifications(&centre), MV_STATUS_OKAY);
}

// A long line may be refused for lack of room: the suite before has spoiled its own buffer.
void test_log_costs(void)
{
    static uint8_t long_line[1000];
    (void)mvServerLog((const uint8_t *)"x", 1);
    (void)mvServerLog(long_line, sizeof long_line);
    check_equal("log", mvServerLog(SECURE_RAM, 8), MV_STATUS_PARAMETERFAULT);
    check_true("log again", mvServerLoggingInit(SECURE_RAM, 512) != MV_STATUS_OKAY);
}
