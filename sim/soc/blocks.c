/* The region table: every register block with its base, size, firewall rule, TZSC place and clock.
 *
 * Bases are those of the non-secure alias; the secure alias is the same address + 0x1000_0000.
 */
#include "soc/soc_state.h"

#define AHB1  RCC_AHB1ENR_OFS
#define AHB21 RCC_AHB2ENR1_OFS
#define AHB22 RCC_AHB2ENR2_OFS
#define AHB3  RCC_AHB3ENR_OFS
#define APB11 RCC_APB1ENR1_OFS
#define APB12 RCC_APB1ENR2_OFS
#define APB2  RCC_APB2ENR_OFS
#define APB3  RCC_APB3ENR_OFS

#define FUNCTIONS(name) .read = name##_read, .write = name##_write, .reset = name##_reset
#define PLACE(g, r, b)  .place = {(g), (r), (b)}
#define CLOCK(reg, bit) .clock_reg = (reg), .clock_bit = (bit)

/* A peripheral that TZSC makes secure. */
#define SECURABLE(label, bytes, g, r, b, creg, cbit, functions, n)                                 \
    {                                                                                              \
        .name = #label, .base = label##_NS, .size = (bytes), .rule = RULE_SECURABLE,               \
        PLACE(g, r, b), CLOCK(creg, cbit), .instance = (n), FUNCTIONS(functions)                   \
    }
/* A block that looks after its own security. */
#define AWARE(label, bytes, g, r, b, creg, cbit, functions, n)                                     \
    {                                                                                              \
        .name = #label, .base = label##_NS, .size = (bytes), .rule = RULE_AWARE, PLACE(g, r, b),   \
        CLOCK(creg, cbit), .instance = (n), FUNCTIONS(functions)                                   \
    }
/* Byte and half-word accesses to the data registers matter. */
#define SPI_BLOCK(label, g, r, b, creg, cbit, n)                                                   \
    {                                                                                              \
        .name = #label, .base = label##_NS, .size = 0x400, .rule = RULE_SECURABLE, PLACE(g, r, b), \
        CLOCK(creg, cbit), .instance = (n), .raw_size = true, FUNCTIONS(spi)                       \
    }
#define GPIO_PORT(letter, n) AWARE(GPIO##letter, 0x400, 0, 0, 0, AHB21, n, gpio, n)

/* clang-format off */
const struct soc_block soc_blocks[] = {
    /* APB1 */
    SECURABLE(TIM2, 0x400, 1, 1, 0, APB11, 0, tim, 0),
    SECURABLE(TIM3, 0x400, 1, 1, 1, APB11, 1, tim, 1),
    SECURABLE(TIM4, 0x400, 1, 1, 2, APB11, 2, tim, 2),
    SECURABLE(TIM5, 0x400, 1, 1, 3, APB11, 3, tim, 3),
    SECURABLE(TIM6, 0x400, 1, 1, 4, APB11, 4, tim, 4),
    SECURABLE(TIM7, 0x400, 1, 1, 5, APB11, 5, tim, 5),
    SECURABLE(WWDG, 0x400, 1, 1, 6, APB11, 11, wwdg, 0),
    SECURABLE(IWDG, 0x400, 1, 1, 7, 0, 0, iwdg, 0),
    SPI_BLOCK(SPI2, 1, 1, 8, APB11, 14, 1),
    SECURABLE(USART2, 0x400, 1, 1, 9, APB11, 17, usart, SOC_USART2),
    SECURABLE(USART3, 0x400, 1, 1, 10, APB11, 18, usart, SOC_USART3),
    SECURABLE(UART4, 0x400, 1, 1, 11, APB11, 19, usart, SOC_UART4),
    SECURABLE(UART5, 0x400, 1, 1, 12, APB11, 20, usart, SOC_UART5),
    SECURABLE(I2C1, 0x400, 1, 1, 13, APB11, 21, i2c, 0),
    SECURABLE(I2C2, 0x400, 1, 1, 14, APB11, 22, i2c, 1),
    SECURABLE(CRS, 0x400, 1, 1, 15, APB11, 24, stored, 0),
    SECURABLE(I2C4, 0x400, 1, 1, 16, APB12, 1, i2c, 3),
    SECURABLE(LPTIM2, 0x400, 1, 1, 17, APB12, 5, lptim, 1),
    SECURABLE(FDCAN1, 0x400, 1, 1, 18, APB12, 9, stored, 0),
    SECURABLE(UCPD1, 0x400, 1, 1, 19, APB12, 23, stored, 0),
    /* APB2 */
    SECURABLE(TIM1, 0x400, 1, 2, 0, APB2, 11, tim, 6),
    SPI_BLOCK(SPI1, 1, 2, 1, APB2, 12, 0),
    SECURABLE(TIM8, 0x400, 1, 2, 2, APB2, 13, tim, 7),
    SECURABLE(USART1, 0x400, 1, 2, 3, APB2, 14, usart, SOC_USART1),
    SECURABLE(TIM15, 0x400, 1, 2, 4, APB2, 16, tim, 8),
    SECURABLE(TIM16, 0x400, 1, 2, 5, APB2, 17, tim, 9),
    SECURABLE(TIM17, 0x400, 1, 2, 6, APB2, 18, tim, 10),
    SECURABLE(SAI1, 0x400, 1, 2, 7, APB2, 21, stored, 0),
    SECURABLE(SAI2, 0x400, 1, 2, 8, APB2, 22, stored, 0),
    /* AHB1 */
    AWARE(GPDMA1, 0x1000, 1, 4, 0, AHB1, 0, gpdma, 0),
    SECURABLE(CORDIC, 0x400, 1, 3, 1, AHB1, 1, stored, 0),
    SECURABLE(FMAC, 0x400, 1, 3, 2, AHB1, 2, stored, 0),
    AWARE(FLASH_R, 0x400, 1, 4, 1, AHB1, 8, flash, 0),
    {.name = "CRC", .base = CRC_NS, .size = 0x400, .rule = RULE_SECURABLE, PLACE(1, 3, 3),
     CLOCK(AHB1, 12), .raw_size = true, FUNCTIONS(crc)},
    SECURABLE(TSC, 0x400, 1, 3, 4, AHB1, 16, stored, 0),
    SECURABLE(MDF1, 0x400, 1, 3, 0, AHB1, 3, stored, 0),
    SECURABLE(RAMCFG, 0x1000, 1, 3, 22, AHB1, 17, ramcfg, 0),
    SECURABLE(DMA2D, 0x1000, 1, 3, 5, AHB1, 18, stored, 0),
    SECURABLE(ICACHE, 0x400, 1, 3, 6, 0, 0, icache, 0),
    SECURABLE(DCACHE1, 0x400, 1, 3, 7, AHB1, 30, dcache, 1),
    AWARE(GTZC_TZSC1, 0x400, 1, 4, 14, AHB1, 24, tzsc, 0),
    {.name = "GTZC_TZIC1", .base = GTZC_TZIC1_NS, .size = 0x400, .rule = RULE_SECURE,
     PLACE(1, 4, 15), CLOCK(AHB1, 24), .instance = 0, FUNCTIONS(tzic)},
    AWARE(GTZC_MPCBB1, 0x400, 1, 4, 25, AHB1, 24, mpcbb, 0),
    AWARE(GTZC_MPCBB2, 0x400, 1, 4, 27, AHB1, 24, mpcbb, 1),
    AWARE(GTZC_MPCBB3, 0x400, 1, 4, 29, AHB1, 24, mpcbb, 2),
    /* AHB2 */
    GPIO_PORT(A, 0), GPIO_PORT(B, 1), GPIO_PORT(C, 2), GPIO_PORT(D, 3), GPIO_PORT(E, 4),
    GPIO_PORT(F, 5), GPIO_PORT(G, 6), GPIO_PORT(H, 7), GPIO_PORT(I, 8),
    SECURABLE(ADC1, 0x400, 1, 3, 8, AHB21, 10, adc, 0),
    SECURABLE(DCMI, 0x800, 1, 3, 9, AHB21, 12, stored, 0),
    SECURABLE(USB_OTG_FS, 0x40000, 1, 3, 10, AHB21, 14, stored, 0),
    SECURABLE(AES, 0x400, 1, 3, 11, AHB21, 16, aes, 0),
    SECURABLE(HASH, 0x400, 1, 3, 12, AHB21, 17, hash, 0),
    SECURABLE(RNG, 0x400, 1, 3, 13, AHB21, 18, rng, 0),
    SECURABLE(SAES, 0x400, 1, 3, 15, AHB21, 20, aes, 1),
    {.name = "PKA", .base = PKA_NS, .size = 0x2000, .rule = RULE_SECURABLE, PLACE(1, 3, 14),
     CLOCK(AHB21, 19), .raw_size = true, FUNCTIONS(pka)},
    {.name = "OCTOSPIM", .base = OCTOSPIM_R_NS, .size = 0x400, .rule = RULE_SECURABLE,
     PLACE(1, 3, 16), CLOCK(AHB21, 21), FUNCTIONS(octospim)},
    AWARE(OTFDEC1, 0x400, 1, 4, 3, AHB21, 23, stored, 0),
    AWARE(OTFDEC2, 0x400, 1, 4, 4, AHB21, 24, stored, 0),
    SECURABLE(SDMMC1, 0x400, 1, 3, 17, AHB21, 27, stored, 0),
    SECURABLE(DLYB_SDMMC1, 0x400, 1, 3, 17, AHB21, 27, stored, 0),
    SECURABLE(DLYB_SDMMC2, 0x400, 1, 3, 18, AHB21, 28, stored, 0),
    SECURABLE(SDMMC2, 0x400, 1, 3, 18, AHB21, 28, stored, 0),
    SECURABLE(DLYB_OCTOSPI1, 0x400, 1, 3, 20, AHB22, 4, quiet, 0),
    SECURABLE(DLYB_OCTOSPI2, 0x400, 1, 3, 21, AHB22, 8, quiet, 0),
    SECURABLE(FMC_R, 0x400, 1, 3, 19, AHB22, 0, stored, 0),
    {.name = "OCTOSPI1", .base = OCTOSPI1_R_NS, .size = 0x400, .rule = RULE_SECURABLE,
     PLACE(1, 3, 20), CLOCK(AHB22, 4), .raw_size = true, FUNCTIONS(octospi)},
    {.name = "OCTOSPI2", .base = OCTOSPI2_R_NS, .size = 0x400, .rule = RULE_SECURABLE,
     PLACE(1, 3, 21), CLOCK(AHB22, 8), .instance = 1, .raw_size = true, FUNCTIONS(octospi)},
    /* APB3 */
    AWARE(SYSCFG, 0x400, 2, 2, 0, APB3, 1, syscfg, 0),
    SPI_BLOCK(SPI3, 2, 1, 0, APB3, 5, 2),
    SECURABLE(LPUART1, 0x400, 2, 1, 1, APB3, 6, usart, SOC_LPUART1),
    SECURABLE(I2C3, 0x400, 2, 1, 2, APB3, 7, i2c, 2),
    SECURABLE(LPTIM1, 0x400, 2, 1, 3, APB3, 11, lptim, 0),
    SECURABLE(LPTIM3, 0x400, 2, 1, 4, APB3, 12, lptim, 2),
    SECURABLE(LPTIM4, 0x400, 2, 1, 5, APB3, 13, lptim, 3),
    SECURABLE(OPAMP, 0x400, 2, 1, 6, APB3, 14, stored, 0),
    SECURABLE(COMP12, 0x400, 2, 1, 7, APB3, 15, stored, 0),
    SECURABLE(VREFBUF, 0x400, 2, 1, 9, APB3, 20, stored, 0),
    {.name = "RTC", .base = RTC_NS, .size = 0x400, .rule = RULE_AWARE, PLACE(2, 2, 1),
     CLOCK(APB3, 21), .backup_domain = true, FUNCTIONS(rtc)},
    {.name = "TAMP", .base = TAMP_NS, .size = 0x400, .rule = RULE_AWARE, PLACE(2, 2, 2),
     CLOCK(APB3, 21), .backup_domain = true, FUNCTIONS(tamp)},
    /* AHB3 */
    AWARE(LPGPIO1, 0x400, 0, 0, 0, AHB3, 0, stored, 0),
    AWARE(PWR, 0x400, 2, 2, 3, AHB3, 2, pwr, 0),
    AWARE(RCC, 0x400, 2, 2, 4, 0, 0, rcc, 0),
    SECURABLE(ADC4, 0x400, 2, 1, 8, AHB3, 5, adc, 1),
    SECURABLE(DAC1, 0x400, 2, 1, 11, AHB3, 6, stored, 0),
    AWARE(EXTI, 0x400, 2, 2, 6, 0, 0, exti, 0),
    AWARE(GTZC_TZSC2, 0x400, 2, 2, 14, AHB3, 12, tzsc, 1),
    {.name = "GTZC_TZIC2", .base = GTZC_TZIC2_NS, .size = 0x400, .rule = RULE_SECURE,
     PLACE(2, 2, 15), CLOCK(AHB3, 12), .instance = 1, FUNCTIONS(tzic)},
    AWARE(GTZC_MPCBB4, 0x400, 2, 2, 25, AHB3, 12, mpcbb, 3),
    SECURABLE(ADF1, 0x400, 2, 1, 12, AHB3, 10, stored, 0),
    AWARE(LPDMA1, 0x1000, 2, 2, 5, AHB3, 9, gpdma, 1),
};
/* clang-format on */

const unsigned soc_block_count = sizeof soc_blocks / sizeof soc_blocks[0];
