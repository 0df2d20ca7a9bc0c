/* External SPI NOR flash on OCTOSPI1, single line, indirect mode (RM0456 28).
 *
 * For parts of the W25Q/MX25 class with 24-bit addresses, 4 KiB sectors, 64 KiB blocks and 256-byte
 * pages. Only the kernel-work thread calls these functions. This header is the shim that the host's
 * tests replace by a model in RAM.
 */
#ifndef FIRMWARE_DRIVERS_NOR_H
#define FIRMWARE_DRIVERS_NOR_H

#include <stdbool.h>
#include <stdint.h>

/* Pins that the driver takes: PA2, PB10, PC1, PC2. They stay secure. */
#define NOR_PORT_A_MASK 0x0004u
#define NOR_PORT_B_MASK 0x0400u
#define NOR_PORT_C_MASK 0x0006u

#define NOR_SECTOR_SIZE 0x1000u
#define NOR_BLOCK_SIZE  0x10000u

/* A function that passes `time_us` usefully while the chip programs or erases; NULL (the default)
 * polls. */
void nor_set_wait(void (*wait_us)(uint32_t time_us));
/* Sets pins, clock and controller up, resets the chip and identifies it. False: no usable chip. */
bool nor_init(void);
/* Size of the chip found; 0 without one. */
uint32_t nor_size(void);
/* Its JEDEC id: manufacturer, type, capacity; one byte each, the first one highest. */
uint32_t nor_id(void);
/* The functions below return false if the range is not inside the chip, or the chip or the
 * controller does not answer in time. */
bool nor_read(uint32_t address, void *data, uint32_t size);
/* Bits only go from 1 to 0; may cross pages. */
bool nor_program(uint32_t address, const void *data, uint32_t size);
/* Erases the 4 KiB sector or 64 KiB block that starts at `address`. */
bool nor_erase_sector(uint32_t address);
bool nor_erase_block(uint32_t address);

#endif
