/* The private peripheral bus: System Control Space and debug units. */
#ifndef SIM_CPU_SCS_H
#define SIM_CPU_SCS_H

#include "cpu/cpu_state.h"

/* Aligned accesses to 0xE0000000-0xE00FFFFF. False: bus fault. */
bool scs_read(struct cpu *cpu, uint32_t address, unsigned size, bool secure, bool privileged,
              uint32_t *value);
bool scs_write(struct cpu *cpu, uint32_t address, unsigned size, bool secure, bool privileged,
               uint32_t value);

/* scb.c: registers from 0xE000ED00 (offset in the SCS) of the Security state `bank` seen by an
 * access from `secure`. */
uint32_t scb_read(struct cpu *cpu, uint32_t offset, bool bank);
void scb_write(struct cpu *cpu, uint32_t offset, bool bank, uint32_t value);
/* SHPR1-3, which are byte-accessible: only bytes in byte_mask are written. */
void scb_write_priority(struct cpu *cpu, uint32_t offset, bool bank, uint32_t value,
                        uint32_t byte_mask);
/* nvic_registers.c: 0xE000E100-0xE000E5FF; `size` for the byte-accessible priorities. */
uint32_t nvic_register_read(struct cpu *cpu, uint32_t offset, bool secure);
void nvic_register_write(struct cpu *cpu, uint32_t offset, bool secure, uint32_t value,
                         uint32_t byte_mask);
void nvic_software_trigger(struct cpu *cpu, bool secure, uint32_t value);
/* protection_registers.c: MPU (0xD90-0xDC4) and SAU (0xDD0-0xDE8). */
uint32_t protection_read(struct cpu *cpu, uint32_t offset, bool bank);
void protection_write(struct cpu *cpu, uint32_t offset, bool bank, uint32_t value);
/* fp_registers.c: FPCCR, FPCAR, FPDSCR, MVFR0-2. */
uint32_t fp_register_read(struct cpu *cpu, uint32_t offset, bool bank);
void fp_register_write(struct cpu *cpu, uint32_t offset, bool bank, uint32_t value);

#endif
