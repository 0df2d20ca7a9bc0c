/* Faults of an application, one a command. */
#ifndef FAULTS_APP_H
#define FAULTS_APP_H

#include <stdint.h>

#include "../mailbox.h"

#define mailbox ((volatile struct mailbox *)MAILBOX_ADDRESS)

#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define SCB_VTOR  0xE000ED08u
#define SCB_CCR   0xE000ED14u
#define SCB_SHCSR 0xE000ED24u
#define SCB_CPACR 0xE000ED88u
#define MPU_CTRL  0xE000ED94u
#define MPU_RNR   0xE000ED98u
#define MPU_RBAR  0xE000ED9Cu
#define MPU_RLAR  0xE000EDA0u

#define IRQ_LOW  45u /* TIM2, priority 0x80 */
#define IRQ_HIGH 46u /* TIM3, priority 0x40 */

/* main.c */
extern uint32_t vectors[];

/* code.S: known values in r4 to r11, then the code. */
void run_fault(uint32_t code);
void skip_usage(void); /* a handler that steps over a half-word instruction */
void skip_memory(void);
void undefined(void); /* a handler that faults */

#define FAULT(name, preparation, end, words)                                                       \
    void fault_##name(void);                                                                       \
    extern const char fault_##name##_at[];
#include "faults.def"
#undef FAULT

#endif
