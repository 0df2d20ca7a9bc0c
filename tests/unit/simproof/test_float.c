/* test_float [CASES [SEED]]
 * Every floating-point operation on random operands in all rounding modes, with and without
 * flush-to-zero, default NaN and alternative half precision: results and FPSCR must be those of
 * libunicorn bit for bit. libunicorn computes with Berkeley softfloat, ours with the host's unit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pair.h"

#define CASES   256u
#define OUTPUT  (PAIR_DATA + CASES * 16)
#define FPSCR_F 0x07c00000u /* AHP, DN, FZ, RMode */

/* r0: {a, b, c, fpscr} for each case, r1: {result, fpscr}, r2: number of cases. */
static const uint16_t loop[] = {
    0xecb0, 0x0a03, /* vldmia r0!, {s0-s2} */
    0xf850, 0x3b04, /* ldr.w r3, [r0], #4 */
    0xeee1, 0x3a10, /* vmsr fpscr, r3 */
    0xf3af, 0x8000, /* the operation */
    0xeef1, 0x3a10, /* vmrs r3, fpscr */
    0xeca1, 0x1a01, /* vstmia r1!, {s2} */
    0xf841, 0x3b04, /* str.w r3, [r1], #4 */
    0x3a01,         /* subs r2, #1 */
    0xd1ef,         /* bne.n loop */
    0xbf00,
};
#define OPERATION 6u

struct operation {
    uint32_t encoding;
    const char *text;
    /* libunicorn rounds these as FPSCR says; the manual (VCVT between floating-point and
     * fixed-point) always to nearest, so only that mode is compared. */
    bool nearest;
};
static const struct operation operations[] = {
    {0xee301a20, "vadd.f32 s2,s0,s1", false},      {0xee301a60, "vsub.f32 s2,s0,s1", false},
    {0xee201a20, "vmul.f32 s2,s0,s1", false},      {0xee201a60, "vnmul.f32 s2,s0,s1", false},
    {0xee801a20, "vdiv.f32 s2,s0,s1", false},      {0xeeb11ac0, "vsqrt.f32 s2,s0", false},
    {0xee001a20, "vmla.f32 s2,s0,s1", false},      {0xee001a60, "vmls.f32 s2,s0,s1", false},
    {0xee101a60, "vnmla.f32 s2,s0,s1", false},     {0xee101a20, "vnmls.f32 s2,s0,s1", false},
    {0xeea01a20, "vfma.f32 s2,s0,s1", false},      {0xeea01a60, "vfms.f32 s2,s0,s1", false},
    {0xee901a60, "vfnma.f32 s2,s0,s1", false},     {0xee901a20, "vfnms.f32 s2,s0,s1", false},
    {0xeeb40a60, "vcmp.f32 s0,s1", false},         {0xeeb40ae0, "vcmpe.f32 s0,s1", false},
    {0xeeb50a40, "vcmp.f32 s0,#0", false},         {0xeeb50ac0, "vcmpe.f32 s0,#0", false},
    {0xfe801a20, "vmaxnm.f32 s2,s0,s1", false},    {0xfe801a60, "vminnm.f32 s2,s0,s1", false},
    {0xfe201a20, "vselge.f32 s2,s0,s1", false},    {0xfe301a20, "vselgt.f32 s2,s0,s1", false},
    {0xeebd1ac0, "vcvt.s32.f32 s2,s0", false},     {0xeebc1ac0, "vcvt.u32.f32 s2,s0", false},
    {0xeebd1a40, "vcvtr.s32.f32 s2,s0", false},    {0xeebc1a40, "vcvtr.u32.f32 s2,s0", false},
    {0xfebc1ac0, "vcvta.s32.f32 s2,s0", false},    {0xfebc1a40, "vcvta.u32.f32 s2,s0", false},
    {0xfebd1ac0, "vcvtn.s32.f32 s2,s0", false},    {0xfebd1a40, "vcvtn.u32.f32 s2,s0", false},
    {0xfebe1ac0, "vcvtp.s32.f32 s2,s0", false},    {0xfebe1a40, "vcvtp.u32.f32 s2,s0", false},
    {0xfebf1ac0, "vcvtm.s32.f32 s2,s0", false},    {0xfebf1a40, "vcvtm.u32.f32 s2,s0", false},
    {0xeeb81ac0, "vcvt.f32.s32 s2,s0", false},     {0xeeb81a40, "vcvt.f32.u32 s2,s0", false},
    {0xeeb61ac0, "vrintz.f32 s2,s0", false},       {0xeeb61a40, "vrintr.f32 s2,s0", false},
    {0xeeb71a40, "vrintx.f32 s2,s0", false},       {0xfeb81a40, "vrinta.f32 s2,s0", false},
    {0xfeb91a40, "vrintn.f32 s2,s0", false},       {0xfeba1a40, "vrintp.f32 s2,s0", false},
    {0xfebb1a40, "vrintm.f32 s2,s0", false},       {0xeeb31a40, "vcvtb.f16.f32 s2,s0", false},
    {0xeeb31ac0, "vcvtt.f16.f32 s2,s0", false},    {0xeeb21a40, "vcvtb.f32.f16 s2,s0", false},
    {0xeeb21ac0, "vcvtt.f32.f16 s2,s0", false},    {0xeebe1aec, "vcvt.s32.f32 s2,s2,#7", false},
    {0xeebf1ac0, "vcvt.u32.f32 s2,s2,#32", false}, {0xeebe1a63, "vcvt.s16.f32 s2,s2,#9", false},
    {0xeebf1a40, "vcvt.u16.f32 s2,s2,#16", false}, {0xeeba1aec, "vcvt.f32.s32 s2,s2,#7", true},
    {0xeebb1ac0, "vcvt.f32.u32 s2,s2,#32", true},  {0xeeba1a63, "vcvt.f32.s16 s2,s2,#9", true},
    {0xeebb1a40, "vcvt.f32.u16 s2,s2,#16", true},  {0xeeb01ac0, "vabs.f32 s2,s0", false},
    {0xeeb11a40, "vneg.f32 s2,s0", false},
};

static uint64_t random_state;

static uint32_t next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16);
}

/* Operands where something happens: near each other, few bits set, integers, limits, NaNs. */
static uint32_t operand(uint32_t other)
{
    static const uint32_t exponents[] = {0,   1,   2,   23,  24,  103, 112, 113, 126, 127,
                                         128, 142, 143, 149, 150, 157, 158, 253, 254, 255};
    uint32_t fraction = next() & 0x7fffffu, sign = next() & 0x80000000u;
    switch (next() % 8) {
    case 0:
        return next();
    case 1: /* few bits in the fraction */
        fraction = 1u << next() % 23 | (next() & 1u);
        break;
    case 2:
        fraction = 0x7fffffu & ~(fraction & next());
        break;
    case 3: /* close to the other operand: cancellation, ties */
        return (other ^ 0x80000000u) + (next() % 9) - 4;
    case 4:
        return sign | ((other & 0x7fffffffu) + ((next() % 60 - 30) << 23)) % 0x7f800000u;
    case 5: /* halves and integers */
        return sign | (150u - next() % 26) << 23 | (fraction & ~(next() % 2 ? 0x3fffu : 0u));
    case 6:
        fraction = 0;
        break;
    default:
        break;
    }
    uint32_t exponent = next() % 3 ? exponents[next() % 20] : next() & 0xffu;
    return sign | exponent << 23 | fraction;
}

static void fill(struct pair *pair, bool nearest)
{
    uint32_t *in = (uint32_t *)(void *)pair->our_data;
    for (unsigned i = 0; i < CASES; i++, in += 4) {
        in[0] = operand(next());
        in[1] = operand(in[0]);
        in[2] = next() % 4 ? operand(in[1]) : next();
        in[3] = next() & FPSCR_F & (nearest ? ~0x00c00000u : ~0u);
    }
    memcpy(pair->their_data, pair->our_data, CASES * 16);
}

static unsigned compare(const struct pair *pair, const struct operation *operation, bool print)
{
    const uint32_t *in = (const uint32_t *)(const void *)pair->our_data;
    const uint32_t *ours = in + CASES * 4;
    const uint32_t *theirs = (const uint32_t *)(const void *)pair->their_data + CASES * 4;
    unsigned wrong = 0;
    for (unsigned i = 0; i < CASES; i++, in += 4, ours += 2, theirs += 2) {
        if (ours[0] == theirs[0] && ours[1] == theirs[1])
            continue;
        if (wrong++ == 0 && print)
            printf("%s: s0=%08x s1=%08x s2=%08x fpscr=%08x: ours %08x fpscr %08x, unicorn %08x "
                   "fpscr %08x\n",
                   operation->text, in[0], in[1], in[2], in[3], ours[0], ours[1], theirs[0],
                   theirs[1]);
    }
    return wrong;
}

static unsigned long test(struct pair *pair, const struct operation *operation, unsigned long cases)
{
    struct pair_state start = {.r = {PAIR_DATA, OUTPUT, CASES, [13] = PAIR_DATA}}, ours, theirs;
    uint16_t code[sizeof loop / 2];
    unsigned long wrong = 0;
    memcpy(code, loop, sizeof code);
    code[OPERATION] = (uint16_t)(operation->encoding >> 16);
    code[OPERATION + 1] = (uint16_t)operation->encoding;
    pair_set_code(pair, code, sizeof loop / 2);
    for (unsigned long done = 0; done < cases; done += CASES) {
        fill(pair, operation->nearest);
        size_t words = sizeof loop / 2 - 1;
        if (pair_run_ours(pair, &start, words, false, &ours) != PAIR_DONE ||
            pair_run_theirs(pair, &start, words, false, &theirs) != PAIR_DONE) {
            printf("%s: did not run\n", operation->text);
            return cases;
        }
        wrong += compare(pair, operation, wrong == 0);
    }
    return wrong;
}

int main(int argc, char **argv)
{
    unsigned long cases = argc > 1 ? strtoul(argv[1], NULL, 0) : 100000, failed = 0;
    size_t count = sizeof operations / sizeof *operations;
    struct pair pair;
    random_state = argc > 2 ? strtoull(argv[2], NULL, 0) : 0x2545f4914f6cdd1du;
    if (!pair_open(&pair, true)) {
        printf("set-up failed\n");
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        unsigned long wrong = test(&pair, &operations[i], cases);
        if (wrong)
            printf("  %s: %lu of %lu cases differ\n", operations[i].text, wrong, cases);
        failed += wrong != 0;
    }
    printf("%zu operations, %lu cases each, %lu operations differ\n", count, cases, failed);
    pair_close(&pair);
    return failed != 0;
}
