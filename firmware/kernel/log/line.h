/* A line of text put together in the caller's memory, without the C library's formatter. What does
 * not fit is cut; the text is always terminated. */
#ifndef KERNEL_LOG_LINE_H
#define KERNEL_LOG_LINE_H

#include <stdint.h>

struct line {
    char *text;
    uint32_t size, length;
};

void line_begin(struct line *line, char *text, uint32_t size);
void line_add(struct line *line, const char *string);
void line_add_hex(struct line *line, uint32_t value);
void line_add_decimal(struct line *line, uint32_t value);

#endif
