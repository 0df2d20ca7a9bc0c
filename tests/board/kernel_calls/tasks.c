// Two tasks that call the kernel all the time, switched by a fast tick as an RTOS would, with
// no idea of TrustZone: both must stay whole.
#include "mv_syscalls.h"
#include "report.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define ICSR              REGISTER(0xE000ED04u)
#define SHPR3             REGISTER(0xE000ED20u)
#define SYSTICK_CTRL      REGISTER(0xE000E010u)
#define SYSTICK_LOAD      REGISTER(0xE000E014u)
#define SYSTICK_VAL       REGISTER(0xE000E018u)

enum { TASKS = 2, STACK_WORDS = 256, ROUNDS = 150000, THREAD_PSP = 0xFFFFFFBC };

void (*tasks_tick)(void);
void task_body(uint32_t seed);        // registers.S
uint32_t *tasks_switch(uint32_t *sp); // called by registers.S
void tasks_count(uint32_t seed, uint32_t sp);
void tasks_broken(void);

static uint32_t stacks[TASKS][STACK_WORDS] __attribute__((aligned(8)));
static uint32_t *saved[TASKS + 1]; // the last one is the test itself
static uint32_t current = TASKS, switches;
static volatile uint32_t rounds[TASKS], wrong_stack, broken, finished, long_calls, long_wrong;
static uint8_t rings[TASKS][32] __attribute__((aligned(8)));

uint32_t *tasks_switch(uint32_t *sp)
{
    saved[current] = sp;
    if (finished) {
        current = TASKS;
    } else {
        current = current == 0 ? 1 : 0;
    }
    switches++;
    return saved[current];
}

// A call that takes several times as long as a task has between two ticks.
static void long_call(uint32_t task)
{
    const struct MvNotificationSetup setup = {46 + task, (struct MvNotification *)rings[task], 32};
    MvNotificationHandle centre = 0;
    long_wrong += mvSetupNotifications(&setup, &centre) != MV_STATUS_OKAY;
    long_wrong += mvCloseNotifications(&centre) != MV_STATUS_OKAY || centre != 0;
    long_calls++;
}

void tasks_count(uint32_t seed, uint32_t sp)
{
    uint32_t task = seed >> 16;
    if (rounds[task] % 64 == 0) {
        long_call(task);
    }
    if (sp < (uint32_t)stacks[task] || sp >= (uint32_t)stacks[task + 0] + sizeof stacks[0]) {
        wrong_stack++;
    }
    if (++rounds[task] >= ROUNDS) {
        finished = 1;
    }
}

void tasks_broken(void)
{
    broken++;
    finished = 1;
}

// A varying period, so that every instruction of a call is hit sooner or later.
static void tick(void)
{
    static uint32_t random = 12345;
    random = random * 1664525u + 1013904223u;
    SYSTICK_LOAD = 300u + (random >> 23);
    ICSR = 1u << 28;
}

static void make_task(uint32_t task)
{
    uint32_t *sp = &stacks[task][STACK_WORDS - 8];
    sp[0] = task << 16; // r0 = seed
    sp[5] = 0;
    sp[6] = (uint32_t)task_body & ~1u;
    sp[7] = 1u << 24;
    sp -= 10;
    sp[9] = THREAD_PSP;
    saved[task] = sp;
}

static uint32_t own_stack[STACK_WORDS] __attribute__((aligned(8)));

void test_tasks(void)
{
    make_task(0);
    make_task(1);
    SYSTICK_CTRL = 0;
    SHPR3 = 0xF0F00000u;
    // This test goes on as a task of its own on the main stack's content: PSP is where it parks.
    __asm volatile("msr psp, %0" ::"r"(&own_stack[STACK_WORDS]));
    tasks_tick = tick;
    SYSTICK_LOAD = 1000;
    SYSTICK_VAL = 0;
    SYSTICK_CTRL = 7;
    // Wait on the process stack: the tasks run until one has done its rounds.
    __asm volatile("mrs r0, control\n orr r1, r0, #2\n msr control, r1\n isb\n"
                   "1: ldr r2, [%0]\n cmp r2, #0\n beq 1b\n"
                   "msr control, r0\n isb\n" ::"r"(&finished)
                   : "r0", "r1", "r2", "memory", "cc");
    tasks_tick = 0;
    SYSTICK_CTRL = 0;
    report_line("tasks: %lu and %lu rounds of three calls, %lu switches", (unsigned long)rounds[0],
                (unsigned long)rounds[1], (unsigned long)switches);
    check_true("both tasks made long calls", long_calls > 2 * ROUNDS / 64 - 100);
    check_equal("long calls of two tasks that went wrong", long_wrong, 0);
    check_equal("registers of a task broken", broken, 0);
    check_equal("tasks on a wrong stack", wrong_stack, 0);
}
