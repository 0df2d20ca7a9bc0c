// Forms, query strings and path segments from hostile bytes: nothing out of bounds, and every value
// that comes out is valid UTF-8.
// fuzz-libs: mv_cloud
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/base/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct form form;
    bool flag;
    long number;
    char *text = malloc(size + 1); // exact size, so that the sanitizer sees one byte too far
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, bytes, size);
    if (form_parse(&form, text, size)) {
        for (size_t i = 0; i < form.count; i++) {
            if (!form_is_utf8(form.fields[i].name) || !form_is_utf8(form.fields[i].value))
                abort();
            form_parse_bool(form.fields[i].value, &flag);
            if (form_parse_integer(form.fields[i].value, 1, 1000, &number) &&
                (number < 1 || number > 1000))
                abort();
        }
    }
    if (size > 0)
        memcpy(text, bytes, size);
    text[size] = '\0';
    form_decode_segment(text);
    free(text);
    return 0;
}
