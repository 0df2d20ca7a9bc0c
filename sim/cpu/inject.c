/* Snapshots and glitches: see inject.h. State is everything before `config` in struct cpu, except
 * what belongs to tools and caches. */
#include "cpu/inject.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "cpu/code_cache.h"
#include "cpu/cpu_state.h"
#include "cpu/memory.h"

bool cpu_skip_instruction(struct cpu *cpu)
{
    uint16_t half;

    if (!cpu_debug_read(cpu, cpu->r[15], cpu->secure, &half, sizeof half))
        return false;
    cpu->r[15] += (half & 0xE000u) == 0xE000u && (half & 0x1800u) != 0 ? 4 : 2;
    cpu->it = (cpu->it & 7u) == 0 ? 0 : (uint8_t)((cpu->it & 0xE0u) | (cpu->it << 1 & 0x1Fu));
    cpu->link_from = NULL;
    return true;
}

size_t cpu_state_size(void)
{
    return offsetof(struct cpu, config);
}

void cpu_state_save(const struct cpu *cpu, void *state)
{
    assert(cpu->now == NULL);
    memcpy(state, cpu, cpu_state_size());
}

void cpu_state_load(struct cpu *cpu, const void *state)
{
    uint32_t epoch = cpu->epoch;
    cpu_trace_fn trace = cpu->trace;
    void *trace_context = cpu->trace_context;
    unsigned breakpoint_count = cpu->breakpoint_count;
    uint32_t breakpoint[BREAKPOINTS];

    memcpy(breakpoint, cpu->breakpoint, sizeof breakpoint);
    memcpy(cpu, state, cpu_state_size());
    memcpy(cpu->breakpoint, breakpoint, sizeof breakpoint);
    cpu->breakpoint_count = breakpoint_count;
    cpu->trace_context = trace_context;
    cpu->trace = trace;
    cpu->epoch = epoch;
    cpu->break_requested = false;
    cpu->link_from = NULL;
    tlb_flush(cpu);
}

void cpu_trim(struct cpu *cpu)
{
    size_t used = cpu->arena_used;

    code_cache_reset(cpu);
    /* The arena is a mapping of its own; without the hint it is only larger than needed. */
    (void)madvise(cpu->arena, used, MADV_DONTNEED);
}
