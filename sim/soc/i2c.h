/* Between the I2C controllers' own transfers and registers (i2c.c), their slave role (i2c_slave.c)
 * and what SMBus adds (i2c_smbus.c).
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
/* The chip begins to drive START: another master that starts too wins or loses by the first bit in
 * which their addresses differ. Returns that bit's number from 1 if the chip loses, else 0. */
unsigned i2c_slave_arbitrate(struct soc *soc, unsigned n, unsigned first_byte, unsigned second);
/* Time-out: SCL and SDA are let go. */
void i2c_slave_let_go(struct soc *soc, unsigned n);
/* The bus has become free: another master that waits begins. */
void i2c_slave_bus_free(struct soc *soc, unsigned n);

/* The next byte is the packet error code, which the hardware sends or checks itself. */
bool i2c_is_pec(const struct soc_i2c *i2c);
/* Master: STOP as the next thing on the bus. */
void i2c_begin_stop(struct soc *soc, unsigned n);

/* ---- SMBus ---- */

/* After every change: which line is held for how long, for the time-outs; drives SMBA. */
void i2c_smbus_watch(struct soc *soc, unsigned n);
void i2c_smbus_timeoutr(struct soc *soc, const struct soc_block *block, uint32_t value);
/* Host, default and alert response addresses that CR1 enables. */
bool i2c_smbus_address(const struct soc_i2c *i2c, unsigned address, bool read);

#define I2C_OTHER_BIT_PS    (10u * SIM_PS_PER_US)
#define I2C_HEADER(address) (0x78u | ((address) >> 8 & 3u)) /* header of an address of 10 bits */

/* One more byte of an SMBus packet error code: CRC-8, x^8 + x^2 + x + 1. */
uint8_t i2c_pec(uint8_t pec, uint8_t byte);

#endif
