/* The scheduler's decisions: see work.h. All state changes in PendSV_S, or in the thread while it
 * holds the lock. Times are the low 32 bits of the clock and compared by difference. */
#include "kernel/work/work.h"

#include "chip/core.h"
#include "chip/mmio.h"
#include "kernel/app/app.h"
#include "kernel/calls/calls.h"
#include "kernel/extflash/extflash.h"
#include "kernel/isolation/fault.h"
#include "kernel/isolation/isolation.h"
#include "kernel/net/net.h"
#include "kernel/net_policy/policy.h"
#include "kernel/notify/handle.h"
#include "kernel/power/power.h"
#include "kernel/time/time.h"
#include "kernel/update/update.h"
#include "kernel/wifi/wifi.h"
#include "kernel/work/lock.h"
#include "kernel/work/targets.h"
#include "layout.h"

#define IDLE_US           10000u
#define SLICE_US          1000u  /* longest slice against a busy application */
#define FORCED_US         200u   /* slice with the application's exceptions held off */
#define STARVED_US        20000u /* no slice for so long: force one */
#define FORCED_AGAIN_US   800u   /* the same right after a forced one */
#define WINDOW_US         10000000u
#define WINDOW_DUE_US     5000000u /* of a window: work enough to judge by */
#define WINDOW_SHARE      20u      /* less than a 20th of it done: the application leaves no time */
#define MARGIN_US         4u       /* a slice ends so long before SysTick expires */
#define SHORTEST_US       20u      /* not worth a hand-over below that */
#define RETRY_US          30u
#define HUNG_US           2000000u
#define REST_MAX_US       2000u
#define LOOK_US           200u
#define FIRST_FRAME_WORDS 8u
#define EXC_RETURN_APP    0xFFFFFFB9u /* non-secure thread; CONTROL_S.SPSEL = 0 for calls */

#define EXC_RETURN_NS_THREAD 0xFFFFFFB8u /* of an exception taken to Non-secure */
#define UNWIND_FRAMES        64u

enum decision { STAY, TO_WORK, TO_BACKGROUND, TAKE_OVER, UNWIND }; /* as in switch.S */

/* Used by switch.S. */
struct {
    uint32_t r4_to_r11[8], exc_return;
} work_background;
uint32_t work_stack_pointer;
enum decision work_decide(uint32_t exc_return);
void work_took_over(void);

static struct {
    bool background; /* there is an application to give the processor to */
    bool abandon;    /* a call asked to drop it */
    bool unwind;     /* see work_unwind() */
    bool idle;       /* the thread waits */
    bool wakeable;   /* for an event too */
    volatile bool event;
    bool forced;      /* this slice runs with BASEPRI_S raised */
    bool starved;     /* slices have been refused since starved_us */
    bool handler;     /* only handlers of the application have been seen since handler_us */
    uint32_t wake_us; /* when the thread's wait ends */
    uint32_t start_us, end_us; /* of the present slice */
    uint32_t rest_us;          /* the application's turn lasts until then, unless it sleeps */
    uint32_t starved_us, handler_us;
    bool slice;         /* the thread has the processor against a background */
    bool forced_before; /* the last slice was forced */
    bool waiting;       /* there is work, and no slice, since waiting_us */
    uint32_t waiting_us;
    struct {
        uint32_t start_us, due_us, done_us;
    } window;
} work;

static bool reached(uint32_t now_us, uint32_t when_us)
{
    return (int32_t)(now_us - when_us) >= 0;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static bool due(uint32_t now_us)
{
    return !work.idle || (work.wakeable && work.event) || reached(now_us, work.wake_us);
}

static void request_switch(void)
{
    mmio_write(SCB_ICSR, ICSR_PENDSVSET);
    core_barrier();
}

/* ---- What the background is doing ---- */

/* Asleep: the instruction before the return address is WFI or WFE, or it waits in a call. */
static bool background_sleeps(void)
{
    uint32_t sp = (core_control_ns() & 2u) != 0 ? core_psp_ns() : core_msp_ns();
    if ((sp & 3u) != 0 || !isolation_is_app_ram(sp, FIRST_FRAME_WORDS * 4)) {
        return false;
    }
    uint32_t before = ((const uint32_t *)(uintptr_t)sp)[6] - 2;
    if (before + 2 - LAYOUT_VENEERS_BASE < LAYOUT_VENEERS_SIZE) {
        return true;
    }
    if ((before & 1u) != 0 ||
        (!isolation_is_app_flash(before, 2) && !isolation_is_app_ram(before, 2))) {
        return false;
    }
    uint16_t instruction = *(const uint16_t *)(uintptr_t)before;
    return instruction == 0xBF30u || instruction == 0xBF20u;
}

bool work_in_slice(void)
{
    return work.slice || !work.background;
}

bool work_is_slice(uint32_t exc_return)
{
    uint32_t mask = EXC_RETURN_SECURE_STACK | EXC_RETURN_THREAD | EXC_RETURN_PSP;
    return (exc_return & mask) == mask;
}

static enum decision stop_background(uint32_t kind, uint32_t exc_return)
{
    struct fault_report report;
    fault_capture_app(&report, kind, exc_return);
    app_crashed(&report);
    return TAKE_OVER;
}

/* The application's exceptions cannot hold kernel work up for ever: after a while it is torn
 * down. */
static enum decision handler_runs(uint32_t now_us, uint32_t exc_return)
{
    if (!work.handler) {
        work.handler = true;
        work.handler_us = now_us;
    } else if (now_us - work.handler_us > HUNG_US) {
        return stop_background(FAULT_HUNG, exc_return);
    }
    time_alarm(now_us + 10 * RETRY_US);
    return STAY;
}

/* ---- The kernel's share ---- */

static void note_wait(uint32_t now_us)
{
    if (!work.waiting && due(now_us)) {
        work.waiting = true;
        work.waiting_us = now_us;
    }
}

static void note_slice(uint32_t now_us)
{
    if (work.waiting) {
        work.window.due_us += now_us - work.waiting_us;
        work.waiting = false;
    }
}

/* Once a window: has the application left the kernel no time for what there was to do? */
static bool starved_out(uint32_t now_us)
{
    if (now_us - work.window.start_us < WINDOW_US) {
        return false;
    }
    uint32_t due_us = work.window.due_us + (work.waiting ? now_us - work.waiting_us : 0);
    bool starved = due_us > WINDOW_DUE_US && work.window.done_us < due_us / WINDOW_SHARE;
    work.waiting_us = work.window.start_us = now_us;
    work.window.due_us = work.window.done_us = 0;
    return starved;
}

/* ---- Slices ---- */

/* An event counts for the wait that it ends, or for the next one. */
static void end_wait(void)
{
    if (work.idle && work.wakeable) {
        work.event = false;
    }
    work.idle = false;
}

static enum decision start_slice(uint32_t now_us, uint32_t length_us, bool forced)
{
    end_wait();
    note_slice(now_us);
    work.slice = true;
    work.starved = false;
    work.forced = work.forced_before = forced;
    work.start_us = now_us;
    work.end_us = now_us + length_us;
    if (forced) {
        core_set_basepri(PRIORITY_CALL);
    } else {
        targets_borrow();
    }
    time_alarm(work.end_us);
    return TO_WORK;
}

static enum decision refuse(uint32_t now_us, uint32_t retry_us)
{
    if (!work.starved) {
        work.starved = true;
        work.starved_us = now_us;
    }
    time_alarm(now_us + retry_us);
    return STAY;
}

/* The application's thread mode was interrupted. */
static enum decision from_background(uint32_t now_us, uint32_t exc_return)
{
    calls_seen((core_control_ns() & 2u) != 0);
    if (!targets_only_this()) {
        return handler_runs(now_us, exc_return);
    }
    work.handler = false;
    if (!due(now_us)) {
        time_alarm(work.wake_us);
        return STAY;
    }
    if (!reached(now_us, work.rest_us) && !background_sleeps()) {
        time_alarm(work.rest_us);
        return STAY;
    }
    if (work.starved &&
        now_us - work.starved_us > (work.forced_before ? FORCED_AGAIN_US : STARVED_US)) {
        return start_slice(now_us, FORCED_US, true);
    }
    uint32_t quiet_us = targets_quiet_us();
    if (quiet_us < SHORTEST_US + MARGIN_US) {
        return refuse(now_us, quiet_us + RETRY_US);
    }
    return start_slice(now_us, smaller(SLICE_US, quiet_us - MARGIN_US), false);
}

static enum decision end_slice(uint32_t now_us)
{
    uint32_t used_us = now_us - work.start_us;
    work.window.due_us += used_us;
    work.window.done_us += used_us;
    core_set_basepri(0);
    targets_return();
    work.slice = false;
    work.rest_us = now_us + smaller(used_us, REST_MAX_US);
    /* Look again soon whether the application sleeps: then there is no need to rest. */
    time_alarm(due(now_us) ? now_us + smaller(used_us, LOOK_US) : work.wake_us);
    return TO_BACKGROUND;
}

/* The thread was interrupted. */
static enum decision from_work(uint32_t now_us)
{
    if (work.unwind) {
        return UNWIND;
    }
    if (!work.background) {
        return STAY;
    }
    if (targets_fired() || work.idle) {
        return end_slice(now_us);
    }
    if (!reached(now_us, work.end_us)) {
        time_alarm(work.end_us);
        return STAY;
    }
    /* A sleeping application does not miss the processor. */
    if (!work.forced && background_sleeps()) {
        uint32_t quiet_us = targets_quiet_us();
        if (quiet_us >= SHORTEST_US + MARGIN_US) {
            work.end_us = now_us + smaller(SLICE_US, quiet_us - MARGIN_US);
            time_alarm(work.end_us);
            return STAY;
        }
    }
    return end_slice(now_us);
}

/* An application that does nothing but call may be in step with the timer: each alarm then finds it
 * in a call. A few cycles more or less each time bring the two out of step. */
static void leave_step(void)
{
    static uint32_t state;
    state = state * 5u + 1u;
    uint32_t loops = (state >> 4 & 31u) + 1u;
    __asm volatile("1: subs %0, #1\n bne 1b" : "+r"(loops)::"cc");
}

/* PendSV_S: who runs next? */
enum decision work_decide(uint32_t exc_return)
{
    uint32_t now_us = time_us_low();
    if (work_is_slice(exc_return)) {
        return from_work(now_us);
    }
    if (work.abandon) {
        return TAKE_OVER;
    }
    if ((exc_return & EXC_RETURN_SECURE_STACK) != 0) {
        /* Inside a call: it is short. */
        leave_step();
        time_alarm(now_us + RETRY_US);
        return STAY;
    }
    note_wait(now_us);
    if (starved_out(now_us)) {
        return stop_background(FAULT_FLOOD, exc_return);
    }
    if ((exc_return & EXC_RETURN_THREAD) == 0) {
        return handler_runs(now_us, exc_return);
    }
    return from_background(now_us, exc_return);
}

/* The thread has the processor although no slice was started: the application is gone. */
void work_took_over(void)
{
    work_drop_background();
    work.idle = false;
}

void work_alarm(void)
{
    mmio_write(SCB_ICSR, ICSR_PENDSVSET);
}

void work_wake(void)
{
    work.event = true;
    mmio_write(SCB_ICSR, ICSR_PENDSVSET);
}

/* ---- For the thread ---- */

/* Without an application the thread sleeps by itself. */
static void sleep_alone(void)
{
    for (;;) {
        __asm volatile("cpsid i" ::: "memory");
        if (due(time_us_low())) {
            break;
        }
        time_alarm(work.wake_us);
        __asm volatile("dsb\n wfi\n cpsie i\n isb" ::: "memory");
    }
    end_wait();
    __asm volatile("cpsie i" ::: "memory");
}

static void give_away(uint32_t time_us, bool wakeable)
{
    uint32_t lock = lock_take();
    work.wakeable = wakeable;
    work.wake_us = time_us_low() + time_us;
    work.idle = true;
    lock_release(lock);
    if (work.background) {
        request_switch();
    } else {
        sleep_alone();
    }
}

void work_idle(void)
{
    give_away(IDLE_US, true);
}

void work_sleep_us(uint32_t time_us)
{
    uint32_t until_us = time_us_low() + time_us;
    do {
        give_away(until_us - time_us_low(), false);
    } while (!reached(time_us_low(), until_us));
}

void work_start_background(uint32_t entry, uint32_t stack)
{
    uint32_t *frame = (uint32_t *)(uintptr_t)(stack - FIRST_FRAME_WORDS * 4);
    for (uint32_t i = 0; i < FIRST_FRAME_WORDS; i++) {
        frame[i] = 0;
    }
    frame[5] = 0xFFFFFFFFu;
    frame[6] = entry & ~1u;
    frame[7] = 1u << 24; /* Thumb */
    uint32_t lock = lock_take();
    core_set_msp_ns((uint32_t)(uintptr_t)frame);
    for (uint32_t i = 0; i < 8; i++) {
        work_background.r4_to_r11[i] = 0;
    }
    work_background.exc_return = EXC_RETURN_APP;
    work.start_us = work.rest_us = time_us_low();
    work.starved = work.handler = work.abandon = work.forced_before = work.waiting = false;
    work.window.start_us = work.start_us;
    work.slice = true; /* until the thread gives the processor away */
    work.window.due_us = work.window.done_us = 0;
    work.background = true;
    lock_release(lock);
}

void work_drop_background(void)
{
    core_set_basepri(PRIORITY_CALL);
    targets_return();
    work.background = false;
    work.abandon = false;
    work.forced = false;
}

void work_background_silent(void)
{
    core_set_basepri(0);
}

void work_abandon_background(void)
{
    work.abandon = true;
    request_switch();
}

/* Two frames on the application's stack: the first makes the processor an interrupt handler that
 * executes BX LR, the second is what that returns to, an undefined instruction. */
void work_unwind(uint32_t exception)
{
    uint16_t *code = (uint16_t *)(uintptr_t)LAYOUT_APP_RAM_BASE;
    uint32_t *frames = (uint32_t *)(uintptr_t)(LAYOUT_APP_RAM_BASE + UNWIND_FRAMES);
    code[0] = 0x4770u; /* BX LR */
    code[1] = 0xDE00u; /* UDF #0 */
    for (uint32_t i = 0; i < 2 * FIRST_FRAME_WORDS; i++) {
        frames[i] = 0;
    }
    frames[5] = EXC_RETURN_NS_THREAD;
    frames[6] = (uint32_t)(uintptr_t)&code[0];
    frames[7] = 1u << 24 | exception;
    frames[8 + 6] = (uint32_t)(uintptr_t)&code[1];
    frames[8 + 7] = 1u << 24;
    core_set_msp_ns((uint32_t)(uintptr_t)frames);
    work.unwind = true;
    request_switch();
}

bool work_unwound(void)
{
    bool unwound = work.unwind;
    work.unwind = false;
    return unwound;
}

__attribute__((noreturn)) void work_main(void)
{
    update_init();
    wifi_init();
    if (app_running()) {
        work_idle(); /* it should not wait for the network's keys */
    }
    net_init();
    for (;;) {
        net_poll();
        update_poll();
        app_poll();
        policy_poll();
        wifi_poll();
        extflash_poll();
        handle_poll();
        power_poll(); /* last: after a sleep it is the application's turn at once */
        work_idle();
    }
}
