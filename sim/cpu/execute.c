/* The threaded core: one handler a hot instruction, jumping straight to the next one's handler.
 * Everything else goes through OP_HELPER. Between blocks r[15], it and cycles are exact; inside,
 * `now` and `inside` say where a slow path was entered from. */
#include <string.h>

#include "cpu/code_cache.h"
#include "cpu/exception.h"
#include "cpu/memory.h"
#include "cpu/nvic.h"

#define COST_TAKEN 1u /* a taken branch refills the pipeline */

static inline uint32_t add_flags(struct cpu *cpu, uint32_t a, uint32_t b)
{
    uint32_t result;
    int32_t ignored;
    cpu->c = __builtin_add_overflow(a, b, &result);
    cpu->v = __builtin_add_overflow((int32_t)a, (int32_t)b, &ignored);
    cpu->nz = (int32_t)result;
    return result;
}

static inline uint32_t sub_flags(struct cpu *cpu, uint32_t a, uint32_t b)
{
    int32_t ignored;
    cpu->c = a >= b;
    cpu->v = __builtin_sub_overflow((int32_t)a, (int32_t)b, &ignored);
    cpu->nz = (int32_t)(a - b);
    return a - b;
}

static inline uint32_t adc_flags(struct cpu *cpu, uint32_t a, uint32_t b, uint32_t carry)
{
    uint64_t wide = (uint64_t)a + b + carry;
    uint32_t result = (uint32_t)wide;
    cpu->c = (uint32_t)(wide >> 32);
    cpu->v = (~(a ^ b) & (a ^ result)) >> 31;
    cpu->nz = (int32_t)result;
    return result;
}

static inline uint32_t rotate_right(uint32_t value, unsigned amount)
{
    return value >> (amount & 31u) | value << (-amount & 31u);
}

/* Shifts by 0..255 as the register-shift instructions do; *carry is updated unless amount is 0. */
static inline uint32_t shift_register(unsigned type, uint32_t value, unsigned amount,
                                      uint32_t *carry)
{
    if (amount == 0)
        return value;
    switch (type) {
    case 0:
        *carry = amount <= 32 ? (uint32_t)((uint64_t)value << amount >> 32) & 1u : 0;
        return amount < 32 ? value << amount : 0;
    case 1:
        *carry = amount <= 32 ? (uint32_t)((uint64_t)value >> (amount - 1)) & 1u : 0;
        return amount < 32 ? value >> amount : 0;
    case 2:
        if (amount > 32)
            amount = 32;
        *carry = (uint32_t)((int64_t)(int32_t)value >> (amount - 1)) & 1u;
        return (uint32_t)((int64_t)(int32_t)value >> amount);
    default:
        value = rotate_right(value, amount);
        *carry = value >> 31;
        return value;
    }
}

/* Leaves `inside`/`now` pointing at the instruction for the time of a slow path. */
#define ENTER_SLOW() (cpu->now = op, cpu->inside = block)
#define LEAVE_SLOW() (cpu->now = NULL)

static __attribute__((noinline)) bool slow_load(struct cpu *cpu, const struct block *block,
                                                const struct op *op, uint32_t address,
                                                unsigned size, uint32_t *value)
{
    const struct tlb_entry *entry = tlb_slot(cpu->tlb, address);
    if ((address & (size - 1)) && (address & ~(TLB_PAGE - 1)) == entry->read_tag &&
        (address & (TLB_PAGE - 1)) <= TLB_PAGE - size &&
        !(cpu->ccr[cpu->secure] & CCR_UNALIGN_TRP) && (address >> 29) != 2 && (address >> 29) < 5) {
        *value = 0;
        memcpy(value, (const void *)(entry->addend + address), size);
        return true;
    }
    ENTER_SLOW();
    bool ok = mem_load(cpu, address, size, value);
    LEAVE_SLOW();
    return ok;
}

static __attribute__((noinline)) bool slow_store(struct cpu *cpu, const struct block *block,
                                                 const struct op *op, uint32_t address,
                                                 unsigned size, uint32_t value)
{
    ENTER_SLOW();
    bool ok = mem_store(cpu, address, size, value);
    LEAVE_SLOW();
    return ok;
}

/* Multiple transfers. The registers of `list` from `address` upwards; false after a fault, with no
 * register changed. */
static __attribute__((noinline)) bool slow_load_multiple(struct cpu *cpu, const struct block *block,
                                                         const struct op *op, uint32_t address,
                                                         uint32_t list, uint32_t *pc)
{
    uint32_t values[16];
    struct mem_options options = {.aligned = true};
    ENTER_SLOW();
    for (unsigned i = 0; i < 16; i++) {
        if (!(list & 1u << i))
            continue;
        if (!mem_load_with(cpu, address, 4, options, &values[i])) {
            LEAVE_SLOW();
            return false;
        }
        address += 4;
    }
    LEAVE_SLOW();
    for (unsigned i = 0; i < 15; i++)
        if (list & 1u << i)
            cpu->r[i] = values[i];
    if (list & 0x8000u)
        *pc = values[15];
    return true;
}

static __attribute__((noinline)) bool slow_store_multiple(struct cpu *cpu,
                                                          const struct block *block,
                                                          const struct op *op, uint32_t address,
                                                          uint32_t list)
{
    struct mem_options options = {.aligned = true};
    ENTER_SLOW();
    for (unsigned i = 0; i < 16; i++) {
        if (!(list & 1u << i))
            continue;
        if (!mem_store_with(cpu, address, 4, options, cpu->r[i])) {
            LEAVE_SLOW();
            return false;
        }
        address += 4;
    }
    LEAVE_SLOW();
    return true;
}

static inline const uint32_t *fast_span(const struct tlb_entry *tlb, uint32_t address,
                                        unsigned bytes, bool write)
{
    const struct tlb_entry *entry = tlb_slot(tlb, address);
    uint32_t tag = write ? entry->write_tag : entry->read_tag;
    if ((address & (~(TLB_PAGE - 1) | 3u)) != tag || (address & (TLB_PAGE - 1)) + bytes > TLB_PAGE)
        return NULL;
    return (const uint32_t *)(entry->addend + address);
}

static inline bool load_multiple(struct cpu *cpu, const struct tlb_entry *tlb,
                                 const struct block *block, const struct op *op, uint32_t address,
                                 uint32_t *pc)
{
    const uint32_t *from = fast_span(tlb, address, op->ra * 4u, false);
    if (unlikely(!from))
        return slow_load_multiple(cpu, block, op, address, op->imm, pc);
    for (uint32_t list = op->imm & 0x7fffu; list; list &= list - 1)
        cpu->r[__builtin_ctz(list)] = *from++;
    if (op->imm & 0x8000u)
        *pc = *from;
    return true;
}

static inline bool store_multiple(struct cpu *cpu, const struct tlb_entry *tlb,
                                  const struct block *block, const struct op *op, uint32_t address)
{
    uint32_t *to = (uint32_t *)(uintptr_t)fast_span(tlb, address, op->ra * 4u, true);
    if (unlikely(!to))
        return slow_store_multiple(cpu, block, op, address, op->imm);
    for (uint32_t list = op->imm; list; list &= list - 1)
        *to++ = cpu->r[__builtin_ctz(list)];
    return true;
}

/* A block that may be entered now for an indirect branch, without the dispatcher's help. */
static inline struct block *jump_cached(const struct cpu *cpu, uint32_t pc)
{
    struct block *block = cpu->jump[pc / 2 % JUMP_CACHE];
    if (likely(block && block->pc == pc && block->epoch == cpu->epoch &&
               block->regime == cpu->regime))
        return block;
    return NULL;
}

/* The SP fell below its limit: STKOF. */
static __attribute__((noinline)) void stack_limit_fault(struct cpu *cpu, const struct op *op,
                                                        const struct block *block)
{
    ENTER_SLOW();
    cpu->cfsr[cpu->secure] |= CFSR_STKOF;
    nvic_raise(cpu, EXC_USAGEFAULT, cpu->secure);
    LEAVE_SLOW();
}

static __attribute__((noinline)) bool divide_by_zero(struct cpu *cpu, const struct op *op,
                                                     const struct block *block)
{
    if (!(cpu->ccr[cpu->secure] & CCR_DIV_0_TRP))
        return false;
    ENTER_SLOW();
    cpu->cfsr[cpu->secure] |= CFSR_DIVBYZERO;
    nvic_raise(cpu, EXC_USAGEFAULT, cpu->secure);
    LEAVE_SLOW();
    return true;
}

static const void *const *threaded(struct cpu *cpu, struct block *block)
{
    static const void *const labels[OP_COUNT] = {
#define X_KIND(OP, KIND)                                                                           \
    [OP_##OP##_##KIND] = &&l_##OP##_##KIND, [OP_##OP##S_##KIND] = &&l_##OP##S_##KIND,
#define X_OP(OP) OP_DP_KINDS(X_KIND, OP)
        // cppcheck-suppress assignBoolToPointer
        OP_DP_LIST(X_OP)
#undef X_KIND
#undef X_OP
#define X_OP(OP)                                                                                   \
    [OP_##OP##_IMM] = &&l_##OP##_IMM, [OP_##OP##_REG] = &&l_##OP##_REG,                            \
    [OP_##OP##_PRE] = &&l_##OP##_PRE, [OP_##OP##_POST] = &&l_##OP##_POST,                          \
    [OP_##OP##_LIT] = &&l_##OP##_LIT,
            OP_MEM_LIST(X_OP)
#undef X_OP
#define X_OP(OP) [OP_##OP] = &&l_##OP,
                OP_REST_LIST(X_OP)
#undef X_OP
#define X_OP(OP) [OP_B_##OP] = &&l_B_##OP, [OP_GUARD_##OP] = &&l_GUARD_##OP,
                    OP_COND_LIST(X_OP)
#undef X_OP
#define X_FUSED(FIRST)            OP_FUSED(B, FIRST, X_COND) OP_FUSED(GUARD, FIRST, X_COND)
#define X_COND(THEN, FIRST, COND) [OP_##FIRST##_##THEN##_##COND] = &&l_##FIRST##_##THEN##_##COND,
                        OP_FUSED_LIST(X_FUSED)
#undef X_COND
#undef X_FUSED
    };
    if (!cpu)
        return labels;

    uint32_t *const r = cpu->r;
    const struct tlb_entry *const tlb = cpu->tlb;
    struct op *op = block->ops;
    uint32_t target;
    goto * op->go;

#define NEXT()                                                                                     \
    do {                                                                                           \
        op++;                                                                                      \
        goto * op->go;                                                                             \
    } while (0)
/* After a slow path: go on unless something asked to leave the block. */
#define NEXT_CHECKED()                                                                             \
    do {                                                                                           \
        if (unlikely(cpu->leave))                                                                  \
            goto leave_after;                                                                      \
        NEXT();                                                                                    \
    } while (0)

/* To the block at op->imm, if it is known and no event is due in it. */
#define FOLLOW()                                                                                   \
    do {                                                                                           \
        struct block *next = op->link;                                                             \
        if (unlikely(next->epoch != cpu->epoch || cpu->cycles + next->cycles_max > cpu->stop_at))  \
            goto unlinked;                                                                         \
        block = next;                                                                              \
        op = block->ops;                                                                           \
        goto * op->go;                                                                             \
    } while (0)
/* A taken branch with its target in op->imm. */
#define DIRECT()                                                                                   \
    do {                                                                                           \
        cpu->cycles += op->cycles + 1u + COST_TAKEN;                                               \
        cpu->instructions += op->index + 1u;                                                       \
        FOLLOW();                                                                                  \
    } while (0)

#include "cpu/execute_data.h"
#include "cpu/execute_memory.h"
#include "cpu/execute_branch.h"

leave_after: /* the instruction is complete; stop before the next one */
    op++;
leave_before:
    cpu->cycles += op->cycles;
    cpu->instructions += op->index;
    cpu->it = op->it;
    r[15] = block->pc + op->offset;
    return NULL;

indirect: /* branch to `target`, whose bit 0 may say that it is not plain */
    cpu->cycles += op->cycles + 1u + COST_TAKEN;
    cpu->instructions += op->index + 1u;
    cpu->it = 0;
    if (likely((target & 1u) && target < 0xfe000000u)) {
        r[15] = target - 1;
        struct block *next = jump_cached(cpu, target - 1);
        if (likely(next && cpu->cycles + next->cycles_max <= cpu->stop_at && !cpu->leave)) {
            block = next;
            op = block->ops;
            goto * op->go;
        }
        return NULL;
    }
    branch_interworking(cpu, target);
    return NULL;

unlinked: /* direct branch whose block is not known or may not be entered yet */
    r[15] = op->imm;
    cpu->it = 0;
    cpu->link_from = op;
    return NULL;
}

const void *const *cpu_execute_labels(void)
{
    return threaded(NULL, NULL);
}

void cpu_execute(struct cpu *cpu, struct block *block)
{
    threaded(cpu, block);
}
