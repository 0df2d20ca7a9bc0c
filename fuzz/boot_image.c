/* Kernel image files from anywhere. */
#include <stddef.h>
#include <stdint.h>

#include "formats/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image_header header;
    const uint8_t *body, *veneers;
    if (image_file_decode(data, size, &header, &body, &veneers) == IMAGE_OK) {
        uint8_t again[IMAGE_HEADER_SIZE];
        image_header_encode(&header, again);
        for (size_t i = 0; i < IMAGE_SIGNATURE_OFFSET; i++) {
            if (again[i] != data[i]) {
                __builtin_trap(); /* every accepted header has one encoding */
            }
        }
    }
    return 0;
}
