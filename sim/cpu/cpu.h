/* The Cortex-M33 as a library: no board in it. Everything inside 0xE0000000-0xE00FFFFF except
 * DBGMCU (0xE0044000) is the processor's own; the rest goes to the bus.
 *
 * One `struct cpu` per processor, no globals. Implements the Armv8-M Architecture Reference Manual
 * (DDI0553) for Mainline with the Security, DSP and single-precision floating-point extensions.
 */
#ifndef SIM_CPU_CPU_H
#define SIM_CPU_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpu/bus.h"

#define CPU_IRQ_MAX 160

struct cpu; /* the full definition is in cpu/cpu_state.h; owners may embed it */

/* What differs between chips; fixed at creation. */
struct cpu_config {
    unsigned irq_count;     /* external interrupts implemented */
    unsigned priority_bits; /* 4 on the STM32U585 */
    unsigned mpu_regions;   /* per Security state: 8 */
    unsigned sau_regions;   /* 8 */
    bool has_security;      /* false with TZEN = 0 */
    bool has_fpu;
    bool has_dsp;
    uint32_t cpuid;
    struct cpu_bus bus;
    /* SYSRESETREQ was accepted. */
    void (*reset_request)(void *context);
    /* The processor locked up or left lockup. May be NULL. */
    void (*lockup)(void *context, bool locked);
    /* Semihosting (BKPT 0xAB); returns false if not handled. May be NULL: then BKPT is a BKPT. */
    bool (*semihosting)(void *context, struct cpu *cpu);
    void (*log)(void *context, const char *text); /* guest errors and things not modelled */
    void *context;
};

/* Why cpu_run returned. */
enum cpu_stop {
    CPU_STOP_LIMIT,      /* the cycle limit was reached */
    CPU_STOP_SLEEP,      /* WFI/WFE with nothing to wake it: skip time to the next event */
    CPU_STOP_BREAK,      /* cpu_break() was called */
    CPU_STOP_BREAKPOINT, /* a breakpoint of the simulator itself (not the FPB) */
    CPU_STOP_LOCKUP,
};

/* Registers for the outside (debug port, fault injection). Banked ones name their bank. */
enum cpu_reg {
    CPU_R0 = 0, /* CPU_R0 + n for n = 0..15; 13 is the current SP, 15 the PC */
    CPU_XPSR = 16,
    CPU_MSP_S,
    CPU_PSP_S,
    CPU_MSP_NS,
    CPU_PSP_NS,
    CPU_MSPLIM_S,
    CPU_PSPLIM_S,
    CPU_MSPLIM_NS,
    CPU_PSPLIM_NS,
    CPU_CONTROL_S,
    CPU_CONTROL_NS,
    CPU_PRIMASK_S,
    CPU_PRIMASK_NS,
    CPU_BASEPRI_S,
    CPU_BASEPRI_NS,
    CPU_FAULTMASK_S,
    CPU_FAULTMASK_NS,
    CPU_FPSCR,
    CPU_S0, /* CPU_S0 + n for n = 0..31 */
    CPU_REG_COUNT = CPU_S0 + 32
};

/* Bytes to allocate for a struct cpu (it embeds the decode cache). */
size_t cpu_sizeof(void);
struct cpu *cpu_new(const struct cpu_config *config);
void cpu_free(struct cpu *cpu);

/* Reset. `vtor` is where the boot address points; MSP and PC are read from there at the next run.
 * `cold` also resets the registers that only power-on resets (FPB, DWT, DEMCR.TRCENA ...). */
void cpu_reset(struct cpu *cpu, uint32_t vtor, bool cold);

/* TrustZone enabled or not from the next cpu_reset on (a change of the TZEN option byte). */
void cpu_set_security(struct cpu *cpu, bool has_security);

/* Runs until `cycle_limit` (absolute, compared with cpu_cycles) or another reason. Overshoots by at
 * most one instruction. */
enum cpu_stop cpu_run(struct cpu *cpu, uint64_t cycle_limit);
/* Cycles since creation; exact also inside bus callbacks. */
uint64_t cpu_cycles(const struct cpu *cpu);
/* Instructions retired since creation. */
uint64_t cpu_instructions(const struct cpu *cpu);
/* Accounts for slept time. */
void cpu_skip_cycles(struct cpu *cpu, uint64_t cycles);
/* Cycle at which the processor's own timers (SysTick of both worlds) next change something;
 * UINT64_MAX if none runs. cpu_run stops there by itself, sleep must be skipped to it at most. */
uint64_t cpu_next_timer(const struct cpu *cpu);
/* From a callback: lower the limit of the cpu_run in progress. */
void cpu_lower_limit(struct cpu *cpu, uint64_t cycle_limit);
/* From a callback or a signal handler: return from cpu_run at the next instruction boundary. */
void cpu_break(struct cpu *cpu);

/* Level of an external interrupt line (0 .. irq_count-1). A high level keeps setting the pending
 * bit as the architecture describes. */
void cpu_set_irq(struct cpu *cpu, unsigned irq, bool level);
void cpu_set_nmi(struct cpu *cpu);
/* Rising edge on the event input (SEV from a peripheral). */
void cpu_set_event(struct cpu *cpu);
bool cpu_sleeping(const struct cpu *cpu);
/* True while SCR.SLEEPDEEP applies to the current sleep. */
bool cpu_sleep_deep(const struct cpu *cpu);

/* Frequency of SysTick's external clock as cycles per tick (HCLK/8: 8); 0: no clock. */
void cpu_set_systick_reference(struct cpu *cpu, uint32_t cycles_per_tick);

/* The bus changed what a map() answer said: drop cached windows. */
void cpu_tlb_flush(struct cpu *cpu);
/* Host memory [host, host+size) changed behind the processor's back (flash programmed, DMA, file
 * loaded): drop decoded instructions from it. */
void cpu_code_flush(struct cpu *cpu, const uint8_t *host, size_t size);

/* SYSCFG lock inputs. */
void cpu_set_locks(struct cpu *cpu, bool svtaircr, bool smpu, bool sau, bool nsvtor, bool nsmpu);
/* Debug authentication inputs (from RDP). */
void cpu_set_debug_auth(struct cpu *cpu, bool dbgen, bool niden, bool spiden, bool spniden);

/* For debug ports, tracers and fault injectors. */
uint32_t cpu_reg(const struct cpu *cpu, enum cpu_reg reg);
void cpu_set_reg(struct cpu *cpu, enum cpu_reg reg, uint32_t value);
bool cpu_secure(const struct cpu *cpu);
bool cpu_privileged(const struct cpu *cpu);
/* 0 in thread mode, else the exception number. */
unsigned cpu_exception(const struct cpu *cpu);
/* Memory as the processor would see it from the given state; false on a fault. No side effects on
 * fault status. */
bool cpu_debug_read(struct cpu *cpu, uint32_t address, bool secure, void *data, size_t size);
bool cpu_debug_write(struct cpu *cpu, uint32_t address, bool secure, const void *data, size_t size);
/* Breakpoints of the simulator, invisible to the guest. At most 64; false if full. */
bool cpu_breakpoint_set(struct cpu *cpu, uint32_t address);
void cpu_breakpoint_clear(struct cpu *cpu, uint32_t address);
/* Executes exactly one instruction (or takes one exception). */
enum cpu_stop cpu_step(struct cpu *cpu);
/* Called before each instruction while set; slows the processor down. NULL removes it. */
typedef void (*cpu_trace_fn)(void *context, struct cpu *cpu, uint32_t pc);
void cpu_set_trace(struct cpu *cpu, cpu_trace_fn trace, void *context);

#endif
