/* Which addresses devices may have the cloud connect to, and which headers a request may carry. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "cloud/egress/address.h"
#include "cloud/egress/http_rules.h"

/* The first and last address of special-purpose blocks (IANA registries) and their neighbours. */
static void addresses(void **state)
{
    static const struct {
        const char *text;
        bool is_public;
    } cases[] = {
        {"0.0.0.0", false},
        {"0.255.255.255", false},
        {"1.0.0.0", true},
        {"9.255.255.255", true},
        {"10.0.0.0", false},
        {"10.255.255.255", false},
        {"11.0.0.0", true},
        {"100.63.255.255", true},
        {"100.64.0.0", false},
        {"100.127.255.255", false},
        {"100.128.0.0", true},
        {"126.255.255.255", true},
        {"127.0.0.1", false},
        {"127.255.255.255", false},
        {"128.0.0.0", true},
        {"169.253.255.255", true},
        {"169.254.169.254", false},
        {"169.255.0.0", true},
        {"172.15.255.255", true},
        {"172.16.0.0", false},
        {"172.31.255.255", false},
        {"172.32.0.0", true},
        {"192.0.0.1", false},
        {"192.0.2.255", false},
        {"192.0.3.0", true},
        {"192.88.99.1", false},
        {"192.167.255.255", true},
        {"192.168.0.0", false},
        {"192.168.255.255", false},
        {"192.169.0.0", true},
        {"198.17.255.255", true},
        {"198.18.0.0", false},
        {"198.19.255.255", false},
        {"198.20.0.0", true},
        {"198.51.100.7", false},
        {"203.0.113.7", false},
        {"223.255.255.255", true},
        {"224.0.0.1", false},
        {"239.255.255.255", false},
        {"240.0.0.1", false},
        {"255.255.255.255", false},
        {"8.8.8.8", true},
        {"::", false},
        {"::1", false},
        {"::ffff:127.0.0.1", false},
        {"::ffff:8.8.8.8", true},
        {"::127.0.0.1", false},
        {"64:ff9b::10.0.0.1", false},
        {"64:ff9b:1::1", false},
        {"100::1", false},
        {"2001::1", false},
        {"2001:1ff::1", false},
        {"2001:200::1", true},
        {"2001:db8::1", false},
        {"2002:a00:1::1", false},
        {"2002:808:808::1", true},
        {"2a00:1450::1", true},
        {"3fff::1", false},
        {"3fff:1000::1", true},
        {"4000::1", false},
        {"fc00::1", false},
        {"fdff::1", false},
        {"fe80::1", false},
        {"fec0::1", false},
        {"ff02::1", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sockaddr_storage address;
        assert_true(address_parse(cases[i].text, 443, &address));
        if (address_is_public((struct sockaddr *)&address) != cases[i].is_public)
            print_error("%s\n", cases[i].text);
        assert_int_equal(address_is_public((struct sockaddr *)&address), cases[i].is_public);
    }
    struct sockaddr_storage local, elsewhere;
    assert_true(address_parse("127.0.0.1", 443, &local));
    assert_true(address_is_own((struct sockaddr *)&local));
    assert_true(address_parse("8.8.8.8", 443, &elsewhere));
    assert_false(address_is_own((struct sockaddr *)&elsewhere));
    struct sockaddr_storage other = {.ss_family = AF_UNIX};
    assert_false(address_is_public((struct sockaddr *)&other));
    assert_false(address_parse("127.1", 443, &other));
    assert_false(address_parse("example.com", 443, &other));
    assert_true(address_parse("[::1]", 443, &other));
    assert_false(address_parse("[::1", 443, &other));
}

static enum http_header_use check(const char *header)
{
    struct channel_text text = {(const uint8_t *)header, (uint32_t)strlen(header)};
    return http_header_check(text, "example.com:8443", 12);
}

static void headers(void **state)
{
    static const char *const invalid[] = {
        "",        ":",        ": x",         "no colon",     "sp ace: x",
        "A:\x01",  "A: b\r\n", "A: b\nC: d",  "A\r: b",       "Connection: close",
        "te: a",   "TRAILER:", "Expect: 100", "Upgrade: h2c", "Proxy-Authorization: x",
        "Host: a", "Host:",    "A\x7f: b",    "A: \x7f",      "transfer-encoding: chunked",
        "K\xc3: v"};
    static const char *const fine[] = {
        "A: b", "A:", "a-b_c!: \xc3\xa9", "Authorization: Basic x", "Cookie: a=b; c=d", "A: b:c"};
    (void)state;
    for (size_t i = 0; i < sizeof invalid / sizeof invalid[0]; i++)
        assert_int_equal(check(invalid[i]), HTTP_HEADER_INVALID);
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
        assert_int_equal(check(fine[i]), HTTP_HEADER_SEND);
    assert_int_equal(check("host:  Example.com:8443 "), HTTP_HEADER_OURS);
    assert_int_equal(check("Content-Length: 12"), HTTP_HEADER_OURS);
    assert_int_equal(check("Content-Length: 13"), HTTP_HEADER_INVALID);
    struct channel_text nul = {(const uint8_t *)"A: b\0c", 6};
    assert_int_equal(http_header_check(nul, "h", 0), HTTP_HEADER_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses), cmocka_unit_test(headers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
