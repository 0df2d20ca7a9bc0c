/* I2C beyond plain transfers: SMBus, addresses of 10 bits, several masters (RM0456 chapter 65:
 * 65.4.8 slave, 65.4.9 master, 65.4.11 to 65.4.14 SMBus, and its section on error conditions).
 */
#include "harness.h"
#include "soc/inject.h"

#define I     I2C1_S
#define ISR() rd(S_P, I + I2C_ISR_OFS)
#define TEN   0x2A7u /* an address of 10 bits */

static struct {
    uint8_t got[16];
    unsigned count, starts, stops;
} device;

static bool on_start(void *context, bool read)
{
    (void)context;
    (void)read;
    device.starts++;
    return true;
}

static bool on_write(void *context, uint8_t byte)
{
    (void)context;
    device.got[device.count++ % sizeof device.got] = byte;
    return true;
}

static uint8_t on_read(void *context)
{
    (void)context;
    return 0x77;
}

static void on_stop(void *context)
{
    (void)context;
    device.stops++;
}

static void attach(unsigned address)
{
    const struct soc_i2c_device part = {.address = (uint16_t)address,
                                        .start = on_start,
                                        .write = on_write,
                                        .read = on_read,
                                        .stop = on_stop};

    assert_true(soc_i2c_attach(bench.soc, SOC_I2C1, &part));
}

/* 100 kHz from 4 MHz; devices at 0x18 and at TEN; own address 0x30. */
static void prepare(uint32_t cr1)
{
    memset(&device, 0, sizeof device);
    enable_clocks();
    route_all();
    set_bits(RCC_S + RCC_APB1ENR1_OFS, RCC_APB1ENR1_I2C1EN_Msk);
    attach(0x18);
    attach(TEN | SOC_I2C_ADDRESS_10);
    wr(S_P, I + I2C_TIMINGR_OFS, 0x00001313u);
    wr(S_P, I + I2C_OAR1_OFS, I2C_OAR1_OA1EN_Msk | 0x30u << 1);
    wr(S_P, I + I2C_CR1_OFS, I2C_CR1_PE_Msk | I2C_CR1_ERRIE_Msk | cr1);
}

static void begin(unsigned sadd, unsigned bytes, uint32_t flags)
{
    wr(S_P, I + I2C_CR2_OFS, sadd | bytes << I2C_CR2_NBYTES_Pos | I2C_CR2_START_Msk | flags);
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

static bool other(unsigned address, bool read, const char *bytes, size_t count)
{
    return soc_i2c_other_master(bench.soc, SOC_I2C1, address, read, (const uint8_t *)bytes, count);
}

static bool contend(unsigned address, bool read, const char *bytes, size_t count)
{
    return soc_i2c_contend(bench.soc, SOC_I2C1, address, read, (const uint8_t *)bytes, count);
}

static unsigned other_done(void)
{
    return soc_i2c_other_done(bench.soc, SOC_I2C1);
}

static unsigned addcode(void)
{
    return (ISR() & I2C_ISR_ADDCODE_Msk) >> I2C_ISR_ADDCODE_Pos;
}

static void clear(uint32_t flags)
{
    wr(S_P, I + I2C_ICR_OFS, flags);
}

/* ---- Time-outs (RM0456 65.4.11, 65.4.13) ---- */

/* TIMEOUTA = 1, TIDLE = 0: 2 x 2048 clocks of 4 MHz are 1024 us. */
static void master_held_low_too_long_sends_stop(void **state)
{
    (void)state;
    prepare(0);
    wr(S_P, I + I2C_TIMEOUTR_OFS, I2C_TIMEOUTR_TIMOUTEN_Msk | 1u);
    begin(0x18 << 1, 2, 0);
    wait_for(I2C_ISR_TXIS_Msk); /* SCL is held low from now on, until TXDR is written */
    run_us(1000);
    assert_false(ISR() & I2C_ISR_TIMEOUT_Msk);
    run_us(40);
    assert_true(ISR() & I2C_ISR_TIMEOUT_Msk);
    assert_true(fake.irq[IRQ_I2C1_ER]);
    wait_for(I2C_ISR_STOPF_Msk);
    assert_int_equal(device.stops, 1);
    assert_int_equal(device.count, 0);
    clear(I2C_ICR_TIMOUTCF_Msk);
    assert_false(fake.irq[IRQ_I2C1_ER]);
}

static void software_in_time_gets_no_timeout(void **state)
{
    (void)state;
    prepare(0);
    wr(S_P, I + I2C_TIMEOUTR_OFS, I2C_TIMEOUTR_TIMOUTEN_Msk | 1u);
    begin(0x18 << 1, 3, I2C_CR2_AUTOEND_Msk);
    for (unsigned i = 0; i < 3; i++) {
        wait_for(I2C_ISR_TXIS_Msk);
        run_us(900); /* each one alone is short enough */
        wr(S_P, I + I2C_TXDR_OFS, i);
    }
    wait_for(I2C_ISR_STOPF_Msk);
    assert_false(ISR() & I2C_ISR_TIMEOUT_Msk);
    assert_int_equal(device.count, 3);
}

/* TIMEOUTB = 1: the slave's stretches of one transfer count together (t LOW:SEXT). */
static void slave_stretches_add_up(void **state)
{
    (void)state;
    prepare(0);
    wr(S_P, I + I2C_TIMEOUTR_OFS, I2C_TIMEOUTR_TEXTEN_Msk | 1u << I2C_TIMEOUTR_TIMEOUTB_Pos);
    assert_true(other(0x30, false, "abc", 3));
    wait_for(I2C_ISR_ADDR_Msk);
    run_us(600);
    clear(I2C_ICR_ADDRCF_Msk);
    run_us(200 + 300); /* the second byte waits on the wire after about 180 us */
    assert_false(ISR() & I2C_ISR_TIMEOUT_Msk);
    run_us(200);
    assert_true(ISR() & I2C_ISR_TIMEOUT_Msk);
    wait_for(I2C_ISR_STOPF_Msk); /* SCL was let go */
    assert_int_equal(other_done(), 1);
    clear(I2C_ICR_TIMOUTCF_Msk | I2C_ICR_STOPCF_Msk);
    rd(S_P, I + I2C_RXDR_OFS);
    assert_true(other(0x30, false, "d", 1)); /* counts from 0 again */
    wait_for(I2C_ISR_ADDR_Msk);
    run_us(900);
    assert_false(ISR() & I2C_ISR_TIMEOUT_Msk);
}

/* TIDLE = 1, TIMEOUTA = 49: 50 x 4 clocks of 4 MHz are 50 us. */
static void idle_bus_is_detected(void **state)
{
    (void)state;
    prepare(0);
    assert_true(other(0x31, false, "ab", 2)); /* busy for 110 us, for somebody else */
    wr(S_P, I + I2C_TIMEOUTR_OFS, I2C_TIMEOUTR_TIMOUTEN_Msk | I2C_TIMEOUTR_TIDLE_Msk | 49u);
    run_us(140);
    assert_false(ISR() & I2C_ISR_TIMEOUT_Msk);
    run_us(30);
    assert_true(ISR() & I2C_ISR_TIMEOUT_Msk);
    assert_false(ISR() & I2C_ISR_BUSY_Msk);
}

static void TIMEOUTR_holds_while_enabled(void **state)
{
    (void)state;
    prepare(0);
    wr(S_P, I + I2C_TIMEOUTR_OFS, I2C_TIMEOUTR_TIMOUTEN_Msk | 0x123u);
    wr(S_P, I + I2C_TIMEOUTR_OFS, I2C_TIMEOUTR_TIMOUTEN_Msk | 0x456u | 7u << 16);
    assert_int_equal(rd(S_P, I + I2C_TIMEOUTR_OFS), I2C_TIMEOUTR_TIMOUTEN_Msk | 0x123u | 7u << 16);
    assert_non_null(strstr(bench.log, "TIMEOUTR"));
}

/* ---- Alert and default addresses (RM0456 65.4.11) ---- */

/* PB5 is SMBA of I2C1 with function 4, here open drain. */
static void route_smba(void)
{
    route("PB5", 4);
    wr(S_P, GPIOB_S + GPIO_OTYPER_OFS, 1u << 5);
    wr(S_P, GPIOB_S + GPIO_PUPDR_OFS, 1u << 10);
}

static void host_sees_the_alert(void **state)
{
    (void)state;
    prepare(I2C_CR1_SMBHEN_Msk);
    route_smba();
    soc_pin_drive(bench.soc, 1, 5, false);
    assert_false(ISR() & I2C_ISR_ALERT_Msk); /* ALERTEN = 0: counts as high */
    soc_pin_drive(bench.soc, 1, 5, true);
    set_bits(I + I2C_CR1_OFS, I2C_CR1_ALERTEN_Msk);
    assert_false(ISR() & I2C_ISR_ALERT_Msk);
    soc_pin_drive(bench.soc, 1, 5, false);
    assert_true(ISR() & I2C_ISR_ALERT_Msk);
    assert_true(fake.irq[IRQ_I2C1_ER]);
    clear(I2C_ICR_ALERTCF_Msk);
    assert_false(ISR() & I2C_ISR_ALERT_Msk); /* an edge, not the level */
    assert_false(fake.irq[IRQ_I2C1_ER]);
}

static void device_pulls_SMBA_and_answers_the_host(void **state)
{
    (void)state;
    prepare(0);
    route_smba();
    assert_true(soc_pin_level(bench.soc, 1, 5));
    assert_true(other(0x0C, true, NULL, 1));
    run_us(300);
    assert_int_equal(other_done(), SOC_I2C_NOT_DONE); /* nothing to tell */
    set_bits(I + I2C_CR1_OFS, I2C_CR1_ALERTEN_Msk);
    assert_false(soc_pin_level(bench.soc, 1, 5));
    assert_true(other(0x0C, true, NULL, 1));
    wait_for(I2C_ISR_ADDR_Msk);
    assert_int_equal(addcode(), 0x0C);
    wr(S_P, I + I2C_TXDR_OFS, 0x60);
    clear(I2C_ICR_ADDRCF_Msk);
    wait_for(I2C_ISR_STOPF_Msk);
    assert_int_equal(other_done(), 1);
    wr(S_P, I + I2C_CR1_OFS, I2C_CR1_PE_Msk);
    assert_true(soc_pin_level(bench.soc, 1, 5));
}

static void host_and_default_address(void **state)
{
    static const struct {
        uint32_t enable;
        unsigned address;
    } cases[] = {{I2C_CR1_SMBHEN_Msk, 0x08}, {I2C_CR1_SMBDEN_Msk, 0x61}};

    (void)state;
    prepare(0);
    for (unsigned i = 0; i < 2; i++) {
        wr(S_P, I + I2C_CR1_OFS, I2C_CR1_PE_Msk);
        assert_true(other(cases[i].address, false, "a", 1));
        run_us(500);
        assert_false(ISR() & I2C_ISR_ADDR_Msk);
        wr(S_P, I + I2C_CR1_OFS, I2C_CR1_PE_Msk | cases[i].enable);
        assert_true(other(cases[i].address, false, "a", 1));
        wait_for(I2C_ISR_ADDR_Msk);
        assert_int_equal(addcode(), cases[i].address);
        clear(I2C_ICR_ADDRCF_Msk);
        wait_for(I2C_ISR_STOPF_Msk);
        rd(S_P, I + I2C_RXDR_OFS);
    }
}

/* ---- Addresses of 10 bits (RM0456 65.4.8, 65.4.9) ---- */

static void own_address_of_10_bits(void **state)
{
    (void)state;
    prepare(0);
    wr(S_P, I + I2C_OAR1_OFS, 0);
    wr(S_P, I + I2C_OAR1_OFS, I2C_OAR1_OA1EN_Msk | I2C_OAR1_OA1MODE_Msk | 0x1C5u);
    assert_true(other(0x0C5 | SOC_I2C_ADDRESS_10, false, "a", 1));
    assert_false(other(0x400 | SOC_I2C_ADDRESS_10, false, "a", 1));
    run_us(500);
    assert_false(ISR() & I2C_ISR_ADDR_Msk); /* another one */
    assert_true(other(0x1C5 | SOC_I2C_ADDRESS_10, true, NULL, 1));
    wait_for(I2C_ISR_ADDR_Msk);
    assert_true(ISR() & I2C_ISR_DIR_Msk);
    assert_int_equal(addcode(), 0x79); /* 11110 and the two upper bits */
    wr(S_P, I + I2C_TXDR_OFS, 0x42);
    clear(I2C_ICR_ADDRCF_Msk);
    wait_for(I2C_ISR_STOPF_Msk);
    assert_int_equal(other_done(), 1);
}

/* The write names the whole address, the read after it only the header (HEAD10R). */
static void master_of_a_device_with_10_bits(void **state)
{
    sim_ps begun;

    (void)state;
    prepare(0);
    begun = now();
    begin(TEN, 1, I2C_CR2_ADD10_Msk);
    wait_for(I2C_ISR_TXIS_Msk);
    assert_in_range((now() - begun) / SIM_PS_PER_US, 188, 196); /* START, 18 bits */
    wr(S_P, I + I2C_TXDR_OFS, 0x05);
    wait_for(I2C_ISR_TC_Msk);
    assert_int_equal(device.got[0], 0x05);
    begun = now();
    begin(TEN, 1,
          I2C_CR2_ADD10_Msk | I2C_CR2_HEAD10R_Msk | I2C_CR2_RD_WRN_Msk | I2C_CR2_AUTOEND_Msk);
    wait_for(I2C_ISR_RXNE_Msk);
    assert_in_range((now() - begun) / SIM_PS_PER_US, 188, 196); /* START, header, byte */
    assert_int_equal(rd(S_P, I + I2C_RXDR_OFS), 0x77);
    wait_for(I2C_ISR_STOPF_Msk);
    assert_int_equal(device.starts, 2);
    clear(I2C_ICR_STOPCF_Msk);
    /* alone, the header means nobody; with HEAD10R = 0 the whole sequence goes out */
    begin(TEN, 1,
          I2C_CR2_ADD10_Msk | I2C_CR2_HEAD10R_Msk | I2C_CR2_RD_WRN_Msk | I2C_CR2_AUTOEND_Msk);
    wait_for(I2C_ISR_STOPF_Msk);
    assert_true(ISR() & I2C_ISR_NACKF_Msk);
    clear(I2C_ICR_STOPCF_Msk | I2C_ICR_NACKCF_Msk);
    begun = now();
    begin(TEN, 1, I2C_CR2_ADD10_Msk | I2C_CR2_RD_WRN_Msk | I2C_CR2_AUTOEND_Msk);
    wait_for(I2C_ISR_RXNE_Msk);
    assert_in_range((now() - begun) / SIM_PS_PER_US, 378, 388);
    assert_int_equal(device.starts, 3);
}

/* ---- Two masters (RM0456 chapter 65, arbitration lost) ---- */

static void stronger_address_wins_and_may_mean_the_loser(void **state)
{
    (void)state;
    prepare(0);
    wr(S_P, I + I2C_OAR1_OFS, 0);
    wr(S_P, I + I2C_OAR1_OFS, I2C_OAR1_OA1EN_Msk | 0x10u << 1);
    assert_true(contend(0x10, false, "a", 1));
    run_us(100);
    assert_false(ISR() & I2C_ISR_BUSY_Msk); /* it waits for the chip */
    begin(0x18 << 1, 1, I2C_CR2_AUTOEND_Msk);
    run_us(45); /* 0x18 and 0x10 differ in the fourth bit: lost there */
    assert_false(ISR() & I2C_ISR_ARLO_Msk);
    run_us(10);
    assert_true(ISR() & I2C_ISR_ARLO_Msk);
    assert_true(fake.irq[IRQ_I2C1_ER]);
    assert_false(rd(S_P, I + I2C_CR2_OFS) & I2C_CR2_START_Msk);
    wait_for(I2C_ISR_ADDR_Msk); /* as slave of the winner */
    clear(I2C_ICR_ADDRCF_Msk | I2C_ICR_ARLOCF_Msk);
    wait_for(I2C_ISR_STOPF_Msk);
    assert_int_equal(rd(S_P, I + I2C_RXDR_OFS), 'a');
    assert_int_equal(other_done(), 1);
    run_us(500);
    assert_int_equal(device.starts, 0); /* software has to start again */
}

static void weaker_master_tries_again(void **state)
{
    (void)state;
    prepare(0);
    assert_true(contend(0x30, false, "a", 1));
    begin(0x18 << 1, 1, I2C_CR2_AUTOEND_Msk);
    wait_for(I2C_ISR_TXIS_Msk);
    wr(S_P, I + I2C_TXDR_OFS, 0x11);
    wait_for(I2C_ISR_STOPF_Msk);
    assert_false(ISR() & I2C_ISR_ARLO_Msk);
    assert_int_equal(device.count, 1);
    wait_for(I2C_ISR_ADDR_Msk);
    assert_int_equal(addcode(), 0x30);
}

/* RM0456, CR2.START: given up when the chip was addressed meanwhile and ADDR is cleared. */
static void START_that_waits_is_given_up_by_an_addressed_slave(void **state)
{
    (void)state;
    prepare(0);
    assert_true(other(0x30, false, "a", 1));
    run_us(20);
    begin(0x18 << 1, 1, I2C_CR2_AUTOEND_Msk);
    wait_for(I2C_ISR_ADDR_Msk);
    assert_true(rd(S_P, I + I2C_CR2_OFS) & I2C_CR2_START_Msk);
    clear(I2C_ICR_ADDRCF_Msk);
    assert_false(rd(S_P, I + I2C_CR2_OFS) & I2C_CR2_START_Msk);
    wait_for(I2C_ISR_STOPF_Msk);
    run_us(500);
    assert_int_equal(device.starts, 0);
}

static void misplaced_start_is_a_bus_error(void **state)
{
    (void)state;
    prepare(0);
    soc_i2c_misplaced_start(bench.soc, SOC_I2C1);
    assert_false(ISR() & I2C_ISR_BERR_Msk); /* not involved */
    assert_true(other(0x30, false, "abc", 3));
    wait_for(I2C_ISR_ADDR_Msk);
    clear(I2C_ICR_ADDRCF_Msk);
    run_us(50);
    soc_i2c_misplaced_start(bench.soc, SOC_I2C1);
    assert_true(ISR() & I2C_ISR_BERR_Msk);
    assert_true(fake.irq[IRQ_I2C1_ER]);
    run_us(500);
    assert_false(ISR() & (I2C_ISR_RXNE_Msk | I2C_ISR_STOPF_Msk | I2C_ISR_BUSY_Msk));
    clear(I2C_ICR_BERRCF_Msk);
    assert_false(fake.irq[IRQ_I2C1_ER]);
    assert_true(other(0x30, false, "d", 1)); /* takes part again */
    wait_for(I2C_ISR_ADDR_Msk);
}

/* ---- Packet error codes of a slave (RM0456 65.4.14) ---- */

/* CRC-8 of the message bit by bit, another way than the model's. */
static uint8_t crc8(const uint8_t *message, unsigned bytes)
{
    unsigned crc = 0;

    for (unsigned i = 0; i < 8 * bytes; i++) {
        unsigned bit = (message[i / 8] >> (7 - i % 8)) & 1u;
        unsigned top = ((crc >> 7) ^ bit) & 1u;

        crc = ((crc << 1) ^ (top ? 0x07u : 0)) & 0xFFu;
    }
    return (uint8_t)crc;
}

static void receive_with_code(uint8_t spoil)
{
    uint8_t bytes[4] = {0x30 << 1, 0x05, 0x99, 0};

    bytes[3] = crc8(bytes, 3) ^ spoil;
    assert_true(soc_i2c_other_master(bench.soc, SOC_I2C1, 0x30, false, bytes + 1, 3));
    wait_for(I2C_ISR_ADDR_Msk);
    wr(S_P, I + I2C_CR2_OFS, I2C_CR2_PECBYTE_Msk | 3u << 16);
    clear(I2C_ICR_ADDRCF_Msk);
    for (unsigned i = 1; i < 4; i++) {
        wait_for(I2C_ISR_RXNE_Msk);
        assert_int_equal(rd(S_P, I + I2C_RXDR_OFS), bytes[i]);
    }
    wait_for(I2C_ISR_STOPF_Msk);
    clear(I2C_ICR_STOPCF_Msk);
}

static void slave_checks_the_packet_error_code(void **state)
{
    (void)state;
    prepare(I2C_CR1_SBC_Msk | I2C_CR1_PECEN_Msk);
    receive_with_code(0);
    assert_false(ISR() & I2C_ISR_PECERR_Msk);
    assert_int_equal(other_done(), 3);
    receive_with_code(0x10);
    assert_true(ISR() & I2C_ISR_PECERR_Msk);
    assert_true(fake.irq[IRQ_I2C1_ER]);
    assert_int_equal(other_done(), 2); /* the code was not acknowledged */
}

static void slave_sends_the_packet_error_code(void **state)
{
    static const uint8_t message[2] = {0x30 << 1 | 1, 0x5A};

    (void)state;
    prepare(I2C_CR1_SBC_Msk | I2C_CR1_PECEN_Msk);
    assert_true(other(0x30, true, NULL, 2));
    wait_for(I2C_ISR_ADDR_Msk);
    wr(S_P, I + I2C_CR2_OFS, I2C_CR2_PECBYTE_Msk | 2u << I2C_CR2_NBYTES_Pos);
    wr(S_P, I + I2C_TXDR_OFS, 0x5A);
    clear(I2C_ICR_ADDRCF_Msk);
    assert_false(ISR() & I2C_ISR_TXIS_Msk);
    run_us(120);
    assert_int_equal(rd(S_P, I + I2C_PECR_OFS), crc8(message, 2)); /* on the wire now */
    wait_for(I2C_ISR_STOPF_Msk);
    assert_int_equal(other_done(), 2);
    /* the code over a message with its own code is 0: the right one went out */
    assert_int_equal(rd(S_P, I + I2C_PECR_OFS), 0);
    assert_false(rd(S_P, I + I2C_CR2_OFS) & I2C_CR2_PECBYTE_Msk);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(master_held_low_too_long_sends_stop),
        T(software_in_time_gets_no_timeout),
        T(slave_stretches_add_up),
        T(idle_bus_is_detected),
        T(TIMEOUTR_holds_while_enabled),
        T(host_sees_the_alert),
        T(device_pulls_SMBA_and_answers_the_host),
        T(host_and_default_address),
        T(own_address_of_10_bits),
        T(master_of_a_device_with_10_bits),
        T(stronger_address_wins_and_may_mean_the_loser),
        T(weaker_master_tries_again),
        T(START_that_waits_is_given_up_by_an_addressed_slave),
        T(misplaced_start_is_a_bus_error),
        T(slave_checks_the_packet_error_code),
        T(slave_sends_the_packet_error_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
