/* SysTick of both Security states: evaluated lazily from the cycle count. */
#ifndef SIM_CPU_SYSTICK_H
#define SIM_CPU_SYSTICK_H

#include "cpu/cpu_state.h"

uint32_t systick_read(struct cpu *cpu, bool secure, uint32_t offset);
void systick_write(struct cpu *cpu, bool secure, uint32_t offset, uint32_t value);
/* Handles counters that reached 0 up to now, also the DWT's match, and recomputes cpu->timer_next.
 */
void systick_advance(struct cpu *cpu);
void systick_reset(struct cpu *cpu);

#endif
