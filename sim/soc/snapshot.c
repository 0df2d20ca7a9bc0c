/* The chip as bytes: struct soc holds no pointer that differs between two moments of one chip. */
#include "soc/soc_state.h"

#include <string.h>

#define RAM_SIZE (0xC0000u + 0x4000u + 0x800u) /* SRAM1-3, SRAM4, BKPSRAM: one allocation */

uint8_t *soc_ram(struct soc *soc, size_t *size)
{
    *size = RAM_SIZE;
    return soc->sram;
}

size_t soc_state_size(void)
{
    return sizeof(struct soc);
}

void soc_state_save(const struct soc *soc, void *state)
{
    memcpy(state, soc, sizeof *soc);
}

void soc_state_load(struct soc *soc, const void *state)
{
    memcpy(soc, state, sizeof *soc);
    cpu_set_security(soc->cpu, soc->tzen);
}
