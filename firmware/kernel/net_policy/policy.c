/* Network policy: see policy.h. */
#include "kernel/net_policy/policy.h"

#include <string.h>

#include "kernel/notify/handle.h"
#include "kernel/notify/notify.h"
#include "kernel/power/led.h"
#include "kernel/time/time.h"
#include "kernel/work/lock.h"
#include "kernel/work/work.h"

/* These keep a connection up by themselves; ENHANCECALM prevents one and is the link's matter. */
#define WANTING_REASONS                                                                            \
    (MV_NETWORKREASON_NEVERUSEDNETWORKAPI | MV_NETWORKREASON_MINIMUMCHECKINEXPIRED |               \
     MV_NETWORKREASON_RTCNOTSET | MV_NETWORKREASON_KERNELERROR |                                   \
     MV_NETWORKREASON_APPLICATIONERROR | MV_NETWORKREASON_COLDBOOTCONNECTION |                     \
     MV_NETWORKREASON_FETCHINGUPDATE | MV_NETWORKREASON_DEBUGGERATTACHED |                         \
     MV_NETWORKREASON_NOAPPLICATIONCODE)

/* What a connection is for once: looking for updates after a start, reporting errors. */
#define SERVED_REASONS                                                                             \
    (MV_NETWORKREASON_COLDBOOTCONNECTION | MV_NETWORKREASON_APPLICATIONERROR |                     \
     MV_NETWORKREASON_KERNELERROR | MV_NETWORKREASON_MINIMUMCHECKINEXPIRED)
#define SERVED_US 10000000u

/* Without a network at hand the kernel does not insist: after a while its own reasons wait for the
 * next check-in, and the application may save power. */
#define PATIENT_REASONS (SERVED_REASONS | MV_NETWORKREASON_RTCNOTSET)
#define PATIENCE_US     300000000u

static struct {
    enum MvNetworkStatus status;
    uint32_t since_us; /* of the status */
    bool unable;
    uint32_t reasons;
    uint32_t count;
    uint64_t check_in_us, grace_us; /* 0: none */
    uint64_t contact_us;            /* last moment of a connection */
    uint64_t trying_us;             /* since when the present attempt goes on */
    bool tired;                     /* it was in vain */
    uint64_t hold_until_us;         /* end of the grace time */
    struct {
        bool used;
        MvNotificationHandle centre;
        uint32_t tag;
    } wishes[POLICY_NETWORK_HANDLES];
} policy;

void policy_init(void)
{
    policy.contact_us = policy.trying_us = time_us();
    policy.check_in_us = policy.grace_us = 0;
    policy.tired = false;
    policy.status = MV_NETWORKSTATUS_DELIBERATELYOFFLINE;
    policy.reasons = MV_NETWORKREASON_NEVERUSEDNETWORKAPI | MV_NETWORKREASON_RTCNOTSET |
                     MV_NETWORKREASON_COLDBOOTCONNECTION | MV_NETWORKREASON_NOAPPLICATIONCODE;
}

void policy_connectivity(uint32_t check_in_s, uint32_t grace_s)
{
    policy.check_in_us = check_in_s * 1000000ull;
    policy.grace_us = grace_s * 1000000ull;
}

void policy_last_contact(uint64_t ago_us)
{
    policy.contact_us = time_us() - ago_us;
}

uint64_t policy_since_contact_us(void)
{
    return time_us() - policy.contact_us;
}

uint64_t policy_check_in_us(void)
{
    uint64_t since_us = policy_since_contact_us();
    if (policy.check_in_us == 0 || (policy.reasons & MV_NETWORKREASON_MINIMUMCHECKINEXPIRED) != 0) {
        return POLICY_NEVER;
    }
    return since_us < policy.check_in_us ? policy.check_in_us - since_us : 0;
}

static uint32_t wanting(void)
{
    uint32_t ignored = policy.tired ? PATIENT_REASONS : 0;
    return policy.reasons & WANTING_REASONS & ~ignored;
}

bool policy_wants_network(void)
{
    return policy.count > 0 || wanting() != 0 ||
           (policy.hold_until_us != 0 && time_us() < policy.hold_until_us);
}

void policy_unable(void)
{
    policy.unable = true;
}

bool policy_will_connect(void)
{
    return !policy.unable && policy_wants_network();
}

enum MvNetworkStatus policy_status(void)
{
    return policy.status;
}

void policy_set_status(enum MvNetworkStatus status)
{
    if (status == policy.status) {
        return;
    }
    policy.status = status;
    policy.since_us = time_us_low();
    led_show_network(status);
    for (uint32_t i = 0; i < POLICY_NETWORK_HANDLES; i++) {
        uint32_t lock = lock_take();
        if (policy.wishes[i].used) {
            (void)notify_post(policy.wishes[i].centre, MV_EVENTTYPE_NETWORKSTATUSCHANGED,
                              policy.wishes[i].tag);
        }
        lock_release(lock);
    }
    notify_system(MV_SYSTEMNOTIFICATIONSOURCE_NETWORK, MV_EVENTTYPE_NETWORKSTATUSCHANGED);
}

void policy_poll(void)
{
    uint64_t now_us = time_us();
    if (policy.status == MV_NETWORKSTATUS_CONNECTED) {
        policy.contact_us = policy.trying_us = now_us;
    } else if (policy_check_in_us() == 0) {
        policy_reason(MV_NETWORKREASON_MINIMUMCHECKINEXPIRED, true);
    } else if (wanting() == 0) {
        policy.trying_us = now_us;
    } else if (now_us - policy.trying_us > PATIENCE_US) {
        policy_reason(MV_NETWORKREASON_MINIMUMCHECKINEXPIRED, false);
        policy.tired = true;
        policy.contact_us = now_us;
    }
    if (policy.status == MV_NETWORKSTATUS_CONNECTED && (policy.reasons & SERVED_REASONS) != 0 &&
        time_us_low() - policy.since_us > SERVED_US) {
        policy_reason(SERVED_REASONS, false);
    }
}

void policy_reason(uint32_t reason_bit, bool on)
{
    uint32_t lock = lock_take();
    policy.reasons = on ? policy.reasons | reason_bit : policy.reasons & ~reason_bit;
    policy.tired = policy.tired && !on;
    lock_release(lock);
}

uint32_t policy_reasons(void)
{
    return policy.reasons | (policy.count > 0 ? MV_NETWORKREASON_USINGNETWORK : 0);
}

enum MvStatus policy_request(const struct MvRequestNetworkParams *params, MvNetworkHandle *handle)
{
    if (params->version != 1) {
        return MV_STATUS_UNSUPPORTEDSTRUCTUREVERSION;
    }
    if (!notify_exists(params->v1.notification_handle)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    for (uint32_t i = 0; i < POLICY_NETWORK_HANDLES; i++) {
        if (!policy.wishes[i].used) {
            *handle = handle_new(HANDLE_NETWORK, (uint8_t)i);
            if (*handle == 0) {
                break;
            }
            policy.wishes[i].used = true;
            policy.wishes[i].centre = params->v1.notification_handle;
            policy.wishes[i].tag = params->v1.notification_tag;
            policy.count++;
            policy.reasons &= ~(uint32_t)MV_NETWORKREASON_NEVERUSEDNETWORKAPI;
            work_wake();
            return MV_STATUS_OKAY;
        }
    }
    return MV_STATUS_PARAMETERFAULT;
}

static void begin_grace(void)
{
    policy.hold_until_us = policy.grace_us != 0 ? time_us() + policy.grace_us : 0;
}

enum MvStatus policy_release(MvNetworkHandle handle)
{
    int32_t index = handle_find(HANDLE_NETWORK, handle);
    if (index < 0) {
        return MV_STATUS_INVALIDHANDLE;
    }
    handle_free(handle);
    policy.wishes[index].used = false;
    policy.count--;
    if (policy.count == 0) {
        begin_grace();
    }
    work_wake();
    return MV_STATUS_OKAY;
}

bool policy_handle_exists(MvNetworkHandle handle)
{
    return handle_find(HANDLE_NETWORK, handle) >= 0;
}

uint32_t policy_handle_count(void)
{
    return policy.count;
}

void policy_reset(void)
{
    memset(policy.wishes, 0, sizeof policy.wishes);
    policy.count = 0;
    policy.reasons |= MV_NETWORKREASON_NEVERUSEDNETWORKAPI;
}
