/* CRC unit: any polynomial of 7, 8, 16 or 32 bits; byte, half-word and word writes feed that many
 * bits, most significant first (RM0456 chapter 24).
 */
#include "soc/soc_state.h"

static uint32_t reverse(uint32_t value, unsigned bits)
{
    uint32_t out = 0;

    for (unsigned i = 0; i < bits; i++) {
        out |= ((value >> i) & 1u) << (bits - 1 - i);
    }
    return out;
}

static unsigned width(const struct soc_crc *crc)
{
    static const uint8_t widths[4] = {32, 16, 8, 7};

    return widths[(crc->cr >> 3) & 3u];
}

/* REV_IN: bits reversed by byte, half-word or word, as far as the access is that wide. */
static uint32_t arrange(const struct soc_crc *crc, uint32_t value, unsigned bits)
{
    unsigned unit = 4u << ((crc->cr >> 5) & 3u); /* 8, 16, 32 for codes 1..3 */
    uint32_t out = 0;

    if (((crc->cr >> 5) & 3u) == 0) {
        return value;
    }
    unit = unit > bits ? bits : unit;
    for (unsigned at = 0; at < bits; at += unit) {
        uint32_t mask = unit == 32 ? 0xFFFFFFFFu : (1u << unit) - 1u;

        out |= reverse((value >> at) & mask, unit) << at;
    }
    return out;
}

static void feed(struct soc_crc *crc, uint32_t value, unsigned bits)
{
    unsigned top = width(crc) - 1;
    uint32_t mask = top == 31 ? 0xFFFFFFFFu : (2u << top) - 1u;

    value = arrange(crc, value, bits);
    for (unsigned i = bits; i-- > 0;) {
        uint32_t carry = ((crc->dr >> top) ^ (value >> i)) & 1u;

        crc->dr = ((crc->dr << 1) ^ (carry ? crc->pol : 0)) & mask;
    }
}

READER(crc)
{
    const struct soc_crc *crc = &soc->crc;
    uint32_t word;

    switch (offset & ~3u) {
    case CRC_DR_OFS:
        word = crc->cr & 0x80u ? reverse(crc->dr, width(crc)) : crc->dr;
        break;
    case CRC_IDR_OFS:
        word = crc->idr;
        break;
    case CRC_CR_OFS:
        word = crc->cr;
        break;
    case CRC_INIT_OFS:
        word = crc->init;
        break;
    case CRC_POL_OFS:
        word = crc->pol;
        break;
    default:
        word = soc_stored_read(soc, block, offset & ~3u);
        break;
    }
    (void)access;
    return word >> (8 * (offset & 3u));
}

WRITER(crc)
{
    struct soc_crc *crc = &soc->crc;

    switch (offset) {
    case CRC_DR_OFS:
        feed(crc, value, 8u * access.size);
        break;
    case CRC_IDR_OFS:
        crc->idr = value;
        break;
    case CRC_CR_OFS:
        crc->cr = value & 0xF8u;
        if (value & 1u) {
            crc->dr = crc->init;
        }
        break;
    case CRC_INIT_OFS:
        crc->init = value;
        crc->dr = value;
        break;
    case CRC_POL_OFS:
        crc->pol = value;
        break;
    default:
        soc_stored_write(soc, block, offset & ~3u, value);
        break;
    }
}

RESETTER(crc)
{
    (void)block;
    soc->crc = (struct soc_crc){.dr = 0xFFFFFFFFu, .init = 0xFFFFFFFFu, .pol = 0x04C11DB7u};
}
