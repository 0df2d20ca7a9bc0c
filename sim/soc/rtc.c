/* RTC registers: write protection, security of the functions, shadow registers, time stamps,
 * flags, interrupts, outputs (RM0456 chapter 63). Time is rtc_calendar.c's, alarms rtc_alarm.c's.
 */
#include "soc/soc_state.h"

#define PORT_C       2u
#define PIN_STAMP    13u
#define ICSR_KEPT    (RTC_ICSR_INIT_Msk | RTC_ICSR_BIN_Msk | RTC_ICSR_BCDU_Msk)
#define YEAR_SECONDS (366u * 86400u)
/* Reserved bits of ICSR that read as one: alarms may always be written. */
#define ALARMS_WRITABLE 3u

/* ---- Flags and interrupts ---- */

static uint32_t enabled_flags(const struct soc_rtc *rtc)
{
    uint32_t mask = 0;

    mask |= rtc->cr & RTC_CR_ALRAIE_Msk ? RTC_SR_ALRAF_Msk : 0;
    mask |= rtc->cr & RTC_CR_ALRBIE_Msk ? RTC_SR_ALRBF_Msk : 0;
    mask |= rtc->cr & RTC_CR_WUTIE_Msk ? RTC_SR_WUTF_Msk : 0;
    mask |= rtc->cr & RTC_CR_TSIE_Msk ? RTC_SR_TSF_Msk | RTC_SR_TSOVF_Msk | RTC_SR_ITSF_Msk : 0;
    mask |= rtc->cr & RTC_CR_SSRUIE_Msk ? RTC_SR_SSRUF_Msk : 0;
    return rtc->sr & mask;
}

/* Flags that belong to secure functions. */
static uint32_t secure_flags(const struct soc *soc)
{
    uint32_t sec = soc->rtc.seccfgr;

    if (!soc->tzen) {
        return 0;
    }
    if (sec & RTC_SECCFGR_SEC_Msk) {
        return 0xFFFFFFFFu;
    }
    return (sec & 7u) |
           (sec & RTC_SECCFGR_TSSEC_Msk ? RTC_SR_TSF_Msk | RTC_SR_TSOVF_Msk | RTC_SR_ITSF_Msk : 0);
}

static void update_irq(struct soc *soc)
{
    uint32_t active = enabled_flags(&soc->rtc), secure = secure_flags(soc);

    soc_irq(soc, IRQ_RTC, (active & ~secure) != 0);
    soc_irq(soc, IRQ_RTC_S, (active & secure) != 0);
    soc_pwr_internal_wakeup(soc, active != 0 || (soc->tamp.sr & soc->tamp.ier) != 0);
}

void soc_rtc_flags(struct soc *soc, uint32_t set)
{
    soc->rtc.sr |= set;
    update_irq(soc);
}

/* ---- Time stamps (RM0456 63.3.15) ---- */

/* The first event is kept, the next only says that it was lost. */
void soc_rtc_stamp(struct soc *soc, bool internal)
{
    struct soc_rtc *rtc = &soc->rtc;
    struct soc_rtc_time now = soc_rtc_now(soc);

    if (rtc->sr & RTC_SR_TSF_Msk) {
        soc_rtc_flags(soc, RTC_SR_TSOVF_Msk);
        return;
    }
    rtc->tstr = soc_rtc_tr(rtc, now.second);
    rtc->tsdr = soc_rtc_dr(rtc, now.second) & 0xFFFFu;
    rtc->tsssr = now.ssr;
    soc_rtc_flags(soc, RTC_SR_TSF_Msk | (internal ? RTC_SR_ITSF_Msk : 0));
}

void soc_rtc_pin(struct soc *soc, unsigned port, unsigned pin, bool level)
{
    struct soc_rtc *rtc = &soc->rtc;
    bool active = level != ((rtc->cr & RTC_CR_TSEDGE_Msk) != 0);

    if (port != PORT_C || pin != PIN_STAMP || level == rtc->stamp_pin) {
        return;
    }
    rtc->stamp_pin = level;
    if ((rtc->cr & RTC_CR_TSE_Msk) && active) {
        soc_rtc_stamp(soc, false);
    }
}

static void clear_flags(struct soc_rtc *rtc, uint32_t value)
{
    rtc->sr &= ~value;
    if (value & RTC_SCR_CTSF_Msk) {
        rtc->tstr = rtc->tsdr = rtc->tsssr = 0;
    }
}

/* ---- Outputs (RM0456 63.3.16, 63.3.17) ---- */

static bool calibration_level(struct soc *soc)
{
    const struct soc_rtc *rtc = &soc->rtc;
    uint64_t position = (uint64_t)soc_rtc_position(soc);
    uint64_t half = soc_rtc_second(rtc) / 2;

    if (rtc->cr & RTC_CR_COSEL_Msk) { /* 1 Hz */
        return half != 0 && position / half % 2 == 0;
    }
    /* 512 Hz: the sixth stage of the asynchronous prescaler, RTCCLK / 64 */
    return (uint64_t)((unsigned __int128)(soc_rtc_count_time(soc) - rtc->epoch) * rtc->hz /
                      SIM_PS_PER_S) /
               32 % 2 ==
           0;
}

static bool flag_level(const struct soc_rtc *rtc, uint32_t select, bool tamper)
{
    static const uint32_t flags[4] = {0, RTC_SR_ALRAF_Msk, RTC_SR_ALRBF_Msk, RTC_SR_WUTF_Msk};
    bool active = (rtc->sr & flags[select]) != 0 || tamper;

    return active != ((rtc->cr & RTC_CR_POL_Msk) != 0);
}

bool soc_rtc_output(struct soc *soc, unsigned output)
{
    const struct soc_rtc *rtc = &soc->rtc;
    uint32_t select = (rtc->cr & RTC_CR_OSEL_Msk) >> RTC_CR_OSEL_Pos;
    bool tamper_out = (rtc->cr & RTC_CR_TAMPOE_Msk) != 0;
    bool signal = select != 0 || tamper_out, clock = (rtc->cr & RTC_CR_COE_Msk) != 0;
    bool second = (rtc->cr & RTC_CR_OUT2EN_Msk) != 0;
    /* With OUT2EN everything goes to OUT2, but the clock stays on OUT1 beside a signal. */
    bool signal_here = signal && (second ? output == 2 : output == 1);
    bool clock_here = clock && (second && !signal ? output == 2 : output == 1) && !signal_here;

    if (signal_here) {
        return flag_level(rtc, select, tamper_out && soc->tamp.sr != 0);
    }
    return clock_here && calibration_level(soc);
}

/* ---- Security (RM0456 63.3.3) ---- */

/* SECCFGR bit that write-protects a register; with SEC everything is. */
static uint32_t protecting_bit(uint32_t offset)
{
    switch (offset) {
    case RTC_TR_OFS:
    case RTC_DR_OFS:
    case RTC_PRER_OFS:
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
    case RTC_TSTR_OFS:
    case RTC_TSDR_OFS:
    case RTC_TSSSR_OFS:
        return RTC_SECCFGR_TSSEC_Msk;
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
    uint32_t bit = protecting_bit(offset);
    bool hit = (sec & RTC_SECCFGR_SEC_Msk) || (sec & bit);
    bool privileged = soc->rtc.privcfgr & (RTC_PRIVCFGR_PRIV_Msk | bit);

    if (offset == RTC_SECCFGR_OFS) {
        hit = write && soc->tzen;
    }
    if (access.nonsecure && hit && (write || !always_readable(offset))) {
        soc_ilac(soc, ILAC_RTC);
        return false;
    }
    if (offset == RTC_PRIVCFGR_OFS) {
        return !(access.unprivileged && write);
    }
    return !(access.unprivileged && privileged && (write || !always_readable(offset)));
}

/* Bits of CR that belong to secure functions: hidden from non-secure accesses. */
static uint32_t secure_cr_bits(const struct soc *soc)
{
    uint32_t sec = soc->tzen ? soc->rtc.seccfgr : 0;

    return (sec & RTC_SECCFGR_ALRASEC_Msk
                ? RTC_CR_ALRAE_Msk | RTC_CR_ALRAIE_Msk | RTC_CR_ALRAOCLR_Msk
                : 0) |
           (sec & RTC_SECCFGR_ALRBSEC_Msk
                ? RTC_CR_ALRBE_Msk | RTC_CR_ALRBIE_Msk | RTC_CR_ALRBOCLR_Msk
                : 0) |
           (sec & RTC_SECCFGR_WUTSEC_Msk ? RTC_CR_WUTE_Msk | RTC_CR_WUTIE_Msk | RTC_CR_WUCKSEL_Msk
                                         : 0) |
           (sec & RTC_SECCFGR_TSSEC_Msk ? RTC_CR_TSE_Msk | RTC_CR_TSIE_Msk | RTC_CR_TSEDGE_Msk |
                                              RTC_CR_ITSE_Msk | RTC_CR_TAMPTS_Msk
                                        : 0) |
           (sec & RTC_SECCFGR_INITSEC_Msk ? RTC_CR_FMT_Msk | RTC_CR_BYPSHAD_Msk | RTC_CR_REFCKON_Msk
                                          : 0) |
           (sec & RTC_SECCFGR_CALSEC_Msk ? RTC_CR_ADD1H_Msk | RTC_CR_SUB1H_Msk : 0);
}

/* ---- Reading ---- */

static uint32_t *plain_register(struct soc_rtc *rtc, uint32_t offset)
{
    switch (offset) {
    case RTC_PRER_OFS:
        return &rtc->prer;
    case RTC_WUTR_OFS:
        return &rtc->wutr;
    case RTC_CALR_OFS:
        return &rtc->calr;
    case RTC_TSTR_OFS:
        return &rtc->tstr;
    case RTC_TSDR_OFS:
        return &rtc->tsdr;
    case RTC_TSSSR_OFS:
        return &rtc->tsssr;
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

static uint32_t status(struct soc *soc)
{
    const struct soc_rtc *rtc = &soc->rtc;
    sim_ps now = soc_now(soc);
    bool init = (rtc->icsr & RTC_ICSR_INIT_Msk) != 0;
    uint32_t value = rtc->icsr & ICSR_KEPT;

    value |= init ? RTC_ICSR_INITF_Msk : 0;
    value |= ALARMS_WRITABLE;
    value |= !init && rtc->hz != 0 && now >= rtc->synchronised && !(rtc->cr & RTC_CR_BYPSHAD_Msk)
                 ? RTC_ICSR_RSF_Msk
                 : 0;
    value |= now < rtc->recalibrated ? RTC_ICSR_RECALPF_Msk : 0;
    value |= now < rtc->shifted ? RTC_ICSR_SHPF_Msk : 0;
    value |= rtc->cr & RTC_CR_WUTE_Msk ? 0 : RTC_ICSR_WUTWF_Msk;
    value |= soc_rtc_now(soc).second >= YEAR_SECONDS ? RTC_ICSR_INITS_Msk : 0; /* year not zero */
    return value;
}

/* Shadow registers: SSR freezes TR and DR, TR freezes DR, until DR has been read. */
static uint32_t read_time(struct soc *soc, uint32_t offset)
{
    struct soc_rtc *rtc = &soc->rtc;

    if (!rtc->locked) {
        struct soc_rtc_time now = soc_rtc_now(soc);

        rtc->shadow_tr = soc_rtc_tr(rtc, now.second);
        rtc->shadow_dr = soc_rtc_dr(rtc, now.second);
        rtc->shadow_ssr = now.ssr;
    }
    rtc->locked = offset != RTC_DR_OFS && !(rtc->cr & RTC_CR_BYPSHAD_Msk);
    if (offset == RTC_SSR_OFS) {
        return rtc->shadow_ssr;
    }
    if (soc_rtc_binary(rtc)) {
        return 0; /* no calendar */
    }
    if (rtc->icsr & RTC_ICSR_INIT_Msk) {
        return offset == RTC_TR_OFS ? rtc->tr_written : rtc->dr_written;
    }
    return offset == RTC_TR_OFS ? rtc->shadow_tr : rtc->shadow_dr;
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
    case RTC_DR_OFS:
    case RTC_SSR_OFS:
        return read_time(soc, offset);
    case RTC_CR_OFS:
        return rtc->cr & ~(soc->tzen && access.nonsecure ? secure_cr_bits(soc) : 0);
    case RTC_ICSR_OFS:
        return status(soc);
    case RTC_SR_OFS:
        return rtc->sr & ~(soc->tzen && access.nonsecure ? secure_flags(soc) : 0);
    case RTC_MISR_OFS:
        return enabled_flags(rtc) & ~secure_flags(soc);
    case RTC_SMISR_OFS:
        return enabled_flags(rtc) & secure_flags(soc);
    case RTC_WPR_OFS:
    case RTC_SCR_OFS:
    case RTC_SHIFTR_OFS:
        return 0;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

/* ---- Writing ---- */

/* Two RTCCLK periods, the time that most things take to arrive. */
static sim_ps soon(const struct soc *soc, unsigned periods)
{
    sim_ps delay = soc_periods_ps(periods, soc->rtc.hz);

    return delay == SIM_NEVER ? 0 : soc_now(soc) + delay;
}

static void write_init(struct soc *soc, uint32_t value)
{
    struct soc_rtc *rtc = &soc->rtc;
    uint32_t changed = (rtc->icsr ^ value) & RTC_ICSR_INIT_Msk;
    uint32_t modes = rtc->icsr & (RTC_ICSR_BIN_Msk | RTC_ICSR_BCDU_Msk);

    if (!(value & RTC_ICSR_RSF_Msk)) {
        rtc->synchronised = soon(soc, 2);
        rtc->locked = false;
    }
    if (changed && (value & RTC_ICSR_INIT_Msk)) {
        uint64_t second = soc_rtc_now(soc).second;

        soc_rtc_rebase(soc);
        rtc->tr_written = soc_rtc_tr(rtc, second);
        rtc->dr_written = soc_rtc_dr(rtc, second);
    }
    if (rtc->icsr & RTC_ICSR_INIT_Msk) { /* BIN and BCDU only in initialisation mode */
        modes = value & (RTC_ICSR_BIN_Msk | RTC_ICSR_BCDU_Msk);
    }
    rtc->icsr = (value & RTC_ICSR_INIT_Msk) | modes;
    if (changed && !(value & RTC_ICSR_INIT_Msk)) {
        uint64_t second = soc_rtc_from_registers(rtc, rtc->tr_written, rtc->dr_written);

        soc_rtc_preset(soc, second);
        soc_rtc_weekday(rtc, second, rtc->dr_written);
        rtc->synchronised = soon(soc, 2);
        rtc->locked = false;
    }
}

static void write_cr(struct soc *soc, uint32_t value)
{
    struct soc_rtc *rtc = &soc->rtc;
    uint32_t once = RTC_CR_ADD1H_Msk | RTC_CR_SUB1H_Msk;
    uint32_t before = rtc->cr;

    if (value & once) { /* summer and winter time: one hour, at once */
        int64_t hour = 3600 * (int64_t)((value & RTC_CR_ADD1H_Msk ? 1 : 0) -
                                        (value & RTC_CR_SUB1H_Msk ? 1 : 0));

        rtc->base_seconds = (uint64_t)((int64_t)rtc->base_seconds + hour);
        rtc->shown_second = 0;
        rtc->locked = false;
    }
    rtc->cr = value & ~once;
    if ((before ^ rtc->cr) & (RTC_CR_WUTE_Msk | RTC_CR_WUCKSEL_Msk)) {
        soc_rtc_wakeup_arm(soc);
    }
}

static void write_init_register(struct soc *soc, uint32_t offset, uint32_t value)
{
    struct soc_rtc *rtc = &soc->rtc;

    if (!(rtc->icsr & RTC_ICSR_INIT_Msk)) {
        soc_guest_error(soc, RTC_NS + offset,
                        "RTC register 0x%02x written outside initialisation mode", offset);
    } else if (offset == RTC_TR_OFS) {
        rtc->tr_written = value & 0x7F7F7Fu;
    } else if (offset == RTC_DR_OFS) {
        rtc->dr_written = value & 0xFFFF3Fu;
    } else {
        rtc->prer = value & 0x7F7FFFu;
    }
}

static void write_calibration(struct soc *soc, uint32_t value)
{
    struct soc_rtc *rtc = &soc->rtc;

    if (soc_now(soc) < rtc->recalibrated) {
        soc_guest_error(soc, RTC_NS + RTC_CALR_OFS, "RTC_CALR written while RECALPF = 1");
        return;
    }
    if (value & RTC_CALR_CALW8_Msk) {
        value &= ~UINT32_C(3); /* 8 s window: steps of four */
    } else if (value & RTC_CALR_CALW16_Msk) {
        value &= ~UINT32_C(1);
    }
    soc_rtc_rebase(soc);
    rtc->calr = value & 0xF1FFu;
    rtc->recalibrated = soon(soc, (unsigned)(3 * soc_rtc_apre(rtc)));
}

static void write_shift(struct soc *soc, uint32_t value)
{
    struct soc_rtc *rtc = &soc->rtc;

    if (soc_now(soc) < rtc->shifted || (rtc->cr & RTC_CR_REFCKON_Msk)) {
        soc_guest_error(soc, RTC_NS + RTC_SHIFTR_OFS,
                        "RTC_SHIFTR written while SHPF = 1 or REFCKON = 1");
        return;
    }
    soc_rtc_shift(soc, value);
    rtc->shifted = soon(soc, (unsigned)soc_rtc_apre(rtc));
    rtc->synchronised = soon(soc, 2);
    rtc->locked = false;
}

/* The SS field of ALRMxSSR and the low bits of ALRxBINR are one thing. */
static void mirror_subseconds(struct soc_rtc *rtc, uint32_t offset)
{
    unsigned i = offset == RTC_ALRMBSSR_OFS || offset == RTC_ALRBBINR_OFS;

    if (offset == RTC_ALRMASSR_OFS || offset == RTC_ALRMBSSR_OFS) {
        rtc->alrbinr[i] =
            (rtc->alrbinr[i] & ~RTC_ALRMASSR_SS_Msk) | (rtc->alrmssr[i] & RTC_ALRMASSR_SS_Msk);
    } else if (offset == RTC_ALRABINR_OFS || offset == RTC_ALRBBINR_OFS) {
        rtc->alrmssr[i] =
            (rtc->alrmssr[i] & ~RTC_ALRMASSR_SS_Msk) | (rtc->alrbinr[i] & RTC_ALRMASSR_SS_Msk);
    }
}

static void write_protected(struct soc *soc, const struct soc_block *block, uint32_t offset,
                            uint32_t value, struct soc_access access)
{
    struct soc_rtc *rtc = &soc->rtc;
    uint32_t *plain = plain_register(rtc, offset);
    uint32_t hidden = soc->tzen && access.nonsecure ? secure_cr_bits(soc) : 0;

    switch (offset) {
    case RTC_TR_OFS:
    case RTC_DR_OFS:
    case RTC_PRER_OFS:
        write_init_register(soc, offset, value);
        break;
    case RTC_ICSR_OFS: /* INITSEC protects these bits, the rest is for everybody (RM0456 63.3.3) */
        hidden = soc->tzen && access.nonsecure && (rtc->seccfgr & RTC_SECCFGR_INITSEC_Msk)
                     ? ICSR_KEPT
                     : 0;
        write_init(soc, (value & ~hidden) | (rtc->icsr & hidden));
        break;
    case RTC_CR_OFS:
        write_cr(soc, (value & ~hidden) | (rtc->cr & hidden));
        break;
    case RTC_CALR_OFS:
        write_calibration(soc, value);
        break;
    case RTC_SHIFTR_OFS:
        write_shift(soc, value);
        break;
    case RTC_TSTR_OFS:
    case RTC_TSDR_OFS:
    case RTC_TSSSR_OFS:
    case RTC_SSR_OFS:
    case RTC_SR_OFS:
    case RTC_MISR_OFS:
    case RTC_SMISR_OFS:
        break;
    default:
        if (plain != NULL) {
            *plain = value;
            mirror_subseconds(rtc, offset);
        } else {
            soc_stored_write(soc, block, offset, value);
        }
        break;
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
        clear_flags(rtc, value & ~(soc->tzen && access.nonsecure ? secure_flags(soc) : 0));
    } else if (offset == RTC_SECCFGR_OFS || offset == RTC_PRIVCFGR_OFS) {
        *(offset == RTC_SECCFGR_OFS ? &rtc->seccfgr : &rtc->privcfgr) = value & 0xE00Fu;
    } else if (rtc->wpr_step < 2) {
        soc_guest_error(soc, RTC_NS + 0x2000 + offset,
                        "RTC register 0x%02x written while write protected", offset);
    } else {
        write_protected(soc, block, offset, value, access);
    }
    soc_rtc_alarm_arm(soc);
    update_irq(soc);
}

/* RTCCLK started, stopped or changed. */
void soc_rtc_follow_clock(struct soc *soc)
{
    if (soc->rtc.hz != soc_rtc_clock_hz(soc)) {
        soc_rtc_rebase(soc);
        soc_rtc_alarm_arm(soc);
        soc_rtc_wakeup_arm(soc);
    }
}

/* Backup-domain reset. */
RESETTER(rtc)
{
    struct soc_rtc *rtc = &soc->rtc;
    struct soc_event *const events[] = {&rtc->alarm[0],     &rtc->alarm[1],  &rtc->wakeup,
                                        &rtc->wakeup_clear, &rtc->underflow, &rtc->overflow};

    (void)block;
    for (unsigned i = 0; i < sizeof events / sizeof events[0]; i++) {
        sched_cancel(soc->sched, &events[i]->event);
    }
    *rtc = (struct soc_rtc){.prer = 0x007F00FFu, .wutr = 0xFFFFu, .stamp_pin = rtc->stamp_pin};
    soc_rtc_alarm_init(soc);
    soc_rtc_preset(soc, 0);
    update_irq(soc);
}

void soc_rtc_init(struct soc *soc)
{
    soc_rtc_alarm_init(soc);
}
