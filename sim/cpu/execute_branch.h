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

l_GUARD:
    if (condition_holds(cpu, op->x))
        NEXT();
    op++;
    NEXT();

l_END:
    cpu->cycles += op->cycles;
    cpu->instructions -= 1u; /* not an instruction: follow counts it */
    if (unlikely(op->it)) {
        cpu->instructions += op->index + 1u;
        cpu->it = op->it;
        r[15] = op->imm;
        return NULL;
    }
    goto follow;

l_B:
    goto direct;
l_BL:
    r[14] = (block->pc + op->offset + 4) | 1u;
    goto direct;
l_BX:
    target = RM;
    goto indirect;
l_BLX:
    target = RM;
    r[14] = (block->pc + op->offset + 2) | 1u;
    goto indirect;
l_CBZ:
    if (RN == 0)
        goto direct;
    NEXT();
l_CBNZ:
    if (RN != 0)
        goto direct;
    NEXT();

#define BRANCH_IF(COND, TEST)                                                                      \
    l_B_##COND : if (TEST) goto direct;                                                            \
    NEXT();
BRANCH_IF(EQ, (uint32_t)cpu->nz == 0)
BRANCH_IF(NE, (uint32_t)cpu->nz != 0)
BRANCH_IF(CS, cpu->c)
BRANCH_IF(CC, !cpu->c)
BRANCH_IF(MI, cpu->nz < 0)
BRANCH_IF(PL, cpu->nz >= 0)
BRANCH_IF(VS, cpu->v)
BRANCH_IF(VC, !cpu->v)
BRANCH_IF(HI, cpu->c && (uint32_t)cpu->nz != 0)
BRANCH_IF(LS, !cpu->c || (uint32_t)cpu->nz == 0)
BRANCH_IF(GE, (cpu->nz < 0) == (bool)cpu->v)
BRANCH_IF(LT, (cpu->nz < 0) != (bool)cpu->v)
BRANCH_IF(GT, (cpu->nz < 0) == (bool)cpu->v && (uint32_t)cpu->nz != 0)
BRANCH_IF(LE, (cpu->nz < 0) != (bool)cpu->v || (uint32_t)cpu->nz == 0)

/* A compare and the branch after it in one step: the flags are still written, but the branch does
 * not wait for them. */
#define COMPARE_BRANCH(COND, TEST)                                                                 \
    l_CMP_I_B_##COND:                                                                              \
    {                                                                                              \
        uint32_t a = RN, b = op->imm;                                                              \
        sub_flags(cpu, a, b);                                                                      \
        op++;                                                                                      \
        if (TEST)                                                                                  \
            goto direct;                                                                           \
        NEXT();                                                                                    \
    }                                                                                              \
    l_CMP_R_B_##COND:                                                                              \
    {                                                                                              \
        uint32_t a = RN, b = RM;                                                                   \
        sub_flags(cpu, a, b);                                                                      \
        op++;                                                                                      \
        if (TEST)                                                                                  \
            goto direct;                                                                           \
        NEXT();                                                                                    \
    }
COMPARE_BRANCH(EQ, a == b)
COMPARE_BRANCH(NE, a != b)
COMPARE_BRANCH(CS, a >= b)
COMPARE_BRANCH(CC, a < b)
COMPARE_BRANCH(MI, (int32_t)(a - b) < 0)
COMPARE_BRANCH(PL, (int32_t)(a - b) >= 0)
COMPARE_BRANCH(VS, cpu->v)
COMPARE_BRANCH(VC, !cpu->v)
COMPARE_BRANCH(HI, a > b)
COMPARE_BRANCH(LS, a <= b)
COMPARE_BRANCH(GE, (int32_t)a >= (int32_t)b)
COMPARE_BRANCH(LT, (int32_t)a < (int32_t)b)
COMPARE_BRANCH(GT, (int32_t)a > (int32_t)b)
COMPARE_BRANCH(LE, (int32_t)a <= (int32_t)b)

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
