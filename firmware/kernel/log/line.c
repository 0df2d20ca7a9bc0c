/* Text without a formatter: see line.h. */
#include "kernel/log/line.h"

void line_begin(struct line *line, char *text, uint32_t size)
{
    *line = (struct line){text, size, 0};
    text[0] = 0;
}

void line_add(struct line *line, const char *string)
{
    while (*string != 0 && line->length + 1 < line->size) {
        line->text[line->length++] = *string++;
    }
    line->text[line->length] = 0;
}

void line_add_hex(struct line *line, uint32_t value)
{
    char digits[9];
    for (int i = 7; i >= 0; i--, value >>= 4) {
        digits[i] = "0123456789abcdef"[value & 15u];
    }
    digits[8] = 0;
    line_add(line, digits);
}

void line_add_decimal(struct line *line, uint32_t value)
{
    char digits[11];
    char *place = &digits[10];
    *place = 0;
    do {
        *--place = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    line_add(line, place);
}
