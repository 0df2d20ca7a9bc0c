/* Blobs as files: see blobs.h. */
#include "cloud/store/blobs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cloud/base/files.h"
#include "cloud/base/journal.h"

#define NAME_BYTES (2 * STORE_HASH + 1)

static int open_blob(const char *folder, const uint8_t hash[STORE_HASH], uint32_t *size)
{
    char path[BLOBS_PATH + NAME_BYTES + 1], name[NAME_BYTES];
    struct stat status;
    hex_text(name, hash, STORE_HASH);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, &status) == 0 && status.st_size >= 0 && status.st_size <= UINT32_MAX) {
        *size = (uint32_t)status.st_size;
        return fd;
    }
    close(fd);
    return -1;
}

bool blobs_open(const char *state_folder, char out[BLOBS_PATH])
{
    int length = snprintf(out, BLOBS_PATH, "%s/blobs", state_folder);
    return length > 0 && length < BLOBS_PATH && files_make_folder(out);
}

bool blobs_add(const char *folder, const struct store_blob *blob)
{
    char name[NAME_BYTES];
    uint32_t size = 0;
    int fd = open_blob(folder, blob->hash, &size);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && size == blob->size)
        return true;
    hex_text(name, blob->hash, STORE_HASH);
    return files_write(folder, name, blob->bytes, blob->size, 0600);
}

bool blobs_read(const char *folder, const uint8_t hash[STORE_HASH], uint32_t offset, uint8_t *bytes,
                size_t size, size_t *got, uint32_t *total)
{
    int fd = open_blob(folder, hash, total);
    *got = 0;
    if (fd < 0) {
        journal(JOURNAL_ERROR, "store", "cannot open a blob", "error", strerror(errno));
        return false;
    }
    ssize_t done = offset < *total ? pread(fd, bytes, size, (off_t)offset) : 0;
    close(fd);
    if (done < 0) {
        journal(JOURNAL_ERROR, "store", "cannot read a blob", "error", strerror(errno));
        return false;
    }
    *got = (size_t)done;
    return true;
}

void blobs_remove(const char *folder, const uint8_t hash[STORE_HASH])
{
    char name[NAME_BYTES];
    hex_text(name, hash, STORE_HASH);
    files_remove(folder, name);
}

/* The hash that a file name spells; false if it is none. */
static bool hash_of_name(const char *name, uint8_t hash[STORE_HASH])
{
    static const char digits[] = "0123456789abcdef";
    if (strlen(name) != NAME_BYTES - 1 || strspn(name, digits) != NAME_BYTES - 1)
        return false;
    for (size_t i = 0; i < STORE_HASH; i++) {
        long high = strchr(digits, name[2 * i]) - digits;
        long low = strchr(digits, name[2 * i + 1]) - digits;
        hash[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

void blobs_sweep(const char *folder, bool (*keep)(void *context, const uint8_t hash[STORE_HASH]),
                 void *context)
{
    uint8_t hash[STORE_HASH];
    DIR *entries = opendir(folder);
    if (!entries)
        return;
    for (struct dirent *entry = readdir(entries); entry; entry = readdir(entries)) {
        if (entry->d_name[0] == '.')
            continue;
        if (!hash_of_name(entry->d_name, hash) || !keep(context, hash))
            files_remove(folder, entry->d_name);
    }
    closedir(entries);
}
