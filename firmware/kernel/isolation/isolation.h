/* The wall between the kernel and the application: attribution, firewalls, memory protection,
 * interrupt targets and the locks that keep them so. */
#ifndef KERNEL_ISOLATION_H
#define KERNEL_ISOLATION_H

#include <stdbool.h>
#include <stdint.h>

/* Exception priorities of the Secure state; 0x80 and above are the application's (AIRCR.PRIS). */
#define PRIORITY_GTZC       0x10u
#define PRIORITY_LPUART     0x20u
#define PRIORITY_TIMER      0x40u
#define PRIORITY_SVC        0x60u
#define PRIORITY_FAST       0x60u /* fast interrupts of the application: see fast/ */
#define PRIORITY_PENDSV     0x70u
#define PRIORITY_FAULT_CALL 0x70u /* SecureFault, which also brings calls: see calls/by_fault.c */
#define PRIORITY_CALL       0x80u /* BASEPRI_S during a call: no non-secure exception */

/* One piece of the plan each, in the order of the calls in start.c. */
void isolation_core(void);       /* system handlers, AIRCR, FPU access */
void isolation_hide_boot(void);  /* closes the hide-protection area */
void isolation_sau(void);        /* attribution of addresses */
void isolation_gtzc(void);       /* SRAM blocks, peripherals, GPIO pins, illegal-access events */
void isolation_mpu(void);        /* what the kernel itself may do: write xor execute */
void isolation_interrupts(void); /* targets and priorities */
/* Freezes the option bytes for this session (RM0456 7.4.2: a wrong key). */
void isolation_lock_options(void);
/* Freezes VTOR_S, AIRCR and the Secure MPU until reset. Not the SAU: isolation_veneers_open(). */
void isolation_lock(void);

/* Whether SG in the veneer page is an entry (non-secure callable), or a call of it a SecureFault.
 */
void isolation_veneers_open(bool open);

/* External interrupts that the application owns: NVIC_ITNS as it is while the application runs. */
#define ISOLATION_IRQ_WORDS 4u
extern const uint32_t isolation_app_irqs[ISOLATION_IRQ_WORDS];
bool isolation_irq_is_apps(uint32_t irq);

/* Pins that the kernel keeps, one mask a GPIO port, A first. */
#define ISOLATION_PORTS 9u
extern const uint16_t isolation_kernel_pins[ISOLATION_PORTS];
/* Makes these secure and all others the application's; ports must have their clocks. */
void isolation_pins(void);

/* True if the application itself may read (or read and write) these bytes: they lie in one of its
 * memories, and its own MPU allows it at its present privilege (unprivileged = the caller's). */
bool isolation_app_may_read(uint32_t address, uint32_t size, bool unprivileged);
bool isolation_app_may_write(uint32_t address, uint32_t size, bool unprivileged);
/* The first half of the above: lies in the application's RAM. */
bool isolation_is_app_ram(uint32_t address, uint32_t size);
bool isolation_is_app_flash(uint32_t address, uint32_t size);

#endif
