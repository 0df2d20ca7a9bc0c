/* Floating-point context: lazy and eager stacking, ownership, access checks. */
#ifndef SIM_CPU_FPU_CONTEXT_H
#define SIM_CPU_FPU_CONTEXT_H

#include "cpu/cpu_state.h"

/* Size of the frame that exception entry pushes now: 0x20, 0x68 or 0xA8. */
uint32_t fpu_frame_size(const struct cpu *cpu);
/* Exception entry with an active FP context; `frame` is where the basic frame begins. False if a
 * fault was pended. `failed`: the basic frame was not stacked, so nothing is written here either,
 * but lazy stacking is set up and registers are cleared all the same. */
bool fpu_stack(struct cpu *cpu, uint32_t frame, bool failed);
/* Exception return with an extended frame; *size is what it occupies beyond 0x20 bytes. False if a
 * fault was pended. */
bool fpu_unstack(struct cpu *cpu, uint32_t frame, bool to_secure, bool privileged, uint32_t *size);
enum fpu_clear { FPU_CLEAR_NONE, FPU_CLEAR_DONE, FPU_CLEAR_FAULT };
/* FPCCR.CLRONRET; FPU_CLEAR_FAULT: SecureFault LSERR must be raised. */
enum fpu_clear fpu_clear_on_return(struct cpu *cpu);
/* ExecuteFPCheck(): access rights, lazy state preservation, new context. False after a fault. */
bool fpu_check(struct cpu *cpu);
/* VLSTM and VLLDM of an active Secure context at `address`. False after a fault. */
bool fpu_lazy_store(struct cpu *cpu, uint32_t address);
bool fpu_lazy_load(struct cpu *cpu, uint32_t address);

#endif
