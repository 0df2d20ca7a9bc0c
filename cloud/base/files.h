/* Small files of the state folder, written so that a crash leaves the old or the new one whole. */
#ifndef CLOUD_BASE_FILES_H
#define CLOUD_BASE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Creates the folder (mode 0700) if it is missing. */
bool files_make_folder(const char *path);

/* Writes folder/name with that mode: temporary file, flush, rename, flush of the folder. */
bool files_write(const char *folder, const char *name, const void *bytes, size_t size, mode_t mode);

/* Reads folder/name, at most limit bytes; NULL (errno set) if there is none or it is larger. The
 * result has a NUL behind it and is the caller's to free. */
char *files_read(const char *folder, const char *name, size_t limit, size_t *size);

/* The same for a path. */
char *files_read_path(const char *path, size_t limit, size_t *size);

/* Removes folder/name if it is there. */
void files_remove(const char *folder, const char *name);

#endif
