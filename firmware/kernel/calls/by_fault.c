/* Calls that arrive as SecureFaults.
 *
 * Between SG and the instruction that masks non-secure exceptions one can still be taken; its frame
 * then lies on MSP_S. An RTOS that knows nothing of TrustZone switches tasks there, the second task
 * may be caught at the same place, and if the first one continues first it pops the other's frame:
 * the two have swapped their registers. Nothing on Armv8-M prevents it as long as SG is executed.
 *
 * So as soon as an application is seen on a process stack, which is what tasks run on, the veneer
 * page becomes Secure. A call is then an invalid entry (SFSR.INVEP), taken as an exception before
 * any secure instruction: the frame lies on the caller's own stack, non-secure exceptions are held
 * off by the handler's priority from the start, and no secure stack outlives a call. It costs some
 * forty instructions more. Applications without tasks keep the direct way.
 */
#include "kernel/calls/calls.h"

#include <stddef.h>

#include "chip/core.h"
#include "chip/mmio.h"
#include "kernel/calls/handlers.h"
#include "kernel/isolation/isolation.h"
#include "kernel/isolation/sau.h"
#include "layout.h"

#define SLOT_BYTES     8u
#define SFSR_INVEP     1u
#define XPSR_KEPT      0x3FFu /* exception number and stack alignment */
#define XPSR_THUMB_POS 24u
#define SECURE_FAULT   7u
#define CONTROL_SPSEL  2u

enum { FRAME_R0, FRAME_R1, FRAME_R2, FRAME_R3, FRAME_R12, FRAME_LR, FRAME_PC, FRAME_XPSR, FRAME };

typedef enum MvStatus (*handler)(uint32_t, uint32_t, uint32_t, uint32_t);
extern const handler calls_table[], calls_table_end[];

static struct {
    const uint32_t *frame; /* of the call in progress */
    uint32_t exc_return;   /* of the call in progress */
    uint32_t kept_status;  /* SFSR of a SecureFault that a fast interrupt pre-empted */
    bool by_fault;
    bool tasks; /* a process stack was seen */
} arrival;

uint32_t calls_again; /* the call in progress is to be made again; see veneers.S too */

static void close_veneers(void)
{
    if (!arrival.by_fault) {
        arrival.by_fault = true;
        isolation_veneers_open(false);
    }
}

void calls_use_faults(void)
{
    arrival.tasks = true;
    close_veneers();
}

void calls_wait_over(void)
{
    if (!arrival.tasks) {
        calls_use_veneers();
    }
}

void calls_wait(void)
{
    calls_again = 1;
    close_veneers();
}

bool calls_arrived_as_fault(void)
{
    return core_ipsr() == SECURE_FAULT;
}

bool calls_can_wait(void)
{
    bool can = calls_arrived_as_fault();
    if (!can) {
        calls_wait();
    }
    return can;
}

struct calls_caller calls_caller(void)
{
    return (struct calls_caller){(uint32_t)(uintptr_t)arrival.frame, arrival.frame[FRAME_LR]};
}

void calls_keep_status(void)
{
    arrival.kept_status |= mmio_read(SAU_SFSR);
}

void calls_use_veneers(void)
{
    arrival.kept_status = 0;
    arrival.tasks = false;
    arrival.by_fault = false;
    isolation_veneers_open(true);
}

void calls_seen(bool on_process_stack)
{
    if (on_process_stack) {
        calls_use_faults();
    }
}

bool calls_from_handler(void)
{
    uint32_t exception = core_ipsr();
    return exception == SECURE_FAULT ? (arrival.exc_return & EXC_RETURN_THREAD) == 0
                                     : exception != 0;
}

/* The caller's frame, or NULL if it cannot be one: a bad stack pointer makes stacking itself a
 * SecureFault. */
static uint32_t *caller_frame(void)
{
    uint32_t sp = (core_control_ns() & CONTROL_SPSEL) != 0 ? core_psp_ns() : core_msp_ns();
    bool good = sp - LAYOUT_APP_RAM_BASE <= LAYOUT_APP_RAM_SIZE - FRAME * 4 ||
                isolation_is_app_ram(sp, FRAME * 4);
    return good && sp % 4 == 0 ? (uint32_t *)(uintptr_t)sp : NULL;
}

/* What BXNS would do: back to the caller with the result and nothing else of ours. */
static void return_to_caller(uint32_t *frame, enum MvStatus status)
{
    uint32_t back = frame[FRAME_LR];
    frame[FRAME_R0] = status;
    frame[FRAME_R1] = frame[FRAME_R2] = frame[FRAME_R3] = frame[FRAME_R12] = 0;
    frame[FRAME_PC] = back & ~1u;
    frame[FRAME_XPSR] = (frame[FRAME_XPSR] & XPSR_KEPT) | (back & 1u) << XPSR_THUMB_POS;
}

bool calls_by_fault(uint32_t exc_return)
{
    uint32_t *frame = caller_frame();
    if ((exc_return & EXC_RETURN_SECURE_STACK) != 0 || frame == NULL || !arrival.by_fault) {
        return false;
    }
    uint32_t offset = frame[FRAME_PC] - LAYOUT_VENEERS_BASE, slot = offset / SLOT_BYTES;
    if (offset % SLOT_BYTES != 0 || slot >= (uint32_t)(calls_table_end - calls_table) ||
        ((mmio_read(SAU_SFSR) | arrival.kept_status) & SFSR_INVEP) == 0) {
        return false;
    }
    mmio_write(SAU_SFSR, SFSR_INVEP);
    arrival.kept_status = 0;
    arrival.exc_return = exc_return;
    arrival.frame = frame;
    calls_again = 0;
    enum MvStatus status =
        calls_table[slot](frame[FRAME_R0], frame[FRAME_R1], frame[FRAME_R2], frame[FRAME_R3]);
    if (calls_again == 0) {
        return_to_caller(frame, status);
    }
    return true;
}

/* SecureFault has no higher priority than a fast interrupt, so it comes as a HardFault. */
bool calls_refuse(void)
{
    uint32_t sp = core_msp_ns(), *frame = (uint32_t *)(uintptr_t)sp;
    if (sp % 4 != 0 || !isolation_is_app_ram(sp, FRAME * 4) ||
        (mmio_read(SAU_SFSR) & SFSR_INVEP) == 0 ||
        frame[FRAME_PC] - LAYOUT_VENEERS_BASE >= LAYOUT_VENEERS_SIZE ||
        frame[FRAME_PC] % SLOT_BYTES != 0) {
        return false;
    }
    mmio_write(SAU_SFSR, SFSR_INVEP);
    mmio_write(SCB_HFSR, ~0u);
    return_to_caller(frame, MV_STATUS_UNAVAILABLE);
    return true;
}
