/* Header, one-pass writer and reader of channel messages: see channel.h. */
#include "formats/channel.h"

#include <string.h>

bool channel_header_parse(const uint8_t in[CHANNEL_HEADER_BYTES], struct channel_header *header)
{
    struct channel_reader reader;
    channel_read(&reader, in, CHANNEL_HEADER_BYTES);
    header->type = (uint8_t)channel_get_u8(&reader);
    reader.at = 4; /* flags and a reserved half-word */
    header->body_bytes = channel_get_u32(&reader);
    return header->body_bytes <= CHANNEL_MESSAGE_MAX - CHANNEL_HEADER_BYTES;
}

void channel_begin(struct channel_writer *writer, uint8_t *out, uint32_t size)
{
    writer->out = out;
    writer->size = size < CHANNEL_MESSAGE_MAX ? size : CHANNEL_MESSAGE_MAX;
    writer->used = CHANNEL_HEADER_BYTES;
    writer->overflow = writer->size < CHANNEL_HEADER_BYTES;
}

void channel_put_bytes(struct channel_writer *writer, const void *bytes, uint32_t size)
{
    if (writer->overflow || size > writer->size - writer->used) {
        writer->overflow = true;
        return;
    }
    if (size > 0)
        memcpy(writer->out + writer->used, bytes, size);
    writer->used += size;
}

static void put_be(struct channel_writer *writer, uint32_t value, unsigned bytes)
{
    const uint8_t out[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                            (uint8_t)value};
    channel_put_bytes(writer, out + 4 - bytes, bytes);
}

void channel_put_u8(struct channel_writer *writer, uint32_t value)
{
    put_be(writer, value < 255 ? value : 255, 1);
}

void channel_put_u16(struct channel_writer *writer, uint32_t value)
{
    if (value > CHANNEL_STRING_MAX)
        writer->overflow = true;
    put_be(writer, value, 2);
}

void channel_put_u32(struct channel_writer *writer, uint32_t value)
{
    put_be(writer, value, 4);
}

void channel_put_string(struct channel_writer *writer, const void *bytes, uint32_t size)
{
    channel_put_u16(writer, size);
    channel_put_bytes(writer, bytes, size);
}

uint32_t channel_end(struct channel_writer *writer, enum channel_type type)
{
    uint32_t used = writer->used;
    if (writer->overflow)
        return 0;
    writer->used = 0;
    channel_put_u8(writer, type);
    put_be(writer, 0, 3);
    channel_put_u32(writer, used - CHANNEL_HEADER_BYTES);
    writer->used = used;
    return used;
}

void channel_read(struct channel_reader *reader, const uint8_t *in, uint32_t size)
{
    reader->in = in;
    reader->size = size;
    reader->at = 0;
    reader->bad = false;
}

static struct channel_text get_bytes(struct channel_reader *reader, uint32_t size)
{
    struct channel_text text = {reader->in + reader->at, size};
    if (reader->bad || size > reader->size - reader->at) {
        reader->bad = true;
        text.size = 0;
        return text;
    }
    reader->at += size;
    return text;
}

static uint32_t get_be(struct channel_reader *reader, uint32_t bytes)
{
    struct channel_text text = get_bytes(reader, bytes);
    uint32_t value = 0;
    for (uint32_t i = 0; i < text.size; i++)
        value = (value << 8) | text.bytes[i];
    return value;
}

uint32_t channel_get_u8(struct channel_reader *reader)
{
    return get_be(reader, 1);
}

uint32_t channel_get_u16(struct channel_reader *reader)
{
    return get_be(reader, 2);
}

uint32_t channel_get_u32(struct channel_reader *reader)
{
    return get_be(reader, 4);
}

struct channel_text channel_get_string(struct channel_reader *reader)
{
    return get_bytes(reader, channel_get_u16(reader));
}

struct channel_text channel_get_rest(struct channel_reader *reader)
{
    return get_bytes(reader, reader->size - reader->at);
}
