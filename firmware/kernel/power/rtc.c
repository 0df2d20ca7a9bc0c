/* Real-time clock: see rtc.h. */
#include "kernel/power/rtc.h"

#include "chip/mmio.h"
#include "chip/stm32u585.h"
#include "kernel/power/calendar.h"
#include "kernel/time/time.h"

#define RTC(register) (RTC_S + RTC_##register##_OFS)
#define BDCR          (RCC_S + RCC_BDCR_OFS)

#define SOURCE_LSE 1u
#define SOURCE_LSI 2u
#define LSE_HZ     32768u
#define LSI_HZ     32000u

#define CRYSTAL_US   3000000u /* a healthy one needs at most 2 s (DS13086 table 84) */
#define INIT_US      1000u    /* two periods of the source, generously */
#define CATCH_UP_US  200u
#define ALARM_MAX_US (27ull * 86400u * 1000000u)

static enum { STATE_CRYSTAL, STATE_INTERNAL, STATE_RUNNING } state;
static uint64_t since_us; /* of the state */

static void unlock(void)
{
    mmio_write(RTC(WPR), 0xCAu);
    mmio_write(RTC(WPR), 0x53u);
}

static void lock(void)
{
    mmio_write(RTC(WPR), 0xFFu);
}

static uint32_t source(void)
{
    return (mmio_read(BDCR) & RCC_BDCR_RTCSEL_Msk) >> RCC_BDCR_RTCSEL_Pos;
}

bool rtc_running(void)
{
    return state == STATE_RUNNING;
}

bool rtc_on_crystal(void)
{
    return rtc_running() && source() == SOURCE_LSE;
}

/* The source can be chosen once; RTC_SECCFGR and the choice outlive resets. */
void rtc_init(void)
{
    uint32_t bdcr = mmio_read(BDCR);
    mmio_write(RTC(SECCFGR),
               RTC_SECCFGR_ALRBSEC_Msk | RTC_SECCFGR_CALSEC_Msk | RTC_SECCFGR_INITSEC_Msk);
    if ((bdcr & RCC_BDCR_RTCEN_Msk) != 0 && (mmio_read(RTC(ICSR)) & RTC_ICSR_INITS_Msk) != 0) {
        state = STATE_RUNNING;
    } else if (source() == SOURCE_LSI) {
        state = STATE_INTERNAL;
        mmio_set(BDCR, RCC_BDCR_LSION_Msk);
    } else {
        state = STATE_CRYSTAL;
        mmio_set(BDCR, RCC_BDCR_LSEON_Msk);
    }
    since_us = time_us();
}

static bool wait_init(void)
{
    uint32_t start_us = time_us_low();
    while ((mmio_read(RTC(ICSR)) & RTC_ICSR_INITF_Msk) == 0) {
        if (time_us_low() - start_us > INIT_US) {
            return false;
        }
    }
    return true;
}

/* The asynchronous prescaler is 1, so that a read tells time to one period of the source. */
static void start(uint32_t choice, uint32_t hz)
{
    if (source() == 0) {
        mmio_modify(BDCR, RCC_BDCR_RTCSEL_Msk, choice << RCC_BDCR_RTCSEL_Pos);
    }
    /* The application may clock peripherals from the crystal. */
    mmio_set(BDCR, RCC_BDCR_RTCEN_Msk | (choice == SOURCE_LSE ? RCC_BDCR_LSESYSEN_Msk : 0));
    unlock();
    mmio_set(RTC(ICSR), RTC_ICSR_INIT_Msk);
    if (wait_init()) {
        mmio_write(RTC(PRER), hz - 1);
        mmio_write(RTC(TR), 0);
        mmio_write(RTC(DR), calendar_date(0));
        state = STATE_RUNNING;
    }
    mmio_clear(RTC(ICSR), RTC_ICSR_INIT_Msk);
    lock();
}

void rtc_poll(void)
{
    if (state == STATE_RUNNING) {
        return;
    }
    uint32_t bdcr = mmio_read(BDCR);
    if (state == STATE_INTERNAL) {
        if ((bdcr & RCC_BDCR_LSIRDY_Msk) != 0) {
            start(SOURCE_LSI, LSI_HZ);
        }
    } else if ((bdcr & RCC_BDCR_LSERDY_Msk) != 0) {
        start(SOURCE_LSE, LSE_HZ);
    } else if (time_us() - since_us > CRYSTAL_US && source() == 0) {
        mmio_clear(BDCR, RCC_BDCR_LSEON_Msk);
        mmio_set(BDCR, RCC_BDCR_LSION_Msk);
        state = STATE_INTERNAL;
    }
}

/* Reading SSR holds TR and DR until DR is read. */
uint64_t rtc_us(void)
{
    if (!rtc_running()) {
        return 0;
    }
    uint32_t period = (mmio_read(RTC(PRER)) & RTC_PRER_PREDIV_S_Msk) + 1;
    uint32_t left = mmio_read(RTC(SSR)) & 0xFFFFu; /* counts down */
    uint32_t tr = mmio_read(RTC(TR)), dr = mmio_read(RTC(DR));
    uint32_t past = left < period ? period - 1 - left : 0;
    return calendar_seconds(dr, tr) * 1000000ull + past * 1000000ull / period;
}

uint64_t rtc_us_after_stop(void)
{
    uint32_t start_us = time_us_low();
    uint64_t first_us = rtc_us(), now_us = first_us;
    while (now_us == first_us && time_us_low() - start_us < CATCH_UP_US) {
        now_us = rtc_us();
    }
    return now_us;
}

void rtc_alarm_off(void)
{
    unlock();
    mmio_clear(RTC(CR), RTC_CR_ALRBE_Msk | RTC_CR_ALRBIE_Msk);
    mmio_write(RTC(SCR), RTC_SCR_CALRBF_Msk);
    lock();
}

void rtc_alarm(uint64_t when_us)
{
    uint64_t last_us = rtc_us() + ALARM_MAX_US;
    uint64_t seconds = ((when_us < last_us ? when_us : last_us) + 999999u) / 1000000u;
    rtc_alarm_off();
    unlock();
    mmio_write(RTC(ALRMBR), calendar_alarm((uint32_t)seconds));
    mmio_write(RTC(ALRMBSSR), 0); /* whole seconds */
    mmio_set(RTC(CR), RTC_CR_ALRBE_Msk | RTC_CR_ALRBIE_Msk);
    lock();
}

bool rtc_alarm_fired(void)
{
    return (mmio_read(RTC(SR)) & RTC_SR_ALRBF_Msk) != 0;
}

bool rtc_app_fired(void)
{
    return mmio_read(RTC(MISR)) != 0;
}
