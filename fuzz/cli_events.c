// Any bytes as a stream of server-sent events; cutting the stream elsewhere changes nothing.
// fuzz-libs: mv_cli
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
    uint32_t events;
    uint32_t hash;
};

static bool on_event(void *context, const char *event, const char *id, const char *text)
{
    struct sum *sum = context;
    const char *parts[] = {event, id, text};
    sum->events++;
    for (size_t i = 0; i < 3; i++) {
        for (const char *at = parts[i]; *at != '\0'; at++) {
            sum->hash = sum->hash * 31 + (uint8_t)*at;
        }
    }
    return sum->events < 1000;
}

static struct sum feed(const uint8_t *data, size_t size, size_t step)
{
    static struct sse sse;
    struct sum sum = {0};
    sse_init(&sse, on_event, &sum);
    for (size_t at = 0; at < size; at += step) {
        size_t part = size - at < step ? size - at : step;
        if (!sse_feed(&sse, (const char *)data + at, part)) {
            break;
        }
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sum whole = feed(data, size, size + 1), cut = feed(data, size, 3);
    if (whole.events != cut.events || whole.hash != cut.hash) {
        abort();
    }
    return 0;
}
