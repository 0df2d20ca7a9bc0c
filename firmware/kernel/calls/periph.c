/* Register access for applications: see periph.h.
 *
 * Writable are the clock, reset, sleep-clock and clock-source bits of the application's
 * peripherals, and the oscillators and PLLs that nothing else uses. Not among them: ports' reset
 * bits (a reset would make all pins secure again) and everything that the kernel keeps running for
 * itself.
 */
#include "kernel/calls/periph.h"

#include "chip/stm32u585.h"

#define RCC_WORDS ((RCC_PRIVCFGR_OFS + 4) / 4)

/* One list a bus, for the enable, reset and sleep registers, which share their bit positions. */
// clang-format off
#define AHB1(X) \
    (X(AHB1, , GPDMA1) | X(AHB1, , CORDIC) | X(AHB1, , FMAC) | X(AHB1, , MDF1) | \
     X(AHB1, , CRC) | X(AHB1, , TSC) | X(AHB1, , DMA2D))
#define AHB2_1(X) \
    (X(AHB2, 1, ADC12) | X(AHB2, 1, DCMI_PSSI) | X(AHB2, 1, AES) | \
     X(AHB2, 1, HASH) | X(AHB2, 1, PKA) | X(AHB2, 1, SAES) | X(AHB2, 1, OTFDEC2) | \
     X(AHB2, 1, SDMMC1) | X(AHB2, 1, SDMMC2))
#define AHB2_2(X) \
    (X(AHB2, 2, FSMC) | X(AHB2, 2, OCTOSPI2))
#define AHB3(X) \
    (X(AHB3, , LPGPIO1) | X(AHB3, , ADC4) | X(AHB3, , DAC1) | X(AHB3, , LPDMA1) | \
     X(AHB3, , ADF1))
#define APB1_1(X) \
    (X(APB1, 1, TIM2) | X(APB1, 1, TIM3) | X(APB1, 1, TIM4) | X(APB1, 1, TIM6) | \
     X(APB1, 1, TIM7) | X(APB1, 1, SPI2) | X(APB1, 1, USART2) | X(APB1, 1, USART3) | \
     X(APB1, 1, UART4) | X(APB1, 1, UART5) | X(APB1, 1, I2C1) | X(APB1, 1, I2C2) | \
     X(APB1, 1, CRS))
#define APB1_2(X) \
    (X(APB1, 2, I2C4) | X(APB1, 2, LPTIM2) | X(APB1, 2, FDCAN1) | \
     X(APB1, 2, UCPD1))
#define APB2(X) \
    (X(APB2, , TIM1) | X(APB2, , SPI1) | X(APB2, , TIM8) | X(APB2, , USART1) | \
     X(APB2, , TIM15) | X(APB2, , TIM16) | X(APB2, , TIM17) | X(APB2, , SAI1) | \
     X(APB2, , SAI2))
#define APB3(X) \
    (X(APB3, , SPI3) | X(APB3, , I2C3) | X(APB3, , LPTIM1) | X(APB3, , LPTIM3) | \
     X(APB3, , LPTIM4) | X(APB3, , OPAMP) | X(APB3, , COMP) | X(APB3, , VREF))
// clang-format on

#define RESET_BIT(bus, n, name)  (RCC_##bus##RSTR##n##_##name##RST_Msk)
#define ENABLE_BIT(bus, n, name) (RCC_##bus##ENR##n##_##name##EN_Msk)
#define SLEEP_BIT(bus, n, name)  (RCC_##bus##SMENR##n##_##name##SMEN_Msk)

/* Oscillators and PLLs that only peripherals of the application use. Those of the system clock and
 * HSI48 (the random number generator's) are the kernel's. */
#define OSCILLATORS                                                                                \
    (RCC_CR_MSIKON_Msk | RCC_CR_MSIKERON_Msk | RCC_CR_HSION_Msk | RCC_CR_HSIKERON_Msk |            \
     RCC_CR_SHSION_Msk | RCC_CR_PLL2ON_Msk | RCC_CR_PLL3ON_Msk)
/* Clocks that run on in Stop mode when a peripheral asks for them. */
#define AUTONOMOUS                                                                                 \
    (RCC_SRDAMR_SPI3AMEN_Msk | RCC_SRDAMR_I2C3AMEN_Msk | RCC_SRDAMR_LPTIM1AMEN_Msk |               \
     RCC_SRDAMR_LPTIM3AMEN_Msk | RCC_SRDAMR_LPTIM4AMEN_Msk | RCC_SRDAMR_OPAMPAMEN_Msk |            \
     RCC_SRDAMR_COMPAMEN_Msk | RCC_SRDAMR_VREFAMEN_Msk | RCC_SRDAMR_ADC4AMEN_Msk |                 \
     RCC_SRDAMR_LPGPIO1AMEN_Msk | RCC_SRDAMR_DAC1AMEN_Msk | RCC_SRDAMR_LPDMA1AMEN_Msk |            \
     RCC_SRDAMR_ADF1AMEN_Msk | RCC_SRDAMR_SRAM4AMEN_Msk)

/* Ports without a pin of the kernel: their clocks may be switched. */
#define FREE_PORTS_EN                                                                              \
    (RCC_AHB2ENR1_GPIODEN_Msk | RCC_AHB2ENR1_GPIOFEN_Msk | RCC_AHB2ENR1_GPIOHEN_Msk |              \
     RCC_AHB2ENR1_GPIOIEN_Msk)
#define ALL_PORTS_SMEN 0x1FFu

static const uint32_t writable[RCC_WORDS] = {
    [RCC_CR_OFS / 4] = OSCILLATORS,
    [RCC_PLL2CFGR_OFS / 4] = ~0u,
    [RCC_PLL3CFGR_OFS / 4] = ~0u,
    [RCC_PLL2DIVR_OFS / 4] = ~0u,
    [RCC_PLL2FRACR_OFS / 4] = ~0u,
    [RCC_PLL3DIVR_OFS / 4] = ~0u,
    [RCC_PLL3FRACR_OFS / 4] = ~0u,
    [RCC_SRDAMR_OFS / 4] = AUTONOMOUS,
    [RCC_AHB1RSTR_OFS / 4] = AHB1(RESET_BIT),
    [RCC_AHB2RSTR1_OFS / 4] = AHB2_1(RESET_BIT),
    [RCC_AHB2RSTR2_OFS / 4] = AHB2_2(RESET_BIT),
    [RCC_AHB3RSTR_OFS / 4] = AHB3(RESET_BIT),
    [RCC_APB1RSTR1_OFS / 4] = APB1_1(RESET_BIT),
    [RCC_APB1RSTR2_OFS / 4] = APB1_2(RESET_BIT),
    [RCC_APB2RSTR_OFS / 4] = APB2(RESET_BIT),
    [RCC_APB3RSTR_OFS / 4] = APB3(RESET_BIT),
    [RCC_AHB1ENR_OFS / 4] = AHB1(ENABLE_BIT) | RCC_AHB1ENR_DCACHE1EN_Msk,
    [RCC_AHB2ENR1_OFS / 4] = AHB2_1(ENABLE_BIT) | FREE_PORTS_EN,
    [RCC_AHB2ENR2_OFS / 4] = AHB2_2(ENABLE_BIT),
    [RCC_AHB3ENR_OFS / 4] = AHB3(ENABLE_BIT),
    [RCC_APB1ENR1_OFS / 4] = APB1_1(ENABLE_BIT) | RCC_APB1ENR1_WWDGEN_Msk,
    [RCC_APB1ENR2_OFS / 4] = APB1_2(ENABLE_BIT),
    [RCC_APB2ENR_OFS / 4] = APB2(ENABLE_BIT),
    [RCC_APB3ENR_OFS / 4] = APB3(ENABLE_BIT),
    [RCC_AHB1SMENR_OFS / 4] =
        AHB1(SLEEP_BIT) | RCC_AHB1SMENR_DCACHE1SMEN_Msk | RCC_AHB1SMENR_ICACHESMEN_Msk,
    [RCC_AHB2SMENR1_OFS / 4] = AHB2_1(SLEEP_BIT) | ALL_PORTS_SMEN,
    [RCC_AHB2SMENR2_OFS / 4] = AHB2_2(SLEEP_BIT),
    [RCC_AHB3SMENR_OFS / 4] = AHB3(SLEEP_BIT),
    [RCC_APB1SMENR1_OFS / 4] = APB1_1(SLEEP_BIT) | RCC_APB1SMENR1_WWDGSMEN_Msk,
    [RCC_APB1SMENR2_OFS / 4] = APB1_2(SLEEP_BIT),
    [RCC_APB2SMENR_OFS / 4] = APB2(SLEEP_BIT),
    [RCC_APB3SMENR_OFS / 4] = APB3(SLEEP_BIT),
    [RCC_CCIPR1_OFS / 4] =
        RCC_CCIPR1_USART1SEL_Msk | RCC_CCIPR1_USART2SEL_Msk | RCC_CCIPR1_USART3SEL_Msk |
        RCC_CCIPR1_UART4SEL_Msk | RCC_CCIPR1_UART5SEL_Msk | RCC_CCIPR1_I2C1SEL_Msk |
        RCC_CCIPR1_I2C2SEL_Msk | RCC_CCIPR1_I2C4SEL_Msk | RCC_CCIPR1_SPI2SEL_Msk |
        RCC_CCIPR1_LPTIM2SEL_Msk | RCC_CCIPR1_SPI1SEL_Msk | RCC_CCIPR1_FDCANSEL_Msk |
        RCC_CCIPR1_ICLKSEL_Msk | RCC_CCIPR1_TIMICSEL_Msk,
    [RCC_CCIPR2_OFS / 4] = RCC_CCIPR2_MDF1SEL_Msk | RCC_CCIPR2_SAI1SEL_Msk |
                           RCC_CCIPR2_SAI2SEL_Msk | RCC_CCIPR2_SAESSEL_Msk |
                           RCC_CCIPR2_SDMMCSEL_Msk,
    [RCC_CCIPR3_OFS / 4] = RCC_CCIPR3_SPI3SEL_Msk | RCC_CCIPR3_I2C3SEL_Msk |
                           RCC_CCIPR3_LPTIM34SEL_Msk | RCC_CCIPR3_LPTIM1SEL_Msk |
                           RCC_CCIPR3_ADCDACSEL_Msk | RCC_CCIPR3_DAC1SEL_Msk |
                           RCC_CCIPR3_ADF1SEL_Msk,
};

/* Offsets in RCC that hold a register: one bit a word. */
#define WORD(offset) (1u << ((offset) / 4 % 32))
static const uint32_t present[(RCC_WORDS + 31) / 32] = {
    WORD(0x00) | WORD(0x08) | WORD(0x0C) | WORD(0x10) | WORD(0x14) | WORD(0x1C) | WORD(0x20) |
        WORD(0x24) | WORD(0x28) | WORD(0x2C) | WORD(0x30) | WORD(0x34) | WORD(0x38) | WORD(0x3C) |
        WORD(0x40) | WORD(0x44) | WORD(0x48) | WORD(0x50) | WORD(0x54) | WORD(0x58) | WORD(0x60) |
        WORD(0x64) | WORD(0x68) | WORD(0x6C) | WORD(0x74) | WORD(0x78) | WORD(0x7C),
    WORD(0x80) | WORD(0x88) | WORD(0x8C) | WORD(0x90) | WORD(0x94) | WORD(0x9C) | WORD(0xA0) |
        WORD(0xA4) | WORD(0xA8) | WORD(0xB0) | WORD(0xB4) | WORD(0xB8) | WORD(0xBC) | WORD(0xC4) |
        WORD(0xC8) | WORD(0xCC) | WORD(0xD0) | WORD(0xD8) | WORD(0xE0) | WORD(0xE4) | WORD(0xE8) |
        WORD(0xF0) | WORD(0xF4),
    WORD(0x110) | WORD(0x114),
};

bool periph_readable(uint32_t reg)
{
    uint32_t word = (reg - RCC_NS) / 4;
    if (reg % 4 != 0) {
        return false;
    }
    if (word < RCC_WORDS) {
        return (present[word / 32] >> word % 32 & 1u) != 0;
    }
    return reg == FLASH_R_NS + FLASH_ACR_OFS || reg == PWR_NS + PWR_VOSR_OFS ||
           reg == PWR_NS + PWR_DBPR_OFS;
}

uint32_t periph_rcc_writable(uint32_t offset)
{
    return offset / 4 < RCC_WORDS ? writable[offset / 4] : 0;
}

uint32_t periph_writable(uint32_t reg)
{
    return periph_rcc_writable(reg - RCC_NS);
}

uint32_t periph_poke(uint32_t value, uint32_t mask, uint32_t xorvalue, uint32_t allowed)
{
    uint32_t wanted = (value & ~mask) ^ xorvalue;
    return (value & ~allowed) | (wanted & allowed);
}
