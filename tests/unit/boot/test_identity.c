/* Factory record: round trip, bounds, and that every flipped bit is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "formats/crc32.h"
#include "formats/identity.h"

static const uint8_t device_der[] = {0x30, 0x82, 1, 2, 3};
static const uint8_t ca_der[] = {0x30, 0x82, 9};

static struct identity make(void)
{
    struct identity identity = {
        .server_host = "10.0.2.2",
        .server_name = "gateway.example",
        .server_port = 8443,
        .device_certificate_size = sizeof device_der,
        .ca_certificate_size = sizeof ca_der,
        .signer_count = 1,
        .device_certificate = device_der,
        .ca_certificate = ca_der,
    };
    memcpy(identity.device_id, "UV0123456789abcdef0123456789abcdef", 35);
    memset(identity.private_key, 0x5A, sizeof identity.private_key);
    memset(identity.signers[0], 0x33, sizeof identity.signers[0]);
    identity.signers[0][0] = 0x04;
    return identity;
}

static void crc_vector(void **state)
{
    (void)state;
    assert_int_equal(crc32_ieee(0, "123456789", 9), 0xCBF43926);
    assert_int_equal(crc32_ieee(crc32_ieee(0, "1234", 4), "56789", 5), 0xCBF43926);
}

static void round_trip(void **state)
{
    (void)state;
    struct identity identity = make(), back;
    uint8_t record[IDENTITY_SIZE];
    assert_int_equal(identity_encode(&identity, record), IDENTITY_OK);
    assert_int_equal(identity_decode(record, sizeof record, &back), IDENTITY_OK);
    assert_string_equal(back.device_id, identity.device_id);
    assert_string_equal(back.server_host, "10.0.2.2");
    assert_string_equal(back.server_name, "gateway.example");
    assert_int_equal(back.server_port, 8443);
    assert_memory_equal(back.private_key, identity.private_key, sizeof back.private_key);
    assert_memory_equal(back.signers[0], identity.signers[0], IDENTITY_POINT_SIZE);
    assert_int_equal(back.device_certificate_size, sizeof device_der);
    assert_memory_equal(back.device_certificate, device_der, sizeof device_der);
    assert_memory_equal(back.ca_certificate, ca_der, sizeof ca_der);
}

static void every_flipped_bit(void **state)
{
    (void)state;
    struct identity identity = make(), back;
    uint8_t record[IDENTITY_SIZE];
    assert_int_equal(identity_encode(&identity, record), IDENTITY_OK);
    for (unsigned bit = 0; bit < IDENTITY_SIZE * 8; bit++) {
        record[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(identity_decode(record, sizeof record, &back), IDENTITY_OK);
        record[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void not_a_record(void **state)
{
    (void)state;
    struct identity identity = make(), back;
    uint8_t record[IDENTITY_SIZE];
    assert_int_equal(identity_encode(&identity, record), IDENTITY_OK);
    assert_int_equal(identity_decode(record, sizeof record - 1, &back), IDENTITY_NO_RECORD);
    memset(record, 0xFF, sizeof record);
    assert_int_equal(identity_decode(record, sizeof record, &back), IDENTITY_NO_RECORD);
}

static void assert_refused(const struct identity *identity)
{
    uint8_t record[IDENTITY_SIZE];
    assert_int_equal(identity_encode(identity, record), IDENTITY_BAD_FIELD);
}

static void bounds(void **state)
{
    (void)state;
    struct identity identity = make();
    identity.device_id[33] = 0;
    assert_refused(&identity);
    identity = make();
    memset(identity.server_host, 'a', sizeof identity.server_host);
    assert_refused(&identity);
    identity = make();
    identity.server_name[0] = 0;
    assert_refused(&identity);
    identity = make();
    identity.server_port = 0;
    assert_refused(&identity);
    identity = make();
    identity.signer_count = 5;
    assert_refused(&identity);
    identity = make();
    identity.signers[0][0] = 0x02;
    assert_refused(&identity);
    identity = make();
    identity.device_certificate_size = IDENTITY_CERTIFICATE_MAX + 1;
    assert_refused(&identity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc_vector),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(every_flipped_bit),
        cmocka_unit_test(not_a_record),
        cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
