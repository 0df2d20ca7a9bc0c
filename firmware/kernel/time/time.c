/* The kernel's clock: see time.h. */
#include "kernel/time/time.h"

#include "chip/mmio.h"
#include "chip/stm32u585.h"
#include "drivers/clock.h"
#include "kernel/fast/fast.h"
#include "kernel/net_policy/policy.h"
#include "kernel/work/lock.h"
#include "kernel/work/work.h"

#define TIM5(register) (TIM5_S + TIM_##register##_OFS)

static uint32_t high; /* overflows of the counter */
static struct {
    bool known;
    uint64_t offset_us;
} wall;

void time_init(void)
{
    mmio_set(RCC_S + RCC_APB1ENR1_OFS, RCC_APB1ENR1_TIM5EN_Msk);
    (void)mmio_read(RCC_S + RCC_APB1ENR1_OFS);
    mmio_write(TIM5(CR1), TIM_CR1_URS_Msk);
    mmio_write(TIM5(PSC), CLOCK_HZ / 1000000u - 1);
    mmio_write(TIM5(ARR), ~0u);
    mmio_write(TIM5(EGR), TIM_EGR_UG_Msk);
    mmio_write(TIM5(CCR1), ~0u);
    mmio_write(TIM5(SR), 0);
    mmio_write(TIM5(DIER), TIM_DIER_UIE_Msk | TIM_DIER_CC1IE_Msk);
    mmio_write(TIM5(CR1), TIM_CR1_URS_Msk | TIM_CR1_CEN_Msk);
}

uint32_t time_us_low(void)
{
    return mmio_read(TIM5(CNT));
}

/* The overflow interrupt may be due but not taken yet: its flag then counts, if the counter was
 * read after the overflow. */
uint64_t time_us(void)
{
    uint32_t lock = lock_take();
    uint32_t low = time_us_low();
    uint32_t pending = mmio_read(TIM5(SR)) & TIM_SR_UIF_Msk;
    uint32_t top = high + (pending != 0 && low < 0x80000000u ? 1 : 0);
    lock_release(lock);
    return (uint64_t)top << 32 | low;
}

void time_skip(uint64_t us)
{
    uint64_t now_us = time_us() + us;
    high = (uint32_t)(now_us >> 32);
    mmio_write(TIM5(CNT), (uint32_t)now_us);
    mmio_write(TIM5(SR), ~TIM_SR_UIF_Msk);
}

void time_set_wall(uint64_t unix_us)
{
    uint64_t now_us = time_us();
    uint32_t lock = lock_take();
    wall.offset_us = unix_us - now_us;
    wall.known = true;
    lock_release(lock);
    policy_reason(MV_NETWORKREASON_RTCNOTSET, false);
}

bool time_wall(uint64_t *unix_us)
{
    *unix_us = time_us() + wall.offset_us;
    return wall.known;
}

void time_alarm(uint32_t when_us)
{
    mmio_write(TIM5(CCR1), when_us);
    if ((int32_t)(time_us_low() - when_us) >= 0) {
        mmio_write(TIM5(EGR), TIM_EGR_CC1G_Msk);
    }
}

/* A limit lies ahead when it is set, so there is no need to look whether it has passed. */
void time_limit(uint32_t when_us)
{
    mmio_write(TIM5(CCR2), when_us);
    mmio_write(TIM5(SR), ~TIM_SR_CC2IF_Msk);
    mmio_write(TIM5(DIER), TIM_DIER_UIE_Msk | TIM_DIER_CC1IE_Msk | TIM_DIER_CC2IE_Msk);
}

void time_limit_off(void)
{
    mmio_write(TIM5(DIER), TIM_DIER_UIE_Msk | TIM_DIER_CC1IE_Msk);
}

void time_irq(void)
{
    uint32_t exc_return = (uint32_t)(uintptr_t)__builtin_return_address(0);
    uint32_t flags = mmio_read(TIM5(SR));
    mmio_write(TIM5(SR), ~flags); /* writing 1 leaves a flag alone */
    if ((flags & TIM_SR_UIF_Msk) != 0) {
        high++;
    }
    if ((flags & TIM_SR_CC1IF_Msk) != 0) {
        work_alarm();
    }
    if ((flags & TIM_SR_CC2IF_Msk) != 0 && (mmio_read(TIM5(DIER)) & TIM_DIER_CC2IE_Msk) != 0) {
        fast_expired(exc_return);
    }
}
