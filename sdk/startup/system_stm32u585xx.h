// The processor clock as CMSIS names it. The kernel sets the clocks up; applications only read
// them.
#ifndef SYSTEM_STM32U585XX_H
#define SYSTEM_STM32U585XX_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Frequency of the processor in Hz, set by SystemInit.
extern uint32_t SystemCoreClock;

// Runs before static constructors: points VTOR at the vector table and asks for the clock.
void SystemInit(void);

// Asks the kernel again.
void SystemCoreClockUpdate(void);

#ifdef __cplusplus
}
#endif

#endif
