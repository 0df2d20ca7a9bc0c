/* The firewalls behind the processor (RM0456 5): SRAM blocks, peripherals, GPIO pins, and the
 * interrupt that tells of illegal accesses. */
#include "kernel/isolation/isolation.h"

#include "chip/mmio.h"
#include "chip/stm32u585.h"
#include "drivers/lpuart.h"
#include "drivers/nor.h"

#define SRAM1_SUPERBLOCKS       12u
#define SRAM2_SUPERBLOCKS       4u
#define SRAM3_SUPERBLOCKS       32u
#define SRAM3_APP_SUPERBLOCKS   16u
#define SRAM4_SUPERBLOCKS       1u
#define KERNEL_BACKUP_REGISTERS 32u /* all: the boot stages use the last ones, power/ the first */

#define LED_PINS 0x0068u /* PE3 red, PE5 green, PE6 blue */

const uint16_t isolation_kernel_pins[ISOLATION_PORTS] = {
    NOR_PORT_A_MASK, NOR_PORT_B_MASK, NOR_PORT_C_MASK, 0, LED_PINS, 0, LPUART_PORT_MASK, 0, 0,
};

static void clocks(void)
{
    mmio_set(RCC_S + RCC_AHB1ENR_OFS, RCC_AHB1ENR_GTZC1EN_Msk);
    mmio_set(RCC_S + RCC_AHB3ENR_OFS,
             RCC_AHB3ENR_GTZC2EN_Msk | RCC_AHB3ENR_PWREN_Msk | RCC_AHB3ENR_SRAM4EN_Msk);
    mmio_set(RCC_S + RCC_AHB2ENR1_OFS, RCC_AHB2ENR1_GPIOAEN_Msk | RCC_AHB2ENR1_GPIOBEN_Msk |
                                           RCC_AHB2ENR1_GPIOCEN_Msk | RCC_AHB2ENR1_GPIODEN_Msk |
                                           RCC_AHB2ENR1_GPIOEEN_Msk | RCC_AHB2ENR1_GPIOFEN_Msk |
                                           RCC_AHB2ENR1_GPIOGEN_Msk | RCC_AHB2ENR1_GPIOHEN_Msk |
                                           RCC_AHB2ENR1_GPIOIEN_Msk | RCC_AHB2ENR1_RNGEN_Msk);
    mmio_set(RCC_S + RCC_APB3ENR_OFS, RCC_APB3ENR_SYSCFGEN_Msk | RCC_APB3ENR_RTCAPBEN_Msk);
    (void)mmio_read(RCC_S + RCC_APB3ENR_OFS);
}

/* The first `open` super-blocks of 16 KiB are the application's, at any privilege; the rest stays
 * secure and privileged. All of it is then frozen. The clock of a memory that is the application's
 * as a whole stays the kernel's to switch (RM0456 5.8.1: INVSECSTATE). */
static void sram(uint32_t mpcbb, uint32_t superblocks, uint32_t open)
{
    if (open == superblocks) {
        mmio_write(mpcbb + GTZC_MPCBB_CR_OFS, GTZC_MPCBB_CR_INVSECSTATE_Msk);
    }
    mmio_set(mpcbb + GTZC_MPCBB_CR_OFS, GTZC_MPCBB_CR_GLOCK_Msk);
    for (uint32_t i = 0; i < superblocks; i++) {
        uint32_t closed = i < open ? 0 : ~0u;
        mmio_write(mpcbb + GTZC_MPCBB_SECCFGR_OFS + 4 * i, closed);
        mmio_write(mpcbb + GTZC_MPCBB_PRIVCFGR_OFS + 4 * i, closed);
    }
    mmio_write(mpcbb + GTZC_MPCBB_CFGLOCKR1_OFS, (uint32_t)((1ull << superblocks) - 1));
}

static void peripherals(void)
{
    mmio_write(GTZC_TZSC1_S + GTZC_TZSC_SECCFGR1_OFS, GTZC_CFGR1_TIM5_Msk);
    mmio_write(GTZC_TZSC1_S + GTZC_TZSC_PRIVCFGR1_OFS, GTZC_CFGR1_TIM5_Msk);
    mmio_write(GTZC_TZSC1_S + GTZC_TZSC_SECCFGR3_OFS,
               GTZC_CFGR3_RNG_Msk | GTZC_CFGR3_OTG_Msk | GTZC_CFGR3_OCTOSPI1_REG_Msk |
                   GTZC_CFGR3_OCTOSPIM_Msk | GTZC_CFGR3_RAMCFG_Msk);
    mmio_write(GTZC_TZSC2_S + GTZC_TZSC_SECCFGR1_OFS, GTZC_CFGR1_LPUART1_Msk);
    mmio_write(GTZC_TZSC2_S + GTZC_TZSC_PRIVCFGR1_OFS, GTZC_CFGR1_LPUART1_Msk);
    /* OCTOSPI1's memory and BKPSRAM stay outside every sub-region: secure and privileged. */
    mmio_write(GTZC_TZSC1_S + GTZC_TZSC_CR_OFS, GTZC_TZSC_CR_LCK_Msk);
    mmio_write(GTZC_TZSC2_S + GTZC_TZSC_CR_OFS, GTZC_TZSC_CR_LCK_Msk);
}

static void shared_blocks(void)
{
    mmio_write(RCC_S + RCC_SECCFGR_OFS, 0x1FFFu);
    /* With SYSCFG's clock and reset, which would take the locks of isolation_lock() away. */
    mmio_write(SYSCFG_S + SYSCFG_SECCFGR_OFS, SYSCFG_SECCFGR_SYSCFGSEC_Msk);
    mmio_write(PWR_S + PWR_SECCFGR_OFS,
               PWR_SECCFGR_LPMSEC_Msk | PWR_SECCFGR_VDMSEC_Msk | PWR_SECCFGR_VBSEC_Msk);
    mmio_set(PWR_S + PWR_DBPR_OFS, PWR_DBPR_DBP_Msk);
    mmio_write(TAMP_S + TAMP_SECCFGR_OFS, KERNEL_BACKUP_REGISTERS | TAMP_SECCFGR_TAMPSEC_Msk);
    /* PG2..PG15 are isolated until VDDIO2 is declared valid; the modem and the application need
     * it. */
    mmio_set(PWR_S + PWR_SVMCR_OFS, PWR_SVMCR_IO2SV_Msk);
}

void isolation_pins(void)
{
    for (uint32_t port = 0; port < ISOLATION_PORTS; port++) {
        mmio_write(GPIOA_S + port * (GPIOB_S - GPIOA_S) + GPIO_SECCFGR_OFS,
                   isolation_kernel_pins[port]);
    }
}

static void illegal_access_events(void)
{
    for (uint32_t i = 0; i < 4; i++) {
        mmio_write(GTZC_TZIC1_S + GTZC_TZIC_FCR1_OFS + 4 * i, ~0u);
        mmio_write(GTZC_TZIC1_S + GTZC_TZIC_IER1_OFS + 4 * i, ~0u);
    }
    for (uint32_t i = 0; i < 2; i++) {
        mmio_write(GTZC_TZIC2_S + GTZC_TZIC_FCR1_OFS + 4 * i, ~0u);
        mmio_write(GTZC_TZIC2_S + GTZC_TZIC_IER1_OFS + 4 * i, ~0u);
    }
}

void isolation_gtzc(void)
{
    clocks();
    sram(GTZC_MPCBB1_S, SRAM1_SUPERBLOCKS, SRAM1_SUPERBLOCKS);
    sram(GTZC_MPCBB2_S, SRAM2_SUPERBLOCKS, SRAM2_SUPERBLOCKS);
    sram(GTZC_MPCBB3_S, SRAM3_SUPERBLOCKS, SRAM3_APP_SUPERBLOCKS);
    sram(GTZC_MPCBB4_S, SRAM4_SUPERBLOCKS, SRAM4_SUPERBLOCKS);
    peripherals();
    shared_blocks();
    isolation_pins();
    illegal_access_events();
}
