/* The factory record: who a device is and which cloud it belongs to. The factory step writes it
 * once into its own flash page; the kernel only reads it.
 *
 * One fixed little-endian layout of IDENTITY_SIZE bytes with magic, version and CRC-32 (IEEE, as in
 * zip) over everything behind the CRC. Strings are NUL-terminated inside zero-filled fields; unused
 * bytes are zero. The CRC finds accidents, not attackers: the page is secure memory.
 */
#ifndef FORMATS_IDENTITY_H
#define FORMATS_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDENTITY_MAGIC           0x4449564Du /* "MVID" */
#define IDENTITY_VERSION         1u
#define IDENTITY_SIZE            2656u /* of the encoded record; multiple of 16 */
#define IDENTITY_DEVICE_ID_SIZE  34u   /* characters of a device SID, without a terminator */
#define IDENTITY_HOST_MAX        128u  /* terminator included */
#define IDENTITY_CERTIFICATE_MAX 1024u /* DER */
#define IDENTITY_SIGNERS_MAX     4u
#define IDENTITY_POINT_SIZE      65u /* uncompressed P-256 point: 04 ‖ x ‖ y */
#define IDENTITY_KEY_SIZE        32u

struct identity {
    char device_id[IDENTITY_DEVICE_ID_SIZE + 1];
    uint8_t private_key[IDENTITY_KEY_SIZE]; /* P-256 scalar, big-endian */
    char server_host[IDENTITY_HOST_MAX];    /* where to connect: a name or an address */
    char server_name[IDENTITY_HOST_MAX];    /* name that the server's certificate must carry */
    uint16_t server_port;
    uint16_t device_certificate_size;
    uint16_t ca_certificate_size;
    uint8_t signer_count; /* manifest signers: 1 to IDENTITY_SIGNERS_MAX */
    uint8_t signers[IDENTITY_SIGNERS_MAX][IDENTITY_POINT_SIZE];
    /* DER. After identity_decode they point into the record. */
    const uint8_t *device_certificate;
    const uint8_t *ca_certificate;
};

enum identity_error {
    IDENTITY_OK,
    IDENTITY_NO_RECORD,   /* no magic: device not provisioned, or too short */
    IDENTITY_BAD_VERSION, /* made by a newer tool */
    IDENTITY_BAD_CRC,
    IDENTITY_BAD_FIELD, /* a size or string is out of bounds */
};

/* Writes IDENTITY_SIZE bytes. IDENTITY_BAD_FIELD if a field does not fit; then out is all zero. */
enum identity_error identity_encode(const struct identity *identity, uint8_t out[IDENTITY_SIZE]);
/* Reads a record of at least IDENTITY_SIZE bytes; the bytes behind it are ignored. The record must
 * live as long as *identity is used. */
enum identity_error identity_decode(const uint8_t *record, size_t size, struct identity *identity);

#endif
