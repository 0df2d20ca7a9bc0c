/* memmove and memset for the boot stages: a fifth of the C library's in size. memcpy, which feeds
 * the hash, stays the library's. */
#include <stddef.h>
#include <stdint.h>

void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);

typedef uint32_t __attribute__((may_alias)) word;

void *memmove(void *to, const void *from, size_t size)
{
    unsigned char *d = to;
    const unsigned char *s = from;
    if ((size_t)(d - s) < size) {
        while (size-- > 0) {
            d[size] = s[size];
        }
        return to;
    }
    for (; (((uintptr_t)d | (uintptr_t)s) & 3u) == 0 && size >= 4; size -= 4, d += 4, s += 4) {
        *(word *)d = *(const word *)s;
    }
    while (size-- > 0) {
        *d++ = *s++;
    }
    return to;
}

void *memset(void *to, int value, size_t size)
{
    unsigned char *d = to;
    for (; value == 0 && ((uintptr_t)d & 3u) == 0 && size >= 4; size -= 4, d += 4) {
        *(word *)d = 0;
    }
    while (size-- > 0) {
        *d++ = (unsigned char)value;
    }
    return to;
}
