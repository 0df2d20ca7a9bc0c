/* Random numbers: see random.h. */
#include "kernel/net/random.h"

#include "drivers/rng.h"

#include "mbedtls/ctr_drbg.h"

static mbedtls_ctr_drbg_context drbg;

static int hardware(void *context, unsigned char *output, size_t size_bytes)
{
    (void)context;
    return rng_fill(output, (uint32_t)size_bytes) ? 0 : MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
}

bool net_random_init(void)
{
    mbedtls_ctr_drbg_init(&drbg);
    return mbedtls_ctr_drbg_seed(&drbg, hardware, NULL, NULL, 0) == 0;
}

int net_random_fill(void *context, unsigned char *output, size_t size_bytes)
{
    size_t done = 0;
    (void)context;
    while (done < size_bytes) {
        size_t left = size_bytes - done;
        size_t part = left < MBEDTLS_CTR_DRBG_MAX_REQUEST ? left : MBEDTLS_CTR_DRBG_MAX_REQUEST;
        int error = mbedtls_ctr_drbg_random(&drbg, output + done, part);
        if (error != 0)
            return error;
        done += part;
    }
    return 0;
}

uint32_t net_random(void)
{
    uint32_t value = 0;
    /* A failure leaves 0: its users need spread, not secrecy. */
    (void)net_random_fill(NULL, (unsigned char *)&value, sizeof value);
    return value;
}
