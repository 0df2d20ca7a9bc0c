/* NVIC registers: enable, pending, active, target state and priority of external interrupts.
 * Non-secure software sees and changes only interrupts that target Non-secure. */
#include "cpu/nvic.h"
#include "cpu/scs.h"

static uint32_t implemented(const struct cpu *cpu, unsigned word)
{
    unsigned first = word * 32;
    if (word >= IRQ_WORDS || cpu->config.irq_count <= first)
        return 0;
    unsigned left = cpu->config.irq_count - first;
    return left >= 32 ? 0xffffffffu : (1u << left) - 1;
}

static uint32_t visible(const struct cpu *cpu, unsigned word, bool secure)
{
    uint32_t mask = implemented(cpu, word);
    if (mask && cpu->config.has_security && !secure)
        mask &= cpu->irq_nonsecure[word];
    return mask;
}

static uint8_t priority_mask(const struct cpu *cpu)
{
    return (uint8_t)(0xff00u >> cpu->config.priority_bits);
}

static uint32_t priority_read(const struct cpu *cpu, uint32_t offset, bool secure)
{
    unsigned first = offset - 0x400;
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; i++) {
        unsigned irq = first + i;
        if (irq < CPU_IRQ_MAX && (visible(cpu, irq / 32, secure) >> irq % 32 & 1u))
            value |= (uint32_t)cpu->irq_priority[irq] << 8 * i;
    }
    return value;
}

static void priority_write(struct cpu *cpu, uint32_t offset, bool secure, uint32_t value,
                           uint32_t byte_mask)
{
    unsigned first = offset - 0x400;
    for (unsigned i = 0; i < 4; i++) {
        unsigned irq = first + i;
        if (!(byte_mask >> 8 * i & 0xffu) || irq >= CPU_IRQ_MAX ||
            !(visible(cpu, irq / 32, secure) >> irq % 32 & 1u))
            continue;
        cpu->irq_priority[irq] = (uint8_t)(value >> 8 * i) & priority_mask(cpu);
    }
    nvic_update(cpu);
}

uint32_t nvic_register_read(struct cpu *cpu, uint32_t offset, bool secure)
{
    unsigned word = (offset & 0x7fu) / 4;
    if (offset >= 0x400)
        return offset < 0x400 + CPU_IRQ_MAX ? priority_read(cpu, offset, secure) : 0;
    if (word >= IRQ_WORDS)
        return 0;
    uint32_t mask = visible(cpu, word, secure);
    switch (offset & 0x380u) {
    case 0x100:
    case 0x180:
        return cpu->irq_enabled[word] & mask;
    case 0x200:
    case 0x280:
        return cpu->irq_pending[word] & mask;
    case 0x300:
        return cpu->irq_active[word] & mask;
    default: /* ITNS: Secure only */
        return secure && cpu->config.has_security ? cpu->irq_nonsecure[word] & mask : 0;
    }
}

void nvic_register_write(struct cpu *cpu, uint32_t offset, bool secure, uint32_t value,
                         uint32_t byte_mask)
{
    unsigned word = (offset & 0x7fu) / 4;
    if (offset >= 0x400) {
        if (offset < 0x400 + CPU_IRQ_MAX)
            priority_write(cpu, offset, secure, value, byte_mask);
        return;
    }
    if (word >= IRQ_WORDS)
        return;
    uint32_t bits = value & visible(cpu, word, secure);
    switch (offset & 0x380u) {
    case 0x100:
        cpu->irq_enabled[word] |= bits;
        break;
    case 0x180:
        cpu->irq_enabled[word] &= ~bits;
        break;
    case 0x200:
        for (; bits; bits &= bits - 1)
            nvic_set_pending(cpu, EXC_IRQ0 + word * 32 + (unsigned)__builtin_ctz(bits), false);
        break;
    case 0x280: /* an interrupt whose line is high and that is not active becomes pending again */
        cpu->irq_pending[word] &= ~bits;
        cpu->irq_pending[word] |= bits & cpu->irq_level[word] & ~cpu->irq_active[word];
        break;
    case 0x380:
        if (secure && cpu->config.has_security) {
            cpu->irq_nonsecure[word] = value & implemented(cpu, word);
            nvic_update(cpu);
        }
        break;
    default:
        break;
    }
    cpu->recheck = true;
}

void nvic_software_trigger(struct cpu *cpu, bool secure, uint32_t value)
{
    unsigned irq = value & 0x1ffu;
    if (irq < cpu->config.irq_count && (visible(cpu, irq / 32, secure) >> irq % 32 & 1u))
        nvic_set_pending(cpu, EXC_IRQ0 + irq, false);
}

void cpu_set_irq(struct cpu *cpu, unsigned irq, bool level)
{
    uint32_t bit = 1u << irq % 32;
    unsigned word = irq / 32;
    if (irq >= cpu->config.irq_count)
        return;
    bool was = cpu->irq_level[word] & bit;
    if (!level) {
        cpu->irq_level[word] &= ~bit;
        return;
    }
    cpu->irq_level[word] |= bit;
    if (!was && !(cpu->irq_pending[word] & bit))
        nvic_set_pending(cpu, EXC_IRQ0 + irq, false);
}

void cpu_set_nmi(struct cpu *cpu)
{
    nvic_set_pending(cpu, EXC_NMI, false);
}
