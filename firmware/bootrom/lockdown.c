/* Lock-down: see lockdown.h. The red status LED is on PE3. */
#include "bootrom/lockdown.h"

#include "bootrom/backup.h"
#include "chip/mmio.h"
#include "chip/stm32u585.h"

#define LED_RED_PIN 3u

static void led_red(void)
{
    mmio_set(RCC_S + RCC_AHB2ENR1_OFS, RCC_AHB2ENR1_GPIOEEN_Msk);
    (void)mmio_read(RCC_S + RCC_AHB2ENR1_OFS);
    mmio_write(GPIOE_S + GPIO_BSRR_OFS, 1u << LED_RED_PIN);
    mmio_modify(GPIOE_S + GPIO_MODER_OFS, 3u << (2 * LED_RED_PIN), 1u << (2 * LED_RED_PIN));
}

void lockdown(enum lockdown_reason reason)
{
    __asm volatile("cpsid i" ::: "memory");
    led_red();
    backup_open();
    mmio_write(BACKUP_LOCKDOWN, LOCKDOWN_MAGIC | (uint32_t)reason);
    for (;;) {
        __asm volatile("wfi");
    }
}

void lockdown_clear(void)
{
    if (mmio_read(BACKUP_LOCKDOWN) != 0) {
        mmio_write(BACKUP_LOCKDOWN, 0);
    }
}
