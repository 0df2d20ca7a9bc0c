/* The SPI NOR chip against its data sheet: every rule that a driver may rely on or trip over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench_time.h"
#include "board/nor.h"

struct bench {
    struct sched sched;
    struct nor nor;
    struct soc_spi_device device;
    uint8_t *array;
    uint8_t status[NOR_STATUS_COUNT];
};

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);

    bench->array = malloc(NOR_SIZE);
    memset(bench->array, 0xFF, NOR_SIZE);
    sched_init(&bench->sched);
    nor_init(&bench->nor, &bench->sched, bench->array, bench->status);
    bench->device = nor_spi_device(&bench->nor);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;

    free(bench->array);
    free(bench);
    return 0;
}

/* One transaction: sends `out`, then reads `in_size` bytes. */
static void transact(struct bench *bench, const uint8_t *out, size_t out_size, uint8_t *in,
                     size_t in_size)
{
    bench->device.select(bench->device.context, true);
    for (size_t i = 0; i < out_size; i++)
        bench->device.transfer(bench->device.context, out[i]);
    for (size_t i = 0; i < in_size; i++)
        in[i] = bench->device.transfer(bench->device.context, 0);
    bench->device.select(bench->device.context, false);
}

static void command(struct bench *bench, uint8_t opcode)
{
    transact(bench, &opcode, 1, NULL, 0);
}

static void command_at(struct bench *bench, uint8_t opcode, uint32_t address)
{
    uint8_t out[4] = {opcode, (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address};

    transact(bench, out, sizeof out, NULL, 0);
}

static uint8_t status1(struct bench *bench)
{
    uint8_t opcode = 0x05;
    uint8_t value;

    transact(bench, &opcode, 1, &value, 1);
    return value;
}

static void program(struct bench *bench, uint32_t address, const uint8_t *data, size_t size)
{
    uint8_t out[4 + 600] = {0x02, (uint8_t)(address >> 16), (uint8_t)(address >> 8),
                            (uint8_t)address};

    memcpy(out + 4, data, size);
    transact(bench, out, 4 + size, NULL, 0);
}

static void read_fast(struct bench *bench, uint32_t address, uint8_t *data, size_t size)
{
    uint8_t out[5] = {0x0B, (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address, 0};

    transact(bench, out, sizeof out, data, size);
}

static void test_identification(void **state)
{
    static const uint8_t expected[3] = {0xEF, 0x40, 0x17};
    struct bench *bench = *state;
    uint8_t opcode = 0x9F;
    uint8_t sfdp[5] = {0x5A, 0, 0, 0, 0};
    uint8_t sfdp_density[5] = {0x5A, 0, 0, 0x14, 0};
    uint8_t in[4];

    transact(bench, &opcode, 1, in, 3);
    assert_memory_equal(in, expected, 3);
    transact(bench, sfdp, 5, in, 4);
    assert_memory_equal(in, "SFDP", 4);
    transact(bench, sfdp_density, 5, in, 4);
    assert_int_equal(in[0] | in[1] << 8 | in[2] << 16 | in[3] << 24, NOR_SIZE * 8 - 1);
}

static void test_program_needs_write_enable(void **state)
{
    struct bench *bench = *state;

    program(bench, 0, (const uint8_t *)"abc", 3);
    assert_int_equal(status1(bench), 0);
    assert_int_equal(bench->array[0], 0xFF);
    command(bench, 0x06);
    assert_int_equal(status1(bench), 0x02);
    command(bench, 0x04);
    assert_int_equal(status1(bench), 0);
}

static void test_program_takes_time_and_clears_bits_only(void **state)
{
    struct bench *bench = *state;
    uint8_t first = 0xF0;
    uint8_t second = 0x3C;
    uint8_t value;

    command(bench, 0x06);
    program(bench, 0x1234, &first, 1);
    assert_int_equal(status1(bench), 0x03);
    pass(&bench->sched, 399 * SIM_PS_PER_US);
    assert_int_equal(status1(bench) & 1, 1);
    pass(&bench->sched, SIM_PS_PER_US);
    assert_int_equal(status1(bench), 0);
    read_fast(bench, 0x1234, &value, 1);
    assert_int_equal(value, 0xF0);
    command(bench, 0x06);
    program(bench, 0x1234, &second, 1);
    pass(&bench->sched, SIM_PS_PER_MS);
    assert_int_equal(bench->array[0x1234], 0x30);
}

static void test_program_wraps_in_its_page(void **state)
{
    struct bench *bench = *state;
    uint8_t data[260];

    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)i;
    command(bench, 0x06);
    program(bench, 0x10F0, data, 32);
    pass(&bench->sched, SIM_PS_PER_MS);
    assert_int_equal(bench->array[0x10F0], 0);
    assert_int_equal(bench->array[0x10FF], 15);
    assert_int_equal(bench->array[0x1000], 16);
    assert_int_equal(bench->array[0x1100], 0xFF);
    /* More than a page: the last 256 bytes count. */
    command(bench, 0x06);
    program(bench, 0x2000, data, 260);
    pass(&bench->sched, SIM_PS_PER_MS);
    assert_int_equal(bench->array[0x2000], 0); /* data[256] */
    assert_int_equal(bench->array[0x2004], 4);
    assert_int_equal(bench->array[0x20FF], 255);
}

static void test_erase_sizes(void **state)
{
    static const struct {
        uint8_t opcode;
        uint32_t size;
        uint32_t ms;
    } cases[] = {{0x20, 0x1000, 45}, {0x52, 0x8000, 120}, {0xD8, 0x10000, 150}};
    struct bench *bench = *state;

    for (unsigned i = 0; i < 3; i++) {
        memset(bench->array, 0, NOR_SIZE);
        command(bench, 0x06);
        command_at(bench, cases[i].opcode, 0x12345);
        pass(&bench->sched, (cases[i].ms - 1) * SIM_PS_PER_MS);
        assert_int_equal(status1(bench) & 1, 1);
        pass(&bench->sched, SIM_PS_PER_MS);
        assert_int_equal(status1(bench), 0);
        uint32_t base = 0x12345 & ~(cases[i].size - 1);
        for (uint32_t at = 0; at < cases[i].size; at++)
            assert_int_equal(bench->array[base + at], 0xFF);
        assert_int_equal(bench->array[base - 1], 0);
        assert_int_equal(bench->array[base + cases[i].size], 0);
    }
}

static void test_chip_erase(void **state)
{
    struct bench *bench = *state;

    bench->array[0] = 0;
    bench->array[NOR_SIZE - 1] = 0;
    command(bench, 0x06);
    command(bench, 0xC7);
    pass(&bench->sched, 20 * SIM_PS_PER_S);
    assert_int_equal(status1(bench), 0);
    assert_int_equal(bench->array[0], 0xFF);
    assert_int_equal(bench->array[NOR_SIZE - 1], 0xFF);
}

static void test_busy_ignores_commands(void **state)
{
    struct bench *bench = *state;
    uint8_t value = 0;

    bench->array[5] = 0x55;
    command(bench, 0x06);
    command_at(bench, 0x20, 0x10000);
    read_fast(bench, 5, &value, 1);
    assert_int_equal(value, 0xFF);
    command(bench, 0x04);
    command(bench, 0x06);
    program(bench, 0x20000, (const uint8_t *)"x", 1);
    pass(&bench->sched, SIM_PS_PER_S);
    assert_int_equal(bench->array[0x20000], 0xFF);
    read_fast(bench, 5, &value, 1);
    assert_int_equal(value, 0x55);
}

/* What a power cut in the middle leaves: neither the old contents nor a blank sector. */
static void test_erase_is_torn(void **state)
{
    struct bench *bench = *state;
    unsigned blank = 0;

    memset(bench->array + 0x3000, 0, 0x1000);
    command(bench, 0x06);
    command_at(bench, 0x20, 0x3000);
    pass(&bench->sched, 22 * SIM_PS_PER_MS);
    nor_power_on(&bench->nor);
    pass(&bench->sched, SIM_PS_PER_S);
    for (unsigned i = 0; i < 0x1000; i++)
        blank += bench->array[0x3000 + i] == 0xFF;
    assert_in_range(blank, 1, 0xFFF);
    assert_int_equal(status1(bench), 0);
}

static void test_program_is_torn(void **state)
{
    struct bench *bench = *state;
    uint8_t data[256] = {0};

    command(bench, 0x06);
    program(bench, 0, data, sizeof data);
    nor_power_on(&bench->nor);
    assert_int_equal(bench->array[0], 0);
    assert_int_equal(bench->array[255], 0xFF);
}

static void test_read_wraps_at_the_end(void **state)
{
    struct bench *bench = *state;
    uint8_t data[2];

    bench->array[NOR_SIZE - 1] = 0x11;
    bench->array[0] = 0x22;
    read_fast(bench, NOR_SIZE - 1, data, 2);
    assert_int_equal(data[0], 0x11);
    assert_int_equal(data[1], 0x22);
    /* Addresses beyond the part wrap too. */
    read_fast(bench, NOR_SIZE, data, 1);
    assert_int_equal(data[0], 0x22);
}

static void test_incomplete_address_does_nothing(void **state)
{
    struct bench *bench = *state;
    uint8_t out[3] = {0x20, 0, 0};

    bench->array[0] = 0;
    command(bench, 0x06);
    transact(bench, out, sizeof out, NULL, 0);
    assert_int_equal(status1(bench), 0x02);
    pass(&bench->sched, SIM_PS_PER_S);
    assert_int_equal(bench->array[0], 0);
}

static void test_status_registers_protect(void **state)
{
    struct bench *bench = *state;
    uint8_t write[2] = {0x01, 0x1C}; /* BP = 7: everything */

    command(bench, 0x06);
    transact(bench, write, sizeof write, NULL, 0);
    pass(&bench->sched, 10 * SIM_PS_PER_MS);
    assert_int_equal(status1(bench), 0x1C);
    assert_int_equal(bench->status[0], 0x1C);
    command(bench, 0x06);
    program(bench, 0, (const uint8_t *)"x", 1);
    pass(&bench->sched, SIM_PS_PER_S);
    assert_int_equal(bench->array[0], 0xFF);
    /* It survives power; a volatile write does not. */
    nor_power_on(&bench->nor);
    assert_int_equal(status1(bench), 0x1C);
    command(bench, 0x50);
    write[1] = 0;
    transact(bench, write, sizeof write, NULL, 0);
    assert_int_equal(status1(bench), 0);
    nor_power_on(&bench->nor);
    assert_int_equal(status1(bench), 0x1C);
}

static void test_power_down(void **state)
{
    struct bench *bench = *state;
    uint8_t opcode = 0x9F;
    uint8_t release[4] = {0xAB, 0, 0, 0};
    uint8_t in[3];

    command(bench, 0xB9);
    transact(bench, &opcode, 1, in, 3);
    assert_int_equal(in[0], 0xFF);
    transact(bench, release, sizeof release, in, 1);
    assert_int_equal(in[0], 0x16);
    transact(bench, &opcode, 1, in, 3);
    assert_int_equal(in[0], 0xEF);
}

static void test_reset_needs_its_enable(void **state)
{
    struct bench *bench = *state;

    command(bench, 0x06);
    command(bench, 0x99);
    assert_int_equal(status1(bench), 0x02);
    command(bench, 0x66);
    command(bench, 0x06); /* anything in between cancels */
    command(bench, 0x99);
    assert_int_equal(status1(bench), 0x02);
    command(bench, 0x66);
    command(bench, 0x99);
    assert_int_equal(status1(bench), 0x01);
    pass(&bench->sched, 30 * SIM_PS_PER_US);
    assert_int_equal(status1(bench), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_identification),
        TEST(test_program_needs_write_enable),
        TEST(test_program_takes_time_and_clears_bits_only),
        TEST(test_program_wraps_in_its_page),
        TEST(test_erase_sizes),
        TEST(test_chip_erase),
        TEST(test_busy_ignores_commands),
        TEST(test_erase_is_torn),
        TEST(test_program_is_torn),
        TEST(test_read_wraps_at_the_end),
        TEST(test_incomplete_address_does_nothing),
        TEST(test_status_registers_protect),
        TEST(test_power_down),
        TEST(test_reset_needs_its_enable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
