/* Faults that reach the kernel: the application's, captured and turned into a crash report, and the
 * kernel's own, which are reported after a reset. Never a silent one. */
#ifndef KERNEL_ISOLATION_FAULT_H
#define KERNEL_ISOLATION_FAULT_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers are used in fault_entry.S. */
enum fault_kind {
    FAULT_NMI,
    FAULT_HARD,
    FAULT_MEMORY,
    FAULT_BUS,
    FAULT_USAGE,
    FAULT_SECURE,
    FAULT_GTZC,
    FAULT_UNEXPECTED,
    FAULT_HUNG,       /* an interrupt handler of the application does not return */
    FAULT_FLOOD,      /* its fast interrupts leave no time */
    FAULT_BREAKPOINT, /* it set one on the kernel's code */
};

#define FAULT_STACK_WORDS 8u

struct fault_report {
    uint32_t kind;      /* enum fault_kind */
    uint32_t exception; /* number of the exception in which the faulting code ran; 0 = thread */
    uint32_t r[13], sp, lr, pc, xpsr;
    uint32_t cfsr, hfsr, mmfar, bfar, sfsr, sfar;
    uint32_t illegal[6]; /* TZIC flags: GTZC1 1..4, GTZC2 1..2 */
    bool frame_valid;
    uint32_t stack_words, stack[FAULT_STACK_WORDS]; /* what lies above the frame */
};

/* How a fault's handler is left; numbers are used in fault_entry.S. */
enum fault_way {
    FAULT_GO_ON,     /* back to what was interrupted */
    FAULT_TAKE_OVER, /* the application is gone: to the work thread */
    FAULT_FAST_ENDS, /* to the frame that fast_abort() has made, whatever EXC_RETURN said */
};

/* From the assembly entry. */
enum fault_way fault_handle(uint32_t exc_return, const uint32_t *frame, uint32_t kind,
                            const uint32_t *callee_saved);

/* Fills a report about the application from its frame; for stops that are no fault. */
void fault_capture_app(struct fault_report *report, uint32_t kind, uint32_t exc_return);

/* A store that may raise a bus fault, which is then ignored. */
void fault_probe_write(uint32_t address, uint32_t value);

/* No breakpoint of the application (FPB) is left. */
void fault_breakpoints_off(void);

/* The application's fault, to be told again after the reset that is to come. */
void fault_keep(const struct fault_report *report);
/* Logs the fault that ended the previous run, if one did. */
void fault_report_previous(void);

/* Ends the kernel: records `report`-less reason text and resets. */
__attribute__((noreturn)) void fault_panic(uint32_t where);

#define FAULT_TEXT_SIZE 640u
/* One line of text: "HardFault PC=... LR=...". Returns its length. */
uint32_t fault_text(const struct fault_report *report, char *text, uint32_t size);

#endif
