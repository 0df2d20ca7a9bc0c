// Makes every call, on its good and bad paths, twice: through the veneers from the main stack, and
// as faults from a process stack. `mvsim --call-costs` counts; costs.sh makes the card of it.
#include "costs.h"
#include "mv_syscalls.h"
#include "report.h"
#include "serial.h"

static void suites(void)
{
    test_channels();
    test_wifi();
    test_network_costs();
    test_log_costs();
    test_fast_costs();
    test_power();
}

static void suites_again(void)
{
    test_calls_again();
    suites();
}

static void on_process_stack(void (*what)(void))
{
    static uint64_t stack[1024];
    __asm volatile("mov r4, sp\n"
                   "msr psp, %0\n"
                   "mrs r5, control\n orr r5, #2\n msr control, r5\n isb\n"
                   "blx %1\n"
                   "mrs r5, control\n bic r5, #2\n msr control, r5\n isb\n"
                   :
                   : "r"(&stack[1024]), "r"(what)
                   : "r0", "r1", "r2", "r3", "r4", "r5", "r12", "lr", "memory");
}

int main(void)
{
    serial_start();
    test_calls();
    test_extflash(); // these always arrive as faults, and the kernel has started behind them
    suites();
    on_process_stack(suites_again);
    report_totals();
    report_line("done");
    for (;;) {
        __asm volatile("wfi");
    }
}
