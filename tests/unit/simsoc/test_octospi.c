/* OCTOSPI1 against a scripted SPI device (facts I.1, I.2). */
#include "harness.h"

#define O OCTOSPI1_R_S
#define ONE_LINE(ad, d)                                                                            \
    (1u | ((ad) ? 1u << XSPI_CCR_ADMODE_Pos | 2u << XSPI_CCR_ADSIZE_Pos : 0) |                     \
     ((d) ? 1u << XSPI_CCR_DMODE_Pos : 0))

/* Records what it gets; answers from a script, by position in the transaction. */
static struct {
    uint8_t got[512];
    unsigned count, position, transactions;
    bool selected;
    uint8_t (*answer)(unsigned position, const uint8_t *got);
} dev;

static void on_select(void *context, bool active)
{
    (void)context;
    assert_true(active != dev.selected);
    dev.selected = active;
    if (active) {
        dev.position = 0;
        dev.count = 0;
        dev.transactions++;
    }
}

static uint8_t on_transfer(void *context, uint8_t out)
{
    (void)context;
    assert_true(dev.selected);
    if (dev.count < sizeof dev.got) {
        dev.got[dev.count++] = out;
    }
    return dev.answer != NULL ? dev.answer(dev.position++, dev.got) : 0xFF;
}

static int start(void **state)
{
    (void)state;
    memset(&dev, 0, sizeof dev);
    bench.spi = (struct soc_spi_device){.select = on_select, .transfer = on_transfer};
    bench_start(true);
    enable_clocks();
    route_all();
    wr(S_P, O + XSPI_DCR1_OFS, 22u << XSPI_DCR1_DEVSIZE_Pos); /* 8 MiB */
    wr(S_P, O + XSPI_CR_OFS, XSPI_CR_EN_Msk);
    return 0;
}

static uint32_t sr(void)
{
    return rd(S_P, O + XSPI_SR_OFS);
}

static void mode(unsigned fmode, uint32_t extra)
{
    wr(S_P, O + XSPI_CR_OFS, XSPI_CR_EN_Msk | fmode << XSPI_CR_FMODE_Pos | extra);
}

static void command_only_starts_at_IR(void **state)
{
    (void)state;
    mode(0, 0);
    wr(S_P, O + XSPI_CCR_OFS, ONE_LINE(0, 0));
    wr(S_P, O + XSPI_IR_OFS, 0x06);
    assert_true(sr() & XSPI_SR_BUSY_Msk);
    run_us(10);
    assert_int_equal(sr() & ~XSPI_SR_FTF_Msk, XSPI_SR_TCF_Msk);
    assert_int_equal(dev.count, 1);
    assert_int_equal(dev.got[0], 0x06);
    assert_false(dev.selected);
    wr(S_P, O + XSPI_FCR_OFS, XSPI_FCR_CTCF_Msk);
    assert_int_equal(sr() & ~XSPI_SR_FTF_Msk, 0);
}

static uint8_t jedec(unsigned position, const uint8_t *got)
{
    static const uint8_t id[4] = {0xFF, 0xEF, 0x40, 0x17};

    return got[0] == 0x9F && position < 4 ? id[position] : 0xFF;
}

static void read_id(void **state)
{
    (void)state;
    dev.answer = jedec;
    mode(1, 0);
    wr(S_P, O + XSPI_DLR_OFS, 2);
    wr(S_P, O + XSPI_CCR_OFS, ONE_LINE(0, 1));
    wr(S_P, O + XSPI_IR_OFS, 0x9F);
    run_us(20);
    assert_int_equal((sr() & XSPI_SR_FLEVEL_Msk) >> XSPI_SR_FLEVEL_Pos, 3);
    assert_true(sr() & XSPI_SR_FTF_Msk);
    assert_int_equal(rd_sized(S_P, O + XSPI_DR_OFS, 1), 0xEF);
    assert_int_equal(rd_sized(S_P, O + XSPI_DR_OFS, 1), 0x40);
    assert_int_equal(rd_sized(S_P, O + XSPI_DR_OFS, 1), 0x17);
    assert_true(sr() & XSPI_SR_TCF_Msk);
    assert_false(sr() & XSPI_SR_BUSY_Msk);
}

/* Command, 3 address bytes, 1 dummy byte, then data = low byte of the address. */
static uint8_t fast_read(unsigned position, const uint8_t *got)
{
    uint32_t address = (uint32_t)got[1] << 16 | (uint32_t)got[2] << 8 | got[3];

    return position < 5 ? 0xFF : (uint8_t)(address + position - 5);
}

static void fast_read_of_200_bytes_waits_for_the_fifo(void **state)
{
    (void)state;
    dev.answer = fast_read;
    mode(1, 3u << XSPI_CR_FTHRES_Pos);
    wr(S_P, O + XSPI_DLR_OFS, 199);
    wr(S_P, O + XSPI_TCR_OFS, 8);
    wr(S_P, O + XSPI_CCR_OFS, ONE_LINE(1, 1));
    wr(S_P, O + XSPI_IR_OFS, 0x0B);
    assert_int_equal(dev.transactions, 0); /* the address starts it */
    wr(S_P, O + XSPI_AR_OFS, 0x012345u);
    run_us(1000);
    assert_int_equal((sr() & XSPI_SR_FLEVEL_Msk) >> XSPI_SR_FLEVEL_Pos, 32); /* clock stopped */
    assert_true(sr() & XSPI_SR_BUSY_Msk);
    assert_int_equal(dev.got[0], 0x0B);
    assert_int_equal(dev.got[1], 0x01);
    for (unsigned i = 0; i < 200; i += 4) {
        uint32_t word;

        for (unsigned wait = 0; !(sr() & XSPI_SR_FTF_Msk); wait++) {
            assert_true(wait < 1000);
            run_us(1);
        }
        word = rd(S_P, O + XSPI_DR_OFS);
        assert_int_equal(word & 0xFFu, (0x45u + i) & 0xFFu);
        assert_int_equal(word >> 24, (0x48u + i) & 0xFFu);
    }
    assert_true(sr() & XSPI_SR_TCF_Msk);
    assert_false(sr() & XSPI_SR_BUSY_Msk);
    assert_int_equal(dev.transactions, 1);
}

static void page_program_streams_through_DR(void **state)
{
    (void)state;
    mode(0, 0);
    wr(S_P, O + XSPI_DLR_OFS, 255);
    wr(S_P, O + XSPI_CCR_OFS, ONE_LINE(1, 1));
    wr(S_P, O + XSPI_IR_OFS, 0x02);
    wr(S_P, O + XSPI_AR_OFS, 0x000100u);
    assert_int_equal(dev.transactions, 0); /* data start it */
    for (unsigned i = 0; i < 256; i++) {
        for (unsigned wait = 0; !(sr() & XSPI_SR_FTF_Msk); wait++) {
            assert_true(wait < 1000);
            run_us(1);
        }
        wr_sized(S_P, O + XSPI_DR_OFS, i, 1);
    }
    run_us(200);
    assert_true(sr() & XSPI_SR_TCF_Msk);
    assert_int_equal(dev.count, 260);
    for (unsigned i = 0; i < 256; i++) {
        assert_int_equal(dev.got[4 + i], i);
    }
    assert_int_equal(dev.transactions, 1);
}

static unsigned polls;

static uint8_t busy_then_ready(unsigned position, const uint8_t *got)
{
    assert_int_equal(got[0], 0x05);
    return position == 0 ? 0xFF : (++polls < 5 ? 0x03 : 0x00);
}

static void auto_polling_stops_at_the_match(void **state)
{
    (void)state;
    dev.answer = busy_then_ready;
    polls = 0;
    wr(S_P, O + XSPI_PSMKR_OFS, 1);
    wr(S_P, O + XSPI_PSMAR_OFS, 0);
    wr(S_P, O + XSPI_PIR_OFS, 0x10);
    wr(S_P, O + XSPI_DLR_OFS, 0);
    mode(2, XSPI_CR_APMS_Msk | XSPI_CR_SMIE_Msk);
    wr(S_P, O + XSPI_CCR_OFS, ONE_LINE(0, 1));
    wr(S_P, O + XSPI_IR_OFS, 0x05);
    assert_true(sr() & XSPI_SR_BUSY_Msk);
    run_us(1000);
    assert_int_equal(polls, 5);
    assert_true(sr() & XSPI_SR_SMF_Msk);
    assert_false(sr() & XSPI_SR_BUSY_Msk);
    assert_true(fake.irq[IRQ_OCTOSPI1]);
    wr(S_P, O + XSPI_FCR_OFS, XSPI_FCR_CSMF_Msk);
    assert_false(fake.irq[IRQ_OCTOSPI1]);
}

static void memory_mapped_read_and_abort(void **state)
{
    (void)state;
    dev.answer = fast_read;
    wr(S_P, O + XSPI_TCR_OFS, 8);
    wr(S_P, O + XSPI_CCR_OFS, ONE_LINE(1, 1));
    wr(S_P, O + XSPI_IR_OFS, 0x0B);
    mode(3, 0);
    assert_true(sr() & XSPI_SR_BUSY_Msk);
    assert_int_equal(rd(S_P, 0x90000010u), 0x13121110u);
    assert_int_equal(rd(NS_P, 0x90000010u), 0); /* MPCWM1: secure + privileged by default */
    assert_int_equal(rd_status(S_P, 0x90800000u), BUS_ERROR);    /* beyond DEVSIZE */
    assert_int_equal(wr_status(S_P, 0x90000000u, 1), BUS_ERROR); /* DQSE = 0, erratum 2.6.1 */
    mode(3, XSPI_CR_ABORT_Msk);
    assert_false(rd(S_P, O + XSPI_CR_OFS) & XSPI_CR_ABORT_Msk);
    assert_true(sr() & XSPI_SR_TCF_Msk);
}

static void busy_protects_configuration(void **state)
{
    (void)state;
    mode(0, 0);
    wr(S_P, O + XSPI_CCR_OFS, ONE_LINE(0, 0));
    wr(S_P, O + XSPI_IR_OFS, 0x06);
    wr(S_P, O + XSPI_DLR_OFS, 77);
    assert_int_equal(rd(S_P, O + XSPI_DLR_OFS), 0);
    assert_non_null(strstr(bench.log, "while BUSY"));
}

static uint8_t answer_always(unsigned position, const uint8_t *got)
{
    (void)position;
    (void)got;
    return 0x5A;
}

/* First data byte of a read-identification command. */
static unsigned identify(void)
{
    unsigned byte;

    wr(S_P, O + XSPI_CR_OFS, 0);
    wr(S_P, O + XSPI_CR_OFS, XSPI_CR_EN_Msk | 1u << XSPI_CR_FMODE_Pos);
    wr(S_P, O + XSPI_DLR_OFS, 0);
    wr(S_P, O + XSPI_CCR_OFS, 1u << XSPI_CCR_DMODE_Pos | 1u << XSPI_CCR_IMODE_Pos);
    wr(S_P, O + XSPI_IR_OFS, 0x9F);
    run_us(100);
    byte = rd(S_P, O + XSPI_DR_OFS) & 0xFFu;
    wr(S_P, O + XSPI_FCR_OFS, XSPI_FCR_CTCF_Msk);
    wr(S_P, O + XSPI_CR_OFS, 0);
    return byte;
}

/* RM0456 30.4: the manager joins controllers and ports; pins join ports and devices. */
static void octospim_and_pins_route_the_lines(void **state)
{
    uint32_t port1 = OCTOSPIM_R_S + XSPIM_PCR_OFS;

    (void)state;
    dev.answer = answer_always;
    wr(S_P, O + XSPI_CR_OFS, 0);
    set_bits(RCC_S + RCC_AHB2ENR1_OFS, RCC_AHB2ENR1_OCTOSPIMEN_Msk);
    assert_int_equal(rd(S_P, port1), 0x03010111u);
    assert_int_equal(rd(S_P, port1 + 4), 0x07050333u);
    assert_int_equal(identify(), 0x5Au);
    assert_string_equal(bench.log, "");
    /* Lines 0 to 3 are wanted on the port's upper half: the device hangs on the lower one. */
    wr(S_P, port1, 0x01000111u);
    assert_int_equal(identify(), 0);
    assert_non_null(strstr(bench.log, "line 0"));
    wr(S_P, port1, 0x03010111u);
    assert_int_equal(identify(), 0x5Au);
    /* The clock's pin is no alternate function any more. */
    wr(S_P, GPIOB_S + GPIO_MODER_OFS, rd(S_P, GPIOB_S + GPIO_MODER_OFS) | 3u << 20);
    assert_int_equal(identify(), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(command_only_starts_at_IR),
        T(read_id),
        T(fast_read_of_200_bytes_waits_for_the_fifo),
        T(page_program_streams_through_DR),
        T(auto_polling_stops_at_the_match),
        T(memory_mapped_read_and_abort),
        T(busy_protects_configuration),
        T(octospim_and_pins_route_the_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
