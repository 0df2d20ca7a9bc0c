/* What preboot and bootrom share: the start of a program before there is a kernel. */
#ifndef FIRMWARE_BOOTROM_BOOT_PROGRAM_H
#define FIRMWARE_BOOTROM_BOOT_PROGRAM_H

#include <stdint.h>

#define SCB_VTOR  0xE000ED08u
#define SCB_AIRCR 0xE000ED0Cu

/* Sets the vector table and both stack registers from it and jumps to its reset handler. Clears the
 * boot stages' RAM and every register first. Never returns. */
__attribute__((noreturn)) void boot_jump(uint32_t vectors);

/* The C entry of the program, called on a sealed and limited stack with zeroed data. */
__attribute__((noreturn)) void boot_main(void);
/* Handlers that the program provides. */
void boot_nmi(void);
__attribute__((noreturn)) void boot_fault(void);

#endif
