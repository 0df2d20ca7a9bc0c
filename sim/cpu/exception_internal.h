/* Shared by exception entry and return. */
#ifndef SIM_CPU_EXCEPTION_INTERNAL_H
#define SIM_CPU_EXCEPTION_INTERNAL_H

#include "cpu/cpu_state.h"

/* ExceptionTaken(): enters the pending exception of highest priority over the frame that EXC_RETURN
 * describes. `ignore_faults`: a derived fault is already pended. */
void exception_take(struct cpu *cpu, uint32_t exc_return, bool tail_chain, bool ignore_faults);

#endif
