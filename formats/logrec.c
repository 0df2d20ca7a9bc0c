/* Log records: see logrec.h. */
#include "formats/logrec.h"

#include <stdbool.h>
#include <string.h>

static void put_be(uint8_t *out, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

static uint64_t get_be(const uint8_t *in, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value = (value << 8) | in[i];
    return value;
}

int32_t logrec_parse(const uint8_t *in, size_t size, struct logrec *record)
{
    if (size < LOGREC_HEADER_BYTES)
        return 0;
    if (in[0] != LOGREC_VERSION)
        return LOGREC_ERROR_VERSION;
    record->type = in[1];
    record->text_bytes = (uint16_t)get_be(in + 2, 2);
    record->sequence = (uint32_t)get_be(in + 4, 4);
    record->device_us = get_be(in + 8, 8);
    record->text = in + LOGREC_HEADER_BYTES;
    if (record->text_bytes > LOGREC_TEXT_MAX)
        return LOGREC_ERROR_LENGTH;
    if (size - LOGREC_HEADER_BYTES < record->text_bytes)
        return 0;
    return (int32_t)(LOGREC_HEADER_BYTES + record->text_bytes);
}

int32_t logrec_write(uint8_t *out, size_t size, const struct logrec *record)
{
    if (record->text_bytes > LOGREC_TEXT_MAX)
        return LOGREC_ERROR_LENGTH;
    if (size < LOGREC_HEADER_BYTES + (size_t)record->text_bytes)
        return LOGREC_ERROR_SPACE;
    out[0] = LOGREC_VERSION;
    out[1] = record->type;
    put_be(out + 2, record->text_bytes, 2);
    put_be(out + 4, record->sequence, 4);
    put_be(out + 8, record->device_us, 8);
    if (record->text_bytes > 0)
        memmove(out + LOGREC_HEADER_BYTES, record->text, record->text_bytes);
    return (int32_t)(LOGREC_HEADER_BYTES + record->text_bytes);
}

const char *logrec_type_name(uint8_t type)
{
    switch (type) {
    case LOGREC_CONNECTION:
        return "connection";
    case LOGREC_OTA_UPDATE:
        return "ota_update";
    case LOGREC_APP_LOGGING:
        return "app_logging";
    case LOGREC_CRASH:
        return "crash";
    case LOGREC_KERNEL:
        return "kernel";
    case LOGREC_LOST:
        return "lost";
    default:
        return NULL;
    }
}

/* The well-formed sequences of table 3-7 of the Unicode standard. */
size_t logrec_utf8_length(const uint8_t *in, size_t size)
{
    uint8_t first = in[0], low = 0x80, high = 0xBF;
    size_t length;
    if (first >= 0x01 && first <= 0x7F)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        length = 2;
    else if (first >= 0xE0 && first <= 0xEF)
        length = 3;
    else if (first >= 0xF0 && first <= 0xF4)
        length = 4;
    else
        return 0;
    if (size < length)
        return 0;
    if (first == 0xE0)
        low = 0xA0;
    else if (first == 0xED)
        high = 0x9F;
    else if (first == 0xF0)
        low = 0x90;
    else if (first == 0xF4)
        high = 0x8F;
    if (in[1] < low || in[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if ((in[i] & 0xC0) != 0x80)
            return 0;
    }
    return length;
}

size_t logrec_text_utf8(char *out, size_t size, const uint8_t *text, size_t text_bytes)
{
    static const uint8_t replacement[3] = {0xEF, 0xBF, 0xBD};
    size_t used = 0, at = 0;
    if (size == 0)
        return 0;
    while (at < text_bytes) {
        size_t length = logrec_utf8_length(text + at, text_bytes - at);
        const uint8_t *from = length > 0 ? text + at : replacement;
        size_t bytes = length > 0 ? length : sizeof replacement;
        if (used + bytes + 1 > size)
            break;
        memcpy(out + used, from, bytes);
        used += bytes;
        at += length > 0 ? length : 1;
    }
    out[used] = '\0';
    return used;
}
