/* The processor's memory accesses: checks, slow paths, soft-TLB. */
#ifndef SIM_CPU_MEMORY_H
#define SIM_CPU_MEMORY_H

#include "cpu/cpu_state.h"

/* What a failing access reports, by the reason for which it was made. */
enum access_kind { ACCESS_DATA, ACCESS_STACK, ACCESS_UNSTACK, ACCESS_LAZY_FP, ACCESS_VECTOR };

/* One aligned access with explicit rights; no fault is raised, cpu->fault_address is set on one. */
enum mem_fault mem_read(struct cpu *cpu, uint32_t address, unsigned size, bool secure,
                        bool privileged, uint32_t *value);
enum mem_fault mem_write(struct cpu *cpu, uint32_t address, unsigned size, bool secure,
                         bool privileged, uint32_t value);
/* Accesses of an instruction in the current state: any alignment unless `aligned`. On false the
 * fault has been raised. */
bool mem_load(struct cpu *cpu, uint32_t address, unsigned size, uint32_t *value);
bool mem_store(struct cpu *cpu, uint32_t address, unsigned size, uint32_t value);
struct mem_options {
    bool unprivileged; /* LDRT, STRT */
    bool aligned;      /* exclusive, acquire/release, multiple: unaligned always faults */
};
bool mem_load_with(struct cpu *cpu, uint32_t address, unsigned size, struct mem_options options,
                   uint32_t *value);
bool mem_store_with(struct cpu *cpu, uint32_t address, unsigned size, struct mem_options options,
                    uint32_t value);
/* Raises the exception for a failed access of the given kind, for the given Security state. */
void mem_raise(struct cpu *cpu, enum mem_fault fault, enum access_kind kind, bool secure);

/* Where to fetch the page of `pc` from in the current state. `host` NULL: fetch half-words with
 * mem_fetch. */
struct fetch_page {
    const uint8_t *host;
    bool nsc; /* Non-secure state in NSC memory: only SG may be there */
};
struct fetch_page mem_fetch_page(struct cpu *cpu, uint32_t pc);
/* One half-word through every check; on false the fault has been raised. */
bool mem_fetch(struct cpu *cpu, uint32_t address, uint16_t *half, bool *nsc);

/* True if instructions at the address come from Non-secure memory. */
bool cpu_fetch_is_nonsecure(const struct cpu *cpu, uint32_t address);
/* SecureFault INVEP: Non-secure state entered Secure memory at something other than SG. */
void mem_raise_invep(struct cpu *cpu);

/* Drops cached translations: everything, or write permission to one host page that now holds
 * decoded code. */
void tlb_flush(struct cpu *cpu);
void tlb_protect(struct cpu *cpu, const uint8_t *host_page);

#endif
