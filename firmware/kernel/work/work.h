/* Kernel work: one secure thread for everything slow, run in slices against the application.
 *
 * The application (all of the Non-secure state) is the background. PendSV_S, below every interrupt
 * of the kernel and above every exception of the application, is the only place where the processor
 * changes hands. During a slice no non-secure exception can be taken: the enabled ones are targeted
 * to Secure and end the slice, and TIM5 ends it before the application's SysTick expires.
 */
#ifndef KERNEL_WORK_H
#define KERNEL_WORK_H

#include <stdbool.h>
#include <stdint.h>

/* The thread. Never returns. */
__attribute__((noreturn)) void work_main(void);

/* From the thread: returns the processor to the application until work_wake() or 10 ms passed. */
void work_idle(void);
/* From the thread: the same for at least time_us, whatever happens. */
void work_sleep_us(uint32_t time_us);
/* From an interrupt handler or a call: there is work. */
void work_wake(void);

/* The background starts at `entry` with its main stack at `stack`, when the thread next gives the
 * processor away. From the thread. */
void work_start_background(uint32_t entry, uint32_t stack);
/* The background's state is forgotten; the thread has the processor for itself, and what exceptions
 * the application has left pending are held off. From the thread or from a fault handler that
 * interrupted it. */
void work_drop_background(void);
/* The application's exceptions are switched off: none has to be held off any more. */
void work_background_silent(void);
/* From a call: the same, and the thread takes over at once; the call never returns. */
void work_abandon_background(void);

/* Without a background: has the processor return from an interrupt of the application that was left
 * active, through code in the application's (cleared) RAM. From the thread. */
void work_unwind(uint32_t exception);
/* From the fault handler: was it the end of that? */
bool work_unwound(void);

/* True if EXC_RETURN says that the work thread was interrupted. */
bool work_is_slice(uint32_t exc_return);
/* The thread has the processor, whatever EXC_RETURN says; handlers may run on top of it. */
bool work_in_slice(void);

/* Instructions of the processor's hand-over, for the interrupt handlers below. */
void work_alarm(void);     /* TIM5's compare */
void work_hand_back(void); /* an application interrupt during a slice (assembly) */
void work_pendsv(void);    /* assembly */
void work_take_over(void); /* assembly, end of a handler: leaves for the work thread */

#endif
