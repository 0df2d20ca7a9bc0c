/* Kernel image header: round trip, and that every damaged field is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "formats/image.h"

static const struct image_header good = {
    .body_size = 0x1000,
    .vectors_offset = 0x400,
    .version = 7,
    .ratchet = 3,
    .device_type = IMAGE_DEVICE_STM32U585,
    .signer_id = 0x0123456789ABCDEFull,
    .version_text = "0.1.0",
};

static void round_trip(void **state)
{
    (void)state;
    uint8_t bytes[IMAGE_HEADER_SIZE];
    struct image_header back;
    image_header_encode(&good, bytes);
    assert_int_equal(image_header_decode(bytes, &back), IMAGE_OK);
    assert_memory_equal(&good, &back, sizeof good);
}

static enum image_error decode_changed(unsigned offset, uint8_t xor)
{
    uint8_t bytes[IMAGE_HEADER_SIZE];
    struct image_header back;
    image_header_encode(&good, bytes);
    bytes[offset] ^= xor;
    return image_header_decode(bytes, &back);
}

static void damaged_header(void **state)
{
    (void)state;
    assert_int_equal(decode_changed(0, 1), IMAGE_NO_MAGIC);
    assert_int_equal(decode_changed(4, 2), IMAGE_BAD_HEADER);
    assert_int_equal(decode_changed(8, 1), IMAGE_BAD_SIZE);     /* body not in quad-words */
    assert_int_equal(decode_changed(11, 0x80), IMAGE_BAD_SIZE); /* body huge */
    assert_int_equal(decode_changed(12, 0x10), IMAGE_BAD_SIZE); /* veneers */
    assert_int_equal(decode_changed(17, 0x04), IMAGE_BAD_SIZE); /* vectors in the header */
    assert_int_equal(decode_changed(18, 0x01), IMAGE_BAD_SIZE); /* vectors behind the body */
    assert_int_equal(decode_changed(0x28, 0x80), IMAGE_BAD_TEXT);
    assert_int_equal(decode_changed(0x28 + 31, 1), IMAGE_BAD_TEXT);
    assert_int_equal(decode_changed(0x48, 1), IMAGE_BAD_HEADER); /* reserved */
    assert_int_equal(decode_changed(0x3BF, 1), IMAGE_BAD_HEADER);
    assert_int_equal(decode_changed(0x3C0, 1), IMAGE_OK); /* the signature is judged elsewhere */
}

static void file_sizes(void **state)
{
    (void)state;
    static uint8_t file[IMAGE_HEADER_SIZE + 0x1000 + IMAGE_VENEERS_SIZE + 1];
    struct image_header back;
    const uint8_t *body, *veneers;
    image_header_encode(&good, file);
    size_t size = sizeof file - 1;
    assert_int_equal(image_file_decode(file, size, &back, &body, &veneers), IMAGE_OK);
    assert_ptr_equal(body, file + IMAGE_HEADER_SIZE);
    assert_ptr_equal(veneers, file + IMAGE_HEADER_SIZE + 0x1000);
    assert_int_equal(image_file_decode(file, size - 1, &back, &body, &veneers), IMAGE_BAD_SIZE);
    assert_int_equal(image_file_decode(file, size + 1, &back, &body, &veneers), IMAGE_BAD_SIZE);
    assert_int_equal(image_file_decode(file, 10, &back, &body, &veneers), IMAGE_BAD_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(damaged_header),
        cmocka_unit_test(file_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
