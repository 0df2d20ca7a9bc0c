/* Between the SPI controllers' registers and master role (spi.c), their slave role (spi_slave.c)
 * and their CRC (spi_crc.c).
 */
#ifndef SIM_SOC_SPI_H
#define SIM_SOC_SPI_H

#include "soc/soc_state.h"

/* Bits of a frame, and bytes that it takes in a FIFO. */
unsigned spi_frame_bits(const struct soc_spi *spi);
unsigned spi_frame_bytes(const struct soc_spi *spi);
bool spi_enabled(const struct soc_spi *spi);
bool spi_sends(const struct soc_spi *spi);
bool spi_receives(const struct soc_spi *spi);
/* A line leads to a pin (CFG2.IOSWP exchanges MISO and MOSI). */
bool spi_routed(struct soc *soc, unsigned n, enum soc_spi_line line);
/* Takes a frame out of the transmit FIFO; false: it is empty. */
bool spi_take(struct soc_spi *spi, uint32_t *frame);
/* Puts a frame into the receive FIFO, or raises OVR. */
void spi_store(struct soc_spi *spi, unsigned n, uint32_t frame);
/* Interrupt line and DMA requests, from the flags. */
void spi_update(struct soc *soc, unsigned n);
uint32_t spi_reverse(uint32_t value, unsigned bits);

/* RM0456 68.4.14: both registers to their first value; one more frame; bits of the CRC frame. */
void spi_crc_begin(struct soc_spi *spi);
uint32_t spi_crc_next(const struct soc_spi *spi, uint32_t crc, uint32_t frame);
unsigned spi_crc_bits(const struct soc_spi *spi);

#endif
