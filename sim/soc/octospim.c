/* OCTOSPIM: joins the two OCTOSPI controllers to the pins of two ports (RM0456 chapter 30). */
#include "soc/soc_state.h"

static unsigned field(uint32_t reg, unsigned pos, unsigned bits)
{
    return (reg >> pos) & ((1u << bits) - 1u);
}

/* Port of the I/O manager whose clock and select pins the controller has; -1: none. */
static int port_of(const struct soc *soc, unsigned n)
{
    if (soc->octospim.cr & XSPIM_CR_MUXEN_Msk) {
        return 0; /* both controllers share port 1 */
    }
    for (int port = 0; port < 2; port++) {
        uint32_t pcr = soc->octospim.pcr[port];

        if ((pcr & XSPIM_PCR_CLKEN_Msk) && field(pcr, XSPIM_PCR_CLKSRC_Pos, 1) == n &&
            (pcr & XSPIM_PCR_NCSEN_Msk) && field(pcr, XSPIM_PCR_NCSSRC_Pos, 1) == n) {
            return port;
        }
    }
    return -1;
}

/* The port line, 0 to 7, that carries line `io` of the controller; -1: none. */
static int port_line(const struct soc *soc, unsigned n, int port, unsigned io)
{
    uint32_t pcr = soc->octospim.pcr[port];
    unsigned group = 2 * n + io / 4;

    if (soc->octospim.cr & XSPIM_CR_MUXEN_Msk) {
        group = io / 4;
    }
    if ((pcr & XSPIM_PCR_IOLEN_Msk) && field(pcr, XSPIM_PCR_IOLSRC_Pos, 2) == group) {
        return (int)(io % 4);
    }
    if ((pcr & XSPIM_PCR_IOHEN_Msk) && field(pcr, XSPIM_PCR_IOHSRC_Pos, 2) == group) {
        return (int)(4 + io % 4);
    }
    return -1;
}

/* Which of the controller's lines 0 to 7 reach the device on the board, through OCTOSPIM and pins;
 * 0 as well without clock or select. */
uint8_t soc_octospim_wired(struct soc *soc, unsigned n)
{
    bool secure = soc_instance_secure(soc, octospi_read, n);
    int port = port_of(soc, n);
    uint8_t lines_wired = 0;

    soc->octospi[n].port = (int8_t)port;
    if (port < 0 || !soc_signal_routed(soc, OCTOSPIM_SIGNAL((unsigned)port, LINE_CLK), secure) ||
        !soc_signal_routed(soc, OCTOSPIM_SIGNAL((unsigned)port, LINE_NCS), secure)) {
        return 0;
    }
    for (unsigned io = 0; io < 8; io++) {
        int line = port_line(soc, n, port, io);
        unsigned first = soc->config.octospi_first_io[port];

        if (line >= 0 && (unsigned)line == (first + io) % 8 &&
            soc_signal_routed(soc, OCTOSPIM_SIGNAL((unsigned)port, LINE_IO) + (unsigned)line,
                              secure)) {
            lines_wired |= (uint8_t)(1u << io);
        }
    }
    return lines_wired;
}

/* ---- Registers ---- */

READER(octospim)
{
    (void)access;
    switch (offset) {
    case XSPIM_CR_OFS:
        return soc->octospim.cr;
    case XSPIM_PCR_OFS:
    case XSPIM_PCR_OFS + 4:
        return soc->octospim.pcr[(offset - XSPIM_PCR_OFS) / 4];
    default:
        return soc_stored_read(soc, block, offset);
    }
}

/* The manager is set while both controllers are off. */
WRITER(octospim)
{
    (void)access;
    if ((soc->octospi[0].cr | soc->octospi[1].cr) & XSPI_CR_EN_Msk) {
        soc_guest_error(soc, block->base + 0x300, "OCTOSPIM written while an OCTOSPI is enabled");
    }
    if (offset == XSPIM_CR_OFS) {
        soc->octospim.cr = value & (XSPIM_CR_MUXEN_Msk | XSPIM_CR_REQ2ACK_TIME_Msk);
    } else if (offset == XSPIM_PCR_OFS || offset == XSPIM_PCR_OFS + 4) {
        soc->octospim.pcr[(offset - XSPIM_PCR_OFS) / 4] = value & 0x07070333u;
    } else {
        soc_stored_write(soc, block, offset, value);
    }
}

RESETTER(octospim)
{
    (void)block;
    soc->octospim = (struct soc_octospim){.pcr = {0x03010111u, 0x07050333u}};
}
