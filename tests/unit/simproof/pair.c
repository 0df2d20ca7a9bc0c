#include "pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/exception.h"
#include "cpu/nvic.h"

/* --- our side -------------------------------------------------------------------------------- */

static uint8_t *our_memory(struct pair *pair, uint32_t address)
{
    if (address - PAIR_CODE < PAIR_CODE_SIZE)
        return pair->our_code + (address - PAIR_CODE);
    if (address - PAIR_DATA < PAIR_DATA_SIZE)
        return pair->our_data + (address - PAIR_DATA);
    return NULL;
}

static bool bus_map(void *context, uint32_t address, struct bus_attr attr,
                    struct bus_window *window)
{
    struct pair *pair = context;
    bool code = address - PAIR_CODE < PAIR_CODE_SIZE;
    (void)attr;
    if (!our_memory(pair, address))
        return false;
    *window = (struct bus_window){.base = code ? PAIR_CODE : PAIR_DATA,
                                  .size = code ? PAIR_CODE_SIZE : PAIR_DATA_SIZE,
                                  .host = code ? pair->our_code : pair->our_data,
                                  .readable = true,
                                  .writable = true};
    return true;
}

static enum bus_status bus_read(void *context, uint32_t address, unsigned size,
                                struct bus_attr attr, uint32_t *value)
{
    (void)context;
    (void)address;
    (void)size;
    (void)attr;
    *value = 0;
    return BUS_ERROR;
}

static enum bus_status bus_write(void *context, uint32_t address, unsigned size,
                                 struct bus_attr attr, uint32_t value)
{
    (void)value;
    uint32_t ignored;
    return bus_read(context, address, size, attr, &ignored);
}

static struct idau_result bus_idau(void *context, uint32_t address)
{
    (void)context;
    return (struct idau_result){.kind = address >> 28 == 0xe ? IDAU_EXEMPT : IDAU_SECURE};
}

static bool open_ours(struct pair *pair, bool with_fpu)
{
    struct cpu_config config = {
        .irq_count = 32,
        .priority_bits = 4,
        .mpu_regions = 8,
        .sau_regions = 8,
        .has_security = true,
        .has_fpu = true,
        .has_dsp = true,
        .cpuid = 0x410fd213,
        .bus = {.context = pair,
                .read = bus_read,
                .write = bus_write,
                .map = bus_map,
                .idau = bus_idau},
        .context = pair,
    };
    pair->our_code = calloc(1, PAIR_CODE_SIZE);
    pair->our_data = calloc(1, PAIR_DATA_SIZE);
    pair->cpu = cpu_new(&config);
    if (!pair->our_code || !pair->our_data || !pair->cpu)
        return false;
    cpu_reset(pair->cpu, PAIR_CODE, true);
    cpu_step(pair->cpu); /* fetches the reset vector */
    pair->cpu->cpacr[S] = pair->cpu->cpacr[NS] = with_fpu ? 0xf00000 : 0;
    pair->cpu->nsacr = 0xc00;
    return true;
}

static void settle(struct cpu *cpu)
{
    /* Every run starts in privileged Secure thread mode with configurable faults enabled, so that a
     * fault does not escalate and stays visible in CFSR. */
    cpu->sys_pending[NS] = cpu->sys_pending[S] = 0;
    cpu->sys_active[NS] = cpu->sys_active[S] = 0;
    uint32_t faults =
        1u << EXC_MEMMANAGE | 1u << EXC_BUSFAULT | 1u << EXC_USAGEFAULT | 1u << EXC_SECUREFAULT;
    cpu->sys_enabled[NS] |= faults;
    cpu->sys_enabled[S] |= faults;
    cpu->cfsr[NS] = cpu->cfsr[S] = cpu->hfsr = cpu->sfsr = 0;
    cpu->primask[S] = cpu->faultmask[S] = cpu->basepri[S] = 0;
    cpu->exception = 0;
    if (!cpu->secure)
        cpu_set_secure(cpu, true);
    cpu->control[S] = cpu->cpacr[S] ? CONTROL_FPCA | CONTROL_SFPA : 0;
    cpu->splim[S][MSP] = 0;
    cpu->fpccr[S] &= ~FPCCR_LSPACT;
    cpu->locked = cpu->sleeping = cpu->exclusive = false;
    cpu->it = 0;
    cpu->thumb = true;
    nvic_update(cpu);
}

static enum pair_end our_end(struct pair *pair)
{
    struct cpu *cpu = pair->cpu;
    uint32_t cfsr = cpu->cfsr[S] | cpu->cfsr[NS];
    pair->our_cfsr = cfsr;
    if (cfsr & (CFSR_UNDEFINSTR | CFSR_NOCP | CFSR_INVSTATE))
        return PAIR_UNDEFINED;
    if (cfsr & CFSR_STKOF)
        return PAIR_OTHER;
    if (cfsr)
        return PAIR_MEMORY;
    if (cpu->sys_pending[NS] || cpu->sys_pending[S] || cpu->exception || cpu->sleeping ||
        cpu->sfsr || cpu->locked)
        return PAIR_OTHER;
    return PAIR_DONE;
}

enum pair_end pair_run_ours(struct pair *pair, const struct pair_state *start, size_t words,
                            bool single, struct pair_state *end)
{
    struct cpu *cpu = pair->cpu;
    uint32_t stop = PAIR_CODE + (uint32_t)words * 2;
    settle(cpu);
    memcpy(cpu->r, start->r, sizeof start->r);
    cpu->r[13] &= ~3u;
    cpu->r[15] = PAIR_CODE;
    xpsr_write_flags(cpu, start->flags);
    memcpy(cpu->s, start->s, sizeof start->s);
    cpu->fpscr = start->fpscr;
    enum pair_end how = PAIR_DONE;
    if (single) {
        cpu_step(cpu);
        how = our_end(pair);
    } else {
        cpu_breakpoint_set(cpu, stop);
        uint64_t limit = cpu_cycles(cpu) + 4000000;
        enum cpu_stop reason = cpu_run(cpu, limit);
        cpu_breakpoint_clear(cpu, stop);
        how = reason == CPU_STOP_BREAKPOINT ? our_end(pair) : PAIR_OTHER;
    }
    memcpy(end->r, cpu->r, sizeof end->r);
    end->flags = xpsr_read(cpu) & PAIR_FLAGS;
    memcpy(end->s, cpu->s, sizeof end->s);
    end->fpscr = cpu->fpscr;
    return how;
}

/* --- libunicorn ------------------------------------------------------------------------------ */

#define WORDS_FP 17 /* d0-d15 and FPSCR */

static void on_interrupt(uc_engine *uc, uint32_t number, void *context)
{
    struct pair *pair = context;
    pair->interrupt = number;
    pair->interrupted = true;
    uc_emu_stop(uc);
}

static bool open_theirs(struct pair *pair, bool with_fpu)
{
    uc_hook hook;
    uint32_t fpexc = 0x40000000, cpacr = 0xf00000;
    pair->their_code = aligned_alloc(4096, PAIR_CODE_SIZE);
    pair->their_data = aligned_alloc(4096, PAIR_DATA_SIZE);
    if (!pair->their_code || !pair->their_data ||
        uc_open(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, &pair->unicorn) != UC_ERR_OK)
        return false;
    uc_engine *uc = pair->unicorn;
    memset(pair->their_code, 0, PAIR_CODE_SIZE);
    memset(pair->their_data, 0, PAIR_DATA_SIZE);
    if (uc_ctl_set_cpu_model(uc, UC_CPU_ARM_CORTEX_M33) != UC_ERR_OK ||
        uc_mem_map_ptr(uc, PAIR_CODE, PAIR_CODE_SIZE, UC_PROT_ALL, pair->their_code) ||
        uc_mem_map_ptr(uc, PAIR_DATA, PAIR_DATA_SIZE, UC_PROT_READ | UC_PROT_WRITE,
                       pair->their_data) ||
        uc_hook_add(uc, &hook, UC_HOOK_INTR, (void *)on_interrupt, pair, 1, 0))
        return false;
    if (with_fpu) {
        uc_reg_write(uc, UC_ARM_REG_C1_C0_2, &cpacr);
        uc_reg_write(uc, UC_ARM_REG_FPEXC, &fpexc);
    }
    return true;
}

static int core_ids[17] = {
    UC_ARM_REG_R0,  UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3,   UC_ARM_REG_R4,  UC_ARM_REG_R5,
    UC_ARM_REG_R6,  UC_ARM_REG_R7, UC_ARM_REG_R8, UC_ARM_REG_R9,   UC_ARM_REG_R10, UC_ARM_REG_R11,
    UC_ARM_REG_R12, UC_ARM_REG_SP, UC_ARM_REG_LR, UC_ARM_REG_XPSR, UC_ARM_REG_PC};

static void their_fp(struct pair *pair, struct pair_state *state, bool write)
{
    int ids[WORDS_FP];
    void *values[WORDS_FP];
    for (int i = 0; i < 16; i++) {
        ids[i] = UC_ARM_REG_D0 + i;
        values[i] = &state->s[2 * i];
    }
    ids[16] = UC_ARM_REG_FPSCR;
    values[16] = &state->fpscr;
    if (write)
        uc_reg_write_batch(pair->unicorn, ids, values, WORDS_FP);
    else
        uc_reg_read_batch(pair->unicorn, ids, values, WORDS_FP);
}

static enum pair_end their_end(const struct pair *pair, uc_err error)
{
    if (pair->interrupted)
        switch (pair->interrupt) {
        case 1:  /* EXCP_UDEF */
        case 17: /* EXCP_NOCP */
        case 18: /* EXCP_INVSTATE */
            return PAIR_UNDEFINED;
        case 3: /* EXCP_PREFETCH_ABORT: at the target of a branch */
        case 8: /* EXCP_EXCEPTION_EXIT: the same, when the target looks like EXC_RETURN */
            return PAIR_DONE;
        case 4:  /* EXCP_DATA_ABORT */
        case 22: /* EXCP_UNALIGNED */
            return PAIR_MEMORY;
        default:
            return PAIR_OTHER;
        }
    switch (error) {
    case UC_ERR_OK:
    case UC_ERR_FETCH_UNMAPPED: /* at the target of a branch */
    case UC_ERR_FETCH_PROT:
        return PAIR_DONE;
    case UC_ERR_INSN_INVALID:
        return PAIR_UNDEFINED;
    case UC_ERR_READ_UNMAPPED:
    case UC_ERR_WRITE_UNMAPPED:
    case UC_ERR_READ_UNALIGNED:
    case UC_ERR_WRITE_UNALIGNED:
    case UC_ERR_WRITE_PROT:
        return PAIR_MEMORY;
    default:
        return PAIR_OTHER;
    }
}

enum pair_end pair_run_theirs(struct pair *pair, const struct pair_state *start, size_t words,
                              bool single, struct pair_state *end)
{
    uc_engine *uc = pair->unicorn;
    void *values[17];
    bool fpu = pair->cpu->cpacr[S] != 0;
    *end = *start;
    end->r[13] &= ~3u;
    uint32_t xpsr = start->flags | 0x01000000u;
    for (int i = 0; i < 15; i++)
        values[i] = &end->r[i];
    values[15] = &xpsr;
    values[16] = &end->r[15];
    uc_reg_write_batch(uc, core_ids, values, 16);
    if (fpu)
        their_fp(pair, end, true);
    pair->interrupted = false;
    uc_err error = uc_emu_start(uc, PAIR_CODE | 1u, PAIR_CODE + words * 2, 0, single ? 1 : 0);
    uc_reg_read_batch(uc, core_ids, values, 17);
    end->r[13] &= ~3u; /* SP<1:0> read as zero; libunicorn keeps what was written */
    end->r[15] &= ~1u;
    end->flags = xpsr & PAIR_FLAGS;
    if (fpu)
        their_fp(pair, end, false);
    return their_end(pair, error);
}

/* --- both ------------------------------------------------------------------------------------ */

bool pair_open(struct pair *pair, bool with_fpu)
{
    memset(pair, 0, sizeof *pair);
    return open_ours(pair, with_fpu) && open_theirs(pair, with_fpu);
}

void pair_close(struct pair *pair)
{
    uc_close(pair->unicorn);
    cpu_free(pair->cpu);
    free(pair->our_code);
    free(pair->our_data);
    free(pair->their_code);
    free(pair->their_data);
}

void pair_set_code(struct pair *pair, const uint16_t *code, size_t words)
{
    memcpy(pair->our_code, code, words * 2);
    memcpy(pair->their_code, code, words * 2);
    cpu_code_flush(pair->cpu, pair->our_code, words * 2);
    uc_ctl_remove_cache(pair->unicorn, PAIR_CODE, PAIR_CODE + words * 2 + 4);
}

void pair_print_difference(const struct pair_state *ours, const struct pair_state *theirs)
{
    for (unsigned i = 0; i < 16; i++)
        if (ours->r[i] != theirs->r[i])
            printf("    r%-5u ours %08x  unicorn %08x\n", i, ours->r[i], theirs->r[i]);
    if (ours->flags != theirs->flags)
        printf("    flags  ours %08x  unicorn %08x\n", ours->flags, theirs->flags);
    for (unsigned i = 0; i < 32; i++)
        if (ours->s[i] != theirs->s[i])
            printf("    s%-5u ours %08x  unicorn %08x\n", i, ours->s[i], theirs->s[i]);
    if (ours->fpscr != theirs->fpscr)
        printf("    fpscr  ours %08x  unicorn %08x\n", ours->fpscr, theirs->fpscr);
}

void pair_print_start(const struct pair_state *start)
{
    printf("    before:");
    for (unsigned i = 0; i < 15; i++)
        printf(" r%u=%08x", i, start->r[i]);
    printf(" flags=%08x fpscr=%08x\n", start->flags, start->fpscr);
}

const char *pair_end_name(enum pair_end end)
{
    static const char *const names[] = {"executes", "undefined", "memory fault", "other"};
    return names[end];
}
