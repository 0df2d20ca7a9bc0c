/* CRC-32 (IEEE 802.3, reflected, as in zip and Ethernet), without a table. */
#ifndef FORMATS_CRC32_H
#define FORMATS_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Continues from `crc` (0 to begin) over `size` bytes. crc32_ieee(0, "123456789", 9) is 0xCBF43926.
 */
uint32_t crc32_ieee(uint32_t crc, const void *data, size_t size);

#endif
