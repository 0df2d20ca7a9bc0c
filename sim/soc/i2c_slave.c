/* I2C1-4 as slave of another master on the bus (RM0456 65.4.8): own addresses, general call, clock
 * stretching, byte control with acknowledge by software, overrun without stretching.
 *
 * The other master is the world's: it makes one transfer at 100 kHz as soon as the bus is free, and
 * waits for as long as the chip stretches the clock. Two masters never start at once, so that none
 * loses arbitration.
 */
#include "soc/i2c.h"

#include <string.h>

#define BIT_PS    (10u * SIM_PS_PER_US)
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
        soc_after(soc, &other->step, bits * BIT_PS);
    }
}

static void begin(struct soc *soc, unsigned n)
{
    soc->i2c[n].isr |= soc->i2c[n].cr1 & I2C_CR1_PE_Msk ? I2C_ISR_BUSY_Msk : 0;
    enter(soc, n, OTHER_ADDRESS, 1 + BYTE_BITS);
}

bool soc_i2c_other_master(struct soc *soc, enum soc_i2c_bus bus, unsigned address, bool read,
                          const uint8_t *bytes, size_t count)
{
    struct soc_i2c *i2c = &soc->i2c[bus];
    struct soc_i2c_other *other = &i2c->other;

    if (other->phase != OTHER_NONE || count > sizeof other->bytes || address > 0x7Fu) {
        return false;
    }
    memset(other->bytes, 0, sizeof other->bytes);
    if (!read) {
        memcpy(other->bytes, bytes, count);
    }
    other->address = (uint8_t)address;
    other->read = read;
    other->count = (uint8_t)count;
    other->at = 0;
    other->addressed = false;
    other->phase = OTHER_WAITS;
    if (i2c->phase == I2C_IDLE) {
        begin(soc, bus);
    }
    return true;
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

    if (address == 0) {
        return (i2c->cr1 & I2C_CR1_GCEN_Msk) && !read;
    }
    if ((i2c->oar1 & (I2C_OAR1_OA1EN_Msk | I2C_OAR1_OA1MODE_Msk)) == I2C_OAR1_OA1EN_Msk &&
        ((i2c->oar1 >> 1) & 0x7Fu) == address) {
        return true;
    }
    return (i2c->oar2 & I2C_OAR2_OA2EN_Msk) && (second ^ address) >> mask == 0 &&
           !(mask == 7 && reserved);
}

static void transfer(struct soc *soc, unsigned n);

static void address_arrived(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];
    struct soc_i2c_other *other = &i2c->other;

    i2c_tell(soc, n, other->read ? SOC_I2C_SAW_READ : SOC_I2C_SAW_WRITE, other->address);
    if (!(i2c->cr1 & I2C_CR1_PE_Msk) || !i2c_routed(soc, n) ||
        !is_own(i2c, other->address, other->read)) {
        stop(soc, n);
        return;
    }
    other->addressed = true;
    i2c->pec = i2c_pec(0, (uint8_t)(other->address << 1 | other->read));
    i2c->isr &= ~(I2C_ISR_ADDCODE_Msk | I2C_ISR_DIR_Msk);
    i2c->isr |= I2C_ISR_ADDR_Msk | (uint32_t)other->address << I2C_ISR_ADDCODE_Pos |
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
        transfer(soc, n);
    }
}

/* ---- The chip sends ---- */

static void next_sent(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];

    if (i2c->isr & I2C_ISR_TXE_Msk) {
        i2c->isr |= I2C_ISR_TXIS_Msk;
        if (!(i2c->cr1 & I2C_CR1_NOSTRETCH_Msk)) {
            enter(soc, n, OTHER_STRETCHED_SEND, 0);
            return;
        }
        i2c->isr |= I2C_ISR_OVR_Msk; /* underrun: 0xFF */
        i2c->shift = 0xFF;
    } else {
        i2c->shift = (uint8_t)i2c->txdr;
        i2c->isr |= I2C_ISR_TXE_Msk | I2C_ISR_TXIS_Msk;
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
    i2c->pec = i2c_pec(i2c->pec, (uint8_t)i2c->rxdr);
    i2c_tell(soc, n, SOC_I2C_SAW_OUT, i2c->rxdr);
    if ((i2c->cr1 & I2C_CR1_SBC_Msk) && --i2c->left == 0) {
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
    i2c->cr2 &= ~I2C_CR2_NACK_Msk;
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
