/* SPI master against a scripted device (facts J.2). */
#include "harness.h"

#define P    SPI1_S
#define SR() rd(S_P, P + SPI_SR_OFS)

static struct {
    uint8_t got[64];
    unsigned count, selects;
    bool active;
} device;

static void on_select(void *context, bool active)
{
    (void)context;
    device.active = active;
    device.selects += active;
}

static uint8_t on_transfer(void *context, uint8_t out)
{
    (void)context;
    device.got[device.count++ % sizeof device.got] = out;
    return (uint8_t)~out;
}

static void prepare(uint32_t cfg1, uint32_t cfg2)
{
    const struct soc_spi_device part = {NULL, on_select, on_transfer};

    memset(&device, 0, sizeof device);
    enable_clocks();
    route_all();
    set_bits(RCC_S + RCC_APB2ENR_OFS, RCC_APB2ENR_SPI1EN_Msk);
    soc_spi_attach(bench.soc, SOC_SPI1, &part);
    wr(S_P, P + SPI_CFG1_OFS, cfg1);
    wr(S_P, P + SPI_CFG2_OFS, cfg2 | SPI_CFG2_MASTER_Msk | SPI_CFG2_SSOE_Msk);
}

static void start(uint32_t tsize)
{
    wr(S_P, P + SPI_CR2_OFS, tsize);
    wr(S_P, P + SPI_CR1_OFS, SPI_CR1_SPE_Msk);
    wr(S_P, P + SPI_CR1_OFS, SPI_CR1_SPE_Msk | SPI_CR1_CSTART_Msk);
}

static void reset_values_J2(void **state)
{
    (void)state;
    enable_clocks();
    route_all();
    set_bits(RCC_S + RCC_APB2ENR_OFS, RCC_APB2ENR_SPI1EN_Msk);
    assert_int_equal(rd(S_P, P + SPI_CFG1_OFS), 0x00070007u);
    assert_int_equal(SR(), 0x00001002u);
    assert_int_equal(rd(S_P, P + SPI_CRCPOLY_OFS), 0x107u);
}

static void bytes_with_TSIZE_J2(void **state)
{
    sim_ps begun;

    (void)state;
    prepare(0x00070007u | 1u << SPI_CFG1_MBR_Pos, 0); /* 4 MHz / 4 */
    begun = now();
    start(3);
    assert_true(SR() & SPI_SR_TXP_Msk);
    assert_int_equal(SR() >> 16, 3); /* CTSIZE */
    for (unsigned i = 1; i <= 3; i++) {
        wr_sized(S_P, P + SPI_TXDR_OFS, 0x10 + i, 1);
    }
    assert_true(SR() & SPI_SR_TXTF_Msk);
    assert_false(SR() & SPI_SR_TXP_Msk); /* all of TSIZE is in */
    assert_true(device.active);
    run_us(8);
    assert_true(SR() & SPI_SR_RXP_Msk);
    assert_int_equal(rd_sized(S_P, P + SPI_RXDR_OFS, 1), 0xEE);
    run_us(16);
    assert_int_equal((now() - begun) / SIM_PS_PER_US, 24);
    assert_true(SR() & SPI_SR_EOT_Msk);
    assert_true(SR() & SPI_SR_TXC_Msk);
    assert_false(device.active);
    assert_int_equal(rd_sized(S_P, P + SPI_RXDR_OFS, 1), 0xED);
    assert_int_equal(rd_sized(S_P, P + SPI_RXDR_OFS, 1), 0xEC);
    assert_false(rd(S_P, P + SPI_CR1_OFS) & SPI_CR1_CSTART_Msk);
    wr(S_P, P + SPI_IFCR_OFS, SPI_IFCR_EOTC_Msk | SPI_IFCR_TXTFC_Msk);
    assert_false(SR() & (SPI_SR_EOT_Msk | SPI_SR_TXTF_Msk));
    wr(S_P, P + SPI_CR1_OFS, 0);
    assert_int_equal(SR(), 0x00001002u);
    assert_int_equal(device.count, 3);
}

static void half_words_most_significant_first_J2(void **state)
{
    (void)state;
    prepare(0x0007000Fu, 0);
    start(2);
    wr_sized(S_P, P + SPI_TXDR_OFS, 0x22221234u, 4); /* two frames packed in a word */
    run_us(30);
    assert_int_equal(device.got[0], 0x12);
    assert_int_equal(device.got[1], 0x34);
    assert_int_equal(device.got[2], 0x22);
    assert_int_equal(rd_sized(S_P, P + SPI_RXDR_OFS, 2), 0xEDCBu);
    assert_int_equal(rd_sized(S_P, P + SPI_RXDR_OFS, 2), 0xDDDDu);
}

static void lsb_first_reverses_the_wire_J2(void **state)
{
    (void)state;
    prepare(0x00070007u, SPI_CFG2_LSBFRST_Msk);
    start(1);
    wr_sized(S_P, P + SPI_TXDR_OFS, 0x01, 1);
    run_us(10);
    assert_int_equal(device.got[0], 0x80);
    assert_int_equal(rd_sized(S_P, P + SPI_RXDR_OFS, 1), 0xFE);
}

static void overrun_and_interrupt_J2(void **state)
{
    (void)state;
    prepare(0x00070007u, 0);
    wr(S_P, P + SPI_IER_OFS, SPI_IER_OVRIE_Msk);
    start(0);
    for (unsigned i = 0; i < 17; i++) {
        wr_sized(S_P, P + SPI_TXDR_OFS, i, 1);
        run_us(5);
    }
    assert_true(SR() & SPI_SR_OVR_Msk);
    assert_true(SR() & SPI_SR_RXWNE_Msk);
    assert_true(fake.irq[IRQ_SPI1]);
    assert_int_equal(rd(S_P, P + SPI_RXDR_OFS), 0xFCFDFEFFu); /* four frames at once */
    wr(S_P, P + SPI_IFCR_OFS, SPI_IFCR_OVRC_Msk);
    assert_false(fake.irq[IRQ_SPI1]);
}

static void MASRX_waits_instead_of_losing_J2(void **state)
{
    (void)state;
    prepare(0x00070007u, 2u << SPI_CFG2_COMM_Pos); /* simplex receiver */
    wr(S_P, P + SPI_CR2_OFS, 20);
    wr(S_P, P + SPI_CR1_OFS, SPI_CR1_SPE_Msk | SPI_CR1_MASRX_Msk);
    wr(S_P, P + SPI_CR1_OFS, SPI_CR1_SPE_Msk | SPI_CR1_MASRX_Msk | SPI_CR1_CSTART_Msk);
    run_us(200);
    assert_int_equal(device.count, 16);
    assert_false(SR() & SPI_SR_OVR_Msk);
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(rd_sized(S_P, P + SPI_RXDR_OFS, 1), 0);
        run_us(5);
    }
    assert_true(SR() & SPI_SR_EOT_Msk);
}

static void configuration_is_protected_while_on_J2(void **state)
{
    (void)state;
    prepare(0x00070007u, 0);
    start(0);
    wr(S_P, P + SPI_CFG1_OFS, 0x0007000Fu);
    assert_int_equal(rd(S_P, P + SPI_CFG1_OFS), 0x00070007u);
    assert_non_null(strstr(bench.log, "SPI1: CFG register written with SPE = 1"));
}

static void suspension_J2(void **state)
{
    (void)state;
    prepare(0x00070007u, 0);
    start(0);
    wr_sized(S_P, P + SPI_TXDR_OFS, 1, 1);
    wr_sized(S_P, P + SPI_TXDR_OFS, 2, 1);
    wr(S_P, P + SPI_CR1_OFS, SPI_CR1_SPE_Msk | SPI_CR1_CSUSP_Msk);
    run_us(20);
    assert_int_equal(device.count, 1); /* the frame under way ends */
    assert_true(SR() & SPI_SR_SUSP_Msk);
    wr(S_P, P + SPI_IFCR_OFS, SPI_IFCR_SUSPC_Msk);
    wr(S_P, P + SPI_CR1_OFS, SPI_CR1_SPE_Msk | SPI_CR1_CSTART_Msk);
    run_us(20);
    assert_int_equal(device.count, 2);
}

/* ---- slave (RM0456 68.4.6) and CRC (68.4.14) ---- */

static void prepare_slave(uint32_t cfg1)
{
    prepare(cfg1, 0);
    wr(S_P, P + SPI_CFG2_OFS, SPI_CFG2_SSM_Msk);
    wr(S_P, P + SPI_CR1_OFS, SPI_CR1_SPE_Msk); /* SSI = 0: selected */
}

static bool clock_out(const char *bytes, size_t count)
{
    return soc_spi_other_master(bench.soc, SOC_SPI1, (const uint8_t *)bytes, count);
}

static void slave_exchanges_bytes(void **state)
{
    (void)state;
    prepare_slave(7);
    wr_sized(S_P, P + SPI_TXDR_OFS, 0x51, 1);
    wr_sized(S_P, P + SPI_TXDR_OFS, 0x52, 1);
    assert_true(clock_out("ab", 2));
    assert_false(clock_out("c", 1));
    run_us(12);
    assert_int_equal(rd_sized(S_P, P + SPI_RXDR_OFS, 1), 'a');
    run_us(10);
    assert_int_equal(rd_sized(S_P, P + SPI_RXDR_OFS, 1), 'b');
    assert_false(SR() & (SPI_SR_UDR_Msk | SPI_SR_OVR_Msk));
    assert_int_equal(device.count, 0); /* the parts of a master's bus are not meant */
}

static void slave_without_data_raises_UDR(void **state)
{
    (void)state;
    prepare_slave(7);
    wr(S_P, P + SPI_IER_OFS, SPI_IER_UDRIE_Msk);
    assert_true(clock_out("a", 1));
    run_us(20);
    assert_true(SR() & SPI_SR_UDR_Msk);
    assert_true(fake.irq[IRQ_SPI1]);
    wr(S_P, P + SPI_IFCR_OFS, SPI_IFCR_UDRC_Msk);
    assert_false(SR() & SPI_SR_UDR_Msk);
}

static void slave_that_is_not_selected(void **state)
{
    (void)state;
    prepare_slave(7);
    wr(S_P, P + SPI_CR1_OFS, SPI_CR1_SPE_Msk | SPI_CR1_SSI_Msk);
    assert_true(clock_out("a", 1));
    run_us(20);
    assert_false(SR() & (SPI_SR_RXP_Msk | SPI_SR_UDR_Msk));
}

/* CRC-8 with 0x107 of "123456789" is 0xF4, CRC-16/XMODEM 0x31C3: catalogued check values. */
static void crc_of_the_catalogue(uint32_t cfg1, uint32_t polynomial, const uint8_t *crc,
                                 unsigned crc_bytes)
{
    prepare(cfg1 | SPI_CFG1_CRCEN_Msk, 0);
    wr(S_P, P + SPI_CRCPOLY_OFS, polynomial);
    start(9);
    for (unsigned i = 0; i < 9; i++) {
        wr_sized(S_P, P + SPI_TXDR_OFS, (uint32_t) "123456789"[i], 1);
    }
    while (!(SR() & SPI_SR_EOT_Msk)) {
        run_us(10);
    }
    assert_int_equal(device.count, 9 + crc_bytes);
    assert_memory_equal(device.got + 9, crc, crc_bytes);
    assert_true(SR() & SPI_SR_CRCE_Msk); /* the device answers the complement, also of the CRC */
}

static void crc_follows_the_last_frame(void **state)
{
    (void)state;
    crc_of_the_catalogue(7 | 7u << SPI_CFG1_CRCSIZE_Pos, 0x107, (const uint8_t[]){0xF4}, 1);
    wr(S_P, P + SPI_CR1_OFS, 0);
    crc_of_the_catalogue(7 | 15u << SPI_CFG1_CRCSIZE_Pos, 0x11021, (const uint8_t[]){0x31, 0xC3},
                         2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(slave_exchanges_bytes),
        T(slave_without_data_raises_UDR),
        T(slave_that_is_not_selected),
        T(crc_follows_the_last_frame),
        T(reset_values_J2),
        T(bytes_with_TSIZE_J2),
        T(half_words_most_significant_first_J2),
        T(lsb_first_reverses_the_wire_J2),
        T(overrun_and_interrupt_J2),
        T(MASRX_waits_instead_of_losing_J2),
        T(configuration_is_protected_while_on_J2),
        T(suspension_J2),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
