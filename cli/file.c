// See file.h.
#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output.h"

static int fail_errno(const struct cli *cli, const char *doing, const char *path)
{
    return out_fail(cli, CLI_FAILED, "file", NULL, "cannot %s '%s': %s", doing, path,
                    strerror(errno));
}

static bool read_all(int fd, struct file_bytes *file, size_t wanted)
{
    while (file->size < wanted) {
        ssize_t got = read(fd, file->bytes + file->size, wanted - file->size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return false;
        }
        if (got == 0) {
            break;
        }
        file->size += (size_t)got;
    }
    return true;
}

int file_read(const struct cli *cli, const char *path, size_t size_max, struct file_bytes *file)
{
    memset(file, 0, sizeof *file);
    bool is_input = strcmp(path, "-") == 0;
    int fd = is_input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail_errno(cli, "open", path);
    }
    int status = CLI_OK;
    file->bytes = calloc(1, size_max + 2);
    if (file->bytes == NULL || !read_all(fd, file, size_max + 1)) {
        status = fail_errno(cli, "read", path);
    } else if (file->size > size_max) {
        status = out_fail(cli, CLI_FAILED, "file_too_large", NULL,
                          "'%s' is too large: more than %zu bytes", path, size_max);
    }
    close(fd);
    if (status != CLI_OK) {
        file_free(file);
    }
    return status;
}

static bool write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return true;
}

int file_write(const struct cli *cli, const char *path, const void *bytes, size_t size, mode_t mode)
{
    char temporary[4096];
    if (cli->dry_run) {
        json_t *told = json_pack("{s:b, s:s, s:i}", "dry_run", 1, "file", path, "bytes", (int)size);
        out_done(cli, told, "Would write %s (%zu bytes)", path, size);
        json_decref(told);
        return CLI_DRY_RUN;
    }
    int length = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (length < 0 || (size_t)length >= sizeof temporary) {
        errno = ENAMETOOLONG;
        return fail_errno(cli, "write", path);
    }
    int fd = mkostemp(temporary, O_CLOEXEC); // creates it with mode 0600
    if (fd < 0) {
        return fail_errno(cli, "write", path);
    }
    bool ok = write_all(fd, bytes, size) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    if (!ok || rename(temporary, path) != 0) {
        int status = fail_errno(cli, "write", path);
        unlink(temporary);
        return status;
    }
    return CLI_OK;
}

void file_free(struct file_bytes *file)
{
    if (file->bytes != NULL) {
        explicit_bzero(file->bytes, file->size);
    }
    free(file->bytes);
    memset(file, 0, sizeof *file);
}

int file_make_parents(const struct cli *cli, const char *path)
{
    char part[4096];
    if (cli->dry_run) {
        return CLI_OK;
    }
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            return fail_errno(cli, "create the folder", part);
        }
        *slash = '/';
    }
    return CLI_OK;
}
