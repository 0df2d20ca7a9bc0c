// Tunnel frames, OPEN payloads and control messages from hostile bytes: nothing out of bounds, and
// what parses survives a round trip.
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/tunnel.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_open(const struct tunnel_frame *frame)
{
    uint8_t out[TUNNEL_FRAME_MAX];
    struct tunnel_open open, back;
    struct tunnel_frame again;
    if (!tunnel_open_parse(frame, &open))
        return;
    int32_t size = tunnel_frame_write_open(out, sizeof out, frame->stream, &open);
    if (size <= 0 || tunnel_frame_parse(out, (size_t)size, &again) != size ||
        !tunnel_open_parse(&again, &back) || memcmp(&open, &back, sizeof open) != 0)
        abort();
}

static void check_control(const struct tunnel_frame *frame)
{
    uint8_t out[TUNNEL_FRAME_MAX];
    tunnel_ControlMessage message, back;
    struct tunnel_frame again;
    if (!tunnel_control_parse(frame, &message))
        return;
    int32_t size = tunnel_control_write(out, sizeof out, &message);
    if (size <= 0 || tunnel_frame_parse(out, (size_t)size, &again) != size ||
        !tunnel_control_parse(&again, &back) || back.which_message != message.which_message)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct tunnel_frame frame;
    size_t at = 0;
    while (at < size) {
        int32_t length = tunnel_frame_parse(bytes + at, size - at, &frame);
        if (length <= 0)
            break;
        if ((size_t)length > size - at || frame.length > TUNNEL_PAYLOAD_MAX)
            abort();
        if (frame.type == TUNNEL_OPEN)
            check_open(&frame);
        else if (frame.type == TUNNEL_CONTROL)
            check_control(&frame);
        at += (size_t)length;
    }
    return 0;
}
