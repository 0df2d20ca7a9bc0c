/* I2C master against a scripted device (facts J.1). */
#include "harness.h"

#define I     I2C1_S
#define ISR() rd(S_P, I + I2C_ISR_OFS)

static struct {
    uint8_t got[600];
    unsigned count, starts, stops, reads, refuse_after;
    bool reading;
} device;

static bool on_start(void *context, bool read)
{
    (void)context;
    device.starts++;
    device.reading = read;
    return true;
}

static bool on_write(void *context, uint8_t byte)
{
    (void)context;
    device.got[device.count++] = byte;
    return device.count != device.refuse_after;
}

static uint8_t on_read(void *context)
{
    (void)context;
    return (uint8_t)(0x30 + device.reads++);
}

static void on_stop(void *context)
{
    (void)context;
    device.stops++;
}

static void prepare(void)
{
    const struct soc_i2c_device part = {
        .address = 0x18, .start = on_start, .write = on_write, .read = on_read, .stop = on_stop};

    memset(&device, 0, sizeof device);
    enable_clocks();
    route_all();
    set_bits(RCC_S + RCC_APB1ENR1_OFS, RCC_APB1ENR1_I2C1EN_Msk);
    assert_true(soc_i2c_attach(bench.soc, SOC_I2C1, &part));
    /* 100 kHz from 4 MHz: SCLL + SCLH + 2 = 40. */
    wr(S_P, I + I2C_TIMINGR_OFS, 0x00001313u);
    wr(S_P, I + I2C_CR1_OFS, I2C_CR1_PE_Msk);
}

static void begin(unsigned address, bool read, unsigned bytes, uint32_t flags)
{
    wr(S_P, I + I2C_CR2_OFS,
       address << 1 | (read ? I2C_CR2_RD_WRN_Msk : 0) | bytes << I2C_CR2_NBYTES_Pos |
           I2C_CR2_START_Msk | flags);
}

static void wait_for(uint32_t flag)
{
    for (unsigned us = 0; !(ISR() & flag); us += 5) {
        if (us > 1000) {
            fail_msg("ISR is 0x%08x, not 0x%08x", ISR(), flag);
        }
        run_us(5);
    }
}

static void write_with_autoend_J1(void **state)
{
    sim_ps begun;

    (void)state;
    prepare();
    assert_int_equal(ISR(), 1);
    begun = now();
    begin(0x18, false, 2, I2C_CR2_AUTOEND_Msk);
    assert_true(ISR() & I2C_ISR_BUSY_Msk);
    assert_true(rd(S_P, I + I2C_CR2_OFS) & I2C_CR2_START_Msk);
    wait_for(I2C_ISR_TXIS_Msk);
    assert_false(rd(S_P, I + I2C_CR2_OFS) & I2C_CR2_START_Msk); /* cleared by hardware */
    wr(S_P, I + I2C_TXDR_OFS, 0xA1);
    wait_for(I2C_ISR_TXIS_Msk);
    wr(S_P, I + I2C_TXDR_OFS, 0xB2);
    wait_for(I2C_ISR_STOPF_Msk);
    assert_int_equal(ISR(), I2C_ISR_STOPF_Msk | I2C_ISR_TXE_Msk);
    assert_int_equal(device.count, 2);
    assert_int_equal(device.got[1], 0xB2);
    assert_int_equal(device.stops, 1);
    /* START, 3 bytes of 9 bits and STOP at 100 kHz take 290 us. */
    assert_in_range((now() - begun) / SIM_PS_PER_US, 285, 300);
    wr(S_P, I + I2C_ICR_OFS, I2C_ICR_STOPCF_Msk);
    assert_int_equal(ISR(), 1);
}

static void absent_device_does_not_acknowledge_J1(void **state)
{
    (void)state;
    prepare();
    set_bits(I + I2C_CR1_OFS, I2C_CR1_NACKIE_Msk);
    begin(0x19, false, 1, I2C_CR2_AUTOEND_Msk);
    wait_for(I2C_ISR_NACKF_Msk);
    assert_true(fake.irq[IRQ_I2C1_EV]);
    assert_false(ISR() & I2C_ISR_TXIS_Msk); /* TXIS stays low */
    wait_for(I2C_ISR_STOPF_Msk);            /* automatic STOP */
    assert_false(ISR() & I2C_ISR_BUSY_Msk);
    wr(S_P, I + I2C_ICR_OFS, I2C_ICR_NACKCF_Msk | I2C_ICR_STOPCF_Msk);
    assert_false(fake.irq[IRQ_I2C1_EV]);
}

static void byte_refused_by_device_J1(void **state)
{
    (void)state;
    prepare();
    device.refuse_after = 1;
    begin(0x18, false, 3, I2C_CR2_AUTOEND_Msk);
    wait_for(I2C_ISR_TXIS_Msk);
    wr(S_P, I + I2C_TXDR_OFS, 1);
    wait_for(I2C_ISR_NACKF_Msk);
    wait_for(I2C_ISR_STOPF_Msk);
    assert_int_equal(device.count, 1);
}

static void register_read_with_repeated_start_J1(void **state)
{
    (void)state;
    prepare();
    begin(0x18, false, 1, 0);
    wait_for(I2C_ISR_TXIS_Msk);
    wr(S_P, I + I2C_TXDR_OFS, 0x05);
    wait_for(I2C_ISR_TC_Msk);
    assert_true(ISR() & I2C_ISR_BUSY_Msk);
    assert_int_equal(device.stops, 0);
    begin(0x18, true, 3, I2C_CR2_AUTOEND_Msk);
    for (unsigned i = 0; i < 3; i++) {
        wait_for(I2C_ISR_RXNE_Msk);
        assert_int_equal(rd(S_P, I + I2C_RXDR_OFS), 0x30 + i);
    }
    wait_for(I2C_ISR_STOPF_Msk);
    assert_int_equal(device.starts, 2);
    assert_int_equal(device.reads, 3);
}

static void late_reader_stretches_the_clock_J1(void **state)
{
    (void)state;
    prepare();
    begin(0x18, true, 2, I2C_CR2_AUTOEND_Msk);
    run_us(5000);
    assert_true(ISR() & I2C_ISR_RXNE_Msk);
    assert_false(ISR() & I2C_ISR_STOPF_Msk);
    assert_int_equal(device.reads, 1);
    assert_int_equal(rd(S_P, I + I2C_RXDR_OFS), 0x30);
    run_us(200);
    assert_int_equal(rd(S_P, I + I2C_RXDR_OFS), 0x31);
    assert_true(ISR() & I2C_ISR_STOPF_Msk);
}

static void reload_continues_after_TCR_J1(void **state)
{
    (void)state;
    prepare();
    begin(0x18, false, 255, I2C_CR2_RELOAD_Msk);
    for (unsigned i = 0; i < 300; i++) {
        if (i == 255) {
            wait_for(I2C_ISR_TCR_Msk);
            wr(S_P, I + I2C_CR2_OFS, 0x18u << 1 | 45u << I2C_CR2_NBYTES_Pos | I2C_CR2_AUTOEND_Msk);
            assert_false(ISR() & I2C_ISR_TCR_Msk);
        }
        wait_for(I2C_ISR_TXIS_Msk);
        wr(S_P, I + I2C_TXDR_OFS, i & 0xFF);
    }
    wait_for(I2C_ISR_STOPF_Msk);
    assert_int_equal(device.count, 300);
    assert_int_equal(device.got[299], 299 & 0xFF);
    assert_int_equal(device.starts, 1);
}

static void PE_0_resets_the_state_machine_J1(void **state)
{
    (void)state;
    prepare();
    begin(0x18, false, 2, 0);
    wait_for(I2C_ISR_TXIS_Msk);
    wr(S_P, I + I2C_CR1_OFS, 0);
    assert_int_equal(ISR(), 1);
    assert_int_equal(device.stops, 1);
    run_us(500);
    assert_int_equal(ISR(), 1);
}

static void dma_writes_a_message_J1_K5(void **state)
{
    (void)state;
    prepare();
    wr(S_P, GPDMA1_S + DMA_SECCFGR_OFS, 1);
    wr(S_P, GPDMA1_S + DMA_PRIVCFGR_OFS, 1);
    wr(S_P, 0x30000000u, 0x44332211u);
    wr(S_P, GPDMA1_Channel0_S + DMA_Channel_CTR1_OFS,
       DMA_CTR1_SINC_Msk | DMA_CTR1_SSEC_Msk | DMA_CTR1_DSEC_Msk);
    wr(S_P, GPDMA1_Channel0_S + DMA_Channel_CTR2_OFS, 13u | DMA_CTR2_DREQ_Msk);
    wr(S_P, GPDMA1_Channel0_S + DMA_Channel_CBR1_OFS, 4);
    wr(S_P, GPDMA1_Channel0_S + DMA_Channel_CSAR_OFS, 0x30000000u);
    wr(S_P, GPDMA1_Channel0_S + DMA_Channel_CDAR_OFS, I + I2C_TXDR_OFS);
    wr(S_P, GPDMA1_Channel0_S + DMA_Channel_CCR_OFS, DMA_CCR_EN_Msk);
    set_bits(I + I2C_CR1_OFS, I2C_CR1_TXDMAEN_Msk);
    begin(0x18, false, 4, I2C_CR2_AUTOEND_Msk);
    wait_for(I2C_ISR_STOPF_Msk);
    assert_int_equal(device.count, 4);
    assert_int_equal(device.got[3], 0x44);
}

/* ---- slave (RM0456 65.4.8) ---- */

static void prepare_slave(uint32_t cr1)
{
    prepare();
    wr(S_P, I + I2C_CR1_OFS, 0);
    wr(S_P, I + I2C_OAR1_OFS, I2C_OAR1_OA1EN_Msk | 0x30u << 1);
    wr(S_P, I + I2C_CR1_OFS, I2C_CR1_PE_Msk | cr1);
}

static bool other(unsigned address, bool read, const char *bytes, size_t count)
{
    return soc_i2c_other_master(bench.soc, SOC_I2C1, address, read, (const uint8_t *)bytes, count);
}

static unsigned other_done(void)
{
    return soc_i2c_other_done(bench.soc, SOC_I2C1);
}

static void slave_receives_and_stretches(void **state)
{
    (void)state;
    prepare_slave(I2C_CR1_ADDRIE_Msk);
    assert_true(other(0x30, false, "abc", 3));
    assert_false(other(0x30, false, "d", 1)); /* one at a time */
    run_us(1000);
    assert_true(fake.irq[IRQ_I2C1_EV]);
    assert_int_equal(ISR() & (I2C_ISR_ADDR_Msk | I2C_ISR_DIR_Msk | I2C_ISR_RXNE_Msk),
                     I2C_ISR_ADDR_Msk);
    assert_int_equal((ISR() & I2C_ISR_ADDCODE_Msk) >> I2C_ISR_ADDCODE_Pos, 0x30);
    wr(S_P, I + I2C_ICR_OFS, I2C_ICR_ADDRCF_Msk);
    run_us(1000); /* two bytes fit: one in RXDR, one held on the wire */
    assert_int_equal(rd(S_P, I + I2C_RXDR_OFS), 'a');
    assert_int_equal(rd(S_P, I + I2C_RXDR_OFS), 'b');
    assert_false(ISR() & I2C_ISR_RXNE_Msk);
    wait_for(I2C_ISR_RXNE_Msk);
    assert_int_equal(rd(S_P, I + I2C_RXDR_OFS), 'c');
    wait_for(I2C_ISR_STOPF_Msk);
    assert_false(ISR() & I2C_ISR_BUSY_Msk);
    assert_int_equal(other_done(), 3);
}

static void slave_sends_until_refused(void **state)
{
    (void)state;
    prepare_slave(0);
    assert_true(other(0x30, true, NULL, 2));
    wait_for(I2C_ISR_ADDR_Msk);
    assert_true(ISR() & I2C_ISR_DIR_Msk);
    wr(S_P, I + I2C_ICR_OFS, I2C_ICR_ADDRCF_Msk);
    wait_for(I2C_ISR_TXIS_Msk);
    run_us(1000); /* stretched for as long as it takes */
    wr(S_P, I + I2C_TXDR_OFS, 0x51);
    wait_for(I2C_ISR_TXIS_Msk);
    wr(S_P, I + I2C_TXDR_OFS, 0x52);
    run_us(95);
    wr(S_P, I + I2C_TXDR_OFS, 0x53); /* nobody wants it */
    wait_for(I2C_ISR_STOPF_Msk);
    assert_true(ISR() & I2C_ISR_NACKF_Msk);
    assert_false(ISR() & I2C_ISR_TXE_Msk); /* flushed by software, RM0456 65.4.8 */
    assert_int_equal(other_done(), 2);
}

static void slave_is_not_meant(void **state)
{
    (void)state;
    prepare_slave(0);
    assert_true(other(0x31, false, "a", 1));
    run_us(1000);
    assert_false(ISR() & (I2C_ISR_ADDR_Msk | I2C_ISR_STOPF_Msk | I2C_ISR_BUSY_Msk));
    assert_int_equal(other_done(), SOC_I2C_NOT_DONE);
    wr(S_P, I + I2C_OAR2_OFS, I2C_OAR2_OA2EN_Msk | 1u << 8 | 0x30u << 1); /* last bit masked */
    assert_true(other(0x31, false, "a", 1));
    wait_for(I2C_ISR_ADDR_Msk);
}

static void general_call(void **state)
{
    (void)state;
    prepare_slave(0);
    assert_true(other(0, false, "a", 1));
    run_us(1000);
    assert_false(ISR() & I2C_ISR_ADDR_Msk);
    set_bits(I + I2C_CR1_OFS, I2C_CR1_GCEN_Msk);
    assert_true(other(0, false, "a", 1));
    wait_for(I2C_ISR_ADDR_Msk);
}

static void slave_byte_control_refuses_the_second(void **state)
{
    (void)state;
    prepare_slave(I2C_CR1_SBC_Msk);
    wr(S_P, I + I2C_CR2_OFS, I2C_CR2_RELOAD_Msk | 1u << I2C_CR2_NBYTES_Pos);
    assert_true(other(0x30, false, "abc", 3));
    wait_for(I2C_ISR_ADDR_Msk);
    wr(S_P, I + I2C_ICR_OFS, I2C_ICR_ADDRCF_Msk);
    wait_for(I2C_ISR_TCR_Msk);
    assert_int_equal(rd(S_P, I + I2C_RXDR_OFS), 'a');
    wr(S_P, I + I2C_CR2_OFS, I2C_CR2_RELOAD_Msk | 1u << I2C_CR2_NBYTES_Pos);
    assert_false(ISR() & I2C_ISR_TCR_Msk);
    wait_for(I2C_ISR_TCR_Msk);
    wr(S_P, I + I2C_CR2_OFS, I2C_CR2_RELOAD_Msk | I2C_CR2_NACK_Msk | 1u << I2C_CR2_NBYTES_Pos);
    wait_for(I2C_ISR_STOPF_Msk);
    assert_int_equal(other_done(), 1);
}

static void overrun_without_stretching(void **state)
{
    (void)state;
    prepare_slave(I2C_CR1_NOSTRETCH_Msk | I2C_CR1_ERRIE_Msk);
    assert_true(other(0x30, false, "abc", 3));
    wait_for(I2C_ISR_OVR_Msk);
    assert_true(fake.irq[IRQ_I2C1_ER]);
    wait_for(I2C_ISR_STOPF_Msk);
    assert_int_equal(rd(S_P, I + I2C_RXDR_OFS), 'a');
    assert_int_equal(other_done(), 1);
}

static void own_transfer_waits_for_the_bus(void **state)
{
    (void)state;
    prepare_slave(0);
    assert_true(other(0x31, false, "a", 1));
    run_us(10);
    begin(0x18, false, 0, I2C_CR2_AUTOEND_Msk);
    run_us(50);
    assert_int_equal(device.starts, 0);
    wait_for(I2C_ISR_STOPF_Msk);
    assert_int_equal(device.starts, 1);
}

/* SMBus: CRC-8 of address and data; 0x18 write, 0x55: computed by hand from the polynomial. */
static void packet_error_code_is_sent(void **state)
{
    static const uint8_t message[2] = {0x30, 0x55};
    unsigned crc = 0;

    (void)state;
    for (unsigned i = 0; i < 16; i++) { /* bit by bit, another way than the model's */
        unsigned bit = (message[i / 8] >> (7 - i % 8)) & 1u;
        unsigned top = ((crc >> 7) ^ bit) & 1u;

        crc = ((crc << 1) ^ (top ? 0x07u : 0)) & 0xFFu;
    }
    prepare();
    wr(S_P, I + I2C_CR1_OFS, I2C_CR1_PE_Msk | I2C_CR1_PECEN_Msk);
    begin(0x18, false, 2, I2C_CR2_AUTOEND_Msk | I2C_CR2_PECBYTE_Msk);
    wait_for(I2C_ISR_TXIS_Msk);
    wr(S_P, I + I2C_TXDR_OFS, 0x55);
    wait_for(I2C_ISR_STOPF_Msk);
    assert_int_equal(device.count, 2);
    assert_int_equal(device.got[0], 0x55);
    assert_int_equal(device.got[1], crc);
}

static void wrong_packet_error_code(void **state)
{
    (void)state;
    prepare();
    wr(S_P, I + I2C_CR1_OFS, I2C_CR1_PE_Msk | I2C_CR1_PECEN_Msk | I2C_CR1_ERRIE_Msk);
    begin(0x18, true, 2, I2C_CR2_AUTOEND_Msk | I2C_CR2_PECBYTE_Msk);
    wait_for(I2C_ISR_RXNE_Msk);
    rd(S_P, I + I2C_RXDR_OFS);
    wait_for(I2C_ISR_PECERR_Msk);
    assert_true(fake.irq[IRQ_I2C1_ER]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(slave_receives_and_stretches),
        T(slave_sends_until_refused),
        T(slave_is_not_meant),
        T(general_call),
        T(slave_byte_control_refuses_the_second),
        T(overrun_without_stretching),
        T(own_transfer_waits_for_the_bus),
        T(packet_error_code_is_sent),
        T(wrong_packet_error_code),
        T(write_with_autoend_J1),
        T(absent_device_does_not_acknowledge_J1),
        T(byte_refused_by_device_J1),
        T(register_read_with_repeated_start_J1),
        T(late_reader_stretches_the_clock_J1),
        T(reload_continues_after_TCR_J1),
        T(PE_0_resets_the_state_machine_J1),
        T(dma_writes_a_message_J1_K5),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
