/* Short texts: see text.h. */
#include "kernel/net/text.h"

void text_begin(struct text *text)
{
    text->size = 0;
    text->bytes[0] = '\0';
}

void text_add(struct text *text, const char *string)
{
    while (*string != '\0' && text->size < TEXT_BYTES - 1)
        text->bytes[text->size++] = *string++;
    text->bytes[text->size] = '\0';
}

void text_add_u32(struct text *text, uint32_t value)
{
    char digits[11];
    uint32_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    text_add(text, digits + at);
}
