/* test_random [INSTRUCTIONS [SEED]]
 * Runs random instruction sequences on our processor, in superblocks and one instruction at a time,
 * and on libunicorn; registers, flags and memory must agree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#include "an505/board.h"
#include "cpu/decode.h"
#include "random_code.h"

#define CODE       0x10000000u
#define CODE_SIZE  0x10000u
#define DATA       0x38000000u
#define DATA_SIZE  0x8000u
#define POINTER    (DATA + DATA_SIZE / 2)
#define BATCH      24u
#define WORDS_MAX  256u
#define FLAGS_MASK 0xf80f0000u
/* libunicorn does not show GE; SEL brings it to light. */
#define COMMON_FLAGS 0xf8000000u

struct state {
    uint32_t r[15];
    uint32_t flags;
};

struct bench {
    struct an505 board;
    uc_engine *unicorn;
    uint16_t code[WORDS_MAX];
    size_t words;
    uint8_t before[DATA_SIZE], memory[DATA_SIZE];
};

static const int unicorn_registers[15] = {
    UC_ARM_REG_R0,  UC_ARM_REG_R1,  UC_ARM_REG_R2,  UC_ARM_REG_R3, UC_ARM_REG_R4,
    UC_ARM_REG_R5,  UC_ARM_REG_R6,  UC_ARM_REG_R7,  UC_ARM_REG_R8, UC_ARM_REG_R9,
    UC_ARM_REG_R10, UC_ARM_REG_R11, UC_ARM_REG_R12, UC_ARM_REG_SP, UC_ARM_REG_LR};

static void start_state(struct random *random, struct state *state)
{
    static const uint32_t corners[] = {0,          1,      0xffffffff, 0x80000000,
                                       0x7fffffff, 0x8000, 0x7fff8000};
    for (unsigned i = 0; i < 15; i++)
        state->r[i] =
            random_below(random, 3) ? random_next(random) : corners[random_below(random, 7)];
    state->r[6] = random_below(random, 256);
    state->r[10] = random_below(random, 256);
    state->r[7] = POINTER + (random_below(random, 256) & ~3u);
    state->r[9] = POINTER + (random_below(random, 256) & ~3u);
    state->r[13] = POINTER + (random_below(random, 256) & ~3u);
    state->flags = random_next(random) & COMMON_FLAGS;
}

static void run_ours(struct bench *bench, const struct state *start, struct state *end, bool step)
{
    struct cpu *cpu = bench->board.cpu;
    memcpy(bench->board.ssram0, bench->code, bench->words * 2);
    memcpy(bench->board.ssram1, bench->before, DATA_SIZE);
    cpu_code_flush(cpu, bench->board.ssram0, CODE_SIZE);
    for (unsigned i = 0; i < 15; i++)
        cpu_set_reg(cpu, (enum cpu_reg)(CPU_R0 + i), start->r[i]);
    cpu_set_reg(cpu, CPU_XPSR, start->flags | 0x01000000u);
    cpu_set_reg(cpu, CPU_R0 + 15, CODE);
    bench->board.host.exited = false;
    uint64_t limit = cpu_cycles(cpu) + 10000;
    if (step)
        for (unsigned i = 0; i < 1000 && !bench->board.host.exited; i++)
            cpu_step(cpu);
    else
        while (!bench->board.host.exited && cpu_cycles(cpu) < limit)
            if (cpu_run(cpu, limit) == CPU_STOP_LOCKUP)
                break;
    if (!bench->board.host.exited)
        cpu_reset(cpu, CODE, false);
    if (!bench->board.host.exited)
        printf("did not reach the end: pc %08x\n", cpu_reg(cpu, CPU_R0 + 15));
    for (unsigned i = 0; i < 15; i++)
        end->r[i] = cpu_reg(cpu, (enum cpu_reg)(CPU_R0 + i));
    end->flags = cpu_reg(cpu, CPU_XPSR) & FLAGS_MASK;
}

static bool stop_call(struct semihosting *host)
{
    host->exited = true;
    return true;
}

static bool run_unicorn(struct bench *bench, const struct state *start, struct state *end)
{
    uc_engine *uc = bench->unicorn;
    uint32_t xpsr = start->flags | 0x01000000u, size = (uint32_t)bench->words * 2;
    uc_mem_write(uc, CODE, bench->code, size);
    uc_mem_write(uc, DATA, bench->before, DATA_SIZE);
    uc_ctl_remove_cache(uc, CODE, CODE + WORDS_MAX * 2);
    for (unsigned i = 0; i < 15; i++)
        uc_reg_write(uc, unicorn_registers[i], &start->r[i]);
    uc_reg_write(uc, UC_ARM_REG_XPSR, &xpsr);
    uc_err error = uc_emu_start(uc, CODE | 1u, CODE + size - 2, 0, 0);
    if (error) {
        printf("unicorn: %s\n", uc_strerror(error));
        return false;
    }
    for (unsigned i = 0; i < 15; i++)
        uc_reg_read(uc, unicorn_registers[i], &end->r[i]);
    uc_reg_read(uc, UC_ARM_REG_XPSR, &xpsr);
    end->flags = xpsr & FLAGS_MASK;
    uc_mem_read(uc, DATA, bench->memory, DATA_SIZE);
    return true;
}

static bool differ(const char *who, const struct state *ours, const struct state *other)
{
    bool different = false;
    for (unsigned i = 0; i < 15; i++)
        if (ours->r[i] != other->r[i]) {
            printf("r%u: ours %08x, %s %08x\n", i, ours->r[i], who, other->r[i]);
            different = true;
        }
    if ((ours->flags ^ other->flags) & COMMON_FLAGS) {
        printf("flags: ours %08x, %s %08x\n", ours->flags, who, other->flags);
        different = true;
    }
    return different;
}

static void print_code(const struct bench *bench, const struct state *start)
{
    for (unsigned i = 0; i < 15; i++)
        printf("r%u=%08x ", i, start->r[i]);
    printf("flags=%08x\n", start->flags);
    for (size_t i = 0; i < bench->words;) {
        bool wide = decode_is_wide(bench->code[i]) && i + 1 < bench->words;
        uint32_t e = wide ? (uint32_t)bench->code[i] << 16 | bench->code[i + 1] : bench->code[i];
        char text[80];
        disassemble(e, wide, CODE + (uint32_t)i * 2, text, sizeof text);
        printf("  %04zx: %0*x  %s\n", i * 2, wide ? 8 : 4, e, text);
        i += wide ? 2 : 1;
    }
}

/* One sequence on all three; false if they disagree. */
static bool agree(struct bench *bench, const struct state *start, bool quiet)
{
    struct state blocks, steps, other;
    bool ok = true;
    run_ours(bench, start, &steps, true);
    run_ours(bench, start, &blocks, false);
    if (!run_unicorn(bench, start, &other))
        ok = false;
    else if (memcmp(blocks.r, other.r, sizeof other.r) != 0 ||
             ((blocks.flags ^ other.flags) & COMMON_FLAGS) ||
             memcmp(&blocks, &steps, sizeof steps) != 0 ||
             memcmp(bench->board.ssram1, bench->memory, DATA_SIZE) != 0)
        ok = false;
    if (!ok && !quiet) {
        print_code(bench, start);
        differ("unicorn", &blocks, &other);
        differ("single steps", &blocks, &steps);
        if (memcmp(bench->board.ssram1, bench->memory, DATA_SIZE) != 0)
            printf("memory differs\n");
    }
    return ok;
}

/* Cuts instructions off the end while the disagreement stays, so that the last one is the culprit.
 */
static void shrink(struct bench *bench, const struct state *start)
{
    uint16_t saved[WORDS_MAX];
    size_t words = bench->words - 1;
    memcpy(saved, bench->code, sizeof saved);
    unsigned it_left = 0;
    for (size_t i = 0; i < words;) {
        if (it_left)
            it_left--;
        else if ((saved[i] & 0xff00u) == 0xbf00u && (saved[i] & 15u))
            it_left = 4 - (unsigned)__builtin_ctz(saved[i] & 15u);
        i += decode_is_wide(saved[i]) ? 2 : 1;
        if (it_left) /* never inside an IT block */
            continue;
        memcpy(bench->code, saved, i * 2);
        bench->code[i] = 0xbeab;
        bench->words = i + 1;
        if (!agree(bench, start, true))
            break;
    }
    agree(bench, start, false);
}

static bool semihosting_stop(void *context, struct cpu *cpu)
{
    struct bench *bench = context;
    cpu_break(cpu);
    return stop_call(&bench->board.host);
}

static uc_engine *open_unicorn(void)
{
    uc_engine *uc;
    if (uc_open(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, &uc) != UC_ERR_OK ||
        uc_ctl_set_cpu_model(uc, UC_CPU_ARM_CORTEX_M33) != UC_ERR_OK)
        return NULL;
    uc_mem_map(uc, CODE, CODE_SIZE, UC_PROT_ALL);
    uc_mem_map(uc, DATA, DATA_SIZE, UC_PROT_READ | UC_PROT_WRITE);
    return uc;
}

int main(int argc, char **argv)
{
    unsigned long total = argc > 1 ? strtoul(argv[1], NULL, 0) : 200000;
    struct random random = {argc > 2 ? strtoull(argv[2], NULL, 0) : 0x123456789abcdefu};
    unsigned failures = 0;
    uc_engine *unicorn = open_unicorn();
    struct bench *bench = calloc(1, sizeof *bench);
    if (!unicorn || !bench || !an505_init(&bench->board)) {
        printf("set-up failed\n");
        free(bench);
        return 1;
    }
    bench->unicorn = unicorn;
    bench->board.stop = semihosting_stop;
    bench->board.stop_context = bench;
    for (size_t i = 0; i < DATA_SIZE; i++)
        bench->before[i] = (uint8_t)random_next(&random);
    for (unsigned long done = 0; done < total && failures < 5; done += BATCH) {
        struct state start;
        bench->words = random_code(&random, bench->code, WORDS_MAX - 1, BATCH);
        bench->code[bench->words++] = 0xbeab;
        start_state(&random, &start);
        if (!agree(bench, &start, true)) {
            shrink(bench, &start);
            failures++;
        }
    }
    printf("%lu instructions, %u disagreements\n", total, failures);
    uc_close(bench->unicorn);
    an505_free(&bench->board);
    free(bench);
    return failures != 0;
}
