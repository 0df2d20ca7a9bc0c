// Calls to the kernel, good and bad. See tests/board/README.md.
#include "mv_syscalls.h"
#include "report.h"
#include "serial.h"

int main(void)
{
    uint8_t reason[4] = {0xAA, 0xAA, 0xAA, 0xAA};
    enum MvStatus status = mvGetWakeReason((enum MvWakeReason *)reason);
    if (reason[0] != MV_WAKEREASON_APPLICATIONCRASH) {
        fast_at_start();
    }
    serial_start();
    report_line("start, wake reason %u", reason[0]);
    if (reason[0] == MV_WAKEREASON_COLDBOOT) { // the last of the crashes is a restart
        check_equal("mvGetWakeReason", status, MV_STATUS_OKAY);
        check_equal("mvGetWakeReason writes one byte", reason[1], 0xAA);
        test_calls();
        test_channels();
        test_handlers();
        test_wifi();
        test_extflash();
        test_fast();
        test_interrupts();
        test_tasks();
        test_calls_again();
        test_channels();
        test_handlers();
        test_wifi();
        test_extflash();
        test_fast();
        test_interrupts_again();
        report_totals();
    }
    test_crashes(reason[0]);
    report_line("done");
    for (;;) {
        __asm volatile("wfi");
    }
}
