/* Stands in for kernel/update in test kernels: starts whatever lies in bank 1 and never changes
 * it. */
#include "kernel/update/update.h"

#include "drivers/nor.h"
#include "kernel/app/app.h"
#include "kernel/log/log.h"
#include "kernel/net_policy/policy.h"
#include "kernel/storage/records.h"
#include "kernel/work/work.h"
#include "layout.h"

void update_init(void)
{
    nor_set_wait(work_sleep_us);
    if (!records_init() || !nor_init()) {
        log_system(LOG_TYPE_KERNEL, "storage failed");
    }
    /* In place of the manifest: the last four words of bank 1. */
    const uint32_t *times = (const uint32_t *)(LAYOUT_APP_FLASH_BASE + LAYOUT_APP_FLASH_SIZE - 16);
    if (times[0] != ~0u) {
        app_set_crash_policy(times[0], times[1]);
        policy_connectivity(times[2], times[3]);
    }
    app_start();
}

void update_poll(void)
{
}

void update_target(const uint8_t *manifest, uint32_t size)
{
    (void)manifest;
    (void)size;
}

void update_link(bool connected)
{
    (void)connected;
}

bool update_busy(void)
{
    return false;
}

bool update_accept(void)
{
    return false;
}

void update_asked(void)
{
}

struct update_report update_report_get(void)
{
    return (struct update_report){.state = UPDATE_NONE};
}

bool update_report_changed(void)
{
    return false;
}

const struct update_policies *update_policies(void)
{
    return NULL;
}
