/* Instruction counts by following Security state and program counter.
 *
 * A call starts with the first secure instruction inside the veneer page after a non-secure one, or
 * with the first instruction of a SecureFault handler that was entered from a non-secure SG fetch
 * in that page (an application with tasks), and ends with the next non-secure instruction. Secure
 * interrupt handlers in between are not counted. Its stack is how far the secure main stack pointer
 * went down.
 *
 * Held off are non-secure exceptions in secure code with PRIMASK_S or BASEPRI_S set, and in a
 * secure handler (told apart, because some have a priority that lets them through). A stretch
 * counts when it ends in the other world or in a secure thread that can be interrupted; one that
 * begins with the report of a fault ends the application, so nobody waits.
 */
#include "mvsim/measure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/layout.h"

#define SLOT_SIZE 8u
#define SLOTS     (LAYOUT_VENEERS_SIZE / SLOT_SIZE)
#define NO_SLOT   UINT32_MAX

#define SECURE_FAULT   7u
#define GTZC_EXCEPTION (16u + 8u)

struct cost {
    uint64_t calls;
    uint64_t min;
    uint64_t max;
    uint64_t sum;
    uint64_t held_off;
    uint32_t stack;
};

/* Secure instructions with non-secure exceptions held off. */
struct stretch {
    uint64_t count;
    uint32_t start, end, exception;
};

struct measure {
    struct board *board;
    struct cpu *cpu;
    struct measure_config config;
    FILE *costs_file;
    FILE *trace_file;
    bool at_app;
    /* The call in progress. */
    bool was_secure;
    uint32_t slot;
    uint64_t count;
    bool fault_call;
    uint32_t call_exception; /* the caller's */
    uint32_t stack_top, stack_low;
    uint64_t call_held_off;
    struct cost costs[2][SLOTS]; /* through the veneer; as a fault */
    bool app_ran;
    struct stretch now, longest[2]; /* that begin in thread mode; in a handler */
};

static void end_call(struct measure *measure)
{
    struct cost *cost = &measure->costs[measure->fault_call][measure->slot];

    if (cost->calls == 0 || measure->count < cost->min)
        cost->min = measure->count;
    if (measure->count > cost->max)
        cost->max = measure->count;
    if (measure->call_held_off > cost->held_off)
        cost->held_off = measure->call_held_off;
    if (measure->stack_top - measure->stack_low > cost->stack)
        cost->stack = measure->stack_top - measure->stack_low;
    cost->calls++;
    cost->sum += measure->count;
    measure->slot = NO_SLOT;
}

static bool in_veneers(uint32_t address)
{
    return address - LAYOUT_VENEERS_BASE < LAYOUT_VENEERS_SIZE;
}

/* Where the non-secure code was when this exception was taken from it. */
static uint32_t stacked_pc(struct cpu *cpu)
{
    bool process = cpu_reg(cpu, CPU_CONTROL_NS) & 2;
    uint32_t sp = cpu_reg(cpu, process ? CPU_PSP_NS : CPU_MSP_NS);
    uint32_t pc = 0;

    return cpu_debug_read(cpu, sp + 24, false, &pc, sizeof pc) ? pc : 0;
}

static void begin_call(struct measure *measure, uint32_t address, bool fault)
{
    measure->slot = (address - LAYOUT_VENEERS_BASE) / SLOT_SIZE;
    measure->fault_call = fault;
    measure->count = 0;
    measure->call_held_off = 0;
    measure->call_exception = cpu_exception(measure->cpu);
    measure->stack_top = measure->stack_low = cpu_reg(measure->cpu, CPU_MSP_S);
}

static void follow_call(struct measure *measure, uint32_t pc, bool secure, uint32_t exception)
{
    bool in_call;
    uint32_t sp;

    if (secure && !measure->was_secure) {
        if (in_veneers(pc))
            begin_call(measure, pc, false);
        else if (exception == SECURE_FAULT && in_veneers(stacked_pc(measure->cpu)))
            begin_call(measure, stacked_pc(measure->cpu), true);
    }
    if (measure->slot == NO_SLOT)
        return;
    in_call = exception == (measure->fault_call ? SECURE_FAULT : measure->call_exception);
    if (secure && in_call) {
        sp = cpu_reg(measure->cpu, CPU_MSP_S);
        measure->count++;
        if (sp < measure->stack_low)
            measure->stack_low = sp;
    } else if (!secure) {
        end_call(measure);
    }
}

static bool is_fault(uint32_t exception)
{
    return (exception >= 2 && exception <= SECURE_FAULT) || exception == GTZC_EXCEPTION;
}

static void end_held_off(struct measure *measure, bool secure)
{
    struct stretch *longest = &measure->longest[measure->now.exception != 0];

    if (measure->now.count > longest->count && !(secure && is_fault(measure->now.exception)))
        *longest = measure->now;
    measure->now.count = 0;
}

static void follow_held_off(struct measure *measure, uint32_t pc, bool secure, uint32_t exception)
{
    bool held = measure->app_ran && secure &&
                (exception != 0 || cpu_reg(measure->cpu, CPU_BASEPRI_S) != 0 ||
                 (cpu_reg(measure->cpu, CPU_PRIMASK_S) & 1) != 0);

    if (!held) {
        if (measure->now.count != 0)
            end_held_off(measure, secure);
        return;
    }
    measure->now.end = pc;
    if (measure->now.count++ == 0) {
        measure->now.start = pc;
        measure->now.exception = exception;
    }
    if (measure->slot != NO_SLOT && measure->now.count > measure->call_held_off)
        measure->call_held_off = measure->now.count;
}

static void trace_line(struct measure *measure, struct cpu *cpu, uint32_t pc, bool secure)
{
    uint16_t code[2] = {0, 0};
    bool wide;

    cpu_debug_read(cpu, pc, secure, &code[0], sizeof code[0]);
    wide = (code[0] & 0xE000) == 0xE000 && (code[0] & 0x1800) != 0;
    if (wide)
        cpu_debug_read(cpu, pc + 2, secure, &code[1], sizeof code[1]);
    fprintf(measure->trace_file, "%llu %c%u %08x %04x", (unsigned long long)cpu_cycles(cpu),
            secure ? 'S' : 'N', cpu_exception(cpu), pc, code[0]);
    if (wide)
        fprintf(measure->trace_file, "%04x", code[1]);
    fputc('\n', measure->trace_file);
}

static void each_instruction(void *context, struct cpu *cpu, uint32_t pc)
{
    struct measure *measure = context;
    bool secure = cpu_secure(cpu);
    uint32_t exception = cpu_exception(cpu);

    if (measure->config.stop_at_app && !measure->at_app && !secure &&
        pc - LAYOUT_APP_FLASH_BASE < LAYOUT_APP_FLASH_SIZE) {
        measure->at_app = true;
        board_break(measure->board);
    }
    if (measure->costs_file != NULL) {
        follow_held_off(measure, pc, secure, exception);
        follow_call(measure, pc, secure, exception);
    }
    if (measure->trace_file != NULL)
        trace_line(measure, cpu, pc, secure);
    measure->was_secure = secure;
    measure->app_ran |= !secure;
}

static bool open_file(const char *path, FILE **file, char *error, size_t error_size)
{
    if (path == NULL)
        return true;
    *file = fopen(path, "we");
    if (*file == NULL)
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
    return *file != NULL;
}

struct measure *measure_new(struct board *board, const struct measure_config *config, char *error,
                            size_t error_size)
{
    struct measure *measure = calloc(1, sizeof *measure);

    if (measure == NULL) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    measure->board = board;
    measure->cpu = soc_cpu(board_soc(board));
    measure->config = *config;
    measure->slot = NO_SLOT;
    measure->was_secure = true;
    if (!open_file(config->call_costs, &measure->costs_file, error, error_size) ||
        !open_file(config->trace, &measure->trace_file, error, error_size)) {
        measure_finish(measure);
        return NULL;
    }
    if (config->stop_at_app || measure->costs_file != NULL || measure->trace_file != NULL)
        cpu_set_trace(measure->cpu, each_instruction, measure);
    return measure;
}

bool measure_at_app(const struct measure *measure)
{
    return measure->at_app;
}

void measure_print_app(const struct measure *measure, FILE *out)
{
    fprintf(out, "{\"instructions\":%llu,\"cycles\":%llu,\"microseconds\":%llu}\n",
            (unsigned long long)cpu_instructions(measure->cpu),
            (unsigned long long)cpu_cycles(measure->cpu),
            (unsigned long long)(board_time(measure->board) / SIM_PS_PER_US));
    fflush(out);
}

static void write_costs(const struct measure *measure)
{
    const char *separator = "";

    fprintf(measure->costs_file, "{\"calls\":[");
    for (unsigned fault = 0; fault < 2; fault++)
        for (unsigned slot = 0; slot < SLOTS; slot++) {
            const struct cost *cost = &measure->costs[fault][slot];

            if (cost->calls == 0)
                continue;
            fprintf(measure->costs_file,
                    "%s\n{\"slot\":%u,\"fault\":%s,\"calls\":%llu,\"min\":%llu,\"max\":%llu,"
                    "\"mean\":%.1f,\"stack\":%u,\"held_off\":%llu}",
                    separator, slot, fault ? "true" : "false", (unsigned long long)cost->calls,
                    (unsigned long long)cost->min, (unsigned long long)cost->max,
                    (double)cost->sum / (double)cost->calls, cost->stack,
                    (unsigned long long)cost->held_off);
            separator = ",";
        }
    fprintf(measure->costs_file, "\n]");
    for (unsigned handler = 0; handler < 2; handler++) {
        const struct stretch *longest = &measure->longest[handler];
        const char *name = handler ? "longest_in_handler" : "longest_held_off";

        fprintf(measure->costs_file, ",\"%s\":%llu,\"%s_start\":\"0x%08x\",\"%s_end\":\"0x%08x\"",
                name, (unsigned long long)longest->count, name, longest->start, name, longest->end);
    }
    fprintf(measure->costs_file, "}\n");
}

bool measure_finish(struct measure *measure)
{
    bool good = true;

    if (measure == NULL)
        return true;
    cpu_set_trace(measure->cpu, NULL, NULL);
    if (measure->costs_file != NULL) {
        write_costs(measure);
        good &= fclose(measure->costs_file) == 0;
    }
    if (measure->trace_file != NULL)
        good &= fclose(measure->trace_file) == 0;
    free(measure);
    return good;
}
