/* PPP in HDLC-like framing (RFC 1662): octet stuffing and the 16-bit frame check sequence.
 *
 * Pure functions over buffers. A frame here is what stands between two flags, unstuffed and without
 * its check sequence: [address control] protocol information.
 */
#ifndef SIM_BOARD_HDLC_H
#define SIM_BOARD_HDLC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HDLC_FRAME_MAX 1600u /* unstuffed, check sequence included */
#define HDLC_ACCM_ALL  0xFFFFFFFFu
/* Bytes that hdlc_encode may need for a frame of `size` bytes. */
#define HDLC_ENCODED_MAX(size) (2 * ((size) + 2) + 2)

/* Collects one frame at a time from a byte stream. */
struct hdlc_receiver {
    uint8_t frame[HDLC_FRAME_MAX];
    uint32_t size;
    uint32_t accm; /* control characters that count only when escaped */
    bool escaped;
    bool overflow;
    uint64_t good;
    uint64_t bad; /* wrong check sequence, aborted, too short or too long */
};

void hdlc_receiver_init(struct hdlc_receiver *receiver);
/* Takes one byte from the line. Returns the size of a complete, checked frame now in
 * receiver->frame (valid until the next call), else 0. */
uint32_t hdlc_receive(struct hdlc_receiver *receiver, uint8_t byte);
/* Frames and stuffs `size` bytes, escaping the control characters named in `accm`, into `out` (of
 * HDLC_ENCODED_MAX(size) bytes). Returns the number of bytes written. */
size_t hdlc_encode(const uint8_t *frame, size_t size, uint32_t accm, uint8_t *out);
/* The running frame check sequence of RFC 1662 appendix C; start with 0xFFFF. */
uint16_t hdlc_fcs(uint16_t fcs, const uint8_t *data, size_t size);

#endif
