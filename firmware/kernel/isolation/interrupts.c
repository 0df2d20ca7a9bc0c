/* Which world each external interrupt belongs to. */
#include "kernel/isolation/isolation.h"

#include "chip/core.h"
#include "chip/mmio.h"
#include "chip/stm32u585.h"

#define BIT(irq) (1u << ((irq) % 32))

/* All but the kernel's. RTC_S, FLASH_S and RCC_S are the secure halves of shared blocks. */
const uint32_t isolation_app_irqs[ISOLATION_IRQ_WORDS] = {
    ~(BIT(IRQ_RTC_S) | BIT(IRQ_FLASH_S) | BIT(IRQ_GTZC) | BIT(IRQ_RCC_S)),
    ~BIT(IRQ_TIM5),
    ~(BIT(IRQ_LPUART1) | BIT(IRQ_OTG_FS) | BIT(IRQ_OCTOSPI1) | BIT(IRQ_RNG)),
    (1u << (IRQ_COUNT % 32)) - 1,
};
_Static_assert(IRQ_RCC_S < 32 && IRQ_TIM5 / 32 == 1 && IRQ_LPUART1 / 32 == 2 && IRQ_RNG / 32 == 2 &&
                   IRQ_COUNT / 32 == 3,
               "words as above");

bool isolation_irq_is_apps(uint32_t irq)
{
    return irq < IRQ_COUNT && (isolation_app_irqs[irq / 32] & BIT(irq)) != 0;
}

static void set_priority(uint32_t irq, uint8_t priority)
{
    *(volatile uint8_t *)(uintptr_t)(NVIC_IPR + irq) = priority;
}

void isolation_interrupts(void)
{
    for (uint32_t i = 0; i < ISOLATION_IRQ_WORDS; i++) {
        mmio_write(NVIC_ICER + 4 * i, ~0u);
        mmio_write(NVIC_ICPR + 4 * i, ~0u);
        mmio_write(NVIC_ITNS + 4 * i, isolation_app_irqs[i]);
    }
    set_priority(IRQ_GTZC, PRIORITY_GTZC);
    set_priority(IRQ_LPUART1, PRIORITY_LPUART);
    set_priority(IRQ_TIM5, PRIORITY_TIMER);
    mmio_write(NVIC_ISER + 4 * (IRQ_GTZC / 32), BIT(IRQ_GTZC));
    mmio_write(NVIC_ISER + 4 * (IRQ_TIM5 / 32), BIT(IRQ_TIM5));
}
