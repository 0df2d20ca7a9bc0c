/* Random number generator: see rng.h. The block's own health tests watch the noise sources; on top
 * of them every word is compared with its predecessor (FIPS 140-2 4.9.2), which finds a stuck
 * output.
 */
#include "drivers/rng.h"

#include <string.h>

#include "chip/mmio.h"
#include "chip/stm32u585.h"

#define RNG(register) (RNG_S + RNG_##register##_OFS)

#define POLLS       100000u
#define RETRIES     8u
#define HEALTH_TEST 0x0000AAC7u /* for the configuration below */
/* CONFIG1 = 0x18, NIST conditioning off: the fast certified configuration. */
#define CONFIGURATION (0x18u << RNG_CR_RNG_CONFIG1_Pos | RNG_CR_NISTC_Msk)

static uint32_t last_word;

static bool wait_for(uint32_t address, uint32_t mask, uint32_t value)
{
    for (uint32_t i = 0; i < POLLS; i++) {
        if ((mmio_read(address) & mask) == value) {
            return true;
        }
    }
    return false;
}

/* Conditioning reset: also how a seed error is left behind. */
static bool condition(void)
{
    mmio_write(RNG(CR), CONFIGURATION | RNG_CR_CONDRST_Msk);
    mmio_write(RNG(HTCR), HEALTH_TEST);
    mmio_write(RNG(SR), 0); /* clears SEIS and CEIS */
    mmio_write(RNG(CR), CONFIGURATION | RNG_CR_RNGEN_Msk);
    return wait_for(RNG(CR), RNG_CR_CONDRST_Msk, 0);
}

static bool next_word(uint32_t *word)
{
    for (uint32_t retry = 0; retry < RETRIES; retry++) {
        bool ready = wait_for(RNG(SR), RNG_SR_DRDY_Msk, RNG_SR_DRDY_Msk);
        uint32_t value = mmio_read(RNG(DR));
        bool seed_good = (mmio_read(RNG(SR)) & (RNG_SR_SEIS_Msk | RNG_SR_SECS_Msk)) == 0;
        if (ready && seed_good && value != 0 && value != last_word) {
            last_word = value;
            *word = value;
            return true;
        }
        if ((!seed_good || !ready) && !condition()) {
            return false;
        }
    }
    return false;
}

bool rng_init(void)
{
    mmio_set(RCC_S + RCC_CR_OFS, RCC_CR_HSI48ON_Msk);
    if (!wait_for(RCC_S + RCC_CR_OFS, RCC_CR_HSI48RDY_Msk, RCC_CR_HSI48RDY_Msk)) {
        return false;
    }
    mmio_clear(RCC_S + RCC_CCIPR2_OFS, RCC_CCIPR2_RNGSEL_Msk); /* HSI48 */
    mmio_set(RCC_S + RCC_AHB2ENR1_OFS, RCC_AHB2ENR1_RNGEN_Msk);
    (void)mmio_read(RCC_S + RCC_AHB2ENR1_OFS);
    uint32_t words[2];
    return condition() && next_word(&words[0]) && next_word(&words[1]);
}

/* HSI48 has no other user. */
void rng_suspend(void)
{
    mmio_clear(RNG(CR), RNG_CR_RNGEN_Msk);
    mmio_clear(RCC_S + RCC_CR_OFS, RCC_CR_HSI48ON_Msk);
    (void)wait_for(RCC_S + RCC_CR_OFS, RCC_CR_HSI48RDY_Msk, 0);
}

void rng_resume(void)
{
    mmio_set(RCC_S + RCC_CR_OFS, RCC_CR_HSI48ON_Msk);
    (void)wait_for(RCC_S + RCC_CR_OFS, RCC_CR_HSI48RDY_Msk, RCC_CR_HSI48RDY_Msk);
    (void)condition(); /* if it fails, so will the next rng_fill() */
}

bool rng_fill(void *data, uint32_t size)
{
    uint8_t *bytes = data;
    while (size > 0) {
        uint32_t word, step = size < 4 ? size : 4;
        if (!next_word(&word)) {
            memset(data, 0, (size_t)(bytes - (uint8_t *)data));
            return false;
        }
        memcpy(bytes, &word, step);
        bytes += step;
        size -= step;
    }
    return true;
}
