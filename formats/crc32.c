/* CRC-32 by nibbles: 16 words of table, about 8 instructions a byte. */
#include "formats/crc32.h"

static const uint32_t nibble_table[16] = {
    0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
    0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
};

uint32_t crc32_ieee(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc = (crc >> 4) ^ nibble_table[(crc ^ bytes[i]) & 0xF];
        crc = (crc >> 4) ^ nibble_table[(crc ^ (uint32_t)(bytes[i] >> 4)) & 0xF];
    }
    return ~crc;
}
