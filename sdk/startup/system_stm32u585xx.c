// What runs between reset and static constructors; see the header.
#include "system_stm32u585xx.h"

#include "mv_syscalls.h"

#define SCB_VTOR  (*(volatile uint32_t *)0xE000ED08u)
#define ROM_START 0x08000000u

uint32_t SystemCoreClock = 4000000u; // of the chip after reset, should the kernel not answer

void SystemCoreClockUpdate(void)
{
    uint32_t hz = 0;
    if (mvGetHClk(&hz) == MV_STATUS_OKAY && hz != 0) {
        SystemCoreClock = hz;
    }
}

void SystemInit(void)
{
    SCB_VTOR = ROM_START;
    SystemCoreClockUpdate();
}
