/* I2C1-4 as slave of another master on the bus (RM0456 65.4.8): own addresses, general call, clock
 * stretching, byte control with acknowledge by software, overrun without stretching.
 *
 * The other master is the world's: it makes one transfer at 100 kHz as soon as the bus is free, and
 * waits for as long as the chip stretches the clock. If both masters start at once, arbitration is
 * by their addresses; with the same address the chip wins, whatever data follow.
 */
#include "soc/i2c.h"
#include "soc/inject.h"

#include <string.h>

#define BYTE_BITS 9u

uint8_t i2c_pec(uint8_t pec, uint8_t byte)
{
    unsigned crc = pec ^ byte;

    for (unsigned i = 0; i < 8; i++) {
        crc = crc & 0x80u ? (crc << 1) ^ 0x107u : crc << 1;
    }
    return (uint8_t)crc;
}

bool i2c_slave_active(const struct soc_i2c *i2c)
{
    return i2c->other.phase > OTHER_WAITS;
}

static void enter(struct soc *soc, unsigned n, enum soc_i2c_other_phase phase, unsigned bits)
{
    struct soc_i2c_other *other = &soc->i2c[n].other;

    other->phase = phase;
    if (bits > 0) {
        soc_after(soc, &other->step, bits * I2C_OTHER_BIT_PS);
    }
}

static unsigned address_bits(const struct soc_i2c_other *other)
{
    if (!(other->address & SOC_I2C_ADDRESS_10)) {
        return 1 + BYTE_BITS;
    }
    return 1 + 2 * BYTE_BITS + (other->read ? 1 + BYTE_BITS : 0);
}

static void begin(struct soc *soc, unsigned n)
{
    soc->i2c[n].isr |= soc->i2c[n].cr1 & I2C_CR1_PE_Msk ? I2C_ISR_BUSY_Msk : 0;
    enter(soc, n, OTHER_ADDRESS, address_bits(&soc->i2c[n].other));
}

static bool prepare(struct soc_i2c_other *other, unsigned address, bool read, const uint8_t *bytes,
                    size_t count)
{
    unsigned most = address & SOC_I2C_ADDRESS_10 ? SOC_I2C_ADDRESS_10 | 0x3FFu : 0x7Fu;

    if (other->phase != OTHER_NONE || count > sizeof other->bytes || address > most) {
        return false;
    }
    memset(other->bytes, 0, sizeof other->bytes);
    if (!read) {
        memcpy(other->bytes, bytes, count);
    }
    other->address = (uint16_t)address;
    other->read = read;
    other->count = (uint8_t)count;
    other->at = 0;
    other->addressed = false;
    other->phase = OTHER_WAITS;
    return true;
}

bool soc_i2c_other_master(struct soc *soc, enum soc_i2c_bus bus, unsigned address, bool read,
                          const uint8_t *bytes, size_t count)
{
    struct soc_i2c *i2c = &soc->i2c[bus];

    if (!prepare(&i2c->other, address, read, bytes, count)) {
        return false;
    }
    if (i2c->phase == I2C_IDLE) {
        begin(soc, bus);
        i2c_update(soc, bus);
    }
    return true;
}

bool soc_i2c_contend(struct soc *soc, enum soc_i2c_bus bus, unsigned address, bool read,
                     const uint8_t *bytes, size_t count)
{
    struct soc_i2c_other *other = &soc->i2c[bus].other;
    bool taken = prepare(other, address, read, bytes, count);

    if (taken) {
        other->phase = OTHER_CONTENDS;
    }
    return taken;
}

/* The first two bytes of a transfer; the second of an address of 7 bits is not one. */
static unsigned first_bits(unsigned first, unsigned second)
{
    return first << 9 | second;
}

unsigned i2c_slave_arbitrate(struct soc *soc, unsigned n, unsigned first_byte, unsigned second)
{
    struct soc_i2c_other *other = &soc->i2c[n].other;
    bool ten = other->address & SOC_I2C_ADDRESS_10;
    unsigned ours = first_bits(first_byte, second), theirs;

    if (other->phase != OTHER_WAITS && other->phase != OTHER_CONTENDS) {
        return 0;
    }
    theirs = ten ? first_bits(I2C_HEADER(other->address) << 1, other->address & 0xFFu)
                 : first_bits((other->address & 0x7Fu) << 1 | other->read, 0x100);
    if (ours <= theirs) { /* low is stronger */
        other->phase = OTHER_WAITS;
        return 0;
    }
    begin(soc, n);
    for (unsigned bit = 1; bit <= 17; bit++) {
        if (((ours ^ theirs) >> (17 - bit)) & 1u) {
            return bit;
        }
    }
    return 0;
}

unsigned soc_i2c_other_done(const struct soc *soc, enum soc_i2c_bus bus)
{
    const struct soc_i2c_other *other = &soc->i2c[bus].other;

    return other->phase == OTHER_NONE && other->addressed ? other->at : SOC_I2C_NOT_DONE;
}

void i2c_slave_bus_free(struct soc *soc, unsigned n)
{
    if (soc->i2c[n].other.phase == OTHER_WAITS) {
        begin(soc, n);
    }
}

static void stop(struct soc *soc, unsigned n)
{
    enter(soc, n, OTHER_STOPS, 1);
}

/* ---- Address ---- */

static bool is_own(const struct soc_i2c *i2c, unsigned address, bool read)
{
    unsigned mask = (i2c->oar2 & I2C_OAR2_OA2MSK_Msk) >> I2C_OAR2_OA2MSK_Pos;
    unsigned second = (i2c->oar2 & I2C_OAR2_OA2_Msk) >> 1;
    bool reserved = address < 8 || address >= 0x78; /* 0000xxx and 1111xxx */
    bool ten = i2c->oar1 & I2C_OAR1_OA1MODE_Msk;

    if (address & SOC_I2C_ADDRESS_10) {
        return ten && (i2c->oar1 & I2C_OAR1_OA1EN_Msk) &&
               (i2c->oar1 & 0x3FFu) == (address & 0x3FFu);
    }

    if (address == 0) {
        return (i2c->cr1 & I2C_CR1_GCEN_Msk) && !read;
    }
    if (i2c_smbus_address(i2c, address, read) ||
        (!ten && (i2c->oar1 & I2C_OAR1_OA1EN_Msk) && ((i2c->oar1 >> 1) & 0x7Fu) == address)) {
        return true;
    }
    return (i2c->oar2 & I2C_OAR2_OA2EN_Msk) && (second ^ address) >> mask == 0 &&
           !(mask == 7 && reserved);
}

static void transfer(struct soc *soc, unsigned n);

/* Returns the header or address of 7 bits, as ADDCODE has it. */
static unsigned tell_address(struct soc *soc, unsigned n)
{
    const struct soc_i2c_other *other = &soc->i2c[n].other;
    unsigned code = other->address;

    if (other->address & SOC_I2C_ADDRESS_10) {
        code = I2C_HEADER(other->address);
        i2c_tell(soc, n, SOC_I2C_SAW_WRITE, code);
        i2c_tell(soc, n, SOC_I2C_SAW_OUT, other->address & 0xFFu);
        if (!other->read) {
            return code;
        }
    }
    i2c_tell(soc, n, other->read ? SOC_I2C_SAW_READ : SOC_I2C_SAW_WRITE, code);
    return code;
}

static void address_arrived(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];
    struct soc_i2c_other *other = &i2c->other;

    unsigned code = tell_address(soc, n);

    if (!(i2c->cr1 & I2C_CR1_PE_Msk) || !i2c_routed(soc, n) ||
        !is_own(i2c, other->address, other->read)) {
        stop(soc, n);
        return;
    }
    other->addressed = true;
    i2c->cr2 &= ~I2C_CR2_PECBYTE_Msk; /* to be set for this transfer */
    i2c->pec = i2c_pec(0, (uint8_t)(code << 1 | other->read));
    i2c->isr &= ~(I2C_ISR_ADDCODE_Msk | I2C_ISR_DIR_Msk);
    i2c->isr |= I2C_ISR_ADDR_Msk | (uint32_t)code << I2C_ISR_ADDCODE_Pos |
                (other->read ? I2C_ISR_DIR_Msk : 0);
    if (i2c->cr1 & I2C_CR1_NOSTRETCH_Msk) {
        transfer(soc, n);
    } else {
        enter(soc, n, OTHER_STRETCHED_ADDRESS, 0);
    }
}

void i2c_slave_address_cleared(struct soc *soc, unsigned n)
{
    if (soc->i2c[n].other.phase == OTHER_STRETCHED_ADDRESS) {
        soc->i2c[n].cr2 &= ~I2C_CR2_START_Msk; /* a START that waited is given up */
        transfer(soc, n);
    }
}

/* ---- The chip sends ---- */

/* The packet error code; with byte control it comes after NBYTES - 1 bytes. */
static bool is_pec(const struct soc_i2c *i2c)
{
    return (i2c->cr1 & I2C_CR1_SBC_Msk) && i2c_is_pec(i2c);
}

/* The byte that begins to move is the last before it: software is not asked for another. */
static bool pec_follows(const struct soc_i2c *i2c)
{
    return (i2c->cr1 & I2C_CR1_SBC_Msk) && (i2c->cr1 & I2C_CR1_PECEN_Msk) &&
           (i2c->cr2 & I2C_CR2_PECBYTE_Msk) && i2c->left == 2;
}

static void next_sent(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];

    if (is_pec(i2c)) {
        i2c->shift = i2c->pec;
        i2c->cr2 &= ~I2C_CR2_PECBYTE_Msk;
    } else if (i2c->isr & I2C_ISR_TXE_Msk) {
        i2c->isr |= I2C_ISR_TXIS_Msk;
        if (!(i2c->cr1 & I2C_CR1_NOSTRETCH_Msk)) {
            enter(soc, n, OTHER_STRETCHED_SEND, 0);
            return;
        }
        i2c->isr |= I2C_ISR_OVR_Msk; /* underrun: 0xFF */
        i2c->shift = 0xFF;
    } else {
        i2c->shift = (uint8_t)i2c->txdr;
        i2c->isr |= I2C_ISR_TXE_Msk | (pec_follows(i2c) ? 0 : I2C_ISR_TXIS_Msk);
    }
    enter(soc, n, OTHER_READS, BYTE_BITS);
}

static void byte_sent(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];
    struct soc_i2c_other *other = &i2c->other;

    i2c_tell(soc, n, SOC_I2C_SAW_IN, i2c->shift);
    other->bytes[other->at++] = i2c->shift;
    i2c->pec = i2c_pec(i2c->pec, i2c->shift);
    i2c->left -= (i2c->cr1 & I2C_CR1_SBC_Msk) && i2c->left > 0;
    if (other->at < other->count) {
        next_sent(soc, n);
    } else { /* the master wants no more */
        i2c->isr = (i2c->isr & ~I2C_ISR_TXIS_Msk) | I2C_ISR_NACKF_Msk;
        stop(soc, n);
    }
}

void i2c_slave_written(struct soc *soc, unsigned n)
{
    if (soc->i2c[n].other.phase == OTHER_STRETCHED_SEND) {
        next_sent(soc, n);
    }
}

/* ---- The chip receives ---- */

/* The acknowledge bit of a byte that was taken. */
static void acknowledge(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];
    struct soc_i2c_other *other = &i2c->other;
    bool refused = i2c->cr2 & I2C_CR2_NACK_Msk;

    other->at += !refused;
    if (refused || other->at == other->count) {
        stop(soc, n);
    } else {
        enter(soc, n, OTHER_WRITES, BYTE_BITS);
    }
}

/* Acknowledged if it is right, whatever NACK says (RM0456 65.4.14). */
static void pec_taken(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];
    bool right = i2c->rxdr == i2c->pec;

    i2c_tell(soc, n, SOC_I2C_SAW_OUT, i2c->rxdr);
    i2c->cr2 &= ~(I2C_CR2_PECBYTE_Msk | I2C_CR2_NACK_Msk);
    i2c->left = 0;
    if (right) {
        acknowledge(soc, n);
    } else {
        i2c->isr |= I2C_ISR_PECERR_Msk;
        stop(soc, n);
    }
}

static void byte_taken(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];
    struct soc_i2c_other *other = &i2c->other;

    if (i2c->isr & I2C_ISR_RXNE_Msk) {
        if (!(i2c->cr1 & I2C_CR1_NOSTRETCH_Msk)) {
            enter(soc, n, OTHER_STRETCHED_TAKE, 0);
            return;
        }
        i2c->isr |= I2C_ISR_OVR_Msk; /* the byte is lost and not acknowledged */
        stop(soc, n);
        return;
    }
    i2c->rxdr = other->bytes[other->at];
    i2c->isr |= I2C_ISR_RXNE_Msk;
    if (is_pec(i2c)) {
        pec_taken(soc, n);
        return;
    }
    i2c->pec = i2c_pec(i2c->pec, (uint8_t)i2c->rxdr);
    i2c_tell(soc, n, SOC_I2C_SAW_OUT, i2c->rxdr);
    i2c->left -= (i2c->cr1 & I2C_CR1_SBC_Msk) && i2c->left > 0;
    if ((i2c->cr1 & I2C_CR1_SBC_Msk) && (i2c->cr2 & I2C_CR2_RELOAD_Msk) && i2c->left == 0) {
        i2c->isr |= I2C_ISR_TCR_Msk; /* software decides about the acknowledge */
        enter(soc, n, OTHER_STRETCHED_RELOAD, 0);
        return;
    }
    acknowledge(soc, n);
}

void i2c_slave_read(struct soc *soc, unsigned n)
{
    if (soc->i2c[n].other.phase == OTHER_STRETCHED_TAKE) {
        byte_taken(soc, n);
    }
}

void i2c_slave_cr2(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];
    uint32_t bytes = (i2c->cr2 & I2C_CR2_NBYTES_Msk) >> I2C_CR2_NBYTES_Pos;

    if (i2c->other.phase == OTHER_STRETCHED_RELOAD && bytes != 0) {
        i2c->isr &= ~I2C_ISR_TCR_Msk;
        i2c->left = (uint8_t)bytes;
        acknowledge(soc, n);
    }
}

/* ---- From one to the next ---- */

static void transfer(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];

    i2c->left = (uint8_t)((i2c->cr2 & I2C_CR2_NBYTES_Msk) >> I2C_CR2_NBYTES_Pos);
    if (i2c->other.count == 0) {
        stop(soc, n);
    } else if (i2c->other.read) {
        next_sent(soc, n);
    } else {
        enter(soc, n, OTHER_WRITES, BYTE_BITS);
    }
}

static void stopped(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];

    i2c_tell(soc, n, SOC_I2C_SAW_STOP, 0);
    i2c->other.phase = OTHER_NONE;
    i2c->isr &= ~(I2C_ISR_BUSY_Msk | I2C_ISR_TXIS_Msk);
    i2c->cr2 &= ~(I2C_CR2_NACK_Msk | I2C_CR2_PECBYTE_Msk);
    if (i2c->other.addressed && (i2c->cr1 & I2C_CR1_PE_Msk)) {
        i2c->isr |= I2C_ISR_STOPF_Msk;
    }
    i2c_bus_free(soc, n);
}

static void fire(void *context)
{
    struct soc_event *event = context;
    struct soc *soc = event->soc;
    unsigned n = event->instance;

    switch (soc->i2c[n].other.phase) {
    case OTHER_ADDRESS:
        address_arrived(soc, n);
        break;
    case OTHER_READS:
        byte_sent(soc, n);
        break;
    case OTHER_WRITES:
        byte_taken(soc, n);
        break;
    case OTHER_STOPS:
        stopped(soc, n);
        break;
    default:
        break;
    }
    i2c_update(soc, n);
}

void i2c_slave_let_go(struct soc *soc, unsigned n)
{
    soc->i2c[n].isr &= ~(I2C_ISR_TCR_Msk | I2C_ISR_TXIS_Msk | I2C_ISR_ADDR_Msk);
    stop(soc, n);
}

void soc_i2c_misplaced_start(struct soc *soc, enum soc_i2c_bus bus)
{
    struct soc_i2c *i2c = &soc->i2c[bus];
    bool master = i2c->phase != I2C_IDLE, slave = i2c_slave_active(i2c) && i2c->other.addressed;

    if (!(i2c->cr1 & I2C_CR1_PE_Msk) || (!master && !slave)) {
        return;
    }
    i2c->isr |= I2C_ISR_BERR_Msk;
    if (slave) { /* back to waiting for an address: it is in the transfer no more */
        i2c_slave_let_go(soc, bus);
        i2c->other.addressed = false;
    }
    i2c_update(soc, bus);
}

void i2c_slave_disable(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];

    if (i2c_slave_active(i2c) && i2c->other.phase != OTHER_STOPS &&
        i2c->other.phase != OTHER_ADDRESS) {
        stop(soc, n); /* nothing acknowledges any more */
    }
}

void soc_i2c_slave_init(struct soc *soc)
{
    for (unsigned n = 0; n < I2C_COUNT; n++) {
        soc_event_init(&soc->i2c[n].other.step, soc, n, fire);
    }
}
