/* Fault capture: see fault.h. */
#include "kernel/isolation/fault.h"

#include <stddef.h>
#include <string.h>

#include "chip/core.h"
#include "chip/mmio.h"
#include "chip/stm32u585.h"
#include "kernel/app/app.h"
#include "kernel/calls/calls.h"
#include "kernel/fast/fast.h"
#include "kernel/isolation/isolation.h"
#include "kernel/isolation/owner.h"
#include "kernel/log/log.h"
#include "kernel/power/power.h"
#include "kernel/work/work.h"

#define FRAME_WORDS    8u
#define FP_FRAME_WORDS 26u /* with s0 to s15, FPSCR and a word of nothing */
/* MSTKERR, STKERR, STKOF: the frame was not written, or not all of it. */
#define CFSR_NOT_STACKED (1u << 4 | 1u << 12 | 1u << 20)
#define SFSR_INVIS       (1u << 1)
#define SFSR_INVER       (1u << 2)
#define CFSR_INVPC       (1u << 18)
#define KEPT_MAGIC       0x4D564B46u /* "MVKF" */
#define KEPT_OF_APP      0x4D564146u /* "MVAF" */

/* Over a reset: the kernel's own last fault, or one that only a reset could clear up behind. */
static struct {
    uint32_t magic;
    struct fault_report report;
} kept __attribute__((section(".noinit")));

uint32_t fault_expected; /* set around fault_probe_write's store */
extern const char fault_probe_end[];
extern const uint32_t call_stack_top[]; /* linker script */

static void take_status(struct fault_report *report)
{
    report->cfsr = mmio_read(SCB_CFSR) | mmio_read(SCB_CFSR_NS);
    report->hfsr = mmio_read(SCB_HFSR);
    report->mmfar = mmio_read(SCB_MMFAR_NS);
    report->bfar = mmio_read(SCB_BFAR);
    report->sfsr = mmio_read(SAU_SFSR);
    report->sfar = mmio_read(SAU_SFAR);
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t block = i < 4 ? GTZC_TZIC1_S + 4 * i : GTZC_TZIC2_S + 4 * (i - 4);
        report->illegal[i] = mmio_read(block + GTZC_TZIC_SR1_OFS);
        mmio_write(block + GTZC_TZIC_FCR1_OFS, ~0u);
    }
    mmio_write(SCB_CFSR, ~0u);
    mmio_write(SCB_CFSR_NS, ~0u);
    mmio_write(SCB_HFSR, ~0u);
    mmio_write(SAU_SFSR, ~0u);
}

/* Faults that piled up behind the one being handled, for instance because the application's stack
 * pointer was bad too, are part of it. */
static void drop_pended(void)
{
    mmio_write(SCB_SHCSR, mmio_read(SCB_SHCSR) & ~SHCSR_PENDED);
}

static void take_frame(struct fault_report *report, const uint32_t *frame)
{
    memcpy(report->r, frame, 4 * sizeof *frame);
    report->r[12] = frame[4];
    report->lr = frame[5];
    report->pc = frame[6];
    report->xpsr = frame[7];
    report->exception = frame[7] & 0x1FFu;
    report->frame_valid = true;
}

static void take_stack(struct fault_report *report)
{
    while (report->stack_words < FAULT_STACK_WORDS &&
           isolation_is_app_ram(report->sp + 4 * report->stack_words, 4)) {
        report->stack[report->stack_words] =
            ((const uint32_t *)(uintptr_t)report->sp)[report->stack_words];
        report->stack_words++;
    }
}

/* The application's stack pointer is its own affair: the frame is read only if it lies in its
 * RAM. */
void fault_capture_app(struct fault_report *report, uint32_t kind, uint32_t exc_return)
{
    bool process_stack = (exc_return & EXC_RETURN_THREAD) != 0 && (core_control_ns() & 2u) != 0;
    memset(report, 0, sizeof *report);
    report->kind = kind;
    report->sp = process_stack ? core_psp_ns() : core_msp_ns();
    bool stacked = (mmio_read(SCB_CFSR) & CFSR_NOT_STACKED) == 0 &&
                   (mmio_read(SCB_CFSR_NS) & CFSR_NOT_STACKED) == 0;
    if (stacked && (report->sp & 3u) == 0 && isolation_is_app_ram(report->sp, FRAME_WORDS * 4)) {
        take_frame(report, (const uint32_t *)(uintptr_t)report->sp);
        report->sp += (exc_return & EXC_RETURN_FTYPE) != 0 ? FRAME_WORDS * 4 : FP_FRAME_WORDS * 4;
        take_stack(report);
    }
    take_status(report);
}

static bool expected(const uint32_t *frame)
{
    if (fault_expected == 0) {
        return false;
    }
    /* The store itself, or an instruction after it: continue behind both. */
    ((uint32_t *)(uintptr_t)frame)[6] = (uint32_t)(uintptr_t)fault_probe_end & ~1u;
    mmio_write(SCB_CFSR, ~0u);
    mmio_write(SCB_HFSR, ~0u);
    return true;
}

/* The kernel's frame: the thread's lies on PSP_S. */
static const uint32_t *interrupted_frame(uint32_t exc_return, const uint32_t *frame)
{
    uint32_t both = EXC_RETURN_THREAD | EXC_RETURN_PSP;
    if ((exc_return & both) == both) {
        __asm volatile("mrs %0, psp" : "=r"(frame));
    }
    return frame;
}

__attribute__((noreturn)) static void kernel_fault(uint32_t exc_return, const uint32_t *frame,
                                                   uint32_t kind, const uint32_t *callee_saved)
{
    struct fault_report *report = &kept.report;
    memset(report, 0, sizeof *report);
    report->kind = kind;
    const uint32_t *place = interrupted_frame(exc_return, frame);
    take_frame(report, place);
    report->sp = (uint32_t)(uintptr_t)place + FRAME_WORDS * 4;
    memcpy(&report->r[4], callee_saved, 8 * sizeof *callee_saved);
    take_status(report);
    kept.magic = KEPT_MAGIC;
    power_reset(MV_WAKEREASON_MICROVISORCRASH);
}

void fault_panic(uint32_t where)
{
    memset(&kept.report, 0, sizeof kept.report);
    kept.report.kind = FAULT_UNEXPECTED;
    kept.report.pc = where;
    kept.magic = KEPT_MAGIC;
    power_reset(MV_WAKEREASON_MICROVISORERROR);
}

/* Code of the kernel was interrupted: it goes on, up to where hands can change. */
static void stop_application(const struct fault_report *report, uint32_t exc_return)
{
    app_crashed(report);
    if (work_is_slice(exc_return)) {
        work_drop_background();
    } else {
        work_abandon_background();
    }
}

/* By what lies on MSP_S, which no application can change: nothing, or the trampoline of its fast
 * handler. The thread is on PSP_S. */
static bool application_ran(const uint32_t *frame)
{
    return fast_active() ? frame == fast_stack : !work_in_slice() && frame == call_stack_top;
}

/* The application chooses the EXC_RETURN of its own returns, and a fault that such a return causes
 * hands it on: bit S then says nothing. The status bits alone do not either: they stay set until
 * somebody clears them. */
static bool forged_return(const uint32_t *frame)
{
    if (!application_ran(frame)) {
        return false;
    }
    uint32_t cfsr = mmio_read(SCB_CFSR) | mmio_read(SCB_CFSR_NS);
    return (mmio_read(SAU_SFSR) & (SFSR_INVIS | SFSR_INVER)) != 0 || (cfsr & CFSR_INVPC) != 0;
}

void fault_breakpoints_off(void)
{
    mmio_write(FPB_CTRL, FPB_CTRL_KEY);
    for (uint32_t i = 0; i < FPB_COMPARATORS; i++) {
        mmio_write(FPB_COMP0 + 4 * i, 0);
    }
    core_barrier();
}

/* Breakpoints are set in registers that both worlds share, also on the kernel's instructions, and a
 * match that no monitor may take is a HardFault (Armv8-M B13.4). The matched instruction has not
 * been executed: once the comparators are off it is. Returns false if it was something else. */
static bool breakpoint_of_application(uint32_t exc_return, const uint32_t *frame)
{
    struct fault_report report;
    if ((mmio_read(SCB_HFSR) & HFSR_DEBUGEVT) == 0 || (mmio_read(FPB_CTRL) & 1u) == 0) {
        return false;
    }
    memset(&report, 0, sizeof report);
    report.kind = FAULT_BREAKPOINT;
    take_frame(&report, interrupted_frame(exc_return, frame));
    take_status(&report);
    fault_breakpoints_off();
    stop_application(&report, exc_return);
    return true;
}

static bool any_illegal(const struct fault_report *report)
{
    uint32_t any = 0;
    for (uint32_t i = 0; i < 6; i++) {
        any |= report->illegal[i];
    }
    return any != 0;
}

/* An illegal access is reported a little later than it happened; only the application makes any. */
static enum fault_way illegal_access(uint32_t exc_return, const uint32_t *callee_saved)
{
    struct fault_report report;
    if ((exc_return & EXC_RETURN_SECURE_STACK) == 0) {
        fault_capture_app(&report, FAULT_GTZC, exc_return);
        memcpy(&report.r[4], callee_saved, 8 * sizeof *callee_saved);
    } else {
        memset(&report, 0, sizeof report);
        report.kind = FAULT_GTZC;
        take_status(&report);
    }
    if (!any_illegal(&report)) {
        return FAULT_GO_ON; /* reported with an earlier fault */
    }
    drop_pended();
    if ((exc_return & EXC_RETURN_SECURE_STACK) != 0) {
        stop_application(&report, exc_return);
        return FAULT_GO_ON;
    }
    if (fast_active()) {
        fast_abort(&report);
        return FAULT_FAST_ENDS;
    }
    app_crashed(&report);
    return FAULT_TAKE_OVER;
}

enum fault_way fault_handle(uint32_t exc_return, const uint32_t *frame, uint32_t kind,
                            const uint32_t *callee_saved)
{
    if ((exc_return & EXC_RETURN_SECURE_STACK) != 0 && kind != FAULT_GTZC &&
        !forged_return(frame)) {
        if (expected(frame) || breakpoint_of_application(exc_return, frame)) {
            return FAULT_GO_ON;
        }
        kernel_fault(exc_return, frame, kind, callee_saved);
    }
    if (kind == FAULT_GTZC) {
        return illegal_access(exc_return, callee_saved);
    }
    if (fast_active() && calls_refuse()) {
        return FAULT_GO_ON;
    }
    struct fault_report report;
    bool breakpoint = (mmio_read(SCB_HFSR) & HFSR_DEBUGEVT) != 0;
    fault_capture_app(&report, kind, exc_return);
    if (breakpoint && owner_of_address(report.pc) != NULL) {
        report.kind = FAULT_BREAKPOINT;
    }
    if (work_unwound()) {
        return FAULT_TAKE_OVER;
    }
    memcpy(&report.r[4], callee_saved, 8 * sizeof *callee_saved);
    drop_pended();
    if (fast_active()) {
        fast_abort(&report);
        return FAULT_FAST_ENDS;
    }
    app_crashed(&report);
    return FAULT_TAKE_OVER;
}

void fault_keep(const struct fault_report *report)
{
    kept.report = *report;
    kept.magic = KEPT_OF_APP;
}

void fault_report_previous(void)
{
    if (kept.magic != KEPT_MAGIC && kept.magic != KEPT_OF_APP) {
        return;
    }
    char text[FAULT_TEXT_SIZE] = "kernel ";
    if (kept.magic == KEPT_OF_APP) {
        memcpy(text, "before the device was reset for it: ", 37);
    }
    kept.magic = 0;
    (void)fault_text(&kept.report, text + strlen(text), sizeof text - strlen(text));
    log_system(LOG_TYPE_CRASH, text);
}
