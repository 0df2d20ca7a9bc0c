#include "board/i2c_mcp9808.h"

#include <string.h>

/* Register pointers (DS25095 5.1). */
enum {
    REG_CONFIG = 1,
    REG_UPPER = 2,
    REG_LOWER = 3,
    REG_CRITICAL = 4,
    REG_AMBIENT = 5,
    REG_MANUFACTURER = 6,
    REG_DEVICE = 7,
    REG_RESOLUTION = 8
};
#define CONFIG_SHUTDOWN      0x0100u
#define CONFIG_CRITICAL_LOCK 0x0080u
#define CONFIG_WINDOW_LOCK   0x0040u
#define CONFIG_STATUS        0x0010u
#define CONFIG_ENABLE        0x0008u
#define CONFIG_CRITICAL_ONLY 0x0004u
#define CONFIG_ACTIVE_HIGH   0x0002u

/* Typical conversion times by resolution (DS25095 table 5-2): 30, 65, 130, 250 ms. */
static const uint16_t conversion_ms[4] = {30, 65, 130, 250};

/* Steps of 1/16 degree, rounded towards minus infinity and cut to the resolution. */
static int32_t sixteenths(const struct i2c_mcp9808 *part)
{
    int32_t scaled = part->measured_mc * 16;
    int32_t steps = scaled / 1000 - (scaled % 1000 < 0);

    return steps & ~((8 >> part->resolution) - 1);
}

static void convert(struct i2c_mcp9808 *part)
{
    sim_ps now = sched_now(part->sched);

    if (!(part->config & CONFIG_SHUTDOWN) &&
        now - part->converted >= conversion_ms[part->resolution] * SIM_PS_PER_MS) {
        part->measured_mc = part->temperature_mc;
        part->converted = now;
    }
}

/* A limit register as sixteenths: sign bit 12, bits 11:2 in quarters. */
static int32_t limit(uint16_t reg)
{
    int32_t value = reg & 0x0FFC;

    return reg & 0x1000 ? value - 0x1000 : value;
}

static uint16_t ambient(struct i2c_mcp9808 *part)
{
    int32_t steps;

    convert(part);
    steps = sixteenths(part);
    return (uint16_t)((steps & 0x1FFF) | (steps >= limit(part->critical) ? 0x8000 : 0) |
                      (steps > limit(part->upper) ? 0x4000 : 0) |
                      (steps < limit(part->lower) ? 0x2000 : 0));
}

static bool alert_active(struct i2c_mcp9808 *part)
{
    uint16_t flags = ambient(part);

    return part->config & CONFIG_CRITICAL_ONLY ? (flags & 0x8000) != 0 : (flags & 0xE000) != 0;
}

bool i2c_mcp9808_alert(struct i2c_mcp9808 *part)
{
    bool active = (part->config & CONFIG_ENABLE) && alert_active(part);

    return active == ((part->config & CONFIG_ACTIVE_HIGH) != 0);
}

static uint16_t value_of(struct i2c_mcp9808 *part)
{
    switch (part->pointer) {
    case REG_CONFIG:
        return part->config | (alert_active(part) ? CONFIG_STATUS : 0);
    case REG_UPPER:
        return part->upper;
    case REG_LOWER:
        return part->lower;
    case REG_CRITICAL:
        return part->critical;
    case REG_AMBIENT:
        return ambient(part);
    case REG_MANUFACTURER:
        return 0x0054;
    case REG_DEVICE:
        return 0x0400;
    default:
        return 0;
    }
}

static void store(struct i2c_mcp9808 *part, uint16_t value)
{
    bool window_free = !(part->config & CONFIG_WINDOW_LOCK);
    bool critical_free = !(part->config & CONFIG_CRITICAL_LOCK);
    uint16_t locks = part->config & (CONFIG_WINDOW_LOCK | CONFIG_CRITICAL_LOCK);

    switch (part->pointer) {
    case REG_CONFIG: /* locks stay until power is off; shutdown cannot be set while locked */
        if (locks != 0) {
            value = (uint16_t)((part->config & ~CONFIG_SHUTDOWN) | (value & 0x00C0));
        }
        part->config = (value & 0x07CF) | locks;
        break;
    case REG_UPPER:
        part->upper = window_free ? value & 0x1FFC : part->upper;
        break;
    case REG_LOWER:
        part->lower = window_free ? value & 0x1FFC : part->lower;
        break;
    case REG_CRITICAL:
        part->critical = critical_free ? value & 0x1FFC : part->critical;
        break;
    default:
        break;
    }
}

static bool on_start(void *context, bool read)
{
    struct i2c_mcp9808 *part = context;

    (void)read;
    part->position = 0;
    return true;
}

static bool on_write(void *context, uint8_t byte)
{
    struct i2c_mcp9808 *part = context;

    if (part->position == 0) {
        part->pointer = byte & 0x0F;
    } else if (part->pointer == REG_RESOLUTION) {
        part->resolution = byte & 3;
    } else if (part->position == 1) {
        part->high = byte;
    } else if (part->position == 2) {
        store(part, (uint16_t)(part->high << 8 | byte));
    }
    part->position = part->position < 3 ? part->position + 1 : 3;
    return true;
}

static uint8_t on_read(void *context)
{
    struct i2c_mcp9808 *part = context;
    uint16_t value =
        part->pointer == REG_RESOLUTION ? (uint16_t)(part->resolution << 8 | 0xFF) : value_of(part);

    return part->position++ % 2 == 0 ? (uint8_t)(value >> 8) : (uint8_t)value;
}

void i2c_mcp9808_power_on(struct i2c_mcp9808 *part)
{
    *part = (struct i2c_mcp9808){.sched = part->sched,
                                 .temperature_mc = part->temperature_mc,
                                 .measured_mc = part->temperature_mc,
                                 .converted = sched_now(part->sched),
                                 .resolution = 3};
}

bool i2c_mcp9808_attach(struct i2c_mcp9808 *part, struct soc *soc, struct sched *sched,
                        enum soc_i2c_bus bus, uint8_t address)
{
    const struct soc_i2c_device device = {
        .context = part, .address = address, .start = on_start, .write = on_write, .read = on_read};

    *part = (struct i2c_mcp9808){.sched = sched, .temperature_mc = 25000};
    i2c_mcp9808_power_on(part);
    return soc_i2c_attach(soc, bus, &device);
}

void i2c_mcp9808_set(struct i2c_mcp9808 *part, int32_t temperature_mc)
{
    part->temperature_mc = temperature_mc;
}
