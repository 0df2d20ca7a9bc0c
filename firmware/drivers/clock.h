/* System clock: 160 MHz from MSIS through PLL1 (RM0456 10.5.4, 11.4). */
#ifndef FIRMWARE_DRIVERS_CLOCK_H
#define FIRMWARE_DRIVERS_CLOCK_H

#include <stdbool.h>

/* SYSCLK = HCLK = PCLK1 = PCLK2 = PCLK3 once started. */
#define CLOCK_HZ 160000000u

/* Raises the system clock from its reset state (MSIS 4 MHz, range 4), or again after Stop. Does
 * nothing if PLL1 already drives it. False if a step did not become ready in time; the processor
 * then still runs from MSIS. */
bool clock_start(void);

#endif
