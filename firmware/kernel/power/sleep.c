/* Low-power modes: see sleep.h. */
#include "kernel/power/sleep.h"

#include "chip/core.h"
#include "chip/mmio.h"
#include "chip/stm32u585.h"
#include "drivers/clock.h"
#include "drivers/rng.h"
#include "kernel/calls/periph.h"
#include "kernel/isolation/isolation.h"
#include "kernel/net_policy/policy.h"
#include "kernel/power/power.h"
#include "kernel/power/rtc.h"
#include "kernel/time/time.h"
#include "kernel/update/update.h"
#include "kernel/work/targets.h"
#include "kernel/work/work.h"

#define LPMS_STANDBY  4u
#define LPMS_SHUTDOWN 6u
#define LPMS_STOP3    3u
#define LONG_US       0x40000000u /* 18 minutes: between looks at the check-in time */
#define SHORTEST_US   2000000u    /* the alarm counts whole seconds */
#define POLLS         10000u
#define ENTRIES_MAX   8u
#define ABANDONED_US  1000000u
/* Wake-up lines that can follow the RTC (WUSEL = 3). */
#define RTC_LINE_FIRST 5u
#define RTC_LINE_LAST  7u

static struct {
    volatile enum { IDLE, ASKED, DONE, DEEP } state;
    uint32_t mode;
    struct calls_caller caller;
    enum MvStatus status;
    uint32_t done_us; /* since when the answer waits */
} wish;

/* ---- Calls ---- */

static bool network_active(void)
{
    return policy_status() != MV_NETWORKSTATUS_DELIBERATELYOFFLINE || policy_will_connect();
}

static bool same(struct calls_caller caller)
{
    return wish.caller.stack == caller.stack && wish.caller.back == caller.back;
}

/* Asked again before the thread slept, the application has run, and perhaps handled the interrupt
 * that it wants to be woken by: then it does not sleep at all. */
enum MvStatus sleep_save(uint32_t mode, struct calls_caller caller, bool *again)
{
    enum MvStatus status = MV_STATUS_OKAY;
    if (wish.state == IDLE) {
        if (network_active() || update_busy()) {
            return MV_STATUS_MICROVISORBUSY;
        }
        wish.mode = mode;
        wish.caller = caller;
        wish.state = ASKED;
        *again = true;
        work_wake();
        return MV_STATUS_OKAY;
    }
    if (!same(caller)) {
        if (wish.state == DONE && time_us_low() - wish.done_us > ABANDONED_US) {
            wish.state = IDLE; /* that task is gone */
        }
        return MV_STATUS_MICROVISORBUSY;
    }
    if (wish.state == DONE) {
        status = wish.status;
    }
    wish.state = IDLE;
    return status;
}

enum MvStatus sleep_deep(uint32_t mode)
{
    if (network_active() || update_busy()) {
        return MV_STATUS_MICROVISORBUSY;
    }
    wish.mode = mode;
    wish.state = DEEP;
    work_wake();
    return MV_STATUS_OKAY;
}

void sleep_reset(void)
{
    wish.state = IDLE;
}

/* ---- Preparing ---- */

static uint32_t smaller(uint64_t a, uint32_t b)
{
    return a < b ? (uint32_t)a : b;
}

/* Where the RTC must wake the chip through a wake-up line: takes one or more of those that the
 * application does not use. The manual wires secure and non-secure RTC interrupts to different
 * ones.
 */
static uint32_t lines_take(void)
{
    uint32_t taken = 0, used = mmio_read(PWR_S + PWR_WUCR1_OFS);
    for (uint32_t line = RTC_LINE_FIRST; line <= RTC_LINE_LAST; line++) {
        if ((used & 1u << line) == 0) {
            taken |= 1u << line;
            mmio_clear(PWR_S + PWR_WUCR2_OFS, 1u << line);
            mmio_set(PWR_S + PWR_WUCR3_OFS, 3u << (2 * line));
        }
    }
    mmio_set(PWR_S + PWR_WUCR1_OFS, taken);
    return taken;
}

void sleep_lines_return(uint32_t taken)
{
    mmio_clear(PWR_S + PWR_WUCR1_OFS, taken);
    mmio_write(PWR_S + PWR_WUSCR_OFS, taken);
    for (uint32_t line = RTC_LINE_FIRST; line <= RTC_LINE_LAST; line++) {
        if ((taken & 1u << line) != 0) {
            mmio_clear(PWR_S + PWR_WUCR3_OFS, 3u << (2 * line));
        }
    }
}

/* Erratum 2.2.11: the caches, if the application uses them, must be off around Stop 2 and 3. True
 * if it was on. */
static bool cache_off(uint32_t control, uint32_t status)
{
    if ((mmio_read(control) & ICACHE_CR_EN_Msk) == 0) {
        return false;
    }
    mmio_clear(control, ICACHE_CR_EN_Msk);
    for (uint32_t i = 0; i < POLLS && (mmio_read(status) & ICACHE_SR_BUSYF_Msk) != 0; i++) {
    }
    return true;
}

/* ---- Sleep and Stop ---- */

static void wait_for_interrupt(void)
{
    __asm volatile("dsb\n wfi\n isb" ::: "memory");
}

/* Erratum 2.2.5: PLL2, PLL3 and SHSI must be off before Stop 2 and 3. What the application had on.
 */
static uint32_t oscillators_off(void)
{
    uint32_t unsafe = RCC_CR_PLL2ON_Msk | RCC_CR_PLL3ON_Msk | RCC_CR_SHSION_Msk;
    uint32_t ready = RCC_CR_PLL2RDY_Msk | RCC_CR_PLL3RDY_Msk | RCC_CR_SHSIRDY_Msk;
    uint32_t on = mmio_read(RCC_S + RCC_CR_OFS) & periph_rcc_writable(RCC_CR_OFS);
    mmio_clear(RCC_S + RCC_CR_OFS, unsafe);
    for (uint32_t i = 0; i < POLLS && (mmio_read(RCC_S + RCC_CR_OFS) & ready) != 0; i++) {
    }
    return on;
}

/* The time that TIM5 did not count is added to it. */
static void stop(uint32_t lpms)
{
    bool icache = cache_off(ICACHE_S + ICACHE_CR_OFS, ICACHE_S + ICACHE_SR_OFS);
    bool dcache = (mmio_read(RCC_S + RCC_AHB1ENR_OFS) & RCC_AHB1ENR_DCACHE1EN_Msk) != 0 &&
                  cache_off(DCACHE1_S + DCACHE_CR_OFS, DCACHE1_S + DCACHE_SR_OFS);
    uint32_t lines = lpms == LPMS_STOP3 ? lines_take() : 0;
    uint32_t oscillators = oscillators_off();
    rng_suspend(); /* erratum 2.2.5: HSI48 must be off too */
    mmio_write(NVIC_ISER + 4 * (IRQ_RTC_S / 32), 1u << IRQ_RTC_S % 32);
    mmio_modify(PWR_S + PWR_CR1_OFS, PWR_CR1_LPMS_Msk, lpms);
    (void)mmio_read(PWR_S + PWR_CR1_OFS);
    uint32_t counted_us = time_us_low();
    uint64_t begin_us = rtc_us();
    mmio_write(SCB_SCR, SCR_SLEEPDEEPS | SCR_SLEEPDEEP);
    wait_for_interrupt();
    mmio_write(SCB_SCR, SCR_SLEEPDEEPS);
    (void)clock_start();
    uint64_t slept_us = rtc_us_after_stop() - begin_us;
    counted_us = time_us_low() - counted_us;
    time_skip(slept_us > counted_us ? slept_us - counted_us : 0);
    mmio_write(NVIC_ICER + 4 * (IRQ_RTC_S / 32), 1u << IRQ_RTC_S % 32);
    rng_resume();
    mmio_set(RCC_S + RCC_CR_OFS, oscillators);
    sleep_lines_return(lines);
    if (icache) {
        mmio_set(ICACHE_S + ICACHE_CR_OFS, ICACHE_CR_EN_Msk);
    }
    if (dcache) {
        mmio_set(DCACHE1_S + DCACHE_CR_OFS, DCACHE_CR_EN_Msk);
    }
}

/* One time asleep; returns with PRIMASK set when something wants the processor. */
static void sleep_once(uint32_t mode, uint64_t check_in_us)
{
    time_alarm(time_us_low() + smaller(check_in_us, LONG_US));
    if (mode == MV_POWERSAVINGMODE_SLEEP) {
        wait_for_interrupt();
        return;
    }
    if (check_in_us != POLICY_NEVER) {
        rtc_alarm(rtc_us() + check_in_us);
    }
    stop(mode - MV_POWERSAVINGMODE_STOP0);
    rtc_alarm_off();
    mmio_write(NVIC_ICPR + 4 * (IRQ_RTC_S / 32), 1u << IRQ_RTC_S % 32);
}

static void answer(enum MvStatus status)
{
    wish.status = status;
    wish.done_us = time_us_low();
    wish.state = DONE;
}

/* Not the application's: none of its exceptions may be taken on top of the work thread. */
static void serve_kernel(void)
{
    core_set_basepri(PRIORITY_CALL);
    __asm volatile("cpsie i\n isb\n cpsid i" ::: "memory");
    core_set_basepri(0);
}

/* Kernel interrupts are served in between; one of the application ends it, and is held off until
 * PendSV_S has given the processor back (work.c lowers BASEPRI there). */
static void save(void)
{
    __asm volatile("cpsid i" ::: "memory");
    core_set_basepri(0);
    while (wish.state == ASKED && !targets_waiting()) {
        uint64_t check_in_us = policy_check_in_us();
        if (check_in_us < SHORTEST_US && wish.mode != MV_POWERSAVINGMODE_SLEEP) {
            break; /* too short for the alarm */
        }
        if (check_in_us == 0) {
            break;
        }
        sleep_once(wish.mode, check_in_us);
        serve_kernel();
    }
    core_set_basepri(PRIORITY_CALL);
    if (wish.state == ASKED) {
        answer(MV_STATUS_OKAY);
    }
    __asm volatile("cpsie i" ::: "memory");
}

/* ---- Standby and Shutdown ---- */

/* Every way out is a reset. An entry is skipped if an interrupt is pending, and repeated then. */
__attribute__((noreturn)) static void deep(void)
{
    __asm volatile("cpsid i" ::: "memory");
    uint64_t check_in_us = policy_check_in_us();
    bool shutdown = wish.mode == MV_DEEPSLEEPMODE_SHUTDOWN && rtc_on_crystal();
    for (uint32_t i = 0; i < ISOLATION_IRQ_WORDS; i++) {
        mmio_write(NVIC_ICER + 4 * i, ~0u);
        mmio_write(NVIC_ICPR + 4 * i, ~0u);
    }
    if (rtc_running() && check_in_us != POLICY_NEVER) {
        rtc_alarm(rtc_us() + check_in_us);
    }
    power_going_to_sleep(lines_take());
    mmio_modify(PWR_S + PWR_CR1_OFS, PWR_CR1_LPMS_Msk, shutdown ? LPMS_SHUTDOWN : LPMS_STANDBY);
    (void)mmio_read(PWR_S + PWR_CR1_OFS);
    mmio_write(PWR_S + PWR_SR_OFS, PWR_SR_CSSF_Msk);
    mmio_write(SCB_SCR, SCR_SLEEPDEEPS | SCR_SLEEPDEEP);
    for (uint32_t i = 0; i < ENTRIES_MAX; i++) {
        wait_for_interrupt();
    }
    power_reset(MV_WAKEREASON_DEEPSLEEPOTHER);
}

void sleep_poll(void)
{
    if (wish.state == DEEP) {
        deep();
    }
    if (wish.state != ASKED) {
        return;
    }
    if (network_active() || update_busy()) {
        answer(MV_STATUS_MICROVISORBUSY);
    } else if (wish.mode != MV_POWERSAVINGMODE_SLEEP && !rtc_running()) {
        answer(MV_STATUS_MICROVISORBUSY); /* the clock that measures Stop is starting */
    } else {
        save();
    }
}
