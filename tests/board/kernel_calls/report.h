/* Results as lines on USART2: "ok name" or "FAIL name got X want Y". */
#ifndef KERNEL_CALLS_REPORT_H
#define KERNEL_CALLS_REPORT_H

#include <stdint.h>

void report_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void check_equal(const char *name, uint32_t got, uint32_t want);
void check_true(const char *name, int condition);
void report_totals(void);

/* The suites. */
void test_wifi(void);
void test_channels(void);
void test_handlers(void);
void test_extflash(void);
void fast_at_start(void);
void test_fast(void);
void fast_crash(void (*what)(void));
void fast_flood(void);
void test_calls(void);
void test_interrupts(void);
void test_tasks(void);
/* The same calls once there are tasks: they take another way into the kernel. */
void test_calls_again(void);
void test_interrupts_again(void);
void test_crashes(uint8_t wake_reason);

#endif
