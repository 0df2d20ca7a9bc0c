/*
 * Connections that keep the server waiting: for a request's header, or for its body. Each has a
 * time limit whatever trickles in, and when there are too many the oldest go first, so idle or slow
 * clients can neither stay nor keep others out. Loop thread.
 */
#ifndef CLOUD_API_WAITING_H
#define CLOUD_API_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WAITING_CONNECTIONS 16384 /* all connections of the REST side, if there are descriptors */

struct waiting_one {
    struct waiting_one *previous, *next; /* by since_ms; NULL and not first: not waiting */
    int fd;
    bool listed;
    uint64_t since_ms;
    size_t received; /* body bytes since then: they buy time */
};

struct waiting {
    struct waiting_one *first, *last;
    unsigned connections; /* that are open, waiting or not */
    unsigned connections_max;
    unsigned limit_ms;
};

/* limit_ms: for a request to come in. At most half of the process's descriptors are for the REST
 * side: the others are for devices, which hold theirs for long. */
void waiting_init(struct waiting *waiting, unsigned limit_ms);

/* A new connection; it waits for its first header. */
struct waiting_one *waiting_open(struct waiting *waiting, int fd, uint64_t now_ms);
void waiting_close(struct waiting *waiting, struct waiting_one *one);

/* The server waits for the client from now on, or no longer. */
void waiting_begin(struct waiting *waiting, struct waiting_one *one, uint64_t now_ms);
void waiting_end(struct waiting *waiting, struct waiting_one *one);

/* Shuts down what has kept the server waiting for too long. */
void waiting_sweep(struct waiting *waiting, uint64_t now_ms);

#endif
