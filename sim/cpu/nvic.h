/* Exception pending, priority and escalation state. */
#ifndef SIM_CPU_NVIC_H
#define SIM_CPU_NVIC_H

#include "cpu/cpu_state.h"

struct nvic_pending {
    unsigned exception; /* 0: nothing can be taken */
    bool secure;
    int priority; /* group priority */
};

/* Synchronous exception: pends it, escalated to HardFault if it cannot be taken now; locks up if
 * that cannot be taken either. `secure` names the bank of a banked exception. */
void nvic_raise(struct cpu *cpu, unsigned exception, bool secure);
/* Asynchronous: sets the pending bit. */
void nvic_set_pending(struct cpu *cpu, unsigned exception, bool secure);
void nvic_clear_pending(struct cpu *cpu, unsigned exception, bool secure);
bool nvic_is_pending(const struct cpu *cpu, unsigned exception, bool secure);
bool nvic_is_active(const struct cpu *cpu, unsigned exception, bool secure);
void nvic_set_active(struct cpu *cpu, unsigned exception, bool secure, bool active);
/* Security state that an exception is taken to. */
bool nvic_target(const struct cpu *cpu, unsigned exception, bool secure);
bool nvic_is_banked(unsigned exception);

/* The pending, enabled exception of highest priority, whatever runs now. */
struct nvic_pending nvic_highest(const struct cpu *cpu);
/* The same if it can preempt what runs now, else exception 0. */
struct nvic_pending nvic_takeable(const struct cpu *cpu);
/* ExceptionPriority(): with PRIS and, if asked for, grouped. */
int nvic_priority(const struct cpu *cpu, unsigned exception, bool secure, bool group);
/* Priority of active exceptions alone, without the masks (RawExecutionPriority). */
int nvic_raw_priority(const struct cpu *cpu);
/* True if no exception but the current one is active. */
bool nvic_single_active(const struct cpu *cpu);
/* Recomputes the execution priority and what hangs on it. Call after any change of active state,
 * priorities, mask registers or Security state. */
void nvic_update(struct cpu *cpu);
/* Something other than masks might wake WFI: a pending exception that would preempt if PRIMASK
 * were clear. */
bool nvic_wakes(const struct cpu *cpu);

#endif
