/* testfloat FUNCTION ROUNDING < VECTORS
 * Checks our floating-point arithmetic against vectors of Berkeley TestFloat's generator, as it
 * prints them: operands, result and exception flags in hexadecimal. FUNCTION and ROUNDING are its
 * names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/fp_arithmetic.h"

struct rounding {
    const char *name;
    uint32_t fpscr;
    enum fp_rounding mode;
};
static const struct rounding roundings[] = {
    {"near_even", 0, FPR_NEAREST},  {"max", 1u << 22, FPR_PLUS},  {"min", 2u << 22, FPR_MINUS},
    {"minMag", 3u << 22, FPR_ZERO}, {"near_maxMag", 0, FPR_AWAY},
};

/* Operands, rounding mode in, result and FPSCR out. */
typedef uint32_t (*function)(uint32_t *f, const uint32_t *v, enum fp_rounding mode);

#define FUNCTION(name, expression)                                                                 \
    static uint32_t run_##name(uint32_t *f, const uint32_t *v, enum fp_rounding mode)              \
    {                                                                                              \
        (void)mode;                                                                                \
        return (uint32_t)(expression);                                                             \
    }
#define IS_EQUAL(flags)   ((flags) >> 30 & 1u)
#define IS_LESS(flags)    ((flags) >> 31)
#define LESS_EQUAL(flags) (IS_EQUAL(flags) | IS_LESS(flags))

FUNCTION(add, fp_add(f, v[0], v[1]))
FUNCTION(sub, fp_sub(f, v[0], v[1]))
FUNCTION(mul, fp_mul(f, v[0], v[1]))
FUNCTION(div, fp_div(f, v[0], v[1]))
FUNCTION(sqrt, fp_sqrt(f, v[0]))
FUNCTION(mulAdd, fp_muladd(f, v[2], v[0], v[1]))
FUNCTION(eq, IS_EQUAL(fp_compare(f, v[0], v[1], false)))
FUNCTION(eq_signaling, IS_EQUAL(fp_compare(f, v[0], v[1], true)))
FUNCTION(lt, IS_LESS(fp_compare(f, v[0], v[1], true)))
FUNCTION(lt_quiet, IS_LESS(fp_compare(f, v[0], v[1], false)))
static uint32_t less_equal(uint32_t flags)
{
    return LESS_EQUAL(flags);
}
FUNCTION(le, less_equal(fp_compare(f, v[0], v[1], true)))
FUNCTION(le_quiet, less_equal(fp_compare(f, v[0], v[1], false)))
FUNCTION(to_i32, fp_to_fixed(f, v[0], 32, 0, true, mode))
FUNCTION(to_ui32, fp_to_fixed(f, v[0], 32, 0, false, mode))
FUNCTION(from_i32, fp_from_fixed(f, v[0], 32, 0, true, mode))
FUNCTION(from_ui32, fp_from_fixed(f, v[0], 32, 0, false, mode))
FUNCTION(round, fp_round(f, v[0], mode, true))
FUNCTION(to_f16, fp_to_half(f, v[0]))
FUNCTION(from_f16, fp_from_half(f, (uint16_t)v[0]))

static const struct entry {
    const char *name;
    function run;
    unsigned operands;
} entries[] = {
    {"f32_add", run_add, 2},
    {"f32_sub", run_sub, 2},
    {"f32_mul", run_mul, 2},
    {"f32_div", run_div, 2},
    {"f32_sqrt", run_sqrt, 1},
    {"f32_mulAdd", run_mulAdd, 3},
    {"f32_eq", run_eq, 2},
    {"f32_eq_signaling", run_eq_signaling, 2},
    {"f32_lt", run_lt, 2},
    {"f32_lt_quiet", run_lt_quiet, 2},
    {"f32_le", run_le, 2},
    {"f32_le_quiet", run_le_quiet, 2},
    {"f32_to_i32", run_to_i32, 1},
    {"f32_to_ui32", run_to_ui32, 1},
    {"i32_to_f32", run_from_i32, 1},
    {"ui32_to_f32", run_from_ui32, 1},
    {"f32_roundToInt", run_round, 1},
    {"f32_to_f16", run_to_f16, 1},
    {"f16_to_f32", run_from_f16, 1},
};

/* TestFloat's flags: inexact, underflow, overflow, infinite, invalid from bit 0; FPSCR's are the
 * other way round. */
static uint32_t fpscr_flags(uint32_t flags)
{
    uint32_t fpscr = 0;
    for (unsigned i = 0; i < 5; i++)
        fpscr |= (flags >> i & 1u) << (4 - i);
    return fpscr;
}

static bool is_nan(uint32_t a)
{
    return (a & 0x7fffffffu) > 0x7f800000u;
}

/* Which NaN of several a fused multiply-add returns: the Arm manual starts with the addend,
 * softfloat with the factors. Both are NaNs. */
static bool same(const struct entry *entry, uint32_t ours, uint32_t theirs)
{
    return ours == theirs || (entry->operands == 3 && is_nan(ours) && is_nan(theirs));
}

static unsigned check(const struct entry *entry, const struct rounding *rounding,
                      unsigned long *count)
{
    char line[128];
    unsigned wrong = 0;
    while (fgets(line, sizeof line, stdin)) {
        uint32_t v[5];
        char *text = line;
        for (unsigned i = 0; i < entry->operands + 2; i++)
            v[i] = (uint32_t)strtoul(text, &text, 16);
        uint32_t fpscr = rounding->fpscr, result = entry->run(&fpscr, v, rounding->mode);
        uint32_t want = v[entry->operands], flags = fpscr_flags(v[entry->operands + 1]);
        (*count)++;
        if (same(entry, result, want) && (fpscr & 0x1fu) == flags)
            continue;
        if (wrong++ < 3)
            printf("%s %s: ours %08x flags %02x, for %s", entry->name, rounding->name, result,
                   fpscr & 0x1fu, line);
    }
    return wrong;
}

int main(int argc, char **argv)
{
    const struct entry *entry = NULL;
    const struct rounding *rounding = NULL;
    for (size_t i = 0; argc == 3 && i < sizeof entries / sizeof *entries; i++)
        if (!strcmp(argv[1], entries[i].name))
            entry = &entries[i];
    for (size_t i = 0; argc == 3 && i < sizeof roundings / sizeof *roundings; i++)
        if (!strcmp(argv[2], roundings[i].name))
            rounding = &roundings[i];
    if (!entry || !rounding) {
        fprintf(stderr, "usage: testfloat FUNCTION ROUNDING < VECTORS\n");
        return 2;
    }
    unsigned long count = 0;
    unsigned wrong = check(entry, rounding, &count);
    printf("%s %s: %lu vectors, %u wrong\n", entry->name, rounding->name, count, wrong);
    return wrong != 0 || count == 0;
}
