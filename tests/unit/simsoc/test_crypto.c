/* RNG, HASH, CRC (facts H.1, H.2, H.6). */
#include "harness.h"

#include "soc/inject.h"

#define CR (RNG_S + RNG_CR_OFS)
#define SR (RNG_S + RNG_SR_OFS)

static void start_rng(void)
{
    uint32_t config = 0x18u << 20 | RNG_CR_NISTC_Msk; /* configuration B */

    enable_clocks();
    set_bits(RCC_S + RCC_CR_OFS, RCC_CR_HSI48ON_Msk);
    run_us(10);
    wr(S_P, CR, config | RNG_CR_CONDRST_Msk);
    wr(S_P, RNG_S + RNG_HTCR_OFS, 0xAAC7u);
    wr(S_P, CR, config | RNG_CR_RNGEN_Msk);
}

static void rng_start_sequence_H1(void **state)
{
    uint32_t words[64];

    (void)state;
    enable_clocks();
    assert_int_equal(rd(S_P, CR), 0x00800D00u);
    assert_int_equal(rd(S_P, RNG_S + RNG_HTCR_OFS), 0x72ACu);
    wr(S_P, CR, 0x18u << 20); /* without CONDRST: configuration not taken */
    assert_int_equal(rd(S_P, CR), 0x00800D00u);
    start_rng();
    assert_true(rd(S_P, CR) & RNG_CR_CONDRST_Msk); /* about 2 AHB + 2 RNG cycles */
    run_us(2);
    assert_int_equal(rd(S_P, CR), 0x18u << 20 | RNG_CR_NISTC_Msk | RNG_CR_RNGEN_Msk);
    assert_int_equal(rd(S_P, RNG_S + RNG_HTCR_OFS), 0xAAC7u);
    assert_int_equal(rd(S_P, SR), 0);
    assert_int_equal(rd(S_P, RNG_S + RNG_DR_OFS), 0); /* DRDY = 0 */
    for (unsigned i = 0; i < 64; i++) {
        for (unsigned wait = 0; !(rd(S_P, SR) & RNG_SR_DRDY_Msk); wait++) {
            assert_true(wait < 100);
            run_us(1);
        }
        words[i] = rd(S_P, RNG_S + RNG_DR_OFS);
        assert_true(words[i] != 0);
        for (unsigned j = 0; j < i; j++) {
            assert_true(words[j] != words[i]);
        }
    }
    assert_int_equal(rd(S_P, SR) & (RNG_SR_SEIS_Msk | RNG_SR_CEIS_Msk), 0);
}

static void rng_needs_hsi48_H1(void **state)
{
    (void)state;
    enable_clocks();
    wr(S_P, CR, RNG_CR_RNGEN_Msk);
    run_us(1000);
    assert_int_equal(rd(S_P, SR), 0);
    assert_non_null(strstr(bench.log, "RNG enabled without its kernel clock"));
}

/* RM0456 48.3.7: words of a failing source are dropped; SEIS stays until it is cleared. */
static void rng_seed_error_H1(void **state)
{
    (void)state;
    start_rng();
    run_us(200);
    wr(S_P, CR, rd(S_P, CR) | RNG_CR_IE_Msk);
    assert_true(rd(S_P, SR) & RNG_SR_DRDY_Msk);
    soc_rng_fail(bench.soc, true);
    run_us(200);
    assert_int_equal(rd(S_P, SR), RNG_SR_SECS_Msk | RNG_SR_SEIS_Msk);
    assert_true(fake.irq[IRQ_RNG]);
    assert_int_equal(rd(S_P, RNG_S + RNG_DR_OFS), 0);
    soc_rng_fail(bench.soc, false); /* ARDIS = 0: starts anew by itself */
    run_us(200);
    assert_int_equal(rd(S_P, SR), RNG_SR_SEIS_Msk | RNG_SR_DRDY_Msk);
    wr(S_P, SR, 0);
    assert_int_equal(rd(S_P, SR), RNG_SR_DRDY_Msk);
}

static void same_seed_same_words(void **state)
{
    uint32_t first;

    (void)state;
    start_rng();
    run_us(100);
    first = rd(S_P, RNG_S + RNG_DR_OFS);
    bench_stop();
    bench_start(true);
    start_rng();
    run_us(100);
    assert_int_equal(rd(S_P, RNG_S + RNG_DR_OFS), first);
}

static void hash(uint32_t algo, const uint8_t *message, uint32_t size)
{
    enable_clocks();
    wr(S_P, HASH_S + HASH_CR_OFS,
       algo << HASH_CR_ALGO_Pos | 2u << HASH_CR_DATATYPE_Pos | HASH_CR_INIT_Msk);
    for (uint32_t i = 0; i < size; i += 4) {
        uint32_t word = 0xA5A5A5A5u;

        memcpy(&word, message + i, size - i < 4 ? size - i : 4);
        wr(S_P, HASH_S + HASH_DIN_OFS, word);
    }
    wr(S_P, HASH_S + HASH_STR_OFS, 8 * (size % 4));
    wr(S_P, HASH_S + HASH_STR_OFS, 8 * (size % 4) | HASH_STR_DCAL_Msk);
    assert_true(rd(S_P, HASH_S + HASH_SR_OFS) & HASH_SR_BUSY_Msk);
    run_us(30);
    assert_true(rd(S_P, HASH_S + HASH_SR_OFS) & HASH_SR_DCIS_Msk);
}

static void feed(const void *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i += 4) {
        uint32_t word = 0;

        memcpy(&word, (const uint8_t *)bytes + i, size - i < 4 ? size - i : 4);
        wr(S_P, HASH_S + HASH_DIN_OFS, word);
    }
    wr(S_P, HASH_S + HASH_STR_OFS, 8 * (size % 4));
    wr(S_P, HASH_S + HASH_STR_OFS, 8 * (size % 4) | HASH_STR_DCAL_Msk);
}

/* RM0456 51.4.7: key, message, key again. */
static uint32_t hmac(uint32_t algo, const void *key, uint32_t key_size, const char *message)
{
    enable_clocks();
    wr(S_P, HASH_S + HASH_CR_OFS,
       algo << HASH_CR_ALGO_Pos | 2u << HASH_CR_DATATYPE_Pos | HASH_CR_MODE_Msk |
           (key_size > 64 ? HASH_CR_LKEY_Msk : 0) | HASH_CR_INIT_Msk);
    feed(key, key_size);
    assert_false(rd(S_P, HASH_S + HASH_SR_OFS) & HASH_SR_DCIS_Msk);
    feed(message, (uint32_t)strlen(message));
    assert_false(rd(S_P, HASH_S + HASH_SR_OFS) & HASH_SR_DCIS_Msk);
    feed(key, key_size);
    run_us(30);
    assert_true(rd(S_P, HASH_S + HASH_SR_OFS) & HASH_SR_DCIS_Msk);
    return rd(S_P, HASH_S + 0x310u);
}

/* RFC 2202 and 4231. */
static void hmac_vectors_H2(void **state)
{
    uint8_t key[131];

    (void)state;
    memset(key, 0x0b, sizeof key);
    assert_int_equal(hmac(3, key, 20, "Hi There"), 0xb0344c61u);
    assert_int_equal(rd(S_P, HASH_S + 0x310u + 28), 0x2e32cff7u);
    assert_int_equal(hmac(0, key, 20, "Hi There"), 0xb6173186u);
    assert_int_equal(hmac(1, key, 16, "Hi There"), 0x9294727au);
    assert_int_equal(hmac(2, "Jefe", 4, "what do ya want for nothing?"), 0xa30e0109u);
    memset(key, 0xaa, sizeof key);
    assert_int_equal(hmac(3, key, 131, "Test Using Larger Than Block-Size Key - Hash Key First"),
                     0x60e43159u);
}

/* RFC 1321. */
static void md5_vectors_H2(void **state)
{
    (void)state;
    hash(1, (const uint8_t *)"abc", 3);
    assert_int_equal(rd(S_P, HASH_S + HASH_HR_OFS), 0x90015098u);
    assert_int_equal(rd(S_P, HASH_S + HASH_HR_OFS + 12), 0x28e17f72u);
    hash(1, (const uint8_t *)"abcdefghijklmnopqrstuvwxyz", 26);
    assert_int_equal(rd(S_P, HASH_S + HASH_HR_OFS), 0xc3fcd3d7u);
}

/* RM0456 51.4.9: a message is interrupted between two blocks by another one. */
static void hash_contexts_can_be_swapped_H2(void **state)
{
    static const char text[] =
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopqabcdefghijklmnop";
    uint32_t context[54], control, str, imr;

    (void)state;
    enable_clocks();
    wr(S_P, HASH_S + HASH_CR_OFS,
       3u << HASH_CR_ALGO_Pos | 2u << HASH_CR_DATATYPE_Pos | HASH_CR_INIT_Msk);
    for (unsigned i = 0; i < 68; i += 4) { /* 17 words: the first block is through */
        uint32_t word;

        memcpy(&word, text + i, 4);
        wr(S_P, HASH_S + HASH_DIN_OFS, word);
    }
    imr = rd(S_P, HASH_S + HASH_IMR_OFS);
    str = rd(S_P, HASH_S + HASH_STR_OFS);
    control = rd(S_P, HASH_S + HASH_CR_OFS) & ~HASH_CR_DINNE_Msk;
    for (unsigned i = 0; i < 54; i++) {
        context[i] = rd(S_P, HASH_S + HASH_CSR_OFS + 4 * i);
    }
    hash(0, (const uint8_t *)"abc", 3);
    wr(S_P, HASH_S + HASH_IMR_OFS, imr);
    wr(S_P, HASH_S + HASH_STR_OFS, str);
    wr(S_P, HASH_S + HASH_CR_OFS, control | HASH_CR_INIT_Msk);
    for (unsigned i = 0; i < 54; i++) {
        wr(S_P, HASH_S + HASH_CSR_OFS + 4 * i, context[i]);
    }
    feed(text + 68, (uint32_t)strlen(text) - 68);
    run_us(30);
    control = rd(S_P, HASH_S + 0x310u);
    hash(3, (const uint8_t *)text, (uint32_t)strlen(text));
    assert_int_equal(rd(S_P, HASH_S + 0x310u), control);
}

/* Request 89; the end of the transfer ends the message. */
static void hash_by_dma_H2(void **state)
{
    uint32_t channel = GPDMA1_Channel0_S;

    (void)state;
    enable_clocks();
    wr(S_P, GPDMA1_S + DMA_SECCFGR_OFS, 1);
    wr(S_P, GPDMA1_S + DMA_PRIVCFGR_OFS, 1);
    wr(S_P, SRAM1_S, 0x00636261u);
    wr(S_P, HASH_S + HASH_CR_OFS,
       3u << HASH_CR_ALGO_Pos | 2u << HASH_CR_DATATYPE_Pos | HASH_CR_INIT_Msk);
    wr(S_P, HASH_S + HASH_STR_OFS, 24);
    wr(S_P, channel + DMA_Channel_CTR1_OFS,
       2u | 2u << DMA_CTR1_DDW_LOG2_Pos | DMA_CTR1_SINC_Msk | DMA_CTR1_SSEC_Msk |
           DMA_CTR1_DSEC_Msk);
    wr(S_P, channel + DMA_Channel_CTR2_OFS, 89u | DMA_CTR2_DREQ_Msk);
    wr(S_P, channel + DMA_Channel_CBR1_OFS, 4);
    wr(S_P, channel + DMA_Channel_CSAR_OFS, SRAM1_S);
    wr(S_P, channel + DMA_Channel_CDAR_OFS, HASH_S + HASH_DIN_OFS);
    wr(S_P, channel + DMA_Channel_CCR_OFS, DMA_CCR_EN_Msk);
    run_us(50);
    assert_int_equal(rd(S_P, HASH_S + HASH_SR_OFS) & HASH_SR_DCIS_Msk, 0);
    wr(S_P, HASH_S + HASH_CR_OFS,
       3u << HASH_CR_ALGO_Pos | 2u << HASH_CR_DATATYPE_Pos | HASH_CR_DMAE_Msk);
    run_us(50);
    assert_true(rd(S_P, HASH_S + HASH_SR_OFS) & HASH_SR_DCIS_Msk);
    assert_int_equal(rd(S_P, HASH_S + 0x310u), 0xba7816bfu);
}

static void sha256_vectors_H2(void **state)
{
    static const uint32_t abc[8] = {0xba7816bfu, 0x8f01cfeau, 0x414140deu, 0x5dae2223u,
                                    0xb00361a3u, 0x96177a9cu, 0xb410ff61u, 0xf20015adu};
    static const uint32_t million[8] = {0xcdc76e5cu, 0x9914fb92u, 0x81a1c7e2u, 0x84d73e67u,
                                        0xf1809a48u, 0xa497200eu, 0x046d39ccu, 0xc7112cd0u};
    static uint8_t a[1000000];

    (void)state;
    hash(3, (const uint8_t *)"abc", 3);
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(rd(S_P, HASH_S + 0x310u + 4 * i), abc[i]);
    }
    memset(a, 'a', sizeof a);
    hash(3, a, sizeof a);
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(rd(S_P, HASH_S + 0x310u + 4 * i), million[i]);
    }
    hash(3, (const uint8_t *)"", 0);
    assert_int_equal(rd(S_P, HASH_S + 0x310u), 0xe3b0c442u);
    /* 56 bytes: the length does not fit the first block. */
    hash(3, (const uint8_t *)"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56);
    assert_int_equal(rd(S_P, HASH_S + 0x310u), 0x248d6a61u);
}

static void sha1_vector_of_the_manual_H2(void **state)
{
    (void)state;
    hash(0, (const uint8_t *)"abc", 3);
    assert_int_equal(rd(S_P, HASH_S + HASH_HR_OFS), 0xA9993E36u);
    assert_int_equal(rd(S_P, HASH_S + 0x310u + 16), 0x9cd0d89du);
}

static void ethernet_crc_H6(void **state)
{
    static const char text[] = "123456789";

    (void)state;
    enable_clocks();
    wr(S_P, CRC_S + CRC_CR_OFS, 1u | 1u << 5 | 1u << 7);
    for (unsigned i = 0; i < 9; i++) {
        wr_sized(S_P, CRC_S + CRC_DR_OFS, (uint8_t)text[i], 1);
    }
    assert_int_equal(rd(S_P, CRC_S + CRC_DR_OFS) ^ 0xFFFFFFFFu, 0xCBF43926u);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(rng_start_sequence_H1), T(rng_needs_hsi48_H1),
        T(rng_seed_error_H1),     T(same_seed_same_words),
        T(sha256_vectors_H2),     T(sha1_vector_of_the_manual_H2),
        T(ethernet_crc_H6),       T(hmac_vectors_H2),
        T(md5_vectors_H2),        T(hash_contexts_can_be_swapped_H2),
        T(hash_by_dma_H2),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
