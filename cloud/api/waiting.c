/* Connections that keep the server waiting: see waiting.h. */
#include "cloud/api/waiting.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "cloud/base/memory.h"

#define CROWD_MS 1000u /* what a connection may wait at least, in a crowd too */
#define SLOWEST  1u    /* bytes a millisecond that a body must bring on average */

void waiting_init(struct waiting *waiting, unsigned limit_ms)
{
    struct rlimit limit;
    memset(waiting, 0, sizeof *waiting);
    waiting->limit_ms = limit_ms;
    waiting->connections_max = WAITING_CONNECTIONS;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / 2 < WAITING_CONNECTIONS)
        waiting->connections_max = (unsigned)limit.rlim_cur / 2;
}

/* So many that who has waited longest must go. */
static bool crowded(const struct waiting *waiting)
{
    return waiting->connections > waiting->connections_max - waiting->connections_max / 8;
}

static void unlist(struct waiting *waiting, struct waiting_one *one)
{
    if (!one->listed)
        return;
    *(one->previous ? &one->previous->next : &waiting->first) = one->next;
    *(one->next ? &one->next->previous : &waiting->last) = one->previous;
    one->previous = one->next = NULL;
    one->listed = false;
}

/* Its owner hears of it as of any connection that ended. */
static void end(struct waiting *waiting, struct waiting_one *one)
{
    unlist(waiting, one);
    shutdown(one->fd, SHUT_RDWR);
}

void waiting_begin(struct waiting *waiting, struct waiting_one *one, uint64_t now_ms)
{
    unlist(waiting, one);
    one->since_ms = now_ms;
    one->received = 0;
    one->previous = waiting->last;
    *(waiting->last ? &waiting->last->next : &waiting->first) = one;
    waiting->last = one;
    one->listed = true;
}

void waiting_end(struct waiting *waiting, struct waiting_one *one)
{
    unlist(waiting, one);
}

struct waiting_one *waiting_open(struct waiting *waiting, int fd, uint64_t now_ms)
{
    struct waiting_one *one = memory_new(sizeof *one), *oldest = waiting->first;
    one->fd = fd;
    waiting->connections++;
    bool full = waiting->connections > waiting->connections_max;
    if (oldest && (full || (crowded(waiting) && oldest->since_ms + CROWD_MS < now_ms)))
        end(waiting, oldest);
    waiting_begin(waiting, one, now_ms);
    return one;
}

void waiting_close(struct waiting *waiting, struct waiting_one *one)
{
    unlist(waiting, one);
    waiting->connections--;
    free(one);
}

void waiting_sweep(struct waiting *waiting, uint64_t now_ms)
{
    struct waiting_one *next;
    for (struct waiting_one *one = waiting->first; one; one = next) {
        next = one->next;
        if (one->since_ms + waiting->limit_ms > now_ms)
            break; /* all others came later */
        if (one->since_ms + waiting->limit_ms + one->received / SLOWEST < now_ms)
            end(waiting, one);
    }
}
