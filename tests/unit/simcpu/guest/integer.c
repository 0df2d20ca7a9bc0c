/* Sorting, long multiplication and division, bit operations, soft doubles. */
#include <string.h>

#include "guest.h"

static uint32_t seed = 1;
static uint32_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static void sort(int32_t *a, int low, int high)
{
    while (low < high) {
        int32_t pivot = a[(low + high) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (a[i] < pivot)
                i++;
            while (a[j] > pivot)
                j--;
            if (i <= j) {
                int32_t t = a[i];
                a[i++] = a[j];
                a[j--] = t;
            }
        }
        sort(a, low, j);
        low = i;
    }
}

static int32_t numbers[5000];
static volatile double angle = 0.001;

int main(void)
{
    uint32_t sum = 0;
    for (int i = 0; i < 5000; i++)
        numbers[i] = (int32_t)next();
    sort(numbers, 0, 4999);
    for (int i = 0; i < 5000; i++)
        sum = sum * 31 + (uint32_t)numbers[i];
    guest_hex("sort", sum);

    uint64_t long_sum = 0;
    for (int i = 0; i < 2000; i++) {
        uint64_t a = (uint64_t)next() << 32 | next(), b = next() | 1u;
        long_sum += a / b + a % b * 3 + a * b;
        int64_t c = (int64_t)a, d = (int32_t)next() | 1;
        long_sum ^= (uint64_t)(c / d) + (uint64_t)(c >> (b & 63));
    }
    guest_hex("long high", (uint32_t)(long_sum >> 32));
    guest_hex("long low", (uint32_t)long_sum);

    double x = angle, y = 1.0;
    for (int i = 1; i < 500; i++) {
        y = y * (1.0 + x / i) - x / (y + i);
        x = x * 0.75 + 0.0007 * i;
    }
    uint64_t bits;
    memcpy(&bits, &y, 8);
    guest_hex("double high", (uint32_t)(bits >> 32));
    guest_hex("double low", (uint32_t)bits);

    sum = 0;
    for (int i = 0; i < 3000; i++) {
        uint32_t v = next();
        sum += (uint32_t)__builtin_clz(v | 1) + __builtin_bswap32(v) +
               (uint32_t)__builtin_popcount(v) + (v >> 5 & 0x3fu) + (uint32_t)(int16_t)v;
        sum = sum << 7 | sum >> 25;
    }
    guest_hex("bits", sum);
    uint8_t bytes[67];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)next();
    memmove(bytes + 3, bytes, 60);
    uint32_t word;
    sum = 0;
    for (unsigned i = 0; i < 60; i++) {
        memcpy(&word, bytes + i, 4);
        sum = sum * 17 + word;
    }
    guest_hex("unaligned", sum);
    return 0;
}
