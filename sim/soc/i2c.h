/* Between the I2C controllers' own transfers and registers (i2c.c) and their slave role
 * (i2c_slave.c).
 */
#ifndef SIM_SOC_I2C_H
#define SIM_SOC_I2C_H

#include "soc/soc_state.h"

/* Interrupt lines and DMA requests, from the flags. */
void i2c_update(struct soc *soc, unsigned n);
/* Whoever looks on sees this. */
void i2c_tell(struct soc *soc, unsigned n, enum soc_i2c_sign sign, uint32_t value);
/* SCL and SDA lead to pins. */
bool i2c_routed(const struct soc *soc, unsigned n);
/* The other master has left the bus: a START that waited goes out. */
void i2c_bus_free(struct soc *soc, unsigned n);

/* Software has read RXDR, written TXDR, cleared ADDR, or written CR2. */
void i2c_slave_read(struct soc *soc, unsigned n);
void i2c_slave_written(struct soc *soc, unsigned n);
void i2c_slave_address_cleared(struct soc *soc, unsigned n);
void i2c_slave_cr2(struct soc *soc, unsigned n);
/* PE = 0: the other master finds nobody any more. */
void i2c_slave_disable(struct soc *soc, unsigned n);
/* The other master holds the bus. */
bool i2c_slave_active(const struct soc_i2c *i2c);
/* The bus has become free: another master that waits begins. */
void i2c_slave_bus_free(struct soc *soc, unsigned n);

/* One more byte of an SMBus packet error code: CRC-8, x^8 + x^2 + x + 1. */
uint8_t i2c_pec(uint8_t pec, uint8_t byte);

#endif
