/* Handlers of threaded(): data processing. Included once, inside the function. */
// clang-format off


#define RD r[op->rd]
#define RN r[op->rn]
#define RM r[op->rm]

/* Second operands by kind, and the shifter's carry out. */
#define OPERAND_I   op->imm
#define OPERAND_R   RM
#define OPERAND_LSL (RM << op->x)
#define OPERAND_LSR ((uint32_t)((uint64_t)RM >> op->x))
#define OPERAND_ASR ((uint32_t)((int64_t)(int32_t)RM >> op->x))
#define OPERAND_ROR rotate_right(RM, op->x)
#define OPERAND_RRX (RM >> 1 | cpu->c << 31)
#define CARRY_I                                                                                    \
    if (op->x != 2)                                                                                \
        cpu->c = op->x;
#define CARRY_R
#define CARRY_LSL cpu->c = RM >> (32 - op->x) & 1u;
#define CARRY_LSR cpu->c = RM >> (op->x - 1) & 1u;
#define CARRY_ASR cpu->c = RM >> (op->x - 1) & 1u;
#define CARRY_ROR cpu->c = RM >> (op->x - 1) & 1u;
#define CARRY_RRX cpu->c = RM & 1u;

#define LOGIC(NAME, KIND, EXPR)                                                                    \
    l_##NAME##_##KIND:                                                                             \
    {                                                                                              \
        uint32_t b = OPERAND_##KIND;                                                               \
        RD = (EXPR);                                                                               \
        NEXT();                                                                                    \
    }                                                                                              \
    l_##NAME##S_##KIND:                                                                            \
    {                                                                                              \
        uint32_t b = OPERAND_##KIND;                                                               \
        uint32_t result = (EXPR);                                                                  \
        CARRY_##KIND;                                                                              \
        cpu->nz = (int32_t)result;                                                                 \
        RD = result;                                                                               \
        NEXT();                                                                                    \
    }
#define LOGIC_TEST(NAME, KIND, EXPR)                                                               \
    l_##NAME##_##KIND : l_##NAME##S_##KIND:                                                        \
    {                                                                                              \
        uint32_t b = OPERAND_##KIND;                                                               \
        uint32_t result = (EXPR);                                                                  \
        CARRY_##KIND;                                                                              \
        cpu->nz = (int32_t)result;                                                                 \
        NEXT();                                                                                    \
    }
#define ARITHMETIC(NAME, KIND, PLAIN, FLAGS)                                                       \
    l_##NAME##_##KIND:                                                                             \
    {                                                                                              \
        uint32_t b = OPERAND_##KIND;                                                               \
        RD = (PLAIN);                                                                              \
        NEXT();                                                                                    \
    }                                                                                              \
    l_##NAME##S_##KIND:                                                                            \
    {                                                                                              \
        uint32_t b = OPERAND_##KIND;                                                               \
        RD = (FLAGS);                                                                              \
        NEXT();                                                                                    \
    }
#define COMPARE(NAME, KIND, FLAGS)                                                                 \
    l_##NAME##_##KIND : l_##NAME##S_##KIND:                                                        \
    {                                                                                              \
        uint32_t b = OPERAND_##KIND;                                                               \
        (void)(FLAGS);                                                                             \
        NEXT();                                                                                    \
    }

#define ALL(KIND)                                                                                  \
    LOGIC(AND, KIND, RN &b)                                                                        \
    LOGIC(EOR, KIND, RN ^ b)                                                                       \
    LOGIC(ORR, KIND, RN | b)                                                                       \
    LOGIC(ORN, KIND, RN | ~b)                                                                      \
    LOGIC(BIC, KIND, RN & ~b)                                                                      \
    LOGIC(MOV, KIND, b)                                                                            \
    LOGIC(MVN, KIND, ~b)                                                                           \
    LOGIC_TEST(TST, KIND, RN &b)                                                                   \
    LOGIC_TEST(TEQ, KIND, RN ^ b)                                                                  \
    ARITHMETIC(ADD, KIND, RN + b, add_flags(cpu, RN, b))                                           \
    ARITHMETIC(ADC, KIND, RN + b + cpu->c, adc_flags(cpu, RN, b, cpu->c))                          \
    ARITHMETIC(SUB, KIND, RN - b, sub_flags(cpu, RN, b))                                           \
    ARITHMETIC(SBC, KIND, RN + ~b + cpu->c, adc_flags(cpu, RN, ~b, cpu->c))                        \
    ARITHMETIC(RSB, KIND, b - RN, sub_flags(cpu, b, RN))                                           \
    COMPARE(CMP, KIND, sub_flags(cpu, RN, b))                                                      \
    COMPARE(CMN, KIND, add_flags(cpu, RN, b))

    ALL(I) ALL(R) ALL(LSL) ALL(LSR) ALL(ASR) ALL(ROR) ALL(RRX)

#define SHIFT(NAME, TYPE)                                                                          \
    l_##NAME##_REG:                                                                                \
    {                                                                                              \
        uint32_t carry;                                                                            \
        RD = shift_register(TYPE, RN, RM & 0xffu, &carry);                                         \
        NEXT();                                                                                    \
    }                                                                                              \
    l_##NAME##S_REG:                                                                               \
    {                                                                                              \
        uint32_t result = shift_register(TYPE, RN, RM & 0xffu, &cpu->c);                           \
        cpu->nz = (int32_t)result;                                                                 \
        RD = result;                                                                               \
        NEXT();                                                                                    \
    }
    SHIFT(LSL, 0) SHIFT(LSR, 1) SHIFT(ASR, 2) SHIFT(ROR, 3)

l_NOP:
    NEXT();
l_MOVT:
    RD = (RD & 0xffffu) | op->imm << 16;
    NEXT();
l_MUL:
    RD = RN * RM;
    NEXT();
l_MULS: {
    uint32_t result = RN * RM;
    cpu->nz = (int32_t)result;
    RD = result;
    NEXT();
}
l_MLA:
    RD = r[op->ra] + RN * RM;
    NEXT();
l_MLS:
    RD = r[op->ra] - RN * RM;
    NEXT();
l_UMULL: {
    uint64_t product = (uint64_t)RN * RM;
    r[op->ra] = (uint32_t)product;
    RD = (uint32_t)(product >> 32);
    NEXT();
}
l_SMULL: {
    int64_t product = (int64_t)(int32_t)RN * (int32_t)RM;
    r[op->ra] = (uint32_t)product;
    RD = (uint32_t)(product >> 32);
    NEXT();
}
l_UMLAL: {
    uint64_t sum = ((uint64_t)RD << 32 | r[op->ra]) + (uint64_t)RN * RM;
    r[op->ra] = (uint32_t)sum;
    RD = (uint32_t)(sum >> 32);
    NEXT();
}
l_SMLAL: {
    uint64_t sum =
        ((uint64_t)RD << 32 | r[op->ra]) + (uint64_t)((int64_t)(int32_t)RN * (int32_t)RM);
    r[op->ra] = (uint32_t)sum;
    RD = (uint32_t)(sum >> 32);
    NEXT();
}
l_UMAAL: {
    uint64_t sum = (uint64_t)RN * RM + RD + r[op->ra];
    r[op->ra] = (uint32_t)sum;
    RD = (uint32_t)(sum >> 32);
    NEXT();
}
#define HALF(value, top) ((int16_t)((top) ? (value) >> 16 : (value)))
l_SMULXY:
    RD = (uint32_t)(HALF(RN, op->x & 2) * HALF(RM, op->x & 1));
    NEXT();
l_SMLAXY: {
    int32_t product = HALF(RN, op->x & 2) * HALF(RM, op->x & 1), sum;
    if (__builtin_add_overflow(product, (int32_t)r[op->ra], &sum))
        cpu->q = 1;
    RD = (uint32_t)sum;
    NEXT();
}
l_UDIV:
    if (likely(RM != 0)) {
        RD = RN / RM;
    } else {
        if (divide_by_zero(cpu, op, block))
            goto leave_before;
        RD = 0;
    }
    NEXT();
l_SDIV:
    if (likely(RM != 0)) {
        RD = (uint32_t)((int64_t)(int32_t)RN / (int32_t)RM);
    } else {
        if (divide_by_zero(cpu, op, block))
            goto leave_before;
        RD = 0;
    }
    NEXT();
l_UXTB:
    RD = rotate_right(RM, op->x) & 0xffu;
    NEXT();
l_UXTH:
    RD = rotate_right(RM, op->x) & 0xffffu;
    NEXT();
l_SXTB:
    RD = (uint32_t)(int8_t)rotate_right(RM, op->x);
    NEXT();
l_SXTH:
    RD = (uint32_t)(int16_t)rotate_right(RM, op->x);
    NEXT();
l_UBFX:
    RD = (RN >> op->x) & (uint32_t)((UINT64_C(2) << op->ra) - 1);
    NEXT();
l_SBFX:
    RD = (uint32_t)((int32_t)(RN << ((31 - op->x - op->ra) & 31)) >> (31 - op->ra));
    NEXT();
l_BFI: {
    uint32_t mask = (uint32_t)((UINT64_C(2) << (op->ra - op->x)) - 1) << op->x;
    RD = (RD & ~mask) | (RN << op->x & mask);
    NEXT();
}
l_BFC: {
    uint32_t mask = (uint32_t)((UINT64_C(2) << (op->ra - op->x)) - 1) << op->x;
    RD = RD & ~mask;
    NEXT();
}
l_CLZ:
    RD = RM ? (uint32_t)__builtin_clz(RM) : 32;
    NEXT();
l_REV:
    RD = __builtin_bswap32(RM);
    NEXT();
l_REV16:
    RD = (RM & 0xff00ff00u) >> 8 | (RM & 0x00ff00ffu) << 8;
    NEXT();
l_RBIT: {
    uint32_t value = __builtin_bswap32(RM);
    value = (value & 0xf0f0f0f0u) >> 4 | (value & 0x0f0f0f0fu) << 4;
    value = (value & 0xccccccccu) >> 2 | (value & 0x33333333u) << 2;
    RD = (value & 0xaaaaaaaau) >> 1 | (value & 0x55555555u) << 1;
    NEXT();
}
l_SP_ADD: {
    uint32_t sp = r[13] + op->imm;
    if (unlikely(sp < cpu_sp_limit(cpu))) {
        stack_limit_fault(cpu, op, block);
        goto leave_before;
    }
    r[13] = sp & ~3u;
    NEXT();
}
// clang-format on
