/* What newlib asks of the system, for test programs on the AN505: memory and an exit. */
#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

#include "../../unit/simcpu/guest/guest.h"

extern char end[];
#define HEAP_END ((char *)0x38180000)

void _exit(int code)
{
    guest_exit(code);
    for (;;)
        ;
}

void _init(void)
{
}
void _fini(void)
{
}

void *_sbrk(ptrdiff_t more)
{
    static char *top = end;
    if (more > HEAP_END - top) {
        errno = ENOMEM;
        return (void *)-1;
    }
    top += more;
    return top - more;
}

int _write(int file, const char *data, int size)
{
    (void)file;
    (void)data;
    return size;
}

int _read(int file, char *data, int size)
{
    (void)file;
    (void)data;
    (void)size;
    return 0;
}

int _close(int file)
{
    (void)file;
    return 0;
}

int _lseek(int file, int offset, int whence)
{
    (void)file;
    (void)offset;
    (void)whence;
    return 0;
}

int _fstat(int file, struct stat *status)
{
    (void)file;
    status->st_mode = S_IFCHR;
    return 0;
}

int _isatty(int file)
{
    (void)file;
    return 1;
}

int _getpid(void)
{
    return 1;
}

int _kill(int process, int signal)
{
    (void)process;
    _exit(128 + signal);
    return 0;
}
