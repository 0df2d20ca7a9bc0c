/* MCP9808 temperature sensor on an I2C bus (Microchip DS25095: registers, 0.0625 °C steps,
 * resolution, conversion times, limits and the alert comparison).
 */
#ifndef SIM_BOARD_I2C_MCP9808_H
#define SIM_BOARD_I2C_MCP9808_H

#include "soc/soc.h"

/* Plain values only: a snapshot of the part is a copy. */
struct i2c_mcp9808 {
    struct sched *sched;
    int32_t temperature_mc; /* around the part, in thousandths of a degree Celsius */
    int32_t measured_mc;    /* at the last conversion */
    sim_ps converted;
    uint16_t config, upper, lower, critical;
    uint8_t resolution, pointer, position;
    uint8_t high; /* first byte of a register write */
};

/* Puts the part, at 25 °C, on a bus; the usual address is 0x18. The memory of `part` stays the
 * caller's and must live as long as the chip. False: the bus is full. */
bool i2c_mcp9808_attach(struct i2c_mcp9808 *part, struct soc *soc, struct sched *sched,
                        enum soc_i2c_bus bus, uint8_t address);
/* Registers as after power-on; the world around the part stays. */
void i2c_mcp9808_power_on(struct i2c_mcp9808 *part);
/* What the part will measure from now on. */
void i2c_mcp9808_set(struct i2c_mcp9808 *part, int32_t temperature_mc);
/* The alert output as it would drive its pin (open drain: false = pulled low when configured so).
 */
bool i2c_mcp9808_alert(struct i2c_mcp9808 *part);

#endif
