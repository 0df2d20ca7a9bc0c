/* GPIO ports A to I, with one security bit a pin (RM0456 13.3.18). Non-secure accesses see zeros in
 * the bits of secure pins and cannot change them; no event is raised.
 */
#include "soc/soc_state.h"

/* Pins in use on port I: 8; the others have 16. */
static uint32_t implemented(unsigned port)
{
    return port == 8 ? 0xFFu : 0xFFFFu;
}

bool soc_gpio_any_secure(const struct soc *soc, unsigned port)
{
    return soc->tzen && soc->gpio[port].seccfgr != 0;
}

static unsigned field2(uint32_t reg, unsigned pin)
{
    return (reg >> (2 * pin)) & 3u;
}

/* What the chip drives at a pin: its port's output bit, or a peripheral. */
static enum soc_drive pin_drive(const struct soc *soc, unsigned port, unsigned pin)
{
    const struct soc_gpio *gpio = &soc->gpio[port];

    if (!soc_io_powered(soc)) {
        return DRIVE_OFF;
    }
    switch (field2(gpio->moder, pin)) {
    case 1:
        return (gpio->odr >> pin) & 1u ? DRIVE_HIGH : DRIVE_LOW;
    case 2:
        return (enum soc_drive)soc->signal[soc_pin_signal(soc, port, pin)];
    default:
        return DRIVE_OFF;
    }
}

/* Pulls: those of PWR with APC, where there are any; else the port's own while it has power. */
static bool pulled_up(const struct soc *soc, unsigned port, unsigned pin)
{
    if (soc->pwr.apcr & PWR_APCR_APC_Msk) {
        bool up = (soc->pwr.pull[2 * port] >> pin) & 1u;
        bool down = (soc->pwr.pull[2 * port + 1] >> pin) & 1u;

        if (up || down) {
            return !down;
        }
    }
    return soc_io_powered(soc) && field2(soc->gpio[port].pupdr, pin) == 1;
}

/* Level of one pin: an output drives unless it is an open drain at 1; outside wins over pulls. An
 * open drain that nobody pulls low is taken as high: there is no bus without a resistor. */
static bool pin_level(const struct soc *soc, unsigned port, unsigned pin, enum soc_drive drive)
{
    const struct soc_gpio *gpio = &soc->gpio[port];
    bool open_drain = (gpio->otyper >> pin) & 1u;

    if (drive == DRIVE_LOW || (drive == DRIVE_HIGH && !open_drain)) {
        return drive == DRIVE_HIGH;
    }
    if ((gpio->driven >> pin) & 1u) {
        return (gpio->driven_level >> pin) & 1u;
    }
    return pulled_up(soc, port, pin) || drive == DRIVE_HIGH;
}

/* Recomputes levels; tells the board and EXTI about edges. */
void soc_gpio_update(struct soc *soc, unsigned port)
{
    struct soc_gpio *gpio = &soc->gpio[port];
    uint16_t level = 0;
    uint16_t changed;

    for (unsigned pin = 0; pin < 16; pin++) {
        level |= (uint16_t)(pin_level(soc, port, pin, pin_drive(soc, port, pin)) << pin);
    }
    changed = level ^ gpio->level;
    gpio->level = level;
    for (unsigned pin = 0; changed != 0 && pin < 16; pin++) {
        if (!((changed >> pin) & 1u)) {
            continue;
        }
        soc_exti_edge(soc, port, pin, (level >> pin) & 1u);
        soc_pwr_pin(soc, port, pin, (level >> pin) & 1u);
        soc_rtc_pin(soc, port, pin, (level >> pin) & 1u);
        soc_tamp_pin(soc, port, pin, (level >> pin) & 1u);
        if ((pin_drive(soc, port, pin) != DRIVE_OFF || !soc_io_powered(soc)) &&
            soc->config.pin != NULL) {
            soc->config.pin(soc->config.context, port, pin, (level >> pin) & 1u);
        }
        soc_signal_edge(soc, soc_pin_signal(soc, port, pin), (level >> pin) & 1u);
    }
}

void soc_pin_drive(struct soc *soc, unsigned port, unsigned pin, bool level)
{
    struct soc_gpio *gpio = &soc->gpio[port];

    gpio->driven |= (uint16_t)(1u << pin);
    gpio->driven_level = (uint16_t)((gpio->driven_level & ~(1u << pin)) | (unsigned)level << pin);
    soc_gpio_update(soc, port);
}

bool soc_pin_level(struct soc *soc, unsigned port, unsigned pin)
{
    return (soc->gpio[port].level >> pin) & 1u;
}

/* Spreads one bit a pin to `width` bits a pin. */
static uint32_t spread(uint32_t pins, unsigned first, unsigned count, unsigned width)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < count; i++) {
        if ((pins >> (first + i)) & 1u) {
            mask |= ((1u << width) - 1u) << (i * width);
        }
    }
    return mask;
}

/* Bits of the register at `offset` that belong to the given pins. */
static uint32_t pin_mask(uint32_t offset, uint32_t pins)
{
    switch (offset) {
    case GPIO_MODER_OFS:
    case GPIO_OSPEEDR_OFS:
    case GPIO_PUPDR_OFS:
        return spread(pins, 0, 16, 2);
    case GPIO_AFR_OFS:
        return spread(pins, 0, 8, 4);
    case GPIO_AFR_OFS + 4:
        return spread(pins, 8, 8, 4);
    case GPIO_BSRR_OFS:
        return pins | pins << 16;
    default:
        return pins;
    }
}

static uint32_t *plain_register(struct soc_gpio *gpio, uint32_t offset)
{
    switch (offset) {
    case GPIO_MODER_OFS:
        return &gpio->moder;
    case GPIO_OTYPER_OFS:
        return &gpio->otyper;
    case GPIO_OSPEEDR_OFS:
        return &gpio->ospeedr;
    case GPIO_PUPDR_OFS:
        return &gpio->pupdr;
    case GPIO_ODR_OFS:
        return &gpio->odr;
    case GPIO_AFR_OFS:
    case GPIO_AFR_OFS + 4:
        return &gpio->afr[(offset - GPIO_AFR_OFS) / 4];
    case GPIO_HSLVR_OFS:
        return &gpio->hslvr;
    default:
        return NULL;
    }
}

/* LCKR key sequence: 1+bits, 0+bits, 1+bits. */
static void write_lock(struct soc_gpio *gpio, uint32_t value)
{
    bool key = (value >> 16) & 1u;
    uint32_t bits = value & 0xFFFFu;

    if (gpio->locked) {
        return;
    }
    if (gpio->lock_step == 0 && key) {
        gpio->lock_value = bits;
        gpio->lock_step = 1;
    } else if (gpio->lock_step == 1 && !key && bits == gpio->lock_value) {
        gpio->lock_step = 2;
    } else if (gpio->lock_step == 2 && key && bits == gpio->lock_value) {
        gpio->locked = true;
        gpio->lckr = bits | 0x10000u;
        return;
    } else {
        gpio->lock_step = 0;
    }
    gpio->lckr = bits;
}

READER(gpio)
{
    struct soc_gpio *gpio = &soc->gpio[block->instance];
    const uint32_t *plain = plain_register(gpio, offset);
    uint32_t hidden = soc->tzen && access.nonsecure ? gpio->seccfgr : 0;
    uint32_t value;

    if (offset == GPIO_SECCFGR_OFS) {
        return soc->tzen ? gpio->seccfgr : 0;
    }
    if (plain != NULL) {
        value = *plain;
    } else if (offset == GPIO_IDR_OFS) {
        value = gpio->level & implemented(block->instance);
    } else if (offset == GPIO_LCKR_OFS) {
        value = gpio->lckr;
    } else if (offset == GPIO_BSRR_OFS || offset == GPIO_BRR_OFS) {
        value = 0;
    } else {
        return soc_stored_read(soc, block, offset);
    }
    return value & ~pin_mask(offset, hidden);
}

static void write_output(struct soc_gpio *gpio, uint32_t set, uint32_t clear)
{
    gpio->odr = (gpio->odr & ~clear) | set;
}

WRITER(gpio)
{
    struct soc_gpio *gpio = &soc->gpio[block->instance];
    uint32_t *plain = plain_register(gpio, offset);
    uint32_t hidden = soc->tzen && access.nonsecure ? gpio->seccfgr : 0;
    uint32_t mask = pin_mask(offset, hidden);

    if ((value & mask) != 0 && offset != GPIO_SECCFGR_OFS && plain == NULL) {
        soc_guest_error(soc, block->base + 0x200 + offset,
                        "non-secure write to secure pins 0x%04x of %s", hidden, block->name);
    }
    if (offset == GPIO_SECCFGR_OFS) {
        if (soc->tzen && !access.nonsecure) {
            gpio->seccfgr = value & implemented(block->instance);
        }
        return;
    }
    if (plain != NULL) {
        if (gpio->locked && offset != GPIO_ODR_OFS) {
            mask |= pin_mask(offset, gpio->lckr & 0xFFFFu);
        }
        *plain = (*plain & mask) | (value & ~mask & pin_mask(offset, 0xFFFFu));
    } else if (offset == GPIO_BSRR_OFS) {
        value &= ~mask;
        write_output(gpio, value & 0xFFFFu, value >> 16);
    } else if (offset == GPIO_BRR_OFS) {
        write_output(gpio, 0, value & 0xFFFFu & ~mask);
    } else if (offset == GPIO_LCKR_OFS) {
        write_lock(gpio, value & ~hidden);
    } else if (offset != GPIO_IDR_OFS) {
        soc_stored_write(soc, block, offset, value);
    }
    soc_gpio_update(soc, block->instance);
}

RESETTER(gpio)
{
    struct soc_gpio *gpio = &soc->gpio[block->instance];
    static const uint32_t moder[3] = {0xABFFFFFFu, 0xFFFFFEBFu, 0xFFFFFFFFu};
    unsigned kind = block->instance < 2 ? block->instance : 2;
    static const uint32_t ospeedr[3] = {0x0C000000u, 0x000000C0u, 0};
    static const uint32_t pupdr[3] = {0x64000000u, 0x00000100u, 0};

    gpio->moder = block->instance == 8 ? 0x0000FFFFu : moder[kind];
    gpio->otyper = 0;
    gpio->ospeedr = ospeedr[kind];
    gpio->pupdr = pupdr[kind];
    gpio->odr = 0;
    gpio->lckr = 0;
    gpio->lock_step = 0;
    gpio->locked = false;
    gpio->afr[0] = gpio->afr[1] = 0;
    gpio->hslvr = 0;
    gpio->seccfgr = soc->tzen ? implemented(block->instance) : 0;
    soc_gpio_update(soc, block->instance);
}
