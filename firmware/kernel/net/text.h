/* Short texts for log records, without the C library's formatter. What does not fit is cut. */
#ifndef KERNEL_NET_TEXT_H
#define KERNEL_NET_TEXT_H

#include <stdint.h>

#define TEXT_BYTES 160u

struct text {
    uint32_t size;
    char bytes[TEXT_BYTES]; /* always terminated */
};

void text_begin(struct text *text);
void text_add(struct text *text, const char *string);
void text_add_u32(struct text *text, uint32_t value);

#endif
