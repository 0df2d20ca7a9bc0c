/*
 * Names to addresses without blocking the loop: c-ares driven by libuv. Its timer runs while a
 * question is open. A question that is given up is not answered any more.
 */
#ifndef CLOUD_EGRESS_RESOLVER_H
#define CLOUD_EGRESS_RESOLVER_H

#include <netinet/in.h>
#include <uv.h>

#define RESOLVER_ADDRESSES_MAX 6

enum resolver_result {
    RESOLVER_OK,
    RESOLVER_NO_SUCH_NAME, /* the name does not exist or has no address */
    RESOLVER_FAILED,       /* no answer */
};

struct resolver_answer {
    enum resolver_result result;
    unsigned count;
    struct sockaddr_storage addresses[RESOLVER_ADDRESSES_MAX]; /* with the port asked for */
};

struct resolver;
struct resolver_question;

/* servers: "ADDRESS:PORT,…"; "": the system's. NULL after a journal line. */
struct resolver *resolver_start(uv_loop_t *loop, const char *servers);
void resolver_stop(struct resolver *resolver);

/* Always answers from the loop, never from within this call, unless given up. A host that is an
 * address is its own answer. */
struct resolver_question *
resolver_ask(struct resolver *resolver, const char *host, unsigned port,
             void (*done)(void *context, const struct resolver_answer *answer), void *context);
void resolver_give_up(struct resolver_question *question);

#endif
