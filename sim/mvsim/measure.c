/* Reports about a running board: see measure.h. */
#include "mvsim/measure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/layout.h"
#include "mvsim/call_costs.h"

struct measure {
    struct board *board;
    struct cpu *cpu;
    struct measure_config config;
    FILE *costs_file;
    FILE *trace_file;
    bool at_app;
    struct call_costs *costs;
};

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

    if (measure->config.stop_at_app && !measure->at_app && !secure &&
        pc - LAYOUT_APP_FLASH_BASE < LAYOUT_APP_FLASH_SIZE) {
        measure->at_app = true;
        board_break(measure->board);
    }
    if (measure->costs != NULL)
        call_costs_step(measure->costs, pc);
    if (measure->trace_file != NULL)
        trace_line(measure, cpu, pc, secure);
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
    if (!open_file(config->call_costs, &measure->costs_file, error, error_size) ||
        !open_file(config->trace, &measure->trace_file, error, error_size)) {
        measure_finish(measure);
        return NULL;
    }
    if (measure->costs_file != NULL)
        measure->costs = call_costs_new(measure->cpu);
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

bool measure_finish(struct measure *measure)
{
    bool good = true;

    if (measure == NULL)
        return true;
    cpu_set_trace(measure->cpu, NULL, NULL);
    if (measure->costs_file != NULL) {
        if (measure->costs != NULL)
            call_costs_write(measure->costs, measure->costs_file);
        good &= fclose(measure->costs_file) == 0;
    }
    if (measure->trace_file != NULL)
        good &= fclose(measure->trace_file) == 0;
    call_costs_free(measure->costs);
    free(measure);
    return good;
}
