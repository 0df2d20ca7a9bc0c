/* What fault injectors, snapshots and processes with many boards need of the processor, between two
 * cpu_run. */
#ifndef SIM_CPU_INJECT_H
#define SIM_CPU_INJECT_H

#include "cpu/cpu.h"

/* Steps over the next instruction without executing it, as a glitch does: nothing but the PC and an
 * IT block's state changes, no cycle passes. False: it cannot be read. */
bool cpu_skip_instruction(struct cpu *cpu);

/* The architectural state as bytes: only for the same processor. Decoded code, breakpoints, trace
 * and pending breaks are not part of it; memory that changes has to be told with cpu_code_flush. */
size_t cpu_state_size(void);
void cpu_state_save(const struct cpu *cpu, void *state);
void cpu_state_load(struct cpu *cpu, const void *state);

/* Gives the memory of decoded code back to the host; it is decoded again when it runs. */
void cpu_trim(struct cpu *cpu);

#endif
