/* The system calls behind the veneers. A handler call_NAME has the arguments of the call as the
 * application gave them, runs with non-secure exceptions held off, and is short.
 *
 * What a handler reads from the application is copied once and checked in the copy; results are
 * written last.
 */
#ifndef KERNEL_CALLS_H
#define KERNEL_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/mv_syscalls.h"

void calls_init(void);

/* For handlers. Copies size bytes from or to the application; false if it may not do that
 * itself. */
bool calls_copy_in(void *to, const void *from, uint32_t size);
bool calls_copy_out(void *to, const void *from, uint32_t size);
/* May the application read, or write, there? */
bool calls_may_read(const void *from, uint32_t size);
bool calls_may_write(const void *to, uint32_t size);
/* Every stack a call may come from is the main stack, or calls arrive as faults: see by_fault.c. */
void calls_use_faults(void);
/* A new application: veneers are entered directly again. */
void calls_use_veneers(void);
/* For the work scheduler: the application was seen on its process stack. */
void calls_seen(bool on_process_stack);
/* SecureFault handler's first question: was it a call? If so it has been made. */
bool calls_by_fault(uint32_t exc_return);

/* For calls that take long. calls_wait() has the call made again from the same place, with the same
 * arguments, instead of answered; in between the application's exceptions are taken. Only a call
 * that arrives as a fault has a place that tells it from others: before it keeps anything, a
 * handler asks calls_can_wait(); if not, the call is made again as a fault and whatever the handler
 * answers is ignored. When nobody waits any more, calls_wait_over(). */
void calls_wait(void);
bool calls_can_wait(void);
bool calls_arrived_as_fault(void);
void calls_wait_over(void);
extern uint32_t calls_again;
/* Who calls: its stack pointer and where it returns to. */
struct calls_caller {
    uint32_t stack, back;
};
struct calls_caller calls_caller(void);

/* At the start of a fast interrupt: calls_refuse() clears what the fault that it pre-empted has not
 * read yet. */
void calls_keep_status(void);
/* From a fault in a fast interrupt's handler: was it a call? Then it has been refused. */
bool calls_refuse(void);

/* The call comes from one of the application's interrupt handlers. */
bool calls_from_handler(void);

#endif
