/* Exception entry and return. */
#ifndef SIM_CPU_EXCEPTION_H
#define SIM_CPU_EXCEPTION_H

#include "cpu/cpu_state.h"

/* Takes the exception of highest priority; r[15] is the return address. */
void exception_enter(struct cpu *cpu);
/* Handler mode branched to an EXC_RETURN value. */
void exception_return(struct cpu *cpu, uint32_t exc_return);
/* Secure software's FNC_RETURN: the return from a Non-secure function. */
void function_return(struct cpu *cpu);
/* Any interworking branch (BX, POP to the PC, ...): sets r[15] and EPSR.T, or returns. */
void branch_interworking(struct cpu *cpu, uint32_t target);
/* Changes the Security state, exchanging the stack pointer. */
void cpu_set_secure(struct cpu *cpu, bool secure);
/* Current stack pointer in and out of its bank, around changes of mode, state or SPSEL. */
static inline void cpu_sp_save(struct cpu *cpu)
{
    cpu->sp[cpu->secure][cpu_sp_bank(cpu)] = cpu->r[13];
}
static inline void cpu_sp_load(struct cpu *cpu)
{
    cpu->r[13] = cpu->sp[cpu->secure][cpu_sp_bank(cpu)];
}
/* xPSR as stacked: flags, Q, GE, IT, T, exception number. */
uint32_t xpsr_read(const struct cpu *cpu);
/* Sets flags, Q, GE and IT from an xPSR value. */
void xpsr_write_flags(struct cpu *cpu, uint32_t value);

#endif
