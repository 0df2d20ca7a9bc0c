/* What system calls cost, by following Security state, exception number and program counter. */
#ifndef SIM_MVSIM_CALL_COSTS_H
#define SIM_MVSIM_CALL_COSTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cpu/cpu.h"

struct call_costs;

struct call_costs *call_costs_new(struct cpu *cpu);
void call_costs_free(struct call_costs *costs);
/* Before each instruction. */
void call_costs_step(struct call_costs *costs, uint32_t pc);
/* JSON: a line for each slot that was called, and the longest stretch with non-secure exceptions
 * held off since the application started. */
void call_costs_write(const struct call_costs *costs, FILE *out);

#endif
