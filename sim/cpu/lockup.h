/* Lockup: a fault that cannot be taken. */
#ifndef SIM_CPU_LOCKUP_H
#define SIM_CPU_LOCKUP_H

struct cpu;
/* Stops the processor until reset or a preempting exception (NMI) and tells the owner. */
void cpu_lockup(struct cpu *cpu);
/* A line for config.log. */
void cpu_log(struct cpu *cpu, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
