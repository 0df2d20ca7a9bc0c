/* The kernel's clock: TIM5 at 1 MHz, extended to 64 bits, and the scheduler's alarm on it. */
#ifndef KERNEL_TIME_H
#define KERNEL_TIME_H

#include <stdbool.h>
#include <stdint.h>

void time_init(void);
/* Microseconds since the kernel started. From any context of priority TIM5's or below. */
uint64_t time_us(void);
/* The low 32 bits of it, for short differences; one register read. */
uint32_t time_us_low(void);

/* The counter stood still for that long, in Stop mode. With all interrupts held off; the alarms
 * below have to be set again. */
void time_skip(uint64_t us);

/* Wall clock: microseconds since the Unix epoch, known once the cloud has told. */
void time_set_wall(uint64_t unix_us);
bool time_wall(uint64_t *unix_us);

/* One alarm, the work scheduler's: calls work_alarm() once at `when` (low 32 bits of time_us), at
 * once if that has passed. A new one replaces it. */
void time_alarm(uint32_t when_us);

/* The other alarm, of fast interrupts: calls fast_expired(). */
void time_limit(uint32_t when_us);
void time_limit_off(void);

/* TIM5's interrupt. */
void time_irq(void);

#endif
