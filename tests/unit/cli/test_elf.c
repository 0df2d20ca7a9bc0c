// The ELF reader: gaps, limits, and files that are not what they seem.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/host/elf.h"

enum { HEADERS_AT = 52, DATA_AT = 0x200, FILE_SIZE = 0x400 };

static uint8_t file[FILE_SIZE];
static uint8_t image[ELF_IMAGE_MAX];
static size_t image_size;
static uint32_t address;

static void put16(size_t at, uint16_t value)
{
    file[at] = (uint8_t)value;
    file[at + 1] = (uint8_t)(value >> 8);
}

static void put32(size_t at, uint32_t value)
{
    put16(at, (uint16_t)value);
    put16(at + 2, (uint16_t)(value >> 16));
}

static void segment(unsigned index, uint32_t offset, uint32_t paddr, uint32_t size)
{
    size_t at = HEADERS_AT + 32 * index;
    put32(at, 1); // PT_LOAD
    put32(at + 4, offset);
    put32(at + 8, 0x20000000); // where it runs does not matter
    put32(at + 12, paddr);
    put32(at + 16, size);
    put32(at + 20, size);
    put16(44, (uint16_t)(index + 1));
}

static int setup(void **state)
{
    (void)state;
    memset(file, 0, sizeof file);
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
    memcpy(file, ident, sizeof ident);
    put16(16, 2);  // executable
    put16(18, 40); // Arm
    put32(28, HEADERS_AT);
    put16(42, 32);
    for (size_t i = DATA_AT; i < FILE_SIZE; i++) {
        file[i] = (uint8_t)i;
    }
    segment(0, DATA_AT, ELF_FLASH_START, 16);
    return 0;
}

static enum elf_result load(size_t size)
{
    uint8_t *exact = malloc(size + 1); // so that the sanitizer sees every read past the end
    memcpy(exact, file, size);
    enum elf_result result = elf_image(exact, size, image, &image_size, &address);
    free(exact);
    assert_non_null(elf_result_text(result));
    return result;
}

static void test_one_segment(void **state)
{
    (void)state;
    assert_int_equal(load(FILE_SIZE), ELF_OK);
    assert_int_equal(image_size, 16);
    assert_memory_equal(image, file + DATA_AT, 16);
}

static void test_gap_is_erased_flash(void **state)
{
    (void)state;
    segment(1, DATA_AT + 16, ELF_FLASH_START + 100, 8);
    assert_int_equal(load(FILE_SIZE), ELF_OK);
    assert_int_equal(image_size, 108);
    for (size_t i = 16; i < 100; i++) {
        assert_int_equal(image[i], 0xff);
    }
    assert_memory_equal(image + 100, file + DATA_AT + 16, 8);
}

static void test_image_starts_with_flash(void **state)
{
    (void)state;
    segment(0, DATA_AT, ELF_FLASH_START + 64, 8);
    assert_int_equal(load(FILE_SIZE), ELF_OK);
    assert_int_equal(image_size, 72); // objcopy would drop the first 64 bytes and shift the rest
    assert_int_equal(image[0], 0xff);
}

static void test_limits(void **state)
{
    (void)state;
    segment(0, DATA_AT, ELF_FLASH_START + ELF_IMAGE_MAX - 17, 16);
    assert_int_equal(load(FILE_SIZE), ELF_OK);
    assert_int_equal(image_size, ELF_IMAGE_MAX - 1);
    segment(0, DATA_AT, ELF_FLASH_START + ELF_IMAGE_MAX - 16, 16);
    assert_int_equal(load(FILE_SIZE), ELF_TOO_LARGE);
    segment(0, DATA_AT, ELF_FLASH_START + ELF_IMAGE_MAX, 16);
    assert_int_equal(load(FILE_SIZE), ELF_OUTSIDE);
    segment(0, DATA_AT, 0x07fffff0, 32);
    assert_int_equal(load(FILE_SIZE), ELF_OUTSIDE);
    segment(0, DATA_AT, 0x20000000, 16);
    assert_int_equal(load(FILE_SIZE), ELF_OUTSIDE);
    assert_int_equal(address, 0x20000000);
    segment(0, DATA_AT, 0x20000000, 0); // nothing in the file: memory that is only cleared
    assert_int_equal(load(FILE_SIZE), ELF_EMPTY);
}

static void test_cut_short(void **state)
{
    (void)state;
    for (size_t size = 0; size < DATA_AT + 16; size++) {
        assert_int_not_equal(load(size), ELF_OK);
    }
    segment(0, 0xfffffff0, ELF_FLASH_START, 0x20);
    assert_int_equal(load(FILE_SIZE), ELF_CUT_SHORT);
    setup(NULL);
    put32(28, 0xfffffff0);
    assert_int_equal(load(FILE_SIZE), ELF_CUT_SHORT);
    setup(NULL);
    put16(44, 0xffff);
    assert_int_equal(load(FILE_SIZE), ELF_CUT_SHORT);
}

// A section header behind the segments' ones; the table begins at SECTIONS_AT.
enum { SECTIONS_AT = 0x180 };

static void section(unsigned index, uint32_t type, uint32_t flags, uint32_t offset, uint32_t size)
{
    size_t at = SECTIONS_AT + index * 40u;
    put32(32, SECTIONS_AT);
    put16(46, 40);
    put16(48, (uint16_t)(index + 1));
    put32(at + 4, type);
    put32(at + 8, flags);
    put32(at + 12, 0x20000000); // where it runs; it is loaded where its segment is
    put32(at + 16, offset);
    put32(at + 20, size);
}

// Between the sections of a segment is nothing of the program, whatever the linker left there.
static void test_gap_inside_a_segment(void **state)
{
    (void)state;
    segment(0, DATA_AT, ELF_FLASH_START + 4, 64);
    section(0, 1, 2, DATA_AT, 8);
    section(1, 1, 2, DATA_AT + 32, 8);
    section(2, 8, 2, DATA_AT + 48, 8); // memory that is only cleared
    assert_int_equal(load(FILE_SIZE), ELF_OK);
    assert_int_equal(image_size, 4 + 40);
    assert_memory_equal(image + 4, file + DATA_AT, 8);
    assert_memory_equal(image + 36, file + DATA_AT + 32, 8);
    for (size_t i = 12; i < 36; i++) {
        assert_int_equal(image[i], 0xff);
    }
}

static void test_bad_sections(void **state)
{
    (void)state;
    segment(0, DATA_AT, ELF_FLASH_START, 64);
    section(0, 1, 2, DATA_AT + 60, 8); // sticks out of the segment: loaded where it runs
    assert_int_equal(load(FILE_SIZE), ELF_OUTSIDE);
    section(0, 1, 2, 0xfffffffc, 8);
    assert_int_equal(load(FILE_SIZE), ELF_CUT_SHORT);
    section(0, 1, 2, DATA_AT, 8);
    put16(48, 0xffff);
    assert_int_equal(load(FILE_SIZE), ELF_CUT_SHORT);
    put32(32, 0xfffffff0);
    assert_int_equal(load(FILE_SIZE), ELF_CUT_SHORT);
    put16(46, 1); // a table of something else is not looked at
    assert_int_equal(load(FILE_SIZE), ELF_OK);
    assert_int_equal(image_size, 64);
}

static void test_other_files(void **state)
{
    (void)state;
    put16(16, 1); // relocatable
    assert_int_equal(load(FILE_SIZE), ELF_NOT_PROGRAM);
    put16(18, 62); // x86-64
    assert_int_equal(load(FILE_SIZE), ELF_NOT_ARM);
    file[4] = 2; // 64 bits
    assert_int_equal(load(FILE_SIZE), ELF_NOT_ARM);
    file[0] = 'P';
    assert_int_equal(load(FILE_SIZE), ELF_NOT_ELF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_one_segment, setup),
        cmocka_unit_test_setup(test_gap_is_erased_flash, setup),
        cmocka_unit_test_setup(test_image_starts_with_flash, setup),
        cmocka_unit_test_setup(test_limits, setup),
        cmocka_unit_test_setup(test_cut_short, setup),
        cmocka_unit_test_setup(test_gap_inside_a_segment, setup),
        cmocka_unit_test_setup(test_bad_sections, setup),
        cmocka_unit_test_setup(test_other_files, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
