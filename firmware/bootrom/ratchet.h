/* Rollback ratchet: the highest security version of a kernel that ever booted here.
 *
 * A log in its own flash page, one quad-word an entry {RATCHET_MARK, value, ~value, RATCHET_MARK ^
 * value}. The page lies in the hide-protected area: once the kernel runs nobody can read or write
 * it. Entries only ever raise the value; torn ones do not count. The page is never erased.
 */
#ifndef FIRMWARE_BOOTROM_RATCHET_H
#define FIRMWARE_BOOTROM_RATCHET_H

#include <stdbool.h>
#include <stdint.h>

/* The highest value in the log; 0 while it is empty. */
uint32_t ratchet_read(void);
/* Appends `value`; false if the page is full or the flash refused. */
bool ratchet_raise(uint32_t value);

#endif
