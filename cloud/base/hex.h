/* Hexadecimal text and random identifiers. */
#ifndef CLOUD_BASE_HEX_H
#define CLOUD_BASE_HEX_H

#include <stddef.h>
#include <stdint.h>

#define SID_TEXT 35 /* two capitals, 32 lower-case hex digits, NUL */

/* Writes 2 × size lower-case digits and a NUL. */
void hex_text(char *out, const uint8_t *bytes, size_t size);

/* Writes a new random SID ("UV", "KA", "AC"); ends the program if there is no randomness. */
void sid_make(char out[SID_TEXT], const char prefix[2]);

/* Fills with random bytes; ends the program if there are none. */
void random_fill(uint8_t *out, size_t size);

#endif
