/* SPI1-3 as master: frames of 4 to 32 bits through byte FIFOs, TSIZE, suspension, hardware slave
 * select (RM0456 chapter 68). The slave role is in spi_slave.c. TI mode and the RDY input are not
 * modelled; frames that are not a multiple of eight bits are rounded up on the wire.
 */
#include "soc/spi.h"

#include <string.h>

static const int irqs[SPI_COUNT] = {IRQ_SPI1, IRQ_SPI2, IRQ_SPI3};

/* FIFO bytes, longest TSIZE (RM0456 table 696). */
static unsigned fifo_bytes(unsigned n)
{
    return n == 2 ? 8 : 16;
}

unsigned spi_frame_bits(const struct soc_spi *spi)
{
    return (spi->cfg1 & SPI_CFG1_DSIZE_Msk) + 1;
}

/* Bytes of one frame in the FIFO. */
unsigned spi_frame_bytes(const struct soc_spi *spi)
{
    unsigned bits = spi_frame_bits(spi);

    return bits <= 8 ? 1 : bits <= 16 ? 2 : 4;
}

static unsigned packet_bytes(const struct soc_spi *spi)
{
    return spi_frame_bytes(spi) * (((spi->cfg1 & SPI_CFG1_FTHLV_Msk) >> SPI_CFG1_FTHLV_Pos) + 1);
}

bool spi_enabled(const struct soc_spi *spi)
{
    return (spi->cr1 & SPI_CR1_SPE_Msk) != 0;
}

bool spi_sends(const struct soc_spi *spi)
{
    unsigned mode = (spi->cfg2 & SPI_CFG2_COMM_Msk) >> SPI_CFG2_COMM_Pos;

    return mode == 0 || mode == 1 || (mode == 3 && (spi->cr1 & SPI_CR1_HDDIR_Msk));
}

bool spi_receives(const struct soc_spi *spi)
{
    unsigned mode = (spi->cfg2 & SPI_CFG2_COMM_Msk) >> SPI_CFG2_COMM_Pos;

    return mode == 0 || mode == 2 || (mode == 3 && !(spi->cr1 & SPI_CR1_HDDIR_Msk));
}

/* Frames that TSIZE still lets software put into the FIFO. */
static bool wants_data(const struct soc_spi *spi)
{
    uint32_t size = spi->cr2 & SPI_CR2_TSIZE_Msk;

    return size == 0 || spi->pushed < size;
}

static uint32_t status(const struct soc_spi *spi, unsigned n)
{
    uint32_t sr = spi->flags;
    unsigned frames = spi->rx_count / spi_frame_bytes(spi);
    bool txp, rxp;

    if (!spi_enabled(spi)) {
        return SPI_SR_TXC_Msk | SPI_SR_TXP_Msk | (spi->flags & SPI_SR_MODF_Msk);
    }
    txp = spi_sends(spi) && wants_data(spi) && fifo_bytes(n) - spi->tx_count >= packet_bytes(spi);
    rxp = spi->rx_count >= packet_bytes(spi);
    sr |= txp ? SPI_SR_TXP_Msk : 0;
    sr |= rxp ? SPI_SR_RXP_Msk : 0;
    sr |= txp && rxp ? SPI_SR_DXP_Msk : 0;
    sr |= spi->rx_count >= 4 ? SPI_SR_RXWNE_Msk : 0;
    sr |= (frames % (4 / spi_frame_bytes(spi))) << SPI_SR_RXPLVL_Pos;
    if (!spi->shifting && ((spi->cr2 & SPI_CR2_TSIZE_Msk) == 0 ? spi->tx_count == 0 : !spi->left)) {
        sr |= SPI_SR_TXC_Msk;
    }
    if (n != 2) { /* SPI3 has no counter */
        sr |= spi->left << SPI_SR_CTSIZE_Pos;
    }
    return sr;
}

void spi_update(struct soc *soc, unsigned n)
{
    const struct soc_spi *spi = &soc->spi[n];
    uint32_t sr = status(spi, n);
    uint32_t active = sr & spi->ier & 0x1FFu; /* MODF raises none: erratum 2.23.2 */

    if ((spi->ier & SPI_IER_EOTIE_Msk) && (sr & SPI_SR_SUSP_Msk)) {
        active |= SPI_SR_SUSP_Msk;
    }
    soc_irq(soc, irqs[n], spi_enabled(spi) && active != 0);
    if (spi->cfg1 & (SPI_CFG1_RXDMAEN_Msk | SPI_CFG1_TXDMAEN_Msk)) {
        soc_dma_poke(soc);
    }
}

bool soc_spi_dma_request(const struct soc *soc, unsigned spi, bool transmit)
{
    const struct soc_spi *s = &soc->spi[spi];

    if (!spi_enabled(s)) {
        return false;
    }
    return transmit ? (s->cfg1 & SPI_CFG1_TXDMAEN_Msk) && (status(s, spi) & SPI_SR_TXP_Msk)
                    : (s->cfg1 & SPI_CFG1_RXDMAEN_Msk) &&
                          ((status(s, spi) & SPI_SR_RXP_Msk) ||
                           ((s->flags & SPI_SR_EOT_Msk) && s->rx_count > 0));
}

/* ---- The wire ---- */

void soc_spi_attach(struct soc *soc, enum soc_spi_bus bus, const struct soc_spi_device *device)
{
    soc->spi[bus].device = *device;
}

bool spi_routed(struct soc *soc, unsigned n, enum soc_spi_line line)
{
    if ((soc->spi[n].cfg2 & SPI_CFG2_IOSWP_Msk) && (line == LINE_MISO || line == LINE_MOSI)) {
        line = line == LINE_MISO ? LINE_MOSI : LINE_MISO;
    }
    return soc_signal_routed(soc, SPI_SIGNAL(n, line), soc_instance_secure(soc, spi_read, n));
}

static void select(struct soc_spi *spi, bool active)
{
    if (spi->selected != active && (spi->cfg2 & SPI_CFG2_SSOE_Msk)) {
        spi->selected = active;
        if (spi->device.select != NULL) {
            spi->device.select(spi->device.context, active);
        }
    }
}

uint32_t spi_reverse(uint32_t value, unsigned bits)
{
    uint32_t out = 0;

    for (unsigned i = 0; i < bits; i++) {
        out |= ((value >> i) & 1u) << (bits - 1 - i);
    }
    return out;
}

/* One frame, most significant byte first on the wire. An empty bus reads ones. */
static uint32_t exchange(struct soc *soc, unsigned n, uint32_t out, unsigned bits)
{
    const struct soc_spi *spi = &soc->spi[n];
    unsigned bytes = (bits + 7) / 8;
    bool lsb_first = (spi->cfg2 & SPI_CFG2_LSBFRST_Msk) != 0;
    bool clock = spi_routed(soc, n, LINE_SCK), miso = spi_routed(soc, n, LINE_MISO);
    uint32_t in = 0;

    if (!spi_routed(soc, n, LINE_MOSI)) {
        out = 0;
    }
    if (!clock) {
        soc_guest_error(soc, 0x218u + n, "SPI%u transfers, but no pin is switched to its SCK",
                        n + 1);
    }
    out = lsb_first ? spi_reverse(out, 8 * bytes) : out;
    for (unsigned i = bytes; i-- > 0;) {
        uint8_t byte = 0xFF;

        if (spi->device.transfer != NULL && clock) {
            byte = spi->device.transfer(spi->device.context, (uint8_t)(out >> (8 * i)));
        }
        byte = miso ? byte : 0;
        if (soc->config.spi != NULL && clock) {
            soc->config.spi(soc->config.context, (enum soc_spi_bus)n, (uint8_t)(out >> (8 * i)),
                            byte);
        }
        in |= (uint32_t)byte << (8 * i);
    }
    return lsb_first ? spi_reverse(in, 8 * bytes) : in;
}

static sim_ps bits_ps(const struct soc *soc, unsigned n, unsigned bits)
{
    const struct soc_spi *spi = &soc->spi[n];
    uint64_t divider = 2u << ((spi->cfg1 & SPI_CFG1_MBR_Msk) >> SPI_CFG1_MBR_Pos);

    if (spi->cfg1 & SPI_CFG1_BPASS_Msk) {
        divider = 1;
    }
    return soc_periods_ps(divider * bits, soc_spi_clock_hz(soc, n));
}

bool spi_take(struct soc_spi *spi, uint32_t *frame)
{
    unsigned bytes = spi_frame_bytes(spi);

    if (spi->tx_count < bytes) {
        return false;
    }
    *frame = 0;
    memcpy(frame, spi->tx, bytes);
    spi->tx_count -= (uint8_t)bytes;
    memmove(spi->tx, spi->tx + bytes, spi->tx_count);
    return true;
}

/* Starts the next frame when the transfer runs and the FIFOs allow it. */
static void start_frame(struct soc *soc, unsigned n)
{
    struct soc_spi *spi = &soc->spi[n];
    sim_ps time;

    if (spi->shifting || !spi_enabled(spi) || !(spi->cr1 & SPI_CR1_CSTART_Msk) ||
        (spi_sends(spi) && spi->tx_count < spi_frame_bytes(spi)) ||
        ((spi->cr2 & SPI_CR2_TSIZE_Msk) != 0 && spi->left == 0)) {
        return;
    }
    if (spi_receives(spi) && (spi->cr1 & SPI_CR1_MASRX_Msk) &&
        fifo_bytes(n) - spi->rx_count < spi_frame_bytes(spi)) {
        return; /* suspended by itself until there is room */
    }
    time = bits_ps(soc, n, spi_frame_bits(spi));
    if (time == SIM_NEVER) {
        soc_guest_error(soc, 0x210u + n, "SPI%u transfers without its kernel clock", n + 1);
        return;
    }
    select(spi, true);
    spi->shift = 0xFFFFFFFFu;
    if (spi_sends(spi)) {
        spi_take(spi, &spi->shift);
    }
    spi->shifting = true;
    soc_after(soc, &spi->step, time);
}

void spi_store(struct soc_spi *spi, unsigned n, uint32_t in)
{
    unsigned bytes = spi_frame_bytes(spi);

    if (spi_frame_bits(spi) < 32) {
        in &= (1u << spi_frame_bits(spi)) - 1u;
    }
    if (fifo_bytes(n) - spi->rx_count < bytes) {
        spi->flags |= SPI_SR_OVR_Msk;
        return;
    }
    memcpy(spi->rx + spi->rx_count, &in, bytes);
    spi->rx_count += (uint8_t)bytes;
}

static void finish(struct soc_spi *spi, uint32_t flag)
{
    spi->flags |= flag;
    spi->cr1 &= ~(SPI_CR1_CSTART_Msk | SPI_CR1_CSUSP_Msk);
    if (flag == SPI_SR_EOT_Msk) {
        select(spi, false);
    }
}

/* The CRC goes behind the last frame; what came instead of one is compared and not stored. */
static void crc_done(struct soc *soc, unsigned n)
{
    struct soc_spi *spi = &soc->spi[n];
    unsigned bits = spi_crc_bits(spi);
    uint32_t in = exchange(soc, n, spi->tx_crc, bits) & (0xFFFFFFFFu >> (32 - bits));

    spi->crc_frame = false;
    if (spi_receives(spi) && in != spi->rx_crc) {
        spi->flags |= SPI_SR_CRCE_Msk;
    }
    finish(spi, SPI_SR_EOT_Msk);
}

static void frame_done(struct soc *soc, unsigned n)
{
    struct soc_spi *spi = &soc->spi[n];
    uint32_t in = exchange(soc, n, spi->shift, spi_frame_bits(spi));

    spi->tx_crc = spi_crc_next(spi, spi->tx_crc, spi->shift);
    spi->rx_crc = spi_crc_next(spi, spi->rx_crc, in);
    if (spi_receives(spi)) {
        spi_store(spi, n, in);
    }
    if (spi->cr2 & SPI_CR2_TSIZE_Msk) {
        spi->left--;
    }
    if ((spi->cr2 & SPI_CR2_TSIZE_Msk) && spi->left == 0) {
        spi->crc_frame = spi->cfg1 & SPI_CFG1_CRCEN_Msk;
        if (!spi->crc_frame) {
            finish(spi, SPI_SR_EOT_Msk);
        }
    } else if (spi->cr1 & SPI_CR1_CSUSP_Msk) {
        finish(spi, SPI_SR_SUSP_Msk);
    }
}

static void fire(void *context)
{
    struct soc_event *event = context;
    struct soc *soc = event->soc;
    unsigned n = event->instance;
    struct soc_spi *spi = &soc->spi[n];

    spi->shifting = false;
    if (spi->crc_frame) {
        crc_done(soc, n);
    } else {
        frame_done(soc, n);
    }
    if (spi->crc_frame) {
        spi->shifting = true;
        soc_after(soc, &spi->step, bits_ps(soc, n, spi_crc_bits(spi)));
    } else {
        start_frame(soc, n);
    }
    spi_update(soc, n);
}

/* ---- Registers ---- */

static void disable(struct soc *soc, struct soc_spi *spi)
{
    sched_cancel(soc->sched, &spi->step.event);
    spi->shifting = spi->crc_frame = false;
    spi->tx_count = spi->rx_count = 0;
    spi->pushed = spi->left = 0;
    spi->flags &= SPI_SR_MODF_Msk;
    spi->cr1 &= ~(SPI_CR1_CSTART_Msk | SPI_CR1_CSUSP_Msk);
    select(spi, false);
}

static void write_cr1(struct soc *soc, const struct soc_block *block, uint32_t value)
{
    struct soc_spi *spi = &soc->spi[block->instance];
    uint32_t before = spi->cr1;

    spi->cr1 = (value & 0x1F901u) | (before & (SPI_CR1_CSTART_Msk | SPI_CR1_IOLOCK_Msk));
    if (!(value & SPI_CR1_SPE_Msk)) {
        disable(soc, spi);
        return;
    }
    if (!(before & SPI_CR1_SPE_Msk)) {
        spi->left = spi->cr2 & SPI_CR2_TSIZE_Msk;
        spi->pushed = 0;
        spi_crc_begin(spi);
        if ((spi->cfg2 & SPI_CFG2_MASTER_Msk) && (spi->cfg2 & SPI_CFG2_SSM_Msk) &&
            !(value & SPI_CR1_SSI_Msk)) {
            spi->flags |= SPI_SR_MODF_Msk;
            spi->cr1 &= ~SPI_CR1_SPE_Msk;
            spi->cfg2 &= ~SPI_CFG2_MASTER_Msk;
            return;
        }
    }
    if ((value & SPI_CR1_CSTART_Msk) && (spi->cfg2 & SPI_CFG2_MASTER_Msk)) {
        spi->cr1 |= SPI_CR1_CSTART_Msk;
        start_frame(soc, block->instance);
    }
    if ((value & SPI_CR1_CSUSP_Msk) && (spi->cr1 & SPI_CR1_CSTART_Msk)) {
        spi->cr1 |= SPI_CR1_CSUSP_Msk;
        if (!spi->shifting) {
            finish(spi, SPI_SR_SUSP_Msk);
        }
    }
}

static void write_cfg(struct soc *soc, const struct soc_block *block, uint32_t *reg, uint32_t value)
{
    struct soc_spi *spi = &soc->spi[block->instance];
    unsigned bits = (value & SPI_CFG1_DSIZE_Msk) + 1;

    if (spi_enabled(spi)) {
        soc_guest_error(soc, block->base + 0x301, "%s: CFG register written with SPE = 1",
                        block->name);
        return;
    }
    *reg = value;
    if (reg != &spi->cfg1) {
        if ((value & SPI_CFG2_SP_Msk) != 0) {
            soc_not_modelled(soc, block->base + 0x302, "%s: TI protocol", block->name);
        }
        return;
    }
    if (bits < 4 || (block->instance == 2 && bits != 8 && bits != 16)) {
        soc_guest_error(soc, block->base + 0x304, "%s: frames of %u bits", block->name, bits);
    } else if (bits % 8 != 0) {
        soc_not_modelled(soc, block->base + 0x305, "%s: frames of %u bits", block->name, bits);
    }
}

static void write_data(struct soc *soc, const struct soc_block *block, uint32_t value,
                       unsigned size)
{
    unsigned n = block->instance;
    struct soc_spi *spi = &soc->spi[n];
    unsigned frame = spi_frame_bytes(spi);

    if (!spi_enabled(spi) || size < frame || spi->tx_count + size > fifo_bytes(n)) {
        soc_guest_error(soc, block->base + 0x306,
                        "%s: TXDR written while off, full or narrower than a frame", block->name);
        return;
    }
    memcpy(spi->tx + spi->tx_count, &value, size);
    spi->tx_count += (uint8_t)size;
    spi->pushed += size / frame;
    if ((spi->cr2 & SPI_CR2_TSIZE_Msk) && !wants_data(spi)) {
        spi->flags |= SPI_SR_TXTF_Msk;
    }
    start_frame(soc, n);
}

static uint32_t read_data(struct soc *soc, unsigned n, unsigned size)
{
    struct soc_spi *spi = &soc->spi[n];
    uint32_t value = 0;
    unsigned take = size < spi->rx_count ? size : spi->rx_count;

    memcpy(&value, spi->rx, take);
    spi->rx_count -= (uint8_t)take;
    memmove(spi->rx, spi->rx + take, spi->rx_count);
    start_frame(soc, n);
    spi_update(soc, n);
    return value;
}

READER(spi)
{
    struct soc_spi *spi = &soc->spi[block->instance];
    uint32_t word, at = offset & 3u;

    if ((offset & ~3u) == SPI_RXDR_OFS) {
        return read_data(soc, block->instance, access.size);
    }
    switch (offset & ~3u) {
    case SPI_CR1_OFS:
        word = spi->cr1;
        break;
    case SPI_CR2_OFS:
        word = spi->cr2;
        break;
    case SPI_CFG1_OFS:
        word = spi->cfg1;
        break;
    case SPI_CFG2_OFS:
        word = spi->cfg2;
        break;
    case SPI_IER_OFS:
        word = spi->ier;
        break;
    case SPI_SR_OFS:
        word = status(spi, block->instance);
        break;
    case SPI_AUTOCR_OFS:
        word = spi->autocr;
        break;
    case SPI_CRCPOLY_OFS:
        word = spi->crcpoly;
        break;
    case SPI_UDRDR_OFS:
        word = spi->udrdr;
        break;
    case SPI_TXCRC_OFS:
        word = spi->tx_crc;
        break;
    case SPI_RXCRC_OFS:
        word = spi->rx_crc;
        break;
    case SPI_IFCR_OFS:
    case SPI_TXDR_OFS:
        word = 0;
        break;
    default:
        return soc_stored_read(soc, block, offset & ~3u);
    }
    return word >> (8 * at);
}

WRITER(spi)
{
    struct soc_spi *spi = &soc->spi[block->instance];

    if ((offset & ~3u) == SPI_TXDR_OFS) {
        write_data(soc, block, value, access.size);
        spi_update(soc, block->instance);
        return;
    }
    if (access.size != 4) {
        soc_guest_error(soc, block->base + 0x307, "%s: register 0x%02x not written as a word",
                        block->name, offset);
    }
    switch (offset & ~3u) {
    case SPI_CR1_OFS:
        write_cr1(soc, block, value);
        break;
    case SPI_CR2_OFS:
        if (!spi_enabled(spi)) {
            spi->cr2 = value & (block->instance == 2 ? 0x3FFu : SPI_CR2_TSIZE_Msk);
        }
        break;
    case SPI_CFG1_OFS:
        write_cfg(soc, block, &spi->cfg1, value);
        break;
    case SPI_CFG2_OFS:
        write_cfg(soc, block, &spi->cfg2, value);
        break;
    case SPI_IER_OFS:
        spi->ier = value & 0x3FFu;
        break;
    case SPI_IFCR_OFS:
        spi->flags &= ~(value & 0xBF8u);
        break;
    case SPI_AUTOCR_OFS:
        spi->autocr = value & 0x003F0000u;
        break;
    case SPI_CRCPOLY_OFS:
        spi->crcpoly = value;
        break;
    case SPI_UDRDR_OFS:
        spi->udrdr = value;
        break;
    case SPI_SR_OFS:
    case SPI_RXDR_OFS:
    case SPI_TXCRC_OFS:
    case SPI_RXCRC_OFS:
        break;
    default:
        soc_stored_write(soc, block, offset & ~3u, value);
        break;
    }
    spi_update(soc, block->instance);
}

RESETTER(spi)
{
    struct soc_spi *spi = &soc->spi[block->instance];

    disable(soc, spi);
    spi->cr1 = spi->cr2 = spi->cfg2 = spi->ier = spi->flags = 0;
    spi->autocr = spi->udrdr = 0;
    spi->cfg1 = 0x00070007u;
    spi->crcpoly = 0x00000107u;
    spi_update(soc, block->instance);
}

void soc_spi_init(struct soc *soc)
{
    for (unsigned n = 0; n < SPI_COUNT; n++) {
        soc_event_init(&soc->spi[n].step, soc, n, fire);
    }
}
