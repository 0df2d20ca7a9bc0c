/* What SMBus adds to I2C1-4 (RM0456 65.4.11 to 65.4.14): time-outs, alert, default addresses.
 *
 * SCL counts as held low while the chip stretches it; its low phases within bits, which are shorter
 * than any sensible time-out by orders of magnitude, do not count. Nobody else on the bus
 * stretches.
 */
#include "soc/i2c.h"

#define HOST_ADDRESS    0x08u
#define ALERT_RESPONSE  0x0Cu
#define DEVICE_DEFAULT  0x61u
#define LOW_CLOCKS      2048u /* units of TIMEOUTA and TIMEOUTB */
#define IDLE_CLOCKS     4u    /* of TIMEOUTA with TIDLE */
#define TIMEOUTA(value) (((value)&I2C_TIMEOUTR_TIMEOUTA_Msk) + 1)
#define TIMEOUTB(value) ((((value)&I2C_TIMEOUTR_TIMEOUTB_Msk) >> I2C_TIMEOUTR_TIMEOUTB_Pos) + 1)

bool i2c_smbus_address(const struct soc_i2c *i2c, unsigned address, bool read)
{
    switch (address) {
    case HOST_ADDRESS:
        return i2c->cr1 & I2C_CR1_SMBHEN_Msk;
    case DEVICE_DEFAULT:
        return i2c->cr1 & I2C_CR1_SMBDEN_Msk;
    case ALERT_RESPONSE: /* only who has pulled SMBA answers */
        return read && (i2c->cr1 & I2C_CR1_ALERTEN_Msk) && !(i2c->cr1 & I2C_CR1_SMBHEN_Msk);
    default:
        return false;
    }
}

/* ---- Time-outs ---- */

static bool stretching(const struct soc_i2c *i2c)
{
    switch (i2c->other.phase) {
    case OTHER_STRETCHED_ADDRESS:
    case OTHER_STRETCHED_TAKE:
    case OTHER_STRETCHED_RELOAD:
    case OTHER_STRETCHED_SEND:
        return true;
    default:
        return i2c->phase == I2C_WAIT_TX || i2c->phase == I2C_WAIT_RX ||
               i2c->phase == I2C_WAIT_RELOAD || i2c->phase == I2C_WAIT_SOFTWARE;
    }
}

/* When the lines as they are become a time-out; SIM_NEVER: not. */
static sim_ps deadline(const struct soc *soc, unsigned n)
{
    const struct soc_i2c *i2c = &soc->i2c[n];
    uint32_t hz = soc_i2c_clock_hz(soc, n), timeoutr = i2c->timeoutr;
    bool a = timeoutr & I2C_TIMEOUTR_TIMOUTEN_Msk, idle = timeoutr & I2C_TIMEOUTR_TIDLE_Msk;
    sim_ps first = SIM_NEVER;

    if (hz == 0 || !(i2c->cr1 & I2C_CR1_PE_Msk)) {
        return SIM_NEVER;
    }
    if (a && idle && i2c->watch.high && !i2c->watch.told) {
        first = i2c->watch.since + soc_periods_ps(TIMEOUTA(timeoutr) * IDLE_CLOCKS, hz);
    }
    if (a && !idle && i2c->watch.low) {
        first = i2c->watch.since + soc_periods_ps(TIMEOUTA(timeoutr) * LOW_CLOCKS, hz);
    }
    if ((timeoutr & I2C_TIMEOUTR_TEXTEN_Msk) && i2c->watch.low) {
        sim_ps all = soc_periods_ps(TIMEOUTB(timeoutr) * LOW_CLOCKS, hz);
        sim_ps extended = i2c->watch.extended;
        sim_ps at = i2c->watch.since + (all > extended ? all - extended : 0);

        first = at < first ? at : first;
    }
    return first;
}

static void follow_lines(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];
    struct soc_i2c_watch *watch = &i2c->watch;
    bool on = i2c->cr1 & I2C_CR1_PE_Msk;
    bool low = on && stretching(i2c), slave = i2c_slave_active(i2c);
    bool high = on && i2c->phase == I2C_IDLE && !slave;

    if (low == watch->low && high == watch->high) {
        return;
    }
    if (watch->low) {
        watch->extended += soc_now(soc) - watch->since;
    }
    if (!slave) { /* a master's time begins anew with each byte */
        watch->extended = 0;
    }
    watch->low = low;
    watch->high = high;
    watch->told = false;
    watch->since = soc_now(soc);
}

static void arm(struct soc *soc, unsigned n)
{
    sim_ps at = deadline(soc, n), now = soc_now(soc);

    soc_after(soc, &soc->i2c[n].watch.timer, at == SIM_NEVER ? SIM_NEVER : at > now ? at - now : 0);
}

static void fire(void *context)
{
    struct soc_event *event = context;
    struct soc *soc = event->soc;
    unsigned n = event->instance;
    struct soc_i2c *i2c = &soc->i2c[n];

    i2c->isr |= I2C_ISR_TIMEOUT_Msk;
    if (i2c_slave_active(i2c)) {
        i2c_slave_let_go(soc, n);
    } else if (i2c->phase != I2C_IDLE) {
        i2c->cr2 &= ~I2C_CR2_START_Msk;
        i2c_begin_stop(soc, n);
    } else {
        i2c->watch.told = true;
    }
    i2c_update(soc, n);
}

void i2c_smbus_timeoutr(struct soc *soc, const struct soc_block *block, uint32_t value)
{
    struct soc_i2c *i2c = &soc->i2c[block->instance];
    uint32_t held = (i2c->timeoutr & I2C_TIMEOUTR_TIMOUTEN_Msk
                         ? I2C_TIMEOUTR_TIMEOUTA_Msk | I2C_TIMEOUTR_TIDLE_Msk
                         : 0) |
                    (i2c->timeoutr & I2C_TIMEOUTR_TEXTEN_Msk ? I2C_TIMEOUTR_TIMEOUTB_Msk : 0);
    uint32_t enables = I2C_TIMEOUTR_TIMOUTEN_Msk | I2C_TIMEOUTR_TEXTEN_Msk;

    if ((value ^ i2c->timeoutr) & held) {
        soc_guest_error(soc, block->base + 0x305, "%s: TIMEOUTR changed while enabled",
                        block->name);
    }
    if (value & ~i2c->timeoutr & enables) { /* its counter begins now */
        i2c->watch.since = soc_now(soc);
        i2c->watch.extended = 0;
        i2c->watch.told = false;
    }
    i2c->timeoutr = ((value & ~held) | (i2c->timeoutr & held)) & 0x8FFF9FFFu;
}

/* ---- Alert ---- */

static void follow_alert(struct soc *soc, unsigned n)
{
    struct soc_i2c *i2c = &soc->i2c[n];
    unsigned signal = I2C_SIGNAL(n, LINE_SMBA);
    bool on = (i2c->cr1 & I2C_CR1_PE_Msk) && (i2c->cr1 & I2C_CR1_ALERTEN_Msk);
    bool host = i2c->cr1 & I2C_CR1_SMBHEN_Msk, low;

    soc_signal_drive(soc, signal, on && !host ? DRIVE_LOW : DRIVE_OFF);
    low = on && host && soc_signal_routed(soc, signal, soc_instance_secure(soc, i2c_read, n)) &&
          !soc_signal_level(soc, signal);
    if (low && !i2c->alert) { /* without ALERTEN the line counts as high */
        i2c->isr |= I2C_ISR_ALERT_Msk;
    }
    i2c->alert = low;
}

void soc_i2c_edge(struct soc *soc, unsigned n)
{
    if (soc->i2c[n].cr1 & I2C_CR1_SMBHEN_Msk) {
        i2c_update(soc, n);
    }
}

void i2c_smbus_watch(struct soc *soc, unsigned n)
{
    follow_alert(soc, n);
    follow_lines(soc, n);
    arm(soc, n);
}

void soc_i2c_smbus_init(struct soc *soc)
{
    for (unsigned n = 0; n < I2C_COUNT; n++) {
        soc_event_init(&soc->i2c[n].watch.timer, soc, n, fire);
    }
}
