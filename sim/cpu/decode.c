/* From an encoding to a decoded op: extracts operand fields by format and picks the handler. */
#include "cpu/decode.h"
#include "cpu/helpers.h"

#include <string.h>

#define BITS(x, hi, lo) (((x) >> (lo)) & ((2u << ((hi) - (lo))) - 1u))

/* ThumbExpandImm_C: the value, and in *carry the carry out (2 = unchanged). */
static uint32_t expand_immediate(uint32_t imm12, uint8_t *carry)
{
    uint32_t byte = imm12 & 0xffu;
    *carry = 2;
    if ((imm12 >> 10) == 0) {
        switch (BITS(imm12, 9, 8)) {
        case 0:
            return byte;
        case 1:
            return byte << 16 | byte;
        case 2:
            return byte << 24 | byte << 8;
        default:
            return byte * 0x01010101u;
        }
    }
    uint32_t value = 0x80u | (imm12 & 0x7fu);
    unsigned rotation = imm12 >> 7;
    value = value >> rotation | value << (32 - rotation);
    *carry = (uint8_t)(value >> 31);
    return value;
}

/* DecodeImmShift. */
static enum dp_kind shift_kind(unsigned type, unsigned amount, uint8_t *x)
{
    static const enum dp_kind kinds[] = {DPK_LSL, DPK_LSR, DPK_ASR, DPK_ROR};
    *x = (uint8_t)amount;
    if (type == 0 && amount == 0)
        return DPK_R;
    if (type == 3 && amount == 0)
        return DPK_RRX;
    if (amount == 0)
        *x = 32;
    return kinds[type];
}

static int32_t sign_extend(uint32_t value, unsigned bits)
{
    return (int32_t)(value << (32 - bits)) >> (32 - bits);
}

/* What extraction finds beside the op's own fields. */
struct fields {
    enum dp_kind kind;      /* second operand of data processing */
    enum mem_kind mem_kind; /* addressing of loads and stores */
    bool set_flags;         /* the S bit of 32-bit encodings */
    bool undefined;
    uint8_t cond;
};

static void extract16(const struct decode_entry *entry, uint32_t e, uint32_t pc, struct op *op,
                      struct fields *f)
{
    op->rd = BITS(e, 2, 0);
    op->rn = BITS(e, 5, 3);
    op->rm = BITS(e, 8, 6);
    f->kind = DPK_R;
    f->mem_kind = MEMK_IMM;
    switch ((enum decode_format)entry->format) {
    case F16_SHIFT:
        op->rm = op->rn;
        f->kind = shift_kind(BITS(e, 12, 11), BITS(e, 10, 6), &op->x);
        break;
    case F16_RRI3:
        op->imm = op->rm;
        op->x = 2;
        f->kind = DPK_I;
        break;
    case F16_RI8:
        op->rd = op->rn = BITS(e, 10, 8);
        op->imm = e & 0xffu;
        op->x = 2;
        f->kind = DPK_I;
        break;
    case F16_RR:
        op->rm = op->rn;
        op->rn = op->rd;
        break;
    case F16_NEG:
        op->imm = 0;
        f->kind = DPK_I;
        break;
    case F16_HI:
        op->rd = op->rn = (uint8_t)(BITS(e, 7, 7) << 3 | BITS(e, 2, 0));
        op->rm = BITS(e, 6, 3);
        break;
    case F16_RM:
        op->rm = BITS(e, 6, 3);
        break;
    case F16_LIT:
        op->rd = BITS(e, 10, 8);
        op->imm = ((pc + 4) & ~3u) + (e & 0xffu) * 4;
        f->mem_kind = MEMK_LIT;
        break;
    case F16_MEMR:
        op->x = 0;
        f->mem_kind = MEMK_REG;
        break;
    case F16_MEM4:
        op->imm = BITS(e, 10, 6) * 4;
        break;
    case F16_MEM2:
        op->imm = BITS(e, 10, 6) * 2;
        break;
    case F16_MEM1:
        op->imm = BITS(e, 10, 6);
        break;
    case F16_MEMSP:
    case F16_ADDSP:
        op->rd = BITS(e, 10, 8);
        op->rn = 13;
        op->imm = (e & 0xffu) * 4;
        op->x = 2;
        f->kind = DPK_I;
        break;
    case F16_SPADD:
        op->imm = (e & 0x7fu) * 4;
        break;
    case F16_SPSUB:
        op->imm = 0u - (e & 0x7fu) * 4;
        break;
    case F16_CBZ:
        op->rn = op->rd;
        op->imm = pc + 4 + (BITS(e, 9, 9) << 6 | BITS(e, 7, 3) << 1);
        break;
    case F16_PUSH:
        op->imm = (e & 0xffu) | BITS(e, 8, 8) << 14;
        break;
    case F16_POP:
        op->imm = (e & 0xffu) | BITS(e, 8, 8) << 15;
        break;
    case F16_LIST:
        op->rn = BITS(e, 10, 8);
        op->imm = e & 0xffu;
        op->x = 1; /* write back; a load whose list holds the base does not */
        if ((e & 0x800u) && (op->imm & 1u << op->rn))
            op->x = 0;
        break;
    case F16_BCC:
        f->cond = BITS(e, 11, 8);
        op->imm = pc + 4 + (uint32_t)sign_extend(e & 0xffu, 8) * 2;
        break;
    case F16_B:
        op->imm = pc + 4 + (uint32_t)sign_extend(e & 0x7ffu, 11) * 2;
        break;
    default:
        break;
    }
}

static uint32_t branch_offset(uint32_t e)
{
    uint32_t s = BITS(e, 26, 26);
    uint32_t i1 = !(BITS(e, 13, 13) ^ s), i2 = !(BITS(e, 11, 11) ^ s);
    uint32_t value = s << 24 | i1 << 23 | i2 << 22 | BITS(e, 25, 16) << 12 | BITS(e, 10, 0) << 1;
    return (uint32_t)sign_extend(value, 25);
}

static void extract_memory8(uint32_t e, struct op *op, struct fields *f)
{
    bool index = e & 0x400u, up = e & 0x200u, write_back = e & 0x100u;
    op->rd = BITS(e, 15, 12);
    op->imm = up ? e & 0xffu : 0u - (e & 0xffu);
    f->mem_kind = !write_back ? MEMK_IMM : index ? MEMK_PRE : MEMK_POST;
    if (!index && !write_back)
        f->undefined = true;
}

static void extract32(const struct decode_entry *entry, uint32_t e, uint32_t pc, struct op *op,
                      struct fields *f)
{
    op->rn = BITS(e, 19, 16);
    op->rd = BITS(e, 11, 8);
    op->rm = BITS(e, 3, 0);
    op->ra = BITS(e, 15, 12);
    op->imm = e;
    f->set_flags = BITS(e, 20, 20);
    f->kind = DPK_R;
    f->mem_kind = MEMK_IMM;
    switch ((enum decode_format)entry->format) {
    case F32_LDM:
        op->imm = e & 0xffffu;
        op->x = (uint8_t)(BITS(e, 21, 21) | BITS(e, 24, 24) << 1);
        break;
    case F32_LDRD:
        op->rd = BITS(e, 15, 12);
        op->rm = BITS(e, 11, 8);
        op->x = (uint8_t)(BITS(e, 24, 24) << 1 | BITS(e, 21, 21)); /* P:W */
        op->imm = BITS(e, 23, 23) ? (e & 0xffu) * 4 : 0u - (e & 0xffu) * 4;
        f->undefined = op->x == 0;
        break;
    case F32_LDREX:
    case F32_LDREXB:
        op->rd = BITS(e, 15, 12);
        op->ra = BITS(e, 11, 8);
        break;
    case F32_DPS:
        f->kind = shift_kind(BITS(e, 5, 4), BITS(e, 14, 12) << 2 | BITS(e, 7, 6), &op->x);
        break;
    case F32_DPI:
        op->imm =
            expand_immediate(BITS(e, 26, 26) << 11 | BITS(e, 14, 12) << 8 | (e & 0xffu), &op->x);
        f->kind = DPK_I;
        break;
    case F32_I12:
        op->imm = BITS(e, 26, 26) << 11 | BITS(e, 14, 12) << 8 | (e & 0xffu);
        op->x = 2;
        f->set_flags = false;
        f->kind = DPK_I;
        break;
    case F32_I16:
        op->imm = op->rn << 12 | BITS(e, 26, 26) << 11 | BITS(e, 14, 12) << 8 | (e & 0xffu);
        op->x = 2;
        f->set_flags = false;
        f->kind = DPK_I;
        break;
    case F32_BITS:
        op->x = (uint8_t)(BITS(e, 14, 12) << 2 | BITS(e, 7, 6)); /* lsb */
        op->ra = e & 0x1fu;                                      /* width - 1, or msb */
        break;
    case F32_BCC: {
        uint32_t offset = BITS(e, 26, 26) << 20 | BITS(e, 11, 11) << 19 | BITS(e, 13, 13) << 18 |
                          BITS(e, 21, 16) << 12 | BITS(e, 10, 0) << 1;
        op->imm = pc + 4 + (uint32_t)sign_extend(offset, 21);
        f->cond = BITS(e, 25, 22);
        break;
    }
    case F32_B:
        op->imm = pc + 4 + branch_offset(e);
        break;
    case F32_MEM12:
        op->rd = BITS(e, 15, 12);
        op->imm = e & 0xfffu;
        break;
    case F32_MEM8:
        extract_memory8(e, op, f);
        break;
    case F32_MEMR:
        op->rd = BITS(e, 15, 12);
        op->x = BITS(e, 5, 4);
        f->mem_kind = MEMK_REG;
        break;
    case F32_MEMLIT:
        op->rd = BITS(e, 15, 12);
        op->imm = ((pc + 4) & ~3u) + (BITS(e, 23, 23) ? e & 0xfffu : 0u - (e & 0xfffu));
        f->mem_kind = MEMK_LIT;
        break;
    default:
        break;
    }
}

static enum op_id undefined(uint32_t encoding, struct op *op)
{
    op->helper = h_undefined;
    op->imm = encoding;
    return OP_HELPER;
}

static enum op_id decode_dp(unsigned code, bool set_flags, const struct fields *f, bool wide,
                            uint32_t encoding, struct op *op)
{
    bool compare = code >= DP_TST;
    if (compare)
        set_flags = true;
    if (!compare && op->rd == 13) {
        if ((code == DP_ADD || code == DP_SUB) && op->rn == 13 && f->kind == DPK_I && !set_flags) {
            if (code == DP_SUB)
                op->imm = 0u - op->imm;
            return OP_SP_ADD;
        }
        if (f->kind == DPK_I)
            return undefined(encoding, op);
        op->helper = h_dp_sp;
        op->ra = (uint8_t)code;
        op->imm = f->kind;
        return OP_HELPER;
    }
    if (wide && ((!compare && op->rd == 15) || (op->rn == 15 && code != DP_MOV && code != DP_MVN) ||
                 (f->kind != DPK_I && op->rm == 15)))
        return undefined(encoding, op);
    return OP_DP(code, f->kind, set_flags);
}

/* ADD, CMP and MOV on high registers: the PC as an operand becomes a constant, as a target a
 * branch. */
static enum op_id decode_high(unsigned code, uint32_t pc, const struct fields *f, uint32_t encoding,
                              struct op *op)
{
    if (op->rd == 15) {
        op->helper = h_alu_pc;
        op->x = (uint8_t)code;
        op->imm = pc + 4;
        return OP_HELPER;
    }
    if (op->rm == 15) {
        if (op->rd == 13)
            return undefined(encoding, op);
        op->imm = pc + 4;
        op->x = 2;
        return OP_DP(code, DPK_I, 0);
    }
    return decode_dp(code, false, f, false, encoding, op);
}

static enum op_id decode_memory(unsigned code, const struct fields *f, uint32_t encoding,
                                struct op *op)
{
    bool load = code <= MEMC_LDRSH;
    if (f->undefined || (!load && op->rd == 15) ||
        (!load && f->mem_kind != MEMK_LIT && op->rn == 15))
        return undefined(encoding, op);
    if (op->rn == 13 && op->rd != 13) { /* PUSH and POP of one register */
        bool pop = code == MEMC_LDR && f->mem_kind == MEMK_POST && op->imm == 4;
        bool push = code == MEMC_STR && f->mem_kind == MEMK_PRE && op->imm == 0u - 4;
        if (pop || push) {
            op->imm = 1u << op->rd;
            op->ra = 1;
            return push ? OP_PUSH : op->rd == 15 ? OP_POP_PC : OP_POP;
        }
    }
    bool write_back = f->mem_kind == MEMK_PRE || f->mem_kind == MEMK_POST;
    if ((load && op->rd >= 13 && op->rd != 14) || (write_back && (op->rn == 13 || op->rn == 15))) {
        op->helper = h_mem_slow;
        op->size |= (uint8_t)(code << 4);
        op->ra = (uint8_t)f->mem_kind;
        return OP_HELPER;
    }
    return OP_MEM(code, f->mem_kind);
}

static enum op_id decode_multiple(enum op_id id, uint32_t encoding, bool wide, struct op *op)
{
    bool load = id == OP_LDM, before = op->x & 2, write_back = op->x & 1;
    op->ra = (uint8_t)__builtin_popcount(op->imm);
    if (op->imm == 0 || op->rn == 15)
        return undefined(encoding, op);
    if (wide && op->rn == 13 && write_back) {
        if (load && !before) {
            if (op->imm & 0x2000u)
                return undefined(encoding, op);
            return op->imm & 0x8000u ? OP_POP_PC : OP_POP;
        }
        if (!load && before)
            return OP_PUSH;
    }
    if ((op->imm & 0xa000u) || (op->rn == 13 && write_back)) {
        op->helper = h_ldm_stm;
        op->rd = load;
        return OP_HELPER;
    }
    return id;
}

/* Adjustments that depend on more than the format. */
static enum op_id decode_plain(const struct decode_entry *entry, uint32_t encoding, bool wide,
                               bool in_it, const struct fields *f, struct op *op)
{
    enum op_id id = (enum op_id)entry->op;
    switch (id) {
    case OP_HELPER:
        op->helper = entry->helper;
        op->imm = encoding;
        return id;
    case OP_B_EQ:
        return f->cond >= 14 ? undefined(encoding, op) : (enum op_id)(OP_B_EQ + f->cond);
    case OP_LDM:
    case OP_STM:
        return decode_multiple(id, encoding, wide, op);
    case OP_PUSH:
    case OP_POP:
        op->ra = (uint8_t)__builtin_popcount(op->imm);
        if (op->imm == 0)
            return undefined(encoding, op);
        return id == OP_POP && (op->imm & 0x8000u) ? OP_POP_PC : id;
    case OP_LDRD:
    case OP_STRD:
        if (f->undefined || (id == OP_STRD && op->rn == 15))
            return undefined(encoding, op);
        if ((op->x & 1) && (op->rn == 13 || op->rn == 15)) {
            op->helper = h_ldrd_strd;
            op->size |= (uint8_t)((id == OP_LDRD) << 4);
            return OP_HELPER;
        }
        if (op->rn == 15)
            op->ra = 15;
        return id;
    case OP_LSL_REG:
    case OP_LSR_REG:
    case OP_ASR_REG:
    case OP_ROR_REG:
        return (wide ? f->set_flags : !in_it) ? (enum op_id)(id + (OP_LSLS_REG - OP_LSL_REG)) : id;
    case OP_MUL:
        return !wide && !in_it ? OP_MULS : id;
    case OP_SXTB:
    case OP_UXTB:
    case OP_SXTH:
    case OP_UXTH:
        op->x = wide ? (uint8_t)(BITS(encoding, 5, 4) * 8) : 0;
        return id;
    case OP_SMLAXY:
        op->x = (uint8_t)BITS(encoding, 5, 4);
        return op->ra == 15 ? OP_SMULXY : OP_SMLAXY;
    case OP_BFI:
    case OP_BFC:
        if (op->ra < op->x)
            return undefined(encoding, op);
        return id;
    default:
        return id;
    }
}

/* The cost model (docs/simulator.md, "Cycles"): what an instruction costs before it branches. */
static unsigned cost(enum op_id id, const struct op *op)
{
    switch (id) {
    case OP_PUSH:
    case OP_POP:
    case OP_POP_PC:
    case OP_LDM:
    case OP_STM:
        return op->ra > 1 ? op->ra : 1;
    case OP_LDRD:
    case OP_STRD:
        return 2;
    case OP_UDIV:
    case OP_SDIV:
        return 6;
    default:
        return 1;
    }
}

enum op_id decode(uint32_t encoding, bool wide, uint32_t pc, uint8_t it, struct op *op,
                  unsigned *cycles)
{
    struct fields f = {0};
    bool in_it = it & 0xfu;
    memset(op, 0, sizeof *op);
    op->size = wide ? 4 : 2;
    op->it = it;
    *cycles = 1;
    const struct decode_entry *entry = decode_find(encoding, wide);
    if (!entry)
        return undefined(encoding, op);
    if (wide)
        extract32(entry, encoding, pc, op, &f);
    else
        extract16(entry, encoding, pc, op, &f);

    enum op_id id;
    switch ((enum decode_detail)entry->detail) {
    case DECODE_DP:
        id = decode_dp(entry->op, wide && f.set_flags, &f, wide, encoding, op);
        break;
    case DECODE_DPF:
        id = decode_dp(entry->op, !in_it, &f, wide, encoding, op);
        break;
    case DECODE_HI:
        id = decode_high(entry->op, pc, &f, encoding, op);
        break;
    case DECODE_ADR:
    case DECODE_ADR_SUB:
        if (wide)
            op->imm = ((pc + 4) & ~3u) + (entry->detail == DECODE_ADR ? op->imm : 0u - op->imm);
        op->x = 2;
        id = op->rd >= 13 && op->rd != 14 ? undefined(encoding, op) : OP_DP(DP_MOV, DPK_I, 0);
        break;
    case DECODE_MEM:
        id = decode_memory(entry->op, &f, encoding, op);
        break;
    default:
        id = decode_plain(entry, encoding, wide, in_it, &f, op);
        break;
    }
    *cycles = cost(id, op);
    return id;
}
