/* SPI1-3 as slave of another master (RM0456 68.4.6 and 68.5.2): frames at the master's pace,
 * underrun, overrun, TSIZE.
 *
 * The other master is the world's: it selects the chip, clocks bytes out at 1 MHz and takes what
 * comes back; config.spi sees both.
 */
#include "soc/spi.h"

#include <string.h>

#define OTHER_BIT_PS SIM_PS_PER_US

static bool is_slave(struct soc *soc, unsigned n)
{
    const struct soc_spi *spi = &soc->spi[n];
    bool inactive = spi->cfg2 & SPI_CFG2_SSIOP_Msk ? !(spi->cr1 & SPI_CR1_SSI_Msk)
                                                   : (spi->cr1 & SPI_CR1_SSI_Msk) != 0;

    if (!spi_enabled(spi) || (spi->cfg2 & SPI_CFG2_MASTER_Msk) || !spi_routed(soc, n, LINE_SCK)) {
        return false;
    }
    return spi->cfg2 & SPI_CFG2_SSM_Msk ? !inactive : spi_routed(soc, n, LINE_NSS);
}

/* What the chip sends when software has provided nothing. */
static uint32_t underrun(struct soc_spi *spi)
{
    spi->flags |= SPI_SR_UDR_Msk;
    return spi->cfg1 & SPI_CFG1_UDRCFG_Msk ? spi->last_in : spi->udrdr;
}

static uint32_t next_out(struct soc *soc, unsigned n)
{
    struct soc_spi *spi = &soc->spi[n];
    uint32_t frame = 0;

    if (!spi_sends(spi)) {
        return 0xFFFFFFFFu;
    }
    if (!spi_take(spi, &frame)) {
        frame = underrun(spi);
    }
    return spi_routed(soc, n, LINE_MISO) ? frame : 0xFFFFFFFFu;
}

static void exchange(struct soc *soc, unsigned n, unsigned bytes)
{
    struct soc_spi *spi = &soc->spi[n];
    bool lsb_first = (spi->cfg2 & SPI_CFG2_LSBFRST_Msk) != 0;
    uint32_t in = 0, out = next_out(soc, n);

    out = lsb_first ? spi_reverse(out, 8 * bytes) : out;
    for (unsigned i = bytes; i-- > 0;) {
        uint8_t from = spi->other[spi->other_at++], to = (uint8_t)(out >> (8 * i));

        in = in << 8 | from;
        if (soc->config.spi != NULL) {
            soc->config.spi(soc->config.context, (enum soc_spi_bus)n, from, to);
        }
    }
    in = lsb_first ? spi_reverse(in, 8 * bytes) : in;
    in = spi_routed(soc, n, LINE_MOSI) ? in : 0;
    spi->last_in = in;
    if (spi_receives(spi)) {
        spi_store(spi, n, in);
    }
    if ((spi->cr2 & SPI_CR2_TSIZE_Msk) && spi->left > 0 && --spi->left == 0) {
        spi->flags |= SPI_SR_EOT_Msk;
    }
}

static void again(struct soc *soc, unsigned n)
{
    struct soc_spi *spi = &soc->spi[n];
    unsigned bits = is_slave(soc, n) ? spi_frame_bits(spi) : 8;

    soc_after(soc, &spi->other_step, bits * OTHER_BIT_PS);
}

static void fire(void *context)
{
    struct soc_event *event = context;
    struct soc *soc = event->soc;
    unsigned n = event->instance;
    struct soc_spi *spi = &soc->spi[n];
    unsigned bytes = (spi_frame_bits(spi) + 7) / 8;

    if (!is_slave(soc, n)) { /* nobody answers: an undriven line */
        if (soc->config.spi != NULL) {
            soc->config.spi(soc->config.context, (enum soc_spi_bus)n, spi->other[spi->other_at],
                            0xFF);
        }
        spi->other_at++;
    } else if (spi->other_at + bytes <= spi->other_count) {
        exchange(soc, n, bytes);
        spi_update(soc, n);
    } else {
        spi->other_at = spi->other_count; /* less than a frame */
    }
    if (spi->other_at < spi->other_count) {
        again(soc, n);
    } else {
        spi->other_count = 0;
    }
}

bool soc_spi_other_master(struct soc *soc, enum soc_spi_bus bus, const uint8_t *bytes, size_t count)
{
    struct soc_spi *spi = &soc->spi[bus];

    if (spi->other_count != 0 || count == 0 || count > sizeof spi->other) {
        return false;
    }
    memcpy(spi->other, bytes, count);
    spi->other_count = (uint8_t)count;
    spi->other_at = 0;
    again(soc, bus);
    return true;
}

void soc_spi_slave_init(struct soc *soc)
{
    for (unsigned n = 0; n < SPI_COUNT; n++) {
        soc_event_init(&soc->spi[n].other_step, soc, n, fire);
    }
}
