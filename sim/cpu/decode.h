/* The decode table: one line an encoding, shared by translation, the disassembler and tracers. */
#ifndef SIM_CPU_DECODE_H
#define SIM_CPU_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpu/op.h"

/* How the operand fields lie in the encoding. */
enum decode_format {
    F_NONE,
    /* 16-bit encodings */
    F16_SHIFT, /* imm5 rm rd */
    F16_RRR,   /* rm rn rd */
    F16_RRI3,  /* imm3 rn rd */
    F16_RI8,   /* rd imm8 (rn = rd) */
    F16_RR,    /* rm rd (rn = rd) */
    F16_NEG,   /* rn rd, imm = 0 */
    F16_HI,    /* D:rd, rm 4 bits (rn = rd) */
    F16_RM,    /* rm at 6:3 */
    F16_LIT,   /* rt imm8*4, base PC */
    F16_MEMR,  /* rm rn rt */
    F16_MEM4,  /* imm5*4 rn rt */
    F16_MEM2,  /* imm5*2 rn rt */
    F16_MEM1,  /* imm5 rn rt */
    F16_MEMSP, /* rt imm8*4, base SP */
    F16_ADDSP, /* rd imm8*4, base SP */
    F16_SPADD, /* SP + imm7*4 */
    F16_SPSUB,
    F16_CBZ,  /* rn, forward offset */
    F16_PUSH, /* M, list */
    F16_POP,  /* P, list */
    F16_LIST, /* rn, list */
    F16_BCC,  /* cond, imm8 */
    F16_B,    /* imm11 */
    F16_IMM8,
    F16_IT,
    F16_HINT,
    /* 32-bit encodings */
    F32_LDM,    /* rn W list */
    F32_LDRD,   /* P U W rn rt rt2 imm8*4 */
    F32_LDREX,  /* rn rt rd imm8*4 */
    F32_LDREXB, /* rn rt rd */
    F32_TBB,    /* rn rm */
    F32_TT,     /* rn rd */
    F32_DPS,    /* rn rd rm, shift */
    F32_DPI,    /* rn rd, modified immediate */
    F32_I12,    /* rn rd, i:imm3:imm8 */
    F32_I16,    /* rd, imm16 */
    F32_BITS,   /* rn rd lsb width-1 */
    F32_BCC,
    F32_B,
    F32_MEM12,  /* rn rt imm12 */
    F32_MEM8,   /* rn rt P U W imm8 */
    F32_MEMR,   /* rn rt rm << imm2 */
    F32_MEMLIT, /* rt U imm12, base PC */
    F32_RRR,    /* rn rd rm */
    F32_RRRR,   /* rn rd rm ra */
    F32_LONG,   /* rn rdlo(rd) rdhi(ra) rm */
    F32_SYS,    /* rn rd, SYSm in imm */
    F32_FP,     /* floating point: encoding in imm */
};

/* What decode_entry.op names. */
enum decode_detail {
    DECODE_PLAIN,   /* an op_id */
    DECODE_DP,      /* a dp_code; flags as encoded */
    DECODE_DPF,     /* a dp_code; flags outside IT blocks (16-bit encodings) */
    DECODE_HI,      /* a dp_code on high registers, perhaps the PC */
    DECODE_ADR,     /* PC-relative address, forwards */
    DECODE_ADR_SUB, /* backwards */
    DECODE_MEM,     /* a mem_code */
};

struct decode_entry {
    uint32_t mask, value;
    uint8_t format;
    uint8_t detail;
    uint16_t op;
    op_helper helper;
    const char *text; /* disassembly: %d %n %m %a registers, %i immediate, %l label, ... */
};

/* True if the first half-word begins a 32-bit instruction. */
static inline bool decode_is_wide(uint16_t first)
{
    return first >= 0xe800u;
}

/* The table line for an encoding (32-bit ones with the first half-word in the high half), or NULL
 * if it is undefined. */
const struct decode_entry *decode_find(uint32_t encoding, bool wide);

/* Lines of the table by number, for generators and coverage; NULL past the end. */
const struct decode_entry *decode_entry_at(size_t index, bool wide);

/* Decodes one instruction at `pc`; `it` is ITSTATE before it. Fills everything in *op that does not
 * depend on the block, and returns the handler: undefined encodings become a helper that raises
 * UsageFault. *cycles gets its cost without the branch penalty. */
enum op_id decode(uint32_t encoding, bool wide, uint32_t pc, uint8_t it, struct op *op,
                  unsigned *cycles);

/* Writes one line like "adds r0, r1, #4"; returns the instruction's length in bytes. */
unsigned disassemble(uint32_t encoding, bool wide, uint32_t pc, char *text, size_t size);

#endif
