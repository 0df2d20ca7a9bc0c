/* Secure memory, firewalls and secrets: see guard.h. */
#include "guard.h"

#include <stdio.h>
#include <string.h>

#include "board/nvm.h"
#include "chip/stm32u585.h"
#include "firmware/chip/core.h"
#include "firmware/layout.h"
#include "formats/identity.h"
#include "rig.h"

#define BANK2_OFFSET   0x100000u
#define RECORDS_OFFSET (LAYOUT_RECORDS_BASE - LAYOUT_BANK2_BASE)
#define BANK2_SIZE     0x100000u
#define NEEDLE_SIZE    16u
#define NEEDLES        5u
#define WORDS_MAX      256u

/* Registers that decide who may do what. `mask`: the bits that stay. Read as Secure privileged code
 * would. */
struct watched {
    const char *name;
    uint32_t address, mask;
};

#define GPIO_AT(n) (GPIOA_S + (n) * (GPIOB_S - GPIOA_S))
#define PORT(n, label)                                                                             \
    {                                                                                              \
        "GPIO" label "_SECCFGR", GPIO_AT(n) + GPIO_SECCFGR_OFS, 0xFFFFu                            \
    }

static const struct watched registers[] = {
    {"AIRCR", SCB_AIRCR, 0x0000FFFFu},
    {"VTOR_S", SCB_VTOR, ~0u},
    {"SCR_S", SCB_SCR, ~0u},
    {"CCR_S", SCB_CCR, ~0u},
    {"SHPR1_S", SCB_SHPR1, ~0u},
    {"SHPR2_S", SCB_SHPR2, ~0u},
    {"SHPR3_S", SCB_SHPR3, ~0u},
    {"SHCSR_S enables", SCB_SHCSR, 0x000F0000u},
    {"NSACR", SCB_NSACR, ~0u},
    {"CPACR_S", SCB_CPACR, ~0u},
    {"SAU_CTRL", SAU_CTRL, ~0u},
    {"MPU_CTRL_S", MPU_CTRL, ~0u},
    {"MPU_MAIR0_S", MPU_MAIR0, ~0u},
    {"ITNS0 of the kernel", NVIC_ITNS,
     1u << IRQ_RTC_S | 1u << IRQ_FLASH_S | 1u << IRQ_GTZC | 1u << IRQ_RCC_S},
    {"ITNS1 of the kernel", NVIC_ITNS + 4, 1u << IRQ_TIM5 % 32},
    {"ITNS2 of the kernel", NVIC_ITNS + 8,
     1u << IRQ_LPUART1 % 32 | 1u << IRQ_OTG_FS % 32 | 1u << IRQ_OCTOSPI1 % 32 | 1u << IRQ_RNG % 32},
    {"ISER of GTZC", NVIC_ISER, 1u << IRQ_GTZC},
    {"ISER of TIM5", NVIC_ISER + 4, 1u << IRQ_TIM5 % 32},
    {"ISER of LPUART1", NVIC_ISER + 8, 1u << IRQ_LPUART1 % 32},
    {"IPR of GTZC", NVIC_IPR + (IRQ_GTZC & ~3u), 0xFFu << 8 * (IRQ_GTZC % 4)},
    {"IPR of TIM5", NVIC_IPR + (IRQ_TIM5 & ~3u), 0xFFu << 8 * (IRQ_TIM5 % 4)},
    {"IPR of LPUART1", NVIC_IPR + (IRQ_LPUART1 & ~3u), 0xFFu << 8 * (IRQ_LPUART1 % 4)},
    {"TZSC1 CR", GTZC_TZSC1_S + GTZC_TZSC_CR_OFS, ~0u},
    {"TZSC1 SECCFGR1", GTZC_TZSC1_S + GTZC_TZSC_SECCFGR1_OFS, ~0u},
    {"TZSC1 SECCFGR2", GTZC_TZSC1_S + GTZC_TZSC_SECCFGR2_OFS, ~0u},
    {"TZSC1 SECCFGR3", GTZC_TZSC1_S + GTZC_TZSC_SECCFGR3_OFS, ~0u},
    {"TZSC1 PRIVCFGR1", GTZC_TZSC1_S + GTZC_TZSC_PRIVCFGR1_OFS, ~0u},
    {"TZSC2 CR", GTZC_TZSC2_S + GTZC_TZSC_CR_OFS, ~0u},
    {"TZSC2 SECCFGR1", GTZC_TZSC2_S + GTZC_TZSC_SECCFGR1_OFS, ~0u},
    {"TZIC1 IER1", GTZC_TZIC1_S, ~0u},
    {"TZIC1 IER2", GTZC_TZIC1_S + 4, ~0u},
    {"TZIC1 IER3", GTZC_TZIC1_S + 8, ~0u},
    {"TZIC1 IER4", GTZC_TZIC1_S + 12, ~0u},
    {"TZIC2 IER1", GTZC_TZIC2_S, ~0u},
    {"TZIC2 IER2", GTZC_TZIC2_S + 4, ~0u},
    {"MPCBB1 lock", GTZC_MPCBB1_S + GTZC_MPCBB_CFGLOCKR1_OFS, ~0u},
    {"MPCBB2 lock", GTZC_MPCBB2_S + GTZC_MPCBB_CFGLOCKR1_OFS, ~0u},
    {"MPCBB3 lock", GTZC_MPCBB3_S + GTZC_MPCBB_CFGLOCKR1_OFS, ~0u},
    {"MPCBB4 lock", GTZC_MPCBB4_S + GTZC_MPCBB_CFGLOCKR1_OFS, ~0u},
    {"MPCBB3 CR", GTZC_MPCBB3_S + GTZC_MPCBB_CR_OFS, ~0u},
    {"RCC_SECCFGR", RCC_S + RCC_SECCFGR_OFS, ~0u},
    {"RCC_CFGR1", RCC_S + RCC_CFGR1_OFS, ~0u},
    {"RCC_CFGR2", RCC_S + RCC_CFGR2_OFS, ~0u},
    {"RCC_PLL1CFGR", RCC_S + RCC_PLL1CFGR_OFS, ~0u},
    {"RCC_PLL1DIVR", RCC_S + RCC_PLL1DIVR_OFS, ~0u},
    {"RCC_APB1ENR1 of TIM5", RCC_S + RCC_APB1ENR1_OFS, RCC_APB1ENR1_TIM5EN_Msk},
    {"RCC_APB3ENR of the kernel", RCC_S + RCC_APB3ENR_OFS,
     RCC_APB3ENR_LPUART1EN_Msk | RCC_APB3ENR_SYSCFGEN_Msk | RCC_APB3ENR_RTCAPBEN_Msk},
    {"RCC_AHB1ENR of GTZC1", RCC_S + RCC_AHB1ENR_OFS, RCC_AHB1ENR_GTZC1EN_Msk},
    {"RCC_AHB2ENR1 of the kernel", RCC_S + RCC_AHB2ENR1_OFS,
     RCC_AHB2ENR1_RNGEN_Msk | RCC_AHB2ENR1_GPIOAEN_Msk | RCC_AHB2ENR1_GPIOBEN_Msk |
         RCC_AHB2ENR1_GPIOCEN_Msk | RCC_AHB2ENR1_GPIOEEN_Msk | RCC_AHB2ENR1_GPIOGEN_Msk},
    {"RCC_AHB2ENR2 of OCTOSPI1", RCC_S + RCC_AHB2ENR2_OFS, RCC_AHB2ENR2_OCTOSPI1EN_Msk},
    {"RCC_AHB3ENR of the kernel", RCC_S + RCC_AHB3ENR_OFS,
     RCC_AHB3ENR_GTZC2EN_Msk | RCC_AHB3ENR_PWREN_Msk},
    {"PWR_SECCFGR", PWR_S + PWR_SECCFGR_OFS, ~0u},
    {"PWR_CR1", PWR_S + PWR_CR1_OFS, ~0u},
    {"PWR_CR2", PWR_S + PWR_CR2_OFS, ~0u},
    {"PWR_CR3", PWR_S + PWR_CR3_OFS, ~0u},
    {"PWR_VOSR", PWR_S + PWR_VOSR_OFS, ~0u},
    {"PWR_SVMCR", PWR_S + PWR_SVMCR_OFS, ~0u},
    {"PWR_DBPR", PWR_S + PWR_DBPR_OFS, ~0u},
    {"TAMP_SECCFGR", TAMP_S + TAMP_SECCFGR_OFS, ~0u},
    {"SYSCFG_CSLCKR", SYSCFG_S + SYSCFG_CSLCKR_OFS, ~0u},
    {"SYSCFG_SECCFGR", SYSCFG_S + SYSCFG_SECCFGR_OFS, ~0u},
    {"FLASH_SECHDPCR", FLASH_R_S + FLASH_SECHDPCR_OFS, ~0u},
    {"FLASH_OPTR", FLASH_R_S + FLASH_OPTR_OFS, ~0u},
    {"FLASH_ACR", FLASH_R_S + FLASH_ACR_OFS, 0xFu},
    {"FLASH_SECBB2R1", FLASH_R_S + FLASH_SECBB2R1_OFS, ~0u},
    {"TIM5_CR1", TIM5_S + TIM_CR1_OFS, ~0u},
    {"TIM5_PSC", TIM5_S + TIM_PSC_OFS, ~0u},
    {"TIM5_ARR", TIM5_S + TIM_ARR_OFS, ~0u},
    {"LPUART1_BRR", LPUART1_S + USART_BRR_OFS, ~0u},
    {"LPUART1_CR3", LPUART1_S + USART_CR3_OFS, ~0u},
    PORT(0, "A"),
    PORT(1, "B"),
    PORT(2, "C"),
    PORT(4, "E"),
    PORT(6, "G"),
};

static struct {
    uint8_t bank2[BANK2_SIZE];
    uint8_t options[sizeof(struct soc_options)], otp[NVM_OTP_SIZE];
    uint32_t words[WORDS_MAX];
    unsigned word_count;
    uint32_t canary_at, canary_end; /* offsets in SRAM */
    struct {
        const char *name;
        uint8_t bytes[NEEDLE_SIZE];
    } needles[NEEDLES];
} guard;

static uint32_t read_word(struct rig *rig, uint32_t address)
{
    uint32_t word = 0;

    (void)cpu_debug_read(rig->cpu, address, true, &word, sizeof word);
    return word;
}

static void write_word(struct rig *rig, uint32_t address, uint32_t word)
{
    (void)cpu_debug_write(rig->cpu, address, true, &word, sizeof word);
}

/* Banked registers behind a number register, which is put back. */
static unsigned read_regions(struct rig *rig, uint32_t number, uint32_t base, uint32_t limit,
                             uint32_t *words)
{
    uint32_t kept = read_word(rig, number);
    unsigned count = 0;

    for (uint32_t i = 0; i < 8; i++) {
        write_word(rig, number, i);
        words[count++] = read_word(rig, base);
        words[count++] = read_word(rig, limit);
    }
    write_word(rig, number, kept);
    return count;
}

#define VENEER_LIMIT (5u * 2u + 1u) /* region 5 of the SAU opens and closes: calls/by_fault.c */

static unsigned read_all(struct rig *rig, uint32_t *words)
{
    unsigned count = 0;
    static const struct {
        uint32_t base, registers;
    } firewalls[] = {
        {GTZC_MPCBB1_S, 12}, {GTZC_MPCBB2_S, 4}, {GTZC_MPCBB3_S, 32}, {GTZC_MPCBB4_S, 1}};

    count += read_regions(rig, SAU_RNR, SAU_RBAR, SAU_RLAR, words);
    words[VENEER_LIMIT] = 0;
    count += read_regions(rig, MPU_RNR, MPU_RBAR, MPU_RLAR, words + count);
    for (unsigned i = 0; i < sizeof firewalls / sizeof *firewalls; i++) {
        for (uint32_t n = 0; n < firewalls[i].registers; n++) {
            words[count++] = read_word(rig, firewalls[i].base + GTZC_MPCBB_SECCFGR_OFS + 4 * n);
            words[count++] = read_word(rig, firewalls[i].base + GTZC_MPCBB_PRIVCFGR_OFS + 4 * n);
        }
    }
    for (unsigned i = 0; i < sizeof registers / sizeof *registers; i++)
        words[count++] = read_word(rig, registers[i].address) & registers[i].mask;
    return count;
}

static uint8_t pattern(uint32_t offset)
{
    return (uint8_t)(0xA5u ^ offset * 29u ^ offset >> 8);
}

static void add_needle(unsigned index, const char *name, const uint8_t *bytes)
{
    guard.needles[index].name = name;
    memcpy(guard.needles[index].bytes, bytes, NEEDLE_SIZE);
}

static void choose_needles(struct rig *rig)
{
    static struct identity identity;
    uint32_t size;
    const uint8_t *sram = soc_sram(board_soc(rig->board), &size);

    if (identity_decode(rig->identity, sizeof rig->identity, &identity) == IDENTITY_OK)
        add_needle(0, "the device's private key", identity.private_key);
    add_needle(1, "preboot", guard.bank2 + 0x40);
    add_needle(2, "the kernel's code",
               guard.bank2 + (LAYOUT_KERNEL_BASE - LAYOUT_BANK2_BASE) + 0x2000);
    add_needle(3, "secure RAM", sram + guard.canary_at + 0x100);
    add_needle(4, "the kernel's vectors",
               guard.bank2 + (LAYOUT_KERNEL_VECTORS - LAYOUT_BANK2_BASE));
}

void guard_plant(struct rig *rig)
{
    const struct nvm *nvm = board_nvm(rig->board);
    uint32_t size;
    uint8_t *sram = soc_sram(board_soc(rig->board), &size);

    guard.canary_at = ((rig->symbols.bss_end - 0x30000000u) + 63u) & ~63u;
    guard.canary_end = LAYOUT_HANDOFF_BASE - 0x30000000u;
    for (uint32_t at = guard.canary_at; at < guard.canary_end; at++)
        sram[at] = pattern(at);
    memcpy(guard.bank2, nvm->map[NVM_FLASH] + BANK2_OFFSET, BANK2_SIZE);
    memcpy(guard.options, nvm->map[NVM_OPTIONS], sizeof guard.options);
    memcpy(guard.otp, nvm->map[NVM_OTP], sizeof guard.otp);
    guard.word_count = read_all(rig, guard.words);
    choose_needles(rig);
}

static bool flash_whole(struct rig *rig, char *what, size_t size)
{
    const struct nvm *nvm = board_nvm(rig->board);
    const uint8_t *bank2 = nvm->map[NVM_FLASH] + BANK2_OFFSET;
    uint32_t behind = RECORDS_OFFSET + LAYOUT_RECORDS_SIZE;

    if (memcmp(bank2, guard.bank2, RECORDS_OFFSET) != 0 ||
        memcmp(bank2 + behind, guard.bank2 + behind, BANK2_SIZE - behind) != 0)
        snprintf(what, size, "secure flash changed");
    else if (memcmp(nvm->map[NVM_OPTIONS], guard.options, sizeof guard.options) != 0)
        snprintf(what, size, "option bytes changed");
    else if (memcmp(nvm->map[NVM_OTP], guard.otp, sizeof guard.otp) != 0)
        snprintf(what, size, "one-time programmable bytes changed");
    else
        return true;
    return false;
}

static bool ram_whole(struct rig *rig, char *what, size_t size)
{
    uint32_t bytes;
    const uint8_t *sram = soc_sram(board_soc(rig->board), &bytes);

    for (uint32_t at = guard.canary_at; at < guard.canary_end; at++) {
        if (sram[at] != pattern(at)) {
            snprintf(what, size, "secure RAM changed at 0x%08x", 0x30000000u + at);
            return false;
        }
    }
    return true;
}

static bool firewalls_whole(struct rig *rig, char *what, size_t size)
{
    uint32_t words[WORDS_MAX];
    unsigned named = sizeof registers / sizeof *registers;
    unsigned count = read_all(rig, words);

    for (unsigned i = 0; i < count; i++) {
        if (words[i] != guard.words[i]) {
            snprintf(what, size, "%s changed: 0x%08x, was 0x%08x",
                     i < count - named ? "a region of SAU, MPU or MPCBB"
                                       : registers[i - (count - named)].name,
                     words[i], guard.words[i]);
            return false;
        }
    }
    return true;
}

static bool nothing_leaked(struct rig *rig, char *what, size_t size)
{
    uint32_t bytes;
    const uint8_t *sram = soc_sram(board_soc(rig->board), &bytes);
    const uint8_t *bank1 = board_nvm(rig->board)->map[NVM_FLASH];
    uint8_t sram4[0x4000];

    if (!cpu_debug_read(rig->cpu, SRAM4_NS, false, sram4, sizeof sram4))
        memset(sram4, 0, sizeof sram4);
    for (unsigned i = 0; i < NEEDLES; i++) {
        const uint8_t *needle = guard.needles[i].bytes;

        if (memmem(sram, LAYOUT_APP_RAM_SIZE, needle, NEEDLE_SIZE) != NULL ||
            memmem(sram4, sizeof sram4, needle, NEEDLE_SIZE) != NULL ||
            memmem(bank1, LAYOUT_APP_FLASH_SIZE, needle, NEEDLE_SIZE) != NULL) {
            snprintf(what, size, "leaked: %s", guard.needles[i].name);
            return false;
        }
    }
    return true;
}

bool guard_whole(struct rig *rig, char *what, size_t size)
{
    /* The boot stages use the kernel's spare memory. */
    return flash_whole(rig, what, size) && (rig->resets > 0 || ram_whole(rig, what, size)) &&
           firewalls_whole(rig, what, size) && nothing_leaked(rig, what, size);
}
