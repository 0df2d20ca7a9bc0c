/* What debug ports, tracers and fault injectors use: registers by name, memory without side
 * effects on fault status, breakpoints invisible to the guest. */
#include <string.h>

#include "cpu/attribution.h"
#include "cpu/code_cache.h"
#include "cpu/exception.h"
#include "cpu/nvic.h"

uint32_t cpu_reg(const struct cpu *cpu, enum cpu_reg reg)
{
    if (reg == CPU_R0 + 15 && cpu->now)
        return cpu->inside->pc + cpu->now->offset;
    if (reg <= CPU_R0 + 15)
        return cpu->r[reg];
    if (reg >= CPU_S0 && reg < CPU_REG_COUNT)
        return cpu->s[reg - CPU_S0];
    switch (reg) {
    case CPU_XPSR:
        return xpsr_read(cpu);
    case CPU_MSP_S:
    case CPU_PSP_S:
        return cpu_sp_get(cpu, S, reg - CPU_MSP_S);
    case CPU_MSP_NS:
    case CPU_PSP_NS:
        return cpu_sp_get(cpu, NS, reg - CPU_MSP_NS);
    case CPU_MSPLIM_S:
    case CPU_PSPLIM_S:
        return cpu->splim[S][reg - CPU_MSPLIM_S];
    case CPU_MSPLIM_NS:
    case CPU_PSPLIM_NS:
        return cpu->splim[NS][reg - CPU_MSPLIM_NS];
    case CPU_CONTROL_S:
        return cpu->control[S];
    case CPU_CONTROL_NS:
        return cpu->control[NS] | (cpu->control[S] & CONTROL_FPCA);
    case CPU_PRIMASK_S:
        return cpu->primask[S];
    case CPU_PRIMASK_NS:
        return cpu->primask[NS];
    case CPU_BASEPRI_S:
        return cpu->basepri[S];
    case CPU_BASEPRI_NS:
        return cpu->basepri[NS];
    case CPU_FAULTMASK_S:
        return cpu->faultmask[S];
    case CPU_FAULTMASK_NS:
        return cpu->faultmask[NS];
    case CPU_FPSCR:
        return cpu->fpscr;
    default:
        return 0;
    }
}

static void set_control(struct cpu *cpu, bool world, uint32_t value)
{
    cpu_sp_save(cpu);
    if (world)
        cpu->control[S] = value & 15u;
    else
        cpu->control[NS] = value & 3u;
    cpu_sp_load(cpu);
}

void cpu_set_reg(struct cpu *cpu, enum cpu_reg reg, uint32_t value)
{
    cpu->link_from = NULL;
    if (reg == CPU_R0 + 13)
        value &= ~3u;
    if (reg == CPU_R0 + 15) {
        cpu->reset_pending = false;
        cpu->it = 0;
        value &= ~1u;
    }
    if (reg <= CPU_R0 + 15) {
        cpu->r[reg] = value;
        return;
    }
    if (reg >= CPU_S0 && reg < CPU_REG_COUNT) {
        cpu->s[reg - CPU_S0] = value;
        return;
    }
    switch (reg) {
    case CPU_XPSR:
        cpu_sp_save(cpu);
        xpsr_write_flags(cpu, value);
        cpu->thumb = value >> 24 & 1u;
        cpu->exception = value & 0x1ffu;
        cpu_sp_load(cpu);
        break;
    case CPU_MSP_S:
    case CPU_PSP_S:
        cpu_sp_set(cpu, S, reg - CPU_MSP_S, value);
        break;
    case CPU_MSP_NS:
    case CPU_PSP_NS:
        cpu_sp_set(cpu, NS, reg - CPU_MSP_NS, value);
        break;
    case CPU_MSPLIM_S:
    case CPU_PSPLIM_S:
        cpu->splim[S][reg - CPU_MSPLIM_S] = value & ~7u;
        break;
    case CPU_MSPLIM_NS:
    case CPU_PSPLIM_NS:
        cpu->splim[NS][reg - CPU_MSPLIM_NS] = value & ~7u;
        break;
    case CPU_CONTROL_S:
    case CPU_CONTROL_NS:
        set_control(cpu, reg == CPU_CONTROL_S, value);
        break;
    case CPU_PRIMASK_S:
    case CPU_PRIMASK_NS:
        cpu->primask[reg == CPU_PRIMASK_S] = value & 1u;
        break;
    case CPU_BASEPRI_S:
    case CPU_BASEPRI_NS:
        cpu->basepri[reg == CPU_BASEPRI_S] = value & 0xffu;
        break;
    case CPU_FAULTMASK_S:
    case CPU_FAULTMASK_NS:
        cpu->faultmask[reg == CPU_FAULTMASK_S] = value & 1u;
        break;
    case CPU_FPSCR:
        cpu->fpscr = value;
        break;
    default:
        break;
    }
    nvic_update(cpu);
}

bool cpu_secure(const struct cpu *cpu)
{
    return cpu->secure;
}

bool cpu_privileged(const struct cpu *cpu)
{
    return cpu_is_privileged(cpu);
}

unsigned cpu_exception(const struct cpu *cpu)
{
    return cpu->exception;
}

/* Attributes of a tool's access; false if the Security attribution forbids it. */
static bool tool_attributes(struct cpu *cpu, uint32_t address, bool secure, struct bus_attr *attr)
{
    struct attribution attribution = sau_lookup(cpu, address, secure, false);
    *attr = (struct bus_attr){.nonsecure = attribution.nonsecure};
    return secure || attribution.nonsecure;
}

static bool tool_byte(struct cpu *cpu, uint32_t address, bool secure, uint8_t *byte, bool write)
{
    const struct cpu_bus *bus = &cpu->config.bus;
    struct bus_attr attr;
    struct bus_window window;
    uint32_t value = *byte;
    if (!tool_attributes(cpu, address, secure, &attr) || address_is_ppb(address))
        return false;
    if (bus->map(bus->context, address, attr, &window)) {
        uint8_t *host = window.host + (address - window.base);
        if (!write && window.readable) {
            *byte = *host;
            return true;
        }
        if (write && window.writable) {
            *host = *byte;
            code_written(cpu, host, address, 1);
            return true;
        }
    }
    if (write)
        return bus->write(bus->context, address, 1, attr, value) == BUS_OK;
    if (bus->read(bus->context, address, 1, attr, &value) != BUS_OK)
        return false;
    *byte = (uint8_t)value;
    return true;
}

/* Registers are read and written whole. */
static bool tool_word(struct cpu *cpu, uint32_t address, bool secure, void *data, bool write)
{
    const struct cpu_bus *bus = &cpu->config.bus;
    struct bus_attr attr;
    uint32_t value;
    memcpy(&value, data, 4);
    if (!tool_attributes(cpu, address, secure, &attr) || address_is_ppb(address))
        return false;
    enum bus_status status = write ? bus->write(bus->context, address, 4, attr, value)
                                   : bus->read(bus->context, address, 4, attr, &value);
    if (!write)
        memcpy(data, &value, 4);
    return status == BUS_OK;
}

static bool is_register_space(uint32_t address)
{
    return (address & 0xe0000000u) == 0x40000000u;
}

bool cpu_debug_read(struct cpu *cpu, uint32_t address, bool secure, void *data, size_t size)
{
    uint8_t *bytes = data;
    if (size == 4 && (address & 3u) == 0 && is_register_space(address))
        return tool_word(cpu, address, secure, data, false);
    for (size_t i = 0; i < size; i++)
        if (!tool_byte(cpu, address + (uint32_t)i, secure, &bytes[i], false))
            return false;
    return true;
}

bool cpu_debug_write(struct cpu *cpu, uint32_t address, bool secure, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    if (size == 4 && (address & 3u) == 0 && is_register_space(address))
        return tool_word(cpu, address, secure, (void *)(uintptr_t)data, true);
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = bytes[i];
        if (!tool_byte(cpu, address + (uint32_t)i, secure, &byte, true))
            return false;
    }
    return true;
}

bool cpu_breakpoint_set(struct cpu *cpu, uint32_t address)
{
    address &= ~1u;
    for (unsigned i = 0; i < cpu->breakpoint_count; i++)
        if (cpu->breakpoint[i] == address)
            return true;
    if (cpu->breakpoint_count == BREAKPOINTS)
        return false;
    cpu->breakpoint[cpu->breakpoint_count++] = address;
    code_cache_reset(cpu);
    return true;
}

void cpu_breakpoint_clear(struct cpu *cpu, uint32_t address)
{
    address &= ~1u;
    for (unsigned i = 0; i < cpu->breakpoint_count; i++) {
        if (cpu->breakpoint[i] != address)
            continue;
        cpu->breakpoint[i] = cpu->breakpoint[--cpu->breakpoint_count];
        code_cache_reset(cpu);
        return;
    }
}

void cpu_set_trace(struct cpu *cpu, cpu_trace_fn trace, void *context)
{
    cpu->trace = trace;
    cpu->trace_context = context;
    cpu->leave = true;
    cpu->stop_at = 0;
}
