/* The board's I2C parts behind the chip's I2C2 (data sheets DS25095, DS6839, HT16K33). */
#include "harness.h"

#include "board/i2c_ht16k33.h"
#include "board/i2c_lis3dh.h"
#include "board/i2c_mcp9808.h"

#define I     I2C2_S
#define ISR() rd(S_P, I + I2C_ISR_OFS)

static void prepare(void)
{
    enable_clocks();
    route_all();
    set_bits(RCC_S + RCC_APB1ENR1_OFS, RCC_APB1ENR1_I2C2EN_Msk);
    wr(S_P, I + I2C_TIMINGR_OFS, 0x00000303u);
    wr(S_P, I + I2C_CR1_OFS, I2C_CR1_PE_Msk);
}

static void wait_for(uint32_t flag)
{
    for (unsigned us = 0; !(ISR() & flag); us++) {
        assert_true(us < 1000);
        run_us(1);
    }
}

static void put(unsigned address, const uint8_t *bytes, unsigned count, uint32_t end)
{
    wr(S_P, I + I2C_CR2_OFS, address << 1 | count << I2C_CR2_NBYTES_Pos | I2C_CR2_START_Msk | end);
    for (unsigned i = 0; i < count; i++) {
        wait_for(I2C_ISR_TXIS_Msk);
        wr(S_P, I + I2C_TXDR_OFS, bytes[i]);
    }
    wait_for(end ? I2C_ISR_STOPF_Msk : I2C_ISR_TC_Msk);
    wr(S_P, I + I2C_ICR_OFS, I2C_ICR_STOPCF_Msk);
}

static void get(unsigned address, uint8_t reg, uint8_t *bytes, unsigned count)
{
    put(address, &reg, 1, 0);
    wr(S_P, I + I2C_CR2_OFS,
       address << 1 | I2C_CR2_RD_WRN_Msk | count << I2C_CR2_NBYTES_Pos | I2C_CR2_START_Msk |
           I2C_CR2_AUTOEND_Msk);
    for (unsigned i = 0; i < count; i++) {
        wait_for(I2C_ISR_RXNE_Msk);
        bytes[i] = (uint8_t)rd(S_P, I + I2C_RXDR_OFS);
    }
    wait_for(I2C_ISR_STOPF_Msk);
    wr(S_P, I + I2C_ICR_OFS, I2C_ICR_STOPCF_Msk);
}

static uint16_t word_of(unsigned address, uint8_t reg)
{
    uint8_t b[2];

    get(address, reg, b, 2);
    return (uint16_t)(b[0] << 8 | b[1]);
}

static void mcp9808_measures(void **state)
{
    static struct i2c_mcp9808 part;

    (void)state;
    prepare();
    assert_true(i2c_mcp9808_attach(&part, bench.soc, &bench.sched, SOC_I2C2, 0x18));
    assert_int_equal(word_of(0x18, 6), 0x0054);
    assert_int_equal(word_of(0x18, 7), 0x0400);
    /* Limits are 0 after power-on, so 25 degrees are above upper and critical. */
    assert_int_equal(word_of(0x18, 5), 0xC000 | 25 * 16);
    i2c_mcp9808_set(&part, -10250);
    run_us(100000);
    assert_int_equal(word_of(0x18, 5) & 0x1FFF, 25 * 16); /* 250 ms at full resolution */
    run_us(200000);
    assert_int_equal(word_of(0x18, 5), 0x2000 | (0x2000 - 164)); /* -10.25, below lower */
    put(0x18, (const uint8_t[]){8, 0}, 2, I2C_CR2_AUTOEND_Msk);  /* half degrees */
    i2c_mcp9808_set(&part, 21937);
    run_us(40000);
    assert_int_equal(word_of(0x18, 5) & 0x1FFF, 21 * 16 + 8);
}

static void mcp9808_alerts_and_locks(void **state)
{
    static struct i2c_mcp9808 part;

    (void)state;
    prepare();
    i2c_mcp9808_attach(&part, bench.soc, &bench.sched, SOC_I2C2, 0x1F);
    put(0x1F, (const uint8_t[]){2, 0x01, 0xE0}, 3, I2C_CR2_AUTOEND_Msk); /* upper 30 */
    put(0x1F, (const uint8_t[]){4, 0x02, 0x80}, 3, I2C_CR2_AUTOEND_Msk); /* critical 40 */
    put(0x1F, (const uint8_t[]){1, 0x00, 0x48}, 3, I2C_CR2_AUTOEND_Msk); /* lock, enable */
    put(0x1F, (const uint8_t[]){2, 0x00, 0x00}, 3, I2C_CR2_AUTOEND_Msk);
    assert_int_equal(word_of(0x1F, 2), 0x01E0); /* locked */
    assert_true(i2c_mcp9808_alert(&part));      /* idle high */
    i2c_mcp9808_set(&part, 31000);
    run_us(300000);
    assert_int_equal(word_of(0x1F, 5) & 0xE000, 0x4000);
    assert_false(i2c_mcp9808_alert(&part));
    assert_true(word_of(0x1F, 1) & 0x10);
}

static void lis3dh_samples(void **state)
{
    static struct i2c_lis3dh part;
    uint8_t b[6];

    (void)state;
    prepare();
    assert_true(i2c_lis3dh_attach(&part, bench.soc, &bench.sched, SOC_I2C2, 0x19));
    get(0x19, 0x0F, b, 1);
    assert_int_equal(b[0], 0x33);
    get(0x19, 0x20, b, 1);
    assert_int_equal(b[0], 0x07);
    run_us(50000);
    get(0x19, 0x27, b, 1);
    assert_int_equal(b[0], 0);                                        /* powered down */
    put(0x19, (const uint8_t[]){0x23, 0x08}, 2, I2C_CR2_AUTOEND_Msk); /* 12 bits, 2 g */
    put(0x19, (const uint8_t[]){0x20, 0x57}, 2, I2C_CR2_AUTOEND_Msk); /* 100 Hz */
    i2c_lis3dh_set(&part, -500, 250, 1000);
    run_us(11000);
    get(0x19, 0x27, b, 1);
    assert_int_equal(b[0], 0x0F);
    get(0x19, 0x28 | 0x80, b, 6);
    assert_int_equal((int16_t)(b[0] | b[1] << 8) / 16, -500);
    assert_int_equal((int16_t)(b[2] | b[3] << 8) / 16, 250);
    assert_int_equal((int16_t)(b[4] | b[5] << 8) / 16, 1000);
    get(0x19, 0x27, b, 1);
    assert_int_equal(b[0], 0);
    run_us(25000);
    get(0x19, 0x27, b, 1);
    assert_int_equal(b[0] & 0x0F, 0x0F);
    put(0x19, (const uint8_t[]){0x0F, 0}, 2, I2C_CR2_AUTOEND_Msk);
    get(0x19, 0x0F, b, 1);
    assert_int_equal(b[0], 0x33); /* read-only */
}

static void ht16k33_shows(void **state)
{
    static struct i2c_ht16k33 part;
    uint8_t rows[16], b[6];

    (void)state;
    prepare();
    assert_true(i2c_ht16k33_attach(&part, bench.soc, SOC_I2C2, 0x70));
    put(0x70, (const uint8_t[]){0x0E, 0x11, 0x22, 0x33}, 4, I2C_CR2_AUTOEND_Msk); /* wraps */
    i2c_ht16k33_shown(&part, rows);
    assert_int_equal(rows[14], 0);
    put(0x70, (const uint8_t[]){0x21}, 1, I2C_CR2_AUTOEND_Msk);
    put(0x70, (const uint8_t[]){0x83}, 1, I2C_CR2_AUTOEND_Msk);
    put(0x70, (const uint8_t[]){0xE5}, 1, I2C_CR2_AUTOEND_Msk);
    i2c_ht16k33_shown(&part, rows);
    assert_int_equal(rows[14], 0x11);
    assert_int_equal(rows[15], 0x22);
    assert_int_equal(rows[0], 0x33);
    assert_int_equal(part.blink, 1);
    assert_int_equal(part.dimming, 5);
    i2c_ht16k33_key(&part, 1, 9, true);
    get(0x70, 0x40, b, 6);
    assert_int_equal(b[3], 0x02);
    get(0x70, 0x60, b, 1);
    assert_int_equal(b[0], 0xFF);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(mcp9808_measures),
        T(mcp9808_alerts_and_locks),
        T(lis3dh_samples),
        T(ht16k33_shows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
