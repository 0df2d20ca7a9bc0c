/* Factory record: encode, decode, bounds. See identity.h for the format. */
#include "formats/identity.h"

#include <string.h>

#include "formats/crc32.h"

/* Offsets of the record's fields. */
enum {
    AT_MAGIC = 0,
    AT_VERSION = 4,
    AT_SIZE = 8,
    AT_CRC = 12,
    AT_DEVICE_ID = 16, /* 36 bytes */
    AT_PRIVATE_KEY = 52,
    AT_DEVICE_CERTIFICATE_SIZE = 84,
    AT_CA_CERTIFICATE_SIZE = 86,
    AT_SERVER_PORT = 88,
    AT_SIGNER_COUNT = 90, /* and a zero byte */
    AT_SERVER_HOST = 92,
    AT_SERVER_NAME = AT_SERVER_HOST + IDENTITY_HOST_MAX,
    AT_SIGNERS = AT_SERVER_NAME + IDENTITY_HOST_MAX,
    AT_DEVICE_CERTIFICATE = AT_SIGNERS + IDENTITY_SIGNERS_MAX * IDENTITY_POINT_SIZE,
    AT_CA_CERTIFICATE = AT_DEVICE_CERTIFICATE + IDENTITY_CERTIFICATE_MAX,
    AT_END = AT_CA_CERTIFICATE + IDENTITY_CERTIFICATE_MAX,
};
_Static_assert(AT_END == IDENTITY_SIZE && IDENTITY_SIZE % 16 == 0, "record layout");

static void put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, (uint16_t)value);
    put16(at + 2, (uint16_t)(value >> 16));
}

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t get32(const uint8_t *at)
{
    return get16(at) | (uint32_t)get16(at + 2) << 16;
}

/* A string of 1 to size-1 printable characters that ends inside its field. */
static bool text_good(const char *text, size_t size)
{
    size_t length = 0;
    while (length < size && text[length] > 0x20 && text[length] < 0x7F) {
        length++;
    }
    return length > 0 && length < size && text[length] == 0;
}

static bool signers_good(const struct identity *identity)
{
    if (identity->signer_count == 0 || identity->signer_count > IDENTITY_SIGNERS_MAX) {
        return false;
    }
    for (unsigned i = 0; i < identity->signer_count; i++) {
        if (identity->signers[i][0] != 0x04) {
            return false;
        }
    }
    return true;
}

static bool fields_good(const struct identity *identity)
{
    return text_good(identity->device_id, sizeof identity->device_id) &&
           strlen(identity->device_id) == IDENTITY_DEVICE_ID_SIZE &&
           text_good(identity->server_host, sizeof identity->server_host) &&
           text_good(identity->server_name, sizeof identity->server_name) &&
           identity->server_port != 0 && identity->device_certificate_size != 0 &&
           identity->device_certificate_size <= IDENTITY_CERTIFICATE_MAX &&
           identity->ca_certificate_size != 0 &&
           identity->ca_certificate_size <= IDENTITY_CERTIFICATE_MAX && signers_good(identity);
}

enum identity_error identity_encode(const struct identity *identity, uint8_t out[IDENTITY_SIZE])
{
    memset(out, 0, IDENTITY_SIZE);
    if (!fields_good(identity)) {
        return IDENTITY_BAD_FIELD;
    }
    put32(out + AT_MAGIC, IDENTITY_MAGIC);
    put32(out + AT_VERSION, IDENTITY_VERSION);
    put32(out + AT_SIZE, IDENTITY_SIZE);
    memcpy(out + AT_DEVICE_ID, identity->device_id, IDENTITY_DEVICE_ID_SIZE);
    memcpy(out + AT_PRIVATE_KEY, identity->private_key, IDENTITY_KEY_SIZE);
    put16(out + AT_DEVICE_CERTIFICATE_SIZE, identity->device_certificate_size);
    put16(out + AT_CA_CERTIFICATE_SIZE, identity->ca_certificate_size);
    put16(out + AT_SERVER_PORT, identity->server_port);
    out[AT_SIGNER_COUNT] = identity->signer_count;
    memcpy(out + AT_SERVER_HOST, identity->server_host, strlen(identity->server_host));
    memcpy(out + AT_SERVER_NAME, identity->server_name, strlen(identity->server_name));
    memcpy(out + AT_SIGNERS, identity->signers,
           (size_t)identity->signer_count * IDENTITY_POINT_SIZE);
    memcpy(out + AT_DEVICE_CERTIFICATE, identity->device_certificate,
           identity->device_certificate_size);
    memcpy(out + AT_CA_CERTIFICATE, identity->ca_certificate, identity->ca_certificate_size);
    put32(out + AT_CRC, crc32_ieee(0, out + AT_DEVICE_ID, IDENTITY_SIZE - AT_DEVICE_ID));
    return IDENTITY_OK;
}

static void fields_read(const uint8_t *record, struct identity *identity)
{
    memcpy(identity->device_id, record + AT_DEVICE_ID, IDENTITY_DEVICE_ID_SIZE);
    memcpy(identity->private_key, record + AT_PRIVATE_KEY, IDENTITY_KEY_SIZE);
    identity->device_certificate_size = get16(record + AT_DEVICE_CERTIFICATE_SIZE);
    identity->ca_certificate_size = get16(record + AT_CA_CERTIFICATE_SIZE);
    identity->server_port = get16(record + AT_SERVER_PORT);
    identity->signer_count = record[AT_SIGNER_COUNT];
    memcpy(identity->server_host, record + AT_SERVER_HOST, IDENTITY_HOST_MAX);
    memcpy(identity->server_name, record + AT_SERVER_NAME, IDENTITY_HOST_MAX);
    memcpy(identity->signers, record + AT_SIGNERS, sizeof identity->signers);
    identity->device_certificate = record + AT_DEVICE_CERTIFICATE;
    identity->ca_certificate = record + AT_CA_CERTIFICATE;
}

enum identity_error identity_decode(const uint8_t *record, size_t size, struct identity *identity)
{
    memset(identity, 0, sizeof *identity);
    if (size < IDENTITY_SIZE || get32(record + AT_MAGIC) != IDENTITY_MAGIC) {
        return IDENTITY_NO_RECORD;
    }
    if (get32(record + AT_VERSION) != IDENTITY_VERSION ||
        get32(record + AT_SIZE) != IDENTITY_SIZE) {
        return IDENTITY_BAD_VERSION;
    }
    uint32_t crc = crc32_ieee(0, record + AT_DEVICE_ID, IDENTITY_SIZE - AT_DEVICE_ID);
    if (crc != get32(record + AT_CRC)) {
        return IDENTITY_BAD_CRC;
    }
    fields_read(record, identity);
    if (!fields_good(identity)) {
        memset(identity, 0, sizeof *identity);
        return IDENTITY_BAD_FIELD;
    }
    return IDENTITY_OK;
}
