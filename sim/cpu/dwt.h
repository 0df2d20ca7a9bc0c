/* Data Watchpoint and Trace unit: comparators and the cycle counter. */
#ifndef SIM_CPU_DWT_H
#define SIM_CPU_DWT_H

#include "cpu/cpu_state.h"

uint32_t dwt_read(struct cpu *cpu, uint32_t offset);
void dwt_write(struct cpu *cpu, uint32_t offset, uint32_t value);
void dwt_reset(struct cpu *cpu);
/* CYCCNT must be read before and set again after anything that starts or stops it. */
uint32_t dwt_cyccnt(const struct cpu *cpu);
void dwt_cyccnt_set(struct cpu *cpu, uint32_t value);
/* Recomputes what the comparators ask for: call after DEMCR or the authentication changed. */
void dwt_update(struct cpu *cpu);

/* Valid while cpu->dwt_data: no accesses to this page may bypass dwt_data_access(). */
bool dwt_watches_page(const struct cpu *cpu, uint32_t page, uint32_t size);
/* A load or store of `value` by software was done. */
void dwt_data_access(struct cpu *cpu, uint32_t address, unsigned size, bool write, uint32_t value);
/* The time cpu->dwt_cycle_at has come. */
void dwt_cycle(struct cpu *cpu);
/* The instruction at `pc`, in the given Security state, was executed. */
void dwt_instruction(struct cpu *cpu, uint32_t pc, bool secure);

#endif
