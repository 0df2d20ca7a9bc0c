/* Public and other addresses: see address.h. */
#include "cloud/egress/address.h"

#include <arpa/inet.h>
#include <string.h>

#include <uv.h>

#define HOST_MAX 253

struct v4_range {
    uint32_t network;
    unsigned bits;
};

static const struct v4_range v4_special[] = {
    {0x00000000, 8},  /* this network */
    {0x0A000000, 8},  /* private */
    {0x64400000, 10}, /* shared, carrier-grade NAT */
    {0x7F000000, 8},  /* loopback */
    {0xA9FE0000, 16}, /* link-local, and the metadata services of cloud providers */
    {0xAC100000, 12}, /* private */
    {0xC0000000, 24}, /* protocol assignments */
    {0xC0000200, 24}, /* documentation */
    {0xC0586300, 24}, /* 6to4 relays */
    {0xC0A80000, 16}, /* private */
    {0xC6120000, 15}, /* benchmarks */
    {0xC6336400, 24}, /* documentation */
    {0xCB007100, 24}, /* documentation */
    {0xE0000000, 4},  /* multicast */
    {0xF0000000, 4},  /* reserved, broadcast */
};

static bool v4_is_public(const uint8_t bytes[4])
{
    uint32_t address =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    for (size_t i = 0; i < sizeof v4_special / sizeof v4_special[0]; i++) {
        uint32_t mask = ~(uint32_t)0 << (32 - v4_special[i].bits);
        if ((address & mask) == v4_special[i].network)
            return false;
    }
    return true;
}

static bool v6_is_public(const uint8_t bytes[16])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    static const uint8_t nat64[12] = {0x00, 0x64, 0xFF, 0x9B};
    if (memcmp(bytes, mapped, 12) == 0 || memcmp(bytes, nat64, 12) == 0)
        return v4_is_public(bytes + 12);
    if ((bytes[0] & 0xE0) != 0x20) /* global unicast is 2000::/3 */
        return false;
    if (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 0x02)
        return false; /* 2001::/23: Teredo, ORCHID and other assignments */
    if (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0D && bytes[3] == 0xB8)
        return false; /* documentation */
    if (bytes[0] == 0x20 && bytes[1] == 0x02)
        return v4_is_public(bytes + 2);                                /* 6to4 */
    return !(bytes[0] == 0x3F && bytes[1] == 0xFF && bytes[2] < 0x10); /* documentation */
}

bool address_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return v4_is_public(
            (const uint8_t *)&((const struct sockaddr_in *)address)->sin_addr.s_addr);
    if (address->sa_family == AF_INET6)
        return v6_is_public(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
    return false;
}

static bool same_address(const struct sockaddr *one, const struct sockaddr *other)
{
    if (one->sa_family != other->sa_family)
        return false;
    if (one->sa_family == AF_INET)
        return ((const struct sockaddr_in *)one)->sin_addr.s_addr ==
               ((const struct sockaddr_in *)other)->sin_addr.s_addr;
    return memcmp(&((const struct sockaddr_in6 *)one)->sin6_addr,
                  &((const struct sockaddr_in6 *)other)->sin6_addr, 16) == 0;
}

bool address_is_own(const struct sockaddr *address)
{
    uv_interface_address_t *own = NULL;
    int count = 0;
    bool found = uv_interface_addresses(&own, &count) != 0; /* unknown: rather not */
    for (int i = 0; i < count && !found; i++)
        found = same_address(address, (const struct sockaddr *)&own[i].address);
    if (own)
        uv_free_interface_addresses(own, count);
    return found;
}

bool address_parse(const char *host, unsigned port, struct sockaddr_storage *address)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    char plain[HOST_MAX + 1];
    size_t size = strlen(host);
    if (size > HOST_MAX)
        return false;
    bool brackets = size > 2 && host[0] == '[' && host[size - 1] == ']';
    memcpy(plain, host + brackets, size + 1 - brackets);
    if (brackets)
        plain[size - 2] = '\0';
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, plain, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        return true;
    }
    if (inet_pton(AF_INET6, plain, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        return true;
    }
    return false;
}

bool address_host_valid(const char *host, size_t size)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:";
    if (size == 0 || size > HOST_MAX || host[0] == '.')
        return false;
    for (size_t i = 0; i < size; i++) {
        if (host[i] == '\0' || !strchr(allowed, host[i]))
            return false;
    }
    return true;
}
