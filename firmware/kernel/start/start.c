/* The order in which the kernel takes the device over. Runs once, interrupts off. */
#include "kernel/start/start.h"

#include "drivers/clock.h"
#include "drivers/flash.h"
#include "drivers/nor.h"
#include "drivers/rng.h"
#include "kernel/app/app.h"
#include "kernel/calls/calls.h"
#include "kernel/isolation/fault.h"
#include "kernel/isolation/isolation.h"
#include "kernel/log/log.h"
#include "kernel/net_policy/policy.h"
#include "kernel/notify/handle.h"
#include "kernel/power/power.h"
#include "kernel/storage/identity.h"
#include "kernel/time/time.h"
#include "kernel/work/work.h"

static void isolate(void)
{
    isolation_core();
    isolation_hide_boot();
    isolation_sau();
    isolation_gtzc();
    isolation_interrupts();
    isolation_mpu();
    isolation_lock_options();
    isolation_lock();
}

void start_kernel(void)
{
    isolate();
    (void)clock_start();
    time_init();
    power_init();
    log_init();
    if (!rng_init()) {
        log_system(LOG_TYPE_KERNEL, "random number generator does not work");
    }
    (void)identity_get(); /* decoded here: too long for a call, and nobody may interrupt it */
    calls_init();
    for (uint32_t i = 0; i < 4; i++) {
        handle_poll();
    }
    policy_init();
    power_resume();
    app_init();
    fault_report_previous();
    flash_set_wait(work_sleep_us);
    nor_set_wait(work_sleep_us);
}
