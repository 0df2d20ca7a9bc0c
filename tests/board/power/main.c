// Low-power modes, restarts and their reasons: every start of the application is one step of the
// story, and the external flash remembers how far it has come. See tests/board/README.md.
#include "chip.h"
#include "mv_syscalls.h"
#include "report.h"
#include "serial.h"

enum { STEPS = 8 };

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
    {"after a crash: watchdog", MV_WAKEREASON_APPLICATIONCRASH},
    {"after the watchdog: Standby until the check-in", MV_WAKEREASON_MICROVISORWATCHDOG},
    {"woken by the check-in", MV_WAKEREASON_DEEPSLEEPCHECKIN},
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
        __asm volatile("udf #0");
        break;
    case 5:
        watchdog_bite();
        break;
    case 6:
        deep(MV_DEEPSLEEPMODE_STANDBY);
        break;
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
