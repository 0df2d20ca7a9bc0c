/* Handlers of threaded(): branches, conditions and helpers. Included once, inside the function. */
// clang-format off

l_HELPER:
    ENTER_SLOW();
    r[15] = block->pc + op->offset;
    switch (op->helper(cpu, op)) {
    case EXEC_NEXT:
        LEAVE_SLOW();
        NEXT_CHECKED();
    case EXEC_FAULT:
        LEAVE_SLOW();
        goto leave_before;
    case EXEC_LEAVE:
        LEAVE_SLOW();
        goto leave_after;
    case EXEC_BRANCH:
        LEAVE_SLOW();
        cpu->cycles += op->cycles + 1u + COST_TAKEN;
        cpu->instructions += op->index + 1u;
        return NULL;
    }
    __builtin_unreachable();

l_END:
    cpu->cycles += op->cycles;
    cpu->instructions += op->index; /* not an instruction itself */
    if (unlikely(op->it)) {
        cpu->it = op->it;
        r[15] = op->imm;
        return NULL;
    }
    FOLLOW();

l_B:
    DIRECT();
l_BL:
    r[14] = (block->pc + op->offset + 4) | 1u;
    DIRECT();
l_BX:
    target = RM;
    goto indirect;
l_BLX:
    target = RM;
    r[14] = (block->pc + op->offset + 2) | 1u;
    goto indirect;
l_CBZ:
    if (RN == 0)
        DIRECT();
    NEXT();
l_CBNZ:
    if (RN != 0)
        DIRECT();
    NEXT();

/* What is done with a condition: a branch is taken if it holds, a guard skips if it does not. */
#define THEN_B(TEST)                                                                               \
    if (TEST)                                                                                      \
        DIRECT();                                                                                  \
    NEXT();
#define THEN_GUARD(TEST)                                                                           \
    if (TEST)                                                                                      \
        NEXT();                                                                                    \
    op += op->ra;                                                                                  \
    NEXT();

/* Conditions on the flags. */
#define HOLDS_EQ ((uint32_t)cpu->nz == 0)
#define HOLDS_NE ((uint32_t)cpu->nz != 0)
#define HOLDS_CS (cpu->c)
#define HOLDS_CC (!cpu->c)
#define HOLDS_MI (cpu->nz < 0)
#define HOLDS_PL (cpu->nz >= 0)
#define HOLDS_VS (cpu->v)
#define HOLDS_VC (!cpu->v)
#define HOLDS_HI (cpu->c && (uint32_t)cpu->nz != 0)
#define HOLDS_LS (!cpu->c || (uint32_t)cpu->nz == 0)
#define HOLDS_GE ((cpu->nz < 0) == (bool)cpu->v)
#define HOLDS_LT ((cpu->nz < 0) != (bool)cpu->v)
#define HOLDS_GT ((cpu->nz < 0) == (bool)cpu->v && (uint32_t)cpu->nz != 0)
#define HOLDS_LE ((cpu->nz < 0) != (bool)cpu->v || (uint32_t)cpu->nz == 0)

#define ALONE(COND)                                                                                \
    l_B_##COND : THEN_B(HOLDS_##COND) l_GUARD_##COND : THEN_GUARD(HOLDS_##COND)
OP_COND_LIST(ALONE)

/* The same after a subtraction of b from a: the flags are written, but not waited for. */
#define LESS_EQ (a == b)
#define LESS_NE (a != b)
#define LESS_CS (a >= b)
#define LESS_CC (a < b)
#define LESS_MI ((int32_t)(a - b) < 0)
#define LESS_PL ((int32_t)(a - b) >= 0)
#define LESS_VS (cpu->v)
#define LESS_VC (!cpu->v)
#define LESS_HI (a > b)
#define LESS_LS (a <= b)
#define LESS_GE ((int32_t)a >= (int32_t)b)
#define LESS_LT ((int32_t)a < (int32_t)b)
#define LESS_GT ((int32_t)a > (int32_t)b)
#define LESS_LE ((int32_t)a <= (int32_t)b)

/* Two halves in one step: op is the first, the branch or guard follows it. */
#define SUBTRACT(B, WRITE, THEN, COND)                                                             \
    {                                                                                              \
        uint32_t a = RN, b = (B);                                                                  \
        WRITE sub_flags(cpu, a, b);                                                                \
        op++;                                                                                      \
        THEN_##THEN(LESS_##COND)                                                                   \
    }
#define OTHERWISE(COMPUTE, THEN, COND)                                                             \
    {                                                                                              \
        COMPUTE;                                                                                   \
        op++;                                                                                      \
        THEN_##THEN(HOLDS_##COND)                                                                  \
    }
#define JOIN_CMPS_I(THEN, FIRST, COND) l_CMPS_I_##THEN##_##COND : SUBTRACT(op->imm, , THEN, COND)
#define JOIN_CMPS_R(THEN, FIRST, COND) l_CMPS_R_##THEN##_##COND : SUBTRACT(RM, , THEN, COND)
#define JOIN_SUBS_I(THEN, FIRST, COND)                                                             \
    l_SUBS_I_##THEN##_##COND : SUBTRACT(op->imm, RD =, THEN, COND)
#define JOIN_ADDS_I(THEN, FIRST, COND)                                                             \
    l_ADDS_I_##THEN##_##COND : OTHERWISE(RD = add_flags(cpu, RN, op->imm), THEN, COND)
#define JOIN_TSTS_I(THEN, FIRST, COND)                                                             \
    l_TSTS_I_##THEN##_##COND : OTHERWISE(CARRY_I; cpu->nz = (int32_t)(RN & op->imm), THEN, COND)
#define JOIN_TSTS_R(THEN, FIRST, COND)                                                             \
    l_TSTS_R_##THEN##_##COND : OTHERWISE(cpu->nz = (int32_t)(RN & RM), THEN, COND)
#define JOIN(FIRST) OP_FUSED(B, FIRST, JOIN_##FIRST) OP_FUSED(GUARD, FIRST, JOIN_##FIRST)
OP_FUSED_LIST(JOIN)

l_TBB: {
    uint32_t pc = block->pc + op->offset + 4, value;
    if (!slow_load(cpu, block, op, (op->rn == 15 ? pc : RN) + RM, 1, &value))
        goto leave_before;
    target = (pc + 2 * value) | 1u;
    goto indirect;
}
l_TBH: {
    uint32_t pc = block->pc + op->offset + 4, value;
    if (!slow_load(cpu, block, op, (op->rn == 15 ? pc : RN) + (RM << 1), 2, &value))
        goto leave_before;
    target = (pc + 2 * value) | 1u;
    goto indirect;
}
// clang-format on
