/* poll() over the descriptors of all sources. */
#include "world/hostio.h"

#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

bool hostio_init(struct hostio *io)
{
    memset(io, 0, sizeof *io);
    io->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return io->wake_fd >= 0;
}

void hostio_close(struct hostio *io)
{
    if (io->wake_fd >= 0)
        close(io->wake_fd);
    io->wake_fd = -1;
}

bool hostio_add(struct hostio *io, const struct hostio_source *source)
{
    if (io->source_count == HOSTIO_SOURCES_MAX)
        return false;
    io->sources[io->source_count++] = *source;
    return true;
}

int hostio_want(struct hostio *io, int fd, short events)
{
    if (io->descriptor_count == HOSTIO_DESCRIPTORS_MAX)
        return -1;
    io->descriptors[io->descriptor_count] = (struct pollfd){.fd = fd, .events = events};
    return (int)io->descriptor_count++;
}

short hostio_got(const struct hostio *io, int index)
{
    if (io->failed || index < 0 || (unsigned)index >= io->descriptor_count)
        return 0;
    return io->descriptors[index].revents;
}

void hostio_wait(struct hostio *io, uint64_t timeout_ns)
{
    struct timespec limit;

    io->descriptor_count = 0;
    hostio_want(io, io->wake_fd, POLLIN); /* index 0 */
    for (unsigned i = 0; i < io->source_count; i++)
        io->sources[i].prepare(io->sources[i].context, io, &timeout_ns);
    limit.tv_sec = (time_t)(timeout_ns / 1000000000u);
    limit.tv_nsec = (long)(timeout_ns % 1000000000u);
    io->failed = ppoll(io->descriptors, io->descriptor_count,
                       timeout_ns == HOSTIO_FOREVER ? NULL : &limit, NULL) < 0;
}

void hostio_dispatch(struct hostio *io)
{
    uint64_t drained;

    if (hostio_got(io, 0) != 0 && read(io->wake_fd, &drained, sizeof drained) < 0)
        io->failed = true;
    for (unsigned i = 0; i < io->source_count; i++)
        io->sources[i].dispatch(io->sources[i].context, io);
}

void hostio_wake(struct hostio *io)
{
    uint64_t one = 1;

    /* A full counter is as good as a written one. */
    if (write(io->wake_fd, &one, sizeof one) < 0)
        return;
}

uint64_t hostio_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
