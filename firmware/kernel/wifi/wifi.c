/* Wi-Fi credentials: see wifi.h. */
#include "kernel/wifi/wifi.h"

#include <string.h>

#include "kernel/log/log.h"
#include "kernel/storage/records.h"
#include "kernel/work/lock.h"
#include "kernel/work/work.h"

static struct wifi_config wifi;
static bool changed;

static bool plausible(const struct wifi_config *config)
{
    return config->ssid_bytes <= WIFI_SSID_MAX && config->password_bytes <= WIFI_PASSWORD_MAX;
}

void wifi_init(void)
{
    struct wifi_config stored;
    bool good = records_get(RECORD_WIFI, &stored, sizeof stored) == (int32_t)sizeof stored &&
                plausible(&stored);
    uint32_t lock = lock_take();
    if (good && !changed) {
        wifi = stored;
    }
    lock_release(lock);
}

void wifi_poll(void)
{
    struct wifi_config copy;
    uint32_t lock = lock_take();
    bool store = changed;
    copy = wifi;
    changed = false;
    lock_release(lock);
    if (!store) {
        return;
    }
    bool stored = copy.ssid_bytes == 0 ? records_remove(RECORD_WIFI)
                                       : records_set(RECORD_WIFI, &copy, sizeof copy);
    if (!stored) {
        log_system(LOG_TYPE_KERNEL, "Wi-Fi configuration not stored");
    }
}

void wifi_set(const uint8_t *ssid, uint32_t ssid_bytes, const uint8_t *password,
              uint32_t password_bytes)
{
    memset(&wifi, 0, sizeof wifi);
    memcpy(wifi.ssid, ssid, ssid_bytes);
    memcpy(wifi.password, password, password_bytes);
    wifi.ssid_bytes = (uint8_t)ssid_bytes;
    wifi.password_bytes = (uint8_t)password_bytes;
    changed = true;
    work_wake();
}

void wifi_clear(void)
{
    memset(&wifi, 0, sizeof wifi);
    changed = true;
    work_wake();
}

const struct wifi_config *wifi_get(void)
{
    return &wifi;
}
