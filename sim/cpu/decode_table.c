/* Every T32 encoding of Armv8-M Mainline with DSP and single-precision FP: (mask, value) pairs in
 * the order of the manual's encoding index. The first matching line wins, so special cases stand
 * before the general one. */
#include "cpu/decode.h"
#include "cpu/helpers.h"

#define OPC(m, v, f, o, t)                                                                         \
    {                                                                                              \
        m, v, f, DECODE_PLAIN, o, NULL, t                                                          \
    }
#define HLP(m, v, f, h, t)                                                                         \
    {                                                                                              \
        m, v, f, DECODE_PLAIN, OP_HELPER, h, t                                                     \
    }
#define DPC(m, v, f, o, t)                                                                         \
    {                                                                                              \
        m, v, f, DECODE_DP, DP_##o, NULL, t                                                        \
    }
#define DPF(m, v, f, o, t)                                                                         \
    {                                                                                              \
        m, v, f, DECODE_DPF, DP_##o, NULL, t                                                       \
    }
#define MEM(m, v, f, o, t)                                                                         \
    {                                                                                              \
        m, v, f, DECODE_MEM, MEMC_##o, NULL, t                                                     \
    }

static const struct decode_entry table16[] = {
    DPF(0xf800, 0x0000, F16_SHIFT, MOV, "lsl%S %d, %m, #%x"),
    DPF(0xf800, 0x0800, F16_SHIFT, MOV, "lsr%S %d, %m, #%x"),
    DPF(0xf800, 0x1000, F16_SHIFT, MOV, "asr%S %d, %m, #%x"),
    DPF(0xfe00, 0x1800, F16_RRR, ADD, "add%S %d, %n, %m"),
    DPF(0xfe00, 0x1a00, F16_RRR, SUB, "sub%S %d, %n, %m"),
    DPF(0xfe00, 0x1c00, F16_RRI3, ADD, "add%S %d, %n, #%i"),
    DPF(0xfe00, 0x1e00, F16_RRI3, SUB, "sub%S %d, %n, #%i"),
    DPF(0xf800, 0x2000, F16_RI8, MOV, "mov%S %d, #%i"),
    DPC(0xf800, 0x2800, F16_RI8, CMP, "cmp %n, #%i"),
    DPF(0xf800, 0x3000, F16_RI8, ADD, "add%S %d, #%i"),
    DPF(0xf800, 0x3800, F16_RI8, SUB, "sub%S %d, #%i"),
    DPF(0xffc0, 0x4000, F16_RR, AND, "and%S %d, %m"),
    DPF(0xffc0, 0x4040, F16_RR, EOR, "eor%S %d, %m"),
    OPC(0xffc0, 0x4080, F16_RR, OP_LSL_REG, "lsl%S %d, %m"),
    OPC(0xffc0, 0x40c0, F16_RR, OP_LSR_REG, "lsr%S %d, %m"),
    OPC(0xffc0, 0x4100, F16_RR, OP_ASR_REG, "asr%S %d, %m"),
    DPF(0xffc0, 0x4140, F16_RR, ADC, "adc%S %d, %m"),
    DPF(0xffc0, 0x4180, F16_RR, SBC, "sbc%S %d, %m"),
    OPC(0xffc0, 0x41c0, F16_RR, OP_ROR_REG, "ror%S %d, %m"),
    DPC(0xffc0, 0x4200, F16_RR, TST, "tst %n, %m"),
    DPF(0xffc0, 0x4240, F16_NEG, RSB, "rsb%S %d, %n, #0"),
    DPC(0xffc0, 0x4280, F16_RR, CMP, "cmp %n, %m"),
    DPC(0xffc0, 0x42c0, F16_RR, CMN, "cmn %n, %m"),
    DPF(0xffc0, 0x4300, F16_RR, ORR, "orr%S %d, %m"),
    OPC(0xffc0, 0x4340, F16_RR, OP_MUL, "mul%S %d, %m"),
    DPF(0xffc0, 0x4380, F16_RR, BIC, "bic%S %d, %m"),
    DPF(0xffc0, 0x43c0, F16_RR, MVN, "mvn%S %d, %m"),
    {0xff00, 0x4400, F16_HI, DECODE_HI, DP_ADD, NULL, "add %d, %m"},
    DPC(0xff00, 0x4500, F16_HI, CMP, "cmp %n, %m"),
    {0xff00, 0x4600, F16_HI, DECODE_HI, DP_MOV, NULL, "mov %d, %m"},
    HLP(0xff87, 0x4704, F16_RM, h_bxns, "bxns %m"),
    OPC(0xff87, 0x4700, F16_RM, OP_BX, "bx %m"),
    HLP(0xff87, 0x4784, F16_RM, h_blxns, "blxns %m"),
    OPC(0xff87, 0x4780, F16_RM, OP_BLX, "blx %m"),
    MEM(0xf800, 0x4800, F16_LIT, LDR, "ldr %d, %l"),
    MEM(0xfe00, 0x5000, F16_MEMR, STR, "str %d, [%n, %m]"),
    MEM(0xfe00, 0x5200, F16_MEMR, STRH, "strh %d, [%n, %m]"),
    MEM(0xfe00, 0x5400, F16_MEMR, STRB, "strb %d, [%n, %m]"),
    MEM(0xfe00, 0x5600, F16_MEMR, LDRSB, "ldrsb %d, [%n, %m]"),
    MEM(0xfe00, 0x5800, F16_MEMR, LDR, "ldr %d, [%n, %m]"),
    MEM(0xfe00, 0x5a00, F16_MEMR, LDRH, "ldrh %d, [%n, %m]"),
    MEM(0xfe00, 0x5c00, F16_MEMR, LDRB, "ldrb %d, [%n, %m]"),
    MEM(0xfe00, 0x5e00, F16_MEMR, LDRSH, "ldrsh %d, [%n, %m]"),
    MEM(0xf800, 0x6000, F16_MEM4, STR, "str %d, [%n, #%i]"),
    MEM(0xf800, 0x6800, F16_MEM4, LDR, "ldr %d, [%n, #%i]"),
    MEM(0xf800, 0x7000, F16_MEM1, STRB, "strb %d, [%n, #%i]"),
    MEM(0xf800, 0x7800, F16_MEM1, LDRB, "ldrb %d, [%n, #%i]"),
    MEM(0xf800, 0x8000, F16_MEM2, STRH, "strh %d, [%n, #%i]"),
    MEM(0xf800, 0x8800, F16_MEM2, LDRH, "ldrh %d, [%n, #%i]"),
    MEM(0xf800, 0x9000, F16_MEMSP, STR, "str %d, [%n, #%i]"),
    MEM(0xf800, 0x9800, F16_MEMSP, LDR, "ldr %d, [%n, #%i]"),
    {0xf800, 0xa000, F16_LIT, DECODE_ADR, DP_MOV, NULL, "adr %d, %l"},
    DPC(0xf800, 0xa800, F16_ADDSP, ADD, "add %d, sp, #%i"),
    OPC(0xff80, 0xb000, F16_SPADD, OP_SP_ADD, "add sp, #%i"),
    OPC(0xff80, 0xb080, F16_SPSUB, OP_SP_ADD, "add sp, #%i"),
    OPC(0xffc0, 0xb200, F16_RR, OP_SXTH, "sxth %d, %m"),
    OPC(0xffc0, 0xb240, F16_RR, OP_SXTB, "sxtb %d, %m"),
    OPC(0xffc0, 0xb280, F16_RR, OP_UXTH, "uxth %d, %m"),
    OPC(0xffc0, 0xb2c0, F16_RR, OP_UXTB, "uxtb %d, %m"),
    OPC(0xfd00, 0xb100, F16_CBZ, OP_CBZ, "cbz %n, %l"),
    OPC(0xfd00, 0xb900, F16_CBZ, OP_CBNZ, "cbnz %n, %l"),
    OPC(0xfe00, 0xb400, F16_PUSH, OP_PUSH, "push %r"),
    OPC(0xfe00, 0xbc00, F16_POP, OP_POP, "pop %r"),
    HLP(0xffec, 0xb660, F16_IMM8, h_cps, "cps%c"),
    OPC(0xffc0, 0xba00, F16_RR, OP_REV, "rev %d, %m"),
    OPC(0xffc0, 0xba40, F16_RR, OP_REV16, "rev16 %d, %m"),
    HLP(0xffc0, 0xbac0, F16_RR, h_revsh, "revsh %d, %m"),
    HLP(0xff00, 0xbe00, F16_IMM8, h_bkpt, "bkpt #%b"),
    OPC(0xffff, 0xbf00, F_NONE, OP_NOP, "nop"),
    HLP(0xff0f, 0xbf00, F16_HINT, h_hint, "hint #%h"),
    OPC(0xff00, 0xbf00, F16_IT, OP_NOP, "it%t"),
    OPC(0xf800, 0xc000, F16_LIST, OP_STM, "stm %n!, %r"),
    OPC(0xf800, 0xc800, F16_LIST, OP_LDM, "ldm %n, %r"),
    HLP(0xff00, 0xde00, F16_IMM8, h_undefined, "udf #%b"),
    HLP(0xff00, 0xdf00, F16_IMM8, h_svc, "svc #%b"),
    OPC(0xf000, 0xd000, F16_BCC, OP_B_EQ, "b%q %l"),
    OPC(0xf800, 0xe000, F16_B, OP_B, "b %l"),
};

static const struct decode_entry table32[] = {
    /* Load/store multiple, dual, exclusive, table branch */
    HLP(0xffffffff, 0xe97fe97f, F_NONE, h_sg, "sg"),
    HLP(0xfff0f03f, 0xe840f000, F32_TT, h_tt, "tt%u %d, %n"),
    HLP(0xfff00000, 0xe8400000, F32_LDREX, h_ldrex_strex, "strex %a, %d, [%n, #%i]"),
    HLP(0xfff00f00, 0xe8500f00, F32_LDREX, h_ldrex_strex, "ldrex %d, [%n, #%i]"),
    OPC(0xfff0fff0, 0xe8d0f000, F32_TBB, OP_TBB, "tbb [%n, %m]"),
    OPC(0xfff0fff0, 0xe8d0f010, F32_TBB, OP_TBH, "tbh [%n, %m, lsl #1]"),
    HLP(0xfff00ff0, 0xe8c00f40, F32_LDREXB, h_ldrex_strex, "strexb %o, %d, [%n]"),
    HLP(0xfff00ff0, 0xe8c00f50, F32_LDREXB, h_ldrex_strex, "strexh %o, %d, [%n]"),
    HLP(0xfff00fc0, 0xe8c00f80, F32_LDREXB, h_acquire_release, "stl %d, [%n]"),
    HLP(0xfff00ff0, 0xe8d00f40, F32_LDREXB, h_ldrex_strex, "ldrexb %d, [%n]"),
    HLP(0xfff00ff0, 0xe8d00f50, F32_LDREXB, h_ldrex_strex, "ldrexh %d, [%n]"),
    HLP(0xfff00fc0, 0xe8d00f80, F32_LDREXB, h_acquire_release, "lda %d, [%n]"),
    HLP(0xfff00fc0, 0xe8d00fc0, F32_LDREXB, h_acquire_release, "ldaex %d, [%n]"),
    HLP(0xfff000e0, 0xe8c00040, F32_LDREXB, h_ldrex_strex, "strexb/h %o, %d, [%n]"),
    HLP(0xfff000c0, 0xe8c000c0, F32_LDREXB, h_acquire_release, "stlex %o, %d, [%n]"),
    OPC(0xfe500000, 0xe8400000, F32_LDRD, OP_STRD, "strd %d, %m, %w"), /* all P,U,W */
    OPC(0xfe500000, 0xe8500000, F32_LDRD, OP_LDRD, "ldrd %d, %m, %w"),
    OPC(0xffd0a000, 0xe8800000, F32_LDM, OP_STM, "stmia %n%W, %r"),
    OPC(0xffd02000, 0xe8900000, F32_LDM, OP_LDM, "ldmia %n%W, %r"),
    OPC(0xffd0a000, 0xe9000000, F32_LDM, OP_STM, "stmdb %n%W, %r"),
    OPC(0xffd02000, 0xe9100000, F32_LDM, OP_LDM, "ldmdb %n%W, %r"),
    /* Data processing (shifted register) */
    DPC(0xfff08f00, 0xea100f00, F32_DPS, TST, "tst %n, %m%s"),
    DPC(0xffe08000, 0xea000000, F32_DPS, AND, "and%S %d, %n, %m%s"),
    DPC(0xffe08000, 0xea200000, F32_DPS, BIC, "bic%S %d, %n, %m%s"),
    DPC(0xffef8000, 0xea4f0000, F32_DPS, MOV, "mov%S %d, %m%s"),
    DPC(0xffe08000, 0xea400000, F32_DPS, ORR, "orr%S %d, %n, %m%s"),
    DPC(0xffef8000, 0xea6f0000, F32_DPS, MVN, "mvn%S %d, %m%s"),
    DPC(0xffe08000, 0xea600000, F32_DPS, ORN, "orn%S %d, %n, %m%s"),
    DPC(0xfff08f00, 0xea900f00, F32_DPS, TEQ, "teq %n, %m%s"),
    DPC(0xffe08000, 0xea800000, F32_DPS, EOR, "eor%S %d, %n, %m%s"),
    HLP(0xfff08010, 0xeac00000, F32_DPS, h_pkh, "pkh %d, %n, %m%s"),
    DPC(0xfff08f00, 0xeb100f00, F32_DPS, CMN, "cmn %n, %m%s"),
    DPC(0xffe08000, 0xeb000000, F32_DPS, ADD, "add%S %d, %n, %m%s"),
    DPC(0xffe08000, 0xeb400000, F32_DPS, ADC, "adc%S %d, %n, %m%s"),
    DPC(0xffe08000, 0xeb600000, F32_DPS, SBC, "sbc%S %d, %n, %m%s"),
    DPC(0xfff08f00, 0xebb00f00, F32_DPS, CMP, "cmp %n, %m%s"),
    DPC(0xffe08000, 0xeba00000, F32_DPS, SUB, "sub%S %d, %n, %m%s"),
    DPC(0xffe08000, 0xebc00000, F32_DPS, RSB, "rsb%S %d, %n, %m%s"),
    /* Data processing (modified immediate) */
    DPC(0xfbf08f00, 0xf0100f00, F32_DPI, TST, "tst %n, #%i"),
    DPC(0xfbe08000, 0xf0000000, F32_DPI, AND, "and%S %d, %n, #%i"),
    DPC(0xfbe08000, 0xf0200000, F32_DPI, BIC, "bic%S %d, %n, #%i"),
    DPC(0xfbef8000, 0xf04f0000, F32_DPI, MOV, "mov%S %d, #%i"),
    DPC(0xfbe08000, 0xf0400000, F32_DPI, ORR, "orr%S %d, %n, #%i"),
    DPC(0xfbef8000, 0xf06f0000, F32_DPI, MVN, "mvn%S %d, #%i"),
    DPC(0xfbe08000, 0xf0600000, F32_DPI, ORN, "orn%S %d, %n, #%i"),
    DPC(0xfbf08f00, 0xf0900f00, F32_DPI, TEQ, "teq %n, #%i"),
    DPC(0xfbe08000, 0xf0800000, F32_DPI, EOR, "eor%S %d, %n, #%i"),
    DPC(0xfbf08f00, 0xf1100f00, F32_DPI, CMN, "cmn %n, #%i"),
    DPC(0xfbe08000, 0xf1000000, F32_DPI, ADD, "add%S %d, %n, #%i"),
    DPC(0xfbe08000, 0xf1400000, F32_DPI, ADC, "adc%S %d, %n, #%i"),
    DPC(0xfbe08000, 0xf1600000, F32_DPI, SBC, "sbc%S %d, %n, #%i"),
    DPC(0xfbf08f00, 0xf1b00f00, F32_DPI, CMP, "cmp %n, #%i"),
    DPC(0xfbe08000, 0xf1a00000, F32_DPI, SUB, "sub%S %d, %n, #%i"),
    DPC(0xfbe08000, 0xf1c00000, F32_DPI, RSB, "rsb%S %d, %n, #%i"),
    /* Data processing (plain binary immediate) */
    {0xfbff8000, 0xf20f0000, F32_I12, DECODE_ADR, DP_MOV, NULL, "adr %d, %l"},
    {0xfbff8000, 0xf2af0000, F32_I12, DECODE_ADR_SUB, DP_MOV, NULL, "adr %d, %l"},
    DPC(0xfbf08000, 0xf2000000, F32_I12, ADD, "addw %d, %n, #%i"),
    DPC(0xfbf08000, 0xf2a00000, F32_I12, SUB, "subw %d, %n, #%i"),
    DPC(0xfbf08000, 0xf2400000, F32_I16, MOV, "movw %d, #%i"),
    OPC(0xfbf08000, 0xf2c00000, F32_I16, OP_MOVT, "movt %d, #%i"),
    HLP(0xffd08020, 0xf3000000, F32_BITS, h_sat, "ssat %d, #%v, %n"),
    HLP(0xffd08020, 0xf3800000, F32_BITS, h_sat, "usat %d, #%v, %n"),
    OPC(0xfff08020, 0xf3400000, F32_BITS, OP_SBFX, "sbfx %d, %n, #%z, #%v"),
    OPC(0xffff8020, 0xf36f0000, F32_BITS, OP_BFC, "bfc %d, #%z, #%v"),
    OPC(0xfff08020, 0xf3600000, F32_BITS, OP_BFI, "bfi %d, %n, #%z, #%v"),
    OPC(0xfff08020, 0xf3c00000, F32_BITS, OP_UBFX, "ubfx %d, %n, #%z, #%v"),
    /* Branches and miscellaneous control */
    OPC(0xf800d000, 0xf0009000, F32_B, OP_B, "b.w %l"),
    OPC(0xf800d000, 0xf000d000, F32_B, OP_BL, "bl %l"),
    HLP(0xffe0d000, 0xf3808000, F32_SYS, h_msr, "msr %y, %n"),
    OPC(0xffffd7ff, 0xf3af8000, F_NONE, OP_NOP, "nop.w"),
    HLP(0xffffd700, 0xf3af8000, F16_HINT, h_hint, "hint.w"),
    HLP(0xfff0d0f0, 0xf3b08020, F_NONE, h_clrex, "clrex"),
    HLP(0xfff0d0f0, 0xf3b08040, F_NONE, h_barrier, "dsb"),
    HLP(0xfff0d0f0, 0xf3b08050, F_NONE, h_barrier, "dmb"),
    HLP(0xfff0d0f0, 0xf3b08060, F_NONE, h_barrier, "isb"),
    HLP(0xffe0d000, 0xf3e08000, F32_SYS, h_mrs, "mrs %d, %y"),
    HLP(0xff80d000, 0xf3808000, F_NONE, h_undefined, "undefined"),
    OPC(0xf800d000, 0xf0008000, F32_BCC, OP_B_EQ, "b%q.w %l"),
    /* Single loads and stores; PLD and PLI are loads to the PC of a byte or half-word */
    OPC(0xff7ff000, 0xf81ff000, F_NONE, OP_NOP, "pld"),
    OPC(0xff7ff000, 0xf83ff000, F_NONE, OP_NOP, "pld"),
    OPC(0xff7ff000, 0xf91ff000, F_NONE, OP_NOP, "pli"),
    OPC(0xff7ff000, 0xf93ff000, F_NONE, OP_NOP, "hint"),
    OPC(0xffd0f000, 0xf890f000, F_NONE, OP_NOP, "pld"),
    OPC(0xffd0ff00, 0xf810fc00, F_NONE, OP_NOP, "pld"),
    OPC(0xffd0ffc0, 0xf810f000, F_NONE, OP_NOP, "pld"),
    OPC(0xffd0f000, 0xf990f000, F_NONE, OP_NOP, "pli"),
    OPC(0xffd0ff00, 0xf910fc00, F_NONE, OP_NOP, "pli"),
    OPC(0xffd0ffc0, 0xf910f000, F_NONE, OP_NOP, "pli"),
    MEM(0xff7f0000, 0xf81f0000, F32_MEMLIT, LDRB, "ldrb.w %d, %l"),
    MEM(0xff7f0000, 0xf83f0000, F32_MEMLIT, LDRH, "ldrh.w %d, %l"),
    MEM(0xff7f0000, 0xf85f0000, F32_MEMLIT, LDR, "ldr.w %d, %l"),
    MEM(0xff7f0000, 0xf91f0000, F32_MEMLIT, LDRSB, "ldrsb.w %d, %l"),
    MEM(0xff7f0000, 0xf93f0000, F32_MEMLIT, LDRSH, "ldrsh.w %d, %l"),
#define MEM_FORMS(base, code, name)                                                                \
    MEM(0xfff00000, (base) | 0x00800000, F32_MEM12, code, name " %d, [%n, #%i]"),                  \
        HLP(0xfff00f00, (base) | 0xe00, F32_MEM8, h_mem_unpriv, name "t %d, [%n, #%k]"),           \
        MEM(0xfff00d00, (base) | 0xc00, F32_MEM8, code, name " %d, %w"),                           \
        MEM(0xfff00900, (base) | 0x900, F32_MEM8, code, name " %d, %w"),                           \
        MEM(0xfff00fc0, (base), F32_MEMR, code, name ".w %d, [%n, %m, lsl #%x]")
    MEM_FORMS(0xf8000000, STRB, "strb"),
    MEM_FORMS(0xf8200000, STRH, "strh"),
    MEM_FORMS(0xf8400000, STR, "str"),
    MEM_FORMS(0xf8100000, LDRB, "ldrb"),
    MEM_FORMS(0xf8300000, LDRH, "ldrh"),
    MEM_FORMS(0xf8500000, LDR, "ldr"),
    MEM_FORMS(0xf9100000, LDRSB, "ldrsb"),
    MEM_FORMS(0xf9300000, LDRSH, "ldrsh"),
    /* Data processing (register) */
    OPC(0xffe0f0f0, 0xfa00f000, F32_RRR, OP_LSL_REG, "lsl%S.w %d, %n, %m"),
    OPC(0xffe0f0f0, 0xfa20f000, F32_RRR, OP_LSR_REG, "lsr%S.w %d, %n, %m"),
    OPC(0xffe0f0f0, 0xfa40f000, F32_RRR, OP_ASR_REG, "asr%S.w %d, %n, %m"),
    OPC(0xffe0f0f0, 0xfa60f000, F32_RRR, OP_ROR_REG, "ror%S.w %d, %n, %m"),
    OPC(0xfffff0c0, 0xfa0ff080, F32_RRR, OP_SXTH, "sxth.w %d, %m, ror #%e"),
    OPC(0xfffff0c0, 0xfa1ff080, F32_RRR, OP_UXTH, "uxth.w %d, %m, ror #%e"),
    OPC(0xfffff0c0, 0xfa4ff080, F32_RRR, OP_SXTB, "sxtb.w %d, %m, ror #%e"),
    OPC(0xfffff0c0, 0xfa5ff080, F32_RRR, OP_UXTB, "uxtb.w %d, %m, ror #%e"),
    HLP(0xffe0f0c0, 0xfa00f080, F32_RRR, h_extend_add, "xtah %d, %n, %m, ror #%e"),
    HLP(0xffe0f0c0, 0xfa20f080, F32_RRR, h_extend_add, "xtab16 %d, %n, %m, ror #%e"),
    HLP(0xffe0f0c0, 0xfa40f080, F32_RRR, h_extend_add, "xtab %d, %n, %m, ror #%e"),
    HLP(0xff80f080, 0xfa80f000, F32_RRR, h_parallel, "%p %d, %n, %m"),
    HLP(0xfff0f0c0, 0xfa80f080, F32_RRR, h_saturating, "q(d)add/sub %d, %m, %n"),
    OPC(0xfff0f0f0, 0xfa90f080, F32_RRR, OP_REV, "rev.w %d, %m"),
    OPC(0xfff0f0f0, 0xfa90f090, F32_RRR, OP_REV16, "rev16.w %d, %m"),
    OPC(0xfff0f0f0, 0xfa90f0a0, F32_RRR, OP_RBIT, "rbit %d, %m"),
    HLP(0xfff0f0f0, 0xfa90f0b0, F32_RRR, h_revsh, "revsh.w %d, %m"),
    HLP(0xfff0f0f0, 0xfaa0f080, F32_RRR, h_sel, "sel %d, %n, %m"),
    OPC(0xfff0f0f0, 0xfab0f080, F32_RRR, OP_CLZ, "clz %d, %m"),
    /* Multiply */
    OPC(0xfff0f0f0, 0xfb00f000, F32_RRRR, OP_MUL, "mul %d, %n, %m"),
    OPC(0xfff000f0, 0xfb000000, F32_RRRR, OP_MLA, "mla %d, %n, %m, %a"),
    OPC(0xfff000f0, 0xfb000010, F32_RRRR, OP_MLS, "mls %d, %n, %m, %a"),
    OPC(0xfff000c0, 0xfb100000, F32_RRRR, OP_SMLAXY, "smlaxy %d, %n, %m, %a"),
    HLP(0xfff000e0, 0xfb200000, F32_RRRR, h_muldual, "smlad %d, %n, %m, %a"),
    HLP(0xfff000e0, 0xfb300000, F32_RRRR, h_mulw, "smlaw %d, %n, %m, %a"),
    HLP(0xfff000e0, 0xfb400000, F32_RRRR, h_muldual, "smlsd %d, %n, %m, %a"),
    HLP(0xfff000e0, 0xfb500000, F32_RRRR, h_smmul, "smmla %d, %n, %m, %a"),
    HLP(0xfff000e0, 0xfb600000, F32_RRRR, h_smmul, "smmls %d, %n, %m, %a"),
    HLP(0xfff000f0, 0xfb700000, F32_RRRR, h_usad8, "usada8 %d, %n, %m, %a"),
    OPC(0xfff000f0, 0xfb800000, F32_LONG, OP_SMULL, "smull %d, %a, %n, %m"),
    OPC(0xfff0f0f0, 0xfb90f0f0, F32_RRR, OP_SDIV, "sdiv %d, %n, %m"),
    OPC(0xfff000f0, 0xfba00000, F32_LONG, OP_UMULL, "umull %d, %a, %n, %m"),
    OPC(0xfff0f0f0, 0xfbb0f0f0, F32_RRR, OP_UDIV, "udiv %d, %n, %m"),
    OPC(0xfff000f0, 0xfbc00000, F32_LONG, OP_SMLAL, "smlal %d, %a, %n, %m"),
    HLP(0xfff000c0, 0xfbc00080, F32_LONG, h_smlalxy, "smlalxy %d, %a, %n, %m"),
    HLP(0xfff000e0, 0xfbc000c0, F32_LONG, h_smlald, "smlald %d, %a, %n, %m"),
    HLP(0xfff000e0, 0xfbd000c0, F32_LONG, h_smlald, "smlsld %d, %a, %n, %m"),
    OPC(0xfff000f0, 0xfbe00000, F32_LONG, OP_UMLAL, "umlal %d, %a, %n, %m"),
    OPC(0xfff000f0, 0xfbe00060, F32_LONG, OP_UMAAL, "umaal %d, %a, %n, %m"),
    /* Floating point (coprocessors 10 and 11), then every other coprocessor */
    HLP(0xfff0ffff, 0xec200a00, F32_FP, h_vlstm, "vlstm %n"),
    HLP(0xfff0ffff, 0xec300a00, F32_FP, h_vlldm, "vlldm %n"),
    HLP(0xffe00e00, 0xec400a00, F32_FP, h_fp_move, "vmov (two registers)"),
    HLP(0xff200e00, 0xed000a00, F32_FP, h_fp_memory, "vldr/vstr"),
    HLP(0xfe000e00, 0xec000a00, F32_FP, h_fp_multiple, "vldm/vstm"),
    HLP(0xff000e10, 0xee000a10, F32_FP, h_fp_move, "vmov"),
    HLP(0xff000e10, 0xee000a00, F32_FP, h_fp_data, "vfp"),
    HLP(0xff000e10, 0xfe000a00, F32_FP, h_fp_data, "vfp"),
    HLP(0xee000000, 0xec000000, F32_FP, h_nocp, "coprocessor"),
    HLP(0xef000000, 0xee000000, F32_FP, h_nocp, "coprocessor"),
};

const struct decode_entry *decode_entry_at(size_t index, bool wide)
{
    size_t count = wide ? sizeof table32 / sizeof *table32 : sizeof table16 / sizeof *table16;
    return index >= count ? NULL : wide ? &table32[index] : &table16[index];
}

const struct decode_entry *decode_find(uint32_t encoding, bool wide)
{
    const struct decode_entry *entry = wide ? table32 : table16;
    size_t count = wide ? sizeof table32 / sizeof *table32 : sizeof table16 / sizeof *table16;
    for (size_t i = 0; i < count; i++)
        if ((encoding & entry[i].mask) == entry[i].value)
            return &entry[i];
    return NULL;
}
