/* Instruction helpers: everything that has no handler of its own in the threaded core. Each takes
 * its operands from the decoded op (op->imm is the encoding unless decode.c says otherwise). */
#ifndef SIM_CPU_HELPERS_H
#define SIM_CPU_HELPERS_H

#include "cpu/cpu_state.h"

/* helpers_data.c */
enum exec_result h_undefined(struct cpu *cpu, const struct op *op);
enum exec_result h_dp_sp(struct cpu *cpu, const struct op *op);
enum exec_result h_alu_pc(struct cpu *cpu, const struct op *op);
enum exec_result h_mem_slow(struct cpu *cpu, const struct op *op);
enum exec_result h_mem_unpriv(struct cpu *cpu, const struct op *op);
enum exec_result h_ldrd_strd(struct cpu *cpu, const struct op *op);
enum exec_result h_ldrex_strex(struct cpu *cpu, const struct op *op);
enum exec_result h_acquire_release(struct cpu *cpu, const struct op *op);
enum exec_result h_ldm_stm(struct cpu *cpu, const struct op *op);
/* dsp.c */
enum exec_result h_parallel(struct cpu *cpu, const struct op *op);
enum exec_result h_saturating(struct cpu *cpu, const struct op *op);
enum exec_result h_sel(struct cpu *cpu, const struct op *op);
enum exec_result h_extend_add(struct cpu *cpu, const struct op *op);
enum exec_result h_revsh(struct cpu *cpu, const struct op *op);
enum exec_result h_pkh(struct cpu *cpu, const struct op *op);
enum exec_result h_sat(struct cpu *cpu, const struct op *op);
enum exec_result h_muldual(struct cpu *cpu, const struct op *op);
enum exec_result h_mulw(struct cpu *cpu, const struct op *op);
enum exec_result h_smmul(struct cpu *cpu, const struct op *op);
enum exec_result h_usad8(struct cpu *cpu, const struct op *op);
enum exec_result h_smlalxy(struct cpu *cpu, const struct op *op);
enum exec_result h_smlald(struct cpu *cpu, const struct op *op);
/* system.c */
enum exec_result h_svc(struct cpu *cpu, const struct op *op);
enum exec_result h_bkpt(struct cpu *cpu, const struct op *op);
enum exec_result h_cps(struct cpu *cpu, const struct op *op);
enum exec_result h_msr(struct cpu *cpu, const struct op *op);
enum exec_result h_mrs(struct cpu *cpu, const struct op *op);
enum exec_result h_hint(struct cpu *cpu, const struct op *op);
enum exec_result h_barrier(struct cpu *cpu, const struct op *op);
enum exec_result h_clrex(struct cpu *cpu, const struct op *op);
enum exec_result h_sg(struct cpu *cpu, const struct op *op);
enum exec_result h_bxns(struct cpu *cpu, const struct op *op);
enum exec_result h_blxns(struct cpu *cpu, const struct op *op);
enum exec_result h_tt(struct cpu *cpu, const struct op *op);
enum exec_result h_nocp(struct cpu *cpu, const struct op *op);
/* fpu.c, fpu_context.c */
enum exec_result h_fp_data(struct cpu *cpu, const struct op *op);
enum exec_result h_fp_memory(struct cpu *cpu, const struct op *op);
enum exec_result h_fp_multiple(struct cpu *cpu, const struct op *op);
enum exec_result h_fp_move(struct cpu *cpu, const struct op *op);
enum exec_result h_vlstm(struct cpu *cpu, const struct op *op);
enum exec_result h_vlldm(struct cpu *cpu, const struct op *op);

#endif
