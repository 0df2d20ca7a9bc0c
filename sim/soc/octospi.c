/* OCTOSPI1 and OCTOSPI2 in indirect, automatic-polling and memory-mapped mode with regular and
 * HyperBus commands, talking byte by byte to the devices on the board (RM0456 28.4).
 *
 * The command phases run when they start; data bytes are moved by timed steps, so that FIFO level,
 * FTF and BUSY are seen as on silicon. Of a dual memory only the first device is there.
 */
#include "soc/soc_state.h"

#include <assert.h>
#include <string.h>

#define FMODE(cr)  (((cr)&XSPI_CR_FMODE_Msk) >> XSPI_CR_FMODE_Pos)
#define STEP_BYTES 16u /* bytes that one event moves at most */
#define HYPERBUS   4u  /* MTYP 4 and 5: memory and register space */
#define CA_BYTES   6u

static const uint32_t bases[OSPI_COUNT] = {OCTOSPI1_R_NS, OCTOSPI2_R_NS};
static const int irqs[OSPI_COUNT] = {IRQ_OCTOSPI1, IRQ_OCTOSPI2};

enum { MODE_WRITE, MODE_READ, MODE_POLL, MODE_MAPPED };

/* One command as configured: CCR-like, TCR-like, IR, ABR and the address. */
struct command {
    uint32_t ccr, tcr, ir, abr, address;
    bool reads;
};

static unsigned field(uint32_t reg, unsigned pos, unsigned bits)
{
    return (reg >> pos) & ((1u << bits) - 1u);
}

/* Lines used by a phase: 0 none, 1, 2, 4, 8. */
static unsigned lines(unsigned mode)
{
    return mode == 0 ? 0 : 1u << (mode - 1);
}

/* ---- The wire ---- */

static const struct soc_spi_device *device_of(const struct soc *soc, unsigned n)
{
    return soc->octospi[n].port == 1 ? &soc->config.octospi2 : &soc->config.octospi1;
}

static void select_device(struct soc *soc, unsigned n, bool active)
{
    struct soc_octospi *o = &soc->octospi[n];
    const struct soc_spi_device *device;

    if (o->selected == active) {
        return;
    }
    if (active) {
        o->wired = soc_octospim_wired(soc, n);
        o->second = false;
        if (!(o->wired & 1u)) {
            soc_guest_error(soc, bases[n] + 0x1007,
                            "OCTOSPI%u: clock, select and line 0 are not all switched to pins",
                            n + 1);
        }
    }
    o->selected = active;
    device = device_of(soc, n);
    if ((o->wired & 1u) && device->select != NULL) {
        device->select(device->context, active);
    }
}

static uint8_t transfer(struct soc *soc, unsigned n, uint8_t out)
{
    const struct soc_spi_device *device = device_of(soc, n);

    if (!(soc->octospi[n].wired & 1u) || device->transfer == NULL) {
        return 0xFF;
    }
    return device->transfer(device->context, out);
}

/* A byte of the data phase. In dual-memory mode every other one belongs to a second device, which
 * the board does not have. Without the pins that it needs the byte reads zero. */
static uint8_t transfer_data(struct soc *soc, unsigned n, uint8_t out, unsigned dmode)
{
    struct soc_octospi *o = &soc->octospi[n];
    static const uint8_t needed[5] = {0, 0x02, 0x03, 0x0F, 0xFF};
    uint8_t need = needed[dmode < 5 ? dmode : 4];
    uint8_t in;

    if (o->cr & XSPI_CR_DMM_Msk) {
        o->second = !o->second;
        if (!o->second) {
            return 0xFF;
        }
    }
    in = transfer(soc, n, out);
    return (o->wired & need) == need ? in : 0;
}

/* Sends `size`+1 bytes of a value, most significant first. */
static void send(struct soc *soc, unsigned n, uint32_t value, unsigned size)
{
    for (unsigned i = size + 1; i-- > 0;) {
        transfer(soc, n, (uint8_t)(value >> (8 * i)));
    }
}

static uint64_t phase_cycles(unsigned mode, unsigned bytes, bool dtr)
{
    uint64_t bits = 8u * (uint64_t)bytes;

    return mode == 0 ? 0 : bits / lines(mode) / (dtr ? 2 : 1);
}

/* HyperBus: six bytes of command and address on eight lines at both edges, then the latency. The
 * address counts half-words; bit 45 asks for a linear burst (RM0456 28.4.6). */
static uint64_t send_hyperbus(struct soc *soc, unsigned n, uint32_t address, bool read)
{
    const struct soc_octospi *o = &soc->octospi[n];
    uint32_t half_word = address >> 1;
    uint64_t ca = (uint64_t)read << 47 | UINT64_C(1) << 45 | (uint64_t)(half_word >> 3) << 16 |
                  (half_word & 7u);
    unsigned latency = field(o->hlcr, XSPI_HLCR_TACC_Pos, 8);

    if (field(o->dcr1, XSPI_DCR1_MTYP_Pos, 3) == HYPERBUS + 1) {
        ca |= UINT64_C(1) << 46; /* register space */
    }
    if (!read && (o->hlcr & XSPI_HLCR_WZL_Msk)) {
        latency = 0;
    } else if (o->hlcr & XSPI_HLCR_LM_Msk) {
        latency *= 2; /* fixed latency: always twice */
    }
    for (unsigned i = CA_BYTES; i-- > 0;) {
        transfer(soc, n, (uint8_t)(ca >> (8 * i)));
    }
    return CA_BYTES / 2 + latency;
}

/* Instruction, address, alternate bytes and dummy cycles; returns the clock cycles they take. */
static uint64_t send_command(struct soc *soc, unsigned n, const struct command *c)
{
    uint64_t cycles = 0;
    unsigned imode = field(c->ccr, XSPI_CCR_IMODE_Pos, 3);
    unsigned admode = field(c->ccr, XSPI_CCR_ADMODE_Pos, 3);
    unsigned abmode = field(c->ccr, XSPI_CCR_ABMODE_Pos, 3);
    unsigned dummy = field(c->tcr, XSPI_TCR_DCYC_Pos, 5);
    unsigned dmode = field(c->ccr, XSPI_CCR_DMODE_Pos, 3);

    if (field(soc->octospi[n].dcr1, XSPI_DCR1_MTYP_Pos, 3) >= HYPERBUS) {
        return send_hyperbus(soc, n, c->address, c->reads);
    }
    if (imode != 0) {
        send(soc, n, c->ir, field(c->ccr, XSPI_CCR_ISIZE_Pos, 2));
        cycles += phase_cycles(imode, field(c->ccr, XSPI_CCR_ISIZE_Pos, 2) + 1,
                               c->ccr & XSPI_CCR_IDTR_Msk);
    }
    if (admode != 0) {
        send(soc, n, c->address, field(c->ccr, XSPI_CCR_ADSIZE_Pos, 2));
        cycles += phase_cycles(admode, field(c->ccr, XSPI_CCR_ADSIZE_Pos, 2) + 1,
                               c->ccr & XSPI_CCR_ADDTR_Msk);
    }
    if (abmode != 0) {
        send(soc, n, c->abr, field(c->ccr, XSPI_CCR_ABSIZE_Pos, 2));
        cycles += phase_cycles(abmode, field(c->ccr, XSPI_CCR_ABSIZE_Pos, 2) + 1,
                               c->ccr & XSPI_CCR_ABDTR_Msk);
    }
    /* The device sees dummy cycles as bytes, by the lines of the phase that follows. */
    for (unsigned i = 0; i < (dummy * (dmode != 0 ? lines(dmode) : 1u) + 7u) / 8u; i++) {
        transfer(soc, n, 0xFF);
    }
    return cycles + dummy;
}

/* Duration of a number of clock cycles at the prescaled clock. */
static sim_ps cycles_ps(struct soc *soc, unsigned n, uint64_t cycles)
{
    uint32_t hz = soc_octospi_clock_hz(soc);

    if (hz == 0) {
        soc_guest_error(soc, bases[n] + 0x1000, "OCTOSPI%u used without its kernel clock", n + 1);
        hz = 4000000u;
    }
    return soc_periods_ps(cycles * (field(soc->octospi[n].dcr2, 0, 8) + 1), hz);
}

static uint64_t byte_cycles(const struct soc_octospi *o)
{
    return phase_cycles(field(o->ccr, XSPI_CCR_DMODE_Pos, 3), 1, o->ccr & XSPI_CCR_DDTR_Msk);
}

/* ---- Flags ---- */

static uint32_t status(const struct soc_octospi *o)
{
    uint32_t sr = o->sr & (XSPI_SR_TEF_Msk | XSPI_SR_TCF_Msk | XSPI_SR_SMF_Msk | XSPI_SR_TOF_Msk |
                           XSPI_SR_BUSY_Msk);
    unsigned threshold = field(o->cr, XSPI_CR_FTHRES_Pos, 5) + 1;
    unsigned mode = FMODE(o->cr);
    uint32_t level = o->level;

    if (mode == MODE_WRITE && OSPI_FIFO - level >= threshold) {
        sr |= XSPI_SR_FTF_Msk;
    } else if (mode == MODE_READ && (level >= threshold || (level > 0 && o->remaining == 0))) {
        sr |= XSPI_SR_FTF_Msk;
    }
    return sr | level * (1u << XSPI_SR_FLEVEL_Pos);
}

bool soc_octospi_dma_request(const struct soc *soc, unsigned n)
{
    const struct soc_octospi *o = &soc->octospi[n];

    return (o->cr & XSPI_CR_EN_Msk) && (o->cr & XSPI_CR_DMAEN_Msk) && (status(o) & XSPI_SR_FTF_Msk);
}

static void update_irq(struct soc *soc, unsigned n)
{
    const struct soc_octospi *o = &soc->octospi[n];
    uint32_t sr = status(o);

    if (soc_octospi_dma_request(soc, n)) {
        soc_dma_poke(soc);
    }
    soc_irq(soc, irqs[n],
            ((sr & XSPI_SR_TEF_Msk) && (o->cr & XSPI_CR_TEIE_Msk)) ||
                ((sr & XSPI_SR_TCF_Msk) && (o->cr & XSPI_CR_TCIE_Msk)) ||
                ((sr & XSPI_SR_FTF_Msk) && (o->cr & XSPI_CR_FTIE_Msk)) ||
                ((sr & XSPI_SR_SMF_Msk) && (o->cr & XSPI_CR_SMIE_Msk)) ||
                ((sr & XSPI_SR_TOF_Msk) && (o->cr & XSPI_CR_TOIE_Msk)));
}

static void finish(struct soc *soc, unsigned n)
{
    struct soc_octospi *o = &soc->octospi[n];

    select_device(soc, n, false);
    o->phase = OSPI_IDLE;
    o->remaining = 0;
    o->sr = (o->sr & ~XSPI_SR_BUSY_Msk) | XSPI_SR_TCF_Msk;
}

/* ---- Indirect transfers ---- */

static void push(struct soc_octospi *o, uint8_t byte)
{
    assert(o->level < OSPI_FIFO);
    o->fifo[(o->head + o->level++) % OSPI_FIFO] = byte;
}

static uint8_t pop(struct soc_octospi *o)
{
    uint8_t byte = o->fifo[o->head];

    if (o->level == 0) {
        return 0;
    }
    o->head = (uint8_t)((o->head + 1) % OSPI_FIFO);
    o->level--;
    return byte;
}

/* Schedules the next stretch of data bytes, if the FIFO lets one run. */
static void schedule_data(struct soc *soc, unsigned n, uint64_t extra_cycles)
{
    struct soc_octospi *o = &soc->octospi[n];
    uint64_t bytes = o->remaining < STEP_BYTES ? o->remaining : STEP_BYTES;

    if (o->step.event.due != SIM_NEVER) {
        return;
    }
    if (o->phase == OSPI_DATA_IN) {
        uint64_t room = OSPI_FIFO - o->level;

        bytes = bytes < room ? bytes : room;
    } else if (o->phase == OSPI_DATA_OUT) {
        bytes = bytes < o->level ? bytes : o->level;
    }
    if (bytes > 0 || extra_cycles > 0) {
        soc_after(soc, &o->step, cycles_ps(soc, n, bytes * byte_cycles(o) + extra_cycles));
    }
}

static void move_data(struct soc *soc, unsigned n)
{
    struct soc_octospi *o = &soc->octospi[n];
    unsigned dmode = field(o->ccr, XSPI_CCR_DMODE_Pos, 3);

    for (unsigned i = 0; i < STEP_BYTES && o->remaining > 0; i++) {
        if (o->phase == OSPI_DATA_IN && o->level < OSPI_FIFO) {
            push(o, transfer_data(soc, n, 0xFF, dmode));
        } else if (o->phase == OSPI_DATA_OUT && o->level > 0) {
            transfer_data(soc, n, pop(o), dmode);
        } else {
            break;
        }
        o->remaining--;
    }
    if (o->remaining == 0) {
        finish(soc, n);
    } else {
        schedule_data(soc, n, 0);
    }
}

static struct command current(const struct soc_octospi *o)
{
    return (struct command){o->ccr, o->tcr, o->ir, o->abr, o->ar, FMODE(o->cr) != MODE_WRITE};
}

/* One round of automatic polling: the whole command, then compare. */
static void poll_once(struct soc *soc, unsigned n)
{
    struct soc_octospi *o = &soc->octospi[n];
    struct command c = current(o);
    uint32_t value = 0, mask = o->psmkr;
    unsigned bytes = (o->dlr & 3u) + 1;
    bool hit;

    select_device(soc, n, true);
    send_command(soc, n, &c);
    for (unsigned i = 0; i < bytes; i++) {
        value |= (uint32_t)transfer_data(soc, n, 0xFF, field(o->ccr, XSPI_CCR_DMODE_Pos, 3))
                 << (8 * i);
    }
    select_device(soc, n, false);
    o->level = 0;
    o->head = 0;
    for (unsigned i = 0; i < bytes; i++) {
        push(o, (uint8_t)(value >> (8 * i)));
    }
    hit = o->cr & XSPI_CR_PMM_Msk ? (~(value ^ o->psmar) & mask) != 0
                                  : ((value ^ o->psmar) & mask) == 0;
    if (hit) {
        o->sr |= XSPI_SR_SMF_Msk;
    }
    if (hit && (o->cr & XSPI_CR_APMS_Msk)) {
        o->phase = OSPI_IDLE;
        o->sr &= ~XSPI_SR_BUSY_Msk;
    } else {
        soc_after(soc, &o->step, cycles_ps(soc, n, (o->pir & 0xFFFFu) + 32u));
    }
}

static void step_fire(void *context)
{
    struct soc_event *event = context;
    struct soc *soc = event->soc;
    unsigned n = event->instance;

    switch (soc->octospi[n].phase) {
    case OSPI_DATA_IN:
    case OSPI_DATA_OUT:
        move_data(soc, n);
        break;
    case OSPI_COMMAND:
        finish(soc, n);
        break;
    case OSPI_POLL:
        poll_once(soc, n);
        break;
    default: /* memory-mapped, and nobody has asked for LPTR cycles */
        soc->octospi[n].sr |= XSPI_SR_TOF_Msk;
        break;
    }
    update_irq(soc, n);
}

/* Starts the configured command (indirect or polling). */
static void start(struct soc *soc, unsigned n)
{
    struct soc_octospi *o = &soc->octospi[n];
    struct command c = current(o);
    bool has_data = field(o->ccr, XSPI_CCR_DMODE_Pos, 3) != 0;
    uint64_t cycles;

    o->sr |= XSPI_SR_BUSY_Msk;
    if (FMODE(o->cr) == MODE_POLL) {
        o->phase = OSPI_POLL;
        soc_after(soc, &o->step, cycles_ps(soc, n, 32));
        return;
    }
    select_device(soc, n, true);
    cycles = send_command(soc, n, &c) + field(o->dcr1, XSPI_DCR1_CSHT_Pos, 6) + 1;
    if (!has_data) {
        o->phase = OSPI_COMMAND;
        o->remaining = 0;
        soc_after(soc, &o->step, cycles_ps(soc, n, cycles));
        return;
    }
    o->remaining = o->dlr == 0xFFFFFFFFu ? UINT64_C(2) << field(o->dcr1, XSPI_DCR1_DEVSIZE_Pos, 5)
                                         : (uint64_t)o->dlr + 1;
    o->phase = FMODE(o->cr) == MODE_READ ? OSPI_DATA_IN : OSPI_DATA_OUT;
    if (o->phase == OSPI_DATA_IN) {
        o->level = o->head = 0;
    }
    schedule_data(soc, n, cycles);
}

/* Triggers by the last register that the command needs: IR, AR or DR. */
static void maybe_start(struct soc *soc, unsigned n, uint32_t written)
{
    struct soc_octospi *o = &soc->octospi[n];
    bool address = field(o->ccr, XSPI_CCR_ADMODE_Pos, 3) != 0;
    bool data_out = FMODE(o->cr) == MODE_WRITE && field(o->ccr, XSPI_CCR_DMODE_Pos, 3) != 0;
    uint32_t trigger = data_out ? XSPI_DR_OFS : address ? XSPI_AR_OFS : XSPI_IR_OFS;

    if (!(o->cr & XSPI_CR_EN_Msk) || FMODE(o->cr) == MODE_MAPPED) {
        return;
    }
    if (written == trigger && o->phase == OSPI_IDLE) {
        start(soc, n);
    }
}

static void write_data(struct soc *soc, unsigned n, uint32_t value, unsigned size)
{
    struct soc_octospi *o = &soc->octospi[n];

    if (FMODE(o->cr) != MODE_WRITE || !(o->cr & XSPI_CR_EN_Msk)) {
        soc_guest_error(soc, bases[n] + 0x1001, "OCTOSPI%u DR written outside indirect write",
                        n + 1);
        return;
    }
    for (unsigned i = 0; i < size; i++) {
        if (o->level == OSPI_FIFO) {
            soc_guest_error(soc, bases[n] + 0x1002, "OCTOSPI%u FIFO overrun", n + 1);
            return;
        }
        push(o, (uint8_t)(value >> (8 * i)));
    }
    maybe_start(soc, n, XSPI_DR_OFS);
    if (o->phase == OSPI_DATA_OUT) {
        schedule_data(soc, n, 0);
    } else if (o->phase == OSPI_IDLE) {
        o->level = 0; /* bytes beyond DLR are dropped */
    }
}

static uint32_t read_data(struct soc *soc, unsigned n, unsigned size)
{
    struct soc_octospi *o = &soc->octospi[n];
    uint32_t value = 0;

    if (FMODE(o->cr) == MODE_READ && o->level < size && o->remaining > 0) {
        /* The bus waits until the bytes have arrived. */
        while (o->level < size && o->remaining > 0 && o->phase == OSPI_DATA_IN) {
            sched_cancel(soc->sched, &o->step.event);
            move_data(soc, n);
        }
    }
    for (unsigned i = 0; i < size; i++) {
        value |= (uint32_t)pop(o) << (8 * i);
    }
    if (o->phase == OSPI_DATA_IN) {
        schedule_data(soc, n, 0);
    }
    return value;
}

static void abort_transfer(struct soc *soc, unsigned n)
{
    struct soc_octospi *o = &soc->octospi[n];

    sched_cancel(soc->sched, &o->step.event);
    if (o->phase != OSPI_IDLE || o->mapped) {
        finish(soc, n);
    }
    o->mapped = false;
    o->level = o->head = 0;
    o->sr &= ~XSPI_SR_BUSY_Msk;
    o->sr |= XSPI_SR_TCF_Msk;
}

/* ---- Memory-mapped mode ---- */

static enum bus_status mapped_access(struct soc *soc, unsigned n, uint32_t offset, unsigned size,
                                     uint32_t *value, bool write)
{
    struct soc_octospi *o = &soc->octospi[n];
    struct command read = {o->ccr, o->tcr, o->ir, o->abr, offset, true};
    struct command store = {o->wccr, o->wtcr, o->wir, o->wabr, offset, false};

    if (write && !(o->wccr & XSPI_WCCR_DQSE_Msk)) {
        soc_guest_error(soc, bases[n] + 0x1003,
                        "OCTOSPI%u memory-mapped write with WCCR.DQSE = 0 (erratum 2.6.1)", n + 1);
        return BUS_ERROR;
    }
    o->mapped = true;
    o->sr |= XSPI_SR_BUSY_Msk;
    select_device(soc, n, true);
    send_command(soc, n, write ? &store : &read);
    for (unsigned i = 0; i < size; i++) {
        if (write) {
            transfer_data(soc, n, (uint8_t)(*value >> (8 * i)),
                          field(o->wccr, XSPI_WCCR_DMODE_Pos, 3));
        } else {
            *value |= (uint32_t)transfer_data(soc, n, 0xFF, field(o->ccr, XSPI_CCR_DMODE_Pos, 3))
                      << (8 * i);
        }
    }
    select_device(soc, n, false);
    if (o->cr & XSPI_CR_TCEN_Msk) {
        soc_after(soc, &o->step, cycles_ps(soc, n, (o->lptr & 0xFFFFu) + 1));
    }
    return BUS_OK;
}

enum bus_status soc_octospi_memory(struct soc *soc, unsigned n, uint32_t offset, unsigned size,
                                   struct bus_attr attr, uint32_t *value, bool write)
{
    const struct soc_octospi *o = &soc->octospi[n];
    uint64_t device = UINT64_C(2) << field(o->dcr1, XSPI_DCR1_DEVSIZE_Pos, 5);

    if (!write) {
        *value = 0;
    }
    if (!soc_mpcwm_allows(soc, n == 0 ? 1 : 5, offset, attr)) {
        return attr.fetch ? BUS_ERROR : BUS_OK;
    }
    if (!(o->cr & XSPI_CR_EN_Msk) || FMODE(o->cr) != MODE_MAPPED || offset >= device) {
        soc_guest_error(soc, bases[n] + 0x1004,
                        "OCTOSPI%u memory at 0x%08x: not in memory-mapped mode or beyond DEVSIZE",
                        n + 1, n == 0 ? 0x90000000u + offset : 0x70000000u + offset);
        return BUS_ERROR;
    }
    return mapped_access(soc, n, offset, size, value, write);
}

/* ---- Registers ---- */

/* Registers without side effects, by offset. */
static const struct {
    uint16_t offset;
    uint16_t member;
} plain_registers[] = {
    {XSPI_DCR1_OFS, offsetof(struct soc_octospi, dcr1)},
    {XSPI_DCR2_OFS, offsetof(struct soc_octospi, dcr2)},
    {XSPI_DCR3_OFS, offsetof(struct soc_octospi, dcr3)},
    {XSPI_DCR4_OFS, offsetof(struct soc_octospi, dcr4)},
    {XSPI_DLR_OFS, offsetof(struct soc_octospi, dlr)},
    {XSPI_AR_OFS, offsetof(struct soc_octospi, ar)},
    {XSPI_PSMKR_OFS, offsetof(struct soc_octospi, psmkr)},
    {XSPI_PSMAR_OFS, offsetof(struct soc_octospi, psmar)},
    {XSPI_PIR_OFS, offsetof(struct soc_octospi, pir)},
    {XSPI_CCR_OFS, offsetof(struct soc_octospi, ccr)},
    {XSPI_TCR_OFS, offsetof(struct soc_octospi, tcr)},
    {XSPI_IR_OFS, offsetof(struct soc_octospi, ir)},
    {XSPI_ABR_OFS, offsetof(struct soc_octospi, abr)},
    {XSPI_LPTR_OFS, offsetof(struct soc_octospi, lptr)},
    {XSPI_WPCCR_OFS, offsetof(struct soc_octospi, wpccr)},
    {XSPI_WPTCR_OFS, offsetof(struct soc_octospi, wptcr)},
    {XSPI_WPIR_OFS, offsetof(struct soc_octospi, wpir)},
    {XSPI_WPABR_OFS, offsetof(struct soc_octospi, wpabr)},
    {XSPI_WCCR_OFS, offsetof(struct soc_octospi, wccr)},
    {XSPI_WTCR_OFS, offsetof(struct soc_octospi, wtcr)},
    {XSPI_WIR_OFS, offsetof(struct soc_octospi, wir)},
    {XSPI_WABR_OFS, offsetof(struct soc_octospi, wabr)},
    {XSPI_HLCR_OFS, offsetof(struct soc_octospi, hlcr)},
};

static bool plain_register(struct soc_octospi *o, uint32_t offset, uint32_t **reg)
{
    for (unsigned i = 0; i < sizeof plain_registers / sizeof plain_registers[0]; i++) {
        if (plain_registers[i].offset == offset) {
            *reg = (uint32_t *)(void *)((char *)o + plain_registers[i].member);
            return true;
        }
    }
    return false;
}

READER(octospi)
{
    unsigned n = block->instance;
    struct soc_octospi *o = &soc->octospi[n];
    uint32_t aligned = offset & ~3u;
    uint32_t *plain = NULL;
    uint32_t value;

    if (aligned == XSPI_DR_OFS) {
        value = read_data(soc, n, access.size);
        update_irq(soc, n);
        return value;
    }
    if (plain_register(o, aligned, &plain)) {
        value = *plain;
    } else if (aligned == XSPI_CR_OFS) {
        value = o->cr;
    } else if (aligned == XSPI_SR_OFS) {
        value = status(o);
    } else if (aligned == XSPI_FCR_OFS) {
        value = 0;
    } else {
        value = soc_stored_read(soc, block, aligned);
    }
    return value >> (8 * (offset & 3u));
}

static void write_cr(struct soc *soc, unsigned n, uint32_t value)
{
    struct soc_octospi *o = &soc->octospi[n];
    bool busy = (o->sr & XSPI_SR_BUSY_Msk) != 0;

    if (busy && FMODE(value) != FMODE(o->cr)) {
        soc_guest_error(soc, bases[n] + 0x1005, "OCTOSPI%u FMODE changed while BUSY", n + 1);
    }
    if (FMODE(value) != FMODE(o->cr)) {
        o->level = o->head = 0;
    }
    o->cr = value & ~XSPI_CR_ABORT_Msk;
    if (value & XSPI_CR_ABORT_Msk) {
        abort_transfer(soc, n);
    }
    if (!(value & XSPI_CR_EN_Msk) && o->phase != OSPI_IDLE) {
        abort_transfer(soc, n);
    }
    if ((value & XSPI_CR_EN_Msk) && FMODE(value) == MODE_MAPPED) {
        o->mapped = true; /* prefetch keeps BUSY set until ABORT */
        o->sr |= XSPI_SR_BUSY_Msk;
    }
}

WRITER(octospi)
{
    unsigned n = block->instance;
    struct soc_octospi *o = &soc->octospi[n];
    uint32_t *plain = NULL;

    if ((offset & ~3u) == XSPI_DR_OFS) {
        write_data(soc, n, value, access.size);
    } else if (offset == XSPI_CR_OFS) {
        write_cr(soc, n, value);
    } else if (offset == XSPI_FCR_OFS) {
        o->sr &= ~(value & (XSPI_SR_TEF_Msk | XSPI_SR_TCF_Msk | XSPI_SR_SMF_Msk | XSPI_SR_TOF_Msk));
    } else if (plain_register(o, offset & ~3u, &plain)) {
        if ((o->sr & XSPI_SR_BUSY_Msk) && offset != XSPI_LPTR_OFS) {
            soc_guest_error(soc, bases[n] + offset,
                            "OCTOSPI%u register 0x%03x written while "
                            "BUSY",
                            n + 1, offset);
            return;
        }
        *plain = value;
        if (offset == XSPI_IR_OFS || offset == XSPI_AR_OFS) {
            maybe_start(soc, n, offset);
        }
    } else if (offset != XSPI_SR_OFS) {
        soc_stored_write(soc, block, offset & ~3u, value);
    }
    update_irq(soc, n);
}

RESETTER(octospi)
{
    unsigned n = block->instance;
    struct soc_octospi *o = &soc->octospi[n];
    struct soc_event step;

    sched_cancel(soc->sched, &o->step.event);
    select_device(soc, n, false);
    step = o->step;
    *o = (struct soc_octospi){.step = step};
    update_irq(soc, n);
}

void soc_octospi_init(struct soc *soc)
{
    for (unsigned n = 0; n < OSPI_COUNT; n++) {
        soc_event_init(&soc->octospi[n].step, soc, n, step_fire);
    }
}
