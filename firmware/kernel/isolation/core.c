/* Core registers that decide who handles what (Armv8-M D1.2). */
#include "kernel/isolation/isolation.h"

#include "chip/core.h"
#include "chip/mmio.h"

/* PRIS halves the application's priorities; BFHFNMINS = 0 brings its HardFault, BusFault and NMI
 * to the kernel; only the Secure state may request a reset. */
static void aircr(void)
{
    mmio_write(SCB_AIRCR, AIRCR_VECTKEY | AIRCR_PRIS | AIRCR_SYSRESETREQS);
}

static void handlers(void)
{
    mmio_write(SCB_SHPR1, PRIORITY_FAULT_CALL << 24);
    mmio_write(SCB_SHPR2, PRIORITY_SVC << 24);
    mmio_write(SCB_SHPR3, PRIORITY_PENDSV << 24 | PRIORITY_PENDSV << 16);
    mmio_write(SCB_SHCSR,
               SHCSR_SECUREFAULTENA | SHCSR_USGFAULTENA | SHCSR_BUSFAULTENA | SHCSR_MEMFAULTENA);
}

/* The FPU is the application's alone: the kernel is built without and may not use it, so lazily
 * stacked registers stay where they are during kernel work. Deep sleep is the kernel's. */
static void shared_resources(void)
{
    mmio_write(SCB_NSACR, 0xC00u);
    mmio_write(SCB_CPACR, 0);
    mmio_write(SCB_SCR, SCR_SLEEPDEEPS);
}

void isolation_core(void)
{
    aircr();
    handlers();
    shared_resources();
    core_barrier();
}
