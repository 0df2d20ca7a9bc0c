/* The AT bring-up against scripted modems: what is said, what is waited for, what is given up. The
 * serial line and the clock are the test's; nothing really waits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/lpuart.h"
#include "kernel/net/backoff.h"
#include "kernel/net/fetch_stream.h"
#include "kernel/net/log_keep.h"
#include "kernel/net/modem_at.h"
#include "kernel/net/ppp_link.h"
#include "kernel/time/time.h"

/* What a scripted modem answers to a command line; NULL: nothing. */
typedef const char *(*modem_script)(const char *command, uint32_t count);

static struct {
    uint64_t now_us;
    modem_script script;
    char to_device[4096], said[4096]; /* said: every command, one a line */
    uint32_t to_size, to_taken, command_size, commands;
    char command[200];
    enum ppp_link_state ppp;
    bool ppp_opened, ppp_closed;
} line;

/* ---- the seams of modem_at.c ---- */

uint64_t time_us(void)
{
    return line.now_us;
}

void lpuart_init(uint32_t pclk_hz, uint32_t baud)
{
    assert_int_equal(pclk_hz, 160000000);
    assert_int_equal(baud, 921600);
}

uint32_t lpuart_read(uint8_t *buffer, uint32_t size_bytes)
{
    uint32_t there = line.to_size - line.to_taken, size = there < size_bytes ? there : size_bytes;
    memcpy(buffer, line.to_device + line.to_taken, size);
    line.to_taken += size;
    return size;
}

static void answer(const char *text)
{
    uint32_t size = (uint32_t)strlen(text);
    assert_true(line.to_size + size <= sizeof line.to_device);
    memcpy(line.to_device + line.to_size, text, size);
    line.to_size += size;
}

uint32_t lpuart_write(const uint8_t *buffer, uint32_t size_bytes)
{
    for (uint32_t i = 0; i < size_bytes; i++) {
        if (buffer[i] != '\r') {
            if (line.command_size < sizeof line.command - 1)
                line.command[line.command_size++] = (char)buffer[i];
            continue;
        }
        line.command[line.command_size] = '\0';
        line.command_size = 0;
        size_t said = strlen(line.said);
        (void)snprintf(line.said + said, sizeof line.said - said, "%s\n", line.command);
        const char *text = line.script(line.command, line.commands++);
        if (text != NULL)
            answer(text);
    }
    return size_bytes;
}

bool ppp_link_open(void)
{
    line.ppp_opened = true;
    line.ppp = PPP_LINK_OPENING;
    return true;
}

void ppp_link_close(void)
{
    line.ppp_closed = true;
    line.ppp = PPP_LINK_DOWN;
}

enum ppp_link_state ppp_link_poll(void)
{
    return line.ppp;
}

/* ---- running ---- */

static enum link_state run(uint32_t limit_ms)
{
    enum link_state state = LINK_STARTING;
    for (uint32_t ms = 0; ms < limit_ms; ms++) {
        state = modem_at_driver.poll();
        if (state != LINK_STARTING || line.ppp_opened)
            break;
        line.now_us += 1000;
    }
    return state;
}

static void begin(modem_script script)
{
    memset(&line, 0, sizeof line);
    line.script = script;
    line.now_us = 1000;
    modem_at_driver.start();
}

static bool starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* ---- modems ---- */

static const char *good(const char *command, uint32_t count)
{
    if (count < 2)
        return "AT\r\r\nOK\r\n"; /* echo still on */
    if (starts(command, "AT+CPIN"))
        return "\r\n+CPIN: READY\r\n\r\nOK\r\n";
    if (starts(command, "AT+CSQ"))
        return "\r\n+CSQ: 20,99\r\n\r\nOK\r\n";
    if (starts(command, "AT+CEREG?"))
        return "\r\n+CEREG: 0,5\r\n\r\nOK\r\n";
    if (starts(command, "ATD"))
        return "\r\nCONNECT 150000000\r\n~PPP";
    return "\r\nOK\r\n";
}

static void test_good_modem(void **state)
{
    uint8_t rest[8] = {0};
    (void)state;
    begin(good);
    assert_int_equal(run(10000), LINK_STARTING);
    assert_true(line.ppp_opened);
    assert_string_equal(line.said, "AT\nATE0\nAT+CPIN?\nAT+CSQ\nAT+CEREG?\n"
                                   "AT+CGDCONT=1,\"IP\",\"\"\nATD*99#\n");
    /* What came behind CONNECT is PPP's, unread. */
    assert_int_equal(lpuart_read(rest, 8), 5);
    assert_memory_equal(rest, "\n~PPP", 5);
    line.ppp = PPP_LINK_UP;
    assert_int_equal(modem_at_driver.poll(), LINK_UP);
    modem_at_driver.stop();
    assert_true(line.ppp_closed);
    assert_int_equal(modem_at_driver.poll(), LINK_STOPPED);
}

static const char *dead(const char *command, uint32_t count)
{
    (void)command;
    (void)count;
    return NULL;
}

static void test_dead_modem(void **state)
{
    (void)state;
    begin(dead);
    assert_int_equal(run(60000), LINK_FAILED);
    assert_string_equal(modem_at_driver.error(), "modem does not answer");
    assert_true(line.now_us < 40000000);
    /* It also tried to get the modem out of data mode. */
    assert_non_null(strstr(line.said, "+++AT"));
}

static const char *no_sim(const char *command, uint32_t count)
{
    (void)count;
    return starts(command, "AT+CPIN") ? "\r\n+CME ERROR: 10\r\n" : "\r\nOK\r\n";
}

static void test_no_sim(void **state)
{
    (void)state;
    begin(no_sim);
    assert_int_equal(run(60000), LINK_FAILED);
    assert_string_equal(modem_at_driver.error(), "modem has no usable SIM");
}

static const char *slow_network(const char *command, uint32_t count)
{
    static uint32_t asked;
    (void)count;
    if (starts(command, "AT+CPIN"))
        return "\r\n+CPIN: READY\r\n\r\nOK\r\n";
    if (starts(command, "AT+CEREG?"))
        return "\r\nERROR\r\n"; /* a modem without EPS */
    if (starts(command, "AT+CREG?"))
        return asked++ < 7 ? "\r\n+CREG: 0,2\r\n\r\nOK\r\n"
                           : "\r\n+CREG: 2,1,\"00\",\"01\"\r\n\r\nOK\r\n";
    if (starts(command, "ATD"))
        return "\r\nCONNECT\r\n";
    return "\r\nOK\r\n";
}

static void test_slow_registration(void **state)
{
    (void)state;
    begin(slow_network);
    run(200000);
    assert_true(line.ppp_opened);
}

static const char *unregistered(const char *command, uint32_t count)
{
    const char *text = slow_network(command, count);
    return starts(command, "AT+CREG?") ? "\r\n+CREG: 0,3\r\n\r\nOK\r\n" : text;
}

static void test_never_registered(void **state)
{
    (void)state;
    begin(unregistered);
    assert_int_equal(run(400000), LINK_FAILED);
    assert_string_equal(modem_at_driver.error(), "modem is not registered with a network");
}

static const char *no_carrier(const char *command, uint32_t count)
{
    return starts(command, "ATD") ? "\r\nNO CARRIER\r\n" : good(command, count);
}

static void test_no_carrier(void **state)
{
    (void)state;
    begin(no_carrier);
    assert_int_equal(run(60000), LINK_FAILED);
    assert_string_equal(modem_at_driver.error(), "modem does not connect");
}

/* Endless noise without line ends, and lines of a kilobyte: cut, never more than the buffer. */
static const char *noisy(const char *command, uint32_t count)
{
    static char noise[1500];
    memset(noise, 'z', sizeof noise - 1);
    memcpy(noise + sizeof noise - 9, "\r\nOK\r\n", 7);
    return count % 2 == 0 ? noise : good(command, 9);
}

static void test_noisy_modem(void **state)
{
    (void)state;
    begin(noisy);
    for (int i = 0; i < 3000; i++) {
        modem_at_driver.poll();
        line.now_us += 1000;
        if (line.to_taken == line.to_size)
            line.to_taken = line.to_size = 0;
    }
}

static void test_ppp_that_never_opens_or_drops(void **state)
{
    (void)state;
    begin(good);
    run(10000);
    line.now_us += 31000000;
    assert_int_equal(modem_at_driver.poll(), LINK_FAILED);
    assert_string_equal(modem_at_driver.error(), "PPP does not come up");
    begin(good);
    run(10000);
    line.ppp = PPP_LINK_UP;
    assert_int_equal(modem_at_driver.poll(), LINK_UP);
    line.ppp = PPP_LINK_DOWN;
    assert_int_equal(modem_at_driver.poll(), LINK_FAILED);
    assert_string_equal(modem_at_driver.error(), "the network closed the connection");
}

/* ---- small pure parts ---- */

static void test_backoff(void **state)
{
    struct backoff backoff;
    uint32_t limit_ms = BACKOFF_FIRST_MS;
    (void)state;
    backoff_reset(&backoff);
    for (uint32_t i = 0; i < 20; i++) {
        uint32_t pause_ms = backoff_next_ms(&backoff, BACKOFF_SERVER_MS, i * 2654435761u);
        assert_in_range(pause_ms, limit_ms / 2, limit_ms);
        limit_ms = limit_ms * 2 < BACKOFF_SERVER_MS ? limit_ms * 2 : BACKOFF_SERVER_MS;
    }
    backoff_reset(&backoff);
    assert_in_range(backoff_next_ms(&backoff, BACKOFF_SERVER_MS, 0xFFFFFFFF), 500, 1000);
}

static void test_fetch_stream(void **state)
{
    static struct fetch_stream fetch;
    uint8_t hash[32] = {0}, bytes[1024], out[1024];
    uint32_t sent = 0, read = 0;
    (void)state;
    fetch_stream_begin(&fetch, hash, 0, 0);
    fetch_stream_opened(&fetch, 3);
    for (uint32_t round = 0; round < 200; round++) {
        uint32_t size = 1 + round * 37 % 1024;
        for (uint32_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)((sent + i) * 7);
        if (fetch.credit >= size) {
            assert_true(fetch_stream_data(&fetch, bytes, size));
            sent += size;
        } else {
            assert_false(fetch_stream_data(&fetch, bytes, fetch.credit + 1));
        }
        uint32_t got = fetch_stream_read(&fetch, out, 1 + round * 53 % 1024);
        for (uint32_t i = 0; i < got; i++)
            assert_int_equal(out[i], (uint8_t)((read + i) * 7));
        read += got;
        uint32_t grant = fetch_stream_grant(&fetch);
        fetch_stream_granted(&fetch, grant);
        assert_true(fetch.credit + (sent - read) <= FETCH_RING_BYTES);
    }
    assert_true(sent > 50000);
    fetch_stream_over(&fetch, TUNNEL_CLOSE_DONE);
    assert_false(fetch_stream_data(&fetch, bytes, 1));
    assert_int_equal(fetch_stream_grant(&fetch), 0);
}

/* Random sends, partial receipts and lost connections against a plain model: what is stored is a
 * gapless prefix, and after a lost connection everything behind it comes again. */
static void test_log_keep(void **state)
{
    static struct log_keep keep;
    uint32_t next = 0, random = 1;
    uint32_t unstored[600] = {0}, unstored_count = 0, sent_count = 0;
    (void)state;
    for (uint32_t round = 0; round < 5000; round++) {
        random = random * 1103515245 + 12345;
        uint8_t *room = log_keep_room(&keep);
        uint32_t pick = random >> 28;
        if (room != NULL && pick < 8) {
            struct logrec record = {.type = LOGREC_KERNEL, .sequence = next};
            record.text =
                (const uint8_t *)"some text of a record, long enough to be cut in many ways";
            record.text_bytes = (uint16_t)(random >> 8 & 31);
            log_keep_added(&keep, (uint32_t)logrec_write(room, LOGREC_BYTES_MAX, &record));
            unstored[unstored_count++] = next++;
        }
        uint32_t size, limit = random >> 16 & 1023;
        const uint8_t *out = log_keep_next(&keep, limit, &size);
        assert_true(size <= limit);
        for (uint32_t at = 0; at < size;) {
            struct logrec record = {0};
            int32_t bytes = logrec_parse(out + at, size - at, &record);
            assert_true(bytes > 0);
            assert_int_equal(record.sequence, unstored[sent_count++]);
            at += (uint32_t)bytes;
        }
        log_keep_sent(&keep, size);
        if (pick == 9) {
            log_keep_again(&keep);
            sent_count = 0;
        } else if (pick > 9) {
            uint32_t before = keep.size;
            log_keep_stored(&keep, random >> 20 & 127);
            /* As many records are gone as the first one kept now says. */
            struct logrec first = {.sequence = next};
            if (keep.size != before && keep.size > 0)
                logrec_parse(keep.bytes, keep.size, &first);
            while (keep.size != before && unstored_count > 0 && unstored[0] != first.sequence) {
                memmove(unstored, unstored + 1, --unstored_count * sizeof unstored[0]);
                sent_count--;
            }
        }
        assert_true(keep.sent <= keep.size && keep.size <= LOG_KEEP_BYTES);
    }
    assert_true(next > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_modem),
        cmocka_unit_test(test_dead_modem),
        cmocka_unit_test(test_no_sim),
        cmocka_unit_test(test_slow_registration),
        cmocka_unit_test(test_never_registered),
        cmocka_unit_test(test_no_carrier),
        cmocka_unit_test(test_noisy_modem),
        cmocka_unit_test(test_ppp_that_never_opens_or_drops),
        cmocka_unit_test(test_backoff),
        cmocka_unit_test(test_fetch_stream),
        cmocka_unit_test(test_log_keep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
