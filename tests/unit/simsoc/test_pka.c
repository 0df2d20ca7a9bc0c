/* PKA (facts H.3): the P-256 vector of RFC 6979 A.2.5 ("sample", SHA-256) and small numbers. */
#include "harness.h"

#define P    PKA_S
#define SR() rd(S_P, P + PKA_SR_OFS)

#define FIELD_P "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF"
#define ORDER_N "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"
#define CURVE_B "5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B"
#define BASE_X  "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"
#define BASE_Y  "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5"
#define SECRET  "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"
#define OPEN_X  "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
#define OPEN_Y  "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
#define HASH_Z  "AF2BDBE1AA9B6EC1E2ADE1D694F41FC71A831D0268E9891562113D8A62ADD1BF"
#define NONCE_K "A6E3C57DD01ABE90086538398355DD4C3B17AA873382B0F24D6129493D8AAD60"
#define SIG_R   "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
#define SIG_S   "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"

static uint32_t nth_word(const char *hex, unsigned word)
{
    char text[9] = {0};
    unsigned value;

    memcpy(text, hex + 8 * (7 - word), 8);
    assert_int_equal(sscanf(text, "%8x", &value), 1);
    return value;
}

/* Least significant word first, then two zero words. */
static void operand(uint32_t offset, const char *hex)
{
    for (unsigned i = 0; i < 8; i++) {
        wr(S_P, P + offset + 4 * i, nth_word(hex, i));
    }
    wr(S_P, P + offset + 32, 0);
    wr(S_P, P + offset + 36, 0);
}

static void number(uint32_t offset, uint32_t value)
{
    wr(S_P, P + offset, value);
    for (unsigned i = 1; i < 10; i++) {
        wr(S_P, P + offset + 4 * i, 0);
    }
}

static void bits(uint32_t offset, uint32_t value)
{
    wr(S_P, P + offset, value);
    wr(S_P, P + offset + 4, 0);
}

static void result_is(uint32_t offset, const char *hex)
{
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(rd(S_P, P + offset + 4 * i), nth_word(hex, i));
    }
}

static void prepare(void)
{
    enable_clocks();
    set_bits(RCC_S + RCC_AHB2ENR1_OFS, RCC_AHB2ENR1_PKAEN_Msk);
    set_bits(RCC_S + RCC_CR_OFS, RCC_CR_HSI48ON_Msk);
    run_us(20);
    wr(S_P, RNG_S + RNG_CR_OFS, RNG_CR_RNGEN_Msk);
    run_us(500);
    wr(S_P, P + PKA_CR_OFS, PKA_CR_EN_Msk);
    assert_true(SR() & PKA_SR_INITOK_Msk);
}

static void run(uint32_t mode)
{
    wr(S_P, P + PKA_CR_OFS, PKA_CR_EN_Msk | mode << PKA_CR_MODE_Pos | PKA_CR_START_Msk);
    assert_true(SR() & PKA_SR_BUSY_Msk);
    for (unsigned ms = 0; !(SR() & PKA_SR_PROCENDF_Msk); ms++) {
        assert_true(ms < 2000);
        run_us(1000);
    }
    assert_false(SR() & PKA_SR_BUSY_Msk);
    wr(S_P, P + PKA_CLRFR_OFS, PKA_CLRFR_PROCENDFC_Msk);
    assert_false(SR() & PKA_SR_PROCENDF_Msk);
}

static void INITOK_needs_the_rng_H3(void **state)
{
    (void)state;
    enable_clocks();
    set_bits(RCC_S + RCC_AHB2ENR1_OFS, RCC_AHB2ENR1_PKAEN_Msk);
    wr(S_P, P + PKA_CR_OFS, PKA_CR_EN_Msk);
    run_us(1000);
    assert_false(SR() & PKA_SR_INITOK_Msk);
    wr(S_P, P + 0x400, 0x12345678u); /* the RAM is there anyway */
    assert_int_equal(rd(S_P, P + 0x400), 0x12345678u);
}

static void load_curve(void)
{
    bits(0x400, 256);
    bits(0x408, 256);
    bits(0x410, 1);
    number(0x418, 3); /* a = -3 */
    operand(0x520, CURVE_B);
    operand(0x1088, FIELD_P);
    operand(0x578, BASE_X);
    operand(0x470, BASE_Y);
    operand(0xF88, ORDER_N);
}

static void ecdsa_sign_RFC6979_H3(void **state)
{
    (void)state;
    prepare();
    load_curve();
    operand(0x12A0, NONCE_K);
    operand(0xF28, SECRET);
    operand(0xFE8, HASH_Z);
    run(0x24);
    assert_int_equal(rd(S_P, P + 0xFE0), 0xD60Du);
    result_is(0x730, SIG_R);
    result_is(0x788, SIG_S);
    result_is(0x1400, SIG_R); /* kG.x is below n here */
}

static void load_verify(const char *hash)
{
    bits(0x408, 256);
    bits(0x4C8, 256);
    bits(0x468, 1);
    number(0x470, 3);
    operand(0x4D0, FIELD_P);
    operand(0x678, BASE_X);
    operand(0x6D0, BASE_Y);
    operand(0x12F8, OPEN_X);
    operand(0x1350, OPEN_Y);
    operand(0x10E0, SIG_R);
    operand(0xC68, SIG_S);
    operand(0x13A8, hash);
    operand(0x1088, ORDER_N);
}

static void ecdsa_verify_RFC6979_H3(void **state)
{
    (void)state;
    prepare();
    load_verify(HASH_Z);
    run(0x26);
    assert_int_equal(rd(S_P, P + 0x5D0), 0xD60Du);
    load_verify(ORDER_N);
    run(0x26);
    assert_int_equal(rd(S_P, P + 0x5D0), 0xA3B7u);
    load_verify(HASH_Z);
    number(0xC68, 0); /* s = 0 */
    run(0x26);
    assert_int_equal(rd(S_P, P + 0x5D0), 0xA3B7u);
}

static void scalar_multiplication_H3(void **state)
{
    (void)state;
    prepare();
    load_curve();
    operand(0x12A0, SECRET);
    run(0x20);
    assert_int_equal(rd(S_P, P + 0x680), 0xD60Du);
    result_is(0x578, OPEN_X);
    result_is(0x5D0, OPEN_Y);
}

/* y^2 = x^3 + 2x + 2 over GF(17), order 19: 2 * (5, 1) = (6, 3). */
static void generic_small_curve_H3(void **state)
{
    (void)state;
    prepare();
    bits(0x400, 5);
    bits(0x408, 5);
    bits(0x410, 0);
    number(0x418, 2);
    number(0x520, 2);
    number(0x1088, 17);
    number(0x12A0, 2);
    number(0x578, 5);
    number(0x470, 1);
    number(0xF88, 19);
    run(0x20);
    assert_int_equal(rd(S_P, P + 0x680), 0xD60Du);
    assert_int_equal(rd(S_P, P + 0x578), 6);
    assert_int_equal(rd(S_P, P + 0x5D0), 3);
}

static void point_check_H3(void **state)
{
    (void)state;
    prepare();
    bits(0x408, 256);
    bits(0x410, 1);
    number(0x418, 3);
    operand(0x520, CURVE_B);
    operand(0x470, FIELD_P);
    operand(0x578, OPEN_X);
    operand(0x5D0, OPEN_Y);
    run(0x28);
    assert_int_equal(rd(S_P, P + 0x680), 0xD60Du);
    operand(0x5D0, OPEN_X);
    run(0x28);
    assert_int_equal(rd(S_P, P + 0x680), 0xA3B7u);
    operand(0x578, FIELD_P);
    run(0x28);
    assert_int_equal(rd(S_P, P + 0x680), 0xF946u);
}

static void modular_exponentiation_H3(void **state)
{
    (void)state;
    prepare();
    bits(0x400, 4);
    bits(0x408, 9);
    number(0xC68, 4);
    number(0xE78, 13);
    number(0x1088, 497);
    run(0x00);
    assert_int_equal(rd(S_P, P + 0x838), 445);
    run(0x01); /* R^2 mod 497 with R = 2^32 */
    assert_int_equal(rd(S_P, P + 0x620),
                     (uint32_t)((((1ull << 32) % 497) * ((1ull << 32) % 497)) % 497));
}

/* ST's header: operands at A50, C68 and 1088, result at E78. */
static uint32_t calculate(uint32_t mode, uint32_t a, uint32_t b, uint32_t n)
{
    bits(0x400, 32);
    bits(0x408, 32);
    number(0xA50, a);
    number(0xC68, b);
    number(0x1088, n);
    run(mode);
    return rd(S_P, P + 0xE78);
}

static void basic_arithmetic(void **state)
{
    (void)state;
    prepare();
    assert_int_equal(calculate(0x09, 0xFFFFFFFFu, 2, 0), 1);
    assert_int_equal(rd(S_P, P + 0xE7C), 1); /* the carry */
    assert_int_equal(calculate(0x0A, 1000, 1, 0), 999);
    assert_int_equal(calculate(0x0A, 1, 3, 0), 0xFFFFFFFEu);
    assert_int_equal(calculate(0x0B, 0x80000001u, 6, 0), 6);
    assert_int_equal(rd(S_P, P + 0xE7C), 3);
    assert_int_equal(calculate(0x0C, 5, 5, 0), 0xED2Cu);
    assert_int_equal(calculate(0x0C, 6, 5, 0), 0x7AF8u);
    assert_int_equal(calculate(0x0C, 5, 6, 0), 0x916Au);
    assert_int_equal(calculate(0x0D, 1000, 497, 0), 6);
    assert_int_equal(calculate(0x0E, 400, 300, 497), 203);
    assert_int_equal(calculate(0x0F, 100, 300, 497), 297);
    assert_int_equal(calculate(0x08, 3, 11, 0), 4);
}

/* Into the Montgomery form with R^2, and back with 1. */
static void montgomery_multiplication_there_and_back(void **state)
{
    uint32_t square, form;

    (void)state;
    prepare();
    bits(0x408, 32);
    number(0x1088, 1000003);
    run(0x01);
    square = rd(S_P, P + 0x620);
    form = calculate(0x10, 123456, square, 1000003);
    assert_int_equal(form, (uint32_t)((123456ull << 32) % 1000003));
    assert_int_equal(calculate(0x10, form, 1, 1000003), 123456);
}

/* The textbook key p = 61, q = 53, n = 3233, d = 2753: 2790^d mod n = 65. */
static void rsa_with_the_chinese_remainder_theorem(void **state)
{
    (void)state;
    prepare();
    bits(0x408, 12);
    number(0x730, 2753 % 60);
    number(0xE78, 2753 % 52);
    number(0x948, 38); /* 53^-1 mod 61 */
    number(0xB60, 61);
    number(0x1088, 53);
    number(0x12A0, 2790);
    run(0x07);
    assert_int_equal(rd(S_P, P + 0x838), 65);
}

/* y^2 = x^3 + 2x + 2 over GF(17): (5, 1) + (6, 3) = (10, 6). */
static void small_points(uint32_t z1, uint32_t z2)
{
    bits(0x400, 5);
    bits(0x408, 5);
    bits(0x410, 0);
    number(0x418, 2);
    number(0x470, 17);
    number(0x628, 5 * z1 % 17);
    number(0x680, z1 != 0 ? z1 : 1);
    number(0x6D8, z1);
    number(0x730, 6 * z2 % 17);
    number(0x788, z2 != 0 ? 3 * z2 % 17 : 1);
    number(0x7E0, z2);
}

static void sum_is(uint32_t x, uint32_t y)
{
    number(0x470, 17);
    run(0x2F);
    assert_int_equal(rd(S_P, P + 0x680), 0xD60Du);
    assert_int_equal(rd(S_P, P + 0x578), x);
    assert_int_equal(rd(S_P, P + 0x5D0), y);
}

static void points_are_added_and_made_affine(void **state)
{
    (void)state;
    prepare();
    small_points(1, 1);
    run(0x23);
    sum_is(10, 6);
    small_points(3, 7);
    run(0x23);
    sum_is(10, 6);
    small_points(1, 0); /* plus infinity */
    run(0x23);
    sum_is(5, 1);
    small_points(0, 2);
    run(0x23);
    sum_is(6, 3);
    small_points(1, 1);
    number(0x730, 5); /* minus itself */
    number(0x788, 16);
    run(0x23);
    assert_int_equal(rd(S_P, P + 0xE10), 0);
    run(0x2F);
    assert_int_equal(rd(S_P, P + 0x680), 0xA3B7u);
}

/* 3 * (5, 1) + 4 * (6, 3) = 11 * (5, 1) = (13, 10); 17 and 1 of them end at infinity. */
static void double_base_ladder(void **state)
{
    (void)state;
    prepare();
    small_points(1, 1);
    number(0x520, 3);
    number(0x578, 4);
    run(0x27);
    assert_int_equal(rd(S_P, P + 0x520), 0xD60Du);
    assert_int_equal(rd(S_P, P + 0x578), 13);
    assert_int_equal(rd(S_P, P + 0x5D0), 10);
    small_points(1, 1);
    number(0x520, 17);
    number(0x578, 1);
    run(0x27);
    assert_int_equal(rd(S_P, P + 0x520), 0xA3B7u);
}

static void errors_of_access_and_mode_H3(void **state)
{
    (void)state;
    prepare();
    wr(S_P, P + PKA_CR_OFS,
       PKA_CR_EN_Msk | 0x3Fu << PKA_CR_MODE_Pos | PKA_CR_OPERRIE_Msk | PKA_CR_START_Msk);
    assert_true(SR() & PKA_SR_OPERRF_Msk);
    assert_true(fake.irq[IRQ_PKA]);
    run_us(1000);
    assert_false(SR() & PKA_SR_PROCENDF_Msk);
    wr(S_P, P + PKA_CLRFR_OFS, PKA_CLRFR_OPERRFC_Msk);
    rd(S_P, P + 0x18D8); /* behind the RAM */
    assert_true(SR() & PKA_SR_ADDRERRF_Msk);
    load_curve();
    operand(0x12A0, SECRET);
    wr(S_P, P + PKA_CR_OFS, PKA_CR_EN_Msk | 0x20u << PKA_CR_MODE_Pos | PKA_CR_START_Msk);
    assert_int_equal(rd(S_P, P + 0x12A0), 0); /* busy: ignored */
    assert_true(SR() & PKA_SR_RAMERRF_Msk);
    wr(S_P, P + PKA_CR_OFS, 0); /* abort of a protected mode wipes */
    assert_int_equal(rd(S_P, P + 0x12A0), 0);
    assert_int_equal(rd(S_P, P + 0x1088), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(INITOK_needs_the_rng_H3),
        T(ecdsa_sign_RFC6979_H3),
        T(ecdsa_verify_RFC6979_H3),
        T(scalar_multiplication_H3),
        T(generic_small_curve_H3),
        T(point_check_H3),
        T(modular_exponentiation_H3),
        T(errors_of_access_and_mode_H3),
        T(basic_arithmetic),
        T(montgomery_multiplication_there_and_back),
        T(rsa_with_the_chinese_remainder_theorem),
        T(points_are_added_and_made_affine),
        T(double_base_ladder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
