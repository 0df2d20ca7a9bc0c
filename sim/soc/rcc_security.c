/* Which bits of an RCC register are secure (RM0456 11.5, table 117): those named by RCC_SECCFGR,
 * and the enable, reset and sleep bits of every peripheral that is secure itself.
 */
#include "soc/soc_state.h"

#define R(offset) (soc->rcc.r[(offset) / 4])

/* Is the owner of these clock bits secure? */
static bool block_secure(const struct soc *soc, const struct soc_block *block)
{
    if (block->rule == RULE_SECURABLE) {
        return soc_tzsc_secure(soc, block->place);
    }
    if (block->read == gpio_read) {
        return soc_gpio_any_secure(soc, block->instance);
    }
    if (block->read == gpdma_read) {
        return soc->dma[block->instance].seccfgr != 0;
    }
    if (block->read == pwr_read) {
        return soc->pwr.seccfgr != 0;
    }
    if (block->read == syscfg_read) {
        return soc->syscfg.seccfgr != 0;
    }
    if (block->read == rtc_read || block->read == tamp_read) {
        return soc->rtc.seccfgr != 0 || soc->tamp.seccfgr != 0;
    }
    if (block->read == flash_read) {
        return soc_flash_any_secure(soc);
    }
    /* GTZC: the manual names no rule; its owner is the secure world. */
    return block->read == tzsc_read;
}

static uint32_t peripheral_mask(const struct soc *soc, uint32_t enable_offset)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < soc_block_count; i++) {
        if (soc_blocks[i].clock_reg == enable_offset && block_secure(soc, &soc_blocks[i])) {
            mask |= 1u << soc_blocks[i].clock_bit;
        }
    }
    if (enable_offset == RCC_AHB1ENR_OFS && soc_sram_any_secure(soc, 0)) {
        mask |= RCC_AHB1ENR_SRAM1EN_Msk;
    }
    if (enable_offset == RCC_AHB2ENR1_OFS) {
        mask |= soc_sram_any_secure(soc, 1) ? RCC_AHB2ENR1_SRAM2EN_Msk : 0;
        mask |= soc_sram_any_secure(soc, 2) ? RCC_AHB2ENR1_SRAM3EN_Msk : 0;
    }
    if (enable_offset == RCC_AHB3ENR_OFS && soc_sram_any_secure(soc, 3)) {
        mask |= RCC_AHB3ENR_SRAM4EN_Msk;
    }
    return mask;
}

/* Fields that RCC_SECCFGR protects. */
static const struct {
    uint16_t offset;
    uint16_t secure; /* bit of SECCFGR */
    uint32_t mask;
} fields[] = {
    {RCC_CR_OFS, 0, 0x00000700u},
    {RCC_CR_OFS, 1, 0x001F0000u},
    {RCC_CR_OFS, 2, 0x000000FFu},
    {RCC_CR_OFS, 7, 0x03000000u},
    {RCC_CR_OFS, 8, 0x0C000000u},
    {RCC_CR_OFS, 9, 0x30000000u},
    {RCC_CR_OFS, 11, 0x00003000u},
    {RCC_ICSCR1_OFS, 2, 0xFFFFFFFFu},
    {RCC_ICSCR2_OFS, 2, 0xFFFFFFFFu},
    {RCC_ICSCR3_OFS, 0, 0xFFFFFFFFu},
    {RCC_CRRCR_OFS, 11, 0xFFFFFFFFu},
    {RCC_CFGR1_OFS, 5, 0xFFFFFFFFu},
    {RCC_CFGR2_OFS, 6, 0xFFFFFFFFu},
    {RCC_CFGR3_OFS, 6, 0xFFFFFFFFu},
    {RCC_PLL1CFGR_OFS, 7, 0xFFFFFFFFu},
    {RCC_PLL2CFGR_OFS, 8, 0xFFFFFFFFu},
    {RCC_PLL3CFGR_OFS, 9, 0xFFFFFFFFu},
    {RCC_PLL1DIVR_OFS, 7, 0xFFFFFFFFu},
    {RCC_PLL1FRACR_OFS, 7, 0xFFFFFFFFu},
    {RCC_PLL2DIVR_OFS, 8, 0xFFFFFFFFu},
    {RCC_PLL2FRACR_OFS, 8, 0xFFFFFFFFu},
    {RCC_PLL3DIVR_OFS, 9, 0xFFFFFFFFu},
    {RCC_PLL3FRACR_OFS, 9, 0xFFFFFFFFu},
    {RCC_CCIPR1_OFS, 5, RCC_CCIPR1_SYSTICKSEL_Msk},
    {RCC_CCIPR1_OFS, 10, RCC_CCIPR1_ICLKSEL_Msk},
    {RCC_BDCR_OFS, 3, 0x1C000000u},
    {RCC_BDCR_OFS, 4, 0x000018FFu},
    {RCC_CSR_OFS, 2, 0x0000FF00u},
    {RCC_CSR_OFS, 12, RCC_CSR_RMVF_Msk},
};

/* Interrupt enable, flag and clear bits by the SECCFGR bit of their clock. */
static const struct {
    uint8_t secure;
    uint8_t bit;
} interrupt_bits[] = {{3, 0}, {4, 1}, {2, 2}, {0, 3},  {1, 4}, {11, 5},
                      {7, 6}, {8, 7}, {9, 8}, {1, 10}, {2, 11}};

/* Kernel clock selections follow their peripheral. */
static const struct {
    uint16_t offset;
    uint32_t mask;
    struct soc_gtzc_place place;
} selections[] = {
    {RCC_CCIPR1_OFS, RCC_CCIPR1_USART1SEL_Msk, {1, 2, 3}},
    {RCC_CCIPR1_OFS, RCC_CCIPR1_USART2SEL_Msk, {1, 1, 9}},
    {RCC_CCIPR1_OFS, RCC_CCIPR1_USART3SEL_Msk, {1, 1, 10}},
    {RCC_CCIPR1_OFS, RCC_CCIPR1_UART4SEL_Msk, {1, 1, 11}},
    {RCC_CCIPR1_OFS, RCC_CCIPR1_UART5SEL_Msk, {1, 1, 12}},
    {RCC_CCIPR1_OFS, RCC_CCIPR1_I2C1SEL_Msk, {1, 1, 13}},
    {RCC_CCIPR1_OFS, RCC_CCIPR1_I2C2SEL_Msk, {1, 1, 14}},
    {RCC_CCIPR1_OFS, RCC_CCIPR1_I2C4SEL_Msk, {1, 1, 16}},
    {RCC_CCIPR1_OFS, RCC_CCIPR1_SPI2SEL_Msk, {1, 1, 8}},
    {RCC_CCIPR1_OFS, RCC_CCIPR1_LPTIM2SEL_Msk, {1, 1, 17}},
    {RCC_CCIPR1_OFS, RCC_CCIPR1_SPI1SEL_Msk, {1, 2, 1}},
    {RCC_CCIPR1_OFS, RCC_CCIPR1_FDCANSEL_Msk, {1, 1, 18}},
    /* Erratum 2.3.2: TIMICSEL is not protected by LPTIM2SEC. */
    {RCC_CCIPR1_OFS, RCC_CCIPR1_TIMICSEL_Msk, {1, 2, 5}},
    {RCC_CCIPR1_OFS, RCC_CCIPR1_TIMICSEL_Msk, {1, 2, 6}},
    {RCC_CCIPR2_OFS, RCC_CCIPR2_SAESSEL_Msk, {1, 3, 15}},
    {RCC_CCIPR2_OFS, RCC_CCIPR2_RNGSEL_Msk, {1, 3, 13}},
    {RCC_CCIPR2_OFS, RCC_CCIPR2_OCTOSPISEL_Msk, {1, 3, 20}},
    {RCC_CCIPR2_OFS, RCC_CCIPR2_OCTOSPISEL_Msk, {1, 3, 21}},
    {RCC_CCIPR3_OFS, RCC_CCIPR3_LPUART1SEL_Msk, {2, 1, 1}},
    {RCC_CCIPR3_OFS, RCC_CCIPR3_SPI3SEL_Msk, {2, 1, 0}},
    {RCC_CCIPR3_OFS, RCC_CCIPR3_I2C3SEL_Msk, {2, 1, 2}},
    {RCC_CCIPR3_OFS, RCC_CCIPR3_LPTIM1SEL_Msk, {2, 1, 3}},
    {RCC_CCIPR3_OFS, RCC_CCIPR3_LPTIM34SEL_Msk, {2, 1, 4}},
    {RCC_CCIPR3_OFS, RCC_CCIPR3_LPTIM34SEL_Msk, {2, 1, 5}},
};

static uint32_t interrupt_mask(const struct soc *soc)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < sizeof interrupt_bits / sizeof interrupt_bits[0]; i++) {
        if ((R(RCC_SECCFGR_OFS) >> interrupt_bits[i].secure) & 1u) {
            mask |= 1u << interrupt_bits[i].bit;
        }
    }
    return mask;
}

uint32_t soc_rcc_secure_mask(struct soc *soc, uint32_t offset)
{
    uint32_t mask = 0;

    if (offset >= RCC_AHB1RSTR_OFS && offset <= RCC_APB3RSTR_OFS) {
        return peripheral_mask(soc, offset - RCC_AHB1RSTR_OFS + RCC_AHB1ENR_OFS);
    }
    if (offset >= RCC_AHB1ENR_OFS && offset <= RCC_APB3ENR_OFS) {
        return peripheral_mask(soc, offset);
    }
    if (offset >= RCC_AHB1SMENR_OFS && offset <= RCC_APB3SMENR_OFS) {
        return peripheral_mask(soc, offset - RCC_AHB1SMENR_OFS + RCC_AHB1ENR_OFS);
    }
    if (offset == RCC_CIER_OFS || offset == RCC_CIFR_OFS || offset == RCC_CICR_OFS) {
        return interrupt_mask(soc);
    }
    for (unsigned i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (fields[i].offset == offset && ((R(RCC_SECCFGR_OFS) >> fields[i].secure) & 1u)) {
            mask |= fields[i].mask;
        }
    }
    for (unsigned i = 0; i < sizeof selections / sizeof selections[0]; i++) {
        if (selections[i].offset == offset && soc_tzsc_secure(soc, selections[i].place)) {
            mask |= selections[i].mask;
        }
    }
    if (offset == RCC_BDCR_OFS && (soc->rtc.seccfgr != 0 || soc->tamp.seccfgr != 0)) {
        mask |= RCC_BDCR_RTCSEL_Msk | RCC_BDCR_RTCEN_Msk | RCC_BDCR_BDRST_Msk;
    }
    return mask;
}

/* Bits that plain registers have on this chip. */
uint32_t soc_rcc_implemented(uint32_t offset)
{
    static const struct {
        uint16_t offset;
        uint32_t bits;
    } masks[] = {
        {RCC_ICSCR2_OFS, 0x000FFFFFu},     {RCC_ICSCR3_OFS, 0x001F0FFFu},
        {RCC_CFGR2_OFS, 0x001F077Fu},      {RCC_CFGR3_OFS, 0x00030070u},
        {RCC_PLL2CFGR_OFS, 0x00070F1Fu},   {RCC_PLL3CFGR_OFS, 0x00070F1Fu},
        {RCC_CIER_OFS, 0x000019FFu},       {RCC_AHB1RSTR_OFS, 0x0007100Fu},
        {RCC_AHB2RSTR1_OFS, 0x19BF55FFu},  {RCC_AHB2RSTR2_OFS, 0x00000111u},
        {RCC_AHB3RSTR_OFS, 0x00000661u},   {RCC_APB1RSTR1_OFS, 0x017E403Fu},
        {RCC_APB1RSTR2_OFS, 0x00800222u},  {RCC_APB2RSTR_OFS, 0x00677800u},
        {RCC_APB3RSTR_OFS, 0x0010F8E2u},   {RCC_AHB1ENR_OFS, 0xD107110Fu},
        {RCC_AHB2ENR1_OFS, 0xD9BF55FFu},   {RCC_AHB2ENR2_OFS, 0x00000111u},
        {RCC_AHB3ENR_OFS, 0x80001665u},    {RCC_APB1ENR1_OFS, 0x017E483Fu},
        {RCC_APB1ENR2_OFS, 0x00800222u},   {RCC_APB2ENR_OFS, 0x00677800u},
        {RCC_APB3ENR_OFS, 0x0030F8E2u},    {RCC_AHB1SMENR_OFS, 0xF107110Fu},
        {RCC_AHB2SMENR1_OFS, 0xD9BF55FFu}, {RCC_AHB2SMENR2_OFS, 0x00000111u},
        {RCC_AHB3SMENR_OFS, 0x80001665u},  {RCC_APB1SMENR1_OFS, 0x017E483Fu},
        {RCC_APB1SMENR2_OFS, 0x00800222u}, {RCC_APB2SMENR_OFS, 0x00677800u},
        {RCC_APB3SMENR_OFS, 0x0030F8E2u},  {RCC_SRDAMR_OFS, 0xBE30F8E0u},
        {RCC_CCIPR1_OFS, 0xEFFFFFFFu},     {RCC_CCIPR2_OFS, 0x00307FE7u},
        {RCC_CCIPR3_OFS, 0x0007FFDFu},
    };

    for (unsigned i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        if (masks[i].offset == offset) {
            return masks[i].bits;
        }
    }
    return 0xFFFFFFFFu;
}
