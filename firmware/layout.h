/* Where everything of the secure world lives. Also included by the linker scripts, so: numbers
 * only.
 *
 * Bank 1 (0x08000000, 1 MiB) is the application's and non-secure. Bank 2 is the secure world's,
 * used through its secure alias. HDP2 hides pages 0 to 3 once the kernel runs.
 */
#ifndef FIRMWARE_LAYOUT_H
#define FIRMWARE_LAYOUT_H

#define LAYOUT_FLASH_PAGE_SIZE 0x2000

#define LAYOUT_APP_FLASH_BASE 0x08000000 /* non-secure alias */
#define LAYOUT_APP_FLASH_SIZE 0x100000

#define LAYOUT_BANK2_BASE    0x0C100000
#define LAYOUT_PREBOOT_BASE  0x0C100000 /* bank 2 page 0 */
#define LAYOUT_PREBOOT_SIZE  0x2000
#define LAYOUT_BOOTROM_BASE  0x0C102000 /* pages 1..2 */
#define LAYOUT_BOOTROM_SIZE  0x4000
#define LAYOUT_RATCHET_BASE  0x0C106000 /* page 3: rollback ratchet, written by the bootrom only */
#define LAYOUT_RATCHET_SIZE  0x2000
#define LAYOUT_HDP_LAST_PAGE 3
#define LAYOUT_UPGRADER_BASE 0x0C108000 /* pages 4..7 */
#define LAYOUT_UPGRADER_SIZE 0x8000

/* Kernel: signed header, then the vector table and code. */
#define LAYOUT_KERNEL_BASE        0x0C110000 /* pages 8..103 */
#define LAYOUT_KERNEL_SIZE        0xC0000
#define LAYOUT_KERNEL_HEADER_SIZE 0x400
#define LAYOUT_KERNEL_VECTORS     0x0C110400

/* Records that outlive kernel updates. */
#define LAYOUT_IDENTITY_BASE 0x0C1D0000 /* page 104: written by the factory step */
#define LAYOUT_IDENTITY_SIZE 0x2000
#define LAYOUT_RECORDS_BASE  0x0C1D2000 /* pages 105..108: kernel record store */
#define LAYOUT_RECORDS_SIZE  0x8000

#define LAYOUT_VENEERS_BASE 0x0C1FE000 /* page 127: non-secure callable */
#define LAYOUT_VENEERS_SIZE 0x2000

/* RAM. The application's: SRAM1, SRAM2, the lower half of SRAM3 (512 KiB at 0x20000000), SRAM4. */
#define LAYOUT_APP_RAM_BASE    0x20000000
#define LAYOUT_APP_RAM_SIZE    0x80000
#define LAYOUT_KERNEL_RAM_BASE 0x30080000 /* upper 256 KiB of SRAM3, secure alias */
#define LAYOUT_KERNEL_RAM_SIZE 0x40000
/* Last KiB of it: what preboot and bootrom tell the kernel (struct boot_handoff). */
#define LAYOUT_HANDOFF_BASE 0x300BFC00
#define LAYOUT_HANDOFF_SIZE 0x400

#endif
