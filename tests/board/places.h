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

#endif
