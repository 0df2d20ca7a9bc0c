// The application manifest: what a bundle installs where, and under which policies.
//
// Bytes come from outside (an upload, the cloud, flash), so decoding checks every length, range and
// count and refuses what it does not understand. Pure functions over the caller's buffers, usable
// on the device and on the host. No cryptography here: hashes go in, bytes to hash or sign come
// out.
#ifndef FORMATS_MANIFEST_H
#define FORMATS_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MANIFEST_BODY_SIZE_MAX    3072u // serialized AppBody
#define MANIFEST_SIZE_MAX         4096u // serialized OpaqueManifest
#define MANIFEST_LAYERS_MAX       8u
#define MANIFEST_HASH_SIZE        32u // SHA-256
#define MANIFEST_POINT_SIZE       65u // P-256 public key, X9.62 uncompressed
#define MANIFEST_SIGNATURE_SIZE   64u // ECDSA P-256: r then s, 32 bytes big-endian each
#define MANIFEST_APP_FLASH_SIZE   0x100000u
#define MANIFEST_SIGN_PREFIX      "twlo-mv-manifest-v1" // signed together with its NUL
#define MANIFEST_SIGN_PREFIX_SIZE 20u

enum manifest_result {
    MANIFEST_OK = 0,
    MANIFEST_MALFORMED,     // not this protobuf message, or cut short
    MANIFEST_TOO_LARGE,     // a size or count above the limits of this header
    MANIFEST_NO_BODY,       // nothing to install
    MANIFEST_BAD_SIGNATURE, // the signature field has neither 0 nor 64 bytes
    MANIFEST_BAD_HASH,      // a hash of a layer is missing or not 32 bytes long
    MANIFEST_BAD_REGION,    // a layer's target is missing, empty, out of flash or overlaps another
    MANIFEST_BAD_KEY,       // a public key is not a 65-byte uncompressed point
    MANIFEST_BUFFER_SMALL,  // encoding: the caller's buffer is too small
};

// The outer message. `body` and `signature` point into the decoded buffer.
struct manifest_envelope {
    uint64_t signer_id; // manifest_key_id of the signer's key; 0 = unsigned
    const uint8_t *body;
    size_t body_size;
    const uint8_t *signature; // MANIFEST_SIGNATURE_SIZE bytes, or NULL when not signed
};

struct manifest_layer {
    bool external_flash; // false: application flash; start is an offset in either
    uint32_t start;
    uint32_t size;
    uint64_t encrypted_with_key_id; // 0 = not encrypted
    uint8_t fetch_hash[MANIFEST_HASH_SIZE];
    uint8_t measurement_hash[MANIFEST_HASH_SIZE];
};

struct manifest_debug {
    bool debuggable;
    bool has_auth_pubkey;
    uint8_t auth_pubkey[MANIFEST_POINT_SIZE];
};

struct manifest_crash {
    uint32_t minimum_restart_ms;
    uint32_t maximum_restart_ms;
    uint32_t include_stack_bytes;
    bool has_report_pubkey;
    uint8_t report_pubkey[MANIFEST_POINT_SIZE];
};

struct manifest_update {
    uint32_t maximum_politeness_time_sec;
    uint32_t minimum_kernel_version;
};

struct manifest_connectivity {
    uint32_t connection_grace_time_sec;
    uint32_t minimum_check_in_time_sec;
};

// The inner message. A policy that is absent has has_… false and is all zero.
struct manifest_app {
    size_t layer_count; // 1 to MANIFEST_LAYERS_MAX
    struct manifest_layer layers[MANIFEST_LAYERS_MAX];
    bool has_debug, has_crash, has_update, has_connectivity;
    struct manifest_debug debug;
    struct manifest_crash crash;
    struct manifest_update update;
    struct manifest_connectivity connectivity;
};

// Takes the outer message apart. A field that appears twice is refused, so that no two readers can
// see different bodies under one signature. Unknown fields are skipped.
enum manifest_result manifest_decode_envelope(const uint8_t *bytes, size_t size,
                                              struct manifest_envelope *envelope);

// Decodes and checks the exact body bytes that manifest_decode_envelope returned.
enum manifest_result manifest_decode_app(const uint8_t *body, size_t size,
                                         struct manifest_app *app);

// Encodes the body in field order with proto3 defaults left out. Present policies are written even
// when empty, as the original bundler did. The application must pass the checks of decoding.
enum manifest_result manifest_encode_app(const struct manifest_app *app, uint8_t *buffer,
                                         size_t capacity, size_t *size);

// Encodes the outer message around a body; signature NULL and signer_id 0 make it unsigned.
enum manifest_result manifest_encode_envelope(const struct manifest_envelope *envelope,
                                              uint8_t *buffer, size_t capacity, size_t *size);

// Fills in what the original bundler writes for one whole-flash image: one layer at offset 0 of
// MANIFEST_APP_FLASH_SIZE bytes, empty update and connectivity policies, no debug, no crash policy.
// fetch_hash: SHA-256 of the image; measurement_hash: of the image padded with 0xff to 1 MiB.
void manifest_app_init(struct manifest_app *app, const uint8_t fetch_hash[MANIFEST_HASH_SIZE],
                       const uint8_t measurement_hash[MANIFEST_HASH_SIZE]);

// Writes the bytes that a signature covers: the prefix with its NUL, then the body.
enum manifest_result manifest_signed_message(const uint8_t *body, size_t body_size, uint8_t *buffer,
                                             size_t capacity, size_t *size);

// The bytes whose SHA-256 names a signing key: 00 00, then the uncompressed point.
#define MANIFEST_KEY_ID_INPUT_SIZE (2u + MANIFEST_POINT_SIZE)
void manifest_key_id_input(const uint8_t point[MANIFEST_POINT_SIZE],
                           uint8_t input[MANIFEST_KEY_ID_INPUT_SIZE]);

// The key id: the first eight bytes, big-endian, of the hash of manifest_key_id_input.
uint64_t manifest_key_id(const uint8_t hash[MANIFEST_HASH_SIZE]);

// One sentence for people, without a final full stop.
const char *manifest_result_text(enum manifest_result result);

#endif
