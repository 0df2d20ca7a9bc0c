/* Calls about power, LED and restarts: not from interrupt handlers. */
#include "kernel/app/app.h"
#include "kernel/calls/calls.h"
#include "kernel/calls/handlers.h"
#include "kernel/power/led.h"
#include "kernel/power/sleep.h"
#include "kernel/update/update.h"
#include "kernel/work/work.h"

/* Writes one byte: the enumeration is that wide. */
enum MvStatus call_mvGetWakeReason(enum MvWakeReason *mode)
{
    uint8_t reason = (uint8_t)app_wake_reason();
    if (calls_from_handler()) {
        return MV_STATUS_UNAVAILABLE;
    }
    return calls_copy_out(mode, &reason, sizeof reason) ? MV_STATUS_OKAY : MV_STATUS_PARAMETERFAULT;
}

enum MvStatus call_mvSystemLedEnable(uint32_t enable)
{
    if (calls_from_handler() || enable > 1) {
        return MV_STATUS_UNAVAILABLE;
    }
    led_enable(enable != 0);
    return MV_STATUS_OKAY;
}

/* One byte is what the application passes; the rest of the register is its caller's to clear. */
enum MvStatus call_mvPowerSave(enum MvPowerSavingMode mode)
{
    if (calls_from_handler()) {
        return MV_STATUS_UNAVAILABLE;
    }
    if ((uint32_t)mode > MV_POWERSAVINGMODE_STOP3) {
        return MV_STATUS_PARAMETERFAULT;
    }
    if (!calls_can_wait()) {
        return MV_STATUS_OKAY;
    }
    bool again = false;
    enum MvStatus status = sleep_save((uint32_t)mode, calls_caller(), &again);
    if (again) {
        calls_wait();
    } else {
        calls_wait_over();
    }
    return status;
}

/* Does not return if it succeeds. */
enum MvStatus call_mvDeepSleep(enum MvDeepSleepMode mode)
{
    if (calls_from_handler()) {
        return MV_STATUS_UNAVAILABLE;
    }
    if ((uint32_t)mode > MV_DEEPSLEEPMODE_SHUTDOWN) {
        return MV_STATUS_PARAMETERFAULT;
    }
    enum MvStatus status = sleep_deep((uint32_t)mode);
    if (status == MV_STATUS_OKAY) {
        work_abandon_background();
    }
    return status;
}

/* Does not return if it succeeds: PendSV_S takes the processor away from this call. */
enum MvStatus call_mvRestart(enum MvRestartMode mode)
{
    if (calls_from_handler()) {
        return MV_STATUS_UNAVAILABLE;
    }
    if (mode != MV_RESTARTMODE_AUTOAPPLYUPDATE) {
        return MV_STATUS_PARAMETERFAULT;
    }
    if (update_busy()) {
        return MV_STATUS_MICROVISORBUSY;
    }
    if (!update_accept()) {
        app_request_restart();
    }
    work_abandon_background();
    return MV_STATUS_OKAY;
}
