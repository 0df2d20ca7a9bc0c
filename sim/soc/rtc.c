/* RTC: BCD calendar on LSE or LSI, two alarms, wake-up timer, write protection and security of its
 * functions (RM0456 chapter 63). Time stamps, shift and calibration are stored only.
 *
 * The calendar is kept as seconds since 2000-01-01 at virtual time `epoch`.
 */
#include "soc/soc_state.h"

#include <string.h>

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

/* Frequency of ck_apre (subseconds) and length of a calendar second in it. */
static uint64_t apre_divider(const struct soc_rtc *rtc)
{
    return ((rtc->prer & RTC_PRER_PREDIV_A_Msk) >> RTC_PRER_PREDIV_A_Pos) + 1;
}

static uint64_t spre_divider(const struct soc_rtc *rtc)
{
    return (rtc->prer & RTC_PRER_PREDIV_S_Msk) + 1;
}

/* ck_apre ticks since the epoch; 0 while the calendar stands. */
static uint64_t ticks(const struct soc *soc)
{
    const struct soc_rtc *rtc = &soc->rtc;
    uint64_t hz = soc_rtc_clock_hz(soc);

    if (hz == 0 || (rtc->icsr & RTC_ICSR_INIT_Msk)) {
        return 0;
    }
    return (uint64_t)((unsigned __int128)(soc_now(soc) - rtc->epoch) * hz / SIM_PS_PER_S /
                      apre_divider(rtc));
}

static uint64_t seconds_now(const struct soc *soc)
{
    return soc->rtc.seconds + ticks(soc) / spre_divider(&soc->rtc);
}

/* Fixes the present time as the new epoch; call before the clock or the prescalers change. */
static void rebase(struct soc *soc)
{
    struct soc_rtc *rtc = &soc->rtc;

    rtc->seconds = seconds_now(soc);
    rtc->epoch = soc_now(soc);
}

static uint32_t time_register(uint64_t seconds)
{
    uint32_t s = (uint32_t)(seconds % 86400u);

    return bcd(s / 3600u) << 16 | bcd(s / 60u % 60u) << 8 | bcd(s % 60u);
}

static uint32_t date_register(uint64_t seconds)
{
    uint32_t days = (uint32_t)(seconds / 86400u), year = 0, month = 1;
    uint32_t weekday = (days + 5) % 7 + 1; /* 2000-01-01 was a Saturday (6) */

    while (days >= (leap(year) ? 366u : 365u)) {
        days -= leap(year) ? 366u : 365u;
        year = (year + 1) % 100;
    }
    while (days >= month_days(year, month)) {
        days -= month_days(year, month++);
    }
    return bcd(year) << 16 | weekday << 13 | bcd(month) << 8 | bcd(days + 1);
}

static uint64_t from_registers(uint32_t tr, uint32_t dr)
{
    uint32_t year = from_bcd((dr >> 16) & 0xFFu), month = from_bcd((dr >> 8) & 0x1Fu);
    uint32_t days = from_bcd(dr & 0x3Fu);
    uint64_t total = days > 0 ? days - 1 : 0;

    for (uint32_t y = 0; y < year && y < 100; y++) {
        total += leap(y) ? 366u : 365u;
    }
    for (uint32_t m = 1; m < month && m <= 12; m++) {
        total += month_days(year, m);
    }
    return total * 86400u + from_bcd((tr >> 16) & 0x3Fu) * 3600u +
           from_bcd((tr >> 8) & 0x7Fu) * 60u + from_bcd(tr & 0x7Fu);
}

/* ---- Interrupts, alarms, wake-up timer ---- */

static uint32_t enabled_flags(const struct soc_rtc *rtc)
{
    uint32_t mask = 0;

    mask |= rtc->cr & RTC_CR_ALRAIE_Msk ? RTC_SR_ALRAF_Msk : 0;
    mask |= rtc->cr & RTC_CR_ALRBIE_Msk ? RTC_SR_ALRBF_Msk : 0;
    mask |= rtc->cr & RTC_CR_WUTIE_Msk ? RTC_SR_WUTF_Msk : 0;
    return rtc->sr & mask;
}

/* Flags that belong to secure functions. */
static uint32_t secure_flags(const struct soc *soc)
{
    uint32_t sec = soc->rtc.seccfgr;

    if (!soc->tzen) {
        return 0;
    }
    return sec & RTC_SECCFGR_SEC_Msk ? 0xFFFFFFFFu : sec & 0xFu;
}

static void update_irq(struct soc *soc)
{
    uint32_t active = enabled_flags(&soc->rtc), secure = secure_flags(soc);

    soc_irq(soc, IRQ_RTC, (active & ~secure) != 0);
    soc_irq(soc, IRQ_RTC_S, (active & secure) != 0);
    soc_pwr_internal_wakeup(soc, active != 0);
    if (active != 0) {
        soc_wake(soc);
    }
}

static bool alarm_matches(uint32_t alarm, uint32_t tr, uint32_t dr)
{
    uint32_t day = alarm & RTC_ALRMAR_WDSEL_Msk ? (dr >> 13) & 7u : dr & 0x3Fu;

    return ((alarm & RTC_ALRMAR_MSK1_Msk) || (alarm & 0x7Fu) == (tr & 0x7Fu)) &&
           ((alarm & RTC_ALRMAR_MSK2_Msk) || ((alarm ^ tr) & 0x7F00u) == 0) &&
           ((alarm & RTC_ALRMAR_MSK3_Msk) || ((alarm ^ tr) & 0x3F0000u) == 0) &&
           ((alarm & RTC_ALRMAR_MSK4_Msk) || ((alarm >> 24) & 0x3Fu) == day);
}

static void arm_second(struct soc *soc)
{
    struct soc_rtc *rtc = &soc->rtc;
    uint64_t hz = soc_rtc_clock_hz(soc);
    uint64_t next;

    if (hz == 0 || (rtc->icsr & RTC_ICSR_INIT_Msk) ||
        !(rtc->cr & (RTC_CR_ALRAE_Msk | RTC_CR_ALRBE_Msk))) {
        sched_cancel(soc->sched, &rtc->tick.event);
        return;
    }
    next = ticks(soc) / spre_divider(rtc) + 1;
    sched_at(soc->sched, &rtc->tick.event,
             rtc->epoch + soc_periods_ps(next * spre_divider(rtc) * apre_divider(rtc), hz));
}

static void second_fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;
    struct soc_rtc *rtc = &soc->rtc;
    uint64_t now = seconds_now(soc);

    for (unsigned i = 0; i < 2; i++) {
        if ((rtc->cr & (RTC_CR_ALRAE_Msk << i)) &&
            alarm_matches(rtc->alrmr[i], time_register(now), date_register(now))) {
            rtc->sr |= RTC_SR_ALRAF_Msk << i;
        }
    }
    update_irq(soc);
    arm_second(soc);
}

static void arm_wakeup(struct soc *soc)
{
    struct soc_rtc *rtc = &soc->rtc;
    uint32_t select = rtc->cr & RTC_CR_WUCKSEL_Msk;
    uint64_t count = (rtc->wutr & RTC_WUTR_WUT_Msk) + 1 + (select >= 6 ? 0x10000u : 0);
    uint64_t divider = select < 4 ? 16u >> select : apre_divider(rtc) * spre_divider(rtc);

    if (!(rtc->cr & RTC_CR_WUTE_Msk)) {
        sched_cancel(soc->sched, &rtc->wakeup.event);
        return;
    }
    soc_after(soc, &rtc->wakeup, soc_periods_ps(count * divider, soc_rtc_clock_hz(soc)));
}

static void wakeup_fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;

    soc->rtc.sr |= RTC_SR_WUTF_Msk;
    update_irq(soc);
    arm_wakeup(soc);
}

/* ---- Registers ---- */

/* SECCFGR bit that write-protects a register; with SEC everything is. */
static uint32_t protecting_bit(uint32_t offset)
{
    switch (offset) {
    case RTC_TR_OFS:
    case RTC_DR_OFS:
    case RTC_PRER_OFS:
    case RTC_ICSR_OFS:
        return RTC_SECCFGR_INITSEC_Msk;
    case RTC_CALR_OFS:
    case RTC_SHIFTR_OFS:
        return RTC_SECCFGR_CALSEC_Msk;
    case RTC_ALRMAR_OFS:
    case RTC_ALRMASSR_OFS:
    case RTC_ALRABINR_OFS:
        return RTC_SECCFGR_ALRASEC_Msk;
    case RTC_ALRMBR_OFS:
    case RTC_ALRMBSSR_OFS:
    case RTC_ALRBBINR_OFS:
        return RTC_SECCFGR_ALRBSEC_Msk;
    case RTC_WUTR_OFS:
        return RTC_SECCFGR_WUTSEC_Msk;
    default:
        return 0;
    }
}

static bool always_readable(uint32_t offset)
{
    return offset == RTC_SECCFGR_OFS || offset == RTC_PRIVCFGR_OFS || offset == RTC_MISR_OFS ||
           offset == RTC_TR_OFS || offset == RTC_DR_OFS || offset == RTC_SSR_OFS ||
           offset == RTC_PRER_OFS || offset == RTC_CALR_OFS;
}

static bool allowed(struct soc *soc, uint32_t offset, struct soc_access access, bool write)
{
    uint32_t sec = soc->tzen ? soc->rtc.seccfgr : 0;
    bool hit = (sec & RTC_SECCFGR_SEC_Msk) || (sec & protecting_bit(offset));

    if (offset == RTC_SECCFGR_OFS) {
        hit = write && soc->tzen;
    }
    if (access.nonsecure && hit && (write || !always_readable(offset))) {
        soc_ilac(soc, ILAC_RTC);
        return false;
    }
    return !(access.unprivileged && write && (soc->rtc.privcfgr & RTC_PRIVCFGR_PRIV_Msk));
}

static uint32_t *plain_register(struct soc_rtc *rtc, uint32_t offset)
{
    switch (offset) {
    case RTC_PRER_OFS:
        return &rtc->prer;
    case RTC_WUTR_OFS:
        return &rtc->wutr;
    case RTC_CR_OFS:
        return &rtc->cr;
    case RTC_CALR_OFS:
        return &rtc->calr;
    case RTC_ALRMAR_OFS:
        return &rtc->alrmr[0];
    case RTC_ALRMASSR_OFS:
        return &rtc->alrmssr[0];
    case RTC_ALRMBR_OFS:
        return &rtc->alrmr[1];
    case RTC_ALRMBSSR_OFS:
        return &rtc->alrmssr[1];
    case RTC_ALRABINR_OFS:
        return &rtc->alrbinr[0];
    case RTC_ALRBBINR_OFS:
        return &rtc->alrbinr[1];
    case RTC_PRIVCFGR_OFS:
        return &rtc->privcfgr;
    case RTC_SECCFGR_OFS:
        return &rtc->seccfgr;
    default:
        return NULL;
    }
}

static uint32_t status(const struct soc *soc)
{
    const struct soc_rtc *rtc = &soc->rtc;
    uint32_t value = rtc->icsr & (RTC_ICSR_INIT_Msk | 0x1F00u);

    value |= rtc->icsr & RTC_ICSR_INIT_Msk ? RTC_ICSR_INITF_Msk : RTC_ICSR_RSF_Msk;
    value |= rtc->cr & RTC_CR_WUTE_Msk ? 0 : RTC_ICSR_WUTWF_Msk;
    value |= seconds_now(soc) >= 366u * 86400u ? RTC_ICSR_INITS_Msk : 0; /* year not zero */
    return value;
}

READER(rtc)
{
    struct soc_rtc *rtc = &soc->rtc;
    const uint32_t *plain = plain_register(rtc, offset);

    if (!allowed(soc, offset, access, false)) {
        return 0;
    }
    if (plain != NULL) {
        return *plain;
    }
    switch (offset) {
    case RTC_TR_OFS:
        return rtc->icsr & RTC_ICSR_INIT_Msk ? rtc->tr_written : time_register(seconds_now(soc));
    case RTC_DR_OFS:
        return rtc->icsr & RTC_ICSR_INIT_Msk ? rtc->dr_written : date_register(seconds_now(soc));
    case RTC_SSR_OFS:
        return soc_rtc_clock_hz(soc) == 0
                   ? 0
                   : (uint32_t)(spre_divider(rtc) - 1 - ticks(soc) % spre_divider(rtc));
    case RTC_ICSR_OFS:
        return status(soc);
    case RTC_SR_OFS:
        return rtc->sr;
    case RTC_MISR_OFS:
        return enabled_flags(rtc) & ~secure_flags(soc);
    case RTC_SMISR_OFS:
        return enabled_flags(rtc) & secure_flags(soc);
    case RTC_WPR_OFS:
    case RTC_SCR_OFS:
    case RTC_SHIFTR_OFS:
    case RTC_TSTR_OFS:
    case RTC_TSDR_OFS:
    case RTC_TSSSR_OFS:
        return 0;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

static void write_init(struct soc *soc, uint32_t value)
{
    struct soc_rtc *rtc = &soc->rtc;
    uint32_t changed = (rtc->icsr ^ value) & RTC_ICSR_INIT_Msk;

    if (changed && (value & RTC_ICSR_INIT_Msk)) {
        rebase(soc);
        rtc->tr_written = time_register(rtc->seconds);
        rtc->dr_written = date_register(rtc->seconds);
    }
    rtc->icsr = value & (RTC_ICSR_INIT_Msk | 0x1F00u);
    if (changed && !(value & RTC_ICSR_INIT_Msk)) {
        rtc->seconds = from_registers(rtc->tr_written, rtc->dr_written);
        rtc->epoch = soc_now(soc);
    }
}

static void write_protected(struct soc *soc, const struct soc_block *block, uint32_t offset,
                            uint32_t value)
{
    struct soc_rtc *rtc = &soc->rtc;
    uint32_t *plain = plain_register(rtc, offset);
    bool init = (rtc->icsr & RTC_ICSR_INIT_Msk) != 0;

    if (offset == RTC_TR_OFS || offset == RTC_DR_OFS || offset == RTC_PRER_OFS) {
        if (!init) {
            soc_guest_error(soc, RTC_NS + offset,
                            "RTC register 0x%02x written outside "
                            "initialisation mode",
                            offset);
        } else {
            *(offset == RTC_TR_OFS   ? &rtc->tr_written
              : offset == RTC_DR_OFS ? &rtc->dr_written
                                     : &rtc->prer) = value;
        }
        return;
    }
    if (offset == RTC_ICSR_OFS) {
        write_init(soc, value);
    } else if (plain != NULL) {
        *plain = value;
    } else {
        soc_stored_write(soc, block, offset, value);
    }
    if (offset == RTC_CR_OFS) {
        arm_wakeup(soc);
    }
}

WRITER(rtc)
{
    struct soc_rtc *rtc = &soc->rtc;

    if (!soc_backup_writable(soc)) {
        soc_guest_error(soc, RTC_NS + 0x1001, "RTC written while PWR_DBPR.DBP = 0");
        return;
    }
    if (!allowed(soc, offset, access, true)) {
        return;
    }
    if (offset == RTC_WPR_OFS) {
        uint32_t expected = rtc->wpr_step == 1 ? 0x53u : 0xCAu;

        rtc->wpr_step = (value & 0xFFu) == expected && rtc->wpr_step < 2
                            ? (uint8_t)(rtc->wpr_step + 1)
                            : ((value & 0xFFu) == 0xCAu ? 1 : 0);
    } else if (offset == RTC_SCR_OFS) {
        rtc->sr &= ~value;
    } else if (offset == RTC_SECCFGR_OFS || offset == RTC_PRIVCFGR_OFS) {
        *(offset == RTC_SECCFGR_OFS ? &rtc->seccfgr : &rtc->privcfgr) = value & 0xE00Fu;
    } else if (rtc->wpr_step < 2) {
        soc_guest_error(soc, RTC_NS + 0x2000 + offset,
                        "RTC register 0x%02x written while write "
                        "protected",
                        offset);
    } else {
        write_protected(soc, block, offset, value);
    }
    arm_second(soc);
    update_irq(soc);
}

/* Backup-domain reset. */
RESETTER(rtc)
{
    struct soc_rtc *rtc = &soc->rtc;
    struct soc_event tick, wakeup;

    (void)block;
    sched_cancel(soc->sched, &rtc->tick.event);
    sched_cancel(soc->sched, &rtc->wakeup.event);
    tick = rtc->tick;
    wakeup = rtc->wakeup;
    *rtc = (struct soc_rtc){.prer = 0x007F00FFu, .wutr = 0xFFFFu, .tick = tick, .wakeup = wakeup};
    rtc->epoch = soc_now(soc);
    update_irq(soc);
}

void soc_rtc_init(struct soc *soc)
{
    soc_event_init(&soc->rtc.tick, soc, 0, second_fire);
    soc_event_init(&soc->rtc.wakeup, soc, 0, wakeup_fire);
}
