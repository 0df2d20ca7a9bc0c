/* Calls about the Wi-Fi configuration. They only exchange it with RAM, so they are allowed in
 * interrupt handlers too. The platform names no errors for them; here they are:
 *
 *  - PARAMETERFAULT: a bad pointer, an unknown mode, or no SSID;
 *  - UNSUPPORTEDSTRUCTUREVERSION; INPUTTOOLONG: SSID over 32 bytes, password over 63;
 *  - INVALIDBUFFERSIZE: the SSID does not fit the application's buffer; its length is written. */
#include <string.h>

#include "kernel/calls/calls.h"
#include "kernel/calls/handlers.h"
#include "kernel/channels/job.h"
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

static enum MvStatus begin_set(const struct MvWifiConfig *config)
{
    if (config->version != VERSION) {
        return MV_STATUS_UNSUPPORTEDSTRUCTUREVERSION;
    }
    switch (config->v1.config_mode) {
    case MV_WIFICONFIGMODE_APPLYNOW:
        return JOB_AGAIN;
    case MV_WIFICONFIGMODE_CLEARNOW:
        wifi_clear();
        return MV_STATUS_OKAY;
    default:
        return MV_STATUS_PARAMETERFAULT;
    }
}

static enum MvStatus set_step(struct job *job, const void *kind)
{
    const void *from = (const void *)(uintptr_t)job->call.argument[0];
    const struct MvSizedString *ssid = &job->copy.wifi.v1.wifi_ssid;
    const struct MvSizedString *password = &job->copy.wifi.v1.wifi_password;
    enum MvStatus status;
    (void)kind;
    switch (job->item++) {
    case 0:
        return calls_copy_in(&job->copy.wifi, from, sizeof job->copy.wifi)
                   ? JOB_AGAIN
                   : MV_STATUS_PARAMETERFAULT;
    case 1:
        return begin_set(&job->copy.wifi);
    case 2:
        status = check_string(ssid, WIFI_SSID_MAX);
        return status == MV_STATUS_OKAY ? JOB_AGAIN : status;
    case 3:
        status = check_string(password, WIFI_PASSWORD_MAX);
        return status == MV_STATUS_OKAY ? JOB_AGAIN : status;
    default:
        if (ssid->length == 0) {
            return MV_STATUS_PARAMETERFAULT;
        }
        wifi_set(ssid->data, ssid->length, password->data, password->length);
        return MV_STATUS_OKAY;
    }
}

enum MvStatus call_mvSetWifiConfig(const struct MvWifiConfig *params)
{
    return job_run_anywhere(set_step, NULL, JOB_WORD(params), 0, 0, 0);
}

static enum MvStatus check_out(const struct MvWifiConfigOut *out)
{
    const struct MvSizedStringBuffer *ssid = &out->v1.ssid;
    bool good = calls_may_write(ssid->length, sizeof *ssid->length) &&
                calls_may_write(out->v1.has_encryption, sizeof *out->v1.has_encryption);
    return good ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
}

static enum MvStatus write_out(const struct MvWifiConfigOut *out)
{
    const struct wifi_config *config = wifi_get();
    uint32_t length = config->ssid_bytes;
    uint8_t encryption = config->password_bytes != 0;
    memcpy(out->v1.ssid.length, &length, sizeof length);
    if (length > out->v1.ssid.size) {
        return MV_STATUS_INVALIDBUFFERSIZE;
    }
    memcpy(out->v1.ssid.data, config->ssid, length);
    memcpy(out->v1.has_encryption, &encryption, sizeof encryption);
    return MV_STATUS_OKAY;
}

static enum MvStatus get_step(struct job *job, const void *kind)
{
    const void *from = (const void *)(uintptr_t)job->call.argument[0];
    struct MvWifiConfigOut *out = &job->copy.wifi_out;
    (void)kind;
    switch (job->item++) {
    case 0:
        if (!calls_copy_in(out, from, sizeof *out)) {
            return MV_STATUS_PARAMETERFAULT;
        }
        return out->version == VERSION ? JOB_AGAIN : MV_STATUS_UNSUPPORTEDSTRUCTUREVERSION;
    case 1:
        return out->v1.ssid.size == 0 || calls_may_write(out->v1.ssid.data, out->v1.ssid.size)
                   ? JOB_AGAIN
                   : MV_STATUS_PARAMETERFAULT;
    case 2:
        return check_out(out);
    default:
        return write_out(out);
    }
}

enum MvStatus call_mvGetWifiConfig(const struct MvWifiConfigOut *params)
{
    return job_run_anywhere(get_step, NULL, JOB_WORD(params), 0, 0, 0);
}
