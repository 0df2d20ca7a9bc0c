/* Loads and stores with SAU, IDAU and MPU checks, and what becomes of failures. */
#include "cpu/memory.h"

#include <string.h>

#include "cpu/attribution.h"
#include "cpu/code_cache.h"
#include "cpu/dwt.h"
#include "cpu/nvic.h"
#include "cpu/scs.h"

struct rights {
    bool secure, privileged;
};

/* Which system peripherals are the bus's, not ours. */
static bool is_own_ppb(uint32_t address)
{
    return address_is_ppb(address) && (address & 0xfffff000u) != 0xe0044000u;
}

static enum mem_fault check(const struct cpu *cpu, uint32_t address, struct rights rights,
                            bool write, bool aligned, bool *nonsecure)
{
    struct attribution attribution = sau_lookup(cpu, address, rights.secure, false);
    *nonsecure = attribution.nonsecure;
    if (!rights.secure && !attribution.nonsecure)
        return MEM_FAULT_SECURE;
    struct mpu_result mpu = mpu_lookup(cpu, address, rights.secure, rights.privileged);
    if (!(write ? mpu.write : mpu.read))
        return MEM_FAULT_MPU;
    if (!aligned && mpu.device)
        return MEM_FAULT_UNALIGNED;
    return MEM_OK;
}

static struct bus_attr bus_attributes(bool nonsecure, struct rights rights)
{
    return (struct bus_attr){.nonsecure = nonsecure, .unprivileged = !rights.privileged};
}

static bool map_window(struct cpu *cpu, uint32_t address, unsigned size, struct bus_attr attr,
                       struct bus_window *window)
{
    const struct cpu_bus *bus = &cpu->config.bus;
    return bus->map(bus->context, address, attr, window) && window->size >= size &&
           address - window->base <= window->size - size;
}

/* The soft-TLB that holds translations for the given rights. */
static unsigned rights_regime(const struct cpu *cpu, struct rights rights)
{
    return (rights.privileged ? REGIME_PRIV : 0) | (rights.secure ? REGIME_SECURE : 0) |
           (unlikely(cpu->exec_priority < 0) && mpu_bypassed(cpu, rights.secure) ? REGIME_NO_MPU
                                                                                 : 0);
}

/* Host address of an aligned access that a soft-TLB allows, or NULL. */
static uint8_t *tlb_hit(const struct tlb_entry *tlb, uint32_t address, unsigned size, bool write)
{
    const struct tlb_entry *entry = tlb_slot(tlb, address);
    uint32_t tag = write ? entry->write_tag : entry->read_tag;
    if ((address & (~(TLB_PAGE - 1) | (size - 1))) != tag)
        return NULL;
    return (uint8_t *)(entry->addend + address);
}

/* Remembers the page in the soft-TLB of these rights if all of it behaves alike. */
static void tlb_fill(struct cpu *cpu, uint32_t address, struct rights rights, bool nonsecure)
{
    uint32_t page = address & ~(TLB_PAGE - 1);
    bool secure = rights.secure, privileged = rights.privileged;
    unsigned regime = rights_regime(cpu, rights);
    struct bus_window window;
    if (unlikely(cpu->dwt_data) && dwt_watches_page(cpu, page, TLB_PAGE))
        return;
    if (!map_window(cpu, page, TLB_PAGE, bus_attributes(nonsecure, rights), &window))
        return;
    if (!sau_page_uniform(cpu, page) || !mpu_page_uniform(cpu, page, secure))
        return;
    struct mpu_result mpu = mpu_lookup(cpu, page, secure, privileged);
    struct tlb_entry *entry = (struct tlb_entry *)(uintptr_t)tlb_slot(cpu->tlbs[regime], page);
    uint8_t *host = window.host + (page - window.base);
    entry->addend = (uintptr_t)host - page;
    entry->read_tag = window.readable && mpu.read ? page : TLB_INVALID;
    const struct code_page *code = code_page_find(cpu, host);
    bool writable = window.writable && mpu.write && !(code && code->blocks);
    entry->write_tag = writable ? page : TLB_INVALID;
    cpu->regimes_used |= (uint8_t)(1u << regime);
}

static bool is_peripheral(uint32_t address)
{
    return (address & 0xe0000000u) == 0x40000000u;
}

/* The remembered checks of a page of peripheral registers, or NULL if it must be looked at access
 * by access: memory, or not the same throughout. */
static const struct io_entry *io_page(struct cpu *cpu, uint32_t address, struct rights rights)
{
    uint32_t page = address & ~(TLB_PAGE - 1);
    unsigned regime = rights_regime(cpu, rights);
    struct io_entry *entry = &cpu->io[regime][page / TLB_PAGE % IO_ENTRIES];
    const struct cpu_bus *bus = &cpu->config.bus;
    struct bus_window window;
    if (likely(entry->tag == page))
        return entry;
    bool nonsecure = sau_lookup(cpu, page, rights.secure, false).nonsecure;
    if ((!rights.secure && !nonsecure) || !sau_page_uniform(cpu, page) ||
        !mpu_page_uniform(cpu, page, rights.secure) ||
        bus->map(bus->context, page, bus_attributes(nonsecure, rights), &window))
        return NULL;
    struct mpu_result mpu = mpu_lookup(cpu, page, rights.secure, rights.privileged);
    *entry = (struct io_entry){page, nonsecure, mpu.read, mpu.write};
    cpu->regimes_used |= (uint8_t)(1u << regime);
    return entry;
}

static enum mem_fault read_checked(struct cpu *cpu, uint32_t address, unsigned size,
                                   struct rights rights, bool aligned, uint32_t *value)
{
    bool nonsecure;
    const struct cpu_bus *bus = &cpu->config.bus;
    cpu->fault_address = address;
    *value = 0;
    if (is_peripheral(address) && aligned) {
        const struct io_entry *io = io_page(cpu, address, rights);
        if (likely(io && io->read))
            return bus->read(bus->context, address, size, bus_attributes(io->nonsecure, rights),
                             value) == BUS_OK
                       ? MEM_OK
                       : MEM_FAULT_BUS;
    }
    enum mem_fault fault = check(cpu, address, rights, false, aligned, &nonsecure);
    if (fault != MEM_OK)
        return fault;
    if (is_own_ppb(address))
        return scs_read(cpu, address, size, rights.secure, rights.privileged, value)
                   ? MEM_OK
                   : MEM_FAULT_BUS;
    struct bus_window window;
    struct bus_attr attr = bus_attributes(nonsecure, rights);
    if (map_window(cpu, address, size, attr, &window) && window.readable) {
        *value = 0;
        memcpy(value, window.host + (address - window.base), size);
        tlb_fill(cpu, address, rights, nonsecure);
        return MEM_OK;
    }
    *value = 0;
    return bus->read(bus->context, address, size, attr, value) == BUS_OK ? MEM_OK : MEM_FAULT_BUS;
}

static enum mem_fault write_checked(struct cpu *cpu, uint32_t address, unsigned size,
                                    struct rights rights, bool aligned, uint32_t value)
{
    bool nonsecure;
    const struct cpu_bus *bus = &cpu->config.bus;
    cpu->fault_address = address;
    if (is_peripheral(address) && aligned) {
        const struct io_entry *io = io_page(cpu, address, rights);
        if (likely(io && io->write))
            return bus->write(bus->context, address, size, bus_attributes(io->nonsecure, rights),
                              value) == BUS_OK
                       ? MEM_OK
                       : MEM_FAULT_BUS;
    }
    enum mem_fault fault = check(cpu, address, rights, true, aligned, &nonsecure);
    if (fault != MEM_OK)
        return fault;
    if (is_own_ppb(address))
        return scs_write(cpu, address, size, rights.secure, rights.privileged, value)
                   ? MEM_OK
                   : MEM_FAULT_BUS;
    struct bus_window window;
    struct bus_attr attr = bus_attributes(nonsecure, rights);
    if (map_window(cpu, address, size, attr, &window) && window.writable) {
        uint8_t *host = window.host + (address - window.base);
        memcpy(host, &value, size);
        if (code_written(cpu, host, address, size))
            cpu->leave = true;
        tlb_fill(cpu, address, rights, nonsecure);
        return MEM_OK;
    }
    return bus->write(bus->context, address, size, attr, value) == BUS_OK ? MEM_OK : MEM_FAULT_BUS;
}

enum mem_fault mem_read(struct cpu *cpu, uint32_t address, unsigned size, bool secure,
                        bool privileged, uint32_t *value)
{
    struct rights rights = {secure, privileged};
    const uint8_t *hit = tlb_hit(cpu->tlbs[rights_regime(cpu, rights)], address, size, false);
    if (unlikely(!hit))
        return read_checked(cpu, address, size, rights, true, value);
    *value = 0;
    memcpy(value, hit, size);
    return MEM_OK;
}

enum mem_fault mem_write(struct cpu *cpu, uint32_t address, unsigned size, bool secure,
                         bool privileged, uint32_t value)
{
    struct rights rights = {secure, privileged};
    uint8_t *hit = tlb_hit(cpu->tlbs[rights_regime(cpu, rights)], address, size, true);
    if (unlikely(!hit))
        return write_checked(cpu, address, size, rights, true, value);
    memcpy(hit, &value, size);
    return MEM_OK;
}

static bool alignment_fault(struct cpu *cpu, uint32_t address, struct mem_options options)
{
    if (options.aligned || (cpu->ccr[cpu->secure] & CCR_UNALIGN_TRP)) {
        cpu->fault_address = address;
        mem_raise(cpu, MEM_FAULT_UNALIGNED, ACCESS_DATA, cpu->secure);
        return true;
    }
    return false;
}

bool mem_load_with(struct cpu *cpu, uint32_t address, unsigned size, struct mem_options options,
                   uint32_t *value)
{
    const uint8_t *hit = tlb_hit(cpu->tlb, address, size, false);
    if (likely(hit && !options.unprivileged)) {
        *value = 0;
        memcpy(value, hit, size);
        return true;
    }
    struct rights rights = {cpu->secure, cpu_is_privileged(cpu) && !options.unprivileged};
    enum mem_fault fault;
    if (likely((address & (size - 1)) == 0)) {
        fault = read_checked(cpu, address, size, rights, true, value);
    } else {
        if (alignment_fault(cpu, address, options))
            return false;
        uint32_t result = 0;
        fault = MEM_OK;
        for (unsigned i = 0; i < size && fault == MEM_OK; i++) {
            uint32_t byte = 0;
            fault = read_checked(cpu, address + i, 1, rights, false, &byte);
            result |= byte << 8 * i;
        }
        *value = result;
    }
    if (likely(fault == MEM_OK)) {
        if (unlikely(cpu->dwt_data))
            dwt_data_access(cpu, address, size, false, *value);
        return true;
    }
    mem_raise(cpu, fault, ACCESS_DATA, cpu->secure);
    return false;
}

bool mem_store_with(struct cpu *cpu, uint32_t address, unsigned size, struct mem_options options,
                    uint32_t value)
{
    uint8_t *hit = tlb_hit(cpu->tlb, address, size, true);
    if (likely(hit && !options.unprivileged)) {
        memcpy(hit, &value, size);
        return true;
    }
    struct rights rights = {cpu->secure, cpu_is_privileged(cpu) && !options.unprivileged};
    enum mem_fault fault;
    if (likely((address & (size - 1)) == 0)) {
        fault = write_checked(cpu, address, size, rights, true, value);
    } else {
        if (alignment_fault(cpu, address, options))
            return false;
        fault = MEM_OK;
        for (unsigned i = 0; i < size && fault == MEM_OK; i++)
            fault = write_checked(cpu, address + i, 1, rights, false, value >> 8 * i & 0xffu);
    }
    if (likely(fault == MEM_OK)) {
        if (unlikely(cpu->dwt_data))
            dwt_data_access(cpu, address, size, true, value);
        return true;
    }
    mem_raise(cpu, fault, ACCESS_DATA, cpu->secure);
    return false;
}

bool mem_load(struct cpu *cpu, uint32_t address, unsigned size, uint32_t *value)
{
    return mem_load_with(cpu, address, size, (struct mem_options){0}, value);
}

bool mem_store(struct cpu *cpu, uint32_t address, unsigned size, uint32_t value)
{
    return mem_store_with(cpu, address, size, (struct mem_options){0}, value);
}

static void raise_mpu(struct cpu *cpu, enum access_kind kind, bool secure)
{
    static const uint32_t bits[] = {[ACCESS_DATA] = CFSR_DACCVIOL | CFSR_MMARVALID,
                                    [ACCESS_STACK] = CFSR_MSTKERR,
                                    [ACCESS_UNSTACK] = CFSR_MUNSTKERR,
                                    [ACCESS_LAZY_FP] = CFSR_MLSPERR};
    cpu->cfsr[secure] |= bits[kind];
    if (kind == ACCESS_DATA)
        cpu->mmfar[secure] = cpu->fault_address;
    nvic_raise(cpu, EXC_MEMMANAGE, secure);
}

static void raise_bus(struct cpu *cpu, enum access_kind kind)
{
    static const uint32_t bits[] = {[ACCESS_DATA] = CFSR_PRECISERR | CFSR_BFARVALID,
                                    [ACCESS_STACK] = CFSR_STKERR,
                                    [ACCESS_UNSTACK] = CFSR_UNSTKERR,
                                    [ACCESS_LAZY_FP] = CFSR_LSPERR};
    cpu->cfsr[NS] |= bits[kind]; /* BFSR is not banked: it lives in bank 0 */
    if (kind == ACCESS_DATA)
        cpu->bfar = cpu->fault_address;
    nvic_raise(cpu, EXC_BUSFAULT, false);
}

void mem_raise(struct cpu *cpu, enum mem_fault fault, enum access_kind kind, bool secure)
{
    switch (fault) {
    case MEM_FAULT_MPU:
        raise_mpu(cpu, kind, secure);
        break;
    case MEM_FAULT_BUS:
        raise_bus(cpu, kind);
        break;
    case MEM_FAULT_SECURE:
        cpu->sfsr |= SFSR_SFARVALID | (kind == ACCESS_LAZY_FP ? SFSR_LSPERR : SFSR_AUVIOL);
        cpu->sfar = cpu->fault_address;
        nvic_raise(cpu, EXC_SECUREFAULT, true);
        break;
    case MEM_FAULT_UNALIGNED:
        cpu->cfsr[secure] |= CFSR_UNALIGNED;
        nvic_raise(cpu, EXC_USAGEFAULT, secure);
        break;
    case MEM_OK:
        break;
    }
}
