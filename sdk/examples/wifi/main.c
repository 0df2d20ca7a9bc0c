// Wi-Fi: stores the name and password of a network for boards that have such a part.
//
// The kernel keeps them over restarts and gives back the name, never the password.
#include <string.h>

#include "mv_log.h"
#include "mv_syscalls.h"

static struct MvSizedString text(const char *string)
{
    return (struct MvSizedString){(const uint8_t *)string, strlen(string)};
}

static void log_config(const char *when)
{
    char name[33] = "";
    uint32_t length = 0;
    uint8_t encrypted = 0;
    const struct MvWifiConfigOut config = {
        .version = 1,
        .v1 = {.ssid = {(uint8_t *)name, sizeof name - 1, &length}, .has_encryption = &encrypted}};
    enum MvStatus status = mvGetWifiConfig(&config);
    mv_log("%s: \"%s\", %s password (%u)", when, name, encrypted ? "with" : "no", (unsigned)status);
}

int main(void)
{
    const struct MvWifiConfig config = {.version = 1,
                                        .v1 = {.config_mode = MV_WIFICONFIGMODE_APPLYNOW,
                                               .wifi_ssid = text("gallery"),
                                               .wifi_password = text("correct horse")}};
    mv_log_start();
    log_config("stored before");
    mv_log("mvSetWifiConfig: %u", (unsigned)mvSetWifiConfig(&config));
    log_config("stored now");
    for (;;) {
        __asm volatile("wfi");
    }
}
