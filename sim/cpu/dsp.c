/* The DSP extension: parallel and saturating arithmetic, 16-bit multiplies, packing. */
#include "cpu/helpers.h"

#define BIT(e, n)      ((e) >> (n)&1u)
#define FIELD(e, h, l) ((e) >> (l) & ((2u << ((h) - (l))) - 1u))

static uint32_t rotate(uint32_t value, unsigned amount)
{
    return amount ? value >> amount | value << (32 - amount) : value;
}

static int32_t half(uint32_t value, bool top)
{
    return (int16_t)(top ? value >> 16 : value);
}

/* Clamps to a signed range of `bits`, setting Q if that changed the value and `q`. */
static int64_t saturate_signed(struct cpu *cpu, int64_t value, unsigned bits, bool q)
{
    int64_t high = (INT64_C(1) << (bits - 1)) - 1, low = -high - 1;
    if (value >= low && value <= high)
        return value;
    if (q)
        cpu->q = 1;
    return value > high ? high : low;
}

static int64_t saturate_unsigned(struct cpu *cpu, int64_t value, unsigned bits, bool q)
{
    int64_t high = (INT64_C(1) << bits) - 1;
    if (value >= 0 && value <= high)
        return value;
    if (q)
        cpu->q = 1;
    return value < 0 ? 0 : high;
}

static bool no_dsp(struct cpu *cpu)
{
    return !cpu->config.has_dsp;
}

/* --- parallel addition and subtraction ----------------------------------------------------- */

enum parallel_kind {
    PK_SIGNED,
    PK_SATURATING,
    PK_HALVING,
    PK_UNSIGNED,
    PK_USATURATING,
    PK_UHALVING
};

/* One lane: `sum` is exact; returns the lane's result and whether its GE bits are set. */
static uint32_t lane(struct cpu *cpu, enum parallel_kind kind, int32_t sum, bool subtract,
                     unsigned bits, bool *ge)
{
    *ge = false;
    switch (kind) {
    case PK_SIGNED:
        *ge = sum >= 0;
        return (uint32_t)sum;
    case PK_UNSIGNED:
        *ge = subtract ? sum >= 0 : sum >= 1 << bits;
        return (uint32_t)sum;
    case PK_SATURATING:
        return (uint32_t)saturate_signed(cpu, sum, bits, false);
    case PK_USATURATING:
        return (uint32_t)saturate_unsigned(cpu, sum, bits, false);
    default:
        return (uint32_t)(sum >> 1);
    }
}

static uint32_t parallel8(struct cpu *cpu, enum parallel_kind kind, bool is_signed, bool subtract,
                          uint32_t a, uint32_t b, uint32_t *ge)
{
    uint32_t result = 0;
    for (unsigned i = 0; i < 4; i++) {
        bool set;
        int32_t x = is_signed ? (int8_t)(a >> 8 * i) : (uint8_t)(a >> 8 * i);
        int32_t y = is_signed ? (int8_t)(b >> 8 * i) : (uint8_t)(b >> 8 * i);
        result |= (lane(cpu, kind, subtract ? x - y : x + y, subtract, 8, &set) & 0xffu) << 8 * i;
        *ge |= (uint32_t)set << i;
    }
    return result;
}

static uint32_t parallel16(struct cpu *cpu, enum parallel_kind kind, bool is_signed, unsigned op,
                           uint32_t a, uint32_t b, uint32_t *ge)
{
    /* op: 1 add, 5 subtract, 2 ASX (high add, low subtract, crossed), 6 SAX (the reverse) */
    bool cross = op == 2 || op == 6;
    bool subtract[2] = {op == 5 || op == 2, op == 5 || op == 6};
    uint32_t result = 0;
    for (unsigned i = 0; i < 2; i++) {
        bool set;
        unsigned j = cross ? 1 - i : i;
        int32_t x = is_signed ? (int16_t)(a >> 16 * i) : (uint16_t)(a >> 16 * i);
        int32_t y = is_signed ? (int16_t)(b >> 16 * j) : (uint16_t)(b >> 16 * j);
        int32_t sum = subtract[i] ? x - y : x + y;
        result |= (lane(cpu, kind, sum, subtract[i], 16, &set) & 0xffffu) << 16 * i;
        if (set)
            *ge |= 3u << 2 * i;
    }
    return result;
}

enum exec_result h_parallel(struct cpu *cpu, const struct op *op)
{
    uint32_t e = op->imm, a = cpu->r[op->rn], b = cpu->r[op->rm], ge = 0, result;
    static const enum parallel_kind kinds[8] = {PK_SIGNED,   PK_SATURATING,  PK_HALVING, 0,
                                                PK_UNSIGNED, PK_USATURATING, PK_UHALVING};
    unsigned prefix = FIELD(e, 6, 4), code = FIELD(e, 22, 20);
    if (no_dsp(cpu) || prefix == 3 || prefix == 7 || code == 3 || code == 7)
        return h_undefined(cpu, op);
    enum parallel_kind kind = kinds[prefix];
    bool is_signed = prefix < 3;
    if (code == 0 || code == 4)
        result = parallel8(cpu, kind, is_signed, code == 4, a, b, &ge);
    else
        result = parallel16(cpu, kind, is_signed, code, a, b, &ge);
    if (kind == PK_SIGNED || kind == PK_UNSIGNED)
        cpu->ge = ge;
    cpu->r[op->rd] = result;
    return EXEC_NEXT;
}

enum exec_result h_sel(struct cpu *cpu, const struct op *op)
{
    if (no_dsp(cpu))
        return h_undefined(cpu, op);
    uint32_t mask = 0;
    for (unsigned i = 0; i < 4; i++)
        if (BIT(cpu->ge, i))
            mask |= 0xffu << 8 * i;
    cpu->r[op->rd] = (cpu->r[op->rn] & mask) | (cpu->r[op->rm] & ~mask);
    return EXEC_NEXT;
}

/* --- saturation ---------------------------------------------------------------------------- */

enum exec_result h_saturating(struct cpu *cpu, const struct op *op)
{
    if (no_dsp(cpu))
        return h_undefined(cpu, op);
    int64_t n = (int32_t)cpu->r[op->rn], m = (int32_t)cpu->r[op->rm];
    if (BIT(op->imm, 4)) /* doubling */
        n = saturate_signed(cpu, 2 * n, 32, true);
    int64_t result = BIT(op->imm, 5) ? m - n : m + n;
    cpu->r[op->rd] = (uint32_t)saturate_signed(cpu, result, 32, true);
    return EXEC_NEXT;
}

/* SSAT, USAT and their dual 16-bit forms (which are DSP). */
enum exec_result h_sat(struct cpu *cpu, const struct op *op)
{
    uint32_t e = op->imm, n = cpu->r[op->rn];
    bool is_unsigned = BIT(e, 23), arithmetic = BIT(e, 21);
    unsigned amount = FIELD(e, 14, 12) << 2 | FIELD(e, 7, 6), field = e & 0x1fu;
    unsigned bits = is_unsigned ? field : field + 1;
    if (arithmetic && amount == 0) {
        if (no_dsp(cpu))
            return h_undefined(cpu, op);
        uint32_t result = 0;
        for (unsigned i = 0; i < 2; i++) {
            int64_t value = half(n, i);
            value = is_unsigned ? saturate_unsigned(cpu, value, bits & 15u, true)
                                : saturate_signed(cpu, value, ((bits - 1) & 15u) + 1, true);
            result |= ((uint32_t)value & 0xffffu) << 16 * i;
        }
        cpu->r[op->rd] = result;
        return EXEC_NEXT;
    }
    int32_t operand = arithmetic ? (int32_t)n >> amount : (int32_t)(n << amount);
    int64_t value = is_unsigned ? saturate_unsigned(cpu, operand, bits, true)
                                : saturate_signed(cpu, operand, bits, true);
    cpu->r[op->rd] = (uint32_t)value;
    return EXEC_NEXT;
}

/* --- extension and packing ----------------------------------------------------------------- */

enum exec_result h_revsh(struct cpu *cpu, const struct op *op)
{
    uint32_t m = cpu->r[op->rm];
    cpu->r[op->rd] = (uint32_t)(int16_t)((m & 0xffu) << 8 | (m >> 8 & 0xffu));
    return EXEC_NEXT;
}

/* SXTAH, UXTAH, SXTAB16, UXTAB16, SXTAB, UXTAB and, with Rn = PC, SXTB16 and UXTB16. */
enum exec_result h_extend_add(struct cpu *cpu, const struct op *op)
{
    uint32_t e = op->imm, n = op->rn == 15 ? 0 : cpu->r[op->rn];
    uint32_t m = rotate(cpu->r[op->rm], FIELD(e, 5, 4) * 8), result;
    bool is_unsigned = BIT(e, 20);
    if (no_dsp(cpu))
        return h_undefined(cpu, op);
    switch (FIELD(e, 22, 21)) {
    case 0:
        result = n + (is_unsigned ? (uint32_t)(uint16_t)m : (uint32_t)(int16_t)m);
        break;
    case 1: {
        uint32_t low = is_unsigned ? (uint8_t)m : (uint32_t)(int8_t)m;
        uint32_t high = is_unsigned ? (uint8_t)(m >> 16) : (uint32_t)(int8_t)(m >> 16);
        result = ((n + low) & 0xffffu) | ((n >> 16) + high) << 16;
        break;
    }
    default:
        result = n + (is_unsigned ? (uint32_t)(uint8_t)m : (uint32_t)(int8_t)m);
        break;
    }
    cpu->r[op->rd] = result;
    return EXEC_NEXT;
}

enum exec_result h_pkh(struct cpu *cpu, const struct op *op)
{
    uint32_t e = op->imm, n = cpu->r[op->rn], m = cpu->r[op->rm];
    unsigned amount = FIELD(e, 14, 12) << 2 | FIELD(e, 7, 6);
    if (no_dsp(cpu))
        return h_undefined(cpu, op);
    if (BIT(e, 5)) { /* PKHTB */
        uint32_t shifted = (uint32_t)((int64_t)(int32_t)m >> (amount ? amount : 32));
        cpu->r[op->rd] = (n & 0xffff0000u) | (shifted & 0xffffu);
    } else {
        cpu->r[op->rd] = (n & 0xffffu) | (m << amount & 0xffff0000u);
    }
    return EXEC_NEXT;
}

/* --- multiplies ---------------------------------------------------------------------------- */

/* Adds the accumulator (none if Ra = PC), setting Q on signed overflow. */
static uint32_t accumulate(struct cpu *cpu, const struct op *op, int64_t value)
{
    if (op->ra != 15)
        value += (int32_t)cpu->r[op->ra];
    if (value != (int32_t)value)
        cpu->q = 1;
    return (uint32_t)value;
}

/* The two 16-bit products of SMLAD, SMLSD and their 64-bit forms. */
static void products(const struct cpu *cpu, const struct op *op, int64_t *low, int64_t *high)
{
    uint32_t n = cpu->r[op->rn], m = rotate(cpu->r[op->rm], BIT(op->imm, 4) ? 16 : 0);
    *low = (int64_t)half(n, false) * half(m, false);
    *high = (int64_t)half(n, true) * half(m, true);
}

enum exec_result h_muldual(struct cpu *cpu, const struct op *op)
{
    int64_t low, high;
    if (no_dsp(cpu))
        return h_undefined(cpu, op);
    products(cpu, op, &low, &high);
    bool subtract = BIT(op->imm, 22);
    cpu->r[op->rd] = accumulate(cpu, op, subtract ? low - high : low + high);
    return EXEC_NEXT;
}

enum exec_result h_mulw(struct cpu *cpu, const struct op *op)
{
    if (no_dsp(cpu))
        return h_undefined(cpu, op);
    int64_t product = (int64_t)(int32_t)cpu->r[op->rn] * half(cpu->r[op->rm], BIT(op->imm, 4));
    cpu->r[op->rd] = accumulate(cpu, op, product >> 16);
    return EXEC_NEXT;
}

enum exec_result h_smmul(struct cpu *cpu, const struct op *op)
{
    if (no_dsp(cpu))
        return h_undefined(cpu, op);
    int64_t product = (int64_t)(int32_t)cpu->r[op->rn] * (int32_t)cpu->r[op->rm];
    uint64_t sum = op->ra == 15 ? 0 : (uint64_t)cpu->r[op->ra] << 32;
    bool subtract = FIELD(op->imm, 22, 20) == 6;
    sum = subtract ? sum - (uint64_t)product : sum + (uint64_t)product;
    if (BIT(op->imm, 4))
        sum += 0x80000000u;
    cpu->r[op->rd] = (uint32_t)(sum >> 32);
    return EXEC_NEXT;
}

enum exec_result h_usad8(struct cpu *cpu, const struct op *op)
{
    uint32_t n = cpu->r[op->rn], m = cpu->r[op->rm];
    uint32_t sum = op->ra == 15 ? 0 : cpu->r[op->ra];
    if (no_dsp(cpu))
        return h_undefined(cpu, op);
    for (unsigned i = 0; i < 4; i++) {
        int32_t difference = (int32_t)(n >> 8 * i & 0xffu) - (int32_t)(m >> 8 * i & 0xffu);
        sum += (uint32_t)(difference < 0 ? -difference : difference);
    }
    cpu->r[op->rd] = sum;
    return EXEC_NEXT;
}

static void accumulate_long(struct cpu *cpu, const struct op *op, int64_t value)
{
    uint64_t sum = ((uint64_t)cpu->r[op->rd] << 32 | cpu->r[op->ra]) + (uint64_t)value;
    cpu->r[op->ra] = (uint32_t)sum;
    cpu->r[op->rd] = (uint32_t)(sum >> 32);
}

enum exec_result h_smlalxy(struct cpu *cpu, const struct op *op)
{
    int32_t n = half(cpu->r[op->rn], BIT(op->imm, 5)), m = half(cpu->r[op->rm], BIT(op->imm, 4));
    if (no_dsp(cpu))
        return h_undefined(cpu, op);
    accumulate_long(cpu, op, (int64_t)n * m);
    return EXEC_NEXT;
}

enum exec_result h_smlald(struct cpu *cpu, const struct op *op)
{
    int64_t low, high;
    if (no_dsp(cpu))
        return h_undefined(cpu, op);
    products(cpu, op, &low, &high);
    accumulate_long(cpu, op, BIT(op->imm, 20) ? low - high : low + high);
    return EXEC_NEXT;
}
