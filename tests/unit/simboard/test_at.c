/* The AT dialogue, byte by byte as a driver sees it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "board/at.h"

struct bench {
    struct at at;
    char out[4096];
    size_t size;
    bool registered;
    unsigned dialled;
    unsigned hung_up;
};

static void take_text(void *context, const char *text, size_t size)
{
    struct bench *bench = context;

    assert_true(bench->size + size < sizeof bench->out);
    memcpy(bench->out + bench->size, text, size);
    bench->size += size;
    bench->out[bench->size] = '\0';
}

static bool is_registered(void *context)
{
    return ((struct bench *)context)->registered;
}

static enum at_result dial(void *context)
{
    ((struct bench *)context)->dialled++;
    return AT_CONNECT;
}

static void hang_up(void *context)
{
    ((struct bench *)context)->hung_up++;
}

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct at_modem modem = {.context = bench,
                             .transmit = take_text,
                             .registered = is_registered,
                             .dial = dial,
                             .hang_up = hang_up,
                             .resume = dial};

    bench->registered = true;
    at_init(&bench->at, &modem);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static void expect(struct bench *bench, const char *line, const char *answer)
{
    bench->size = 0;
    bench->out[0] = '\0';
    for (; *line != '\0'; line++)
        at_receive(&bench->at, (uint8_t)*line);
    assert_string_equal(bench->out, answer);
}

static void test_echo(void **state)
{
    expect(*state, "AT\r", "AT\r\r\nOK\r\n");
    expect(*state, "ATE0\r", "ATE0\r\r\nOK\r\n");
    expect(*state, "at\r", "\r\nOK\r\n");
    expect(*state, "ATE1\r", "\r\nOK\r\n");
    expect(*state, "AT\r\n", "AT\r\r\nOK\r\n\n");
}

static void test_information(void **state)
{
    expect(*state, "ATE0\r", "ATE0\r\r\nOK\r\n");
    expect(*state, "AT+CGMI\r", "\r\nOpen Microvisor\r\n\r\nOK\r\n");
    expect(*state, "AT+CGMM\r", "\r\nSIM-LTE-1\r\n\r\nOK\r\n");
    expect(*state, "AT+CPIN?\r", "\r\n+CPIN: READY\r\n\r\nOK\r\n");
    expect(*state, "AT+CSQ\r", "\r\n+CSQ: 24,0\r\n\r\nOK\r\n");
    expect(*state, "AT+CREG?\r", "\r\n+CREG: 0,1\r\n\r\nOK\r\n");
    expect(*state, "AT+CEREG?\r", "\r\n+CEREG: 0,1\r\n\r\nOK\r\n");
    expect(*state, "AT+CGDCONT=1,\"IP\",\"internet\"\r", "\r\nOK\r\n");
    expect(*state, "AT+CSQ;+CREG?\r", "\r\n+CSQ: 24,0\r\n\r\n+CREG: 0,1\r\n\r\nOK\r\n");
    expect(*state, "ATE0V1Q0X4&C1&D2S0=0\r", "\r\nOK\r\n");
}

static void test_unregistered(void **state)
{
    struct bench *bench = *state;

    bench->registered = false;
    expect(bench, "ATE0\r", "ATE0\r\r\nOK\r\n");
    expect(bench, "AT+CREG?\r", "\r\n+CREG: 0,2\r\n\r\nOK\r\n");
    expect(bench, "AT+CSQ\r", "\r\n+CSQ: 99,99\r\n\r\nOK\r\n");
    expect(bench, "AT+CREG=1\r", "\r\nOK\r\n");
    bench->size = 0;
    bench->registered = true;
    at_registration_changed(&bench->at);
    assert_string_equal(bench->out, "\r\n+CREG: 1\r\n");
}

static void test_errors(void **state)
{
    char long_line[600];

    expect(*state, "ATE0\r", "ATE0\r\r\nOK\r\n");
    expect(*state, "AT+NOPE\r", "\r\nERROR\r\n");
    expect(*state, "AT+CMEE=1\r", "\r\nOK\r\n");
    expect(*state, "AT+NOPE\r", "\r\n+CME ERROR: 4\r\n");
    expect(*state, "ATE7\r", "\r\nERROR\r\n");
    expect(*state, "ATE0\r", "\r\nOK\r\n");
    expect(*state, "hello\r", "");
    expect(*state, "\r\r\r", "");
    memset(long_line, 'x', sizeof long_line);
    memcpy(long_line, "AT", 2);
    long_line[sizeof long_line - 2] = '\r';
    long_line[sizeof long_line - 1] = '\0';
    expect(*state, long_line, "\r\nERROR\r\n");
    expect(*state, "AT\r", "\r\nOK\r\n");
}

static void test_noise_before_a_command(void **state)
{
    expect(*state, "ATE0\r", "ATE0\r\r\nOK\r\n");
    expect(*state, "~\xff}#\xc0!AT\r", "\r\nOK\r\n");
    expect(*state, "AAT\r", "\r\nOK\r\n");
    expect(*state, "AX\bAT\r", "\r\nOK\r\n");
}

static void test_dialling(void **state)
{
    struct bench *bench = *state;

    expect(bench, "ATE0\r", "ATE0\r\r\nOK\r\n");
    expect(bench, "ATD*99#\r", "\r\nCONNECT\r\n");
    expect(bench, "ATDT*99***1#\r", "\r\nCONNECT\r\n");
    expect(bench, "AT+CGDATA=\"PPP\",1\r", "\r\nCONNECT\r\n");
    assert_int_equal(bench->dialled, 3);
    expect(bench, "ATD5551234\r", "\r\nNO CARRIER\r\n");
    expect(bench, "ATH\r", "\r\nOK\r\n");
    assert_int_equal(bench->hung_up, 1);
}

static void test_numeric_and_quiet(void **state)
{
    expect(*state, "ATE0V0\r", "ATE0V0\r0\r");
    expect(*state, "AT+NOPE\r", "4\r");
    expect(*state, "ATQ1\r", "");
    expect(*state, "AT\r", "");
    expect(*state, "ATZ\r", "\r\nOK\r\n");
}

static void test_rubbish(void **state)
{
    struct bench *bench = *state;
    uint32_t seed = 7;

    for (unsigned i = 0; i < 100000; i++) {
        seed = seed * 1103515245 + 12345;
        bench->size = 0;
        at_receive(&bench->at, (uint8_t)(seed >> 16));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_echo),    TEST(test_information),       TEST(test_unregistered),
        TEST(test_errors),  TEST(test_dialling),          TEST(test_noise_before_a_command),
        TEST(test_rubbish), TEST(test_numeric_and_quiet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
