/* What the hostile application's files share. An attack is a function of one argument; it returns
 * if it survives. 0 = nothing gained; anything else is told with mailbox->detail. */
#ifndef HOSTILE_APP_H
#define HOSTILE_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "../mailbox.h"
#include "../places.h"
#include "chip/stm32u585.h"
#include "mv_syscalls.h"

#define mailbox ((volatile struct mailbox *)MAILBOX_ADDRESS)

#define REG(address)   (*(volatile uint32_t *)(uintptr_t)(address))
#define REG8(address)  (*(volatile uint8_t *)(uintptr_t)(address))
#define REG16(address) (*(volatile uint16_t *)(uintptr_t)(address))

/* The processor's registers as the Non-secure state sees them (Armv8-M D1.2). */
#define SYST_CSR  0xE000E010u
#define SYST_RVR  0xE000E014u
#define SYST_CVR  0xE000E018u
#define NVIC_ISER 0xE000E100u
#define NVIC_ICER 0xE000E180u
#define NVIC_ISPR 0xE000E200u
#define NVIC_ICPR 0xE000E280u
#define NVIC_ITNS 0xE000E380u
#define NVIC_IPR  0xE000E400u
#define SCB_ICSR  0xE000ED04u
#define SCB_VTOR  0xE000ED08u
#define SCB_AIRCR 0xE000ED0Cu
#define SCB_SCR   0xE000ED10u
#define SCB_CCR   0xE000ED14u
#define SCB_SHPR1 0xE000ED18u
#define SCB_SHCSR 0xE000ED24u
#define SCB_CFSR  0xE000ED28u
#define SCB_HFSR  0xE000ED2Cu
#define SCB_CPACR 0xE000ED88u
#define SCB_NSACR 0xE000ED8Cu
#define MPU_CTRL  0xE000ED94u
#define MPU_RNR   0xE000ED98u
#define MPU_RBAR  0xE000ED9Cu
#define MPU_RLAR  0xE000EDA0u
#define SAU_CTRL  0xE000EDD0u
#define NVIC_STIR 0xE000EF00u
#define FPU_FPCCR 0xE000EF34u
#define FPU_FPCAR 0xE000EF38u
#define NS_ALIAS  0x20000u /* Secure code's window to the Non-secure bank */

#define IRQ_USED 45u /* TIM2: pended by software */

/* main.c */
extern uint32_t vectors[];                      /* the table in RAM that VTOR points to */
extern void (*volatile interrupt_action)(void); /* what IRQ_USED does */
extern volatile uint32_t interrupts_taken;
void any_interrupt(void); /* what every vector starts with */
uint32_t found(uint32_t code, uint32_t a, uint32_t b, uint32_t c);
void in_interrupt(void (*action)(void)); /* runs it in the handler of IRQ_USED */
void spin(uint32_t loops);
void wait_us(uint32_t time_us);

/* Functions that no compiler should look into (low.S). */
uint32_t call4(uint32_t address, uint32_t r0, uint32_t r1, uint32_t r2, uint32_t r3);
void jump(uint32_t address);
void jump_with_link(uint32_t address, uint32_t link);
void set_stack_and_call(uint32_t stack, uint32_t address);
void touch_fpu(uint32_t value);
void run_on_process_stack(uint32_t stack, void (*function)(void));

#define ATTACK_FUNCTION(function) uint32_t attack_##function(uint32_t argument);
#include "functions.def"
#undef ATTACK_FUNCTION

#endif
