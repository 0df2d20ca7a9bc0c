/* Names of what is not the application's: see owner.h. */
#include "kernel/isolation/owner.h"

#include <stddef.h>

#include "chip/stm32u585.h"
#include "layout.h"

#define SECURE_ALIAS 0x10000000u

struct place {
    uint32_t first, last;
    const char *name;
};

/* Memory, first match; then peripherals by their secure alias. RM0456 2.3.2. */
static const struct place places[] = {
    {0x08100000, 0x081FFFFF, "kernel-flash"},
    {LAYOUT_VENEERS_BASE, LAYOUT_VENEERS_BASE + LAYOUT_VENEERS_SIZE - 1, "call-veneers"},
    {LAYOUT_BANK2_BASE, LAYOUT_VENEERS_BASE - 1, "kernel-flash"},
    {0x0C000000, LAYOUT_BANK2_BASE - 1, "secure-alias-of-flash"},
    {0x0A080000, 0x0A0BFFFF, "kernel-RAM"},
    {0x0E080000, 0x0E0BFFFF, "kernel-RAM"},
    {0x0A000000, 0x0A07FFFF, "code-bus-alias-of-RAM"},
    {0x0E000000, 0x0E07FFFF, "secure-alias-of-RAM"},
    {0x20080000, 0x200BFFFF, "kernel-RAM"},
    {0x30080000, 0x300BFFFF, "kernel-RAM"},
    {0x30000000, 0x3007FFFF, "secure-alias-of-RAM"},
    {0x38000000, 0x38003FFF, "secure-alias-of-RAM"},
    {0x90000000, 0x9FFFFFFF, "external-flash"},
    {TIM5_NS, TIM5_NS + 0x3FF, "TIM5"},
    {FLASH_R_NS, FLASH_R_NS + 0x3FF, "FLASH"},
    {RAMCFG_NS, RAMCFG_NS + 0xFFF, "RAMCFG"},
    {GTZC_TZSC1_NS, GTZC_TZSC1_NS + 0x17FF, "GTZC"},
    {BKPSRAM_NS, BKPSRAM_NS + 0x7FF, "BKPSRAM"},
    {USB_OTG_FS_NS, USB_OTG_FS_NS + 0x3FFFF, "USB_OTG_FS"},
    {RNG_NS, RNG_NS + 0x3FF, "RNG"},
    {OCTOSPIM_R_NS, OCTOSPIM_R_NS + 0x3FF, "OCTOSPIM"},
    {DLYB_OCTOSPI1_NS, DLYB_OCTOSPI1_NS + 0x3FF, "OCTOSPI1"},
    {OCTOSPI1_R_NS, OCTOSPI1_R_NS + 0x3FF, "OCTOSPI1"},
    {SYSCFG_NS, SYSCFG_NS + 0x3FF, "SYSCFG"},
    {LPUART1_NS, LPUART1_NS + 0x3FF, "LPUART1"},
    {TAMP_NS, TAMP_NS + 0x3FF, "TAMP"},
    {PWR_NS, PWR_NS + 0x3FF, "PWR"},
    {RCC_NS, RCC_NS + 0x3FF, "RCC"},
    {EXTI_NS, EXTI_NS + 0x3FF, "EXTI"},
    {GTZC_TZSC2_NS, GTZC_TZSC2_NS + 0xBFF, "GTZC"},
};

static const char *look_up(uint32_t address)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (address >= places[i].first && address <= places[i].last) {
            return places[i].name;
        }
    }
    return NULL;
}

const char *owner_of_address(uint32_t address)
{
    const char *name = look_up(address);
    if (name == NULL && address >> 28 == 5) {
        name = look_up(address - SECURE_ALIAS);
        return name != NULL ? name : "secure-alias-of-peripheral";
    }
    return name;
}

/* RM0456 5.7; word and bit as in owner_of_event(). */
static const struct {
    uint8_t word, bit;
    const char *name;
} events[] = {
    {0, 3, "TIM5"},         {2, 10, "USB_OTG_FS"},
    {2, 13, "RNG"},         {2, 16, "OCTOSPIM"},
    {2, 20, "OCTOSPI1"},    {2, 22, "RAMCFG"},
    {3, 0, "GPDMA1"},       {3, 1, "FLASH-registers"},
    {3, 2, "FLASH-memory"}, {3, 14, "GTZC-TZSC1"},
    {3, 15, "GTZC-TZIC1"},  {3, 16, "OCTOSPI1-memory"},
    {3, 18, "BKPSRAM"},     {3, 24, "SRAM1"},
    {3, 25, "GTZC-MPCBB1"}, {3, 26, "SRAM2"},
    {3, 27, "GTZC-MPCBB2"}, {3, 28, "SRAM3"},
    {3, 29, "GTZC-MPCBB3"}, {4, 1, "LPUART1"},
    {5, 0, "SYSCFG"},       {5, 1, "RTC"},
    {5, 2, "TAMP"},         {5, 3, "PWR"},
    {5, 4, "RCC"},          {5, 5, "LPDMA1"},
    {5, 6, "EXTI"},         {5, 14, "GTZC-TZSC2"},
    {5, 15, "GTZC-TZIC2"},  {5, 24, "SRAM4"},
    {5, 25, "GTZC-MPCBB4"},
};

const char *owner_of_event(uint32_t word, uint32_t bit)
{
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (events[i].word == word && events[i].bit == bit) {
            return events[i].name;
        }
    }
    return NULL;
}
