/* Vector table, reset handler and hand-over of a boot stage.
 *
 * The stack is sealed (two words of an impossible exception return above it) and limited before the
 * first C instruction, so nothing can be unwound through it from the other world.
 */
#include "bootrom/boot_program.h"

#include "bootrom/handoff.h"

#define STACK_SEAL 0xFEF5EDA5

/* From the linker script. */
extern uint32_t boot_ram_start[], boot_stack_limit[], boot_stack_seal[];
extern uint32_t boot_bss_start[], boot_bss_end[];

#define TEXT_(value) #value
#define TEXT(value)  TEXT_(value)

/* First of all breakpoints go off: an application can set them on any instruction, and they
 * outlive a reset. FP_CTRL: KEY, not ENABLE. */
__attribute__((naked, noreturn)) static void boot_reset(void)
{
    __asm volatile("cpsid i\n"
                   "ldr  r0, =0xE0002000\n"
                   "movs r1, #2\n"
                   "str  r1, [r0]\n"
                   "dsb\n"
                   "isb\n"
                   "ldr  r0, =boot_stack_limit\n"
                   "msr  msplim, r0\n"
                   "ldr  r1, =boot_stack_seal\n"
                   "msr  msp, r1\n"
                   "ldr  r2, =" TEXT(STACK_SEAL) "\n"
                                                 "strd r2, r2, [r1]\n"
                                                 "ldr  r0, =boot_bss_start\n"
                                                 "ldr  r1, =boot_bss_end\n"
                                                 "movs r2, #0\n"
                                                 "1: cmp r0, r1\n"
                                                 "bhs  2f\n"
                                                 "str  r2, [r0], #4\n"
                                                 "b    1b\n"
                                                 "2: bl boot_main\n"
                                                 "b    .\n");
}

__attribute__((naked, noreturn)) void boot_jump(uint32_t vectors __attribute__((unused)))
{
    __asm volatile("cpsid i\n"
                   "ldr  r1, =0xE000ED08\n" /* VTOR */
                   "str  r0, [r1]\n"
                   "dsb\n"
                   "ldr  r1, =boot_ram_start\n"
                   "ldr  r2, =boot_stack_seal + 8\n"
                   "movs r3, #0\n"
                   "1: str r3, [r1], #4\n"
                   "cmp  r1, r2\n"
                   "blo  1b\n"
                   "msr  msplim, r3\n"
                   "msr  psplim, r3\n"
                   "ldr  r1, [r0]\n"
                   "msr  msp, r1\n"
                   "msr  psp, r3\n"
                   "ldr  lr, [r0, #4]\n"
                   "mov  r0, r3\n"
                   "mov  r1, r3\n"
                   "mov  r2, r3\n"
                   "mov  r4, r3\n"
                   "mov  r5, r3\n"
                   "mov  r6, r3\n"
                   "mov  r7, r3\n"
                   "mov  r8, r3\n"
                   "mov  r9, r3\n"
                   "mov  r10, r3\n"
                   "mov  r11, r3\n"
                   "mov  r12, r3\n"
                   "msr  apsr_nzcvq, r3\n"
                   "cpsie i\n" /* as after a reset; nothing is enabled */
                   "isb\n"
                   "bx   lr\n");
}

extern const void *const boot_vectors[16];
__attribute__((section(".vectors"), used)) const void *const boot_vectors[16] = {
    boot_stack_seal, boot_reset, boot_nmi,   boot_fault, boot_fault, boot_fault,
    boot_fault,      boot_fault, boot_fault, boot_fault, boot_fault, boot_fault,
    boot_fault,      boot_fault, boot_fault, boot_fault,
};
