/* Tunnel frames and payloads: see tunnel.h and docs/tunnel.md. */
#include "formats/tunnel.h"

#include <string.h>

#include <pb_decode.h>
#include <pb_encode.h>

#define OPEN_BYTES_COMMON  8u
#define OPEN_BYTES_FETCH   (OPEN_BYTES_COMMON + TUNNEL_HASH_BYTES + 8u)
#define OPEN_BYTES_CHANNEL (OPEN_BYTES_COMMON + 8u)

_Static_assert(tunnel_ControlMessage_size <= TUNNEL_PAYLOAD_MAX,
               "a control message fits one frame");

static void put_u16(uint8_t *out, uint16_t value)
{
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
}

static uint16_t get_u16(const uint8_t *in)
{
    return (uint16_t)((in[0] << 8) | in[1]);
}

void tunnel_put_u32(uint8_t out[4], uint32_t value)
{
    put_u16(out, (uint16_t)(value >> 16));
    put_u16(out + 2, (uint16_t)value);
}

uint32_t tunnel_get_u32(const uint8_t in[4])
{
    return ((uint32_t)get_u16(in) << 16) | get_u16(in + 2);
}

/* What a known type demands of stream number and payload length; 0 if it is kept. */
static int32_t frame_check(const struct tunnel_frame *frame)
{
    bool on_stream = frame->stream != 0;
    switch (frame->type) {
    case TUNNEL_CONTROL:
        return on_stream ? TUNNEL_ERROR_STREAM : 0;
    case TUNNEL_OPEN:
        if (!on_stream)
            return TUNNEL_ERROR_STREAM;
        return frame->length >= OPEN_BYTES_COMMON ? 0 : TUNNEL_ERROR_PAYLOAD;
    case TUNNEL_DATA:
        if (!on_stream)
            return TUNNEL_ERROR_STREAM;
        return frame->length > 0 ? 0 : TUNNEL_ERROR_PAYLOAD;
    case TUNNEL_ACCEPT:
    case TUNNEL_CREDIT:
    case TUNNEL_CLOSE:
        if (!on_stream)
            return TUNNEL_ERROR_STREAM;
        return frame->length == 4 ? 0 : TUNNEL_ERROR_PAYLOAD;
    default:
        return 0;
    }
}

int32_t tunnel_frame_parse(const uint8_t *in, size_t size, struct tunnel_frame *frame)
{
    if (size < TUNNEL_HEADER_BYTES)
        return 0;
    frame->type = in[0];
    frame->stream = get_u16(in + 2);
    frame->length = get_u16(in + 4);
    frame->payload = in + TUNNEL_HEADER_BYTES;
    if (frame->length > TUNNEL_PAYLOAD_MAX)
        return TUNNEL_ERROR_LENGTH;
    int32_t error = frame_check(frame);
    if (error != 0)
        return error;
    if (size - TUNNEL_HEADER_BYTES < frame->length)
        return 0;
    return (int32_t)(TUNNEL_HEADER_BYTES + frame->length);
}

int32_t tunnel_frame_write(uint8_t *out, size_t size, uint8_t type, uint16_t stream,
                           const uint8_t *payload, size_t length)
{
    if (length > TUNNEL_PAYLOAD_MAX)
        return TUNNEL_ERROR_LENGTH;
    if (size < TUNNEL_HEADER_BYTES + length)
        return TUNNEL_ERROR_SPACE;
    if (length > 0 && payload != out + TUNNEL_HEADER_BYTES)
        memmove(out + TUNNEL_HEADER_BYTES, payload, length);
    out[0] = type;
    out[1] = 0;
    put_u16(out + 2, stream);
    put_u16(out + 4, (uint16_t)length);
    put_u16(out + 6, 0);
    return (int32_t)(TUNNEL_HEADER_BYTES + length);
}

int32_t tunnel_frame_write_u32(uint8_t *out, size_t size, uint8_t type, uint16_t stream,
                               uint32_t value)
{
    uint8_t payload[4];
    tunnel_put_u32(payload, value);
    return tunnel_frame_write(out, size, type, stream, payload, sizeof payload);
}

uint32_t tunnel_frame_u32(const struct tunnel_frame *frame)
{
    return frame->length >= 4 ? tunnel_get_u32(frame->payload) : 0;
}

static bool is_channel(uint8_t kind)
{
    return kind == TUNNEL_HTTP || kind == TUNNEL_MQTT || kind == TUNNEL_CONFIG;
}

int32_t tunnel_frame_write_open(uint8_t *out, size_t size, uint16_t stream,
                                const struct tunnel_open *open)
{
    uint8_t payload[OPEN_BYTES_FETCH] = {0};
    size_t length = OPEN_BYTES_COMMON;
    payload[0] = open->kind;
    tunnel_put_u32(payload + 4, open->credit);
    if (open->kind == TUNNEL_FETCH) {
        memcpy(payload + 8, open->hash, TUNNEL_HASH_BYTES);
        tunnel_put_u32(payload + 40, open->offset);
        tunnel_put_u32(payload + 44, open->length);
        length = OPEN_BYTES_FETCH;
    } else if (is_channel(open->kind)) {
        payload[8] = open->version;
        tunnel_put_u32(payload + 12, open->receive_bytes);
        length = OPEN_BYTES_CHANNEL;
    }
    return tunnel_frame_write(out, size, TUNNEL_OPEN, stream, payload, length);
}

static bool parse_channel_open(const struct tunnel_frame *frame, struct tunnel_open *open)
{
    if (frame->length < OPEN_BYTES_CHANNEL)
        return false;
    open->version = frame->payload[8];
    open->receive_bytes = tunnel_get_u32(frame->payload + 12);
    return true;
}

bool tunnel_open_parse(const struct tunnel_frame *frame, struct tunnel_open *open)
{
    memset(open, 0, sizeof *open);
    if (frame->length < OPEN_BYTES_COMMON)
        return false;
    open->kind = frame->payload[0];
    open->credit = tunnel_get_u32(frame->payload + 4);
    if (is_channel(open->kind))
        return parse_channel_open(frame, open);
    if (open->kind != TUNNEL_FETCH)
        return true;
    if (frame->length < OPEN_BYTES_FETCH)
        return false;
    memcpy(open->hash, frame->payload + 8, TUNNEL_HASH_BYTES);
    open->offset = tunnel_get_u32(frame->payload + 40);
    open->length = tunnel_get_u32(frame->payload + 44);
    return true;
}

int32_t tunnel_control_write(uint8_t *out, size_t size, const tunnel_ControlMessage *message)
{
    if (size < TUNNEL_HEADER_BYTES)
        return TUNNEL_ERROR_SPACE;
    uint8_t *payload = out + TUNNEL_HEADER_BYTES;
    pb_ostream_t stream = pb_ostream_from_buffer(payload, size - TUNNEL_HEADER_BYTES);
    if (!pb_encode(&stream, tunnel_ControlMessage_fields, message))
        return TUNNEL_ERROR_SPACE;
    return tunnel_frame_write(out, size, TUNNEL_CONTROL, 0, payload, stream.bytes_written);
}

bool tunnel_control_parse(const struct tunnel_frame *frame, tunnel_ControlMessage *message)
{
    memset(message, 0, sizeof *message);
    pb_istream_t stream = pb_istream_from_buffer(frame->payload, frame->length);
    return pb_decode(&stream, tunnel_ControlMessage_fields, message);
}

bool tunnel_credit_add(uint32_t *credit, uint32_t more)
{
    if (*credit > TUNNEL_CREDIT_MAX || more > TUNNEL_CREDIT_MAX - *credit)
        return false;
    *credit += more;
    return true;
}

bool tunnel_sid_valid(const char *sid, const char prefix[2])
{
    if (sid[0] != prefix[0] || sid[1] != prefix[1])
        return false;
    for (int i = 2; i < 34; i++) {
        bool digit = sid[i] >= '0' && sid[i] <= '9';
        bool lower = sid[i] >= 'a' && sid[i] <= 'f';
        bool upper = sid[i] >= 'A' && sid[i] <= 'F';
        if (!digit && !lower && !upper)
            return false;
    }
    return sid[34] == '\0';
}
