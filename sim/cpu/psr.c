/* Program status registers, assembled from the parts in which they are kept. */
#include "cpu/exception.h"

uint32_t xpsr_read(const struct cpu *cpu)
{
    uint32_t it = cpu->it;
    return (uint32_t)(cpu->nz < 0) << 31 | (uint32_t)((uint32_t)cpu->nz == 0) << 30 | cpu->c << 29 |
           cpu->v << 28 | cpu->q << 27 | (it & 3u) << 25 | (uint32_t)cpu->thumb << 24 |
           cpu->ge << 16 | (it >> 2) << 10 | cpu->exception;
}

void xpsr_write_flags(struct cpu *cpu, uint32_t value)
{
    bool n = value >> 31 & 1u, z = value >> 30 & 1u;
    cpu->nz = (int64_t)((n ? UINT64_C(1) << 63 : 0) | (z ? 0 : 1));
    cpu->c = value >> 29 & 1u;
    cpu->v = value >> 28 & 1u;
    cpu->q = value >> 27 & 1u;
    cpu->ge = cpu->config.has_dsp ? value >> 16 & 15u : 0;
    cpu->it = (uint8_t)((value >> 25 & 3u) | (value >> 10 & 0x3fu) << 2);
}
