// Wi-Fi configuration.
#include <string.h>

#include "mv_syscalls.h"
#include "report.h"

#define SECURE_RAM 0x30080000u
#define APP_FLASH  0x08000000u

static uint8_t ssid[40];
static uint32_t length;
static uint8_t encrypted;

static enum MvStatus set(uint32_t mode, const char *name, uint32_t name_bytes, const char *password,
                         uint32_t password_bytes)
{
    struct MvWifiConfig config = {
        .version = 1,
        .v1 = {.config_mode = (enum MvWifiConfigMode)mode,
               .wifi_ssid = {(const uint8_t *)name, name_bytes},
               .wifi_password = {(const uint8_t *)password, password_bytes}}};
    return mvSetWifiConfig(&config);
}

static enum MvStatus get(uint32_t version, void *data, uint32_t size, void *length_out,
                         void *encryption_out)
{
    struct MvWifiConfigOut out = {
        .version = version,
        .v1 = {.ssid = {data, size, length_out}, .has_encryption = encryption_out}};
    return mvGetWifiConfig(&out);
}

static void expect(const char *name, const char *want, uint8_t encryption)
{
    memset(ssid, '#', sizeof ssid);
    length = encrypted = 0xEE;
    check_equal(name, get(1, ssid, 32, &length, &encrypted), MV_STATUS_OKAY);
    check_equal("SSID length", length, strlen(want));
    check_true("SSID", memcmp(ssid, want, strlen(want)) == 0 && ssid[strlen(want)] == '#');
    check_equal("has_encryption", encrypted, encryption);
}

static void refused(void)
{
    static const char many[64] = "0123456789012345678901234567890123456789012345678901234567890123";
    struct MvWifiConfig version_2 = {.version = 2};
    check_equal("SSID of 33", set(0, many, 33, many, 8), MV_STATUS_INPUTTOOLONG);
    check_equal("SSID of 4 GiB", set(0, many, 0xFFFFFFFF, many, 8), MV_STATUS_INPUTTOOLONG);
    check_equal("password of 64", set(0, many, 8, many, 64), MV_STATUS_INPUTTOOLONG);
    check_equal("no SSID", set(0, many, 0, many, 8), MV_STATUS_PARAMETERFAULT);
    check_equal("mode 2", set(2, many, 8, many, 8), MV_STATUS_PARAMETERFAULT);
    check_equal("secure SSID", set(0, (void *)SECURE_RAM, 8, many, 8), MV_STATUS_PARAMETERFAULT);
    check_equal("secure password", set(0, many, 8, (void *)SECURE_RAM, 8),
                MV_STATUS_PARAMETERFAULT);
    check_equal("secure parameters", mvSetWifiConfig((void *)SECURE_RAM), MV_STATUS_PARAMETERFAULT);
    check_equal("version 2", mvSetWifiConfig(&version_2), MV_STATUS_UNSUPPORTEDSTRUCTUREVERSION);
}

static void get_refused(void)
{
    check_equal("get, version 0", get(0, ssid, 32, &length, &encrypted),
                MV_STATUS_UNSUPPORTEDSTRUCTUREVERSION);
    check_equal("get, buffer in flash", get(1, (void *)APP_FLASH, 32, &length, &encrypted),
                MV_STATUS_PARAMETERFAULT);
    check_equal("get, secure length", get(1, ssid, 32, (void *)SECURE_RAM, &encrypted),
                MV_STATUS_PARAMETERFAULT);
    check_equal("get, secure flag", get(1, ssid, 32, &length, (void *)SECURE_RAM),
                MV_STATUS_PARAMETERFAULT);
    check_equal("get, buffer of 4 GiB", get(1, ssid, 0xFFFFFFFF, &length, &encrypted),
                MV_STATUS_PARAMETERFAULT);
    check_equal("get, secure parameters", mvGetWifiConfig((void *)SECURE_RAM),
                MV_STATUS_PARAMETERFAULT);
    length = 0;
    check_equal("get, buffer of 3", get(1, ssid, 3, &length, &encrypted),
                MV_STATUS_INVALIDBUFFERSIZE);
    check_equal("get, length that it takes", length, 7);
}

void test_wifi(void)
{
    check_equal("clear", set(1, (void *)SECURE_RAM, 99, 0, 99), MV_STATUS_OKAY);
    expect("get, nothing stored", "", 0);
    check_equal("set", set(0, "gallery", 7, "password!", 9), MV_STATUS_OKAY);
    expect("get", "gallery", 1);
    refused();
    expect("get after refusals", "gallery", 1);
    get_refused();
    check_equal("set, open network", set(0, "hall", 4, 0, 0), MV_STATUS_OKAY);
    expect("get, open network", "hall", 0);
    check_equal("set, longest", set(0, "01234567890123456789012345678901", 32, "x", 1),
                MV_STATUS_OKAY);
    expect("get, longest", "01234567890123456789012345678901", 1);
}
