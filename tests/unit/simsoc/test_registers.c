/* Every register of the chip's tables (ST's device header, as carried in firmware/chip/tables)
 * beside the model: it is there in both aliases with its reset value (RM0456, facts N), and no bit
 * sticks that the tables do not know.
 */
#include "harness.h"

#include <stdlib.h>

#define LINE  256u
#define FIELD 64u

/* Reset values that are not zero; `block` is the type's or one block's name. NULL ends. */
static const struct {
    const char *block, *name;
    uint32_t value;
} resets[] = {
    {"TIM2", "ARR", 0xFFFFFFFFu},
    {"TIM3", "ARR", 0xFFFFFFFFu},
    {"TIM4", "ARR", 0xFFFFFFFFu},
    {"TIM5", "ARR", 0xFFFFFFFFu},
    {"TIM", "ARR", 0xFFFFu},
    {"TIM1", "AF1", 1},
    {"TIM8", "AF1", 1},
    {"TIM1", "AF2", 1},
    {"TIM8", "AF2", 1},
    {"TIM15", "AF1", 1},
    {"TIM16", "AF1", 1},
    {"TIM17", "AF1", 1},
    {"WWDG", "CR", 0x7F},
    {"WWDG", "CFR", 0x7F},
    {"IWDG", "RLR", 0xFFF},
    {"IWDG", "WINR", 0xFFF},
    {"SPI", "CFG1", 0x00070007u},
    {"SPI", "SR", 0x1002},
    {"SPI", "CRCPOLY", 0x107},
    {"SPI", "AUTOCR", 0},
    {"USART", "ISR", 0xC0},
    {"USART", "AUTOCR", 0x80000000u},
    {"I2C", "ISR", 1},
    {"CRS", "CR", 0x4000},
    {"CRS", "CFGR", 0x2022BB7Fu},
    {"LPTIM", "ARR", 1},
    {"CRC", "DR", 0xFFFFFFFFu},
    {"CRC", "INIT", 0xFFFFFFFFu},
    {"CRC", "POL", 0x04C11DB7u},
    {"ICACHE", "CR", 4},
    {"ICACHE", "CRR0", 0x200},
    {"ICACHE", "CRR1", 0x200},
    {"ICACHE", "CRR2", 0x200},
    {"ICACHE", "CRR3", 0x200},
    {"DMA_Channel", "CSR", 1},
    {"LPGPIO1", "MODER", 0},
    {"LPGPIO1", "SECCFGR", 0},
    {"GPIOA", "MODER", 0xABFFFFFFu},
    {"GPIOB", "MODER", 0xFFFFFEBFu},
    {"GPIOI", "MODER", 0x0000FFFFu},
    {"GPIO", "MODER", 0xFFFFFFFFu},
    {"GPIOA", "OSPEEDR", 0x0C000000u},
    {"GPIOB", "OSPEEDR", 0x000000C0u},
    {"GPIOA", "PUPDR", 0x64000000u},
    {"GPIOB", "PUPDR", 0x00000100u},
    {"GPIOI", "SECCFGR", 0xFF},
    {"GPIO", "SECCFGR", 0xFFFF},
    {"RNG", "CR", 0x00800D00u},
    {"RNG", "NSCR", 0x0003FFFFu},
    {"RNG", "HTCR", 0x000072ACu},
    {"HASH", "SR", 1},
    {"XSPIM", "PCR", 0x03010111u},
    {"RTC", "DR", 0x2101},
    {"RTC", "PRER", 0x007F00FFu},
    {"RTC", "WUTR", 0xFFFF},
    {"RTC", "ICSR", 7},
    {"TAMP", "ATCR1", 0x00070000u},
    {"PWR", "VOSR", 0x8000},
    {"PWR", "SVMSR", 0x8000},
    {"SYSCFG", "FPUIMR", 0x1F},
    {"SYSCFG", "CCCSR", 0xA},
    {"SYSCFG", "CCCR", 0x7878},
    {"FLASH", "NSCR", 0xC0000000u},
    {"FLASH", "SECCR", 0x80000000u},
    {"ADC1", "CR", 0x20000000u},
    {"ADC1", "CFGR1", 0x80000000u},
    {"GTZC_MPCBB", "SECCFGR", 0xFFFFFFFFu},
    {"GTZC_MPCBB", "PRIVCFGR", 0xFFFFFFFFu},
    {"RCC", "CR", 0x35},
    {"RCC", "ICSCR2", 0x00084210u},
    {"RCC", "PLL1DIVR", 0x01010280u},
    {"RCC", "PLL2DIVR", 0x01010280u},
    {"RCC", "PLL3DIVR", 0x01010280u},
    {"SAES", "DPACFGR", 8},
    {NULL, NULL, 0},
};

/* Not compared: trimming values, what the bench has set (clocks, options), what lives outside. */
static const struct {
    const char *block, *name;
} not_compared[] = {
    {"RCC", "ICSCR1"},        {"RCC", "ICSCR3"},        {"RCC", "CRRCR"},
    {"RCC", "CSR"},           {"RCC", "AHB1ENR"},       {"RCC", "AHB2ENR1"},
    {"RCC", "AHB2ENR2"},      {"RCC", "AHB3ENR"},       {"RCC", "APB1ENR1"},
    {"RCC", "APB1ENR2"},      {"RCC", "APB2ENR"},       {"RCC", "APB3ENR"},
    {"RCC", "AHB1SMENR"},     {"RCC", "AHB2SMENR1"},    {"RCC", "AHB2SMENR2"},
    {"RCC", "AHB3SMENR"},     {"RCC", "APB1SMENR1"},    {"RCC", "APB1SMENR2"},
    {"RCC", "APB2SMENR"},     {"RCC", "APB3SMENR"},     {"FLASH", "OPTR"},
    {"FLASH", "NSBOOTADD0R"}, {"FLASH", "NSBOOTADD1R"}, {"FLASH", "SECBOOTADD0R"},
    {"FLASH", "SECWM1R1"},    {"FLASH", "SECWM1R2"},    {"FLASH", "SECWM2R1"},
    {"FLASH", "SECWM2R2"},    {"FLASH", "WRP1AR"},      {"FLASH", "WRP1BR"},
    {"FLASH", "WRP2AR"},      {"FLASH", "WRP2BR"},      {"GPIO", "IDR"},
    {"ICACHE", "SR"},         {"DCACHE", "SR"},         {"HASH", "CSR"},
    {"RAMCFG", "M1CR"},       {"DBGMCU", "IDCODE"},     {"PWR", "DBPR"},
    {"GTZC_TZIC", "SR1"},     {"GTZC_TZIC", "SR2"},     {"GTZC_TZIC", "SR3"},
    {"GTZC_TZIC", "SR4"},     {"SAES", "SR"},           {"AES", "SR"},
};

struct table {
    char line[6000][LINE];
    unsigned count;
};
static struct table blocks, registers, fields;

static void load(struct table *table, const char *name)
{
    char path[512];
    FILE *in;

    snprintf(path, sizeof path, "%s/stm32u585-%s.csv", TABLES, name);
    in = fopen(path, "r");
    assert_non_null(in);
    while (table->count < sizeof table->line / sizeof table->line[0] &&
           fgets(table->line[table->count], LINE, in) != NULL) {
        table->line[table->count][strcspn(table->line[table->count], "\r\n")] = '\0';
        table->count++;
    }
    fclose(in);
    assert_true(table->count > 100);
}

/* Column `index` of a line. */
static const char *column(const char *line, unsigned index)
{
    static char cells[8][FIELD];
    static unsigned next;
    char *cell = cells[next++ % 8];

    while (index-- > 0) {
        line = strchr(line, ',');
        assert_non_null(line);
        line++;
    }
    snprintf(cell, FIELD, "%.*s", (int)strcspn(line, ","), line);
    return cell;
}

static uint32_t number(const char *line, unsigned index)
{
    return (uint32_t)strtoul(column(line, index), NULL, 0);
}

struct found {
    char block[FIELD], type[FIELD], name[FIELD];
    uint32_t offset, ns, s;
};

/* Calls `visit` for every register of every block with an address of its own. */
static void each_register(void (*visit)(const struct found *))
{
    for (unsigned b = 1; b < blocks.count; b++) {
        struct found f;

        snprintf(f.type, sizeof f.type, "%s", column(blocks.line[b], 1));
        snprintf(f.block, sizeof f.block, "%s", column(blocks.line[b], 0));
        f.ns = number(blocks.line[b], 2);
        f.s = number(blocks.line[b], 3);
        for (unsigned r = 1; r < registers.count && f.type[0] != '\0'; r++) {
            if (strcmp(column(registers.line[r], 0), f.type) != 0 || f.ns < 0x40000000u ||
                f.ns >= 0x50000000u) {
                continue;
            }
            f.offset = number(registers.line[r], 1);
            snprintf(f.name, sizeof f.name, "%s", column(registers.line[r], 2));
            visit(&f);
        }
    }
}

static bool about(const struct found *f, const char *block, const char *name)
{
    return strcmp(f->name, name) == 0 &&
           (strcmp(f->block, block) == 0 || strcmp(f->type, block) == 0);
}

static bool comparable(const struct found *f)
{
    for (unsigned i = 0; i < sizeof not_compared / sizeof not_compared[0]; i++) {
        if (about(f, not_compared[i].block, not_compared[i].name)) {
            return false;
        }
    }
    return true;
}

static uint32_t expected(const struct found *f)
{
    for (unsigned i = 0; resets[i].block != NULL; i++) {
        if (about(f, resets[i].block, resets[i].name)) {
            return resets[i].value;
        }
    }
    return 0;
}

static void all_clocks(void)
{
    static const uint32_t enables[] = {RCC_AHB1ENR_OFS, RCC_AHB2ENR1_OFS, RCC_AHB2ENR2_OFS,
                                       RCC_AHB3ENR_OFS, RCC_APB1ENR1_OFS, RCC_APB1ENR2_OFS,
                                       RCC_APB2ENR_OFS, RCC_APB3ENR_OFS};

    for (unsigned i = 0; i < sizeof enables / sizeof enables[0]; i++) {
        wr(S_P, RCC_S + enables[i], 0xFFFFFFFFu);
    }
    wr(S_P, PWR_S + PWR_DBPR_OFS, 1);
    run_us(100); /* start-up of the caches' maintenance */
}

static unsigned checked, wrong;

static void check_reset(const struct found *f)
{
    uint32_t value, nonsecure;

    if (!comparable(f)) {
        return;
    }
    value = rd(S_P, f->s + f->offset);
    nonsecure = rd(NS_P, f->ns + f->offset);
    checked++;
    if (value != expected(f) || (nonsecure != value && nonsecure != 0)) {
        wrong++;
        fprintf(stderr, "%s_%s (0x%08x): 0x%08x secure, 0x%08x non-secure, should be 0x%08x\n",
                f->block, f->name, f->s + f->offset, value, nonsecure, expected(f));
    }
}

static void reset_values_in_both_aliases(void **state)
{
    (void)state;
    checked = wrong = 0;
    all_clocks();
    each_register(check_reset);
    assert_int_equal(wrong, 0);
    assert_true(checked > 1500);
}

/* All bits of the fields that the table has for a register; 0: it knows none. */
static uint32_t known_bits(const struct found *f)
{
    char prefix[2 * FIELD + 4];
    uint32_t bits = 0;

    snprintf(prefix, sizeof prefix, "%s_%s_", f->type, f->name);
    for (unsigned i = 1; i < fields.count; i++) {
        if (strncmp(fields.line[i], prefix, strlen(prefix)) == 0) {
            bits |= number(fields.line[i], 2);
        }
    }
    return bits;
}

/* Where RM0456 has bits that the tables lack. */
static uint32_t bits_of(const struct found *f)
{
    static const struct {
        const char *block, *name;
        uint32_t bits;
    } more[] = {
        {"RAMCFG", "WPR2", 0xFFFFFFFFu},
        {"SAES", "IER", 8u},
        {"RTC", "ICSR", 3u},
        {"USART", "AUTOCR", 0x80000000u},
        {"HASH", "SR", 0x001FBE0Fu},
        {"ADC1", "CFGR1", 0x80000000u},
        {"ADC4", "CFGR1", 0x00200010u}, /* CHSELRMOD, SCANDIR: the header names ADC1's bits */
    };
    uint32_t bits = known_bits(f);

    for (unsigned i = 0; i < sizeof more / sizeof more[0]; i++) {
        bits |= about(f, more[i].block, more[i].name) ? more[i].bits : 0;
    }
    return bits;
}

/* Keys and commands: writing ones locks, erases or resets. */
static bool harmless(const struct found *f)
{
    static const char *const types[] = {"RCC",       "IWDG",      "WWDG",       "FLASH",
                                        "GTZC_TZSC", "GTZC_TZIC", "GTZC_MPCBB", "PWR",
                                        "SYSCFG",    "EXTI",      "RTC",        "TAMP"};

    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(f->type, types[i]) == 0) {
            return false;
        }
    }
    return true;
}

/* Registers that the model has said it does not have; some blocks have two names. */
static bool unmodelled(uint32_t address)
{
    static uint32_t told[2000];
    static unsigned count;

    if (strstr(bench.log, "not modelled") != NULL && count < sizeof told / sizeof told[0]) {
        told[count++] = address;
        return true;
    }
    for (unsigned i = 0; i < count; i++) {
        if (told[i] == address) {
            return true;
        }
    }
    return false;
}

static void check_bits(const struct found *f)
{
    uint32_t known = bits_of(f), value;

    if (!harmless(f) || known == 0) {
        return;
    }
    bench.log[0] = '\0';
    (void)wr_status(S_P, f->s + f->offset, 0xFFFFFFFFu);
    value = rd(S_P, f->s + f->offset);
    if (unmodelled(f->s + f->offset)) {
        return;
    }
    checked++;
    if (value & ~known) {
        wrong++;
        fprintf(stderr, "%s_%s: 0x%08x after all ones, has only 0x%08x\n", f->block, f->name, value,
                known);
    }
}

/* The same for the blocks in which one write changes what the next one finds: a chip a register. */
static void check_bits_alone(const struct found *f)
{
    uint32_t known = bits_of(f), value;

    if (harmless(f) || known == 0) {
        return;
    }
    bench_stop();
    bench_start(true);
    all_clocks();
    bench.log[0] = '\0';
    (void)wr_status(S_P, f->s + f->offset, 0xFFFFFFFFu);
    value = rd(S_P, f->s + f->offset);
    if (unmodelled(f->s + f->offset)) {
        return;
    }
    checked++;
    if (value & ~known) {
        wrong++;
        fprintf(stderr, "%s_%s: 0x%08x after all ones, has only 0x%08x\n", f->block, f->name, value,
                known);
    }
}

static void no_unknown_bit_sticks_alone(void **state)
{
    (void)state;
    checked = wrong = 0;
    each_register(check_bits_alone);
    assert_int_equal(wrong, 0);
    assert_true(checked > 150);
}

static void no_unknown_bit_sticks(void **state)
{
    (void)state;
    checked = wrong = 0;
    all_clocks();
    each_register(check_bits);
    assert_int_equal(wrong, 0);
    assert_true(checked > 500);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(reset_values_in_both_aliases),
        T(no_unknown_bit_sticks),
        T(no_unknown_bit_sticks_alone),
    };

    load(&blocks, "memory-map");
    load(&registers, "registers");
    load(&fields, "fields");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
