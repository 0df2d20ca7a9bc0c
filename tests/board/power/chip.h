/* What the application uses of the chip to be woken. */
#ifndef POWER_CHIP_H
#define POWER_CHIP_H

#include <stdbool.h>
#include <stdint.h>

extern volatile uint32_t ticks, rtc_wakes, pin_wakes;
extern volatile uint32_t tick_return; /* EXC_RETURN of the last SysTick */

uint64_t now_us(void);
/* RTC wake-up timer, with its interrupt enabled. */
void timer_start(uint32_t seconds);
void timer_stop(void);
/* SysTick once, that much later. */
void tick_after_us(uint32_t time_us);
/* PC13 rising: EXTI line 13, for Stop 0 to 2. */
void pin_line_start(void);
/* The same pin as wake-up line 2, for Stop 3, Standby and Shutdown. */
void wakeup_pin_start(void);
/* RTC on wake-up line 7. */
void wakeup_timer_start(uint32_t seconds);
bool wakeup_pin_flag(void);
bool standby_flag(void);
/* Waits until the last character is on the line. */
void serial_drain(void);
/* A reset in a moment. */
void watchdog_bite(void);
/* Software pends an interrupt; its handler makes the call and keeps the answer. */
uint32_t in_handler(uint32_t (*call)(void));
void pend_handler(void);
/* Cycles of the processor in 10 ms of the kernel's clock. */
uint32_t cycles_in_10_ms(void);

/* Stop modes, while the application runs on. */
void test_stop(void);

#endif
