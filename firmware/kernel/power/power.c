/* Restarts: see power.h. The reason is kept in a backup register of the secure zone (RM0456
 * 64.7.9, zone 1 = BKP0 to BKP3). */
#include "kernel/power/power.h"

#include "chip/core.h"
#include "chip/mmio.h"
#include "chip/stm32u585.h"
#include "bootrom/handoff.h"
#include "kernel/power/led.h"

#define REASON_REGISTER (TAMP_S + TAMP_BKP0R_OFS)
#define REASON_MAGIC    0x4D565200u /* "MVR", then the reason */
#define REASON_MASK     0xFFu

static enum MvWakeReason wake_reason;

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

void power_init(void)
{
    uint32_t kept = mmio_read(REASON_REGISTER);
    mmio_write(REASON_REGISTER, 0);
    if ((kept & ~REASON_MASK) == REASON_MAGIC) {
        wake_reason = (enum MvWakeReason)(kept & REASON_MASK);
    } else {
        const struct boot_handoff *handoff = boot_handoff();
        wake_reason = handoff->magic == BOOT_HANDOFF_MAGIC ? reason_of_reset(handoff->reset_cause)
                                                           : MV_WAKEREASON_COLDBOOT;
    }
    led_init();
}

enum MvWakeReason power_wake_reason(void)
{
    return wake_reason;
}

void power_reset(enum MvWakeReason reason)
{
    mmio_write(REASON_REGISTER, REASON_MAGIC | (uint32_t)reason);
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
}
