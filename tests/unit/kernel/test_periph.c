/* Which registers and bits applications reach through peek and poke. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "chip/stm32u585.h"
#include "kernel/calls/periph.h"

static void poke_arithmetic(void **state)
{
    (void)state;
    /* The documented example: toggles bit 28, clears bit 1, sets bit 0. */
    assert_int_equal(periph_poke(0x10000002u, 0x3u, 0x10000001u, ~0u), 0x00000001u);
    assert_int_equal(periph_poke(0x00000002u, 0x3u, 0x10000001u, ~0u), 0x10000001u);
    /* Bits that are not permitted keep their value. */
    assert_int_equal(periph_poke(0xF0u, ~0u, 0x0Fu, 0x33u), 0xC3u);
    assert_int_equal(periph_poke(0x12345678u, ~0u, 0, 0), 0x12345678u);
}

static void readable(void **state)
{
    (void)state;
    assert_true(periph_readable(RCC_NS));
    assert_true(periph_readable(RCC_NS + RCC_PRIVCFGR_OFS));
    assert_true(periph_readable(RCC_NS + RCC_BDCR_OFS));
    assert_true(periph_readable(FLASH_R_NS + FLASH_ACR_OFS));
    assert_true(periph_readable(PWR_NS + PWR_VOSR_OFS));
    assert_true(periph_readable(PWR_NS + PWR_DBPR_OFS));
    assert_false(periph_readable(RCC_NS + 4));
    assert_false(periph_readable(RCC_NS + RCC_AHB1ENR_OFS + 2));
    assert_false(periph_readable(RCC_S + RCC_AHB1ENR_OFS));
    assert_false(periph_readable(RCC_NS + RCC_PRIVCFGR_OFS + 4));
    assert_false(periph_readable(RCC_NS - 4));
    assert_false(periph_readable(FLASH_R_NS + FLASH_NSKEYR_OFS));
    assert_false(periph_readable(0));
    assert_false(periph_readable(0xFFFFFFFCu));
}

static void writable(void **state)
{
    (void)state;
    assert_true((periph_writable(RCC_NS + RCC_CR_OFS) &
                 (RCC_CR_MSISON_Msk | RCC_CR_PLL1ON_Msk | RCC_CR_HSI48ON_Msk | RCC_CR_HSEON_Msk |
                  RCC_CR_CSSON_Msk)) == 0);
    assert_true((periph_writable(RCC_NS + RCC_CR_OFS) & RCC_CR_HSION_Msk) != 0);
    assert_int_equal(periph_writable(RCC_NS + RCC_PLL1CFGR_OFS), 0);
    assert_int_equal(periph_writable(RCC_NS + RCC_PLL1DIVR_OFS), 0);
    assert_int_equal(periph_writable(RCC_NS + RCC_CFGR1_OFS), 0);
    assert_int_equal(periph_writable(RCC_NS + RCC_SECCFGR_OFS), 0);
    assert_int_equal(periph_writable(RCC_NS + RCC_BDCR_OFS), 0);
    assert_int_equal(periph_writable(PWR_NS + PWR_DBPR_OFS), 0);
    uint32_t apb1 = periph_writable(RCC_NS + RCC_APB1ENR1_OFS);
    assert_true((apb1 & RCC_APB1ENR1_USART2EN_Msk) != 0);
    assert_true((apb1 & RCC_APB1ENR1_TIM6EN_Msk) != 0);
    assert_true((apb1 & RCC_APB1ENR1_TIM5EN_Msk) == 0);
    uint32_t apb3 = periph_writable(RCC_NS + RCC_APB3RSTR_OFS);
    assert_true((apb3 & RCC_APB3RSTR_LPUART1RST_Msk) == 0);
    assert_true((apb3 & RCC_APB3RSTR_I2C3RST_Msk) != 0);
    uint32_t ahb2 = periph_writable(RCC_NS + RCC_AHB2RSTR1_OFS);
    assert_int_equal(ahb2 & 0x1FFu, 0); /* ports */
    assert_true((ahb2 & (RCC_AHB2RSTR1_RNGRST_Msk | RCC_AHB2RSTR1_OTGRST_Msk)) == 0);
    assert_true((periph_writable(RCC_NS + RCC_AHB1ENR_OFS) &
                 (RCC_AHB1ENR_GTZC1EN_Msk | RCC_AHB1ENR_FLASHEN_Msk | RCC_AHB1ENR_SRAM1EN_Msk)) ==
                0);
}

/* Every peripheral of the manual but the kernel's can be enabled and reset. */
static void all_peripherals(void **state)
{
    (void)state;
    static const struct {
        uint32_t enable, reset, bits, kernels; /* bits of the enable register, those kept */
    } buses[] = {
        {RCC_APB1ENR1_OFS, RCC_APB1RSTR1_OFS, 0x017E403Fu, RCC_APB1ENR1_TIM5EN_Msk},
        {RCC_APB1ENR2_OFS, RCC_APB1RSTR2_OFS, 0x00800222u, 0},
        {RCC_APB2ENR_OFS, RCC_APB2RSTR_OFS, 0x00677800u, 0},
        {RCC_APB3ENR_OFS, RCC_APB3RSTR_OFS, 0x0010F8E2u,
         RCC_APB3ENR_SYSCFGEN_Msk | RCC_APB3ENR_LPUART1EN_Msk},
    };
    for (uint32_t i = 0; i < sizeof buses / sizeof *buses; i++) {
        uint32_t want = buses[i].bits & ~buses[i].kernels;
        assert_int_equal(periph_rcc_writable(buses[i].enable) & want, want);
        assert_int_equal(periph_rcc_writable(buses[i].reset) & want, want);
        assert_int_equal(periph_rcc_writable(buses[i].enable) & buses[i].kernels, 0);
        assert_int_equal(periph_rcc_writable(buses[i].reset) & buses[i].kernels, 0);
    }
}

/* Nothing is writable that is not readable. */
static void consistent(void **state)
{
    (void)state;
    for (uint32_t offset = 0; offset <= RCC_PRIVCFGR_OFS; offset += 4) {
        assert_true(periph_rcc_writable(offset) == 0 || periph_readable(RCC_NS + offset));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poke_arithmetic), cmocka_unit_test(readable),   cmocka_unit_test(writable),
        cmocka_unit_test(all_peripherals), cmocka_unit_test(consistent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
