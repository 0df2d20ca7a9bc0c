/* Alarms with sub-second and binary comparison, wake-up timer with automatic clear, underflow of
 * the binary counter, overflow of the calendar (RM0456 63.3.7-63.3.9).
 *
 * An alarm's event is armed at the next tick at which its sub-second part fits; only then are the
 * calendar fields compared.
 */
#include "soc/soc_state.h"

#define CENTURY_SECONDS (UINT64_C(36525) * 86400u)
#define TAMPER_RTC      5u

static bool mixed_or_binary(const struct soc_rtc *rtc)
{
    return (rtc->icsr & RTC_ICSR_BIN_Msk) != 0;
}

/* Bits of SSR that an alarm compares; 0: none. */
static uint64_t compared(const struct soc_rtc *rtc, unsigned alarm)
{
    unsigned bits = (rtc->alrmssr[alarm] >> RTC_ALRMASSR_MASKSS_Pos) & 0x3Fu;
    unsigned most = mixed_or_binary(rtc) ? 32 : 15;

    return bits >= most ? (UINT64_C(1) << most) - 1 : (UINT64_C(1) << bits) - 1;
}

static uint32_t wanted_ssr(const struct soc_rtc *rtc, unsigned alarm)
{
    return mixed_or_binary(rtc) ? rtc->alrbinr[alarm] : rtc->alrmssr[alarm] & RTC_ALRMASSR_SS_Msk;
}

static int64_t next_second(const struct soc_rtc *rtc, int64_t from)
{
    int64_t length = (int64_t)soc_rtc_second(rtc);

    return from < 0 ? 0 : (from / length + 1) * length;
}

/* First position after `from` at which the sub-second comparison of an alarm succeeds. */
static int64_t next_candidate(const struct soc_rtc *rtc, unsigned alarm, int64_t from)
{
    uint64_t mask = compared(rtc, alarm), want = wanted_ssr(rtc, alarm) & mask;
    int64_t length = (int64_t)soc_rtc_second(rtc);

    if (mask == 0) {
        return next_second(rtc, from);
    }
    if (mixed_or_binary(rtc)) { /* SSR = 0xFFFFFFFF - (position - origin) */
        uint64_t phase = (0xFFFFFFFFu - want + rtc->binary_origin) & mask;
        uint64_t ahead = (phase - (uint64_t)from) & mask;

        return from + (int64_t)(ahead == 0 ? mask + 1 : ahead);
    }
    for (int64_t at = from + 1; at <= from + length + (int64_t)mask + 1; at++) {
        uint64_t ssr = (uint64_t)(length - 1 - (at < 0 ? at + length : at % length));

        if ((ssr & mask) == want) {
            return at;
        }
    }
    return INT64_MAX; /* SS is beyond PREDIV_S */
}

static bool calendar_matches(uint32_t alarm, uint32_t tr, uint32_t dr)
{
    uint32_t day = alarm & RTC_ALRMAR_WDSEL_Msk ? (dr >> 13) & 7u : dr & 0x3Fu;

    return ((alarm & RTC_ALRMAR_MSK1_Msk) || (alarm & 0x7Fu) == (tr & 0x7Fu)) &&
           ((alarm & RTC_ALRMAR_MSK2_Msk) || ((alarm ^ tr) & 0x7F00u) == 0) &&
           ((alarm & RTC_ALRMAR_MSK3_Msk) || ((alarm ^ tr) & 0x7F0000u) == 0) &&
           ((alarm & RTC_ALRMAR_MSK4_Msk) || ((alarm >> 24) & 0x3Fu) == day);
}

static void arm_one(struct soc *soc, unsigned alarm)
{
    struct soc_rtc *rtc = &soc->rtc;
    int64_t at;
    sim_ps due;

    sched_cancel(soc->sched, &rtc->alarm[alarm].event);
    if (!(rtc->cr & (RTC_CR_ALRAE_Msk << alarm))) {
        return;
    }
    at = next_candidate(rtc, alarm, soc_rtc_position(soc));
    due = at == INT64_MAX ? SIM_NEVER : soc_rtc_when(soc, at);
    if (due != SIM_NEVER) {
        sched_at(soc->sched, &rtc->alarm[alarm].event, due);
    }
}

static void alarm_fire(void *context)
{
    struct soc_event *event = context;
    struct soc *soc = event->soc;
    struct soc_rtc *rtc = &soc->rtc;
    unsigned alarm = event->instance;
    uint64_t second = soc_rtc_now(soc).second;

    if (soc_rtc_binary(rtc) ||
        calendar_matches(rtc->alrmr[alarm], soc_rtc_tr(rtc, second), soc_rtc_dr(rtc, second))) {
        if (soc_rtc_binary(rtc) && (rtc->alrmssr[alarm] & RTC_ALRMASSR_SSCLR_Msk)) {
            rtc->binary_origin = (uint64_t)soc_rtc_position(soc) + 1; /* reloads at the next tick */
        }
        soc_rtc_flags(soc, RTC_SR_ALRAF_Msk << alarm);
        soc_dma_event(soc, alarm == 0 ? DMA_BY_RTC_ALARM_A : DMA_BY_RTC_ALARM_B, true);
        soc_dma_event(soc, alarm == 0 ? DMA_BY_RTC_ALARM_A : DMA_BY_RTC_ALARM_B, false);
        soc_lptim_trigger(soc, alarm == 0 ? LPTIM_RTC_ALARM_A : LPTIM_RTC_ALARM_B);
    }
    arm_one(soc, alarm);
}

static void arm_at(struct soc *soc, struct soc_event *event, int64_t position)
{
    sim_ps due = soc_rtc_when(soc, position);

    sched_cancel(soc->sched, &event->event);
    if (due != SIM_NEVER) {
        sched_at(soc->sched, &event->event, due);
    }
}

/* SSRUF: the binary counter rolls under zero. */
static void arm_underflow(struct soc *soc)
{
    struct soc_rtc *rtc = &soc->rtc;
    uint64_t counted = (uint64_t)soc_rtc_position(soc) - rtc->binary_origin;

    sched_cancel(soc->sched, &rtc->underflow.event);
    if (mixed_or_binary(rtc)) {
        arm_at(soc, &rtc->underflow,
               (int64_t)(rtc->binary_origin + ((counted >> 32) + 1) * (UINT64_C(1) << 32)));
    }
}

static void underflow_fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;

    soc_rtc_flags(soc, RTC_SR_SSRUF_Msk);
    arm_underflow(soc);
}

/* From 99 to 00: internal tamper 5. */
static void overflow_fire(void *context)
{
    soc_internal_tamper(((struct soc_event *)context)->soc, TAMPER_RTC);
}

void soc_rtc_alarm_arm(struct soc *soc)
{
    struct soc_rtc *rtc = &soc->rtc;
    uint64_t left = CENTURY_SECONDS - rtc->base_seconds % CENTURY_SECONDS;

    arm_one(soc, 0);
    arm_one(soc, 1);
    arm_underflow(soc);
    sched_cancel(soc->sched, &rtc->overflow.event);
    if (rtc->base_seconds != 0 && !soc_rtc_binary(rtc)) {
        arm_at(soc, &rtc->overflow, (int64_t)(left * soc_rtc_second(rtc)));
    }
}

/* ---- Wake-up timer ---- */

static sim_ps wakeup_periods(const struct soc *soc, uint64_t count)
{
    const struct soc_rtc *rtc = &soc->rtc;
    uint32_t select = rtc->cr & RTC_CR_WUCKSEL_Msk;
    uint64_t divider = select < 4 ? 16u >> select : soc_rtc_apre(rtc) * soc_rtc_second(rtc);

    return soc_periods_ps(count * divider, soc_rtc_clock_hz(soc));
}

void soc_rtc_wakeup_arm(struct soc *soc)
{
    struct soc_rtc *rtc = &soc->rtc;
    uint64_t reload =
        (rtc->wutr & RTC_WUTR_WUT_Msk) + ((rtc->cr & RTC_CR_WUCKSEL_Msk) >= 6 ? 0x10000u : 0);

    sched_cancel(soc->sched, &rtc->wakeup.event);
    if (rtc->cr & RTC_CR_WUTE_Msk) {
        soc_after(soc, &rtc->wakeup, wakeup_periods(soc, reload + 1));
    }
}

static void wakeup_fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;
    struct soc_rtc *rtc = &soc->rtc;
    uint32_t clear = rtc->wutr >> RTC_WUTR_WUTOCLR_Pos, reload = rtc->wutr & RTC_WUTR_WUT_Msk;

    soc_rtc_flags(soc, RTC_SR_WUTF_Msk);
    if (rtc->cr & RTC_CR_WUTIE_Msk) { /* erratum 2.2.4: the trigger is the interrupt */
        soc_dma_event(soc, DMA_BY_RTC_WAKEUP, true);
        soc_dma_event(soc, DMA_BY_RTC_WAKEUP, false);
    }
    soc_rtc_wakeup_arm(soc);
    if (clear != 0 && clear <= reload) { /* the flag goes when the counter is down to WUTOCLR */
        soc_after(soc, &rtc->wakeup_clear, wakeup_periods(soc, reload - clear + 1));
    }
}

static void wakeup_clear_fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;

    soc->rtc.sr &= ~RTC_SR_WUTF_Msk;
    soc_rtc_flags(soc, 0);
}

/* ---- Debugger (DBG_RTC_STOP) ---- */

static void freeze(struct soc *soc, struct soc_event *const events[RTC_EVENTS])
{
    soc->rtc.frozen_at = soc_now(soc);
    for (unsigned i = 0; i < RTC_EVENTS; i++) {
        sim_ps due = events[i]->event.due;

        soc->rtc.left[i] = due == SIM_NEVER ? SIM_NEVER : due - soc_now(soc);
        sched_cancel(soc->sched, &events[i]->event);
    }
}

static void go_on(struct soc *soc, struct soc_event *const events[RTC_EVENTS])
{
    soc->rtc.epoch += soc_now(soc) - soc->rtc.frozen_at;
    soc->rtc.frozen_at = 0;
    for (unsigned i = 0; i < RTC_EVENTS; i++) {
        soc_after(soc, events[i], soc->rtc.left[i]);
    }
}

void soc_rtc_follow_debugger(struct soc *soc)
{
    struct soc_rtc *rtc = &soc->rtc;
    struct soc_event *const events[RTC_EVENTS] = {&rtc->alarm[0],  &rtc->alarm[1],
                                                  &rtc->wakeup,    &rtc->wakeup_clear,
                                                  &rtc->underflow, &rtc->overflow};
    bool frozen = soc_debug_frozen(soc, DBGMCU_APB3FZR_OFS, DBGMCU_APB3FZR_DBG_RTC_STOP_Pos);

    if (frozen && rtc->frozen_at == 0) {
        freeze(soc, events);
    } else if (!frozen && rtc->frozen_at != 0) {
        go_on(soc, events);
    }
}

void soc_rtc_alarm_init(struct soc *soc)
{
    struct soc_rtc *rtc = &soc->rtc;

    soc_event_init(&rtc->alarm[0], soc, 0, alarm_fire);
    soc_event_init(&rtc->alarm[1], soc, 1, alarm_fire);
    soc_event_init(&rtc->wakeup, soc, 0, wakeup_fire);
    soc_event_init(&rtc->wakeup_clear, soc, 0, wakeup_clear_fire);
    soc_event_init(&rtc->underflow, soc, 0, underflow_fire);
    soc_event_init(&rtc->overflow, soc, 0, overflow_fire);
}
