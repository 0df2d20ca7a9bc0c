// Low-power modes, restarts and their reasons: every start of the application is one step of the
// story, and the external flash remembers how far it has come. See tests/board/README.md.
#include "chip.h"
#include "mv_syscalls.h"
#include "report.h"
#include "serial.h"

enum { STEPS = 12, TIMES = 256 /* in the flash: when each step ended */ };

static MvExternalFlashHandle flash;

/* Steps done: leading zero words. */
static uint32_t steps_done(void)
{
    static uint32_t words[STEPS];
    uint32_t done = 0;
    check_equal("open", mvExternalFlashOpen(&flash), MV_STATUS_OKAY);
    check_equal("read", mvExternalFlashReadBlocking(flash, 0, sizeof words, (uint8_t *)words),
                MV_STATUS_OKAY);
    while (done < STEPS && words[done] == 0) {
        done++;
    }
    return done;
}

static void step_done(uint32_t step)
{
    static const uint32_t zero;
    check_equal("write",
                mvExternalFlashWriteBlocking(flash, step * 4, sizeof zero, (const uint8_t *)&zero),
                MV_STATUS_OKAY);
}

/* Crashes; the next start looks how long the kernel waited with it. */
static void crash(uint32_t step)
{
    uint32_t now_ms = (uint32_t)(now_us() / 1000);
    check_equal("write",
                mvExternalFlashWriteBlocking(flash, TIMES + step * 4, sizeof now_ms,
                                             (const uint8_t *)&now_ms),
                MV_STATUS_OKAY);
    serial_drain();
    __asm volatile("udf #0");
}

/* The crash policy of power.sh; clearing the memory and starting take their time too. */
static void check_wait(uint32_t step, uint32_t want_ms)
{
    uint32_t then_ms = 0, now_ms = (uint32_t)(now_us() / 1000);
    check_equal("read",
                mvExternalFlashReadBlocking(flash, TIMES + (step - 1) * 4, sizeof then_ms,
                                            (uint8_t *)&then_ms),
                MV_STATUS_OKAY);
    uint32_t waited_ms = now_ms - then_ms;
    check_equal("wait after a crash",
                waited_ms >= want_ms && waited_ms < want_ms + 100 ? want_ms : waited_ms, want_ms);
}

static void deep(enum MvDeepSleepMode mode)
{
    serial_drain();
    check_equal("mvDeepSleep returned", mvDeepSleep(mode), MV_STATUS_OKAY);
    check_true("mvDeepSleep returned", 0);
}

/* What each start must find, and what it does to end. */
static const struct step {
    const char *name;
    uint8_t reason;
} steps[STEPS] = {
    {"cold boot: Stop modes, then Standby until the RTC", MV_WAKEREASON_COLDBOOT},
    {"woken by the RTC: Standby until the pin", MV_WAKEREASON_DEEPSLEEPAPPLICATIONRTC},
    {"woken by the pin: Shutdown until the RTC", MV_WAKEREASON_DEEPSLEEPAPPLICATION},
    {"woken from Shutdown: mvRestart", MV_WAKEREASON_COLDBOOT},
    {"restarted: crash", MV_WAKEREASON_REMOTEAPPLICATIONRESTART},
    {"after 200 ms: crash", MV_WAKEREASON_APPLICATIONCRASH},
    {"after 400 ms: crash", MV_WAKEREASON_APPLICATIONCRASH},
    {"after 700 ms, the longest wait: crash", MV_WAKEREASON_APPLICATIONCRASH},
    {"after 700 ms again: watchdog", MV_WAKEREASON_APPLICATIONCRASH},
    {"after the watchdog: Standby until the check-in", MV_WAKEREASON_MICROVISORWATCHDOG},
    {"woken by the check-in: a bit of the kernel's memory flips", MV_WAKEREASON_DEEPSLEEPCHECKIN},
    {"after the kernel's crash", MV_WAKEREASON_MICROVISORCRASH},
};

static void do_step(uint32_t step)
{
    switch (step) {
    case 0:
        test_stop();
        wakeup_timer_start(3);
        deep(MV_DEEPSLEEPMODE_STANDBY);
        break;
    case 1:
        check_true("PWR_SR.SBF is there to see", standby_flag());
        check_true("the clock starts again", now_us() < 1000000);
        timer_stop();
        wakeup_pin_start();
        deep(MV_DEEPSLEEPMODE_STANDBY);
        break;
    case 2:
        check_true("PWR_WUSR.WUF2 is there to see", wakeup_pin_flag());
        wakeup_timer_start(2);
        deep(MV_DEEPSLEEPMODE_SHUTDOWN);
        break;
    case 3:
        timer_stop();
        check_equal("mvRestart", mvRestart(MV_RESTARTMODE_AUTOAPPLYUPDATE), MV_STATUS_OKAY);
        break;
    case 4:
        crash(step);
        break;
    case 5:
        check_wait(step, 200);
        crash(step);
        break;
    case 6:
        check_wait(step, 400);
        crash(step);
        break;
    case 7:
        check_wait(step, 700);
        crash(step);
        break;
    case 8:
        check_wait(step, 700);
        watchdog_bite();
        break;
    case 9:
        deep(MV_DEEPSLEEPMODE_STANDBY);
        break;
    case 10:
        for (;;) {
            __asm volatile("wfi");
        }
    default:
        break;
    }
}

int main(void)
{
    enum MvWakeReason reason = MV_WAKEREASON__MAX;
    serial_start();
    uint32_t step = steps_done();
    if (step < STEPS) {
        report_line("stage %u: %s", (unsigned)step, steps[step].name);
        check_equal("mvGetWakeReason", mvGetWakeReason(&reason), MV_STATUS_OKAY);
        check_equal("wake reason", reason, steps[step].reason);
        step_done(step);
        do_step(step);
    }
    report_totals();
    report_line("done");
    for (;;) {
        __asm volatile("wfi");
    }
}
