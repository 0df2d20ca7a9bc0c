/* The interrupt side of notifications. A record posted during a slice of kernel work ends it: the
 * interrupt is targeted to Secure then (work/). */
#include "chip/core.h"
#include "chip/mmio.h"
#include "kernel/fast/fast.h"
#include "kernel/isolation/isolation.h"
#include "kernel/notify/notify.h"

void notify_pend(uint32_t irq)
{
    mmio_write(NVIC_ISPR + 4 * (irq / 32), 1u << (irq % 32));
}

bool notify_irq_usable(uint32_t irq)
{
    return isolation_irq_is_apps(irq) && !fast_is(irq);
}
