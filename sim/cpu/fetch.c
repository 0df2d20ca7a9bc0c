/* Instruction fetch: attribution and permission checks, and the cache of pages that may be decoded
 * straight from host memory. Also the flushing of both translation caches. */
#include <string.h>

#include "cpu/attribution.h"
#include "cpu/memory.h"
#include "cpu/nvic.h"

enum fetch_fault { FETCH_OK, FETCH_INVTRAN, FETCH_INVEP, FETCH_MPU };

static enum fetch_fault check(const struct cpu *cpu, uint32_t address, struct attribution *result)
{
    *result = sau_lookup(cpu, address, cpu->secure, true);
    if (cpu->secure && result->nonsecure)
        return FETCH_INVTRAN;
    if (!cpu->secure && !result->nonsecure && !result->nsc)
        return FETCH_INVEP;
    bool privileged = cpu_is_privileged(cpu);
    if (!mpu_lookup(cpu, address, !result->nonsecure, privileged).execute)
        return FETCH_MPU;
    return FETCH_OK;
}

static struct bus_attr attributes(const struct cpu *cpu, struct attribution attribution)
{
    return (struct bus_attr){
        .nonsecure = attribution.nonsecure, .unprivileged = !cpu_is_privileged(cpu), .fetch = true};
}

struct fetch_page mem_fetch_page(struct cpu *cpu, uint32_t pc)
{
    uint32_t page = pc & ~(TLB_PAGE - 1);
    struct fetch_entry *entry = &cpu->fetches[cpu->regime][page / TLB_PAGE % FETCH_ENTRIES];
    if (likely(entry->tag == page))
        return (struct fetch_page){entry->host, entry->nsc};

    struct fetch_page result = {NULL, false};
    struct attribution attribution;
    struct bus_window window;
    const struct cpu_bus *bus = &cpu->config.bus;
    if (check(cpu, page, &attribution) != FETCH_OK || !sau_page_uniform(cpu, page) ||
        !mpu_page_uniform(cpu, page, !attribution.nonsecure))
        return result;
    if (!bus->map(bus->context, page, attributes(cpu, attribution), &window) || !window.readable ||
        page - window.base > window.size - TLB_PAGE || window.size < TLB_PAGE)
        return result;
    result.host = window.host + (page - window.base);
    result.nsc = !cpu->secure && attribution.nsc;
    *entry = (struct fetch_entry){.tag = page, .nsc = result.nsc, .host = result.host};
    cpu->regimes_used |= (uint8_t)(1u << cpu->regime);
    return result;
}

static void raise_fetch(struct cpu *cpu, enum fetch_fault fault)
{
    if (fault == FETCH_MPU) {
        cpu->cfsr[cpu->secure] |= CFSR_IACCVIOL;
        nvic_raise(cpu, EXC_MEMMANAGE, cpu->secure);
        return;
    }
    cpu->sfsr |= fault == FETCH_INVTRAN ? SFSR_INVTRAN : SFSR_INVEP;
    nvic_raise(cpu, EXC_SECUREFAULT, true);
}

bool mem_fetch(struct cpu *cpu, uint32_t address, uint16_t *half, bool *nsc)
{
    struct attribution attribution;
    enum fetch_fault fault = check(cpu, address, &attribution);
    if (fault != FETCH_OK) {
        raise_fetch(cpu, fault);
        return false;
    }
    *nsc = !cpu->secure && attribution.nsc;
    const struct cpu_bus *bus = &cpu->config.bus;
    struct bus_attr attr = attributes(cpu, attribution);
    struct bus_window window;
    if (bus->map(bus->context, address, attr, &window) && window.readable &&
        address - window.base <= window.size - 2) {
        memcpy(half, window.host + (address - window.base), 2);
        return true;
    }
    uint32_t value = 0;
    if (bus->read(bus->context, address, 2, attr, &value) != BUS_OK) {
        cpu->cfsr[NS] |= CFSR_IBUSERR;
        nvic_raise(cpu, EXC_BUSFAULT, false);
        return false;
    }
    *half = (uint16_t)value;
    return true;
}

void tlb_flush(struct cpu *cpu)
{
    for (unsigned regime = 0; regime < REGIMES; regime++) {
        if (!(cpu->regimes_used & 1u << regime))
            continue;
        for (unsigned i = 0; i < TLB_ENTRIES; i++)
            cpu->tlbs[regime][i].read_tag = cpu->tlbs[regime][i].write_tag = TLB_INVALID;
        for (unsigned i = 0; i < FETCH_ENTRIES; i++)
            cpu->fetches[regime][i].tag = TLB_INVALID;
        for (unsigned i = 0; i < IO_ENTRIES; i++)
            cpu->io[regime][i].tag = TLB_INVALID;
    }
    cpu->regimes_used = 0;
    cpu->epoch++;
    cpu->leave = true;
}

void tlb_protect(struct cpu *cpu, const uint8_t *host_page)
{
    for (unsigned regime = 0; regime < REGIMES; regime++) {
        if (!(cpu->regimes_used & 1u << regime))
            continue;
        for (unsigned i = 0; i < TLB_ENTRIES; i++) {
            struct tlb_entry *entry = &cpu->tlbs[regime][i];
            if (entry->write_tag != TLB_INVALID &&
                entry->addend + entry->write_tag == (uintptr_t)host_page)
                entry->write_tag = TLB_INVALID;
        }
    }
}

void mem_raise_invep(struct cpu *cpu)
{
    raise_fetch(cpu, FETCH_INVEP);
}

bool cpu_fetch_is_nonsecure(const struct cpu *cpu, uint32_t address)
{
    return sau_lookup(cpu, address, cpu->secure, true).nonsecure;
}
