/* Instruction counts by following Security state and program counter.
 *
 * A call starts with the first secure instruction inside the veneer page after a non-secure one,
 * and ends with the next non-secure instruction in thread mode. Secure interrupt handlers in
 * between are not counted.
 */
#include "mvsim/measure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/layout.h"

#define SLOT_SIZE 8u
#define SLOTS     (LAYOUT_VENEERS_SIZE / SLOT_SIZE)
#define NO_SLOT   UINT32_MAX

struct cost {
    uint64_t calls;
    uint64_t min;
    uint64_t max;
    uint64_t sum;
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
    struct cost costs[SLOTS];
    /* The longest run of secure instructions with non-secure exceptions held off. */
    uint64_t held_off;
    uint64_t held_off_max;
    uint32_t held_off_start;
    uint32_t held_off_max_start;
};

static void end_call(struct measure *measure)
{
    struct cost *cost = &measure->costs[measure->slot];

    if (cost->calls == 0 || measure->count < cost->min)
        cost->min = measure->count;
    if (measure->count > cost->max)
        cost->max = measure->count;
    cost->calls++;
    cost->sum += measure->count;
    measure->slot = NO_SLOT;
}

static void follow_call(struct measure *measure, uint32_t pc, bool secure, bool handler)
{
    if (secure && !measure->was_secure && pc - LAYOUT_VENEERS_BASE < LAYOUT_VENEERS_SIZE) {
        measure->slot = (pc - LAYOUT_VENEERS_BASE) / SLOT_SIZE;
        measure->count = 0;
    }
    if (measure->slot == NO_SLOT)
        return;
    if (secure)
        measure->count += !handler;
    else if (!handler)
        end_call(measure);
}

static void follow_held_off(struct measure *measure, uint32_t pc, bool secure, bool handler)
{
    if (handler)
        return;
    if (!secure || cpu_reg(measure->cpu, CPU_BASEPRI_S) == 0) {
        measure->held_off = 0;
        return;
    }
    if (measure->held_off++ == 0)
        measure->held_off_start = pc;
    if (measure->held_off > measure->held_off_max) {
        measure->held_off_max = measure->held_off;
        measure->held_off_max_start = measure->held_off_start;
    }
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
    bool handler = cpu_exception(cpu) != 0;

    if (measure->config.stop_at_app && !measure->at_app && !secure &&
        pc - LAYOUT_APP_FLASH_BASE < LAYOUT_APP_FLASH_SIZE) {
        measure->at_app = true;
        board_break(measure->board);
    }
    if (measure->costs_file != NULL) {
        follow_call(measure, pc, secure, handler);
        follow_held_off(measure, pc, secure, handler);
    }
    if (measure->trace_file != NULL)
        trace_line(measure, cpu, pc, secure);
    measure->was_secure = secure;
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
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        const struct cost *cost = &measure->costs[slot];

        if (cost->calls == 0)
            continue;
        fprintf(measure->costs_file,
                "%s\n{\"slot\":%u,\"calls\":%llu,\"min\":%llu,\"max\":%llu,\"mean\":%.1f}",
                separator, slot, (unsigned long long)cost->calls, (unsigned long long)cost->min,
                (unsigned long long)cost->max, (double)cost->sum / (double)cost->calls);
        separator = ",";
    }
    fprintf(measure->costs_file,
            "\n],\"longest_held_off\":%llu,\"longest_held_off_start\":\"0x%08x\"}\n",
            (unsigned long long)measure->held_off_max, measure->held_off_max_start);
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
