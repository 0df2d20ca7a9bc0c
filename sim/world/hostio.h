/* The outside world of a running board: the host's file descriptors and its clock.
 *
 * One set per board. Owners register sources; the board's loop waits on all of them at once, so an
 * idle board sleeps in the host's kernel. Nothing here touches virtual time.
 */
#ifndef SIM_WORLD_HOSTIO_H
#define SIM_WORLD_HOSTIO_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#define HOSTIO_SOURCES_MAX     8
#define HOSTIO_DESCRIPTORS_MAX 256
#define HOSTIO_FOREVER         UINT64_MAX

struct hostio;

/* Something with descriptors to wait for. */
struct hostio_source {
    void *context;
    /* Adds descriptors with hostio_want and may lower *timeout_ns. */
    void (*prepare)(void *context, struct hostio *io, uint64_t *timeout_ns);
    /* After the wait; looks results up with hostio_got. */
    void (*dispatch)(void *context, struct hostio *io);
};

struct hostio {
    struct hostio_source sources[HOSTIO_SOURCES_MAX];
    unsigned source_count;
    struct pollfd descriptors[HOSTIO_DESCRIPTORS_MAX];
    unsigned descriptor_count;
    bool failed; /* the last wait failed: no results */
    int wake_fd;
};

/* False if the host refuses an event descriptor. */
bool hostio_init(struct hostio *io);
void hostio_close(struct hostio *io);
/* False if there are too many. */
bool hostio_add(struct hostio *io, const struct hostio_source *source);
/* From prepare: waits for `events` (POLLIN ...) on fd. Returns the index for hostio_got, -1 if the
 * table is full. */
int hostio_want(struct hostio *io, int fd, short events);
/* From dispatch: what happened; 0 after a failed wait. */
short hostio_got(const struct hostio *io, int index);
/* Waits at most `timeout_ns` for a source or hostio_wake. hostio_dispatch must follow. */
void hostio_wait(struct hostio *io, uint64_t timeout_ns);
/* Lets the sources act on what the wait found. */
void hostio_dispatch(struct hostio *io);
/* Ends the wait in progress or the next one; callable from a signal handler. */
void hostio_wake(struct hostio *io);
/* The host's monotonic clock in nanoseconds. */
uint64_t hostio_now_ns(void);

#endif
