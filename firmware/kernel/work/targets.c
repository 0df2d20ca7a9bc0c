/* The application's exceptions: see targets.h. All of it runs in PendSV_S, so the application does
 * not change anything meanwhile. */
#include "kernel/work/targets.h"

#include "chip/core.h"
#include "chip/mmio.h"
#include "drivers/clock.h"
#include "kernel/fast/fast.h"
#include "kernel/isolation/isolation.h"

#define SYSTICK_REFERENCE_DIVIDER 8u /* RCC_CCIPR1.SYSTICKSEL = 0: HCLK / 8 */
#define CYCLES_PER_US             (CLOCK_HZ / 1000000u)

/* Interrupts that fired during the slice; written by work_hand_back. */
uint32_t work_handed_back[ISOLATION_IRQ_WORDS];

struct masks {
    bool all;
    uint32_t base; /* BASEPRI_NS; 0 = none */
};

/* The interrupts that target Non-secure while the application runs: fast ones do not. */
static uint32_t app_irqs(uint32_t word)
{
    return isolation_app_irqs[word] & ~fast_mask[word];
}

/* Any of them: the usual answer, no, spares looking at each word. */
static bool irq_pending(void)
{
    return (mmio_read(SCB_ICSR) & ICSR_ISRPENDING) != 0;
}

static struct masks read_masks(void)
{
    return (struct masks){((core_primask_ns() | core_faultmask_ns()) & 1u) != 0,
                          core_basepri_ns() & 0xFFu};
}

static bool masked(struct masks masks, uint32_t priority)
{
    return masks.all || (masks.base != 0 && priority >= masks.base);
}

static uint32_t irq_priority(uint32_t irq)
{
    return *(volatile uint8_t *)(uintptr_t)(NVIC_IPR + irq);
}

/* Bits of a word of pending interrupts that the application's masks let through. */
static bool any_open(struct masks masks, uint32_t word, uint32_t pending)
{
    while (pending != 0 && !masks.all) {
        uint32_t bit = (uint32_t)__builtin_ctz(pending);
        if (!masked(masks, irq_priority(word * 32 + bit))) {
            return true;
        }
        pending &= pending - 1;
    }
    return false;
}

static uint32_t systick_us(void)
{
    if (mmio_read(SYST_RVR_NS) == 0) {
        return TARGETS_QUIET_FOREVER;
    }
    uint32_t control = mmio_read(SYST_CSR_NS);
    if ((control & (SYST_CSR_ENABLE | SYST_CSR_TICKINT)) != (SYST_CSR_ENABLE | SYST_CSR_TICKINT)) {
        return TARGETS_QUIET_FOREVER;
    }
    uint32_t ticks = mmio_read(SYST_CVR_NS);
    uint32_t scale = (control & SYST_CSR_CLKSOURCE) != 0 ? 1 : SYSTICK_REFERENCE_DIVIDER;
    return ticks * scale / CYCLES_PER_US;
}

uint32_t targets_quiet_us(void)
{
    struct masks masks = read_masks();
    uint32_t priorities = mmio_read(SCB_SHPR3_NS);
    uint32_t pending = mmio_read(SCB_ICSR_NS);
    bool tick_open = !masked(masks, priorities >> 24);
    if (((pending & ICSR_PENDSVSET) != 0 && !masked(masks, priorities >> 16 & 0xFFu)) ||
        ((pending & ICSR_PENDSTSET) != 0 && tick_open)) {
        return 0;
    }
    for (uint32_t i = 0; i < ISOLATION_IRQ_WORDS && irq_pending(); i++) {
        uint32_t waiting =
            mmio_read(NVIC_ISPR + 4 * i) & mmio_read(NVIC_ISER + 4 * i) & app_irqs(i);
        if (any_open(masks, i, waiting)) {
            return 0;
        }
    }
    return tick_open ? systick_us() : TARGETS_QUIET_FOREVER;
}

bool targets_only_this(void)
{
    return (mmio_read(SCB_ICSR) & ICSR_RETTOBASE) != 0;
}

bool targets_exception_active(void)
{
    if ((mmio_read(SCB_SHCSR_NS) & SHCSR_ACTIVE) != 0) {
        return true;
    }
    for (uint32_t i = 0; i < ISOLATION_IRQ_WORDS; i++) {
        if ((mmio_read(NVIC_IABR + 4 * i) & app_irqs(i)) != 0) {
            return true;
        }
    }
    return false;
}

void targets_borrow(void)
{
    bool pending = irq_pending();
    for (uint32_t i = 0; i < ISOLATION_IRQ_WORDS; i++) {
        uint32_t enabled = mmio_read(NVIC_ISER + 4 * i) & app_irqs(i);
        uint32_t waiting = pending ? mmio_read(NVIC_ISPR + 4 * i) & enabled : 0;
        mmio_write(NVIC_ITNS + 4 * i, app_irqs(i) & ~(enabled & ~waiting));
    }
    core_barrier();
}

void targets_return(void)
{
    for (uint32_t i = 0; i < ISOLATION_IRQ_WORDS; i++) {
        uint32_t fired = work_handed_back[i];
        mmio_write(NVIC_ITNS + 4 * i, app_irqs(i));
        if (fired != 0) {
            work_handed_back[i] = 0;
            mmio_write(NVIC_ISPR + 4 * i, fired);
            mmio_write(NVIC_ISER + 4 * i, fired);
        }
    }
    core_barrier();
}

bool targets_waiting(void)
{
    uint32_t waiting = mmio_read(SCB_ICSR_NS) & (ICSR_PENDSVSET | ICSR_PENDSTSET);
    for (uint32_t i = 0; i < ISOLATION_IRQ_WORDS; i++) {
        waiting |=
            mmio_read(NVIC_ISPR + 4 * i) & mmio_read(NVIC_ISER + 4 * i) & isolation_app_irqs[i];
        waiting |= work_handed_back[i];
    }
    return waiting != 0;
}

bool targets_fired(void)
{
    uint32_t any = 0;
    for (uint32_t i = 0; i < ISOLATION_IRQ_WORDS; i++) {
        any |= work_handed_back[i];
    }
    return any != 0;
}
