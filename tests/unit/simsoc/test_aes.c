/* AES and SAES (facts H.4, H.5) with the vectors of FIPS 197, NIST SP 800-38A, 38C and the GCM
 * specification's test case 4.
 */
#include "harness.h"

#define A  AES_S
#define S  SAES_S
#define EN AES_CR_EN_Msk

static void bytes_of(const char *hex, uint8_t *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned value;

        assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
        bytes[i] = (uint8_t)value;
    }
}

static uint32_t be(const char *hex)
{
    uint8_t b[4];

    bytes_of(hex, b, 4);
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void prepare(void)
{
    enable_clocks();
    set_bits(RCC_S + RCC_AHB2ENR1_OFS, RCC_AHB2ENR1_AESEN_Msk | RCC_AHB2ENR1_SAESEN_Msk);
}

static void start_rng(void)
{
    set_bits(RCC_S + RCC_CR_OFS, RCC_CR_HSI48ON_Msk | RCC_CR_SHSION_Msk);
    run_us(20);
    wr(S_P, RNG_S + RNG_CR_OFS, RNG_CR_RNGEN_Msk);
    run_us(500);
}

static void key(uint32_t base, const char *hex, unsigned words)
{
    static const uint16_t place[8] = {AES_KEYR0_OFS, AES_KEYR1_OFS, AES_KEYR2_OFS, AES_KEYR3_OFS,
                                      AES_KEYR4_OFS, AES_KEYR5_OFS, AES_KEYR6_OFS, AES_KEYR7_OFS};

    for (unsigned i = 0; i < words; i++) {
        wr(S_P, base + place[words - 1 - i], be(hex + 8 * i));
    }
}

static void iv(uint32_t base, const char *hex)
{
    for (unsigned i = 0; i < 4; i++) {
        wr(S_P, base + AES_IVR3_OFS - 4 * i, be(hex + 8 * i));
    }
}

static void wait_ccf(uint32_t base)
{
    for (unsigned us = 0; !(rd(S_P, base + AES_ISR_OFS) & AES_ISR_CCF_Msk); us++) {
        assert_true(us < 1000);
        run_us(1);
    }
    assert_true(rd(S_P, base + AES_SR_OFS) & AES_SR_CCF_Msk);
    wr(S_P, base + AES_ICR_OFS, AES_ICR_CCF_Msk);
}

static void input(uint32_t base, const char *hex)
{
    for (unsigned i = 0; i < 4; i++) {
        wr(S_P, base + AES_DINR_OFS, be(hex + 8 * i));
    }
    wait_ccf(base);
}

static void output_is(uint32_t base, const char *hex)
{
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(rd(S_P, base + AES_DOUTR_OFS), be(hex + 8 * i));
    }
}

#define FIPS_KEY_128 "000102030405060708090a0b0c0d0e0f"
#define FIPS_KEY_256 FIPS_KEY_128 "101112131415161718191a1b1c1d1e1f"
#define FIPS_PLAIN   "00112233445566778899aabbccddeeff"

static void ecb_FIPS197_H4(void **state)
{
    (void)state;
    prepare();
    wr(S_P, A + AES_CR_OFS, 0);
    key(A, FIPS_KEY_128, 4);
    assert_true(rd(S_P, A + AES_SR_OFS) & AES_SR_KEYVALID_Msk);
    assert_int_equal(rd(S_P, A + AES_KEYR0_OFS), 0); /* write-only */
    wr(S_P, A + AES_CR_OFS, EN);
    input(A, FIPS_PLAIN);
    output_is(A, "69c4e0d86a7b0430d8cdb78070b4c55a");
    wr(S_P, A + AES_CR_OFS, AES_CR_KEYSIZE_Msk); /* KEYSIZE before the key */
    assert_false(rd(S_P, A + AES_SR_OFS) & AES_SR_KEYVALID_Msk);
    key(A, FIPS_KEY_256, 8);
    wr(S_P, A + AES_CR_OFS, AES_CR_KEYSIZE_Msk | EN);
    input(A, FIPS_PLAIN);
    output_is(A, "8ea2b7ca516745bfeafc49904b496089");
}

/* GPDMA1 moves a block in and the result out; requests 87, 88 of AES, 103, 104 of SAES (RM0456
 * table of its requests). */
static void block_by_dma(uint32_t base, uint32_t in_request)
{
    static const uint32_t settings =
        2u | 2u << DMA_CTR1_DDW_LOG2_Pos | DMA_CTR1_SSEC_Msk | DMA_CTR1_DSEC_Msk;
    const uint32_t in = GPDMA1_Channel0_S, out = in + 0x80u, ram = 0x30000000u;

    wr(S_P, GPDMA1_S + DMA_SECCFGR_OFS, 3);
    wr(S_P, GPDMA1_S + DMA_PRIVCFGR_OFS, 3);
    for (unsigned i = 0; i < 4; i++) {
        wr(S_P, ram + 4 * i, be(&FIPS_PLAIN[8 * i]));
        wr(S_P, ram + 0x40 + 4 * i, 0);
    }
    wr(S_P, in + DMA_Channel_CTR1_OFS, settings | DMA_CTR1_SINC_Msk);
    wr(S_P, in + DMA_Channel_CTR2_OFS, in_request | DMA_CTR2_DREQ_Msk);
    wr(S_P, in + DMA_Channel_CBR1_OFS, 16);
    wr(S_P, in + DMA_Channel_CSAR_OFS, ram);
    wr(S_P, in + DMA_Channel_CDAR_OFS, base + AES_DINR_OFS);
    wr(S_P, in + DMA_Channel_CCR_OFS, DMA_CCR_EN_Msk);
    wr(S_P, out + DMA_Channel_CTR1_OFS, settings | DMA_CTR1_DINC_Msk);
    wr(S_P, out + DMA_Channel_CTR2_OFS, in_request + 1);
    wr(S_P, out + DMA_Channel_CBR1_OFS, 16);
    wr(S_P, out + DMA_Channel_CSAR_OFS, base + AES_DOUTR_OFS);
    wr(S_P, out + DMA_Channel_CDAR_OFS, ram + 0x40);
    wr(S_P, out + DMA_Channel_CCR_OFS, DMA_CCR_EN_Msk);
    wr(S_P, base + AES_CR_OFS,
       rd(S_P, base + AES_CR_OFS) | AES_CR_DMAINEN_Msk | AES_CR_DMAOUTEN_Msk | EN);
    run_us(2000);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(rd(S_P, ram + 0x40 + 4 * i),
                         be(&"69c4e0d86a7b0430d8cdb78070b4c55a"[8 * i]));
    }
}

static void dma_feeds_aes_and_saes(void **state)
{
    (void)state;
    prepare();
    start_rng();
    wr(S_P, A + AES_CR_OFS, 0);
    key(A, FIPS_KEY_128, 4);
    block_by_dma(A, 87);
    rd(S_P, S + AES_SR_OFS); /* its random word is fetched */
    run_us(1000);
    wr(S_P, S + AES_CR_OFS, 0);
    key(S, FIPS_KEY_128, 4);
    block_by_dma(S, 103);
}

static void ecb_decrypt_needs_key_preparation_H4(void **state)
{
    (void)state;
    prepare();
    key(A, FIPS_KEY_128, 4);
    wr(S_P, A + AES_CR_OFS, 1u << AES_CR_MODE_Pos | EN);
    wait_ccf(A);
    wr(S_P, A + AES_CR_OFS, 2u << AES_CR_MODE_Pos);
    wr(S_P, A + AES_CR_OFS, 2u << AES_CR_MODE_Pos | EN);
    input(A, "69c4e0d86a7b0430d8cdb78070b4c55a");
    output_is(A, FIPS_PLAIN);
    wr(S_P, A + AES_CR_OFS, 0);
    key(A, FIPS_KEY_128, 4); /* a new key is not prepared */
    wr(S_P, A + AES_CR_OFS, 2u << AES_CR_MODE_Pos | EN);
    input(A, "69c4e0d86a7b0430d8cdb78070b4c55a");
    assert_non_null(strstr(bench.log, "without key preparation"));
    assert_int_not_equal(rd(S_P, A + AES_DOUTR_OFS), 0x00112233u);
}

#define KEY_38A "2b7e151628aed2a6abf7158809cf4f3c"

static void cbc_SP800_38A_H4(void **state)
{
    uint32_t cbc = 1u << 5;

    (void)state;
    prepare();
    key(A, KEY_38A, 4);
    wr(S_P, A + AES_CR_OFS, cbc);
    iv(A, FIPS_KEY_128);
    wr(S_P, A + AES_CR_OFS, cbc | EN);
    input(A, "6bc1bee22e409f96e93d7e117393172a");
    output_is(A, "7649abac8119b246cee98e9b12e9197d");
    input(A, "ae2d8a571e03ac9c9eb76fac45af8e51");
    output_is(A, "5086cb9b507219ee95db113a917678b2");
    wr(S_P, A + AES_CR_OFS, cbc | 1u << AES_CR_MODE_Pos);
    wr(S_P, A + AES_CR_OFS, cbc | 1u << AES_CR_MODE_Pos | EN);
    wait_ccf(A);
    wr(S_P, A + AES_CR_OFS, cbc | 2u << AES_CR_MODE_Pos);
    iv(A, FIPS_KEY_128);
    wr(S_P, A + AES_CR_OFS, cbc | 2u << AES_CR_MODE_Pos | EN);
    input(A, "7649abac8119b246cee98e9b12e9197d");
    output_is(A, "6bc1bee22e409f96e93d7e117393172a");
    input(A, "5086cb9b507219ee95db113a917678b2");
    output_is(A, "ae2d8a571e03ac9c9eb76fac45af8e51");
}

static void ctr_SP800_38A_H4(void **state)
{
    (void)state;
    prepare();
    key(A, KEY_38A, 4);
    wr(S_P, A + AES_CR_OFS, 2u << 5);
    iv(A, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    wr(S_P, A + AES_CR_OFS, 2u << 5 | EN);
    input(A, "6bc1bee22e409f96e93d7e117393172a");
    output_is(A, "874d6191b620e3261bef6864990db6ce");
    input(A, "ae2d8a571e03ac9c9eb76fac45af8e51");
    output_is(A, "9806f66b7970fdff8617187bb9fffdff");
}

static void gcm_test_case_4_H4(void **state)
{
    uint32_t gcm = 3u << 5, ph = AES_CR_GCMPH_Pos;

    (void)state;
    prepare();
    key(A, "feffe9928665731c6d6a8f9467308308", 4);
    wr(S_P, A + AES_CR_OFS, gcm);
    iv(A, "cafebabefacedbaddecaf88800000002");
    wr(S_P, A + AES_CR_OFS, gcm | EN);
    wait_ccf(A);
    assert_false(rd(S_P, A + AES_CR_OFS) & EN); /* clears itself */
    wr(S_P, A + AES_CR_OFS, gcm | 1u << ph | EN);
    input(A, "feedfacedeadbeeffeedfacedeadbeef");
    input(A, "abaddad2000000000000000000000000");
    wr(S_P, A + AES_CR_OFS, gcm | 2u << ph | EN);
    input(A, "d9313225f88406e5a55909c5aff5269a");
    output_is(A, "42831ec2217774244b7221b784d0d49c");
    input(A, "86a7a9531534f7da2e4c303d8a318a72");
    output_is(A, "e3aa212f2c02a4e035c17e2329aca12e");
    input(A, "1c3c0c95956809532fcf0e2449a6b525");
    output_is(A, "21d514b25466931c7d8f6a5aac84aa05");
    wr(S_P, A + AES_CR_OFS, gcm | 2u << ph | EN | 4u << AES_CR_NPBLB_Pos);
    input(A, "b16aedf5aa0de657ba637b3900000000");
    assert_int_equal(rd(S_P, A + AES_DOUTR_OFS), 0x1ba30b39u);
    for (unsigned i = 0; i < 3; i++) {
        rd(S_P, A + AES_DOUTR_OFS);
    }
    wr(S_P, A + AES_CR_OFS, gcm | 3u << ph | EN);
    input(A, "00000000000000a000000000000001e0"); /* 160 and 480 bits */
    output_is(A, "5bc94fbc3221a5db94fae95ae7121a47");
}

static void ccm_SP800_38C_example_1_H4(void **state)
{
    uint32_t ccm = 1u << 16, ph = AES_CR_GCMPH_Pos;

    (void)state;
    prepare();
    key(A, "404142434445464748494a4b4c4d4e4f", 4);
    wr(S_P, A + AES_CR_OFS, ccm);
    iv(A, "4f101112131415160000000000000004");
    wr(S_P, A + AES_CR_OFS, ccm | EN);
    wait_ccf(A);
    wr(S_P, A + AES_CR_OFS, ccm | 1u << ph | EN);
    input(A, "00080001020304050607000000000000");
    wr(S_P, A + AES_CR_OFS, ccm | 2u << ph | EN | 12u << AES_CR_NPBLB_Pos);
    input(A, "20212223000000000000000000000000");
    assert_int_equal(rd(S_P, A + AES_DOUTR_OFS), 0x7162015bu);
    for (unsigned i = 0; i < 3; i++) {
        rd(S_P, A + AES_DOUTR_OFS);
    }
    wr(S_P, A + AES_CR_OFS, ccm | 3u << ph | EN);
    wait_ccf(A);
    assert_int_equal(rd(S_P, A + AES_DOUTR_OFS), 0x4dac255du);
}

static void byte_swap_of_DATATYPE_2_H4(void **state)
{
    (void)state;
    prepare();
    key(A, FIPS_KEY_128, 4);
    wr(S_P, A + AES_CR_OFS, 2u << AES_CR_DATATYPE_Pos | EN);
    for (unsigned i = 0; i < 4; i++) {
        wr(S_P, A + AES_DINR_OFS, __builtin_bswap32(be(FIPS_PLAIN + 8 * i)));
    }
    wait_ccf(A);
    assert_int_equal(rd(S_P, A + AES_DOUTR_OFS), 0xd8e0c469u);
}

static void access_while_busy_is_an_error_H4(void **state)
{
    (void)state;
    prepare();
    key(A, FIPS_KEY_128, 4);
    wr(S_P, A + AES_IER_OFS, AES_IER_RWEIE_Msk);
    wr(S_P, A + AES_CR_OFS, EN);
    for (unsigned i = 0; i < 4; i++) {
        wr(S_P, A + AES_DINR_OFS, i);
    }
    assert_true(rd(S_P, A + AES_SR_OFS) & AES_SR_BUSY_Msk);
    wr(S_P, A + AES_DINR_OFS, 5);
    assert_true(rd(S_P, A + AES_SR_OFS) & AES_SR_WRERR_Msk);
    assert_true(fake.irq[IRQ_AES]);
    wr(S_P, A + AES_ICR_OFS, AES_ICR_RWEIF_Msk);
    assert_false(fake.irq[IRQ_AES]);
}

static void saes_busy_until_a_random_word_H5(void **state)
{
    (void)state;
    prepare();
    run_us(1000);
    assert_true(rd(S_P, S + AES_SR_OFS) & AES_SR_BUSY_Msk);
    start_rng();
    rd(S_P, S + AES_SR_OFS);
    run_us(10);
    assert_false(rd(S_P, S + AES_SR_OFS) & AES_SR_BUSY_Msk);
    key(S, FIPS_KEY_128, 4);
    wr(S_P, S + AES_CR_OFS, EN);
    input(S, FIPS_PLAIN);
    output_is(S, "69c4e0d86a7b0430d8cdb78070b4c55a");
}

static void saes_keys_of_hardware_H5(void **state)
{
    uint32_t dhuk;

    (void)state;
    prepare();
    start_rng();
    rd(S_P, S + AES_SR_OFS);
    run_us(10);
    /* 7: all A5. The same key by software must give the same. */
    wr(S_P, S + AES_CR_OFS, 7u << AES_CR_KEYSEL_Pos);
    assert_true(rd(S_P, S + AES_SR_OFS) & AES_SR_KEYVALID_Msk);
    wr(S_P, S + AES_CR_OFS, 7u << AES_CR_KEYSEL_Pos | EN);
    input(S, FIPS_PLAIN);
    dhuk = rd(S_P, S + AES_DOUTR_OFS);
    wr(S_P, S + AES_CR_OFS, 0);
    key(S, "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5", 4);
    wr(S_P, S + AES_CR_OFS, EN);
    input(S, FIPS_PLAIN);
    assert_int_equal(rd(S_P, S + AES_DOUTR_OFS), dhuk);
    /* 2: backup registers, valid after reads in ascending order. */
    set_bits(PWR_S + PWR_DBPR_OFS, PWR_DBPR_DBP_Msk);
    for (unsigned i = 0; i < 4; i++) {
        wr(S_P, TAMP_S + TAMP_BKP0R_OFS + 4 * i, be(FIPS_KEY_128 + 8 * (3 - i)));
    }
    wr(S_P, S + AES_CR_OFS, 0);
    wr(S_P, S + AES_CR_OFS, 2u << AES_CR_KEYSEL_Pos);
    assert_false(rd(S_P, S + AES_SR_OFS) & AES_SR_KEYVALID_Msk);
    rd(S_P, TAMP_S + TAMP_BKP1R_OFS); /* wrong order: erratum 2.15.1 */
    assert_true(rd(S_P, S + AES_ISR_OFS) & AES_ISR_KEIF_Msk);
    wr(S_P, S + AES_ICR_OFS, AES_ICR_KEIF_Msk);
    for (unsigned i = 0; i < 4; i++) {
        rd(S_P, TAMP_S + TAMP_BKP0R_OFS + 4 * i);
    }
    assert_true(rd(S_P, S + AES_SR_OFS) & AES_SR_KEYVALID_Msk);
    wr(S_P, S + AES_CR_OFS, 2u << AES_CR_KEYSEL_Pos | EN);
    input(S, FIPS_PLAIN);
    output_is(S, "69c4e0d86a7b0430d8cdb78070b4c55a");
}

/* RM0456 49.4.8: GCM suspended after the first payload block, AES used otherwise, then resumed: the
 * tag of test case 4. */
static void gcm_can_be_suspended_H4(void **state)
{
    static const char *const key_hex = "feffe9928665731c6d6a8f9467308308";
    static const char *const plain[4] = {
        "d9313225f88406e5a55909c5aff5269a", "86a7a9531534f7da2e4c303d8a318a72",
        "1c3c0c95956809532fcf0e2449a6b525", "b16aedf5aa0de657ba637b3900000000"};
    uint32_t gcm = 3u << 5, suspended[8], ivs[4];

    (void)state;
    prepare();
    wr(S_P, A + AES_CR_OFS, gcm);
    key(A, key_hex, 4);
    iv(A, "cafebabefacedbaddecaf88800000002");
    wr(S_P, A + AES_CR_OFS, gcm | EN);
    wait_ccf(A);
    wr(S_P, A + AES_CR_OFS, gcm | 1u << AES_CR_GCMPH_Pos);
    wr(S_P, A + AES_CR_OFS, gcm | 1u << AES_CR_GCMPH_Pos | EN);
    input(A, "feedfacedeadbeeffeedfacedeadbeef");
    input(A, "abaddad2000000000000000000000000");
    wr(S_P, A + AES_CR_OFS, gcm | 2u << AES_CR_GCMPH_Pos | EN);
    input(A, plain[0]);
    output_is(A, "42831ec2217774244b7221b784d0d49c");
    for (unsigned i = 0; i < 8; i++) {
        suspended[i] = rd(S_P, A + AES_SUSP0R_OFS + 4 * i);
    }
    for (unsigned i = 0; i < 4; i++) {
        ivs[i] = rd(S_P, A + AES_IVR0_OFS + 4 * i);
    }
    wr(S_P, A + AES_CR_OFS, 0);
    assert_int_equal(rd(S_P, A + AES_SUSP0R_OFS), 0);
    key(A, FIPS_KEY_128, 4);
    wr(S_P, A + AES_CR_OFS, EN);
    input(A, FIPS_PLAIN);
    output_is(A, "69c4e0d86a7b0430d8cdb78070b4c55a");
    wr(S_P, A + AES_CR_OFS, gcm | 2u << AES_CR_GCMPH_Pos);
    for (unsigned i = 0; i < 8; i++) {
        wr(S_P, A + AES_SUSP0R_OFS + 4 * i, suspended[i]);
    }
    for (unsigned i = 0; i < 4; i++) {
        wr(S_P, A + AES_IVR0_OFS + 4 * i, ivs[i]);
    }
    key(A, key_hex, 4);
    wr(S_P, A + AES_CR_OFS, gcm | 2u << AES_CR_GCMPH_Pos | EN);
    input(A, plain[1]);
    output_is(A, "e3aa212f2c02a4e035c17e2329aca12e");
    input(A, plain[2]);
    for (unsigned i = 0; i < 4; i++) {
        rd(S_P, A + AES_DOUTR_OFS);
    }
    wr(S_P, A + AES_CR_OFS, gcm | 2u << AES_CR_GCMPH_Pos | 4u << AES_CR_NPBLB_Pos | EN);
    input(A, plain[3]);
    for (unsigned i = 0; i < 4; i++) {
        rd(S_P, A + AES_DOUTR_OFS);
    }
    wr(S_P, A + AES_CR_OFS, gcm | 3u << AES_CR_GCMPH_Pos | EN);
    input(A, "00000000000000a000000000000001e0");
    output_is(A, "5bc94fbc3221a5db94fae95ae7121a47");
}

/* RM0456 50.4.15: a key that only SAES can decrypt comes to AES without software seeing it. */
static void saes_shares_a_key_with_aes_H5(void **state)
{
    uint32_t hidden = 7u << AES_CR_KEYSEL_Pos, shared = 2u << AES_CR_KMOD_Pos, wrapped[4];

    (void)state;
    prepare();
    start_rng();
    rd(S_P, S + AES_SR_OFS);
    run_us(10);
    wr(S_P, A + AES_CR_OFS, shared); /* nothing is shared yet */
    assert_true(rd(S_P, A + AES_ISR_OFS) & AES_ISR_KEIF_Msk);
    assert_false(rd(S_P, A + AES_SR_OFS) & AES_SR_KEYVALID_Msk);
    wr(S_P, A + AES_ICR_OFS, AES_ICR_KEIF_Msk);
    wr(S_P, A + AES_CR_OFS, 0);
    /* Wrap, then unwrap in shared mode. */
    wr(S_P, S + AES_CR_OFS, hidden);
    wr(S_P, S + AES_CR_OFS, hidden | EN);
    input(S, FIPS_KEY_128);
    for (unsigned i = 0; i < 4; i++) {
        wrapped[i] = rd(S_P, S + AES_DOUTR_OFS);
    }
    wr(S_P, S + AES_CR_OFS, hidden | 1u << AES_CR_MODE_Pos);
    wr(S_P, S + AES_CR_OFS, hidden | 1u << AES_CR_MODE_Pos | EN);
    wait_ccf(S);
    wr(S_P, S + AES_CR_OFS, hidden | shared | 2u << AES_CR_MODE_Pos);
    wr(S_P, S + AES_CR_OFS, hidden | shared | 2u << AES_CR_MODE_Pos | EN);
    for (unsigned i = 0; i < 4; i++) {
        wr(S_P, S + AES_DINR_OFS, wrapped[i]);
    }
    wait_ccf(S);
    assert_int_equal(rd(S_P, S + AES_DOUTR_OFS), 0);
    wr(S_P, A + AES_CR_OFS, shared);
    assert_true(rd(S_P, A + AES_SR_OFS) & AES_SR_KEYVALID_Msk);
    wr(S_P, A + AES_CR_OFS, shared | EN);
    input(A, FIPS_PLAIN);
    output_is(A, "69c4e0d86a7b0430d8cdb78070b4c55a");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(ecb_FIPS197_H4),
        T(dma_feeds_aes_and_saes),
        T(ecb_decrypt_needs_key_preparation_H4),
        T(cbc_SP800_38A_H4),
        T(ctr_SP800_38A_H4),
        T(gcm_test_case_4_H4),
        T(ccm_SP800_38C_example_1_H4),
        T(byte_swap_of_DATATYPE_2_H4),
        T(access_while_busy_is_an_error_H4),
        T(saes_busy_until_a_random_word_H5),
        T(saes_keys_of_hardware_H5),
        T(gcm_can_be_suspended_H4),
        T(saes_shares_a_key_with_aes_H5),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
