/* A processor that does nothing but count and remember. */
#include "harness.h"

struct fake_cpu fake;

struct cpu *cpu_new(const struct cpu_config *config)
{
    memset(&fake, 0, sizeof fake);
    fake.config = *config;
    return (struct cpu *)&fake;
}

void cpu_free(struct cpu *cpu)
{
    (void)cpu;
}

void cpu_reset(struct cpu *cpu, uint32_t vtor, bool cold)
{
    (void)cpu;
    (void)cold;
    fake.vtor = vtor;
    fake.resets++;
    fake.sleeping = false;
}

uint64_t cpu_cycles(const struct cpu *cpu)
{
    (void)cpu;
    return fake.cycles;
}

void cpu_skip_cycles(struct cpu *cpu, uint64_t cycles)
{
    (void)cpu;
    fake.cycles += cycles;
}

void cpu_lower_limit(struct cpu *cpu, uint64_t cycle_limit)
{
    (void)cpu;
    (void)cycle_limit;
}

void cpu_break(struct cpu *cpu)
{
    (void)cpu;
    fake.breaks++;
}

void cpu_set_irq(struct cpu *cpu, unsigned irq, bool level)
{
    (void)cpu;
    fake.irq[irq] = level;
}

void cpu_set_nmi(struct cpu *cpu)
{
    (void)cpu;
    fake.nmis++;
}

void cpu_set_security(struct cpu *cpu, bool has_security)
{
    (void)cpu;
    fake.config.has_security = has_security;
}

void cpu_set_event(struct cpu *cpu)
{
    (void)cpu;
}

bool cpu_sleeping(const struct cpu *cpu)
{
    (void)cpu;
    return fake.sleeping;
}

bool cpu_sleep_deep(const struct cpu *cpu)
{
    (void)cpu;
    return fake.deep;
}

void cpu_set_systick_reference(struct cpu *cpu, uint32_t cycles_per_tick)
{
    (void)cpu;
    (void)cycles_per_tick;
}

void cpu_tlb_flush(struct cpu *cpu)
{
    (void)cpu;
    fake.tlb_flushes++;
}

void cpu_code_flush(struct cpu *cpu, const uint8_t *host, size_t size)
{
    (void)cpu;
    (void)host;
    (void)size;
    fake.code_flushes++;
}

void cpu_set_locks(struct cpu *cpu, bool svtaircr, bool smpu, bool sau, bool nsvtor, bool nsmpu)
{
    (void)cpu;
    fake.locks[0] = svtaircr;
    fake.locks[1] = smpu;
    fake.locks[2] = sau;
    fake.locks[3] = nsvtor;
    fake.locks[4] = nsmpu;
}

void cpu_set_debug_auth(struct cpu *cpu, bool dbgen, bool niden, bool spiden, bool spniden)
{
    (void)cpu;
    fake.auth[0] = dbgen;
    fake.auth[1] = niden;
    fake.auth[2] = spiden;
    fake.auth[3] = spniden;
}
