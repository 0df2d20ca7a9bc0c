/* What a bench does to the chip (soc/inject.h), as statements:
 *
 *   injection = "supply" ( "vdd" | "vdda" | "vddusb" | "vddio2" | "vbat" ) VOLTS "V"
 *             | "temperature" "chip" C
 *             | ( "flash" | "ram" ) ADDRESS "ecc" ( "corrected" | "detected" | "none" )
 *             | UART "receives" ( "break" | WORD { "parity" | "framing" | "noise" } )
 *             | ( "lse" | "hse" | "rng" ) ( "fails" | "recovers" )
 *             | "tamper" N | "debugger" "attaches"
 */
#include <ctype.h>
#include <stdlib.h>

#include "soc/inject.h"
#include "world/scenario_words.h"

#define SUPPLY_MAX_MV      5000
#define TEMPERATURE_MAX_MC 200000
#define WORD_MAX           0x1FFu
#define TAMPER_MAX         13

static bool take_supply(struct parser *parser)
{
    static const char *const names[SOC_SUPPLIES] = {[SOC_VDD] = "vdd",
                                                    [SOC_VDDA] = "vdda",
                                                    [SOC_VDDUSB] = "vddusb",
                                                    [SOC_VDDIO2] = "vddio2",
                                                    [SOC_VBAT] = "vbat"};
    static const char expected[] = "expected a voltage from 0V to 5V";
    struct scenario_line *line = parser->line;
    unsigned supply = 0;

    line->kind = SCENARIO_SUPPLY;
    while (supply < SOC_SUPPLIES && !scenario_take(parser, names[supply]))
        supply++;
    if (supply == SOC_SUPPLIES)
        return scenario_wrong(parser, "expected vdd, vdda, vddusb, vddio2 or vbat");
    line->value[0] = (int32_t)supply;
    if (!scenario_take_milli(parser, "V", &line->value[1])) {
        parser->why = expected;
        return false;
    }
    return (line->value[1] >= 0 && line->value[1] <= SUPPLY_MAX_MV) ||
           scenario_wrong(parser, expected);
}

static bool take_temperature(struct parser *parser)
{
    static const char expected[] = "expected degrees Celsius from -100 to 200";
    struct scenario_line *line = parser->line;

    line->kind = SCENARIO_CHIP_TEMPERATURE;
    if (!scenario_take(parser, "chip"))
        return scenario_wrong(parser, "expected temperature chip and degrees Celsius");
    if (!scenario_take_milli(parser, "", &line->value[0])) {
        parser->why = expected;
        return false;
    }
    return (line->value[0] >= -TEMPERATURE_MAX_MC / 2 && line->value[0] <= TEMPERATURE_MAX_MC) ||
           scenario_wrong(parser, expected);
}

static bool take_ecc(struct parser *parser)
{
    static const char *const kinds[] = {[SOC_ECC_NONE] = "none",
                                        [SOC_ECC_CORRECTED] = "corrected",
                                        [SOC_ECC_DETECTED] = "detected"};
    bool good = scenario_take(parser, "ecc");

    for (unsigned i = 0; good && i < sizeof kinds / sizeof *kinds; i++) {
        if (scenario_take(parser, kinds[i])) {
            parser->line->value[0] = (int32_t)i;
            return true;
        }
    }
    return scenario_wrong(parser, "expected ecc and corrected, detected or none");
}

static bool take_flash(struct parser *parser)
{
    static const char expected[] = "expected the address of a flash quad-word such as 0x08001000";
    struct scenario_line *line = parser->line;

    line->kind = SCENARIO_FLASH_ECC;
    if (!scenario_take_memory(parser, &line->memory)) {
        parser->why = expected;
        return false;
    }
    if ((line->memory & ~0x04000000u) - 0x08000000u >= SOC_FLASH_SIZE)
        return scenario_wrong(parser, expected);
    return take_ecc(parser);
}

/* Which memories have their ECC on is up to the chip's options. */
static bool take_ram(struct parser *parser)
{
    static const char expected[] = "expected an address in SRAM2, SRAM3 or BKPSRAM such as "
                                   "0x20030000";
    struct scenario_line *line = parser->line;
    uint32_t address;

    line->kind = SCENARIO_RAM_ECC;
    if (!scenario_take_memory(parser, &line->memory)) {
        parser->why = expected;
        return false;
    }
    address = line->memory & ~0x10000000u;
    if (address - 0x20030000u >= 0x50000u && address - 0x40036400u >= 0x800u)
        return scenario_wrong(parser, expected);
    return take_ecc(parser);
}

static bool take_word(struct parser *parser, int32_t *word)
{
    const char *text = scenario_peek(parser);
    char *end = NULL;
    unsigned long value = isxdigit((unsigned char)*text) ? strtoul(text, &end, 16) : WORD_MAX + 1;

    if (value > WORD_MAX || *end != '\0')
        return scenario_wrong(parser, "expected break, or a word of 9 bits at most such as 41");
    *word = (int32_t)value;
    parser->next++;
    return true;
}

static bool take_frame_error(struct parser *parser)
{
    static const struct {
        const char *name;
        enum soc_uart_error error;
    } errors[] = {
        {"parity", SOC_UART_PARITY}, {"framing", SOC_UART_FRAMING}, {"noise", SOC_UART_NOISE}};

    for (unsigned i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (scenario_take(parser, errors[i].name)) {
            parser->line->value[1] |= (int32_t)errors[i].error;
            return true;
        }
    }
    return false;
}

static bool take_reception(struct parser *parser)
{
    struct scenario_line *line = parser->line;

    line->kind = SCENARIO_RECEIVES;
    if (!scenario_take(parser, "receives"))
        return scenario_wrong(parser, "expected receives");
    if (scenario_take(parser, "break")) {
        line->value[1] = SOC_UART_BREAK;
        return true;
    }
    if (!take_word(parser, &line->value[0]))
        return false;
    while (take_frame_error(parser))
        ;
    return true;
}

static bool take_failure(struct parser *parser, enum scenario_kind kind)
{
    parser->line->kind = kind;
    parser->line->level = scenario_take(parser, "recovers");
    return parser->line->level || scenario_take(parser, "fails") ||
           scenario_wrong(parser, "expected fails or recovers");
}

static bool take_tamper(struct parser *parser)
{
    int32_t *number = &parser->line->value[0];

    parser->line->kind = SCENARIO_TAMPER;
    if (!scenario_take_index(parser, TAMPER_MAX + 1, number) || *number == 0) {
        parser->why = "expected an internal tamper event from 1 to 13";
        return false;
    }
    return true;
}

bool scenario_injection(struct parser *parser, bool *good)
{
    if (scenario_take(parser, "supply"))
        *good = take_supply(parser);
    else if (scenario_take(parser, "temperature"))
        *good = take_temperature(parser);
    else if (scenario_take(parser, "flash"))
        *good = take_flash(parser);
    else if (scenario_take(parser, "ram"))
        *good = take_ram(parser);
    else if (scenario_take_uart(parser))
        *good = take_reception(parser);
    else if (scenario_take(parser, "lse"))
        *good = take_failure(parser, SCENARIO_LSE);
    else if (scenario_take(parser, "hse"))
        *good = take_failure(parser, SCENARIO_HSE);
    else if (scenario_take(parser, "rng"))
        *good = take_failure(parser, SCENARIO_RNG);
    else if (scenario_take(parser, "tamper"))
        *good = take_tamper(parser);
    else if (scenario_take(parser, "debugger")) {
        parser->line->kind = SCENARIO_DEBUGGER;
        *good = scenario_take(parser, "attaches") || scenario_wrong(parser, "expected attaches");
    } else
        return false;
    return true;
}
