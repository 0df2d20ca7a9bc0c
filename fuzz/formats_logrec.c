// Log records and their text from hostile bytes: nothing out of bounds, text always valid UTF-8,
// and what parses is written back as the same bytes.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/logrec.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_text(const struct logrec *record)
{
    char text[3 * LOGREC_TEXT_MAX + 1];
    size_t length = logrec_text_utf8(text, sizeof text, record->text, record->text_bytes);
    if (strlen(text) != length)
        abort();
    for (size_t at = 0; at < length;) {
        size_t step = logrec_utf8_length((const uint8_t *)text + at, length - at);
        if (step == 0)
            abort();
        at += step;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint8_t out[LOGREC_BYTES_MAX];
    struct logrec record;
    size_t at = 0;
    while (at < size) {
        int32_t length = logrec_parse(bytes + at, size - at, &record);
        if (length <= 0)
            break;
        check_text(&record);
        if (logrec_write(out, sizeof out, &record) != length ||
            memcmp(out, bytes + at, (size_t)length) != 0)
            abort();
        at += (size_t)length;
    }
    return 0;
}
