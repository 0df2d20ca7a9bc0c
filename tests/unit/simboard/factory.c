/* Makes what `mvsim provision` wants for a board without a kernel: an image whose body is filler
 * and an identity of zeros. Usage: simboard_factory KERNEL_OUT IDENTITY_OUT
 */
#include <stdio.h>
#include <string.h>

#include "formats/identity.h"
#include "formats/image.h"

#define BODY_SIZE 1024u

static int write_file(const char *path, const uint8_t *data, size_t size)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL || fwrite(data, 1, size, file) != size)
        return 1;
    return fclose(file) != 0;
}

int main(int argc, char **argv)
{
    static uint8_t image[IMAGE_HEADER_SIZE + BODY_SIZE + IMAGE_VENEERS_SIZE];
    static uint8_t record[IDENTITY_SIZE];
    static const uint8_t certificate[4] = {0x30, 0x02, 0x05, 0x00};
    struct image_header header = {.body_size = BODY_SIZE,
                                  .vectors_offset = IMAGE_HEADER_SIZE,
                                  .version = 1,
                                  .device_type = IMAGE_DEVICE_STM32U585,
                                  .version_text = "0.0.1-filler"};
    struct identity identity = {.server_port = 443,
                                .signer_count = 1,
                                .device_certificate = certificate,
                                .device_certificate_size = sizeof certificate,
                                .ca_certificate = certificate,
                                .ca_certificate_size = sizeof certificate};

    if (argc != 3)
        return 2;
    memcpy(identity.device_id, "UV00000000000000000000000000000001", IDENTITY_DEVICE_ID_SIZE);
    strcpy(identity.server_host, "10.0.2.2");
    strcpy(identity.server_name, "gateway.test");
    identity.signers[0][0] = 4;
    identity.private_key[31] = 1;
    memset(image, 0xA5, sizeof image);
    image_header_encode(&header, image);
    if (identity_encode(&identity, record) != IDENTITY_OK)
        return 1;
    return write_file(argv[1], image, sizeof image) || write_file(argv[2], record, sizeof record);
}
