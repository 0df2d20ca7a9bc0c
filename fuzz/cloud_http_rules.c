// Headers and methods of an application's HTTP request from hostile bytes: what passes has no
// control characters and cannot begin another header.
// fuzz-libs: mv_cloud
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/egress/address.h"
#include "cloud/egress/http_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct channel_text text = {bytes, (uint32_t)size};
    struct sockaddr_storage address;
    char host[300];
    http_method_supported(text);
    if (http_header_check(text, "example.com", 5) != HTTP_HEADER_INVALID) {
        if (memchr(bytes, '\r', size) || memchr(bytes, '\n', size) || memchr(bytes, '\0', size) ||
            !memchr(bytes, ':', size))
            abort();
    }
    if (size < sizeof host) {
        memcpy(host, bytes, size);
        host[size] = '\0';
        if (address_parse(host, 443, &address))
            address_is_public((struct sockaddr *)&address);
    }
    if (address_host_valid((const char *)bytes, size) && memchr(bytes, '/', size))
        abort();
    return 0;
}
