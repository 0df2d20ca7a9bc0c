/* Life of the application: see app.h.
 *
 * A crash is only recorded by the fault handler; the work thread reports it and starts the
 * application again after a wait that doubles with every crash that comes soon after a start.
 */
#include "kernel/app/app.h"

#include <string.h>

#include "kernel/app/nonsecure.h"
#include "kernel/calls/calls.h"
#include "kernel/channels/channel.h"
#include "kernel/extflash/extflash.h"
#include "kernel/isolation/fault.h"
#include "kernel/isolation/isolation.h"
#include "kernel/log/log.h"
#include "kernel/net_policy/policy.h"
#include "kernel/notify/handle.h"
#include "kernel/notify/notify.h"
#include "kernel/power/power.h"
#include "kernel/time/time.h"
#include "kernel/work/work.h"
#include "layout.h"

#define CRASH_MINIMUM_MS 1000u
#define CRASH_MAXIMUM_MS 60000u
#define CALM_US          60000000u /* a run this long ends the growth of the wait */

static struct {
    bool running;
    bool wanted; /* app_start() was called and app_stop() was not */
    volatile bool crashed;
    volatile bool restart;
    enum MvWakeReason wake_reason, next_reason;
    uint32_t minimum_ms, maximum_ms, wait_ms;
    uint64_t started_us, start_again_us;
    struct fault_report report;
} app;

/* Of the chip's watchdogs the application is the only user. One that it sets and does not feed must
 * not keep the device from its connection: it is started later each time. */
static void after_watchdog(void)
{
    uint32_t resets = power_watchdog_resets();
    if (resets == 0) {
        return;
    }
    app.wait_ms = CRASH_MINIMUM_MS;
    for (uint32_t i = 1; i < resets && app.wait_ms < CRASH_MAXIMUM_MS; i++) {
        app.wait_ms *= 2;
    }
    if (app.wait_ms > CRASH_MAXIMUM_MS) {
        app.wait_ms = CRASH_MAXIMUM_MS;
    }
    app.start_again_us = time_us() + app.wait_ms * 1000ull;
    log_system(LOG_TYPE_CRASH,
               "Watchdog: the application did not feed the watchdog that it started");
    policy_reason(MV_NETWORKREASON_APPLICATIONERROR, true);
}

void app_init(void)
{
    app.minimum_ms = CRASH_MINIMUM_MS;
    app.maximum_ms = CRASH_MAXIMUM_MS;
    app.next_reason = power_wake_reason();
    nonsecure_reset();
    after_watchdog();
}

void app_set_crash_policy(uint32_t minimum_ms, uint32_t maximum_ms)
{
    app.minimum_ms = minimum_ms != 0 ? minimum_ms : CRASH_MINIMUM_MS;
    app.maximum_ms = maximum_ms != 0 ? maximum_ms : CRASH_MAXIMUM_MS;
    if (app.maximum_ms < app.minimum_ms) {
        app.maximum_ms = app.minimum_ms;
    }
}

bool app_running(void)
{
    return app.running;
}

enum MvWakeReason app_wake_reason(void)
{
    return app.wake_reason;
}

void app_set_wake_reason(enum MvWakeReason reason)
{
    app.next_reason = reason;
}

/* Stack in the application's RAM, reset handler in its flash and in Thumb state. */
static bool vectors_valid(uint32_t stack, uint32_t entry)
{
    return stack % 8 == 0 && isolation_is_app_ram(stack - 64, 64) &&
           isolation_is_app_flash(entry & ~1u, 2) && (entry & 1u) != 0;
}

void app_start(void)
{
    const volatile uint32_t *vectors = (const volatile uint32_t *)LAYOUT_APP_FLASH_BASE;
    uint32_t stack = vectors[0], entry = vectors[1];
    if (app.running) {
        return;
    }
    if (time_us() < app.start_again_us) {
        app.wanted = true; /* app_poll() starts it */
        return;
    }
    if (!vectors_valid(stack, entry)) {
        app.wanted = false;
        log_system(LOG_TYPE_KERNEL, "no application: the vector table is not valid");
        return;
    }
    if (!nonsecure_clear()) {
        /* Only a reset ends an interrupt handler that was left active, or a lock. */
        if (app.next_reason == MV_WAKEREASON_APPLICATIONCRASH) {
            fault_keep(&app.report);
        }
        power_reset(app.next_reason);
    }
    calls_use_veneers();
    app.wanted = true;
    app.crashed = app.restart = false;
    app.wake_reason = app.next_reason;
    app.next_reason = MV_WAKEREASON_REMOTEAPPLICATIONRESTART;
    app.started_us = time_us();
    app.running = true;
    policy_reason(MV_NETWORKREASON_NOAPPLICATIONCODE, false);
    work_start_background(entry, stack);
}

static void tear_down(void)
{
    work_drop_background();
    app.running = false;
    nonsecure_reset();
    work_background_silent();
    channels_reset();
    log_app_reset();
    notify_reset();
    policy_reset();
    power_app_reset();
    extflash_reset();
    handle_reset();
}

/* Reports the crash and decides when to start again. */
static void after_crash(void)
{
    char text[FAULT_TEXT_SIZE];
    app.crashed = false;
    bool calm = time_us() - app.started_us > CALM_US;
    uint64_t wait_ms = calm || app.wait_ms == 0 ? app.minimum_ms : app.wait_ms * 2ull;
    app.wait_ms = wait_ms > app.maximum_ms ? app.maximum_ms : (uint32_t)wait_ms;
    (void)fault_text(&app.report, text, sizeof text);
    tear_down();
    log_system(LOG_TYPE_CRASH, text);
    policy_reason(MV_NETWORKREASON_APPLICATIONERROR, true);
    app.next_reason = MV_WAKEREASON_APPLICATIONCRASH;
    app.start_again_us = time_us() + app.wait_ms * 1000ull;
}

void app_stop(void)
{
    if (app.crashed) {
        after_crash(); /* or nobody would hear of it */
    }
    app.wanted = false;
    app.wait_ms = 0;
    app.start_again_us = 0;
    if (app.running) {
        tear_down();
    }
    policy_reason(MV_NETWORKREASON_NOAPPLICATIONCODE, true);
}

void app_restart(enum MvWakeReason reason)
{
    if (app.crashed) {
        after_crash();
    }
    if (app.running) {
        tear_down();
    }
    app.next_reason = reason;
    app.start_again_us = 0;
    app_start();
}

void app_crashed(const struct fault_report *report)
{
    if (!app.crashed) {
        app.report = *report; /* what follows is its consequence */
    }
    app.crashed = true;
    work_wake();
}

void app_request_restart(void)
{
    app.restart = true;
    work_wake();
}

void app_poll(void)
{
    if (app.crashed) {
        after_crash();
    } else if (app.restart) {
        app.restart = false;
        app_restart(MV_WAKEREASON_REMOTEAPPLICATIONRESTART);
    } else if (app.running && time_us() - app.started_us > CALM_US) {
        power_watchdog_calm();
    } else if (app.wanted && !app.running && time_us() >= app.start_again_us) {
        app_start();
    }
}
