/* RAMCFG: wait states, software erase of each SRAM, write protection and ECC registers as storage
 * (RM0456 chapter 6). ECC errors never happen here.
 */
#include "soc/soc_state.h"

#include <string.h>

#define STRIDE 0x40u

static uint8_t *memory_of(struct soc *soc, unsigned index, uint32_t *size)
{
    if (index == 4) {
        *size = 0x800u;
        return soc->bkpsram;
    }
    return soc_sram_bytes(soc, index, size);
}

static void done_fire(void *context)
{
    struct soc_event *event = context;
    struct soc_ramcfg *r = &event->soc->ramcfg[event->instance];

    r->isr &= ~RAMCFG_ISR_SRAMBUSY_Msk;
    r->cr &= ~RAMCFG_CR_SRAMER_Msk;
}

static void start_erase(struct soc *soc, unsigned index)
{
    struct soc_ramcfg *r = &soc->ramcfg[index];
    uint32_t size;
    uint8_t *bytes = memory_of(soc, index, &size);

    memset(bytes, 0, size);
    cpu_code_flush(soc->cpu, bytes, size);
    r->isr |= RAMCFG_ISR_SRAMBUSY_Msk;
    r->erase_key_step = 0;
    soc_after(soc, &r->done, soc_periods_ps(size / 4, soc_hclk_hz(soc)));
}

READER(ramcfg)
{
    unsigned index = offset / STRIDE;
    const struct soc_ramcfg *r = &soc->ramcfg[index < 5 ? index : 0];

    (void)access;
    if (index >= 5) {
        return soc_stored_read(soc, block, offset);
    }
    switch (offset % STRIDE) {
    case RAMCFG_CR_OFS:
        return r->cr;
    case RAMCFG_IER_OFS:
        return r->ier;
    case RAMCFG_ISR_OFS:
        return r->isr;
    case RAMCFG_SEAR_OFS:
    case RAMCFG_DEAR_OFS:
    case RAMCFG_ICR_OFS:
    case RAMCFG_ECCKEY_OFS:
    case RAMCFG_ERKEYR_OFS:
        return 0;
    case RAMCFG_WPR1_OFS:
    case RAMCFG_WPR2_OFS:
        return r->wpr[(offset % STRIDE - RAMCFG_WPR1_OFS) / 4];
    default:
        return soc_stored_read(soc, block, offset);
    }
}

/* Two-step keys; a wrong one protects again. */
static void key(uint8_t *step, uint32_t value, uint32_t first, uint32_t second)
{
    if (*step == 0 && value == first) {
        *step = 1;
    } else if (*step == 1 && value == second) {
        *step = 2;
    } else {
        *step = 0;
    }
}

WRITER(ramcfg)
{
    unsigned index = offset / STRIDE;
    struct soc_ramcfg *r = &soc->ramcfg[index < 5 ? index : 0];
    uint32_t writable = RAMCFG_CR_WSC_Msk | RAMCFG_CR_ALE_Msk;

    (void)access;
    if (index >= 5) {
        soc_stored_write(soc, block, offset, value);
        return;
    }
    switch (offset % STRIDE) {
    case RAMCFG_CR_OFS:
        if (r->ecc_key_step == 2) {
            writable |= RAMCFG_CR_ECCE_Msk;
        }
        r->cr = (r->cr & ~writable) | (value & writable);
        if ((value & RAMCFG_CR_SRAMER_Msk) && r->erase_key_step == 2) {
            r->cr |= RAMCFG_CR_SRAMER_Msk;
            start_erase(soc, index);
        } else if (value & RAMCFG_CR_SRAMER_Msk) {
            soc_guest_error(soc, block->base + index, "RAMCFG erase of memory %u without its key",
                            index + 1);
        }
        break;
    case RAMCFG_IER_OFS:
        r->ier = value & 0xFu;
        break;
    case RAMCFG_WPR1_OFS:
    case RAMCFG_WPR2_OFS:
        r->wpr[(offset % STRIDE - RAMCFG_WPR1_OFS) / 4] |= value; /* set-only */
        soc_not_modelled(soc, block->base + offset, "SRAM2 page write protection");
        break;
    case RAMCFG_ECCKEY_OFS:
        key(&r->ecc_key_step, value, 0xAEu, 0x75u);
        break;
    case RAMCFG_ERKEYR_OFS:
        key(&r->erase_key_step, value, 0xCAu, 0x53u);
        break;
    case RAMCFG_ISR_OFS:
    case RAMCFG_SEAR_OFS:
    case RAMCFG_DEAR_OFS:
    case RAMCFG_ICR_OFS:
        break;
    default:
        soc_stored_write(soc, block, offset, value);
        break;
    }
}

RESETTER(ramcfg)
{
    (void)block;
    for (unsigned i = 0; i < 5; i++) {
        struct soc_ramcfg *r = &soc->ramcfg[i];

        sched_cancel(soc->sched, &r->done.event);
        r->cr = r->ier = r->isr = r->wpr[0] = r->wpr[1] = 0;
        r->erase_key_step = r->ecc_key_step = 0;
    }
}

void soc_ramcfg_init(struct soc *soc)
{
    for (unsigned i = 0; i < 5; i++) {
        soc_event_init(&soc->ramcfg[i].done, soc, i, done_fire);
    }
}
