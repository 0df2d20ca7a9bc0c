// Whole files in and out, with a limit on the way in and without half-written files on the way out.
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli/cli.h"

struct file_bytes {
    uint8_t *bytes; // one NUL follows the last byte; free with file_free
    size_t size;
};

// Reads a whole file ("-": standard input). Shows an error and returns its exit status if that
// fails or if the file has more than `size_max` bytes.
int file_read(const struct cli *cli, const char *path, size_t size_max, struct file_bytes *file);

// Writes a file under another name and renames it, so that it is there whole or not at all. With
// --dry-run it only says so and returns CLI_DRY_RUN.
int file_write(const struct cli *cli, const char *path, const void *bytes, size_t size,
               mode_t mode);

// Overwrites the bytes (they may be a secret) and frees them.
void file_free(struct file_bytes *file);

// Creates the folders above a path, readable by their owner only.
int file_make_parents(const struct cli *cli, const char *path);

#endif
