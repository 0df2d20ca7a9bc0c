/* Floating-point instructions (FPv5, single precision): decoding of the data-processing space,
 * register transfers, loads and stores, VLSTM and VLLDM. */
#include "cpu/fp_arithmetic.h"
#include "cpu/fpu_context.h"
#include "cpu/helpers.h"
#include "cpu/memory.h"
#include "cpu/nvic.h"

#define BIT(e, n)      ((e) >> (n)&1u)
#define FIELD(e, h, l) ((e) >> (l) & ((2u << ((h) - (l))) - 1u))
#define SIGN           0x80000000u
#define FPSCR_WRITABLE 0xf7c0009fu

/* Register numbers: four bits and one more, which is the low bit of single registers and the high
 * bit of double ones. */
static unsigned reg_d(uint32_t e)
{
    return FIELD(e, 15, 12) << 1 | BIT(e, 22);
}
static unsigned reg_n(uint32_t e)
{
    return FIELD(e, 19, 16) << 1 | BIT(e, 7);
}
static unsigned reg_m(uint32_t e)
{
    return FIELD(e, 3, 0) << 1 | BIT(e, 5);
}

static enum exec_result begin(struct cpu *cpu, const struct op *op)
{
    if (!cpu->config.has_fpu)
        return h_nocp(cpu, op);
    return fpu_check(cpu) ? EXEC_NEXT : EXEC_FAULT;
}

/* --- data processing ----------------------------------------------------------------------- */

static uint32_t expand_immediate(uint32_t imm8)
{
    uint32_t b = BIT(imm8, 6);
    return BIT(imm8, 7) << 31 | (b ? 0u : 1u) << 30 | (b ? 0x1fu : 0u) << 25 | (imm8 & 0x3fu) << 19;
}

/* Three-operand arithmetic; false if undefined. */
static bool arithmetic(struct cpu *cpu, uint32_t e)
{
    uint32_t *f = &cpu->fpscr, n = cpu->s[reg_n(e)], m = cpu->s[reg_m(e)];
    uint32_t *d = &cpu->s[reg_d(e)];
    bool op = BIT(e, 6);
    switch (FIELD(e, 23, 20) & 0xbu) {
    case 0x0: {
        uint32_t product = fp_mul(f, n, m);
        *d = fp_add(f, *d, op ? product ^ SIGN : product);
        return true;
    }
    case 0x1: {
        uint32_t product = fp_mul(f, n, m);
        *d = fp_add(f, *d ^ SIGN, op ? product ^ SIGN : product);
        return true;
    }
    case 0x2: {
        uint32_t product = fp_mul(f, n, m);
        *d = op ? product ^ SIGN : product;
        return true;
    }
    case 0x3:
        *d = op ? fp_sub(f, n, m) : fp_add(f, n, m);
        return true;
    case 0x8:
        if (op)
            return false;
        *d = fp_div(f, n, m);
        return true;
    case 0x9:
        *d = fp_muladd(f, *d ^ SIGN, op ? n ^ SIGN : n, m);
        return true;
    case 0xa:
        *d = fp_muladd(f, *d, op ? n ^ SIGN : n, m);
        return true;
    default:
        return false;
    }
}

static void convert_fixed(struct cpu *cpu, uint32_t e)
{
    uint32_t *d = &cpu->s[reg_d(e)], *f = &cpu->fpscr;
    unsigned size = BIT(e, 7) ? 32 : 16, fraction = size - (FIELD(e, 3, 0) << 1 | BIT(e, 5));
    bool is_signed = !BIT(e, 16), to_fixed = BIT(e, 18);
    if (!to_fixed) {
        *d = fp_from_fixed(f, *d, size, fraction, is_signed, FPR_NEAREST);
        return;
    }
    uint32_t value = fp_to_fixed(f, *d, size, fraction, is_signed, FPR_ZERO);
    if (size == 16)
        value = is_signed ? (uint32_t)(int16_t)value : (uint32_t)(uint16_t)value;
    *d = value;
}

static void convert_half(struct cpu *cpu, uint32_t e)
{
    uint32_t *d = &cpu->s[reg_d(e)], m = cpu->s[reg_m(e)];
    unsigned shift = BIT(e, 7) ? 16 : 0;
    if (BIT(e, 16))
        *d = (*d & ~(0xffffu << shift)) | (uint32_t)fp_to_half(&cpu->fpscr, m) << shift;
    else
        *d = fp_from_half(&cpu->fpscr, (uint16_t)(m >> shift));
}

static void compare(struct cpu *cpu, uint32_t e)
{
    uint32_t other = BIT(e, 16) ? 0 : cpu->s[reg_m(e)];
    uint32_t flags = fp_compare(&cpu->fpscr, cpu->s[reg_d(e)], other, BIT(e, 7));
    cpu->fpscr = (cpu->fpscr & 0x0fffffffu) | flags;
}

/* The one- and two-operand group; false if undefined. */
static bool extension(struct cpu *cpu, uint32_t e)
{
    uint32_t *d = &cpu->s[reg_d(e)], m = cpu->s[reg_m(e)], *f = &cpu->fpscr;
    bool top = BIT(e, 7);
    if (!BIT(e, 6)) {
        *d = expand_immediate(FIELD(e, 19, 16) << 4 | FIELD(e, 3, 0));
        return true;
    }
    switch (FIELD(e, 19, 16)) {
    case 0x0:
        *d = top ? m & ~SIGN : m;
        return true;
    case 0x1:
        *d = top ? fp_sqrt(f, m) : m ^ SIGN;
        return true;
    case 0x2:
    case 0x3:
        convert_half(cpu, e);
        return true;
    case 0x4:
    case 0x5:
        compare(cpu, e);
        return true;
    case 0x6:
        *d = fp_round(f, m, top ? FPR_ZERO : fp_mode(*f), false);
        return true;
    case 0x7:
        if (top)
            return false;
        *d = fp_round(f, m, fp_mode(*f), true);
        return true;
    case 0x8:
        *d = fp_from_fixed(f, m, 32, 0, top, fp_mode(*f));
        return true;
    case 0xc:
    case 0xd:
        *d = fp_to_fixed(f, m, 32, 0, BIT(e, 16), top ? FPR_ZERO : fp_mode(*f));
        return true;
    case 0xa:
    case 0xb:
    case 0xe:
    case 0xf:
        convert_fixed(cpu, e);
        return true;
    default:
        return false;
    }
}

static bool condition(const struct cpu *cpu, unsigned cc)
{
    bool n = cpu->nz < 0, z = (uint32_t)cpu->nz == 0, v = cpu->v;
    switch (cc) {
    case 0:
        return z;
    case 1:
        return v;
    case 2:
        return n == v;
    default:
        return n == v && !z;
    }
}

/* The FE space: VSEL, VMAXNM, VMINNM, directed rounding and conversion. */
static bool unconditional(struct cpu *cpu, uint32_t e)
{
    static const enum fp_rounding modes[] = {FPR_AWAY, FPR_NEAREST, FPR_PLUS, FPR_MINUS};
    uint32_t *d = &cpu->s[reg_d(e)], n = cpu->s[reg_n(e)], m = cpu->s[reg_m(e)];
    if (!BIT(e, 23)) {
        if (BIT(e, 6))
            return false;
        *d = condition(cpu, FIELD(e, 21, 20)) ? n : m;
        return true;
    }
    if (FIELD(e, 21, 20) == 0) {
        *d = fp_maxnum(&cpu->fpscr, n, m, BIT(e, 6));
        return true;
    }
    if (FIELD(e, 21, 20) != 3 || !BIT(e, 19) || !BIT(e, 6))
        return false;
    enum fp_rounding mode = modes[FIELD(e, 17, 16)];
    if (BIT(e, 18))
        *d = fp_to_fixed(&cpu->fpscr, m, 32, 0, BIT(e, 7), mode);
    else if (!BIT(e, 7))
        *d = fp_round(&cpu->fpscr, m, mode, false);
    else
        return false;
    return true;
}

enum exec_result h_fp_data(struct cpu *cpu, const struct op *op)
{
    uint32_t e = op->imm;
    enum exec_result result = begin(cpu, op);
    if (result != EXEC_NEXT)
        return result;
    bool known;
    if (BIT(e, 8))
        known = false; /* double precision */
    else if (BIT(e, 28))
        known = unconditional(cpu, e);
    else if ((FIELD(e, 23, 20) & 0xbu) == 0xb)
        known = extension(cpu, e);
    else
        known = arithmetic(cpu, e);
    return known ? EXEC_NEXT : h_undefined(cpu, op);
}

/* --- transfers ----------------------------------------------------------------------------- */

static enum exec_result move_system(struct cpu *cpu, uint32_t e, unsigned rt, const struct op *op)
{
    unsigned reg = FIELD(e, 19, 16);
    if (reg != 1)
        return h_undefined(cpu, op);
    if (!BIT(e, 20)) {
        cpu->fpscr = cpu->r[rt] & FPSCR_WRITABLE;
        return EXEC_NEXT;
    }
    if (rt != 15) {
        cpu->r[rt] = cpu->fpscr;
        return EXEC_NEXT;
    }
    bool n = BIT(cpu->fpscr, 31), z = BIT(cpu->fpscr, 30);
    cpu->nz = (int64_t)((n ? UINT64_C(1) << 63 : 0) | (z ? 0 : 1));
    cpu->c = BIT(cpu->fpscr, 29);
    cpu->v = BIT(cpu->fpscr, 28);
    return EXEC_NEXT;
}

/* VMOV between core and FP registers, VMRS, VMSR. */
enum exec_result h_fp_move(struct cpu *cpu, const struct op *op)
{
    uint32_t e = op->imm;
    unsigned rt = FIELD(e, 15, 12);
    enum exec_result result = begin(cpu, op);
    if (result != EXEC_NEXT)
        return result;
    if (FIELD(e, 31, 24) == 0xec) { /* two core registers */
        unsigned m = BIT(e, 8) ? (BIT(e, 5) << 4 | FIELD(e, 3, 0)) * 2 : reg_m(e);
        unsigned rt2 = FIELD(e, 19, 16);
        if (m > 30 || (e & 0xd0u) != 0x10u)
            return h_undefined(cpu, op);
        if (BIT(e, 20)) {
            cpu->r[rt] = cpu->s[m];
            cpu->r[rt2] = cpu->s[m + 1];
        } else {
            cpu->s[m] = cpu->r[rt];
            cpu->s[m + 1] = cpu->r[rt2];
        }
        return EXEC_NEXT;
    }
    if (FIELD(e, 23, 21) == 7 && !BIT(e, 8))
        return move_system(cpu, e, rt, op);
    unsigned n = reg_n(e);
    if (BIT(e, 8)) { /* one half of a double register */
        if (FIELD(e, 23, 22) || FIELD(e, 6, 5))
            return h_undefined(cpu, op);
        n = (BIT(e, 7) << 4 | FIELD(e, 19, 16)) * 2 + BIT(e, 21);
    } else if (FIELD(e, 23, 21)) {
        return h_undefined(cpu, op);
    }
    if (n > 31 || rt == 15)
        return h_undefined(cpu, op);
    if (BIT(e, 20))
        cpu->r[rt] = cpu->s[n];
    else
        cpu->s[n] = cpu->r[rt];
    return EXEC_NEXT;
}

/* First single register and their number for a load or store. */
static bool span(uint32_t e, unsigned words, unsigned *first, unsigned *count)
{
    *first = BIT(e, 8) ? (BIT(e, 22) << 4 | FIELD(e, 15, 12)) * 2 : reg_d(e);
    *count = BIT(e, 8) ? words & ~1u : words;
    return *count > 0 && *first + *count <= 32;
}

static bool transfer(struct cpu *cpu, uint32_t address, unsigned first, unsigned count, bool load)
{
    struct mem_options options = {.aligned = true};
    for (unsigned i = 0; i < count; i++, address += 4) {
        bool ok = load ? mem_load_with(cpu, address, 4, options, &cpu->s[first + i])
                       : mem_store_with(cpu, address, 4, options, cpu->s[first + i]);
        if (!ok)
            return false;
    }
    return true;
}

enum exec_result h_fp_memory(struct cpu *cpu, const struct op *op)
{
    uint32_t e = op->imm, offset = (e & 0xffu) * 4;
    unsigned first, count;
    enum exec_result result = begin(cpu, op);
    if (result != EXEC_NEXT)
        return result;
    if (!span(e, BIT(e, 8) ? 2 : 1, &first, &count) || (op->rn == 15 && !BIT(e, 20)))
        return h_undefined(cpu, op);
    uint32_t base = op->rn == 15 ? (cpu->r[15] + 4) & ~3u : cpu->r[op->rn];
    uint32_t address = BIT(e, 23) ? base + offset : base - offset;
    return transfer(cpu, address, first, count, BIT(e, 20)) ? EXEC_NEXT : EXEC_FAULT;
}

/* VLDM, VSTM, VPUSH, VPOP. */
enum exec_result h_fp_multiple(struct cpu *cpu, const struct op *op)
{
    uint32_t e = op->imm, bytes = (e & 0xffu) * 4, base = cpu->r[op->rn];
    bool before = BIT(e, 24), up = BIT(e, 23), write_back = BIT(e, 21), load = BIT(e, 20);
    unsigned first, count;
    enum exec_result result = begin(cpu, op);
    if (result != EXEC_NEXT)
        return result;
    if (!span(e, e & 0xffu, &first, &count) || op->rn == 15 || before == up ||
        (before && !write_back))
        return h_undefined(cpu, op);
    uint32_t after = up ? base + bytes : base - bytes;
    if (write_back && op->rn == 13 && after < cpu_sp_limit(cpu)) {
        cpu->cfsr[cpu->secure] |= CFSR_STKOF;
        nvic_raise(cpu, EXC_USAGEFAULT, cpu->secure);
        return EXEC_FAULT;
    }
    if (!transfer(cpu, up ? base : after, first, count, load))
        return EXEC_FAULT;
    if (write_back)
        cpu->r[op->rn] = after;
    return EXEC_NEXT;
}

enum exec_result h_vlstm(struct cpu *cpu, const struct op *op)
{
    if (!cpu->secure)
        return h_undefined(cpu, op);
    if (!cpu->config.has_fpu || !(cpu->control[S] & CONTROL_SFPA))
        return EXEC_NEXT;
    return fpu_lazy_store(cpu, cpu->r[op->rn]) ? EXEC_LEAVE : EXEC_FAULT;
}

enum exec_result h_vlldm(struct cpu *cpu, const struct op *op)
{
    if (!cpu->secure)
        return h_undefined(cpu, op);
    if (!cpu->config.has_fpu || !(cpu->control[S] & CONTROL_SFPA))
        return EXEC_NEXT;
    return fpu_lazy_load(cpu, cpu->r[op->rn]) ? EXEC_LEAVE : EXEC_FAULT;
}
