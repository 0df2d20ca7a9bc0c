/* Restarts: see power.h. Reasons and times are kept in the first backup registers, which are secure
 * (RM0456 64.7.9) and outlive all resets and low-power modes. */
#include "kernel/power/power.h"

#include "chip/core.h"
#include "chip/mmio.h"
#include "chip/stm32u585.h"
#include "bootrom/handoff.h"
#include "kernel/net_policy/policy.h"
#include "kernel/power/led.h"
#include "kernel/power/rtc.h"
#include "kernel/power/sleep.h"
#include "kernel/time/time.h"

#define KEPT_REASON  (TAMP_S + TAMP_BKP0R_OFS)
#define KEPT_WALL_LO (TAMP_S + TAMP_BKP1R_OFS) /* wall clock less real-time clock, microseconds */
#define KEPT_WALL_HI (TAMP_S + TAMP_BKP2R_OFS)
#define KEPT_CONTACT (TAMP_S + TAMP_BKP3R_OFS) /* real-time clock's second of the last contact */

#define KEPT_MAGIC 0x4D565200u /* "MVR", then the reason */
#define SLEEP_MAGIC                                                                                \
    0x4D565300u /* "MVS", then the wake-up lines taken, and whether time is known                  \
                 */
#define KEPT_MASK  0xFFu
#define LINES_MASK 0xE0u
#define TIME_KNOWN 0x01u
#define PIN_LINES  0x1Fu /* the others may follow the RTC */
#define SECOND_US  1000000ull

#define KEPT_RESETS    (TAMP_S + TAMP_BKP4R_OFS)
#define RESETS_MAGIC   0x4D565700u /* "MVW", then how many */
#define RESETS_MAXIMUM 16u

static enum MvWakeReason wake_reason;
static uint32_t slept; /* SLEEP_MAGIC and its bits, if this start ends a deep sleep */
static uint32_t watchdog_resets;

static enum MvWakeReason reason_of_reset(uint32_t cause)
{
    if ((cause & (RCC_CSR_BORRSTF_Msk)) != 0) {
        return MV_WAKEREASON_COLDBOOT;
    }
    if ((cause & RCC_CSR_OBLRSTF_Msk) != 0) {
        return MV_WAKEREASON_OPTIONBYTES;
    }
    if ((cause & (RCC_CSR_IWDGRSTF_Msk | RCC_CSR_WWDGRSTF_Msk)) != 0) {
        return MV_WAKEREASON_MICROVISORWATCHDOG;
    }
    if ((cause & RCC_CSR_SFTRSTF_Msk) != 0) {
        return MV_WAKEREASON_MICROVISORERROR;
    }
    return MV_WAKEREASON_COLDBOOT;
}

/* What ended Standby. A flag of the application counts before the kernel's own alarm: a check-in
 * that is due is made anyway. */
static enum MvWakeReason reason_of_wake_up(void)
{
    uint32_t lines = mmio_read(PWR_S + PWR_WUSR_OFS), selection = mmio_read(PWR_S + PWR_WUCR3_OFS);
    for (uint32_t line = 5; line < 8; line++) {
        if ((selection >> (2 * line) & 3u) == 3) {
            lines &= ~(1u << line);
        }
    }
    if (lines != 0) {
        return MV_WAKEREASON_DEEPSLEEPAPPLICATION;
    }
    if (rtc_app_fired()) {
        return MV_WAKEREASON_DEEPSLEEPAPPLICATIONRTC;
    }
    return rtc_alarm_fired() ? MV_WAKEREASON_DEEPSLEEPCHECKIN : MV_WAKEREASON_DEEPSLEEPOTHER;
}

static enum MvWakeReason reason_of_start(uint32_t kept, uint32_t cause)
{
    if ((kept & ~KEPT_MASK) == KEPT_MAGIC) {
        return (enum MvWakeReason)(kept & KEPT_MASK);
    }
    if (slept != 0 && (mmio_read(PWR_S + PWR_SR_OFS) & PWR_SR_SBF_Msk) != 0) {
        return reason_of_wake_up();
    }
    return reason_of_reset(cause);
}

static void count_watchdog_resets(void)
{
    uint32_t kept = mmio_read(KEPT_RESETS);
    uint32_t before = (kept & ~KEPT_MASK) == RESETS_MAGIC ? kept & KEPT_MASK : 0;
    watchdog_resets = wake_reason != MV_WAKEREASON_MICROVISORWATCHDOG ? 0
                      : before < RESETS_MAXIMUM                       ? before + 1
                                                                      : before;
    mmio_write(KEPT_RESETS, watchdog_resets != 0 ? RESETS_MAGIC | watchdog_resets : 0);
}

/* PWR_SR.SBF stays for the application to see if it tells of its own sleep. */
void power_init(void)
{
    const struct boot_handoff *handoff = boot_handoff();
    uint32_t kept = mmio_read(KEPT_REASON);
    mmio_write(KEPT_REASON, 0);
    slept = (kept & ~KEPT_MASK) == SLEEP_MAGIC ? kept : 0;
    rtc_init();
    wake_reason = reason_of_start(kept, handoff->magic == BOOT_HANDOFF_MAGIC ? handoff->reset_cause
                                                                             : RCC_CSR_BORRSTF_Msk);
    if (slept != 0) {
        sleep_lines_return(slept & LINES_MASK);
    } else {
        mmio_write(PWR_S + PWR_SR_OFS, PWR_SR_CSSF_Msk);
    }
    rtc_alarm_off();
    count_watchdog_resets();
    led_init();
}

void power_going_to_sleep(uint32_t lines)
{
    uint64_t now_us = rtc_us(), unix_us;
    bool known = rtc_running() && time_wall(&unix_us);
    if (known) {
        mmio_write(KEPT_WALL_LO, (uint32_t)(unix_us - now_us));
        mmio_write(KEPT_WALL_HI, (uint32_t)((unix_us - now_us) >> 32));
    }
    mmio_write(KEPT_CONTACT, (uint32_t)((now_us - policy_since_contact_us()) / SECOND_US));
    mmio_write(KEPT_REASON, SLEEP_MAGIC | lines | (known ? TIME_KNOWN : 0));
}

void power_resume(void)
{
    if (slept == 0 || !rtc_running()) {
        return;
    }
    uint64_t now_us = rtc_us();
    policy_last_contact(now_us - mmio_read(KEPT_CONTACT) * SECOND_US);
    if ((slept & TIME_KNOWN) != 0) {
        time_set_wall(now_us + mmio_read(KEPT_WALL_LO) + ((uint64_t)mmio_read(KEPT_WALL_HI) << 32));
    }
    if (wake_reason != MV_WAKEREASON_COLDBOOT) {
        policy_reason(MV_NETWORKREASON_COLDBOOTCONNECTION, false);
    }
}

uint32_t power_watchdog_resets(void)
{
    return watchdog_resets;
}

void power_watchdog_calm(void)
{
    if (watchdog_resets != 0) {
        watchdog_resets = 0;
        mmio_write(KEPT_RESETS, 0);
    }
}

enum MvWakeReason power_wake_reason(void)
{
    return wake_reason;
}

void power_reset(enum MvWakeReason reason)
{
    mmio_write(KEPT_REASON, KEPT_MAGIC | (uint32_t)reason);
    core_barrier();
    mmio_write(SCB_AIRCR, AIRCR_VECTKEY | AIRCR_PRIS | AIRCR_SYSRESETREQS | AIRCR_SYSRESETREQ);
    core_barrier();
    for (;;) {
    }
}

void power_restart(void)
{
    power_reset(MV_WAKEREASON_REMOTEMICROVISORRESTART);
}

void power_poll(void)
{
    rtc_poll();
    sleep_poll();
}

/* Wake-up pins, and pulls in Standby. */
void power_app_reset(void)
{
    sleep_reset();
    mmio_write(PWR_S + PWR_WUCR1_OFS, 0);
    mmio_write(PWR_S + PWR_WUCR2_OFS, 0);
    mmio_write(PWR_S + PWR_WUCR3_OFS, 0);
    mmio_write(PWR_S + PWR_WUSCR_OFS, ~0u);
    mmio_write(PWR_S + PWR_APCR_OFS, 0);
}
