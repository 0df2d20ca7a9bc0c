/* Numbers of the SAU regions, and memory that layout.h does not name. */
#ifndef KERNEL_ISOLATION_SAU_H
#define KERNEL_ISOLATION_SAU_H

#define SAU_REGION_FLASH       0
#define SAU_REGION_INFO        1
#define SAU_REGION_SRAM4       2
#define SAU_REGION_PERIPHERALS 3
#define SAU_REGION_SRAM        4
#define SAU_REGION_VENEERS     5
#define SAU_REGION_EXTERNAL    6

#define SAU_SRAM4_BASE 0x28000000u
#define SAU_SRAM4_SIZE 0x4000u

#endif
