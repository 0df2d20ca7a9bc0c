// SysTick for short waits, and the RTC's wake-up timer for long ones; alarm B and the calendar are
// the kernel's.
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

// Sleeps meanwhile: the processor only, since the network is up.
void clock_wait_ms(uint32_t time_ms);
// Wakes the chip from Standby or Shutdown after that many seconds, 1 to 65536.
void clock_wake_after(uint32_t seconds);
// Off, and its flag cleared: right after a start, whatever the reason.
void clock_stop(void);

#endif
