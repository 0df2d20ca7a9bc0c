/* Calls about the Wi-Fi configuration. They only exchange it with RAM, so they are allowed in
 * interrupt handlers too. The platform names no errors for them; here they are:
 *
 *  - PARAMETERFAULT: a bad pointer, an unknown mode, or no SSID;
 *  - UNSUPPORTEDSTRUCTUREVERSION; INPUTTOOLONG: SSID over 32 bytes, password over 63;
 *  - INVALIDBUFFERSIZE: the SSID does not fit the application's buffer; its length is written. */
#include <string.h>

#include "kernel/calls/calls.h"
#include "kernel/calls/handlers.h"
#include "kernel/wifi/wifi.h"

#define VERSION 1u

static enum MvStatus check_string(const struct MvSizedString *string, uint32_t limit)
{
    if (string->length > limit) {
        return MV_STATUS_INPUTTOOLONG;
    }
    bool good = string->length == 0 || calls_may_read(string->data, string->length);
    return good ? MV_STATUS_OKAY : MV_STATUS_PARAMETERFAULT;
}

static enum MvStatus apply(const struct MvWifiConfig *params)
{
    const struct MvSizedString *ssid = &params->v1.wifi_ssid, *password = &params->v1.wifi_password;
    enum MvStatus status = check_string(ssid, WIFI_SSID_MAX);
    if (status == MV_STATUS_OKAY) {
        status = check_string(password, WIFI_PASSWORD_MAX);
    }
    if (status == MV_STATUS_OKAY && ssid->length == 0) {
        status = MV_STATUS_PARAMETERFAULT;
    }
    if (status == MV_STATUS_OKAY) {
        wifi_set(ssid->data, ssid->length, password->data, password->length);
    }
    return status;
}

enum MvStatus call_mvSetWifiConfig(const struct MvWifiConfig *params)
{
    struct MvWifiConfig copy;
    if (!calls_copy_in(&copy, params, sizeof copy)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    if (copy.version != VERSION) {
        return MV_STATUS_UNSUPPORTEDSTRUCTUREVERSION;
    }
    switch (copy.v1.config_mode) {
    case MV_WIFICONFIGMODE_APPLYNOW:
        return apply(&copy);
    case MV_WIFICONFIGMODE_CLEARNOW:
        wifi_clear();
        return MV_STATUS_OKAY;
    default:
        return MV_STATUS_PARAMETERFAULT;
    }
}

enum MvStatus call_mvGetWifiConfig(const struct MvWifiConfigOut *params)
{
    struct MvWifiConfigOut copy;
    const struct wifi_config *config = wifi_get();
    uint32_t length = config->ssid_bytes;
    uint8_t encryption = config->password_bytes != 0;
    if (!calls_copy_in(&copy, params, sizeof copy)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    if (copy.version != VERSION) {
        return MV_STATUS_UNSUPPORTEDSTRUCTUREVERSION;
    }
    if ((copy.v1.ssid.size != 0 && !calls_may_write(copy.v1.ssid.data, copy.v1.ssid.size)) ||
        !calls_may_write(copy.v1.ssid.length, sizeof length) ||
        !calls_may_write(copy.v1.has_encryption, sizeof encryption)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    memcpy(copy.v1.ssid.length, &length, sizeof length);
    if (length > copy.v1.ssid.size) {
        return MV_STATUS_INVALIDBUFFERSIZE;
    }
    memcpy(copy.v1.ssid.data, config->ssid, length);
    memcpy(copy.v1.has_encryption, &encryption, sizeof encryption);
    return MV_STATUS_OKAY;
}
