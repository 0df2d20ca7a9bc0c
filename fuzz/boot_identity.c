/* Factory records with a right CRC and arbitrary content. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "formats/crc32.h"
#include "formats/identity.h"

#define AT_CRC    12
#define AT_FIELDS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t record[IDENTITY_SIZE], again[IDENTITY_SIZE];
    struct identity identity;
    memset(record, 0, sizeof record);
    memcpy(record, data, size < sizeof record ? size : sizeof record);
    uint32_t crc = crc32_ieee(0, record + AT_FIELDS, sizeof record - AT_FIELDS);
    memcpy(record + AT_CRC, &crc, sizeof crc);
    if (identity_decode(record, sizeof record, &identity) == IDENTITY_OK &&
        identity_encode(&identity, again) != IDENTITY_OK) {
        __builtin_trap(); /* what decodes, encodes */
    }
    return 0;
}
