/* mvsim-an505 [--cycles N] [--registers] [--stats] [--trace | --states] [--verbose] ELF
 * Runs an ELF image on the thin AN505 board; the program's semihosting exit code is ours. --trace
 * disassembles each instruction; --states prints what tests/nightly/trace_compare.py reads. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "an505/board.h"
#include "cpu/decode.h"

struct options {
    const char *file;
    uint64_t cycles;
    bool registers, stats, trace, states, verbose;
};

static int usage(void)
{
    fprintf(stderr, "usage: mvsim-an505 [--cycles N] [--registers] [--stats] [--trace | --states] "
                    "[--verbose] ELF\n");
    return 2;
}

static bool parse(int argc, char **argv, struct options *options)
{
    *options = (struct options){.cycles = UINT64_MAX};
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--cycles") && i + 1 < argc)
            options->cycles = strtoull(argv[++i], NULL, 0);
        else if (!strcmp(argv[i], "--registers"))
            options->registers = true;
        else if (!strcmp(argv[i], "--stats"))
            options->stats = true;
        else if (!strcmp(argv[i], "--trace"))
            options->trace = true;
        else if (!strcmp(argv[i], "--states"))
            options->states = true;
        else if (!strcmp(argv[i], "--verbose"))
            options->verbose = true;
        else if (argv[i][0] == '-' || options->file)
            return false;
        else
            options->file = argv[i];
    }
    return options->file != NULL;
}

#define IMAGE_MAX (64u << 20)

static uint8_t *read_file(const char *name, size_t *size)
{
    FILE *file = fopen(name, "rb");
    uint8_t *data = file ? malloc(IMAGE_MAX) : NULL;
    if (data)
        *size = fread(data, 1, IMAGE_MAX, file);
    if (file)
        fclose(file);
    return data;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void print_registers(const struct cpu *cpu)
{
    for (unsigned i = 0; i < 16; i++)
        fprintf(stderr, "r%-2u %08x%s", i, cpu_reg(cpu, (enum cpu_reg)(CPU_R0 + i)),
                i % 4 == 3 ? "\n" : "  ");
    fprintf(stderr, "xpsr %08x  %s\n", cpu_reg(cpu, CPU_XPSR),
            cpu_secure(cpu) ? "secure" : "non-secure");
}

/* One line an instruction on standard error. */
static void trace(void *context, struct cpu *cpu, uint32_t pc)
{
    uint16_t half[2] = {0};
    char text[80];
    (void)context;
    cpu_debug_read(cpu, pc, cpu_secure(cpu), &half[0], 2);
    cpu_debug_read(cpu, pc + 2, cpu_secure(cpu), &half[1], 2);
    bool wide = decode_is_wide(half[0]);
    uint32_t encoding = wide ? (uint32_t)half[0] << 16 | half[1] : half[0];
    disassemble(encoding, wide, pc, text, sizeof text);
    fprintf(stderr, "%s %08x %s\n", cpu_secure(cpu) ? "S " : "NS", pc, text);
}

/* The state before an instruction on one line of standard error: r0-r15 and xPSR in hexadecimal,
 * Security state, privilege and mode. */
static void print_state(void *context, struct cpu *cpu, uint32_t pc)
{
    (void)context;
    for (unsigned i = 0; i < 15; i++)
        fprintf(stderr, "%08x ", cpu_reg(cpu, (enum cpu_reg)(CPU_R0 + i)));
    fprintf(stderr, "%08x %08x %s %s\n", pc, cpu_reg(cpu, CPU_XPSR), cpu_secure(cpu) ? "S" : "NS",
            cpu_exception(cpu)    ? "handler"
            : cpu_privileged(cpu) ? "priv-thread"
                                  : "unpriv-thread");
}

int main(int argc, char **argv)
{
    struct options options;
    struct an505 board;
    size_t size = 0;
    if (!parse(argc, argv, &options))
        return usage();
    uint8_t *image = read_file(options.file, &size);
    if (!image) {
        fprintf(stderr, "mvsim-an505: cannot read %s\n", options.file);
        return 1;
    }
    if (!an505_init(&board) || !an505_load_elf(&board, image, size)) {
        fprintf(stderr, "mvsim-an505: %s is not an ELF image for this board\n", options.file);
        free(image);
        return 1;
    }
    free(image);
    board.verbose = options.verbose;
    if (options.trace)
        cpu_set_trace(board.cpu, trace, NULL);
    if (options.states)
        cpu_set_trace(board.cpu, print_state, NULL);
    double start = seconds();
    int code = an505_run(&board, options.cycles);
    double taken = seconds() - start;
    if (options.registers)
        print_registers(board.cpu);
    if (options.stats)
        fprintf(stderr,
                "{\"instructions\": %" PRIu64 ", \"cycles\": %" PRIu64
                ", \"seconds\": %.6f, \"mips\": %.1f}\n",
                cpu_instructions(board.cpu), cpu_cycles(board.cpu), taken,
                (double)cpu_instructions(board.cpu) / taken / 1e6);
    if (code == 125)
        fprintf(stderr, "mvsim-an505: the processor locked up\n");
    an505_free(&board);
    return code;
}
