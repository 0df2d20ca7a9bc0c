/* Costs of system calls: see call_costs.h.
 *
 * A call arrives in one of two ways. Through its veneer: from the first secure instruction inside
 * the veneer page after a non-secure one to the next non-secure instruction, in thread mode. As a
 * SecureFault taken from the Non-secure state whose return address lies in the veneer page: all
 * instructions of that handler. Interrupt handlers of the kernel in between are not counted, and no
 * calls from the application's interrupt handlers.
 *
 * Non-secure exceptions are held off in secure handlers (AIRCR.PRIS) and while PRIMASK_S or
 * BASEPRI_S is set. A slice of kernel work is neither: an interrupt of the application ends it.
 */
#include "mvsim/call_costs.h"

#include <stdlib.h>

#include "firmware/layout.h"

#define SLOT_SIZE    8u
#define SLOTS        (LAYOUT_VENEERS_SIZE / SLOT_SIZE)
#define BOOT_END     LAYOUT_KERNEL_BASE /* boot stages lie below the kernel in bank 2 */
#define SECURE_FAULT 7u
#define PENDSV       14u

#define EXC_RETURN_SECURE_STACK 0x40u
#define EXC_RETURN_THREAD       0x08u
#define CONTROL_SPSEL           0x02u
#define FRAME_PC                24u
#define LR                      14
#define SP                      13

/* One way of arriving. */
struct way {
    uint64_t calls, min, max, sum;
};

struct cost {
    struct way veneer, fault;
    uint32_t stack;    /* bytes of MSP_S */
    uint64_t held_off; /* longest stretch of one arrival */
};

struct call_costs {
    struct cpu *cpu;
    struct cost costs[SLOTS];
    /* The call in progress. */
    enum { NO_CALL, BY_VENEER, BY_FAULT } call;
    uint32_t slot, base, lowest;
    uint64_t count, held_off, held_off_max;
    /* The instruction before. */
    bool was_secure;
    unsigned was_exception;
    /* All secure instructions. */
    bool app_runs;
    uint64_t run, run_max;
    uint32_t run_start, run_max_start;
};

struct call_costs *call_costs_new(struct cpu *cpu)
{
    struct call_costs *costs = calloc(1, sizeof *costs);

    if (costs != NULL) {
        costs->cpu = cpu;
        costs->was_secure = true;
    }
    return costs;
}

void call_costs_free(struct call_costs *costs)
{
    free(costs);
}

static bool in_veneers(uint32_t pc)
{
    return pc - LAYOUT_VENEERS_BASE < LAYOUT_VENEERS_SIZE;
}

static void end_call(struct call_costs *costs)
{
    struct cost *cost = &costs->costs[costs->slot];
    struct way *way = costs->call == BY_VENEER ? &cost->veneer : &cost->fault;

    if (way->calls == 0 || costs->count < way->min)
        way->min = costs->count;
    if (costs->count > way->max)
        way->max = costs->count;
    way->calls++;
    way->sum += costs->count;
    if (costs->base - costs->lowest > cost->stack)
        cost->stack = costs->base - costs->lowest;
    if (costs->held_off_max > cost->held_off)
        cost->held_off = costs->held_off_max;
    costs->call = NO_CALL;
}

static void begin_call(struct call_costs *costs, int way, uint32_t pc)
{
    costs->call = way;
    costs->slot = (pc - LAYOUT_VENEERS_BASE) / SLOT_SIZE;
    costs->base = costs->lowest = cpu_reg(costs->cpu, SP);
    costs->count = costs->held_off = costs->held_off_max = 0;
}

/* Where the application was when this handler was entered; 0 if it was not the application. */
static uint32_t interrupted_at(const struct call_costs *costs)
{
    uint32_t exc_return = cpu_reg(costs->cpu, LR), pc = 0;
    bool process = (exc_return & EXC_RETURN_THREAD) != 0 &&
                   (cpu_reg(costs->cpu, CPU_CONTROL_NS) & CONTROL_SPSEL) != 0;
    uint32_t frame = cpu_reg(costs->cpu, process ? CPU_PSP_NS : CPU_MSP_NS);

    if ((exc_return & EXC_RETURN_SECURE_STACK) != 0 || (exc_return & EXC_RETURN_THREAD) == 0)
        return 0;
    return cpu_debug_read(costs->cpu, frame + FRAME_PC, false, &pc, sizeof pc) ? pc : 0;
}

static bool call_over(const struct call_costs *costs, bool secure, unsigned exception)
{
    if (costs->call == BY_VENEER)
        return !secure && exception == 0;
    return !secure || exception == 0 || exception == PENDSV; /* which cannot pre-empt it */
}

static void follow_call(struct call_costs *costs, uint32_t pc, bool secure, unsigned exception,
                        bool held)
{
    bool entered = exception == SECURE_FAULT && costs->was_exception != SECURE_FAULT && secure;

    if (costs->call != NO_CALL && call_over(costs, secure, exception))
        end_call(costs);
    if (secure && !costs->was_secure && exception == 0 && in_veneers(pc)) {
        begin_call(costs, BY_VENEER, pc);
    } else if (entered && costs->call != BY_FAULT && in_veneers(interrupted_at(costs))) {
        if (costs->call != NO_CALL)
            end_call(costs);
        begin_call(costs, BY_FAULT, interrupted_at(costs));
    }
    if (costs->call == NO_CALL || exception != (costs->call == BY_FAULT ? SECURE_FAULT : 0))
        return;
    costs->count++;
    costs->held_off = held ? costs->held_off + 1 : 0;
    if (costs->held_off > costs->held_off_max)
        costs->held_off_max = costs->held_off;
    if (cpu_reg(costs->cpu, SP) < costs->lowest)
        costs->lowest = cpu_reg(costs->cpu, SP);
}

/* Not at boot: there is no application to hold off. */
static void follow_all(struct call_costs *costs, uint32_t pc, bool secure, bool held)
{
    if (!secure)
        costs->app_runs = true;
    else if (pc >= LAYOUT_BANK2_BASE && pc < BOOT_END)
        costs->app_runs = false;
    if (!held || !costs->app_runs) {
        costs->run = 0;
        return;
    }
    if (costs->run++ == 0)
        costs->run_start = pc;
    if (costs->run > costs->run_max) {
        costs->run_max = costs->run;
        costs->run_max_start = costs->run_start;
    }
}

void call_costs_step(struct call_costs *costs, uint32_t pc)
{
    bool secure = cpu_secure(costs->cpu);
    unsigned exception = cpu_exception(costs->cpu);
    bool held = secure && (exception != 0 || cpu_reg(costs->cpu, CPU_BASEPRI_S) != 0 ||
                           cpu_reg(costs->cpu, CPU_PRIMASK_S) != 0);

    follow_call(costs, pc, secure, exception, held);
    follow_all(costs, pc, secure, held);
    costs->was_secure = secure;
    costs->was_exception = exception;
}

static double mean(const struct way *way)
{
    return way->calls != 0 ? (double)way->sum / (double)way->calls : 0;
}

void call_costs_write(const struct call_costs *costs, FILE *out)
{
    const char *separator = "";

    fprintf(out, "{\"calls\":[");
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        const struct cost *cost = &costs->costs[slot];
        const struct way *veneer = &cost->veneer, *fault = &cost->fault;

        if (veneer->calls + fault->calls == 0)
            continue;
        fprintf(out,
                "%s\n{\"slot\":%u,\"calls\":%llu,\"min\":%llu,\"max\":%llu,\"mean\":%.1f,"
                "\"fault_calls\":%llu,\"fault_min\":%llu,\"fault_max\":%llu,\"fault_mean\":%.1f,"
                "\"stack\":%u,\"held_off\":%llu}",
                separator, slot, (unsigned long long)veneer->calls, (unsigned long long)veneer->min,
                (unsigned long long)veneer->max, mean(veneer), (unsigned long long)fault->calls,
                (unsigned long long)fault->min, (unsigned long long)fault->max, mean(fault),
                cost->stack, (unsigned long long)cost->held_off);
        separator = ",";
    }
    fprintf(out, "\n],\"longest_held_off\":%llu,\"longest_held_off_start\":\"0x%08x\"}\n",
            (unsigned long long)costs->run_max, costs->run_max_start);
}
