/* Self-hosted debug: DEMCR, DAUTHCTRL, FPB, DWT and the DebugMonitor exception. */
#ifndef SIM_CPU_DEBUG_H
#define SIM_CPU_DEBUG_H

#include "cpu/cpu_state.h"

/* DEMCR.SDME: DebugMonitor targets Secure. */
bool debug_monitor_secure(const struct cpu *cpu);
/* CanPendMonitorOnEvent(current state, check priority). */
bool debug_can_pend_monitor(const struct cpu *cpu, bool check_priority);
/* A BKPT instruction or FPB match: DebugMonitor or HardFault. */
void debug_breakpoint_event(struct cpu *cpu);
/* Debug event that is lost unless DebugMonitor can be taken; `reason` is its DFSR bit. */
void debug_event(struct cpu *cpu, bool secure, uint32_t reason);
/* Around each instruction while cpu->debug_slow: MON_STEP and DWT instruction matches. */
struct debug_step {
    uint32_t pc;
    bool secure;
    bool active;
};
struct debug_step debug_before(const struct cpu *cpu);
void debug_after(struct cpu *cpu, struct debug_step step);
/* True if an enabled FPB comparator matches the address. */
bool debug_fpb_match(const struct cpu *cpu, uint32_t pc);
enum exec_result h_fpb_match(struct cpu *cpu, const struct op *op);
/* Registers at 0xE0001000 (DWT), 0xE0002000 (FPB) and the debug part of the SCS. */
uint32_t debug_read(struct cpu *cpu, uint32_t address, bool secure);
void debug_write(struct cpu *cpu, uint32_t address, bool secure, uint32_t value);
void debug_reset(struct cpu *cpu, bool cold);
/* Breakpoints of the simulator itself. */
bool cpu_has_breakpoint(const struct cpu *cpu, uint32_t address);

#endif
