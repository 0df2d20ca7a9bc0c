/* SAU + IDAU attribution (sau.c), MPU permission (mpu.c): what may be accessed from which state. */
#ifndef SIM_CPU_ATTRIBUTION_H
#define SIM_CPU_ATTRIBUTION_H

#include "cpu/cpu_state.h"

/* Result of SecurityCheck(): at most one of nonsecure and nsc is set. */
struct attribution {
    bool nonsecure, nsc;
    bool sau_valid, idau_valid;
    uint8_t sau_region, idau_region;
};

/* Attribution of an address for a data access (or TT) made in the given state; `fetch` for
 * instruction fetches. Exempt addresses take the state's own attribution. */
struct attribution sau_lookup(const struct cpu *cpu, uint32_t address, bool secure, bool fetch);
/* True if every address of the page has the same SAU/IDAU attribution. */
bool sau_page_uniform(const struct cpu *cpu, uint32_t page);

struct mpu_result {
    bool read, write, execute;
    bool device; /* Device memory: unaligned accesses fault */
    bool region_valid;
    bool several; /* more than one region matches: every access faults */
    uint8_t region;
};

/* Permissions that the MPU of one Security state gives to an address. */
struct mpu_result mpu_lookup(const struct cpu *cpu, uint32_t address, bool secure, bool privileged);
bool mpu_page_uniform(const struct cpu *cpu, uint32_t page, bool secure);
/* True if the MPU is enabled but bypassed at a negative execution priority. */
bool mpu_bypassed(const struct cpu *cpu, bool secure);

static inline bool address_is_ppb(uint32_t address)
{
    return (address & 0xfff00000u) == 0xe0000000u;
}

#endif
