/* I2C1-4 as bus master: transfers by NBYTES with RELOAD and AUTOEND, acknowledge from the devices
 * on the board, clock stretching while software is late, packet error codes (RM0456 chapter 65).
 * The slave role is in i2c_slave.c, time-outs and alert in i2c_smbus.c.
 *
 * Invariant: while `phase` is not I2C_IDLE the bus is busy; an event is armed only in the phases
 * in which bits move.
 */
#include "soc/i2c.h"

#include <assert.h>

static const struct {
    int event_irq, error_irq;
} irqs[I2C_COUNT] = {
    {IRQ_I2C1_EV, IRQ_I2C1_ER},
    {IRQ_I2C2_EV, IRQ_I2C2_ER},
    {IRQ_I2C3_EV, IRQ_I2C3_ER},
    {IRQ_I2C4_EV, IRQ_I2C4_ER},
};

#define BYTE_BITS 9u
#define ERRORS                                                                                     \
    (I2C_ISR_BERR_Msk | I2C_ISR_ARLO_Msk | I2C_ISR_OVR_Msk | I2C_ISR_PECERR_Msk |                  \
     I2C_ISR_TIMEOUT_Msk | I2C_ISR_ALERT_Msk)

static bool wants_event(const struct soc_i2c *i2c)
{
    uint32_t isr = i2c->isr, cr1 = i2c->cr1;

    return ((isr & I2C_ISR_TXIS_Msk) && (cr1 & I2C_CR1_TXIE_Msk)) ||
           ((isr & I2C_ISR_RXNE_Msk) && (cr1 & I2C_CR1_RXIE_Msk)) ||
           ((isr & I2C_ISR_ADDR_Msk) && (cr1 & I2C_CR1_ADDRIE_Msk)) ||
           ((isr & I2C_ISR_NACKF_Msk) && (cr1 & I2C_CR1_NACKIE_Msk)) ||
           ((isr & I2C_ISR_STOPF_Msk) && (cr1 & I2C_CR1_STOPIE_Msk)) ||
           ((isr & (I2C_ISR_TC_Msk | I2C_ISR_TCR_Msk)) && (cr1 & I2C_CR1_TCIE_Msk));
}

void i2c_update(struct soc *soc, unsigned n)
{
    const struct soc_i2c *i2c = &soc->i2c[n];
    uint32_t cr1 = i2c->cr1;

    i2c_smbus_watch(soc, n);
    soc_irq(soc, irqs[n].event_irq, wants_event(i2c));
    soc_irq(soc, irqs[n].error_irq, (i2c->isr & ERRORS) && (cr1 & I2C_CR1_ERRIE_Msk));
    if (cr1 & (I2C_CR1_TXDMAEN_Msk | I2C_CR1_RXDMAEN_Msk)) {
        soc_dma_poke(soc);
    }
}

bool soc_i2c_dma_request(const struct soc *soc, unsigned i2c, bool transmit)
{
    const struct soc_i2c *s = &soc->i2c[i2c];

    return transmit ? (s->cr1 & I2C_CR1_TXDMAEN_Msk) && (s->isr & I2C_ISR_TXIS_Msk)
                    : (s->cr1 & I2C_CR1_RXDMAEN_Msk) && (s->isr & I2C_ISR_RXNE_Msk);
}

/* ---- The bus ---- */

bool soc_i2c_attach(struct soc *soc, enum soc_i2c_bus bus, const struct soc_i2c_device *device)
{
    struct soc_i2c *i2c = &soc->i2c[bus];

    if (i2c->devices == SOC_I2C_DEVICES) {
        return false;
    }
    i2c->device[i2c->devices++] = *device;
    return true;
}

bool i2c_routed(const struct soc *soc, unsigned n)
{
    bool secure = soc_instance_secure(soc, i2c_read, n);

    return soc_signal_routed(soc, I2C_SIGNAL(n, LINE_SCL), secure) &&
           soc_signal_routed(soc, I2C_SIGNAL(n, LINE_SDA), secure);
}

void i2c_tell(struct soc *soc, unsigned n, enum soc_i2c_sign sign, uint32_t value)
{
    if (soc->config.i2c != NULL) {
        soc->config.i2c(soc->config.context, (enum soc_i2c_bus)n, sign, (uint8_t)value);
    }
}

static const struct soc_i2c_device *selected(const struct soc_i2c *i2c)
{
    return i2c->device_index < 0 ? NULL : &i2c->device[i2c->device_index];
}

/* Duration of `bits` SCL periods: TIMINGR (RM0456 65.4.9, synchronisation delays left out). */
static sim_ps bits_ps(const struct soc *soc, unsigned n, unsigned bits)
{
    uint32_t timing = soc->i2c[n].timingr;
    uint64_t prescaler = (timing >> 28) + 1;
    uint64_t period = ((timing & 0xFFu) + 1) + ((timing >> 8 & 0xFFu) + 1);

    return soc_periods_ps(bits * prescaler * period, soc_i2c_clock_hz(soc, n));
}

static void after_bits(struct soc *soc, unsigned n, unsigned bits)
{
    sim_ps delay = bits_ps(soc, n, bits);

    if (delay == SIM_NEVER) {
        soc_guest_error(soc, 0x200u + n, "I2C%u transfers without its kernel clock", n + 1);
    }
    soc_after(soc, &soc->i2c[n].step, delay);
}

static void release(struct soc_i2c *i2c)
{
    const struct soc_i2c_device *device = selected(i2c);

    if (device != NULL && device->stop != NULL) {
        device->stop(device->context);
    }
    i2c->device_index = -1;
}

void i2c_begin_stop(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];

    i2c->phase = I2C_STOPPING;
    i2c->isr &= ~(I2C_ISR_TC_Msk | I2C_ISR_TCR_Msk | I2C_ISR_TXIS_Msk);
    after_bits(soc, n, 1);
}

/* The last one, with PECBYTE. */
bool i2c_is_pec(const struct soc_i2c *i2c)
{
    return (i2c->cr1 & I2C_CR1_PECEN_Msk) && (i2c->cr2 & I2C_CR2_PECBYTE_Msk) &&
           !(i2c->cr2 & I2C_CR2_RELOAD_Msk) && i2c->left == 1;
}

/* Sends the next byte if software has provided it, else stretches the clock with TXIS set. */
static void next_write(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];

    if (i2c_is_pec(i2c)) {
        i2c->shift = i2c->pec;
        i2c->phase = I2C_WRITING;
        after_bits(soc, n, BYTE_BITS);
        return;
    }
    if (i2c->isr & I2C_ISR_TXE_Msk) {
        i2c->phase = I2C_WAIT_TX;
        i2c->isr |= I2C_ISR_TXIS_Msk;
        return;
    }
    i2c->shift = (uint8_t)i2c->txdr;
    i2c->isr |= I2C_ISR_TXE_Msk;
    i2c->phase = I2C_WRITING;
    if (i2c->left > 2 || (i2c->left == 2 && !(i2c->cr2 & I2C_CR2_PECBYTE_Msk))) {
        i2c->isr |= I2C_ISR_TXIS_Msk;
    }
    after_bits(soc, n, BYTE_BITS);
}

static void next_byte(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];

    if (i2c->reading) {
        i2c->phase = I2C_READING;
        after_bits(soc, n, BYTE_BITS);
    } else {
        next_write(soc, n);
    }
}

/* NBYTES bytes are through (RM0456 figures of master transfers). */
static void chunk_done(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];

    if (i2c->cr2 & I2C_CR2_STOP_Msk) {
        i2c_begin_stop(soc, n);
    } else if (i2c->cr2 & I2C_CR2_RELOAD_Msk) {
        i2c->isr |= I2C_ISR_TCR_Msk;
        i2c->phase = I2C_WAIT_RELOAD;
    } else if (i2c->cr2 & I2C_CR2_AUTOEND_Msk) {
        i2c_begin_stop(soc, n);
    } else {
        i2c->isr |= I2C_ISR_TC_Msk;
        i2c->phase = I2C_WAIT_SOFTWARE;
    }
}

static void not_acknowledged(struct soc *soc, unsigned n)
{
    soc->i2c[n].isr |= I2C_ISR_NACKF_Msk;
    i2c_begin_stop(soc, n);
}

/* Puts the address of the transfer on the bus as lookers-on and devices see it. Returns what a
 * device must have to be meant: SADD, with SOC_I2C_ADDRESS_10. */
static unsigned tell_address(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];
    unsigned address = i2c->cr2 & I2C_CR2_SADD_Msk;
    bool head_only = i2c->reading && (i2c->cr2 & I2C_CR2_HEAD10R_Msk);

    if (!(i2c->cr2 & I2C_CR2_ADD10_Msk)) {
        address = address >> 1 & 0x7Fu;
        i2c->pec = i2c_pec(i2c->pec, (uint8_t)(address << 1 | i2c->reading));
        i2c_tell(soc, n, i2c->reading ? SOC_I2C_SAW_READ : SOC_I2C_SAW_WRITE, address);
        return address;
    }
    if (!head_only) {
        i2c_tell(soc, n, SOC_I2C_SAW_WRITE, I2C_HEADER(address));
        i2c_tell(soc, n, SOC_I2C_SAW_OUT, address & 0xFFu);
    }
    if (i2c->reading) {
        i2c_tell(soc, n, SOC_I2C_SAW_READ, I2C_HEADER(address));
    }
    return address | SOC_I2C_ADDRESS_10;
}

/* The place of the device with this address, or that of the last one if only the header of 10 bits
 * was repeated for it; -1: none. */
static int find_device(const struct soc_i2c *i2c, unsigned address)
{
    const struct soc_i2c_device *last = selected(i2c);

    if ((i2c->cr2 & I2C_CR2_ADD10_Msk) && (i2c->cr2 & I2C_CR2_HEAD10R_Msk) && i2c->reading) {
        bool same = last != NULL && (last->address & SOC_I2C_ADDRESS_10) &&
                    I2C_HEADER(last->address) == I2C_HEADER(address);

        return same ? i2c->device_index : -1;
    }
    for (unsigned i = 0; i < i2c->devices; i++) {
        if (i2c->device[i].address == address) {
            return (int)i;
        }
    }
    return -1;
}

static void address_sent(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];
    const struct soc_i2c_device *device;
    bool acknowledged;

    i2c->cr2 &= ~I2C_CR2_START_Msk;
    i2c->reading = (i2c->cr2 & I2C_CR2_RD_WRN_Msk) != 0;
    i2c->left = (uint8_t)((i2c->cr2 & I2C_CR2_NBYTES_Msk) >> I2C_CR2_NBYTES_Pos);
    i2c->device_index = (int8_t)find_device(i2c, tell_address(soc, n));
    device = selected(i2c);
    acknowledged = device != NULL && device->start(device->context, i2c->reading);
    if (!acknowledged) {
        not_acknowledged(soc, n);
    } else if (i2c->left == 0) {
        chunk_done(soc, n);
    } else {
        next_byte(soc, n);
    }
}

static void byte_done(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];

    i2c->left--;
    if (i2c->left == 0) {
        chunk_done(soc, n);
    } else if (i2c->cr2 & I2C_CR2_STOP_Msk) {
        i2c_begin_stop(soc, n);
    } else {
        next_byte(soc, n);
    }
}

static void byte_written(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];
    const struct soc_i2c_device *device = selected(i2c);

    bool acknowledged = device != NULL && device->write(device->context, i2c->shift);

    i2c->pec = i2c_pec(i2c->pec, i2c->shift);
    i2c_tell(soc, n, SOC_I2C_SAW_OUT, i2c->shift);
    if (!acknowledged) {
        not_acknowledged(soc, n);
    } else {
        byte_done(soc, n);
    }
}

static void byte_read(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];
    const struct soc_i2c_device *device = selected(i2c);

    if (i2c->isr & I2C_ISR_RXNE_Msk) {
        i2c->phase = I2C_WAIT_RX; /* RXDR still full: the clock is stretched */
        return;
    }
    i2c->rxdr = device != NULL ? device->read(device->context) : 0xFFu;
    if (i2c_is_pec(i2c) && i2c->rxdr != i2c->pec) {
        i2c->isr |= I2C_ISR_PECERR_Msk;
    }
    i2c->pec = i2c_pec(i2c->pec, (uint8_t)i2c->rxdr);
    i2c_tell(soc, n, SOC_I2C_SAW_IN, i2c->rxdr);
    i2c->isr |= I2C_ISR_RXNE_Msk;
    byte_done(soc, n);
}

static void fire(void *context)
{
    struct soc_event *event = context;
    struct soc *soc = event->soc;
    unsigned n = event->instance;
    struct soc_i2c *i2c = &soc->i2c[n];

    switch (i2c->phase) {
    case I2C_ADDRESSING:
        address_sent(soc, n);
        break;
    case I2C_WRITING:
        byte_written(soc, n);
        break;
    case I2C_READING:
        byte_read(soc, n);
        break;
    case I2C_LOSING: /* goes on as a slave, which the winner may mean */
        i2c->phase = I2C_IDLE;
        i2c->cr2 &= ~I2C_CR2_START_Msk;
        i2c->isr |= I2C_ISR_ARLO_Msk;
        break;
    case I2C_STOPPING:
        release(i2c);
        i2c_tell(soc, n, SOC_I2C_SAW_STOP, 0);
        i2c->phase = I2C_IDLE;
        i2c->cr2 &= ~(I2C_CR2_STOP_Msk | I2C_CR2_PECBYTE_Msk);
        i2c->isr = (i2c->isr & ~I2C_ISR_BUSY_Msk) | I2C_ISR_STOPF_Msk;
        i2c_bus_free(soc, n);
        break;
    default:
        break;
    }
    i2c_update(soc, n);
}

/* ---- Registers ---- */

/* PE = 0: the state machine and the flags go back, the lines are released. */
static void disable(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];

    sched_cancel(soc->sched, &i2c->step.event);
    release(i2c);
    i2c_slave_disable(soc, n);
    i2c->phase = I2C_IDLE;
    i2c->isr = I2C_ISR_TXE_Msk;
    i2c->pec = 0;
    i2c_slave_bus_free(soc, n);
    i2c->cr2 &= ~(I2C_CR2_START_Msk | I2C_CR2_STOP_Msk | I2C_CR2_NACK_Msk);
}

static void write_cr1(struct soc *soc, const struct soc_block *block, uint32_t value)
{
    struct soc_i2c *i2c = &soc->i2c[block->instance];

    i2c->cr1 = value & 0xC1FFDFFFu;
    if (!(value & I2C_CR1_PE_Msk)) {
        disable(soc, block->instance);
    }
}

/* Bits from START to the acknowledge of the address (RM0456 65.4.9). */
static unsigned address_bits(const struct soc_i2c *i2c)
{
    if (!(i2c->cr2 & I2C_CR2_ADD10_Msk) ||
        ((i2c->cr2 & I2C_CR2_RD_WRN_Msk) && (i2c->cr2 & I2C_CR2_HEAD10R_Msk))) {
        return 1 + BYTE_BITS;
    }
    /* for reading the whole address goes out, and the header once more after another START */
    return 1 + 2 * BYTE_BITS + (i2c->cr2 & I2C_CR2_RD_WRN_Msk ? 1 + BYTE_BITS : 0);
}

static unsigned arbitrate(struct soc *soc, unsigned n)
{
    uint32_t cr2 = soc->i2c[n].cr2;
    unsigned address = cr2 & I2C_CR2_SADD_Msk;
    bool read = cr2 & I2C_CR2_RD_WRN_Msk;

    if (!(cr2 & I2C_CR2_ADD10_Msk)) {
        return i2c_slave_arbitrate(soc, n, (address & 0xFEu) | read, 0x100);
    }
    return i2c_slave_arbitrate(
        soc, n, I2C_HEADER(address) << 1 | (read && (cr2 & I2C_CR2_HEAD10R_Msk)), address & 0xFFu);
}

/* START, or repeated START; while another master has the bus it waits. */
static void start(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];
    bool first = i2c->phase == I2C_IDLE;
    unsigned lost;

    if (i2c_slave_active(i2c)) {
        return;
    }
    if (first) {
        i2c->pec = 0;
    }
    i2c->phase = I2C_ADDRESSING;
    i2c->isr = (i2c->isr & ~I2C_ISR_TC_Msk) | I2C_ISR_BUSY_Msk;
    if (i2c_routed(soc, n)) {
        after_bits(soc, n, address_bits(i2c));
        lost = first ? arbitrate(soc, n) : 0;
        if (lost > 0) {
            i2c->phase = I2C_LOSING;
            soc_after(soc, &i2c->step, (1 + lost) * I2C_OTHER_BIT_PS);
        }
    } else { /* lines that read low never become free */
        soc_guest_error(soc, 0x208u + n, "I2C%u starts, but SCL and SDA have no pins", n + 1);
    }
}

void i2c_bus_free(struct soc *soc, unsigned n)
{
    if (soc->i2c[n].cr2 & I2C_CR2_START_Msk) {
        start(soc, n);
    } else {
        i2c_slave_bus_free(soc, n);
    }
}

static void write_cr2(struct soc *soc, const struct soc_block *block, uint32_t value)
{
    unsigned n = block->instance;
    struct soc_i2c *i2c = &soc->i2c[n];
    bool on = (i2c->cr1 & I2C_CR1_PE_Msk) != 0;

    i2c->cr2 = (value & 0x07FFFFFFu) | (i2c->cr2 & I2C_CR2_START_Msk);
    if (!on) {
        if (value & I2C_CR2_START_Msk) {
            soc_guest_error(soc, block->base + 0x301, "%s: START while PE = 0", block->name);
        }
        i2c->cr2 &= ~(I2C_CR2_START_Msk | I2C_CR2_STOP_Msk);
        return;
    }
    i2c_slave_cr2(soc, n);
    if (i2c->phase == I2C_WAIT_RELOAD && (value & I2C_CR2_NBYTES_Msk) &&
        !(value & I2C_CR2_STOP_Msk)) {
        i2c->isr &= ~I2C_ISR_TCR_Msk;
        i2c->left = (uint8_t)((value & I2C_CR2_NBYTES_Msk) >> I2C_CR2_NBYTES_Pos);
        next_byte(soc, n);
    } else if ((value & I2C_CR2_START_Msk) &&
               (i2c->phase == I2C_IDLE || i2c->phase == I2C_WAIT_SOFTWARE)) {
        start(soc, n);
    } else if ((value & I2C_CR2_STOP_Msk) &&
               (i2c->phase == I2C_WAIT_SOFTWARE || i2c->phase == I2C_WAIT_RELOAD ||
                i2c->phase == I2C_WAIT_TX)) {
        i2c_begin_stop(soc, n);
    } else if (i2c->phase == I2C_IDLE) {
        i2c->cr2 &= ~I2C_CR2_STOP_Msk;
    }
}

static uint32_t read_data(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];
    uint32_t value = i2c->rxdr;

    i2c->isr &= ~I2C_ISR_RXNE_Msk;
    if (i2c->phase == I2C_WAIT_RX) {
        byte_read(soc, n);
    }
    i2c_slave_read(soc, n);
    i2c_update(soc, n);
    return value;
}

static void write_data(struct soc *soc, unsigned n, uint32_t value)
{
    struct soc_i2c *i2c = &soc->i2c[n];

    i2c->txdr = value & 0xFFu;
    i2c->isr &= ~(I2C_ISR_TXE_Msk | I2C_ISR_TXIS_Msk);
    if (i2c->phase == I2C_WAIT_TX) {
        next_write(soc, n);
    }
    i2c_slave_written(soc, n);
}

READER(i2c)
{
    struct soc_i2c *i2c = &soc->i2c[block->instance];

    (void)access;
    switch (offset) {
    case I2C_CR1_OFS:
        return i2c->cr1;
    case I2C_CR2_OFS:
        return i2c->cr2;
    case I2C_OAR1_OFS:
        return i2c->oar1;
    case I2C_OAR2_OFS:
        return i2c->oar2;
    case I2C_TIMINGR_OFS:
        return i2c->timingr;
    case I2C_TIMEOUTR_OFS:
        return i2c->timeoutr;
    case I2C_ISR_OFS:
        return i2c->isr;
    case I2C_ICR_OFS:
        return 0;
    case I2C_PECR_OFS:
        return i2c->pec;
    case I2C_RXDR_OFS:
        return read_data(soc, block->instance);
    case I2C_TXDR_OFS:
        return i2c->txdr;
    case I2C_AUTOCR_OFS:
        return i2c->autocr;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

WRITER(i2c)
{
    struct soc_i2c *i2c = &soc->i2c[block->instance];

    (void)access;
    switch (offset) {
    case I2C_CR1_OFS:
        write_cr1(soc, block, value);
        break;
    case I2C_CR2_OFS:
        write_cr2(soc, block, value);
        break;
    case I2C_OAR1_OFS:
    case I2C_OAR2_OFS:
        *(offset == I2C_OAR1_OFS ? &i2c->oar1 : &i2c->oar2) =
            value & (offset == I2C_OAR1_OFS ? 0x87FFu : 0x87FEu);
        break;
    case I2C_TIMINGR_OFS:
        if (i2c->cr1 & I2C_CR1_PE_Msk) {
            soc_guest_error(soc, block->base + 0x304, "%s: TIMINGR written with PE = 1",
                            block->name);
            break;
        }
        i2c->timingr = value & 0xF0FFFFFFu;
        break;
    case I2C_TIMEOUTR_OFS:
        i2c_smbus_timeoutr(soc, block, value);
        break;
    case I2C_ISR_OFS: /* software may only set TXE, which flushes TXDR */
        i2c->isr |= value & I2C_ISR_TXE_Msk;
        break;
    case I2C_ICR_OFS:
        i2c->isr &= ~(value & 0x3F38u);
        if (value & I2C_ICR_ADDRCF_Msk) {
            i2c_slave_address_cleared(soc, block->instance);
        }
        break;
    case I2C_TXDR_OFS:
        write_data(soc, block->instance, value);
        break;
    case I2C_AUTOCR_OFS:
        i2c->autocr = value & 0x003F00C0u;
        break;
    case I2C_RXDR_OFS:
    case I2C_PECR_OFS:
        break;
    default:
        soc_stored_write(soc, block, offset, value);
        break;
    }
    i2c_update(soc, block->instance);
}

RESETTER(i2c)
{
    struct soc_i2c *i2c = &soc->i2c[block->instance];

    disable(soc, block->instance);
    i2c->cr1 = i2c->cr2 = i2c->oar1 = i2c->oar2 = i2c->timingr = i2c->timeoutr = 0;
    i2c->txdr = i2c->rxdr = i2c->autocr = 0;
    i2c->alert = false;
    i2c_update(soc, block->instance);
}

void soc_i2c_init(struct soc *soc)
{
    for (unsigned n = 0; n < I2C_COUNT; n++) {
        soc->i2c[n].device_index = -1;
        soc_event_init(&soc->i2c[n].step, soc, n, fire);
    }
}
