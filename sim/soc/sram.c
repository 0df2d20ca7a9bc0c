/* SRAM1..4 behind their block-based firewalls (GTZC MPCBB), RM0456 5.4.4 and 5.8.
 *
 * A data access to a block of the other world reads zero, is not written, and raises an
 * illegal-access event; a fetch is a bus error. Windows never cross a change of rights.
 */
#include "soc/soc_state.h"

#include <assert.h>
#include <string.h>

#define BLOCK_SIZE 512u

static const struct {
    uint32_t base; /* in soc->sram; SRAM4 is apart */
    uint32_t size;
    struct soc_gtzc_place ilac;
    uint32_t clock_reg;
} memories[4] = {
    {0x00000u, 0x30000u, {1, 4, 24}, RCC_AHB1ENR_OFS},
    {0x30000u, 0x10000u, {1, 4, 26}, RCC_AHB2ENR1_OFS},
    {0x40000u, 0x80000u, {1, 4, 28}, RCC_AHB2ENR1_OFS},
    {0, 0x4000u, {2, 2, 24}, RCC_AHB3ENR_OFS},
};

uint8_t *soc_sram_bytes(struct soc *soc, unsigned memory, uint32_t *size)
{
    *size = memories[memory].size;
    return memory == 3 ? soc->sram4 : soc->sram + memories[memory].base;
}

bool soc_sram_any_secure(const struct soc *soc, unsigned memory)
{
    const struct soc_mpcbb *bb = &soc->mpcbb[memory];
    uint32_t words = memories[memory].size / BLOCK_SIZE / 32;
    bool any = false;

    for (uint32_t i = 0; i < words; i++) {
        any = any || bb->sec[i] != 0;
    }
    return any != ((bb->cr & GTZC_MPCBB_CR_INVSECSTATE_Msk) != 0);
}

/* One bit a block: may this kind of access pass? */
static uint32_t allowed_word(const struct soc *soc, unsigned memory, unsigned word,
                             struct bus_attr attr)
{
    const struct soc_mpcbb *bb = &soc->mpcbb[memory];
    uint32_t allowed = 0xFFFFFFFFu;

    if (soc->tzen) {
        if (attr.nonsecure) {
            allowed = ~bb->sec[word];
        } else if (attr.fetch || !(bb->cr & GTZC_MPCBB_CR_SRWILADIS_Msk)) {
            allowed = bb->sec[word];
        }
    }
    return attr.unprivileged ? allowed & ~bb->priv[word] : allowed;
}

static bool clocked(const struct soc *soc, unsigned memory)
{
    /* SRAM1EN, SRAM3EN and SRAM4EN are bit 31 of their registers, SRAM2EN is bit 30. */
    return (soc->rcc.r[memories[memory].clock_reg / 4] >> (memory == 1 ? 30 : 31)) & 1u;
}

enum bus_status soc_sram_access(struct soc *soc, unsigned memory, uint32_t offset, unsigned size,
                                struct bus_attr attr, uint32_t *value, bool write)
{
    uint32_t block = offset / BLOCK_SIZE;
    uint32_t bytes;
    uint8_t *host = soc_sram_bytes(soc, memory, &bytes) + offset;
    bool secure_block = (soc->mpcbb[memory].sec[block / 32] >> (block % 32)) & 1u;

    assert(offset + size <= bytes);
    if (!((allowed_word(soc, memory, block / 32, attr) >> (block % 32)) & 1u)) {
        if (soc->tzen && secure_block == attr.nonsecure) {
            soc_ilac(soc, memories[memory].ilac);
        }
        soc_guest_error(soc, SRAM1_NS + memory * 0x1000000u + block,
                        "%s %s of SRAM%u block %u (%s%s) is refused",
                        attr.nonsecure ? "non-secure" : "secure",
                        attr.fetch ? "fetch" : (write ? "write" : "read"), memory + 1, block,
                        secure_block ? "secure" : "non-secure",
                        attr.unprivileged ? ", by unprivileged code" : "");
        *value = 0;
        return attr.fetch ? BUS_ERROR : BUS_OK;
    }
    if (memory == 1 && (soc->intrusion || soc_tamp_blocks(soc))) {
        *value = 0; /* RDP 1 with a debugger, or tampering */
    } else if (!clocked(soc, memory) || !soc_sram_powered(soc, memory)) {
        soc_guest_error(soc, SRAM1_NS + memory, "SRAM%u access while its %s is off", memory + 1,
                        clocked(soc, memory) ? "power" : "clock");
        *value = 0;
    } else if (write && memory == 1 && soc_sram2_protected(soc, offset)) {
        soc_guest_error(soc, SRAM1_NS + 0x100u + offset / 0x400u,
                        "write to write-protected page %u of SRAM2", offset / 0x400u);
    } else if (write) {
        soc_sram_ecc_write(soc, memory, offset, size);
        memcpy(host, value, size);
        if (soc->cpu != NULL) {
            cpu_code_flush(soc->cpu, host, size);
        }
    } else {
        *value = 0;
        memcpy(value, host, size);
        soc_sram_ecc_read(soc, memory, offset, size, value);
    }
    return BUS_OK;
}

/* True if units [first, first+count) are all allowed; count is a power of two and divides first. */
static bool all_allowed(const uint32_t *allowed, uint32_t first, uint32_t count)
{
    if (count < 32) {
        uint32_t mask = ((1u << count) - 1u) << (first % 32);

        return (allowed[first / 32] & mask) == mask;
    }
    for (uint32_t i = first / 32; i < (first + count) / 32; i++) {
        if (allowed[i] != 0xFFFFFFFFu) {
            return false;
        }
    }
    return true;
}

void soc_window_grow(const uint32_t *allowed, uint32_t units, uint32_t unit, uint32_t *first,
                     uint32_t *count)
{
    *first = unit;
    *count = 1;
    for (uint32_t size = 2; size <= units; size *= 2) {
        uint32_t start = unit & ~(size - 1u);

        if (start + size > units || !all_allowed(allowed, start, size)) {
            break;
        }
        *first = start;
        *count = size;
    }
}

bool soc_sram_map(struct soc *soc, unsigned memory, uint32_t offset, struct bus_attr attr,
                  uint32_t address, struct bus_window *window)
{
    uint32_t allowed[MPCBB_WORDS] = {0};
    uint32_t bytes, first, count, block = offset / BLOCK_SIZE;
    uint8_t *host = soc_sram_bytes(soc, memory, &bytes);
    uint32_t units = bytes / BLOCK_SIZE;

    if (!clocked(soc, memory) || !soc_sram_powered(soc, memory) ||
        (memory == 1 && (soc->intrusion || soc_tamp_blocks(soc)))) {
        return false;
    }
    for (uint32_t i = 0; i < units / 32; i++) {
        allowed[i] = allowed_word(soc, memory, i, attr);
    }
    /* Errors and protected pages want every access; nearly always there are none. */
    bool plain = !soc_sram_has_ecc(soc, memory) &&
                 (memory != 1 || (soc->ramcfg[1].wpr[0] | soc->ramcfg[1].wpr[1]) == 0);
    for (uint32_t i = 0; i < units && !plain; i++) {
        if (!soc_sram_ecc_maps(soc, memory, i * BLOCK_SIZE, BLOCK_SIZE) ||
            (memory == 1 && soc_sram2_protected(soc, i * BLOCK_SIZE))) {
            allowed[i / 32] &= ~(1u << (i % 32));
        }
    }
    if (!((allowed[block / 32] >> (block % 32)) & 1u)) {
        return false;
    }
    soc_window_grow(allowed, units, block, &first, &count);
    window->base = address - offset + first * BLOCK_SIZE;
    window->size = count * BLOCK_SIZE;
    window->host = host + first * BLOCK_SIZE;
    window->readable = true;
    window->writable = true;
    /* The memory itself may start at an address that is less aligned than the window. */
    while (window->base & (window->size - 1u)) {
        window->size /= 2;
        if (address - window->base >= window->size) {
            window->base += window->size;
            window->host += window->size;
        }
    }
    return true;
}
