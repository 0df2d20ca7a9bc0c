/* Calls about fast interrupts. Allowed in the application's normal handlers; in a fast one every
 * call is refused (calls/by_fault.c). */
#include "kernel/calls/calls.h"
#include "kernel/calls/handlers.h"
#include "kernel/fast/fast.h"

enum MvStatus call_mvSetFastInterrupt(uint32_t irqn)
{
    return fast_set(irqn);
}

enum MvStatus call_mvClearFastInterrupt(uint32_t irqn)
{
    return fast_clear(irqn);
}

enum MvStatus call_mvEnableFastInterrupt(uint32_t irqn)
{
    return fast_enable(irqn, true);
}

enum MvStatus call_mvDisableFastInterrupt(uint32_t irqn)
{
    return fast_enable(irqn, false);
}

enum MvStatus call_mvEnableAllFastInterrupts(void)
{
    fast_gate(true);
    return MV_STATUS_OKAY;
}

enum MvStatus call_mvDisableAllFastInterrupts(void)
{
    fast_gate(false);
    return MV_STATUS_OKAY;
}
