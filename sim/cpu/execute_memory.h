/* Handlers of threaded(): loads and stores. Included once, inside the function. */
// clang-format off


#define TLB_MASK(SIZE) (~(TLB_PAGE - 1) | ((SIZE)-1u))

/* Loads TYPE from `address` into RD, then runs AFTER (write-back). */
#define LOAD(TYPE, ADDRESS, AFTER)                                                                 \
    {                                                                                              \
        uint32_t address = (ADDRESS);                                                              \
        const struct tlb_entry *entry = tlb_slot(tlb, address);                                  \
        if (likely((address & TLB_MASK(sizeof(TYPE))) == entry->read_tag)) {                       \
            uint32_t value = (uint32_t) * (const TYPE *)(entry->addend + address);                 \
            AFTER;                                                                                 \
            RD = value;                                                                            \
            NEXT();                                                                                \
        } else {                                                                                   \
            uint32_t value;                                                                        \
            if (unlikely(!slow_load(cpu, block, op, address, sizeof(TYPE), &value)))               \
                goto leave_before;                                                                 \
            AFTER;                                                                                 \
            RD = (uint32_t)(TYPE)value;                                                            \
            NEXT_CHECKED();                                                                        \
        }                                                                                          \
    }
#define STORE(TYPE, ADDRESS, AFTER)                                                                \
    {                                                                                              \
        uint32_t address = (ADDRESS);                                                              \
        const struct tlb_entry *entry = tlb_slot(tlb, address);                                  \
        if (likely((address & TLB_MASK(sizeof(TYPE))) == entry->write_tag)) {                      \
            *(TYPE *)(entry->addend + address) = (TYPE)RD;                                         \
            AFTER;                                                                                 \
            NEXT();                                                                                \
        } else {                                                                                   \
            if (unlikely(!slow_store(cpu, block, op, address, sizeof(TYPE), (TYPE)RD)))            \
                goto leave_before;                                                                 \
            AFTER;                                                                                 \
            NEXT_CHECKED();                                                                        \
        }                                                                                          \
    }
#define FORMS(NAME, MACRO, TYPE)                                                                   \
    l_##NAME##_IMM : MACRO(TYPE, RN + op->imm, ) l_##NAME##_REG                                    \
        : MACRO(TYPE, RN + (RM << op->x), ) l_##NAME##_PRE                                         \
        : MACRO(TYPE, RN + op->imm, RN = address) l_##NAME##_POST                                  \
        : MACRO(TYPE, RN, RN = address + op->imm) l_##NAME##_LIT : MACRO(TYPE, op->imm, )

FORMS(LDR, LOAD, uint32_t)
FORMS(LDRB, LOAD, uint8_t)
FORMS(LDRH, LOAD, uint16_t)
FORMS(LDRSB, LOAD, int8_t)
FORMS(LDRSH, LOAD, int16_t)
FORMS(STR, STORE, uint32_t)
FORMS(STRB, STORE, uint8_t)
FORMS(STRH, STORE, uint16_t)

l_LDRD: {
    uint32_t base = op->ra == 15 ? ((block->pc + op->offset + 4) & ~3u) : RN;
    uint32_t address = op->x & 2 ? base + op->imm : base;
    const uint32_t *from = fast_span(tlb, address, 8, false);
    if (likely(from != NULL)) {
        uint32_t first = from[0], second = from[1];
        if (op->x & 1)
            RN = base + op->imm;
        RD = first;
        RM = second;
        NEXT();
    }
    uint32_t list[2];
    struct mem_options options = {.aligned = true};
    ENTER_SLOW();
    bool ok = mem_load_with(cpu, address, 4, options, &list[0]) &&
              mem_load_with(cpu, address + 4, 4, options, &list[1]);
    LEAVE_SLOW();
    if (!ok)
        goto leave_before;
    if (op->x & 1)
        RN = base + op->imm;
    RD = list[0];
    RM = list[1];
    NEXT_CHECKED();
}
l_STRD: {
    uint32_t base = RN, address = op->x & 2 ? base + op->imm : base;
    uint32_t *to = (uint32_t *)(uintptr_t)fast_span(tlb, address, 8, true);
    if (likely(to != NULL)) {
        to[0] = RD;
        to[1] = RM;
        if (op->x & 1)
            RN = base + op->imm;
        NEXT();
    }
    struct mem_options options = {.aligned = true};
    ENTER_SLOW();
    bool ok = mem_store_with(cpu, address, 4, options, RD) &&
              mem_store_with(cpu, address + 4, 4, options, RM);
    LEAVE_SLOW();
    if (!ok)
        goto leave_before;
    if (op->x & 1)
        RN = base + op->imm;
    NEXT_CHECKED();
}
l_LDM: {
    uint32_t base = RN, span = op->ra * 4u;
    if (!load_multiple(cpu, tlb, block, op, op->x & 2 ? base - span : base, &target))
        goto leave_before;
    if (op->x & 1)
        RN = op->x & 2 ? base - span : base + span;
    NEXT_CHECKED();
}
l_STM: {
    uint32_t base = RN, span = op->ra * 4u;
    if (!store_multiple(cpu, tlb, block, op, op->x & 2 ? base - span : base))
        goto leave_before;
    if (op->x & 1)
        RN = op->x & 2 ? base - span : base + span;
    NEXT_CHECKED();
}
l_PUSH: {
    uint32_t address = r[13] - op->ra * 4u;
    if (unlikely(address < cpu_sp_limit(cpu))) {
        stack_limit_fault(cpu, op, block);
        goto leave_before;
    }
    if (!store_multiple(cpu, tlb, block, op, address))
        goto leave_before;
    r[13] = address;
    NEXT_CHECKED();
}
l_POP: {
    uint32_t address = r[13];
    if (!load_multiple(cpu, tlb, block, op, address, &target))
        goto leave_before;
    r[13] = address + op->ra * 4u;
    NEXT_CHECKED();
}
l_POP_PC: {
    uint32_t address = r[13];
    if (!load_multiple(cpu, tlb, block, op, address, &target))
        goto leave_before;
    r[13] = address + op->ra * 4u;
    cpu->cycles += op->ra - 1u;
    goto indirect;
}
// clang-format on
