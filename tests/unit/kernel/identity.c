/* Writes an identity record for a board without a cloud. Usage: kernel_identity FILE */
#include <stdio.h>
#include <string.h>

#include "formats/identity.h"

int main(int argc, char **argv)
{
    static uint8_t record[IDENTITY_SIZE];
    struct identity identity = {.server_port = 443,
                                .signer_count = 1,
                                .device_certificate_size = 1,
                                .ca_certificate_size = 1,
                                .device_certificate = (const uint8_t *)"",
                                .ca_certificate = (const uint8_t *)""};
    memcpy(identity.device_id, "UV0123456789abcdef0123456789abcdef", IDENTITY_DEVICE_ID_SIZE);
    strcpy(identity.server_host, "10.0.2.2");
    strcpy(identity.server_name, "gateway.test");
    identity.signers[0][0] = 4;
    identity.private_key[31] = 1;
    if (argc != 2 || identity_encode(&identity, record) != IDENTITY_OK) {
        return 2;
    }
    FILE *file = fopen(argv[1], "wb");
    bool good = file != NULL && fwrite(record, sizeof record, 1, file) == 1;
    return file != NULL && fclose(file) == 0 && good ? 0 : 1;
}
