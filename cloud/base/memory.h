/* Allocation that cannot fail: the program ends with a line in its log instead. */
#ifndef CLOUD_BASE_MEMORY_H
#define CLOUD_BASE_MEMORY_H

#include <stddef.h>

/* Zeroed memory. */
void *memory_new(size_t size);

/* A copy of size bytes with a NUL behind them. */
char *memory_copy(const void *bytes, size_t size);

#endif
