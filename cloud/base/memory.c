/* Allocation that cannot fail: see memory.h. */
#include "cloud/base/memory.h"

#include <stdlib.h>
#include <string.h>

#include "cloud/base/journal.h"

void *memory_new(size_t size)
{
    void *memory = calloc(1, size > 0 ? size : 1);
    if (!memory) {
        journal(JOURNAL_ERROR, "main", "out of memory");
        abort();
    }
    return memory;
}

char *memory_copy(const void *bytes, size_t size)
{
    char *copy = memory_new(size + 1);
    memcpy(copy, bytes, size);
    return copy;
}
