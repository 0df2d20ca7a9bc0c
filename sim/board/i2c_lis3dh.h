/* LIS3DH accelerometer on an I2C bus (ST DS6839): identification, output data rates, full scales,
 * three resolutions, data-ready flags and register auto-increment. FIFO, interrupts and click
 * detection keep their registers but have no function.
 */
#ifndef SIM_BOARD_I2C_LIS3DH_H
#define SIM_BOARD_I2C_LIS3DH_H

#include "soc/soc.h"

/* Plain values only: a snapshot of the part is a copy. */
struct i2c_lis3dh {
    struct sched *sched;
    int32_t acceleration_mg[3];
    uint8_t reg[0x40];
    sim_ps sampled;
    uint8_t pointer;
    bool increment, pointed;
};

/* Puts the part, lying flat (0, 0, 1 g), on a bus; the usual address is 0x18 or 0x19. The memory of
 * `part` stays the caller's and must live as long as the chip. False: the bus is full. */
bool i2c_lis3dh_attach(struct i2c_lis3dh *part, struct soc *soc, struct sched *sched,
                       enum soc_i2c_bus bus, uint8_t address);
/* Registers as after power-on; the world around the part stays. */
void i2c_lis3dh_power_on(struct i2c_lis3dh *part);
/* What the part feels from now on, in thousandths of g. */
void i2c_lis3dh_set(struct i2c_lis3dh *part, int32_t x_mg, int32_t y_mg, int32_t z_mg);

#endif
