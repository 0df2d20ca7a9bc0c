/* Kernel image header: encode, decode, bounds. See image.h for the format. */
#include "formats/image.h"

#include <stdbool.h>
#include <string.h>

/* Offsets of the header's fields. Everything between TEXT's end and the signature is zero. */
enum {
    AT_MAGIC = 0x00,
    AT_HEADER_VERSION = 0x04,
    AT_BODY_SIZE = 0x08,
    AT_VENEERS_SIZE = 0x0C,
    AT_VECTORS_OFFSET = 0x10,
    AT_VERSION = 0x14,
    AT_RATCHET = 0x18,
    AT_DEVICE_TYPE = 0x1C,
    AT_SIGNER_ID = 0x20,
    AT_TEXT = 0x28,
    AT_RESERVED = AT_TEXT + IMAGE_VERSION_TEXT_MAX,
};

static void put32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static uint32_t get32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

void image_header_encode(const struct image_header *header, uint8_t out[IMAGE_HEADER_SIZE])
{
    memset(out, 0, IMAGE_HEADER_SIZE);
    put32(out + AT_MAGIC, IMAGE_MAGIC);
    put32(out + AT_HEADER_VERSION, IMAGE_HEADER_VERSION);
    put32(out + AT_BODY_SIZE, header->body_size);
    put32(out + AT_VENEERS_SIZE, IMAGE_VENEERS_SIZE);
    put32(out + AT_VECTORS_OFFSET, header->vectors_offset);
    put32(out + AT_VERSION, header->version);
    put32(out + AT_RATCHET, header->ratchet);
    put32(out + AT_DEVICE_TYPE, header->device_type);
    put32(out + AT_SIGNER_ID, (uint32_t)header->signer_id);
    put32(out + AT_SIGNER_ID + 4, (uint32_t)(header->signer_id >> 32));
    size_t length = strnlen(header->version_text, IMAGE_VERSION_TEXT_MAX - 1);
    memcpy(out + AT_TEXT, header->version_text, length);
}

static bool text_good(const uint8_t *text)
{
    unsigned length = 0;
    while (length < IMAGE_VERSION_TEXT_MAX && text[length] >= 0x20 && text[length] < 0x7F) {
        length++;
    }
    if (length == 0 || length == IMAGE_VERSION_TEXT_MAX) {
        return false;
    }
    for (unsigned i = length; i < IMAGE_VERSION_TEXT_MAX; i++) {
        if (text[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool reserved_zero(const uint8_t *in)
{
    uint8_t any = 0;
    for (unsigned i = AT_RESERVED; i < IMAGE_SIGNATURE_OFFSET; i++) {
        any |= in[i];
    }
    return any == 0;
}

static bool sizes_good(const struct image_header *header, uint32_t veneers_size)
{
    /* The first two vectors must lie inside the body. */
    return header->body_size >= 16 && header->body_size <= IMAGE_BODY_SIZE_MAX &&
           header->body_size % 16 == 0 && veneers_size == IMAGE_VENEERS_SIZE &&
           header->vectors_offset >= IMAGE_HEADER_SIZE && header->vectors_offset % 512 == 0 &&
           header->vectors_offset - IMAGE_HEADER_SIZE <= header->body_size - 8;
}

enum image_error image_header_decode(const uint8_t in[IMAGE_HEADER_SIZE],
                                     struct image_header *header)
{
    memset(header, 0, sizeof *header);
    if (get32(in + AT_MAGIC) != IMAGE_MAGIC) {
        return IMAGE_NO_MAGIC;
    }
    if (get32(in + AT_HEADER_VERSION) != IMAGE_HEADER_VERSION || !reserved_zero(in)) {
        return IMAGE_BAD_HEADER;
    }
    header->body_size = get32(in + AT_BODY_SIZE);
    header->vectors_offset = get32(in + AT_VECTORS_OFFSET);
    if (!sizes_good(header, get32(in + AT_VENEERS_SIZE))) {
        return IMAGE_BAD_SIZE;
    }
    if (!text_good(in + AT_TEXT)) {
        return IMAGE_BAD_TEXT;
    }
    header->version = get32(in + AT_VERSION);
    header->ratchet = get32(in + AT_RATCHET);
    header->device_type = get32(in + AT_DEVICE_TYPE);
    header->signer_id = get32(in + AT_SIGNER_ID) | (uint64_t)get32(in + AT_SIGNER_ID + 4) << 32;
    memcpy(header->version_text, in + AT_TEXT, IMAGE_VERSION_TEXT_MAX);
    return IMAGE_OK;
}

enum image_error image_file_decode(const uint8_t *file, size_t size, struct image_header *header,
                                   const uint8_t **body, const uint8_t **veneers)
{
    *body = NULL;
    *veneers = NULL;
    if (size < IMAGE_HEADER_SIZE) {
        return IMAGE_BAD_SIZE;
    }
    enum image_error error = image_header_decode(file, header);
    if (error != IMAGE_OK) {
        return error;
    }
    if (size != (size_t)IMAGE_HEADER_SIZE + header->body_size + IMAGE_VENEERS_SIZE) {
        return IMAGE_BAD_SIZE;
    }
    *body = file + IMAGE_HEADER_SIZE;
    *veneers = *body + header->body_size;
    return IMAGE_OK;
}
