/* ICACHE and DCACHE1 registers. Contents are not modelled (memory is always coherent here): only
 * the maintenance handshake takes its time, one cycle a line.
 */
#include "soc/soc_state.h"

enum { ICACHE_INDEX = 0, DCACHE_INDEX = 1 };

static void update_irq(struct soc *soc)
{
    soc_irq(soc, IRQ_ICACHE, (soc->cache[0].sr & soc->cache[0].ier & 6u) != 0);
    soc_irq(soc, IRQ_DCACHE1, (soc->cache[1].sr & soc->cache[1].ier & 0x16u) != 0);
}

static void done_fire(void *context)
{
    struct soc_event *event = context;
    struct soc_cache *cache = &event->soc->cache[event->instance];

    if (cache->sr & DCACHE_SR_BUSYCMDF_Msk) {
        cache->sr = (cache->sr & ~DCACHE_SR_BUSYCMDF_Msk) | DCACHE_SR_CMDENDF_Msk;
    }
    if (cache->sr & ICACHE_SR_BUSYF_Msk) {
        cache->sr = (cache->sr & ~ICACHE_SR_BUSYF_Msk) | ICACHE_SR_BSYENDF_Msk;
    }
    update_irq(event->soc);
}

static void start(struct soc *soc, unsigned index, uint32_t flag)
{
    soc->cache[index].sr |= flag;
    soc_after(soc, &soc->cache[index].done, soc_periods_ps(256, soc_hclk_hz(soc)));
}

READER(icache)
{
    const struct soc_cache *cache = &soc->cache[ICACHE_INDEX];

    (void)access;
    switch (offset) {
    case ICACHE_CR_OFS:
        return cache->cr;
    case ICACHE_SR_OFS:
        return cache->sr;
    case ICACHE_IER_OFS:
        return cache->ier;
    case ICACHE_FCR_OFS:
    case ICACHE_HMONR_OFS:
    case ICACHE_MMONR_OFS:
        return 0;
    case ICACHE_CRR0_OFS:
    case ICACHE_CRR1_OFS:
    case ICACHE_CRR2_OFS:
    case ICACHE_CRR3_OFS:
        return cache->crr[(offset - ICACHE_CRR0_OFS) / 4];
    default:
        return soc_stored_read(soc, block, offset);
    }
}

WRITER(icache)
{
    struct soc_cache *cache = &soc->cache[ICACHE_INDEX];

    (void)access;
    switch (offset) {
    case ICACHE_CR_OFS:
        cache->cr = value & 0x000F0005u;
        if (value & ICACHE_CR_CACHEINV_Msk) {
            start(soc, ICACHE_INDEX, ICACHE_SR_BUSYF_Msk);
        }
        break;
    case ICACHE_IER_OFS:
        cache->ier = value & 6u;
        break;
    case ICACHE_FCR_OFS:
        cache->sr &= ~(value & 6u);
        break;
    case ICACHE_CRR0_OFS:
    case ICACHE_CRR1_OFS:
    case ICACHE_CRR2_OFS:
    case ICACHE_CRR3_OFS:
        cache->crr[(offset - ICACHE_CRR0_OFS) / 4] = value;
        if (value & ICACHE_CRRx_REN_Msk) {
            soc_not_modelled(soc, block->base + 0x300, "ICACHE address remapping");
        }
        break;
    case ICACHE_SR_OFS:
    case ICACHE_HMONR_OFS:
    case ICACHE_MMONR_OFS:
        break;
    default:
        soc_stored_write(soc, block, offset, value);
        break;
    }
    update_irq(soc);
}

RESETTER(icache)
{
    struct soc_cache *cache = &soc->cache[ICACHE_INDEX];

    (void)block;
    cache->cr = ICACHE_CR_WAYSEL_Msk;
    cache->ier = 0;
    for (unsigned i = 0; i < 4; i++) {
        cache->crr[i] = 0x200u;
    }
    cache->sr = 0;
    start(soc, ICACHE_INDEX, ICACHE_SR_BUSYF_Msk);
    update_irq(soc);
}

READER(dcache)
{
    const struct soc_cache *cache = &soc->cache[DCACHE_INDEX];

    (void)access;
    switch (offset) {
    case DCACHE_CR_OFS:
        return cache->cr;
    case DCACHE_SR_OFS:
        return cache->sr;
    case DCACHE_IER_OFS:
        return cache->ier;
    case DCACHE_FCR_OFS:
    case DCACHE_RHMONR_OFS:
    case DCACHE_RMMONR_OFS:
    case DCACHE_WHMONR_OFS:
    case DCACHE_WMMONR_OFS:
        return 0;
    case DCACHE_CMDRSADDRR_OFS:
        return cache->cmdrsaddr;
    case DCACHE_CMDREADDRR_OFS:
        return cache->cmdreaddr;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

WRITER(dcache)
{
    struct soc_cache *cache = &soc->cache[DCACHE_INDEX];

    (void)access;
    switch (offset) {
    case DCACHE_CR_OFS:
        cache->cr = value & 0x80FF0701u;
        if (value & DCACHE_CR_CACHEINV_Msk) {
            start(soc, DCACHE_INDEX, DCACHE_SR_BUSYF_Msk);
        }
        if (value & DCACHE_CR_STARTCMD_Msk) {
            start(soc, DCACHE_INDEX, DCACHE_SR_BUSYCMDF_Msk);
        }
        break;
    case DCACHE_IER_OFS:
        cache->ier = value & 0x16u;
        break;
    case DCACHE_FCR_OFS:
        cache->sr &= ~(value & 0x16u);
        break;
    case DCACHE_CMDRSADDRR_OFS:
        cache->cmdrsaddr = value & ~15u;
        break;
    case DCACHE_CMDREADDRR_OFS:
        cache->cmdreaddr = value & ~15u;
        break;
    case DCACHE_SR_OFS:
        break;
    default:
        soc_stored_write(soc, block, offset, value);
        break;
    }
    update_irq(soc);
}

RESETTER(dcache)
{
    struct soc_cache *cache = &soc->cache[DCACHE_INDEX];

    (void)block;
    cache->cr = cache->ier = cache->cmdrsaddr = cache->cmdreaddr = 0;
    cache->sr = 0;
    start(soc, DCACHE_INDEX, DCACHE_SR_BUSYF_Msk);
    update_irq(soc);
}

void soc_cache_init(struct soc *soc)
{
    for (unsigned i = 0; i < 2; i++) {
        soc_event_init(&soc->cache[i].done, soc, i, done_fire);
    }
}
