/* Fast interrupts: see fast.h. */
#include "kernel/fast/fast.h"

#include <string.h>

#include "chip/core.h"
#include "chip/mmio.h"
#include "chip/stm32u585.h"
#include "kernel/app/app.h"
#include "kernel/calls/calls.h"
#include "kernel/isolation/isolation.h"
#include "kernel/isolation/sau.h"
#include "kernel/notify/notify.h"
#include "kernel/time/time.h"
#include "kernel/work/work.h"
#include "layout.h"

#define WORDS          ISOLATION_IRQ_WORDS
#define BIT(irq)       (1u << ((irq) % 32))
#define FNC_RETURN     0xFEFFFFFFu
#define XPSR_THUMB     (1u << 24)
#define IPSR_OF_CALLED 1u /* of Non-secure code that a Secure handler called */
#define FRAME_AT       64u
#define FRAME_WORDS    32u /* with floating-point registers */
#define RETRY_US       10u

uint32_t fast_mask[WORDS];
const uint32_t *fast_stack; /* set by fast_entry.S */

static uint32_t enabled[WORDS], vectors[IRQ_COUNT];
static uint8_t priorities[IRQ_COUNT]; /* the application's, for fast_clear() */
static bool gate_closed, stopped;
static struct {
    bool active, aborted;
    uint32_t started_us, region, region_limit; /* SAU as it was */
    uint32_t window_us, count, used_us;
} run;

/* Used by fast_entry.S. */
uint32_t fast_enter(uint32_t irq, uint32_t exc_return);
void fast_leave(uint32_t exc_return);

bool fast_is(uint32_t irq)
{
    return (fast_mask[irq / 32] & BIT(irq)) != 0;
}

bool fast_active(void)
{
    return run.active;
}

static volatile uint8_t *priority_of(uint32_t irq)
{
    return (volatile uint8_t *)(uintptr_t)(NVIC_IPR + irq);
}

static void apply(uint32_t word)
{
    uint32_t on = gate_closed || stopped ? 0 : enabled[word];
    mmio_write(NVIC_ICER + 4 * word, fast_mask[word] & ~on);
    mmio_write(NVIC_ISER + 4 * word, fast_mask[word] & on);
}

static void apply_all(void)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        apply(i);
    }
    core_barrier();
}

/* ---- Calls ---- */

static bool is_apps(uint32_t address, uint32_t size)
{
    return isolation_is_app_flash(address, size) || isolation_is_app_ram(address, size);
}

static bool vector_of(uint32_t irq, uint32_t *vector)
{
    uint32_t place = mmio_read(SCB_VTOR_NS) + 4 * (16 + irq);
    if (!is_apps(place, 4)) {
        return false;
    }
    *vector = mmio_read(place);
    return (*vector & 1u) != 0 && is_apps(*vector & ~1u, 2);
}

enum MvStatus fast_set(uint32_t irq)
{
    uint32_t vector;
    if (stopped) {
        return MV_STATUS_UNAVAILABLE;
    }
    if (!isolation_irq_is_apps(irq) || notify_irq_taken(irq)) {
        return MV_STATUS_INVALIDINTERRUPT;
    }
    if (!vector_of(irq, &vector)) {
        return MV_STATUS_INVALIDVECTOR;
    }
    vectors[irq] = vector & ~1u;
    if (fast_is(irq)) {
        return MV_STATUS_OKAY;
    }
    uint32_t word = irq / 32;
    mmio_write(NVIC_ICER + 4 * word, BIT(irq));
    core_barrier();
    priorities[irq] = *priority_of(irq);
    *priority_of(irq) = PRIORITY_FAST;
    enabled[word] &= ~BIT(irq);
    fast_mask[word] |= BIT(irq);
    mmio_write(NVIC_ITNS + 4 * word, isolation_app_irqs[word] & ~fast_mask[word]);
    core_barrier();
    return MV_STATUS_OKAY;
}

static enum MvStatus known(uint32_t irq)
{
    if (stopped) {
        return MV_STATUS_UNAVAILABLE;
    }
    return isolation_irq_is_apps(irq) && fast_is(irq) ? MV_STATUS_OKAY : MV_STATUS_INVALIDINTERRUPT;
}

enum MvStatus fast_clear(uint32_t irq)
{
    enum MvStatus status = known(irq);
    uint32_t word = irq / 32;
    if (status != MV_STATUS_OKAY) {
        return status;
    }
    mmio_write(NVIC_ICER + 4 * word, BIT(irq));
    core_barrier();
    fast_mask[word] &= ~BIT(irq);
    enabled[word] &= ~BIT(irq);
    *priority_of(irq) = priorities[irq];
    mmio_write(NVIC_ITNS + 4 * word, isolation_app_irqs[word] & ~fast_mask[word]);
    core_barrier();
    return MV_STATUS_OKAY;
}

enum MvStatus fast_enable(uint32_t irq, bool enable)
{
    enum MvStatus status = known(irq);
    uint32_t word = irq / 32;
    if (status != MV_STATUS_OKAY) {
        return status;
    }
    enabled[word] = enable ? enabled[word] | BIT(irq) : enabled[word] & ~BIT(irq);
    apply(word);
    core_barrier();
    return MV_STATUS_OKAY;
}

void fast_gate(bool open)
{
    gate_closed = !open;
    apply_all();
}

/* ---- Running ---- */

/* The application ends. What was interrupted goes on, up to where hands can change. */
static void stop(uint32_t exc_return)
{
    stopped = true;
    apply_all();
    if (work_is_slice(exc_return)) {
        work_drop_background();
    } else {
        work_abandon_background();
    }
}

static bool flood(uint32_t now_us)
{
    if (now_us - run.window_us >= FAST_WINDOW_US) {
        run.window_us = now_us;
        run.count = run.used_us = 0;
    }
    return ++run.count > FAST_COUNT || run.used_us > FAST_SHARE_US;
}

static void report_flood(uint32_t irq, uint32_t exc_return)
{
    struct fault_report report;
    memset(&report, 0, sizeof report);
    report.kind = FAULT_FLOOD;
    report.exception = 16 + irq;
    report.pc = vectors[irq];
    app_crashed(&report);
    stop(exc_return);
}

/* The handler's address; 0 if it may not run. No call is possible while it runs. */
uint32_t fast_enter(uint32_t irq, uint32_t exc_return)
{
    uint32_t now_us = time_us_low();
    if (flood(now_us)) {
        report_flood(irq, exc_return);
        return 0;
    }
    run.region = mmio_read(SAU_RNR);
    mmio_write(SAU_RNR, SAU_REGION_VENEERS);
    run.region_limit = mmio_read(SAU_RLAR);
    mmio_write(SAU_RLAR, 0);
    calls_keep_status();
    run.started_us = now_us;
    run.aborted = false;
    run.active = true;
    time_limit(now_us + FAST_HANDLER_US);
    core_barrier();
    return vectors[irq];
}

void fast_leave(uint32_t exc_return)
{
    run.active = false;
    time_limit_off();
    mmio_write(SAU_RNR, SAU_REGION_VENEERS);
    mmio_write(SAU_RLAR, run.region_limit);
    mmio_write(SAU_RNR, run.region);
    core_barrier();
    run.used_us += time_us_low() - run.started_us;
    if (run.aborted) {
        stop(exc_return);
    }
}

/* The application is lost: its handler is made to return from an instruction in its RAM, whatever
 * became of its stack. */
void fast_abort(const struct fault_report *report)
{
    uint32_t *frame = (uint32_t *)(uintptr_t)(LAYOUT_APP_RAM_BASE + FRAME_AT);
    if (!run.aborted) {
        app_crashed(report);
    }
    run.aborted = true;
    *(uint16_t *)(uintptr_t)LAYOUT_APP_RAM_BASE = 0x4770u; /* BX LR */
    memset(frame, 0, FRAME_WORDS * 4);
    frame[5] = FNC_RETURN;
    frame[6] = LAYOUT_APP_RAM_BASE;
    frame[7] = XPSR_THUMB | IPSR_OF_CALLED;
    mmio_write(MPU_CTRL_NS, 0);
    core_set_msplim_ns(0);
    core_set_msp_ns((uint32_t)(uintptr_t)frame);
    core_barrier();
}

void fast_expired(uint32_t exc_return)
{
    struct fault_report report;
    if (!run.active) {
        return;
    }
    if ((exc_return & EXC_RETURN_SECURE_STACK) != 0) {
        time_limit(time_us_low() + RETRY_US);
        return;
    }
    fault_capture_app(&report, FAULT_HUNG, exc_return);
    fast_abort(&report);
}

void fast_reset(void)
{
    stopped = true;
    apply_all(); /* from here on none is taken */
    memset(fast_mask, 0, sizeof fast_mask);
    memset(enabled, 0, sizeof enabled);
    memset(&run, 0, sizeof run);
    gate_closed = stopped = false;
}
