/* Time of the RTC: ticks of ck_apre counted from virtual time, smooth calibration, shift, and the
 * BCD calendar made of them (RM0456 63.3.4, 63.3.5, 63.3.12, 63.3.14).
 *
 * Invariant: `position` and `hz` describe the count since `epoch`; soc_rtc_rebase comes before any
 * change of clock, prescaler or calibration.
 */
#include "soc/soc_state.h"

#define DAY 86400u

static uint32_t bcd(uint32_t value)
{
    return value / 10 << 4 | value % 10;
}

static uint32_t from_bcd(uint32_t value)
{
    return (value >> 4) * 10 + (value & 15u);
}

static bool leap(uint32_t year)
{
    return year % 4 == 0; /* 2000..2099 */
}

static uint32_t month_days(uint32_t year, uint32_t month)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && leap(year));
}

static unsigned binary_mode(const struct soc_rtc *rtc)
{
    return (rtc->icsr & RTC_ICSR_BIN_Msk) >> RTC_ICSR_BIN_Pos;
}

bool soc_rtc_binary(const struct soc_rtc *rtc)
{
    return binary_mode(rtc) == 1;
}

uint64_t soc_rtc_apre(const struct soc_rtc *rtc)
{
    return ((rtc->prer & RTC_PRER_PREDIV_A_Msk) >> RTC_PRER_PREDIV_A_Pos) + 1;
}

/* With the binary counter the calendar's second is 2^(8 + BCDU) of its ticks. */
uint64_t soc_rtc_second(const struct soc_rtc *rtc)
{
    if (binary_mode(rtc) >= 2) {
        return UINT64_C(256) << ((rtc->icsr & RTC_ICSR_BCDU_Msk) >> RTC_ICSR_BCDU_Pos);
    }
    return (rtc->prer & RTC_PRER_PREDIV_S_Msk) + 1;
}

/* RTCCLK pulses in a window of 2^20 real ones become 2^20 / this: CALM masks, CALP adds. */
static uint64_t calibration(const struct soc_rtc *rtc)
{
    uint32_t masked = rtc->calr & RTC_CALR_CALM_Msk;

    return (UINT64_C(1) << 20) + masked - (rtc->calr & RTC_CALR_CALP_Msk ? 512u : 0);
}

sim_ps soc_rtc_count_time(const struct soc *soc)
{
    return soc->rtc.frozen_at != 0 ? soc->rtc.frozen_at : soc_now(soc);
}

int64_t soc_rtc_position(const struct soc *soc)
{
    const struct soc_rtc *rtc = &soc->rtc;
    unsigned __int128 pulses;

    if (rtc->hz == 0 || (rtc->icsr & RTC_ICSR_INIT_Msk)) {
        return rtc->position;
    }
    pulses = (unsigned __int128)(soc_rtc_count_time(soc) - rtc->epoch) * rtc->hz;
    return rtc->position + (int64_t)(pulses * (UINT64_C(1) << 20) / SIM_PS_PER_S /
                                     calibration(rtc) / soc_rtc_apre(rtc));
}

/* When the count gets to a position (rounded up); SIM_NEVER while it stands. */
sim_ps soc_rtc_when(const struct soc *soc, int64_t position)
{
    const struct soc_rtc *rtc = &soc->rtc;
    unsigned __int128 ps;

    if (rtc->hz == 0 || rtc->frozen_at != 0 || (rtc->icsr & RTC_ICSR_INIT_Msk) ||
        position <= rtc->position) {
        return SIM_NEVER;
    }
    ps = (unsigned __int128)(uint64_t)(position - rtc->position) * soc_rtc_apre(rtc) *
         calibration(rtc) * SIM_PS_PER_S;
    ps = ps / ((uint64_t)rtc->hz << 20) + 1;
    return ps > SIM_NEVER / 2 ? SIM_NEVER : rtc->epoch + (sim_ps)ps;
}

/* Keeps what has been counted; the part of a tick that has passed is lost only here. */
void soc_rtc_rebase(struct soc *soc)
{
    struct soc_rtc *rtc = &soc->rtc;

    rtc->position = soc_rtc_position(soc);
    rtc->epoch = soc_rtc_count_time(soc);
    rtc->hz = soc_rtc_clock_hz(soc);
}

/* The calendar starts at a second; initialisation restarts the prescalers. */
void soc_rtc_preset(struct soc *soc, uint64_t second)
{
    struct soc_rtc *rtc = &soc->rtc;

    rtc->base_seconds = second;
    rtc->position = 0;
    rtc->epoch = soc_rtc_count_time(soc);
    rtc->hz = soc_rtc_clock_hz(soc);
    rtc->shown_second = 0;
    rtc->binary_origin = 0;
}

static uint64_t calendar_second(const struct soc_rtc *rtc, int64_t position)
{
    int64_t length = (int64_t)soc_rtc_second(rtc);
    int64_t whole = position >= 0 ? position / length : -((length - 1 - position) / length);

    return (uint64_t)((int64_t)rtc->base_seconds + whole);
}

struct soc_rtc_time soc_rtc_now(struct soc *soc)
{
    struct soc_rtc *rtc = &soc->rtc;
    int64_t position = soc_rtc_position(soc);
    struct soc_rtc_time time = {.second = calendar_second(rtc, position)};
    int64_t into;

    if (time.second < rtc->shown_second) {
        time.second = rtc->shown_second; /* after a shift: SSR is greater than PREDIV_S meanwhile */
    }
    into = position - (int64_t)(time.second - rtc->base_seconds) * (int64_t)soc_rtc_second(rtc);
    if (binary_mode(rtc) != 0) {
        time.ssr = 0xFFFFFFFFu - (uint32_t)((uint64_t)position - rtc->binary_origin);
    } else if (rtc->hz == 0 && position == 0) {
        time.ssr = 0;
    } else {
        time.ssr = (uint32_t)((int64_t)soc_rtc_second(rtc) - 1 - into);
    }
    return time;
}

void soc_rtc_shift(struct soc *soc, uint32_t shiftr)
{
    struct soc_rtc *rtc = &soc->rtc;

    rtc->shown_second = soc_rtc_now(soc).second;
    soc_rtc_rebase(soc);
    if (shiftr & RTC_SHIFTR_ADD1S_Msk) {
        rtc->base_seconds++;
        rtc->shown_second++;
    }
    rtc->position -= (int64_t)(shiftr & RTC_SHIFTR_SUBFS_Msk);
}

/* The day of the week is only counted: it goes on from what software has written. */
void soc_rtc_weekday(struct soc_rtc *rtc, uint64_t second, uint32_t dr)
{
    uint32_t weekday = (dr >> 13) & 7u, days = (uint32_t)(second / DAY % 7u);

    rtc->weekday_shift = (uint8_t)((weekday + 13 - days) % 7u);
}

/* ---- BCD ---- */

uint32_t soc_rtc_tr(const struct soc_rtc *rtc, uint64_t second)
{
    uint32_t s = (uint32_t)(second % DAY), hour = s / 3600u, pm = 0;

    if (rtc->cr & RTC_CR_FMT_Msk) { /* 12, 1..11 AM, 12, 1..11 PM */
        pm = hour >= 12 ? RTC_TR_PM_Msk : 0;
        hour = hour % 12 == 0 ? 12 : hour % 12;
    }
    return pm | bcd(hour) << 16 | bcd(s / 60u % 60u) << 8 | bcd(s % 60u);
}

uint32_t soc_rtc_dr(const struct soc_rtc *rtc, uint64_t second)
{
    uint32_t days = (uint32_t)(second / DAY), year = 0, month = 1;
    uint32_t weekday = (days + rtc->weekday_shift) % 7 + 1;

    while (days >= (leap(year) ? 366u : 365u)) {
        days -= leap(year) ? 366u : 365u;
        year = (year + 1) % 100;
    }
    while (days >= month_days(year, month)) {
        days -= month_days(year, month++);
    }
    return bcd(year) << 16 | weekday << 13 | bcd(month) << 8 | bcd(days + 1);
}

uint64_t soc_rtc_from_registers(const struct soc_rtc *rtc, uint32_t tr, uint32_t dr)
{
    uint32_t year = from_bcd((dr >> 16) & 0xFFu), month = from_bcd((dr >> 8) & 0x1Fu);
    uint32_t days = from_bcd(dr & 0x3Fu), hour = from_bcd((tr >> 16) & 0x3Fu);
    uint64_t total = days > 0 ? days - 1 : 0;

    if (rtc->cr & RTC_CR_FMT_Msk) {
        hour = hour % 12 + (tr & RTC_TR_PM_Msk ? 12u : 0);
    }
    for (uint32_t y = 0; y < year && y < 100; y++) {
        total += leap(y) ? 366u : 365u;
    }
    for (uint32_t m = 1; m < month && m <= 12; m++) {
        total += month_days(year, m);
    }
    return total * DAY + hour * 3600u + from_bcd((tr >> 8) & 0x7Fu) * 60u + from_bcd(tr & 0x7Fu);
}
