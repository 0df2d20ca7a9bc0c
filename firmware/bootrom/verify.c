/* Kernel verification with BearSSL's SHA-256 and ECDSA P-256: see verify.h. */
#include "bootrom/verify.h"

#include <stdbool.h>

#include <bearssl_ec.h>
#include <bearssl_hash.h>

#include "boot_pubkey.h"
#include "chip/mmio.h"
#include "layout.h"

_Static_assert(LAYOUT_KERNEL_HEADER_SIZE == IMAGE_HEADER_SIZE, "header size");
_Static_assert(LAYOUT_VENEERS_SIZE == IMAGE_VENEERS_SIZE, "veneers size");
_Static_assert(LAYOUT_KERNEL_SIZE - LAYOUT_KERNEL_HEADER_SIZE == IMAGE_BODY_SIZE_MAX, "body size");

static const uint8_t signer_point[] = BOOT_SIGNER_POINT;

static const uint8_t *kernel_bytes(uint32_t offset)
{
    return (const uint8_t *)(uintptr_t)(LAYOUT_KERNEL_BASE + offset);
}

static bool vectors_good(const struct image_header *header)
{
    uint32_t vectors = LAYOUT_KERNEL_BASE + header->vectors_offset;
    uint32_t stack = mmio_read(vectors), reset = mmio_read(vectors + 4);
    uint32_t body = LAYOUT_KERNEL_BASE + IMAGE_HEADER_SIZE;
    return stack % 8 == 0 && stack > LAYOUT_KERNEL_RAM_BASE && stack <= LAYOUT_HANDOFF_BASE &&
           reset % 2 == 1 && reset > body && reset < body + header->body_size;
}

hard_bool verify_header(struct image_header *header)
{
    if (image_header_decode(kernel_bytes(0), header) != IMAGE_OK ||
        header->device_type != IMAGE_DEVICE_STM32U585 || header->signer_id != BOOT_SIGNER_ID ||
        !vectors_good(header)) {
        return HARD_FALSE;
    }
    return HARD_TRUE;
}

static void image_hash(const struct image_header *header, uint8_t digest[32])
{
    br_sha256_context context;
    br_sha256_init(&context);
    br_sha256_update(&context, IMAGE_DOMAIN, IMAGE_DOMAIN_SIZE);
    br_sha256_update(&context, kernel_bytes(0), IMAGE_SIGNATURE_OFFSET);
    br_sha256_update(&context, kernel_bytes(IMAGE_HEADER_SIZE), header->body_size);
    br_sha256_update(&context, (const void *)(uintptr_t)LAYOUT_VENEERS_BASE, LAYOUT_VENEERS_SIZE);
    br_sha256_out(&context, digest);
}

static __attribute__((noinline)) uint32_t signature_valid(const uint8_t digest[32])
{
    br_ec_public_key key = {BR_EC_secp256r1, (unsigned char *)signer_point, sizeof signer_point};
    return br_ecdsa_i31_vrfy_raw(&br_ec_p256_m31, digest, 32, &key,
                                 kernel_bytes(IMAGE_SIGNATURE_OFFSET), IMAGE_SIGNATURE_SIZE);
}

hard_bool verify_signature(const struct image_header *header)
{
    uint8_t digest[32];
    image_hash(header, digest);
    if (hard_equal(signature_valid(digest), 1) != HARD_TRUE) {
        return HARD_FALSE;
    }
    return hard_equal(signature_valid(digest), 1);
}
