/* Names to addresses: the cloud's resolver with a real name server whose answers are in the names.
 */
#include "channels.h"

#include <string.h>

#include <arpa/inet.h>
#include <uv.h>

#include "cloud/egress/resolver.h"

static uv_loop_t loop;
static struct resolver *resolver;
static pid_t server;

static int start(void **state)
{
    char servers[32];
    int port;
    (void)state;
    server = script_start("dns_server.py", NULL, "none", "none", &port);
    snprintf(servers, sizeof servers, "127.0.0.1:%d", port);
    uv_loop_init(&loop);
    resolver = resolver_start(&loop, servers);
    assert_non_null(resolver);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    resolver_stop(resolver);
    uv_run(&loop, UV_RUN_DEFAULT);
    program_stop(server);
    return uv_loop_close(&loop);
}

struct outcome {
    bool done;
    struct resolver_answer answer;
};

static void on_done(void *context, const struct resolver_answer *answer)
{
    struct outcome *outcome = context;
    assert_false(outcome->done);
    outcome->done = true;
    outcome->answer = *answer;
}

static struct resolver_answer ask(const char *host)
{
    struct outcome outcome = {.done = false};
    resolver_ask(resolver, host, 8883, on_done, &outcome);
    assert_false(outcome.done); /* never from within the call */
    while (!outcome.done)
        uv_run(&loop, UV_RUN_ONCE);
    return outcome.answer;
}

static void expect_v4(const char *host, unsigned count, const char *first)
{
    struct resolver_answer answer = ask(host);
    char text[INET_ADDRSTRLEN];
    bool found = false;
    assert_int_equal(answer.result, RESOLVER_OK);
    assert_int_equal(answer.count, count);
    for (unsigned i = 0; i < count; i++) {
        const struct sockaddr_in *address = (const struct sockaddr_in *)&answer.addresses[i];
        assert_int_equal(address->sin_family, AF_INET);
        assert_int_equal(ntohs(address->sin_port), 8883);
        inet_ntop(AF_INET, &address->sin_addr, text, sizeof text);
        found |= strcmp(text, first) == 0;
    }
    assert_true(found);
}

static void addresses(void **state)
{
    (void)state;
    expect_v4("local.test", 1, "127.0.0.1");
    expect_v4("LOCAL.Test.", 1, "127.0.0.1");
    expect_v4("mixed.test", 3, "169.254.169.254");
    expect_v4("alias.test", 1, "127.0.0.1");
    expect_v4("192.0.2.7", 1, "192.0.2.7"); /* nobody is asked */
    struct resolver_answer answer = ask("mapped.test");
    assert_int_equal(answer.result, RESOLVER_OK);
    assert_int_equal(answer.addresses[0].ss_family, AF_INET6);
}

static void no_such_names(void **state)
{
    static const char *const hosts[] = {
        "none.test", "empty.test", "local.invalid", "local.invalid.", "a b.test", "[local.test]",
        ""};
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct resolver_answer answer = ask(hosts[i]);
        if (answer.result != RESOLVER_NO_SUCH_NAME)
            print_error("%s: %d\n", hosts[i], (int)answer.result);
        assert_int_equal(answer.result, RESOLVER_NO_SUCH_NAME);
        assert_int_equal(answer.count, 0);
    }
}

/* Broken and missing answers end in a failure after the resolver's own time, beside each other. */
static void failures(void **state)
{
    static const char *const hosts[] = {"broken.test", "failing.test", "silent.test"};
    struct outcome outcomes[3] = {{.done = false}}, given_up = {.done = false};
    (void)state;
    for (int i = 0; i < 3; i++)
        resolver_ask(resolver, hosts[i], 443, on_done, &outcomes[i]);
    resolver_give_up(resolver_ask(resolver, "local.test", 443, on_done, &given_up));
    while (!outcomes[0].done || !outcomes[1].done || !outcomes[2].done)
        uv_run(&loop, UV_RUN_ONCE);
    for (int i = 0; i < 3; i++)
        assert_int_equal(outcomes[i].answer.result, RESOLVER_FAILED);
    assert_false(given_up.done);
    expect_v4("local.test", 1, "127.0.0.1");
}

/* Open questions do not outlive the resolver. */
static void stopped(void **state)
{
    struct outcome outcome = {.done = false};
    (void)state;
    struct resolver *other = resolver_start(&loop, "127.0.0.1:9");
    assert_non_null(other);
    resolver_give_up(resolver_ask(other, "silent.test", 443, on_done, &outcome));
    resolver_stop(other);
    assert_false(outcome.done);
    assert_null(resolver_start(&loop, "not an address"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses), cmocka_unit_test(no_such_names),
                                       cmocka_unit_test(failures), cmocka_unit_test(stopped)};
    return cmocka_run_group_tests(tests, start, stop);
}
