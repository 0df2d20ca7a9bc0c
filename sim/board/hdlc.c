/* HDLC-like framing after RFC 1662 sections 3 and 4 and appendix C. */
#include "board/hdlc.h"

#include <string.h>

#define FLAG       0x7E
#define ESCAPE     0x7D
#define ESCAPE_XOR 0x20
#define FCS_GOOD   0xF0B8
#define FCS_POLY   0x8408

uint16_t hdlc_fcs(uint16_t fcs, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        fcs ^= data[i];
        for (unsigned bit = 0; bit < 8; bit++)
            fcs = (uint16_t)(fcs & 1 ? fcs >> 1 ^ FCS_POLY : fcs >> 1);
    }
    return fcs;
}

static void restart(struct hdlc_receiver *receiver)
{
    receiver->size = 0;
    receiver->escaped = false;
    receiver->overflow = false;
}

void hdlc_receiver_init(struct hdlc_receiver *receiver)
{
    memset(receiver, 0, sizeof *receiver);
    receiver->accm = HDLC_ACCM_ALL;
}

/* At a flag: is what was collected a whole frame? Empty ones between flags are normal. */
static uint32_t close_frame(struct hdlc_receiver *receiver)
{
    uint32_t size = receiver->size;
    bool usable = size >= 4 && !receiver->escaped && !receiver->overflow &&
                  hdlc_fcs(0xFFFF, receiver->frame, size) == FCS_GOOD;
    bool empty = size == 0 && !receiver->escaped && !receiver->overflow;

    restart(receiver);
    if (usable) {
        receiver->good++;
        return size - 2;
    }
    receiver->bad += !empty;
    return 0;
}

uint32_t hdlc_receive(struct hdlc_receiver *receiver, uint8_t byte)
{
    if (byte == FLAG)
        return close_frame(receiver);
    if (byte == ESCAPE) {
        receiver->escaped = true;
        return 0;
    }
    /* Put in by something on the way (RFC 1662 section 4.2). */
    if (byte < 0x20 && (receiver->accm >> byte & 1) != 0)
        return 0;
    if (receiver->escaped) {
        byte ^= ESCAPE_XOR;
        receiver->escaped = false;
    }
    if (receiver->size == sizeof receiver->frame) {
        receiver->overflow = true;
        return 0;
    }
    receiver->frame[receiver->size++] = byte;
    return 0;
}

static size_t stuff(uint8_t byte, uint32_t accm, uint8_t *out)
{
    if (byte == FLAG || byte == ESCAPE || (byte < 0x20 && (accm >> byte & 1) != 0)) {
        out[0] = ESCAPE;
        out[1] = byte ^ ESCAPE_XOR;
        return 2;
    }
    out[0] = byte;
    return 1;
}

size_t hdlc_encode(const uint8_t *frame, size_t size, uint32_t accm, uint8_t *out)
{
    uint16_t fcs = (uint16_t)~hdlc_fcs(0xFFFF, frame, size);
    size_t used = 0;

    out[used++] = FLAG;
    for (size_t i = 0; i < size; i++)
        used += stuff(frame[i], accm, out + used);
    used += stuff((uint8_t)fcs, accm, out + used);
    used += stuff((uint8_t)(fcs >> 8), accm, out + used);
    out[used++] = FLAG;
    return used;
}
