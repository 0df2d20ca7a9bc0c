/* Where the secure world is, for those who should not be there (firmware/layout.h). */
#ifndef TESTS_BOARD_PLACES_H
#define TESTS_BOARD_PLACES_H

/* Memory that is not the application's. */
#define SECURE_RAM    0x30090000u
#define SECURE_FLASH  0x0C110400u
#define PREBOOT       0x0C100000u
#define VENEERS       0x0C1FE000u
#define NS_BANK2      0x08100000u
#define NS_KERNEL_RAM 0x20080000u

/* Arguments that the driver replaces by addresses of the kernel's functions. */
#define ARGUMENT_THREAD    0xFFFF0001u /* net_poll: the work thread */
#define ARGUMENT_INTERRUPT 0xFFFF0002u /* time_irq: an interrupt of the kernel */
#define ARGUMENT_BOOT      0xFFFF0004u /* boot_main of the bootrom */
#define ARGUMENT_CALL      0xFFFF0003u /* call_mvGetDeviceId: a call */

#endif
