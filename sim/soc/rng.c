/* RNG: a seeded generator behind the real start sequence: configuration is taken only together with
 * CONDRST, random words appear only after the conditioning soft reset and with the 48 MHz clock on
 * (RM0456 chapter 48).
 */
#include "soc/soc_state.h"

#include <assert.h>

#define CONFIG_BITS 0x3FFFFFF0u /* bits 29:4 */
#define IMPLEMENTED 0xC3FFFFACu

static void update_irq(struct soc *soc)
{
    const struct soc_rng *rng = &soc->rng;

    soc_irq(soc, IRQ_RNG,
            (rng->cr & RNG_CR_IE_Msk) &&
                (rng->sr & (RNG_SR_DRDY_Msk | RNG_SR_CEIS_Msk | RNG_SR_SEIS_Msk)));
}

/* Starts the next refill: 128 RNG clock cycles for four words, more for the first ones. */
static void start_refill(struct soc *soc, bool first)
{
    struct soc_rng *rng = &soc->rng;
    uint32_t hz = soc_rng_clock_hz(soc);
    uint32_t divider = 1u << ((rng->cr & RNG_CR_CLKDIV_Msk) >> RNG_CR_CLKDIV_Pos);

    if (!(rng->cr & RNG_CR_RNGEN_Msk) || (rng->cr & RNG_CR_CONDRST_Msk) ||
        rng->refill.event.due != SIM_NEVER || rng->available > 0) {
        return;
    }
    if (hz == 0) {
        soc_guest_error(soc, RNG_NS + 0x100, "RNG enabled without its kernel clock");
        return;
    }
    soc_after(soc, &rng->refill,
              soc_periods_ps((first ? 1024u * divider : 0) + 128u * divider, hz));
}

static void refill_fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;
    struct soc_rng *rng = &soc->rng;

    if (soc_rng_clock_hz(soc) == 0) {
        return;
    }
    if (rng->failed) {
        rng->sr |= RNG_SR_SECS_Msk | RNG_SR_SEIS_Msk;
        update_irq(soc);
        return;
    }
    for (unsigned i = 0; i < 4; i++) {
        uint64_t saved = soc->noise;

        /* A generator of its own: SRAM noise and the like must not depend on it. */
        soc->noise = rng->generator;
        rng->data[i] = (uint32_t)(soc_noise(soc) >> 16);
        rng->generator = soc->noise;
        soc->noise = saved;
    }
    rng->available = 4;
    rng->sr |= RNG_SR_DRDY_Msk;
    if (soc_rng_clock_hz(soc) < soc_hclk_hz(soc) / 32u && !(rng->cr & RNG_CR_CED_Msk)) {
        rng->sr |= RNG_SR_CECS_Msk | RNG_SR_CEIS_Msk;
    }
    update_irq(soc);
}

/* End of the conditioning reset: CONDRST reads 0. */
static void condition_fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;

    soc->rng.cr &= ~RNG_CR_CONDRST_Msk;
    soc->rng.sr &= soc->rng.failed ? ~0u : ~RNG_SR_SECS_Msk;
    start_refill(soc, true);
}

static void drop_data(struct soc *soc)
{
    soc->rng.available = 0;
    soc->rng.sr &= ~RNG_SR_DRDY_Msk;
    sched_cancel(soc->sched, &soc->rng.refill.event);
}

/* A seed error throws away what is there; when the source is good again the block starts anew by
 * itself, with ARDIS = 1 only after CONDRST. */
void soc_rng_fail(struct soc *soc, bool failed)
{
    struct soc_rng *rng = &soc->rng;

    rng->failed = failed;
    if (failed && (rng->cr & RNG_CR_RNGEN_Msk)) {
        drop_data(soc);
        rng->sr |= RNG_SR_SECS_Msk | RNG_SR_SEIS_Msk;
    } else if (!failed && !(rng->cr & RNG_CR_ARDIS_Msk)) {
        rng->sr &= ~RNG_SR_SECS_Msk;
        start_refill(soc, true);
    }
    update_irq(soc);
}

static void write_cr(struct soc *soc, uint32_t value)
{
    struct soc_rng *rng = &soc->rng;
    uint32_t old = rng->cr;
    bool locked = (old & RNG_CR_CONFIGLOCK_Msk) != 0;
    uint32_t keep = CONFIG_BITS;

    value &= IMPLEMENTED;
    if ((value & RNG_CR_CONDRST_Msk) && !locked) {
        keep = 0;
    }
    rng->cr = (old & (keep | RNG_CR_CONDRST_Msk)) | (value & ~keep & ~RNG_CR_CONDRST_Msk);
    rng->cr |= old & RNG_CR_CONFIGLOCK_Msk;
    if (value & RNG_CR_CONDRST_Msk) {
        rng->cr |= RNG_CR_CONDRST_Msk;
        sched_cancel(soc->sched, &rng->condition.event);
        drop_data(soc);
    } else if (old & RNG_CR_CONDRST_Msk) {
        uint32_t hz = soc_rng_clock_hz(soc);

        soc_after(soc, &rng->condition,
                  hz == 0 ? SIM_NEVER
                          : soc_periods_ps(2, hz) + soc_periods_ps(2, soc_hclk_hz(soc)));
        if (hz == 0) {
            soc_guest_error(soc, RNG_NS + 0x100, "RNG enabled without its kernel clock");
        }
    }
    if (!(rng->cr & RNG_CR_RNGEN_Msk)) {
        drop_data(soc);
    } else if (!(old & RNG_CR_RNGEN_Msk)) {
        start_refill(soc, true);
    }
}

static uint32_t read_data(struct soc *soc)
{
    struct soc_rng *rng = &soc->rng;
    uint32_t word;

    if (rng->available == 0) {
        soc_guest_error(soc, RNG_NS + 0x101, "RNG_DR read with DRDY = 0");
        return 0;
    }
    word = rng->data[--rng->available];
    if (rng->available == 0) {
        rng->sr &= ~RNG_SR_DRDY_Msk;
        start_refill(soc, false);
    }
    return word;
}

READER(rng)
{
    uint32_t value;

    (void)access;
    switch (offset) {
    case RNG_CR_OFS:
        return soc->rng.cr;
    case RNG_SR_OFS:
        return soc->rng.sr;
    case RNG_DR_OFS:
        value = read_data(soc);
        update_irq(soc);
        return value;
    case 0x0C: /* NSCR */
        return soc->rng.nscr;
    case RNG_HTCR_OFS:
        return soc->rng.htcr;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

WRITER(rng)
{
    (void)access;
    switch (offset) {
    case RNG_CR_OFS:
        write_cr(soc, value);
        break;
    case RNG_SR_OFS: /* SEIS and CEIS: write 0 clears */
        soc->rng.sr &= value | ~(RNG_SR_SEIS_Msk | RNG_SR_CEIS_Msk);
        break;
    case RNG_DR_OFS:
        break;
    case 0x0C:
    case RNG_HTCR_OFS:
        if ((soc->rng.cr & RNG_CR_CONDRST_Msk) && !(soc->rng.cr & RNG_CR_CONFIGLOCK_Msk)) {
            *(offset == RNG_HTCR_OFS ? &soc->rng.htcr : &soc->rng.nscr) = value;
        } else {
            soc_guest_error(soc, RNG_NS + offset, "RNG register 0x%02x written without CONDRST",
                            offset);
        }
        break;
    default:
        soc_stored_write(soc, block, offset, value);
        break;
    }
    update_irq(soc);
}

RESETTER(rng)
{
    (void)block;
    sched_cancel(soc->sched, &soc->rng.condition.event);
    drop_data(soc);
    soc->rng.cr = 0x00800D00u;
    soc->rng.sr = 0;
    soc->rng.nscr = 0x0003FFFFu;
    soc->rng.htcr = 0x000072ACu;
    update_irq(soc);
}

void soc_rng_init(struct soc *soc)
{
    soc_event_init(&soc->rng.refill, soc, 0, refill_fire);
    soc_event_init(&soc->rng.condition, soc, 0, condition_fire);
    soc->rng.generator = soc->config.random_seed ^ UINT64_C(0x52414E444F4D2121);
}
