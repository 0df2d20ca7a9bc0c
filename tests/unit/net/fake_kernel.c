/* See fake_kernel.h. */
#include "fake_kernel.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "drivers/rng.h"
#include "formats/logrec.h"
#include "kernel/app/app.h"
#include "kernel/log/log.h"
#include "kernel/net/link.h"
#include "kernel/net_policy/policy.h"
#include "kernel/power/power.h"
#include "kernel/storage/identity.h"
#include "kernel/time/time.h"
#include "kernel/update/update.h"
#include "kernel/work/work.h"

struct fake_kernel fake;

static struct {
    uint8_t type;
    char text[200];
} records[FAKE_LOG_RECORDS];

void fake_reset(const struct identity *identity)
{
    uint64_t skipped_us = fake.skipped_us; /* the clock never goes back */
    memset(&fake, 0, sizeof fake);
    fake.skipped_us = skipped_us;
    fake.identity = identity;
    fake.wants_network = true;
}

static void log_add(uint8_t type, const char *text)
{
    if (fake.log_count == FAKE_LOG_RECORDS)
        abort();
    records[fake.log_count].type = type;
    strncpy(records[fake.log_count].text, text, sizeof records[0].text - 1);
    fake.log_count++;
}

void fake_app_log(const char *text)
{
    log_add(LOGREC_APP_LOGGING, text);
}

const char *fake_last_line(void)
{
    for (uint32_t i = fake.log_count; i > 0; i--)
        if (records[i - 1].type == LOGREC_KERNEL)
            return records[i - 1].text;
    return "";
}

bool fake_logged(const char *words)
{
    for (uint32_t i = 0; i < fake.log_count; i++)
        if (records[i].type == LOGREC_KERNEL && strstr(records[i].text, words) != NULL)
            return true;
    return false;
}

uint64_t time_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u + fake.skipped_us;
}

void time_set_wall(uint64_t unix_us)
{
    fake.wall_us = unix_us;
}

void log_system(uint8_t type, const char *text)
{
    log_add(type, text);
}

uint32_t log_peek(uint8_t *record, uint32_t size)
{
    struct logrec out = {0};
    if (fake.log_taken == fake.log_count)
        return 0;
    out.type = records[fake.log_taken].type;
    out.sequence = fake.log_taken;
    out.device_us = time_us();
    out.text = (const uint8_t *)records[fake.log_taken].text;
    out.text_bytes = (uint16_t)strlen(records[fake.log_taken].text);
    int32_t bytes = logrec_write(record, size, &out);
    return bytes > 0 ? (uint32_t)bytes : 0;
}

void log_consume(void)
{
    fake.log_taken++;
}

void log_set_enabled(bool enabled)
{
    fake.logging = enabled;
}

bool policy_wants_network(void)
{
    return fake.wants_network;
}

void policy_set_status(enum MvNetworkStatus status)
{
    fake.status = status;
}

void policy_unable(void)
{
}

void policy_reason(uint32_t reason_bit, bool on)
{
    fake.reasons = on ? fake.reasons | reason_bit : fake.reasons & ~reason_bit;
}

void app_restart(enum MvWakeReason reason)
{
    if (reason == MV_WAKEREASON_REMOTEAPPLICATIONRESTART)
        fake.restarts++;
}

enum MvWakeReason app_wake_reason(void)
{
    return MV_WAKEREASON_COLDBOOT;
}

_Noreturn void power_restart(void)
{
    abort();
}

void update_target(const uint8_t *manifest, uint32_t size)
{
    memcpy(fake.manifest, manifest, size);
    fake.manifest_size = size;
    fake.manifests++;
}

void update_link(bool connected)
{
    fake.link_up = connected;
}

bool update_accept(void)
{
    return false;
}

struct update_report update_report_get(void)
{
    struct update_report report = {.has_app = true, .state = fake.report_state};
    memset(report.manifest_hash, 0xA5, sizeof report.manifest_hash);
    return report;
}

bool update_report_changed(void)
{
    bool changed = fake.report_changed;
    fake.report_changed = false;
    return changed;
}

const struct identity *identity_get(void)
{
    return fake.identity;
}

bool rng_fill(void *data, uint32_t size)
{
    return getrandom(data, size, 0) == (ssize_t)size;
}

void work_wake(void)
{
}

void work_sleep_us(uint32_t us)
{
    usleep(us);
}
