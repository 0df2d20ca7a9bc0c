// TLS records from hostile bytes: nothing out of bounds, nothing accepted that was not sealed with
// the key, and what was sealed comes out again, whatever came before on another connection.
// fuzz-libs: mv_cloud
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/gateway/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct record_layer fresh = {
    .in = {.key = {1, 2, 3}, .salt = {4, 5}, .sequence = 1},
    .out = {.key = {1, 2, 3}, .salt = {4, 5}, .sequence = 1},
    .key_bytes = 16,
    .text_max = 2048,
};

static void hostile(const uint8_t *bytes, size_t size)
{
    struct record_layer layer = fresh;
    uint8_t type, *text, *record;
    if (size < RECORD_HEADER)
        return;
    size_t whole = record_size(bytes);
    if (whole > RECORD_MAX)
        abort();
    record = malloc(size); // exact, so that the sanitizer sees one byte too far
    if (!record)
        return;
    memcpy(record, bytes, size);
    if (record_open(&layer, record, size, &type, &text) >= 0)
        abort(); // nobody but the key's owner can make one
    free(record);
}

static void honest(const uint8_t *bytes, size_t size)
{
    struct record_layer sender = fresh, receiver = fresh;
    uint8_t type = 0, *text = NULL, record[2048 + RECORD_OVERHEAD];
    if (size > fresh.text_max)
        return;
    sender.key_bytes = receiver.key_bytes = size % 2 ? 32 : 16;
    for (int i = 0; i < 2; i++) {
        if (!record_seal(&sender, RECORD_DATA, bytes, size, record) ||
            record_size(record) != size + RECORD_OVERHEAD)
            abort();
        if (record_open(&receiver, record, size + RECORD_OVERHEAD, &type, &text) != (int)size ||
            type != RECORD_DATA || (size > 0 && memcmp(text, bytes, size) != 0))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    hostile(bytes, size);
    honest(bytes, size);
    return 0;
}
