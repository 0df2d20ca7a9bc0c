// Any bytes as an ELF file; the image stays inside flash.
// fuzz-libs: mv_elf
#include <stdlib.h>

#include "formats/host/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t image[ELF_IMAGE_MAX];
    size_t image_size;
    uint32_t address;
    enum elf_result result = elf_image(data, size, image, &image_size, &address);
    if (result == ELF_OK && (image_size == 0 || image_size >= ELF_IMAGE_MAX)) {
        abort();
    }
    return 0;
}
