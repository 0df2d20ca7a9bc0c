/* RAMCFG: wait states, software erase of each SRAM, write protection of SRAM2, and the reports of
 * ECC errors (RM0456 chapter 6; the errors themselves are in sram_ecc.c).
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
    soc_sram_ecc_forget(soc, index, 0, size);
    cpu_code_flush(soc->cpu, bytes, size);
    r->isr |= RAMCFG_ISR_SRAMBUSY_Msk;
    r->erase_key_step = 0;
    soc_after(soc, &r->done, soc_periods_ps(size / 4, soc_hclk_hz(soc)));
}

/* ---- ECC errors ---- */

static void update_irq(struct soc *soc)
{
    bool active = false;

    for (unsigned i = 0; i < 5; i++) {
        active = active || (soc->ramcfg[i].isr & soc->ramcfg[i].ier & 3u) != 0;
    }
    soc_irq(soc, IRQ_RAMCFG, active);
}

/* Flags and addresses follow only what is enabled (erratum 2.2.23); a flag that is set hides
 * further errors of its kind. */
void soc_ramcfg_ecc_error(struct soc *soc, unsigned memory, uint32_t offset, enum soc_ecc kind)
{
    struct soc_ramcfg *r = &soc->ramcfg[memory];
    bool latch = (r->cr & RAMCFG_CR_ALE_Msk) != 0;

    if (kind == SOC_ECC_CORRECTED) {
        if ((r->ier & RAMCFG_IER_SEIE_Msk) && !(r->isr & RAMCFG_ISR_SEDC_Msk)) {
            r->isr |= RAMCFG_ISR_SEDC_Msk;
            r->sear = latch ? offset : r->sear;
        }
    } else if ((r->ier & (RAMCFG_IER_DEIE_Msk | RAMCFG_IER_ECCNMI_Msk)) &&
               !(r->isr & RAMCFG_ISR_DED_Msk)) {
        r->isr |= RAMCFG_ISR_DED_Msk;
        r->dear = latch ? offset : r->dear;
        if (r->ier & RAMCFG_IER_ECCNMI_Msk) {
            cpu_set_nmi(soc->cpu);
            cpu_break(soc->cpu);
        }
    }
    update_irq(soc);
}

bool soc_sram2_protected(const struct soc *soc, uint32_t offset)
{
    uint32_t page = offset / 0x400u;

    return (soc->ramcfg[1].wpr[page / 32] >> (page % 32)) & 1u;
}

/* ECCE can be set at any time and cleared only behind its key. */
static void write_ecce(struct soc *soc, unsigned index, uint32_t value)
{
    struct soc_ramcfg *r = &soc->ramcfg[index];
    bool was = (r->cr & RAMCFG_CR_ECCE_Msk) != 0, on = (value & RAMCFG_CR_ECCE_Msk) != 0;

    if (on == was || (!on && r->ecc_key_step != 2)) {
        return;
    }
    r->cr ^= RAMCFG_CR_ECCE_Msk;
    r->ecc_key_step = 0;
    soc_sram_ecc_switch(soc, index, on);
}

/* ---- Registers ---- */

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
        return r->sear;
    case RAMCFG_DEAR_OFS:
        return r->dear;
    case RAMCFG_ICR_OFS:
        return r->isr & 3u;
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
        if (index == 1 || index == 2 || index == 4) {
            write_ecce(soc, index, value);
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
        /* ECCNMI is set-only: an NMI cannot be taken back. */
        r->ier = (value & 0xBu) | (r->ier & RAMCFG_IER_ECCNMI_Msk);
        update_irq(soc);
        break;
    case RAMCFG_WPR1_OFS:
    case RAMCFG_WPR2_OFS:
        if (index == 1) { /* SRAM2 only; set-only until a system reset */
            r->wpr[(offset % STRIDE - RAMCFG_WPR1_OFS) / 4] |= value;
            cpu_tlb_flush(soc->cpu);
        }
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
        break;
    case RAMCFG_ICR_OFS:
        r->isr &= ~(value & 3u);
        update_irq(soc);
        break;
    default:
        soc_stored_write(soc, block, offset, value);
        break;
    }
}

RESETTER(ramcfg)
{
    uint32_t optr = soc->flash.loaded.optr;

    (void)block;
    for (unsigned i = 0; i < 5; i++) {
        struct soc_ramcfg *r = &soc->ramcfg[i];

        sched_cancel(soc->sched, &r->done.event);
        r->cr = r->ier = r->isr = r->wpr[0] = r->wpr[1] = 0;
        r->sear = r->dear = 0;
        r->erase_key_step = r->ecc_key_step = 0;
        if ((i == 1 && !(optr & FLASH_OPTR_SRAM2_ECC_Msk)) ||
            (i == 2 && !(optr & FLASH_OPTR_SRAM3_ECC_Msk)) ||
            (i == 4 && !(optr & FLASH_OPTR_BKPRAM_ECC_Msk))) {
            r->cr = RAMCFG_CR_ECCE_Msk;
        }
    }
    update_irq(soc);
    cpu_tlb_flush(soc->cpu);
}

void soc_ramcfg_init(struct soc *soc)
{
    for (unsigned i = 0; i < 5; i++) {
        soc_event_init(&soc->ramcfg[i].done, soc, i, done_fire);
    }
}
