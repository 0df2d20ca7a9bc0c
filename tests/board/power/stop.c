/* mvPowerSave in all five modes. */
#include "chip.h"
#include "mv_syscalls.h"
#include "report.h"

/* The pin rises at that time of the scenario (run_power.sh), and the check-in is due then. */
enum { PIN_AT_MS = 25000, CHECK_IN_AT_MS = 40000 };

static enum MvStatus save(enum MvPowerSavingMode mode)
{
    serial_drain();
    return mvPowerSave(mode);
}

static uint32_t save_in_handler(void)
{
    return mvPowerSave(MV_POWERSAVINGMODE_SLEEP);
}

static uint32_t deep_in_handler(void)
{
    return mvDeepSleep(MV_DEEPSLEEPMODE_STANDBY);
}

static void refused(void)
{
    check_equal("mvPowerSave, no such mode", mvPowerSave((enum MvPowerSavingMode)5),
                MV_STATUS_PARAMETERFAULT);
    check_equal("mvDeepSleep, no such mode", mvDeepSleep((enum MvDeepSleepMode)2),
                MV_STATUS_PARAMETERFAULT);
    check_equal("mvPowerSave in a handler", in_handler(save_in_handler), MV_STATUS_UNAVAILABLE);
    check_equal("mvDeepSleep in a handler", in_handler(deep_in_handler), MV_STATUS_UNAVAILABLE);
}

static void check_between(const char *name, uint64_t time_us, uint32_t least_ms, uint32_t most_ms)
{
    uint32_t time_ms = (uint32_t)(time_us / 1000);
    if (time_ms < least_ms) {
        check_equal(name, time_ms, least_ms);
    } else {
        check_equal(name, time_ms > most_ms ? time_ms : most_ms, most_ms);
    }
}

static void sleep_mode(void)
{
    uint64_t before_us = now_us();
    tick_after_us(5000);
    enum MvStatus status = mvPowerSave(MV_POWERSAVINGMODE_SLEEP);
    uint64_t after_us = now_us();
    check_equal("SLEEP", status, MV_STATUS_OKAY);
    check_equal("SysTick ended it", ticks, 1);
    check_equal("and interrupted the application, not the kernel", tick_return & 0x40, 0);
    check_between("SLEEP lasts", after_us - before_us, 4, 6);
    /* With interrupts masked, as in every tickless idle: it returns, the handler waits. */
    ticks = 0;
    __asm volatile("cpsid i" ::: "memory");
    tick_after_us(5000);
    check_equal("SLEEP, masked", mvPowerSave(MV_POWERSAVINGMODE_SLEEP), MV_STATUS_OKAY);
    check_equal("handler still waits", ticks, 0);
    serial_drain();
    before_us = now_us();
    status = mvPowerSave(MV_POWERSAVINGMODE_STOP2);
    after_us = now_us();
    check_equal("Stop, pending", status, MV_STATUS_OKAY);
    check_between("it did not sleep", after_us - before_us, 0, 1);
    __asm volatile("cpsie i\n isb" ::: "memory");
    check_equal("handler ran", ticks, 1);
}

static void stop_by_timer(uint32_t mode)
{
    rtc_wakes = 0;
    timer_start(3); /* the first of its seconds may have begun already */
    uint64_t before_us = now_us();
    enum MvStatus status = save((enum MvPowerSavingMode)mode);
    uint64_t after_us = now_us();
    timer_stop();
    check_equal("Stop", status, MV_STATUS_OKAY);
    check_between("Stop lasts", after_us - before_us, 1990, 3040);
    check_equal("RTC ended it", rtc_wakes, 1);
    uint32_t cycles = cycles_in_10_ms();
    check_true("160 MHz again", cycles > 1590000 && cycles < 1610000);
}

static void stop_by_pin(void)
{
    pin_line_start();
    check_equal("Stop, pin", save(MV_POWERSAVINGMODE_STOP2), MV_STATUS_OKAY);
    check_between("until the pin rose", now_us(), PIN_AT_MS - 300, PIN_AT_MS);
    check_equal("pin ended it", pin_wakes, 1);
}

static void stop_by_check_in(void)
{
    enum MvNetworkReason reasons;
    uint32_t count;
    (void)mvGetNetworkReasons(&reasons, &count);
    check_equal("check-in not due", reasons & MV_NETWORKREASON_MINIMUMCHECKINEXPIRED, 0);
    check_equal("Stop, check-in", save(MV_POWERSAVINGMODE_STOP1), MV_STATUS_OKAY);
    check_between("until the check-in", now_us(), CHECK_IN_AT_MS, CHECK_IN_AT_MS + 1100);
    uint64_t end_us = now_us() + 2500000;
    do { // until the kernel has taken its turn
        (void)mvGetNetworkReasons(&reasons, &count);
    } while ((reasons & MV_NETWORKREASON_MINIMUMCHECKINEXPIRED) == 0 && now_us() < end_us);
    check_equal("check-in due", reasons & MV_NETWORKREASON_MINIMUMCHECKINEXPIRED,
                MV_NETWORKREASON_MINIMUMCHECKINEXPIRED);
}

void test_stop(void)
{
    refused();
    /* Stop is refused until the crystal runs, once in a device's life. */
    enum MvStatus status = MV_STATUS_MICROVISORBUSY;
    while (status == MV_STATUS_MICROVISORBUSY && now_us() < 5000000) {
        __asm volatile("cpsid i" ::: "memory");
        pend_handler();
        status = save(MV_POWERSAVINGMODE_STOP0); // does not sleep: an interrupt waits
        __asm volatile("cpsie i" ::: "memory");
    }
    check_equal("crystal started", status, MV_STATUS_OKAY);
    ticks = 0;
    sleep_mode();
    for (uint32_t mode = MV_POWERSAVINGMODE_STOP0; mode <= MV_POWERSAVINGMODE_STOP3; mode++) {
        stop_by_timer(mode);
    }
    stop_by_pin();
    stop_by_check_in();
}
