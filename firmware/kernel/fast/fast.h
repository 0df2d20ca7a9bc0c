/* Fast interrupts: interrupts of the application that may pre-empt the kernel's threads and calls.
 *
 * They target Secure, all at one priority above PendSV_S and below the kernel's own interrupts;
 * a trampoline calls the application's handler (BLXNS) on its main stack. Its masks do not hold
 * them back, mvDisableAllFastInterrupts does. Calls from such a handler are refused. A handler
 * that runs for FAST_HANDLER_US, or all of them for FAST_SHARE_US or FAST_COUNT times in a window
 * of FAST_WINDOW_US, end the application. */
#ifndef KERNEL_FAST_H
#define KERNEL_FAST_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/mv_syscalls.h"
#include "kernel/isolation/fault.h"

#define FAST_HANDLER_US 10000u
#define FAST_WINDOW_US  20000u
#define FAST_SHARE_US   15000u
#define FAST_COUNT      4000u

enum MvStatus fast_set(uint32_t irq);
enum MvStatus fast_clear(uint32_t irq);
enum MvStatus fast_enable(uint32_t irq, bool enable);
void fast_gate(bool open);

/* Bit n % 32 of word n / 32: interrupt n is fast. */
extern uint32_t fast_mask[4];
bool fast_is(uint32_t irq);
/* A fast handler of the application runs. */
bool fast_active(void);
/* MSP_S while it does. */
extern const uint32_t *fast_stack;
/* From a fault that such a handler made: records it and has the handler return at once. */
void fast_abort(const struct fault_report *report);
/* From the timer's interrupt: the handler that runs has had its time. */
void fast_expired(uint32_t exc_return);
/* From the work thread: the application is gone. */
void fast_reset(void);

#endif
