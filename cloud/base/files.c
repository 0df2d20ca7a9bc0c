/* Small files of the state folder: see files.h. */
#include "cloud/base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"

#define PATH_BYTES 4096

static bool complain(const char *what, const char *path)
{
    journal(JOURNAL_ERROR, "main", what, "path", path, "error", strerror(errno));
    return false;
}

bool files_make_folder(const char *path)
{
    struct stat status;
    if (mkdir(path, 0700) == 0)
        return true;
    if (errno == EEXIST && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return true;
    return complain("cannot create the folder", path);
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fd, bytes, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes += done;
        size -= (size_t)done;
    }
    return true;
}

static bool flush_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool flushed = fsync(fd) == 0;
    close(fd);
    return flushed;
}

bool files_write(const char *folder, const char *name, const void *bytes, size_t size, mode_t mode)
{
    char path[PATH_BYTES], temporary[PATH_BYTES + 8];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(temporary, sizeof temporary, "%s.new", path);
    unlink(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return complain("cannot create", temporary);
    bool written = write_all(fd, bytes, size) && fsync(fd) == 0;
    if (close(fd) != 0 || !written)
        return complain("cannot write", temporary);
    if (rename(temporary, path) != 0 || !flush_folder(folder))
        return complain("cannot rename", path);
    return true;
}

char *files_read(const char *folder, const char *name, size_t limit, size_t *size)
{
    char path[PATH_BYTES];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &status) != 0 || status.st_size < 0 || (size_t)status.st_size > limit) {
        close(fd);
        errno = EFBIG;
        return NULL;
    }
    char *bytes = memory_new((size_t)status.st_size + 1);
    ssize_t got = read(fd, bytes, (size_t)status.st_size);
    close(fd);
    if (got != status.st_size) {
        free(bytes);
        errno = EIO;
        return NULL;
    }
    *size = (size_t)got;
    return bytes;
}

void files_remove(const char *folder, const char *name)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
}

char *files_read_path(const char *path, size_t limit, size_t *size)
{
    bool absolute = path[0] == '/';
    return files_read(absolute ? "" : ".", absolute ? path + 1 : path, limit, size);
}
