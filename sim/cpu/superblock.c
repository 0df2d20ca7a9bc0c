/* Passes over the ops of one superblock. Invariant: at every op where the block can be left, or
 * memory is touched, all registers and flags are what single steps would have made them. */
#include "cpu/superblock.h"

#include <string.h>

#define FLAG_NZ   1u
#define FLAG_C    2u
#define FLAG_V    4u
#define FLAGS_ALL (FLAG_NZ | FLAG_C | FLAG_V)

static bool is_data(enum op_id id)
{
    return id < OP_LDR_IMM;
}

static enum dp_code data_code(enum op_id id)
{
    return (enum dp_code)(id / 2 / DPK_COUNT);
}

static enum dp_kind data_kind(enum op_id id)
{
    return (enum dp_kind)(id / 2 % DPK_COUNT);
}

static bool is_compare(enum op_id id)
{
    return is_data(id) && data_code(id) >= DP_TST;
}

static bool is_shift_s(enum op_id id)
{
    return id >= OP_LSLS_REG && id <= OP_RORS_REG;
}

bool superblock_is_pure(enum op_id id)
{
    return is_data(id) || id == OP_NOP || (id >= OP_LSL_REG && id <= OP_SMLAL) ||
           (id >= OP_UXTB && id <= OP_RBIT) || id == OP_UMAAL || id == OP_SMULXY || id == OP_SMLAXY;
}

static bool is_branch_on_flags(enum op_id id)
{
    return id >= OP_B_EQ && id <= OP_B_LE;
}

static bool is_guard(enum op_id id)
{
    return id >= OP_GUARD_EQ && id <= OP_GUARD_LE;
}

static bool is_memory(enum op_id id)
{
    return id >= OP_LDR_IMM && id < OP_HELPER;
}

static bool sets_flags(enum op_id id)
{
    return (is_data(id) && ((id & 1u) || is_compare(id))) || is_shift_s(id) || id == OP_MULS;
}

bool superblock_keeps_flags(enum op_id id)
{
    return is_memory(id) || (superblock_is_pure(id) && !sets_flags(id));
}

bool superblock_links(enum op_id id)
{
    return id == OP_END || id == OP_B || id == OP_BL || id == OP_CBZ || id == OP_CBNZ ||
           is_branch_on_flags(id);
}

/* --- flags that nobody sees ---------------------------------------------------------------- */

struct flag_use {
    unsigned reads, may_write, must_write;
};

static bool is_arithmetic(enum dp_code code)
{
    return (code >= DP_ADD && code <= DP_RSB) || code == DP_CMP || code == DP_CMN;
}

static struct flag_use data_flags(enum op_id id, const struct op *op)
{
    struct flag_use use = {0};
    enum dp_code code = data_code(id);
    enum dp_kind kind = data_kind(id);
    if (code == DP_ADC || code == DP_SBC || kind == DPK_RRX)
        use.reads = FLAG_C;
    if (!sets_flags(id))
        return use;
    use.must_write = FLAG_NZ;
    if (is_arithmetic(code))
        use.must_write = FLAGS_ALL;
    else if (kind >= DPK_LSL || (kind == DPK_I && op->x != 2))
        use.must_write |= FLAG_C;
    use.may_write = use.must_write;
    return use;
}

static struct flag_use pure_flags(enum op_id id, const struct op *op)
{
    if (is_data(id))
        return data_flags(id, op);
    if (is_shift_s(id)) /* an amount of 0 leaves C alone */
        return (struct flag_use){.may_write = FLAG_NZ | FLAG_C, .must_write = FLAG_NZ};
    if (id == OP_MULS)
        return (struct flag_use){.may_write = FLAG_NZ, .must_write = FLAG_NZ};
    return (struct flag_use){0};
}

static enum op_id without_flags(enum op_id id)
{
    if (is_shift_s(id))
        return (enum op_id)(id - OP_LSLS_REG + OP_LSL_REG);
    if (id == OP_MULS)
        return OP_MUL;
    return is_compare(id) ? OP_NOP : (enum op_id)(id & ~1u);
}

/* From the end backwards; `live` are the flags that somebody may still look at. */
static void drop_dead_flags(const void *const *labels, struct op *ops, uint16_t *ids, size_t count)
{
    unsigned live = FLAGS_ALL;
    for (size_t i = count; i-- > 0;) {
        enum op_id id = (enum op_id)ids[i];
        if (!superblock_is_pure(id) || (ops[i].it & 0xfu)) {
            live = FLAGS_ALL;
            continue;
        }
        struct flag_use use = pure_flags(id, &ops[i]);
        if (use.may_write && !(use.may_write & live)) {
            ids[i] = (uint16_t)without_flags(id);
            ops[i].go = labels[ids[i]];
            use.must_write = 0;
        }
        live = (live & ~use.must_write) | use.reads;
    }
}

/* --- joining --------------------------------------------------------------------------------- */

/* First joined op of an instruction: branches, then guards; OP_COUNT if it has none. */
static enum op_id joined_id(enum op_id first)
{
    switch (first) {
#define X_FUSED(FIRST)                                                                             \
    case OP_##FIRST:                                                                               \
        return OP_##FIRST##_B_EQ;
        OP_FUSED_LIST(X_FUSED)
#undef X_FUSED
    default:
        return OP_COUNT;
    }
}

/* Registers as bit masks. Reading too much is safe. */
static unsigned registers_written(enum op_id id, const struct op *op)
{
    bool pair =
        id == OP_UMULL || id == OP_SMULL || id == OP_UMLAL || id == OP_SMLAL || id == OP_UMAAL;
    if (id == OP_NOP || is_compare(id))
        return 0;
    return 1u << op->rd | (pair ? 1u << op->ra : 0);
}

static unsigned registers_read(enum op_id id, const struct op *op)
{
    if (!is_data(id))
        return 1u << op->rd | 1u << op->rn | 1u << op->rm | 1u << op->ra;
    unsigned mask = data_kind(id) == DPK_I ? 0 : 1u << op->rm;
    if (data_code(id) != DP_MOV && data_code(id) != DP_MVN)
        mask |= 1u << op->rn;
    return mask;
}

/* True if the flag-setting op may be executed after `other` instead of before. */
static bool may_follow(enum op_id id, const struct op *op, enum op_id other_id,
                       const struct op *other)
{
    if (!superblock_is_pure(other_id) || (other->it & 0xfu))
        return false;
    struct flag_use use = pure_flags(other_id, other);
    if (use.reads || use.may_write)
        return false;
    unsigned mine = registers_written(id, op), theirs = registers_written(other_id, other);
    return !(theirs & (registers_read(id, op) | mine)) && !(mine & registers_read(other_id, other));
}

/* Moves the op at `from` to just before `to`. The place at `from` still stands for the same
 * address: that is where execution goes on if the op before it leaves the block. */
static void sink(struct op *ops, uint16_t *ids, size_t from, size_t to)
{
    struct op op = ops[from];
    uint16_t id = ids[from];
    memmove(&ops[from], &ops[from + 1], (to - from - 1) * sizeof *ops);
    memmove(&ids[from], &ids[from + 1], (to - from - 1) * sizeof *ids);
    ops[to - 1] = op;
    ids[to - 1] = id;
    ops[from].cycles = op.cycles;
    ops[from].offset = op.offset;
    ops[from].index = op.index;
}

/* Joins what sets flags with what uses them, over the pure ops between. The second half stays where
 * it is and is only passed over. */
static void join(const void *const *labels, struct op *ops, uint16_t *ids, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++) {
        enum op_id id = (enum op_id)ids[i], joined = joined_id(id);
        if (joined == OP_COUNT || (ops[i].it & 0xfu))
            continue;
        size_t user = i + 1;
        while (may_follow(id, &ops[i], (enum op_id)ids[user], &ops[user]))
            user++;
        enum op_id user_id = (enum op_id)ids[user];
        if (is_branch_on_flags(user_id) && !(ops[user].it & 0xfu))
            joined += user_id - OP_B_EQ;
        else if (is_guard(user_id))
            joined += OP_CMPS_I_GUARD_EQ - OP_CMPS_I_B_EQ + (user_id - OP_GUARD_EQ);
        else
            continue;
        sink(ops, ids, i, user);
        ids[user - 1] = (uint16_t)joined;
        ops[user - 1].go = labels[joined];
        i = user;
    }
}

void superblock_improve(const void *const *labels, struct op *ops, uint16_t *ids, size_t count)
{
    drop_dead_flags(labels, ops, ids, count);
    join(labels, ops, ids, count);
}
