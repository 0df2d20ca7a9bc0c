/* Pre-decoded instructions and superblocks.
 *
 * A superblock is a straight run of instructions from one 512-byte code page: it is entered at its
 * first instruction and left at a taken branch or at its end. One `struct op` stands for one
 * instruction, with a guard op before those under an IT condition; superblock.c then removes,
 * moves and joins ops where nothing can tell. Invariant: ops are never changed after translation
 * except for their `link`.
 */
#ifndef SIM_CPU_OP_H
#define SIM_CPU_OP_H

#include <stdint.h>

struct cpu;
struct op;
struct block;

/* What an instruction's helper did. */
enum exec_result {
    EXEC_NEXT,   /* go on with the next instruction */
    EXEC_FAULT,  /* not executed: an exception was raised, the PC stays */
    EXEC_BRANCH, /* r[15] holds the next address */
    EXEC_LEAVE,  /* executed; leave the block because processor state changed */
};

typedef enum exec_result (*op_helper)(struct cpu *cpu, const struct op *op);

struct op {
    const void *go; /* label of the handler in cpu_execute() */
    union {
        struct block *link; /* branches: the block at the target, once known */
        op_helper helper;   /* OP_HELPER */
    };
    uint8_t rd, rn, rm, ra;
    uint32_t imm;    /* immediate, branch target, or the encoding for OP_HELPER */
    uint16_t cycles; /* cycles spent in the block before this instruction */
    uint16_t offset; /* address of the instruction minus that of the block */
    uint8_t index;   /* instructions before this one in the block */
    uint8_t it;      /* ITSTATE while it executes */
    uint8_t x;       /* shift amount, condition, size: by kind */
    uint8_t size;    /* bytes of the instruction: 2 or 4 */
};

// clang-format off
/* Data-processing operations, in the order of the handler table. */
#define OP_DP_LIST(X)                                                                              \
    X(AND) X(EOR) X(ORR) X(ORN) X(BIC) X(ADD) X(ADC) X(SUB) X(SBC) X(RSB) X(MOV) X(MVN) X(TST)     \
    X(TEQ) X(CMP) X(CMN)
/* Kinds of the second operand. */
#define OP_DP_KINDS(X, OP) X(OP, I) X(OP, R) X(OP, LSL) X(OP, LSR) X(OP, ASR) X(OP, ROR) X(OP, RRX)

/* Loads and stores that have fast handlers. */
#define OP_MEM_LIST(X) X(LDR) X(LDRB) X(LDRH) X(LDRSB) X(LDRSH) X(STR) X(STRB) X(STRH)

#define OP_REST_LIST(X)                                                                            \
    X(HELPER) X(NOP) X(END) X(B) X(BL) X(BX) X(BLX) X(CBZ) X(CBNZ) X(POP_PC) X(PUSH)      \
    X(POP) X(LSL_REG) X(LSR_REG) X(ASR_REG) X(ROR_REG) X(LSLS_REG) X(LSRS_REG) X(ASRS_REG)         \
    X(RORS_REG) X(MOVT) X(MUL) X(MULS) X(MLA) X(MLS) X(UMULL) X(SMULL) X(UMLAL) X(SMLAL) X(UDIV)   \
    X(SDIV) X(UXTB) X(UXTH) X(SXTB) X(SXTH) X(UBFX) X(SBFX) X(BFI) X(BFC) X(CLZ) X(REV) X(REV16)   \
    X(RBIT) X(SP_ADD) X(TBB) X(TBH) X(LDRD) X(STRD) X(LDM) X(STM) X(UMAAL) X(SMULXY) X(SMLAXY)

/* Conditions in encoding order. Each has a branch and a guard of its own (a guard skips the next
 * `ra` ops if its condition fails), alone and as the second half of a flag-setting instruction. */
#define OP_COND_LIST(X)                                                                            \
    X(EQ) X(NE) X(CS) X(CC) X(MI) X(PL) X(VS) X(VC) X(HI) X(LS) X(GE) X(LT) X(GT) X(LE)

/* Flag-setting instructions that take a branch or guard into the same step. */
#define OP_FUSED_LIST(X) X(CMPS_I) X(CMPS_R) X(SUBS_I) X(ADDS_I) X(TSTS_I) X(TSTS_R)
#define OP_FUSED(THEN, FIRST, X)                                                                   \
    X(THEN, FIRST, EQ) X(THEN, FIRST, NE) X(THEN, FIRST, CS) X(THEN, FIRST, CC)                    \
    X(THEN, FIRST, MI) X(THEN, FIRST, PL) X(THEN, FIRST, VS) X(THEN, FIRST, VC)                    \
    X(THEN, FIRST, HI) X(THEN, FIRST, LS) X(THEN, FIRST, GE) X(THEN, FIRST, LT)                    \
    X(THEN, FIRST, GT) X(THEN, FIRST, LE)

enum op_id {
#define X_KIND(OP, KIND) OP_##OP##_##KIND, OP_##OP##S_##KIND,
#define X_OP(OP)         OP_DP_KINDS(X_KIND, OP)
    OP_DP_LIST(X_OP)
#undef X_KIND
#undef X_OP
#define X_OP(OP) OP_##OP##_IMM, OP_##OP##_REG, OP_##OP##_PRE, OP_##OP##_POST, OP_##OP##_LIT,
    OP_MEM_LIST(X_OP)
#undef X_OP
#define X_OP(OP) OP_##OP,
    OP_REST_LIST(X_OP)
#undef X_OP
#define X_OP(OP) OP_B_##OP,
    OP_COND_LIST(X_OP)
#undef X_OP
#define X_OP(OP) OP_GUARD_##OP,
    OP_COND_LIST(X_OP)
#undef X_OP
#define X_FUSED(FIRST)                                                                             \
    OP_FUSED(B, FIRST, X_COND)                                                                     \
    OP_FUSED(GUARD, FIRST, X_COND)
#define X_COND(THEN, FIRST, COND) OP_##FIRST##_##THEN##_##COND,
    OP_FUSED_LIST(X_FUSED)
#undef X_COND
#undef X_FUSED
    OP_COUNT
};

enum dp_code {
#define X_OP(OP) DP_##OP,
    OP_DP_LIST(X_OP)
#undef X_OP
};
enum dp_kind { DPK_I, DPK_R, DPK_LSL, DPK_LSR, DPK_ASR, DPK_ROR, DPK_RRX, DPK_COUNT };
#define OP_DP(code, kind, s) ((enum op_id)(((code) * DPK_COUNT + (kind)) * 2 + (s)))

enum mem_code {
#define X_OP(OP) MEMC_##OP,
    OP_MEM_LIST(X_OP)
#undef X_OP
};
enum mem_kind { MEMK_IMM, MEMK_REG, MEMK_PRE, MEMK_POST, MEMK_LIT, MEMK_COUNT };
#define OP_MEM(code, kind) ((enum op_id)(OP_LDR_IMM + (code) * MEMK_COUNT + (kind)))

// clang-format on

#define BLOCK_OPS_MAX 64u

struct block {
    uint32_t pc;
    uint32_t epoch;      /* equals cpu->epoch while entry is allowed without a look-up */
    uint32_t cycles_max; /* most cycles that one pass can take */
    uint8_t regime;
    uint8_t it;
    uint8_t single; /* one instruction only: stepping and the last cycles before an event */
    uint8_t dead;
    const uint8_t *host;  /* where the code lives */
    const uint8_t *host2; /* the page after it, if the last instruction reaches into that */
    uint32_t bytes;
    uint32_t count; /* instructions */
    struct block *hash_next;
    struct block *page_next[2]; /* lists of the one or two pages that it touches */
    struct op ops[];
};

#endif
