/* Crystals that the bench fits or breaks, and the two clock security systems
 * (RM0456 11.4.9-11.4.10): a failing HSE raises NMI and SYSCLK goes elsewhere; a failing LSE is a
 * tamper event, its users stand still until software selects another clock.
 */
#include "soc/soc_state.h"

#define R(offset)  (soc->rcc.r[(offset) / 4])
#define TAMPER_LSE 3u

void soc_fit_hse(struct soc *soc, uint32_t hz)
{
    soc->rcc.hse_hz = hz;
    soc->rcc.hse_failed = false;
    soc_rcc_follow(soc);
}

void soc_fail_hse(struct soc *soc, bool failed)
{
    bool ran = soc_osc_ready(soc, OSC_HSE);

    soc->rcc.hse_failed = failed;
    if (!failed) {
        soc_rcc_follow(soc);
        return;
    }
    R(RCC_CR_OFS) &= ~RCC_CR_HSERDY_Msk;
    sched_cancel(soc->sched, &soc->rcc.ready[OSC_HSE].event);
    if (!ran || !(R(RCC_CR_OFS) & RCC_CR_CSSON_Msk)) {
        soc_rcc_update(soc);
        return;
    }
    R(RCC_CIFR_OFS) |= RCC_CIFR_CSSF_Msk;
    soc_rcc_switch_safe(soc);
    cpu_set_nmi(soc->cpu);
    cpu_break(soc->cpu);
}

void soc_fail_lse(struct soc *soc, bool failed)
{
    bool ran = soc_osc_ready(soc, OSC_LSE);

    soc->rcc.lse_failed = failed;
    if (!failed) {
        soc_rcc_follow(soc);
        return;
    }
    R(RCC_BDCR_OFS) &= ~(RCC_BDCR_LSERDY_Msk | RCC_BDCR_LSESYSRDY_Msk);
    sched_cancel(soc->sched, &soc->rcc.ready[OSC_LSE].event);
    sched_cancel(soc->sched, &soc->rcc.ready[OSC_LSESYS].event);
    if (ran && (R(RCC_BDCR_OFS) & RCC_BDCR_LSECSSON_Msk)) {
        R(RCC_BDCR_OFS) |= RCC_BDCR_LSECSSD_Msk;
        soc_internal_tamper(soc, TAMPER_LSE);
    }
    soc_rcc_update(soc);
}
