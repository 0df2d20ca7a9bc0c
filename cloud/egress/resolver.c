/* Names to addresses: see resolver.h. */
#include "cloud/egress/resolver.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ares.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/egress/address.h"

#define TIMEOUT_MS 1500 /* of one attempt at one server; c-ares makes it longer with each */
#define TRIES      2
#define SOCKETS    16 /* that c-ares may have open; each server has one for UDP, one for TCP */

struct socket_poll {
    uv_poll_t poll; /* first: handles cast */
    struct resolver *resolver;
    ares_socket_t fd; /* ARES_SOCKET_BAD: free */
};

struct resolver {
    uv_loop_t *loop;
    ares_channel channel;
    uv_timer_t timer;
    struct socket_poll *polls[SOCKETS];
    unsigned open; /* questions */
    bool stopping;
};

struct resolver_question {
    struct resolver *resolver;
    void (*done)(void *context, const struct resolver_answer *answer);
    void *context;
    bool given_up;
    struct resolver_answer answer;
    uv_timer_t at_once; /* for answers that need no server */
};

/* ---- c-ares' sockets and time ---- */

static void on_poll_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct socket_poll *socket = (struct socket_poll *)poll;
    bool readable = status < 0 || (events & UV_READABLE), writable = events & UV_WRITABLE;
    ares_process_fd(socket->resolver->channel, readable ? socket->fd : ARES_SOCKET_BAD,
                    writable ? socket->fd : ARES_SOCKET_BAD);
}

static struct socket_poll **poll_of(struct resolver *resolver, ares_socket_t fd)
{
    struct socket_poll **empty = NULL;
    for (size_t i = 0; i < SOCKETS; i++) {
        if (resolver->polls[i] && resolver->polls[i]->fd == fd)
            return &resolver->polls[i];
        if (!resolver->polls[i] && !empty)
            empty = &resolver->polls[i];
    }
    return empty;
}

/* c-ares tells what it wants of a socket; neither: it is about to close it. */
static void on_socket(void *data, ares_socket_t fd, int readable, int writable)
{
    struct resolver *resolver = data;
    struct socket_poll **slot = poll_of(resolver, fd);
    if (!slot)
        return; /* too many: c-ares' own time limit ends the question */
    if (!readable && !writable) {
        if (*slot)
            uv_close((uv_handle_t *)&(*slot)->poll, on_poll_closed);
        *slot = NULL;
        return;
    }
    if (!*slot) {
        *slot = memory_new(sizeof **slot);
        (*slot)->resolver = resolver;
        (*slot)->fd = fd;
        if (uv_poll_init_socket(resolver->loop, &(*slot)->poll, fd) != 0) {
            free(*slot);
            *slot = NULL;
            return;
        }
    }
    uv_poll_start(&(*slot)->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0),
                  on_poll);
}

static void on_timer(uv_timer_t *timer)
{
    struct resolver *resolver = timer->data;
    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* ---- questions ---- */

static void on_question_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void question_over(struct resolver_question *question)
{
    struct resolver *resolver = question->resolver;
    if (--resolver->open == 0 && !resolver->stopping)
        uv_timer_stop(&resolver->timer);
    if (!question->given_up)
        question->done(question->context, &question->answer);
    uv_close((uv_handle_t *)&question->at_once, on_question_closed);
}

static void on_at_once(uv_timer_t *timer)
{
    question_over(timer->data);
}

static enum resolver_result result_of(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return RESOLVER_OK;
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
        return RESOLVER_NO_SUCH_NAME;
    default:
        return RESOLVER_FAILED;
    }
}

static void take_addresses(struct resolver_answer *answer, const struct ares_addrinfo *result)
{
    for (const struct ares_addrinfo_node *node = result->nodes;
         node && answer->count < RESOLVER_ADDRESSES_MAX; node = node->ai_next) {
        if (node->ai_addrlen > sizeof answer->addresses[0])
            continue;
        memcpy(&answer->addresses[answer->count++], node->ai_addr, node->ai_addrlen);
    }
    if (answer->count == 0)
        answer->result = RESOLVER_NO_SUCH_NAME;
}

static void on_answer(void *context, int status, int timeouts, struct ares_addrinfo *result)
{
    struct resolver_question *question = context;
    (void)timeouts;
    question->answer.result = result_of(status);
    if (status == ARES_SUCCESS)
        take_addresses(&question->answer, result);
    if (result)
        ares_freeaddrinfo(result);
    /* c-ares may be inside the question's own call, or at the end of its life: answer later. */
    uv_timer_start(&question->at_once, on_at_once, 0, 0);
}

/* Names below ".invalid" never exist (RFC 6761 §6.4): nobody needs to be asked. */
static bool never_exists(const char *host)
{
    static const char suffix[] = ".invalid";
    size_t size = strlen(host);
    while (size > 0 && host[size - 1] == '.')
        size--;
    return size >= sizeof suffix - 1 &&
           strncasecmp(host + size - (sizeof suffix - 1), suffix, sizeof suffix - 1) == 0;
}

static void ask_servers(struct resolver *resolver, struct resolver_question *question,
                        const char *host, unsigned port)
{
    struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    hints.ai_flags = ARES_AI_NUMERICSERV;
    uv_timer_start(&resolver->timer, on_timer, 100, 100);
    ares_getaddrinfo(resolver->channel, host, service, &hints, on_answer, question);
}

struct resolver_question *
resolver_ask(struct resolver *resolver, const char *host, unsigned port,
             void (*done)(void *context, const struct resolver_answer *answer), void *context)
{
    struct resolver_question *question = memory_new(sizeof *question);
    struct resolver_answer *answer = &question->answer;
    question->resolver = resolver;
    question->done = done;
    question->context = context;
    uv_timer_init(resolver->loop, &question->at_once);
    question->at_once.data = question;
    resolver->open++;
    if (address_parse(host, port, &answer->addresses[0]))
        answer->count = 1;
    else if (!address_host_valid(host, strlen(host)) || never_exists(host))
        answer->result = RESOLVER_NO_SUCH_NAME;
    else {
        ask_servers(resolver, question, host, port);
        return question;
    }
    uv_timer_start(&question->at_once, on_at_once, 0, 0);
    return question;
}

void resolver_give_up(struct resolver_question *question)
{
    question->given_up = true;
}

/* ---- life ---- */

struct resolver *resolver_start(uv_loop_t *loop, const char *servers)
{
    struct resolver *resolver = memory_new(sizeof *resolver);
    struct ares_options options = {.timeout = TIMEOUT_MS,
                                   .tries = TRIES,
                                   .sock_state_cb = on_socket,
                                   .sock_state_cb_data = resolver};
    resolver->loop = loop;
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
        ares_init_options(&resolver->channel, &options,
                          ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB) !=
            ARES_SUCCESS) {
        journal(JOURNAL_ERROR, "egress", "cannot start the resolver");
        free(resolver);
        return NULL;
    }
    if (servers[0] != '\0' &&
        ares_set_servers_ports_csv(resolver->channel, servers) != ARES_SUCCESS) {
        journal(JOURNAL_ERROR, "egress", "egress_dns: not addresses of name servers", "given",
                servers);
        ares_destroy(resolver->channel);
        free(resolver);
        return NULL;
    }
    uv_timer_init(loop, &resolver->timer);
    resolver->timer.data = resolver;
    return resolver;
}

static void on_resolver_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void resolver_stop(struct resolver *resolver)
{
    resolver->stopping = true;
    ares_destroy(resolver->channel); /* open questions end as cancelled */
    ares_library_cleanup();
    uv_close((uv_handle_t *)&resolver->timer, on_resolver_closed);
}
