/* Rare integer instructions: SP and PC as data-processing targets, loads to SP or PC, exclusive
 * and acquire/release accesses, unprivileged accesses. */
#include "cpu/helpers.h"

#include "cpu/attribution.h"
#include "cpu/decode.h"
#include "cpu/exception.h"
#include "cpu/memory.h"
#include "cpu/nvic.h"

static const uint8_t mem_sizes[] = {
    [MEMC_LDR] = 4,   [MEMC_LDRB] = 1, [MEMC_LDRH] = 2, [MEMC_LDRSB] = 1,
    [MEMC_LDRSH] = 2, [MEMC_STR] = 4,  [MEMC_STRB] = 1, [MEMC_STRH] = 2};

static bool stack_limit_ok(struct cpu *cpu, uint32_t sp)
{
    if (likely(sp >= cpu_sp_limit(cpu)))
        return true;
    cpu->cfsr[cpu->secure] |= CFSR_STKOF;
    nvic_raise(cpu, EXC_USAGEFAULT, cpu->secure);
    return false;
}

static uint32_t shifted(const struct cpu *cpu, const struct op *op)
{
    uint32_t value = cpu->r[op->rm];
    switch ((enum dp_kind)op->imm) {
    case DPK_LSL:
        return value << op->x;
    case DPK_LSR:
        return (uint32_t)((uint64_t)value >> op->x);
    case DPK_ASR:
        return (uint32_t)((int64_t)(int32_t)value >> op->x);
    case DPK_ROR:
        return value >> op->x | value << (32 - op->x);
    case DPK_RRX:
        return value >> 1 | cpu->c << 31;
    default:
        return value;
    }
}

/* ADD, SUB and MOV to SP from registers; op->ra is the dp_code, op->imm the dp_kind. */
enum exec_result h_dp_sp(struct cpu *cpu, const struct op *op)
{
    uint32_t operand = shifted(cpu, op), result;
    switch ((enum dp_code)op->ra) {
    case DP_ADD:
        result = cpu->r[op->rn] + operand;
        break;
    case DP_SUB:
        result = cpu->r[op->rn] - operand;
        break;
    case DP_MOV:
        result = operand;
        break;
    default:
        return h_undefined(cpu, op);
    }
    if (!stack_limit_ok(cpu, result))
        return EXEC_FAULT;
    cpu->r[13] = result & ~3u;
    return EXEC_NEXT;
}

/* ADD PC, Rm and MOV PC, Rm: plain branches; op->imm is the PC operand. */
enum exec_result h_alu_pc(struct cpu *cpu, const struct op *op)
{
    uint32_t pc = op->imm, value = op->rm == 15 ? pc : cpu->r[op->rm];
    if (op->x == DP_ADD)
        value += pc;
    cpu->r[15] = value & ~1u;
    cpu->it = 0;
    return EXEC_BRANCH;
}

static uint32_t extend(unsigned code, uint32_t value)
{
    if (code == MEMC_LDRSB)
        return (uint32_t)(int8_t)value;
    if (code == MEMC_LDRSH)
        return (uint32_t)(int16_t)value;
    return value;
}

/* Loads and stores with SP as write-back base, or with SP or PC as the loaded register. The
 * mem_code is in the high half of op->size, the mem_kind in op->ra. */
enum exec_result h_mem_slow(struct cpu *cpu, const struct op *op)
{
    unsigned code = op->size >> 4, size = mem_sizes[code];
    enum mem_kind kind = (enum mem_kind)op->ra;
    uint32_t base = cpu->r[op->rn], offset = op->imm, address, value;
    bool write_back = kind == MEMK_PRE || kind == MEMK_POST;
    if (kind == MEMK_LIT)
        base = 0;
    if (kind == MEMK_REG)
        offset = cpu->r[op->rm] << op->x;
    address = kind == MEMK_POST ? base : base + offset;
    if (write_back && op->rn == 13 && !stack_limit_ok(cpu, base + offset))
        return EXEC_FAULT;
    if (code >= MEMC_STR) {
        if (!mem_store(cpu, address, size, cpu->r[op->rd]))
            return EXEC_FAULT;
    } else if (!mem_load(cpu, address, size, &value)) {
        return EXEC_FAULT;
    }
    if (write_back) /* SP<1:0> are always zero */
        cpu->r[op->rn] = (base + offset) & (op->rn == 13 ? ~3u : ~0u);
    if (code >= MEMC_STR)
        return EXEC_NEXT;
    value = extend(code, value);
    if (op->rd == 15) {
        cpu->it = 0;
        branch_interworking(cpu, value);
        return EXEC_BRANCH;
    }
    cpu->r[op->rd] = op->rd == 13 ? value & ~3u : value;
    return EXEC_NEXT;
}

/* LDRT, STRT and their byte and half-word forms. */
enum exec_result h_mem_unpriv(struct cpu *cpu, const struct op *op)
{
    static const uint8_t sizes[] = {1, 2, 4, 0};
    uint32_t e = op->imm, address = cpu->r[op->rn] + (e & 0xffu), value;
    unsigned rt = e >> 12 & 15u, size = sizes[e >> 21 & 3u];
    struct mem_options options = {.unprivileged = true};
    if (op->rn == 15 || size == 0 || rt == 15)
        return h_undefined(cpu, op);
    if (!(e & 1u << 20))
        return mem_store_with(cpu, address, size, options, cpu->r[rt]) ? EXEC_NEXT : EXEC_FAULT;
    if (!mem_load_with(cpu, address, size, options, &value))
        return EXEC_FAULT;
    if (e & 1u << 24)
        value = size == 1 ? (uint32_t)(int8_t)value : (uint32_t)(int16_t)value;
    cpu->r[rt] = value;
    return EXEC_NEXT;
}

/* LDRD and STRD that write SP back. */
enum exec_result h_ldrd_strd(struct cpu *cpu, const struct op *op)
{
    uint32_t base = cpu->r[op->rn], result = base + op->imm;
    uint32_t address = op->x & 2 ? result : base, low, high;
    struct mem_options options = {.aligned = true};
    if (!stack_limit_ok(cpu, result))
        return EXEC_FAULT;
    if (op->size >> 4) {
        if (!mem_load_with(cpu, address, 4, options, &low) ||
            !mem_load_with(cpu, address + 4, 4, options, &high))
            return EXEC_FAULT;
        cpu->r[op->rd] = low;
        cpu->r[op->rm] = high;
    } else if (!mem_store_with(cpu, address, 4, options, cpu->r[op->rd]) ||
               !mem_store_with(cpu, address + 4, 4, options, cpu->r[op->rm])) {
        return EXEC_FAULT;
    }
    cpu->r[op->rn] = result;
    return EXEC_NEXT;
}

/* LDM and STM forms without a handler: PC in the list, or SP written back upwards or downwards.
 * op->imm is the encoding. */
enum exec_result h_ldm_stm(struct cpu *cpu, const struct op *op)
{
    bool load = op->rd, before = op->x & 2, write_back = op->x & 1;
    uint32_t list = op->imm, span = op->ra * 4u, base = cpu->r[op->rn];
    uint32_t result = before ? base - span : base + span, address = before ? result : base;
    uint32_t values[16] = {0};
    struct mem_options options = {.aligned = true};
    if (write_back && op->rn == 13 && !stack_limit_ok(cpu, result))
        return EXEC_FAULT;
    for (unsigned i = 0; i < 16; i++) {
        if (!(list & 1u << i))
            continue;
        bool ok = load ? mem_load_with(cpu, address, 4, options, &values[i])
                       : mem_store_with(cpu, address, 4, options, cpu->r[i]);
        if (!ok)
            return EXEC_FAULT;
        address += 4;
    }
    if (write_back)
        cpu->r[op->rn] = result;
    if (!load)
        return EXEC_NEXT;
    for (unsigned i = 0; i < 15; i++)
        if (list & 1u << i)
            cpu->r[i] = values[i];
    if (!(list & 0x8000u))
        return EXEC_NEXT;
    cpu->it = 0;
    branch_interworking(cpu, values[15]);
    return EXEC_BRANCH;
}

static enum exec_result exclusive(struct cpu *cpu, uint32_t address, unsigned size, bool load,
                                  unsigned rt, unsigned status)
{
    struct mem_options options = {.aligned = true};
    if (load) {
        uint32_t value;
        if (!mem_load_with(cpu, address, size, options, &value))
            return EXEC_FAULT;
        cpu->exclusive = true;
        cpu->exclusive_address = address & ~7u;
        cpu->r[rt] = value;
        return EXEC_NEXT;
    }
    if ((address & (size - 1)) != 0) {
        cpu->cfsr[cpu->secure] |= CFSR_UNALIGNED;
        nvic_raise(cpu, EXC_USAGEFAULT, cpu->secure);
        return EXEC_FAULT;
    }
    bool pass = cpu->exclusive && cpu->exclusive_address == (address & ~7u);
    if (pass && !mem_store_with(cpu, address, size, options, cpu->r[rt]))
        return EXEC_FAULT;
    cpu->exclusive = false;
    cpu->r[status] = !pass;
    return EXEC_NEXT;
}

enum exec_result h_ldrex_strex(struct cpu *cpu, const struct op *op)
{
    uint32_t e = op->imm, base = cpu->r[op->rn];
    bool load = e & 1u << 20;
    if (op->rn == 15 || op->rd >= 15)
        return h_undefined(cpu, op);
    if (!(e & 1u << 23)) /* word: immediate offset */
        return exclusive(cpu, base + (e & 0xffu) * 4, 4, load, op->rd, op->ra);
    unsigned size = 1u << (e >> 4 & 3u);
    return exclusive(cpu, base, size, load, op->rd, e & 15u);
}

/* LDA, STL and their exclusive forms: bits [6] exclusive, [5:4] size. */
enum exec_result h_acquire_release(struct cpu *cpu, const struct op *op)
{
    uint32_t e = op->imm, address = cpu->r[op->rn], value;
    unsigned kind = e >> 4 & 15u, size = 1u << (kind & 3u);
    bool load = e & 1u << 20;
    struct mem_options options = {.aligned = true};
    if (!(kind & 8u) || size == 8 || op->rn == 15 || op->rd >= 15)
        return h_undefined(cpu, op);
    if (kind & 4u)
        return exclusive(cpu, address, size, load, op->rd, e & 15u);
    if (!load)
        return mem_store_with(cpu, address, size, options, cpu->r[op->rd]) ? EXEC_NEXT : EXEC_FAULT;
    if (!mem_load_with(cpu, address, size, options, &value))
        return EXEC_FAULT;
    cpu->r[op->rd] = value;
    return EXEC_NEXT;
}
