#include "board/i2c_lis3dh.h"

#include <string.h>

enum {
    REG_WHO_AM_I = 0x0F,
    REG_CTRL0 = 0x1E,
    REG_CTRL1 = 0x20,
    REG_CTRL4 = 0x23,
    REG_CTRL5 = 0x24,
    REG_STATUS = 0x27,
    REG_OUT_X_L = 0x28,
    REG_OUT_Z_H = 0x2D,
    REG_INT1_SRC = 0x31
};
#define STATUS_READY          0x0Fu
#define STATUS_OVERRUN        0xF0u
#define CTRL1_LOW_POWER       0x08u
#define CTRL4_HIGH_RESOLUTION 0x08u
#define CTRL5_BOOT            0x80u

/* Output data rate in Hz by ODR (DS6839 table 31); the last one depends on the power mode. */
static uint32_t rate_hz(const struct i2c_lis3dh *part)
{
    static const uint16_t rates[10] = {0, 1, 10, 25, 50, 100, 200, 400, 1620, 1344};
    unsigned odr = part->reg[REG_CTRL1] >> 4;

    if (odr == 9 && (part->reg[REG_CTRL1] & CTRL1_LOW_POWER)) {
        return 5376;
    }
    return odr < 10 ? rates[odr] : 0;
}

/* One axis, left-aligned in 16 bits: 8, 10 or 12 bits of it are significant. */
static int16_t quantise(const struct i2c_lis3dh *part, int32_t mg)
{
    unsigned scale = (part->reg[REG_CTRL4] >> 4) & 3u;
    /* Full scale: mg for each step of 12 bits (table 4); 16 g has its own sensitivity. */
    static const uint8_t mg_per_step[4] = {1, 2, 4, 12};
    unsigned bits = part->reg[REG_CTRL1] & CTRL1_LOW_POWER         ? 8
                    : part->reg[REG_CTRL4] & CTRL4_HIGH_RESOLUTION ? 12
                                                                   : 10;
    int32_t steps = mg / mg_per_step[scale];

    steps = steps > 2047 ? 2047 : steps < -2048 ? -2048 : steps;
    return (int16_t)((steps * 16) & ~((1 << (16 - bits)) - 1));
}

/* Brings outputs and flags up to date with time. */
static void sample(struct i2c_lis3dh *part)
{
    uint32_t hz = rate_hz(part);
    sim_ps now = sched_now(part->sched), period;

    if (hz == 0) {
        part->sampled = now;
        return;
    }
    period = SIM_PS_PER_S / hz;
    if (now - part->sampled < period) {
        return;
    }
    part->reg[REG_STATUS] |= part->reg[REG_STATUS] & STATUS_READY ? STATUS_OVERRUN : 0;
    part->reg[REG_STATUS] |= STATUS_READY;
    part->sampled += (now - part->sampled) / period * period;
    for (unsigned axis = 0; axis < 3; axis++) {
        int16_t value = quantise(part, part->acceleration_mg[axis]);

        if (part->reg[REG_CTRL1] & (1u << axis)) {
            part->reg[REG_OUT_X_L + 2 * axis] = (uint8_t)value;
            part->reg[REG_OUT_X_L + 2 * axis + 1] = (uint8_t)((uint16_t)value >> 8);
        }
    }
}

void i2c_lis3dh_power_on(struct i2c_lis3dh *part)
{
    memset(part->reg, 0, sizeof part->reg);
    part->reg[REG_WHO_AM_I] = 0x33;
    part->reg[REG_CTRL0] = 0x10;
    part->reg[REG_CTRL1] = 0x07;
}

static bool read_only(uint8_t reg)
{
    return reg < REG_CTRL0 || (reg >= REG_STATUS && reg <= REG_OUT_Z_H) || reg == REG_INT1_SRC;
}

static void next(struct i2c_lis3dh *part)
{
    if (part->increment) {
        part->pointer = (part->pointer + 1) & 0x3F;
    }
}

static bool on_start(void *context, bool read)
{
    struct i2c_lis3dh *part = context;

    part->pointed = read;
    sample(part);
    return true;
}

/* First byte: register and, in bit 7, auto-increment (DS6839 6.1.1). */
static bool on_write(void *context, uint8_t byte)
{
    struct i2c_lis3dh *part = context;

    if (!part->pointed) {
        part->pointed = true;
        part->pointer = byte & 0x3F;
        part->increment = (byte & 0x80) != 0;
        return true;
    }
    sample(part);
    if (part->pointer == REG_CTRL5 && (byte & CTRL5_BOOT)) {
        byte &= (uint8_t)~CTRL5_BOOT; /* the reload of the trimming values is over at once */
    }
    if (!read_only(part->pointer)) {
        part->reg[part->pointer] = byte;
    }
    if (part->pointer == REG_CTRL1) {
        part->sampled = sched_now(part->sched);
    }
    next(part);
    return true;
}

static uint8_t on_read(void *context)
{
    struct i2c_lis3dh *part = context;
    uint8_t reg = part->pointer, value;

    if (reg == REG_STATUS) {
        sample(part);
    }
    value = part->reg[reg];
    if (reg >= REG_OUT_X_L && reg <= REG_OUT_Z_H && reg % 2 == 1) {
        unsigned axis = (reg - REG_OUT_X_L) / 2;

        part->reg[REG_STATUS] &= (uint8_t) ~(0x11u << axis);
        if (!(part->reg[REG_STATUS] & 0x07u)) {
            part->reg[REG_STATUS] = 0;
        }
    }
    next(part);
    return value;
}

bool i2c_lis3dh_attach(struct i2c_lis3dh *part, struct soc *soc, struct sched *sched,
                       enum soc_i2c_bus bus, uint8_t address)
{
    const struct soc_i2c_device device = {
        .context = part, .address = address, .start = on_start, .write = on_write, .read = on_read};

    *part = (struct i2c_lis3dh){.sched = sched, .acceleration_mg = {0, 0, 1000}};
    i2c_lis3dh_power_on(part);
    return soc_i2c_attach(soc, bus, &device);
}

void i2c_lis3dh_set(struct i2c_lis3dh *part, int32_t x_mg, int32_t y_mg, int32_t z_mg)
{
    sample(part); /* what was felt so far belongs to samples already due */
    part->acceleration_mg[0] = x_mg;
    part->acceleration_mg[1] = y_mg;
    part->acceleration_mg[2] = z_mg;
}
