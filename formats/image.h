/* The signed kernel image: a 1 KiB header, the body (vector table, code, constants) and the page of
 * call veneers, in one file.
 *
 * On the device the header and the body lie together at the kernel's base address and the veneers
 * in the last flash page. The signature is ECDSA P-256 over SHA-256(IMAGE_DOMAIN, terminating NUL
 * included, ‖ header without its signature ‖ body ‖ veneers), so every byte that will execute is
 * covered, and no signature made for another purpose fits. All integers are little-endian.
 */
#ifndef FORMATS_IMAGE_H
#define FORMATS_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#define IMAGE_MAGIC            0x494B564Du /* "MVKI" */
#define IMAGE_HEADER_VERSION   1u
#define IMAGE_HEADER_SIZE      0x400u
#define IMAGE_SIGNATURE_OFFSET 0x3C0u /* r ‖ s, 32 bytes each, big-endian */
#define IMAGE_SIGNATURE_SIZE   64u
#define IMAGE_BODY_SIZE_MAX    0xBFC00u
#define IMAGE_VENEERS_SIZE     0x2000u
#define IMAGE_VERSION_TEXT_MAX 32u /* terminating NUL included */
#define IMAGE_DOMAIN           "mv-kernel-image-v1"
#define IMAGE_DOMAIN_SIZE      sizeof(IMAGE_DOMAIN)
/* Key id: first 8 bytes, big-endian, of SHA-256(this tag ‖ 65-byte public point). */
#define IMAGE_SIGNER_TAG                                                                           \
    {                                                                                              \
        0x00, 0x02                                                                                 \
    }

/* Boards that a kernel can be built for. */
#define IMAGE_DEVICE_STM32U585 1u

struct image_header {
    uint32_t body_size;      /* bytes after the header; multiple of 16 */
    uint32_t vectors_offset; /* from the header's start; multiple of 512 */
    uint32_t version;        /* counts up with every release */
    uint32_t ratchet;        /* security version: a device never boots one lower than it has seen */
    uint32_t device_type;    /* IMAGE_DEVICE_... */
    uint64_t signer_id;
    char version_text[IMAGE_VERSION_TEXT_MAX];
};

enum image_error {
    IMAGE_OK,
    IMAGE_NO_MAGIC,   /* not a kernel image */
    IMAGE_BAD_HEADER, /* unknown header version, or reserved bytes are not zero */
    IMAGE_BAD_SIZE,   /* sizes or offsets out of bounds */
    IMAGE_BAD_TEXT,   /* version text is not terminated printable ASCII */
};

/* Writes a header with an all-zero signature. */
void image_header_encode(const struct image_header *header, uint8_t out[IMAGE_HEADER_SIZE]);
/* Reads and checks everything in the header except the signature. */
enum image_error image_header_decode(const uint8_t in[IMAGE_HEADER_SIZE],
                                     struct image_header *header);
/* Splits an image file; *body and *veneers point into it. The file must have exactly the size that
 * its header states. */
enum image_error image_file_decode(const uint8_t *file, size_t size, struct image_header *header,
                                   const uint8_t **body, const uint8_t **veneers);

#endif
