/* Hexadecimal text and random identifiers: see hex.h. */
#include "cloud/base/hex.h"

#include <stdlib.h>

#include <openssl/rand.h>

#include "cloud/base/journal.h"

void hex_text(char *out, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * size] = '\0';
}

void random_fill(uint8_t *out, size_t size)
{
    if (RAND_bytes(out, (int)size) != 1) {
        journal(JOURNAL_ERROR, "main", "no randomness");
        abort();
    }
}

void sid_make(char out[SID_TEXT], const char prefix[2])
{
    uint8_t bytes[16];
    random_fill(bytes, sizeof bytes);
    out[0] = prefix[0];
    out[1] = prefix[1];
    hex_text(out + 2, bytes, sizeof bytes);
}
