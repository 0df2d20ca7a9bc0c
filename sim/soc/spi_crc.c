/* CRC of SPI transfers (RM0456 68.4.14): over the bits of the frames in the order of the wire, with
 * the polynomial of CRCPOLY and a length of 4 to 32 bits.
 */
#include "soc/spi.h"

unsigned spi_crc_bits(const struct soc_spi *spi)
{
    return ((spi->cfg1 & SPI_CFG1_CRCSIZE_Msk) >> SPI_CFG1_CRCSIZE_Pos) + 1;
}

static uint32_t mask(const struct soc_spi *spi)
{
    return 0xFFFFFFFFu >> (32 - spi_crc_bits(spi));
}

void spi_crc_begin(struct soc_spi *spi)
{
    spi->tx_crc = spi->cr1 & SPI_CR1_TCRCINI_Msk ? mask(spi) : 0;
    spi->rx_crc = spi->cr1 & SPI_CR1_RCRCINI_Msk ? mask(spi) : 0;
}

uint32_t spi_crc_next(const struct soc_spi *spi, uint32_t crc, uint32_t frame)
{
    unsigned bits = spi_frame_bits(spi), size = spi_crc_bits(spi);

    if (spi->cfg2 & SPI_CFG2_LSBFRST_Msk) {
        frame = spi_reverse(frame, bits);
    }
    for (unsigned i = bits; i-- > 0;) {
        uint32_t top = ((crc >> (size - 1)) ^ (frame >> i)) & 1u;

        crc = ((crc << 1) ^ (top ? spi->crcpoly : 0)) & mask(spi);
    }
    return crc;
}
